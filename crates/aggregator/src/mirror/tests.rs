//! The mirror over a real ledger in a temporary directory.

use std::io::{Read as _, Seek as _};
use std::sync::Arc;

use danvan_event::{Entry, Event};
use danvan_projection::ReadModel;
use danvan_replication::{BatchSink as _, ReceiptStatus, Received, SpoolCursor, pack, unpack};
use danvan_tlog::{Batch, Origin, Size};

use danvan_testkit::{SUITE_DEPLOYMENT, SuiteSink, sink_suite};

use crate::trial::{NOW_MS, TestNode, Trial};

mod flags;
mod forks;
mod rules;
mod successions;

fn own_events(trial: &Trial) -> Vec<Event> {
    let ledger = &trial.mirror().ledger;
    let records = ledger.read(ledger.size().range()).expect("the own log reads");
    records.into_iter().map(|record| Entry::parse(record.entry).expect("an entry").event().clone()).collect()
}

fn cosigned(trial: &Trial) -> usize {
    own_events(trial).iter().filter(|event| matches!(event, Event::CheckpointCosigned(_))).count()
}

fn model(trial: &Trial) -> ReadModel {
    trial.mirror().reading.model().clone()
}

#[test]
fn a_batch_that_continues_its_log_is_held_and_cosigned() {
    let trial = Trial::new();
    let mut node = trial.enrol(15097);
    node.answers(3);
    let receipts = trial.receive(vec![node.whole()]);
    assert_eq!(receipts[0].status(), ReceiptStatus::Cosigned);
    assert_eq!(receipts[0].size(), Size::from(4));
    let signed = receipts[0]
        .verify(node.key.verifier_key(), trial.mirror().notary.verifier_key())
        .expect("a sound receipt")
        .expect("a note");
    let at = signed.cosigned_by(trial.mirror().notary.verifier_key()).expect("cosigned");
    assert_eq!(at.unix_seconds(), NOW_MS.unsigned_abs() / 1000);
    assert_eq!(model(&trial).unit(&node.unit).expect("the unit is known").size(), 4);
    let record =
        trial.mirror().ledger.read_one(trial.mirror().ledger.size().last_index().expect("an entry")).expect("reads");
    assert_eq!(record.attachment, Some(node.whole().packed), "the batch is kept as it was received");
}

#[test]
fn several_batches_of_several_logs_are_one_group_in_the_order_of_receipt() {
    let trial = Trial::new();
    let (mut a, mut b) = (trial.enrol(15097), trial.enrol(15100));
    a.answers(5);
    b.answers(1);
    let receipts = trial.receive(vec![a.message(0, 2), b.whole(), a.message(2, 6), a.message(2, 6), a.message(0, 3)]);
    let statuses: Vec<_> = receipts.iter().map(|receipt| receipt.status().code()).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200]);
    assert_eq!(receipts[2].size(), Size::from(6));
    assert_eq!(cosigned(&trial), 3, "what was held already makes no entry");
}

#[test]
fn a_held_batch_gets_the_stored_receipt_again() {
    let trial = Trial::new();
    let mut node = trial.enrol(15097);
    node.answers(3);
    let first = trial.receive(vec![node.whole()]);
    trial.clock.advance(5_000);
    let again = trial.receive(vec![node.message(1, 3), node.whole()]);
    assert_eq!(again[0], first[0]);
    assert_eq!(again[1], first[0]);
    assert_eq!(cosigned(&trial), 1);
}

#[test]
fn a_gap_or_an_overlap_asks_for_what_comes_next() {
    let trial = Trial::new();
    let mut node = trial.enrol(15097);
    node.answers(5);
    trial.receive(vec![node.message(0, 2)]);
    for (start, end) in [(3, 5), (1, 4)] {
        let receipts = trial.receive(vec![node.message(start, end)]);
        assert_eq!(receipts[0].status(), ReceiptStatus::Resend);
        assert_eq!(receipts[0].next(), Size::from(2));
        assert_eq!(receipts[0].size(), Size::from(2), "the last receipt travels with the answer");
    }
}

