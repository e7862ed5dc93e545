//! A log that contradicts itself: both sides are kept, and nothing of it is cosigned any more.

use super::*;

#[test]
fn a_fork_is_kept_and_its_log_is_cosigned_no_more_even_after_a_restart() {
    let mut trial = Trial::new();
    let mut node = trial.enrol(15097);
    node.answers(3);
    trial.receive(vec![node.whole()]);
    let mut other = TestNode::new(15097);
    other.answer(1);
    other.answers(2);
    let receipts = trial.receive(vec![other.whole(), node.message(0, 2)]);
    assert_eq!(receipts[0].status(), ReceiptStatus::BrokenLog);
    assert_eq!(receipts[1].status(), ReceiptStatus::BrokenLog);
    assert_eq!(receipts[0].size(), Size::from(4), "the last cosigned note travels with the refusal");
    let evidence = trial.path().join("forks").join(node.key.origin().directory());
    let kept: Vec<_> =
        std::fs::read_dir(&evidence).expect("a directory").map(|file| file.expect("a file").path()).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(std::fs::read(&kept[0]).expect("evidence"), other.whole().packed);
    trial.restart();
    node.answer(5);
    let receipts = trial.receive(vec![node.message(4, 5)]);
    assert_eq!(receipts[0].status(), ReceiptStatus::BrokenLog);
    assert_eq!(cosigned(&trial), 1);
}

#[test]
fn a_fork_whose_evidence_could_not_be_written_is_seen_again() {
    let mut trial = Trial::new();
    let mut node = trial.enrol(15097);
    node.answers(3);
    trial.receive(vec![node.whole()]);
    let mut other = TestNode::new(15097);
    other.answer(1);
    other.answers(2);
    let forks = trial.path().join("forks");
    std::fs::write(&forks, b"in the way").expect("written");
    for _ in 0..2 {
        trial.mirror().receive(vec![other.whole()]).expect_err("no place for the evidence");
    }
    std::fs::remove_file(&forks).expect("removed");
    let kept = || std::fs::read_dir(forks.join(node.key.origin().directory())).map_or(0, Iterator::count);
    assert_eq!(trial.receive(vec![other.whole()])[0].status(), ReceiptStatus::BrokenLog);
    assert_eq!(kept(), 1);
    let file = std::fs::read_dir(forks.join(node.key.origin().directory())).expect("a directory").next();
    let file = file.expect("a file").expect("a file").path();
    std::fs::write(&file, &other.whole().packed[..40]).expect("cut off, as by a crash");
    trial.restart();
    assert_eq!(trial.receive(vec![other.whole()])[0].status(), ReceiptStatus::BrokenLog);
    assert_eq!(std::fs::read(&file).expect("evidence"), other.whole().packed);
}

#[test]
fn no_evidence_is_kept_before_what_it_contradicts_is_durable() {
    let trial = Trial::new();
    let mut node = trial.enrol(15097);
    node.answers(3);
    let mut other = TestNode::new(15097);
    other.answer(1);
    other.answers(2);
    let mirror = trial.mirror();
    mirror.ledger.clone().drain().expect("closed");
    mirror.receive(vec![node.whole(), other.whole()]).expect_err("nothing is written any more");
    assert!(!trial.path().join("forks").exists());
}

#[test]
fn a_second_root_of_a_held_size_is_kept_and_found_by_an_audit() {
    let trial = Trial::new();
    let mut node = trial.enrol(15097);
    node.answers(5_200);
    let messages = (0..5_201).step_by(1_000).map(|start| node.message(start, (start + 1_000).min(5_201))).collect();
    trial.receive(messages);
    let mut other = TestNode::new(15097);
    other.answer(1);
    other.answers(5_149);
    let (start, end) = (5_110, 5_151);
    let second_root = unpack(&other.message(start, end).packed).expect("a batch").note().clone();
    let same = node.entries[5_110..5_151].to_vec();
    let batch = Batch::new(node.key.origin(), Size::new(start).expect("a size"), same, second_root).expect("a batch");
    let message = Received { unit: node.token(), packed: pack(&batch).expect("a message") };
    assert_eq!(trial.receive(vec![message])[0].status(), ReceiptStatus::BrokenLog);
    let mirror = trial.mirror();
    mirror.notary.cosign_own(&mirror.ledger).expect("cosigned");
    let policy = crate::policy_text(&trial.path()).expect("a policy");
    let policy = danvan_tlog::Policy::parse(policy.as_bytes()).expect("a sound policy");
    let data = trial.path().parent().expect("a data directory").to_owned();
    let report = danvan_audit::fsck(&danvan_audit::Place::Data(data), &policy).expect("checked");
    let codes: Vec<_> = report.findings.iter().map(danvan_audit::Finding::code).collect();
    assert_eq!(codes, ["two_roots"]);
}
