//! The layers of the design as data, and the check of a dependency graph against them.
//!
//! The table says which crates of ours a crate may import; the owners say which crates may name an outside one. Both are
//! judged over a plain [`Graph`], so that a deliberately wrong graph or table proves that the judge can say no.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata};

/// Where a crate stands: a lower layer never imports a higher one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Values and functions: no files, network, clock, randomness, async.
    Pure,
    /// Bytes that survive a power cut; synchronous.
    Durable,
    /// Adapters to the world.
    Edge,
    /// What runs.
    Process,
    /// Only for developers: never part of the shipped binary.
    Dev,
}

/// One row of the table: a crate and the crates of ours that it may import.
#[derive(Clone, Debug)]
pub struct Room {
    /// Name without the `danvan-` prefix.
    pub name: &'static str,
    /// Its layer.
    pub layer: Layer,
    /// Allowed imports, without prefix.
    pub imports: &'static [&'static str],
}

const fn room(name: &'static str, layer: Layer, imports: &'static [&'static str]) -> Room {
    Room { name, layer, imports }
}

/// All that is shipped and, behind it, what only tests of the whole may lean on.
const TESTED: &[&str] = &[
    "aggregator",
    "audit",
    "backup",
    "daemon",
    "event",
    "journal",
    "ledger",
    "node",
    "projection",
    "ranking",
    "replication",
    "simulation",
    "state",
    "tlog",
    "ui",
    "testkit",
];
const SHIPPED: &[&str] = TESTED.split_at(TESTED.len() - 1).0;

/// The design's table.
pub const ROOMS: &[Room] = &[
    room("event", Layer::Pure, &[]),
    room("tlog", Layer::Pure, &[]),
    room("projection", Layer::Pure, &["event"]),
    room("ranking", Layer::Pure, &["event", "projection"]),
    room("simulation", Layer::Pure, &["event"]),
    room("journal", Layer::Durable, &["tlog"]),
    room("ledger", Layer::Durable, &["journal", "tlog"]),
    room("state", Layer::Durable, &["tlog"]),
    room("replication", Layer::Edge, &["ledger", "tlog"]),
    room("audit", Layer::Edge, &["event", "tlog", "projection", "ranking", "ledger"]),
    room("backup", Layer::Edge, &["ledger", "tlog"]),
    room("daemon", Layer::Edge, &[]),
    room("ui", Layer::Edge, &[]),
    room("node", Layer::Process, &["event", "tlog", "projection", "ledger", "state", "replication", "daemon", "ui"]),
    room(
        "aggregator",
        Layer::Process,
        &["event", "tlog", "projection", "ranking", "ledger", "state", "replication", "daemon", "ui"],
    ),
    room("cli", Layer::Process, SHIPPED),
    room(
        "testkit",
        Layer::Dev,
        &["event", "tlog", "projection", "ranking", "simulation", "journal", "ledger", "state", "replication"],
    ),
    room("bench", Layer::Dev, SHIPPED),
    room("tests", Layer::Dev, TESTED),
];

/// An outside crate and the crates of ours that may name it, for whatever kind of dependency.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The outside crate.
    pub outside: &'static str,
    /// Who may name it.
    pub owners: &'static [&'static str],
    /// Why nobody else may.
    pub reason: &'static str,
}