#[test]
fn what_breaks_a_log_is_refused_and_nothing_is_applied() {
    let trial = Trial::new();
    let mut node = trial.enrol(15097);
    node.answers(2);
    let stranger = TestNode::new(15100);
    let mut foreign = TestNode::new(15097);
    foreign.key = danvan_tlog::LogKey::from_seed(node.key.verifier_key().name().clone(), [9; 32]);
    let noise = Received { unit: node.token(), packed: b"noise".to_vec() };
    let as_other = Received { unit: stranger.token(), packed: node.whole().packed };
    let batch = unpack(&node.whole().packed).expect("a batch");
    let mut entries = batch.entries().to_vec();
    entries[1][10] ^= 1;
    let bent = Batch::new(batch.origin().clone(), Size::ZERO, entries, batch.note().clone()).expect("a batch");
    let bent = Received { unit: node.token(), packed: pack(&bent).expect("a message") };
    let before = trial.mirror().ledger.size();
    let traced = Arc::new(tempfile::tempfile().expect("a file"));
    let listening = tracing_subscriber::fmt().with_writer(Arc::clone(&traced)).finish();
    let receipts = tracing::subscriber::with_default(listening, || {
        trial.receive(vec![noise, stranger.whole(), as_other, foreign.whole(), bent])
    });
    let statuses: Vec<_> = receipts.iter().map(|receipt| receipt.status().code()).collect();
    assert_eq!(statuses, [422, 404, 404, 403, 422]);
    assert_eq!(trial.mirror().ledger.size(), before);
    let mut trace = String::new();
    traced.as_ref().rewind().and_then(|()| traced.as_ref().read_to_string(&mut trace)).expect("the trace");
    assert_eq!(trace.matches("a batch was refused, nothing of it was applied").count(), 5, "{trace}");
    let metrics = trial.opened.as_ref().expect("an open aggregator").metrics.render();
    assert!(metrics.contains("danvan_aggregator_batches_total{outcome=\"refused\"} 5"), "{metrics}");
    assert_eq!(receipts[0].origin(), &node.key.origin());
}

#[test]
fn a_restart_rebuilds_everything_from_the_own_ledger() {
    let mut trial = Trial::new();
    let mut node = trial.enrol(15097);
    node.answers(20);
    trial.receive(vec![node.message(0, 7), node.message(7, 21)]);
    let (before, size) = (model(&trial), trial.mirror().ledger.size());
    let told = trial.mirror().receipts_to_republish();
    trial.restart();
    assert_eq!(model(&trial), before);
    assert_eq!(trial.mirror().ledger.size(), size);
    let again = trial.mirror().receipts_to_republish();
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].1.size(), told[0].1.size());
    let cosigned_at = |receipt: &danvan_replication::Receipt| {
        let signed = receipt.verify(node.key.verifier_key(), trial.mirror().notary.verifier_key()).expect("sound");
        signed.expect("a note").cosigned_by(trial.mirror().notary.verifier_key()).expect("cosigned")
    };
    assert!(cosigned_at(&again[0].1) >= cosigned_at(&told[0].1), "a cosignature's time never goes back");
    node.answer(3);
    assert_eq!(trial.receive(vec![node.message(21, 22)])[0].size(), Size::from(22));
}

#[test]
fn a_publication_says_what_anyone_can_compute_again() {
    let mut trial = Trial::new();
    let mut node = trial.enrol(15097);
    trial.enrol(15100);
    node.answers(12);
    trial.receive(vec![node.whole()]);
    let rulebook = danvan_ranking::Rulebook::rb_cqtt_1();
    let period = "2024".parse().expect("a period");
    let first = trial.publish(&period);
    assert!(!first.again);
    assert!(first.fact.cut < first.index.get(), "the cut is that of the closing");
    assert_eq!(first.fact.inputs_count, 1);
    let documents = trial.mirror().documents(first.index).expect("attached");
    let mut prefix = ReadModel::default();
    replay(&trial, first.fact.cut, &mut prefix);
    assert_eq!(documents.inputs, prefix.inputs().to_bytes());
    assert_eq!(documents.ranking, danvan_ranking::rank(&prefix, &rulebook, &period).to_bytes());
    let again = trial.mirror().publish(&period, None).expect("published");
    assert!(again.again);
    assert_eq!(again.index, first.index);
    node.answer(1);
    trial.receive(vec![node.message(13, 14)]);
    trial.restart();
    let second = trial.publish(&period);
    assert_eq!(second.fact.supersedes.as_ref().map(|earlier| earlier.index), Some(first.index.get()));
    assert_eq!(second.number, 2);
}

/// Folds the own log below `cut` and the batches in it, as an auditor does.
fn replay(trial: &Trial, cut: u64, model: &mut ReadModel) {
    let mirror = trial.mirror();
    for index in Size::new(cut).expect("a size").range().iter() {
        let record = mirror.ledger.read_one(index).expect("reads");
        let own = "/a/ngoc-lac".parse().expect("a source");
        model.apply(&own, danvan_projection::Evidence::new(index.get()), &record.entry);
        let entry = Entry::parse(record.entry).expect("an entry");
        if let Event::CheckpointCosigned(fact) = entry.event() {
            let batch = unpack(&record.attachment.expect("a batch")).expect("a batch");
            let origin = Origin::new(fact.origin.clone()).expect("an origin");
            let unit = origin.as_str().rsplit('/').next().expect("a unit").parse().expect("a unit");
            let source = danvan_event::Source::Unit(unit);
            for (index, bytes) in batch.range().iter().zip(batch.entries()) {
                model.apply(&source, danvan_projection::Evidence::new(index.get()), bytes);
            }
        }
    }
}

