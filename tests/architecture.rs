//! The workspace's dependency graph against the design's table of layers, and wrong graphs against the judge.

use std::sync::LazyLock;

use cargo_metadata::MetadataCommand;
use danvan_tests::architecture::{Graph, Layer, OWNERS, ROOMS, Room};

static WORKSPACE: LazyLock<Graph> = LazyLock::new(|| {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    match MetadataCommand::new().manifest_path(manifest).no_deps().exec() {
        Ok(metadata) => Graph::of(&metadata),
        Err(error) => panic!("cargo metadata: {error}"),
    }
});

fn breaches_after(change: impl FnOnce(&mut Graph)) -> Vec<String> {
    let mut graph = WORKSPACE.clone();
    change(&mut graph);
    graph.breaches(ROOMS, OWNERS)
}

fn ship(graph: &mut Graph, package: &str, dependency: &str) {
    graph.packages.entry(package.to_owned()).or_default().shipped.insert(dependency.to_owned());
}

#[test]
fn the_workspace_keeps_the_layers_of_the_design() {
    let breaches = WORKSPACE.breaches(ROOMS, OWNERS);
    assert!(breaches.is_empty(), "\n{}", breaches.join("\n"));
}

#[test]
fn every_arrow_that_the_table_does_not_allow_is_a_breach() {
    for room in ROOMS {
        for other in ROOMS.iter().filter(|other| other.name != room.name && !room.imports.contains(&other.name)) {
            let package = format!("danvan-{}", room.name);
            let breaches = breaches_after(|graph| ship(graph, &package, &format!("danvan-{}", other.name)));
            let wanted = format!("{} imports {}", room.name, other.name);
            assert!(breaches.contains(&wanted), "{wanted} went unseen: {breaches:?}");
        }
    }
}

#[test]
fn only_tests_lean_on_the_testkit() {
    let leaning = ROOMS.iter().filter(|room| room.imports.contains(&"testkit"));
    assert_eq!(leaning.map(|room| room.name).collect::<Vec<_>>(), ["tests"]);
}

#[test]
fn every_outside_crate_in_a_wrong_room_is_a_breach() {
    for rule in OWNERS {
        for room in ROOMS.iter().filter(|room| room.name != "bench" && !rule.owners.contains(&room.name)) {
            let package = format!("danvan-{}", room.name);
            let breaches = breaches_after(|graph| ship(graph, &package, rule.outside));
            let wanted = format!("{} names {}", room.name, rule.outside);
            assert!(breaches.iter().any(|breach| breach.starts_with(&wanted)), "{wanted} went unseen");
        }
    }
}

#[test]
fn an_owner_rule_holds_for_dependencies_of_tests_too() {
    let breaches = breaches_after(|graph| {
        graph.packages.entry("danvan-ledger".to_owned()).or_default().tested_with.insert("sled".to_owned());
    });
    assert!(breaches.iter().any(|breach| breach.starts_with("ledger names sled")), "{breaches:?}");
}

#[test]
fn a_table_that_forbids_an_arrow_in_use_disagrees_with_the_workspace() {
    let narrowed: Vec<Room> = ROOMS
        .iter()
        .map(|room| if room.name == "ledger" { Room { imports: &["tlog"], ..room.clone() } } else { room.clone() })
        .collect();
    assert!(WORKSPACE.breaches(&narrowed, OWNERS).contains(&"ledger imports journal".to_owned()));
}

#[test]
fn an_arrow_upwards_is_a_breach_even_where_the_table_allows_it() {
    let widened: Vec<Room> =
        ROOMS
            .iter()
            .map(|room| {
                if room.name == "journal" {
                    Room { imports: &["tlog", "daemon"], ..room.clone() }
                } else {
                    room.clone()
                }
            })
            .collect();
    let mut graph = WORKSPACE.clone();
    ship(&mut graph, "danvan-journal", "danvan-daemon");
    let breaches = graph.breaches(&widened, OWNERS);
    assert!(breaches.contains(&"journal reaches up to daemon".to_owned()), "{breaches:?}");
    assert!(!breaches.contains(&"journal imports daemon".to_owned()), "{breaches:?}");
}

#[test]
fn a_package_outside_the_table_and_a_row_without_a_package_are_breaches() {
    let breaches = breaches_after(|graph| {
        graph.packages.entry("danvan-gossip".to_owned()).or_default();
        graph.packages.remove("danvan-state");
    });
    assert!(breaches.contains(&"danvan-gossip is not in the table of the design".to_owned()));
    assert!(breaches.contains(&"state stands in the table and is no package".to_owned()));
}

#[test]
fn bench_among_the_default_members_is_a_breach() {
    let breaches = breaches_after(|graph| {
        graph.default_members.insert("danvan-bench".to_owned());
    });
    assert!(breaches.contains(&"bench is a default member".to_owned()));
}

#[test]
fn the_table_itself_never_points_upwards() {
    for room in ROOMS {
        for import in room.imports {
            let other = ROOMS.iter().find(|other| other.name == *import);
            let layer = other.map_or(Layer::Dev, |other| other.layer);
            assert!(layer <= room.layer, "{} may import {import} from a higher layer", room.name);
        }
    }
}