const fn owner(outside: &'static str, owners: &'static [&'static str], reason: &'static str) -> Owner {
    Owner { outside, owners, reason }
}

const WEB: &[&str] = &["daemon", "ui", "node", "aggregator"];
const ASYNC: &[&str] = &["replication", "daemon", "ui", "node", "aggregator", "cli", "tests"];

/// The one-owner rules. `bench` is free: it measures the peers.
pub const OWNERS: &[Owner] = &[
    owner("sled", &["state"], "it holds derived state only, behind one table"),
    owner("async-nats", &["replication"], "the courier is replaceable"),
    owner("clap", &["cli"], "arguments end at the binary"),
    owner("comfy-table", &["cli"], "only the binary writes to a terminal"),
    owner("indicatif", &["cli"], "only the binary writes to a terminal"),
    owner("anyhow", &["cli", "tests"], "libraries have an error per operation"),
    owner("reqwest", &["cli", "tests"], "nothing else is a client of our HTTP"),
    owner("age", &["backup"], "one crate decides how copies are encrypted"),
    owner("axum", WEB, "HTTP ends at the processes and their shell"),
    owner("askama", &["ui", "node", "aggregator"], "pages are made by the web faces"),
    owner("tower-http", WEB, "HTTP ends at the processes and their shell"),
    owner("tokio", ASYNC, "pure and durable crates are synchronous"),
    owner("tokio-util", ASYNC, "pure and durable crates are synchronous"),
    owner("tokio-stream", ASYNC, "pure and durable crates are synchronous"),
    owner("futures-util", &["replication", "node", "aggregator", "cli"], "pure and durable crates are synchronous"),
    owner("prometheus", &["daemon", "node", "aggregator"], "processes count what they do, in the shell's one registry"),
    owner(
        "tracing-subscriber",
        &["daemon", "node", "aggregator"],
        "one place decides where trace lines go; a test listens",
    ),
    owner("rayon", &["ranking"], "units are scored side by side; the fold is one walk"),
    owner("sd-notify", &["daemon"], "the service manager is the shell's business"),
    owner("getrandom", &["daemon", "journal"], "randomness is a port; the disk storage names its files by it"),
    owner("rand", &["simulation", "testkit"], "randomness is a port; seeds only in generated worlds"),
    owner("rand_chacha", &["simulation", "testkit"], "randomness is a port; seeds only in generated worlds"),
    owner("rustix", &["journal", "daemon", "cli"], "system calls beyond std belong to durable files and processes"),
    owner("zstd", &["ledger", "tests"], "one way to pack; a search for personal data unpacks whatever it meets"),
    owner(
        "jsonschema",
        &["event", "ranking", "tests"],
        "schemas are judged where entries are made, that of rulebooks by its tests, answers and their documents by the system tests",
    ),
    owner("ed25519-dalek", &["event", "tlog"], "keys stay behind the signing types"),
    owner("log", &[], "diagnostics are traces"),
];

/// What one package asks for.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// Dependencies that ship (normal and build), by package name.
    pub shipped: BTreeSet<String>,
    /// Dependencies of its tests.
    pub tested_with: BTreeSet<String>,
}

/// The workspace's packages by name.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// Packages by full name (`danvan-event`).
    pub packages: BTreeMap<String, Package>,
    /// What a bare `cargo build` builds.
    pub default_members: BTreeSet<String>,
}

impl Graph {
    /// Reads the graph out of `cargo metadata`.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        let mut graph = Self::default();
        for package in metadata.workspace_packages() {
            let entry = graph.packages.entry(package.name.to_string()).or_default();
            for dependency in &package.dependencies {
                let kind = if dependency.kind == DependencyKind::Development {
                    &mut entry.tested_with
                } else {
                    &mut entry.shipped
                };
                kind.insert(dependency.name.clone());
            }
        }
        for package in metadata.workspace_default_packages() {
            graph.default_members.insert(package.name.to_string());
        }
        graph
    }

    /// Everything in the graph that the table or the owners forbid, one sentence each.
    #[must_use]
    pub fn breaches(&self, rooms: &[Room], owners: &[Owner]) -> Vec<String> {
        let mut breaches = Vec::new();
        for (name, package) in &self.packages {
            let short = name.strip_prefix("danvan-").unwrap_or(name);
            let Some(room) = rooms.iter().find(|room| room.name == short) else {
                breaches.push(format!("{name} is not in the table of the design"));
                continue;
            };
            breaches.extend(imports_against(room, package, rooms));
            breaches.extend(owners_against(short, package, owners));
        }
        for room in rooms {
            if !self.packages.contains_key(&format!("danvan-{}", room.name)) {
                breaches.push(format!("{} stands in the table and is no package", room.name));
            }
        }
        if self.default_members.contains("danvan-bench") {
            breaches.push("bench is a default member".to_owned());
        }
        breaches
    }
}

fn imports_against(room: &Room, package: &Package, rooms: &[Room]) -> Vec<String> {
    let mut breaches = Vec::new();
    for import in package.shipped.iter().filter_map(|name| name.strip_prefix("danvan-")) {
        if !room.imports.contains(&import) {
            breaches.push(format!("{} imports {import}", room.name));
        }
        if rooms.iter().any(|other| other.name == import && other.layer > room.layer) {
            breaches.push(format!("{} reaches up to {import}", room.name));
        }
    }
    breaches
}

fn owners_against(short: &str, package: &Package, owners: &[Owner]) -> Vec<String> {
    if short == "bench" {
        return Vec::new();
    }
    let named = |outside: &str| package.shipped.contains(outside) || package.tested_with.contains(outside);
    owners
        .iter()
        .filter(|rule| named(rule.outside) && !rule.owners.contains(&short))
        .map(|rule| format!("{short} names {}: {}", rule.outside, rule.reason))
        .collect()
}