#[test]
fn nobody_waits_for_a_read_model_that_does_not_follow() {
    let trial = Trial::new();
    let mirror = trial.mirror();
    mirror.desk().folding.end();
    let node = TestNode::new(15097);
    let gone = |error: &dyn std::error::Error| error.to_string() == crate::FoldingGone.to_string();
    assert!(gone(&mirror.enrol(&node.unit, node.key.verifier_key()).expect_err("nothing follows")));
    assert!(gone(&mirror.enrol(&node.unit, node.key.verifier_key()).expect_err("nor the second time")));
    assert!(gone(&mirror.publish(&"2024".parse().expect("a period"), None).expect_err("nothing follows")));
}

#[test]
fn enrolling_again_changes_nothing_and_a_foreign_key_is_refused() {
    let trial = Trial::new();
    let node = trial.enrol(15097);
    let size = trial.mirror().ledger.size();
    let again = trial.mirror().enrol(&node.unit, node.key.verifier_key()).expect("enrolled");
    assert!(again.again);
    assert_eq!(trial.mirror().ledger.size(), size);
    let other = TestNode::new(15100);
    trial.mirror().enrol(&node.unit, other.key.verifier_key()).expect_err("a key of another unit");
    let mirror_key = trial.mirror().notary.verifier_key().clone();
    trial.mirror().enrol(&node.unit, &mirror_key).expect_err("a key that signs no log");
}

/// The cluster in which a unit is registered.
fn cluster_of(trial: &Trial, node: &TestNode) -> String {
    let mirror = trial.mirror();
    mirror.reading.wait_for(mirror.ledger.size()).expect("the fold goes on");
    mirror.reading.model().registry().units()[&node.unit].fact.cluster.clone()
}

#[test]
fn a_unit_joins_units_of_its_kind_until_an_operator_names_another_cluster() {
    let trial = Trial::new();
    let enrol = |node: &TestNode, cluster: Option<&str>| {
        trial.mirror().enrol_in(&node.unit, node.key.verifier_key(), cluster).expect("enrolled")
    };
    let (commune, ward) = (TestNode::of("nso2025-15091"), TestNode::of("nso2025-14797"));
    let of_ngoc_lac = TestNode::new(15097);
    for node in [&commune, &ward, &of_ngoc_lac] {
        assert!(!enrol(node, None).again);
    }
    let clusters = [&commune, &ward, &of_ngoc_lac].map(|node| cluster_of(&trial, node));
    assert_eq!(clusters, ["Xã · Tỉnh Thanh H\u{f3}a", "Phường · Tỉnh Thanh H\u{f3}a", "Huyện Ngọc Lặc"]);

    assert!(!enrol(&commune, Some(" Xã miền núi ")).again, "it is registered anew");
    assert_eq!(cluster_of(&trial, &commune), "Xã miền núi");
    let size = trial.mirror().ledger.size();
    assert!(enrol(&commune, None).again, "who names none leaves the unit where it is");
    assert!(enrol(&commune, Some("Xã miền núi")).again);
    assert_eq!((trial.mirror().ledger.size(), cluster_of(&trial, &commune)), (size, "Xã miền núi".to_owned()));
    for odd in ["", "  ", &"x".repeat(81)] {
        let refused = trial.mirror().enrol_in(&ward.unit, ward.key.verifier_key(), Some(odd));
        assert!(matches!(refused, Err(crate::OperationError::Cluster)), "{odd}");
    }
    assert_eq!(trial.mirror().ledger.size(), size);
}

#[test]
fn every_unit_of_the_country_is_enrolled_in_one_sitting() {
    let trial = Trial::new();
    let units = &danvan_event::Gazetteer::preset("viet-nam-2025").expect("a preset").units;
    for unit in units {
        let node = TestNode::of(unit.id.as_str());
        assert!(!trial.mirror().enrol(&node.unit, node.key.verifier_key()).expect("enrolled").again);
    }
    let model = trial.mirror().reading.model();
    assert_eq!((model.registry().units().len(), model.registry().enrolled().len()), (3_321, 3_321));
}

#[test]
fn the_own_log_is_cosigned_by_the_mirror_key() {
    let trial = Trial::new();
    trial.enrol(15097);
    let mirror = trial.mirror();
    assert!(mirror.notary.cosign_own(&mirror.ledger).expect("cosigned"));
    assert!(!mirror.notary.cosign_own(&mirror.ledger).expect("nothing new"));
    let receipts = mirror.ledger.receipts();
    let held = receipts.get(mirror.notary.name()).expect("a receipt");
    assert_eq!(held.size(), mirror.ledger.size());
    held.cosigned_by(mirror.notary.verifier_key()).expect("cosigned");
}

#[test]
fn the_policy_lists_every_log_and_requires_the_mirror() {
    let trial = Trial::new();
    let node = trial.enrol(15097);
    let text = crate::policy_text(&trial.path()).expect("a policy while it runs");
    let policy = danvan_tlog::Policy::parse(text.as_bytes()).expect("a sound policy");
    assert_eq!(policy.log_key(&node.key.origin()), Some(node.key.verifier_key()));
    assert_eq!(policy.logs().count(), 2);
    assert_eq!(policy.witnesses().count(), 1);
}

#[test]
fn an_export_of_the_aggregator_alone_is_cosigned_and_clean() {
    let trial = Trial::new();
    let (mut a, b) = (trial.enrol(15097), trial.enrol(15100));
    a.answers(3);
    trial.receive(vec![a.message(0, 2), b.whole(), a.message(2, 4)]);
    trial.publish(&"2024".parse().expect("a period"));
    let mirror = trial.mirror();
    mirror.notary.cosign_own(&mirror.ledger).expect("cosigned");
    let out = trial.path().join("out");
    let policy = crate::policy_text(&trial.path()).expect("a policy");
    let policy = danvan_tlog::Policy::parse(policy.as_bytes()).expect("a sound policy");
    let place = danvan_audit::Place::detect(&trial.path()).expect("a place");
    let cosigner = crate::Cosigner::open(&trial.path()).expect("while it runs");
    let cosign = |signed: &_| cosigner.cosign(signed);
    let exported = danvan_audit::export_tlog(&place, &policy, &out, Some(&cosign)).expect("exported");
    assert_eq!((exported.logs, exported.uncosigned), (3, vec![]));
    let place = danvan_audit::Place::detect(&out).expect("an export");
    assert_eq!(danvan_audit::fsck(&place, &policy).expect("checked").findings, []);
    assert!(danvan_audit::replay(&place, &policy, None).expect("replayed").matches);
}

#[test]
fn a_second_process_is_told_that_the_aggregator_runs() {
    let trial = Trial::new();
    let node = TestNode::new(15097);
    let error = crate::unit_add(&trial.path(), &node.unit, node.key.verifier_key(), None).expect_err("it runs");
    assert!(matches!(error, crate::OperationError::Open(crate::OpenError::Running)), "{error}");
}

#[test]
fn the_spool_cursor_survives_a_restart_and_its_loss_does_no_harm() {
    let mut trial = Trial::new();
    let cursor = SpoolCursor { created: 7, sequence: 9 };
    trial.mirror().keep_cursor(cursor);
    trial.restart();
    assert_eq!(trial.mirror().cursor(), Some(cursor));
    std::fs::write(trial.path().join("state/spool-cursor.json"), b"{").expect("written");
    trial.restart();
    assert_eq!(trial.mirror().cursor(), None);
}

#[test]
fn the_mirror_keeps_the_laws_of_a_sink() {
    // Kept to the end: with a trial its directory goes.
    let mut trials = Vec::new();
    let outcome = sink_suite(|logs| {
        let trial = Trial::of(SUITE_DEPLOYMENT);
        let sink = trial.shared_mirror();
        for log in logs {
            let unit = log.unit().as_str().parse().expect("a unit");
            sink.enrol(&unit, log.vkey()).expect("enrolled");
        }
        let (token, mirror) = (sink.token.clone(), sink.notary.verifier_key().clone());
        trials.push(trial);
        SuiteSink { sink, token, mirror }
    });
    assert_eq!(outcome, Ok(()));
}

#[test]
fn a_node_is_told_at_once_that_it_was_enrolled() {
    let trial = Trial::new();
    let node = trial.enrol(15097);
    let told = trial.mirror().newly_enrolled();
    let [(unit, receipt)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((unit, receipt.status(), receipt.next()), (&node.token(), ReceiptStatus::Resend, Size::ZERO));
    assert_eq!(trial.mirror().receipts_to_republish(), told);
    trial.mirror().enrol(&node.unit, node.key.verifier_key()).expect("enrolled");
    assert!(trial.mirror().newly_enrolled().is_empty(), "it was told before");
}
