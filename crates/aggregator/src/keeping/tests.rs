//! A start from a snapshot shows what a start without one shows, whatever became of the file.

use danvan_daemon::{Randomness as _, SeededRandomness};
use danvan_event::Source;
use danvan_projection::Evidence;
use danvan_replication::BatchSink as _;
use danvan_tlog::Frontier;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::closing::CloseOrder;
use crate::course::CourseError;
use crate::proof::ProofError;
use crate::standing::stand;
use crate::trial::{DEPLOYMENT, TestNode, Trial};

/// More than the 200 that show it; each is a start.
const SEEDS: u64 = 240;
const SECTOR: usize = 512;

fn grown() -> (Trial, [TestNode; 2]) {
    let trial = Trial::new();
    let (mut a, mut b) = (trial.enrol(15097), trial.enrol(15100));
    a.answers(30);
    b.answers(12);
    b.entries.push(b"[]".to_vec());
    trial.receive(vec![a.message(0, 20), b.whole(), a.message(20, 31)]);
    (trial, [a, b])
}

fn path(trial: &Trial) -> PathBuf {
    trial.path().join("state/snapshot")
}

fn kept(trial: &Trial) -> Kept {
    let mirror = trial.mirror();
    let size = mirror.ledger.size();
    let tree = mirror.ledger.tree_at(size).expect("a tree");
    let model = mirror.reading.model().clone();
    Kept { tree, model, roll: mirror.desk().roll.clone(), held: mirror.archive.held() }
}

fn plant(trial: &Trial, kept: &Kept) {
    fs::write(path(trial), kept.to_bytes(trial.mirror().ledger.origin()).expect("bytes")).expect("written");
}

fn refused(trial: &Trial) -> Vec<&'static str> {
    let reasons =
        ["unreadable", "damaged", "other_version", "contradictory", "foreign_origin", "ahead", "other_entries"];
    reasons.into_iter().filter(|reason| trial.mirror().metrics.snapshots_refused(reason) > 0).collect()
}

fn folded(trial: &Trial) -> u64 {
    trial.mirror().metrics.records_folded.get()
}

/// Everything that anybody is shown or told.
#[derive(Debug, PartialEq)]
struct Shown {
    ranking: Vec<u8>,
    model: danvan_projection::ReadModel,
    receipts: Vec<(String, Size, u16)>,
    held: Vec<(String, Size, usize)>,
}

fn shown(trial: &Trial) -> Shown {
    let mirror = trial.mirror();
    let period = "2024".parse().expect("a period");
    let receipts = mirror.receipts_to_republish();
    let held = mirror.archive.held();
    Shown {
        ranking: stand(mirror, &period, 0).expect("ranked").ranking.to_bytes(),
        model: mirror.reading.model().clone(),
        receipts: receipts
            .iter()
            .map(|(unit, receipt)| (unit.to_string(), receipt.size(), receipt.status().code()))
            .collect(),
        held: held
            .iter()
            .map(|(origin, log)| {
                let tree = mirror.archive.frontier(origin, Size::from(3)).expect("a tree");
                (
                    format!("{origin} {}", tree.root()),
                    log.batches.last().expect("a batch").range.end(),
                    log.batches.len(),
                )
            })
            .collect(),
    }
}

#[test]
fn a_start_from_a_snapshot_folds_only_the_rest_and_shows_the_same() {
    let (mut trial, [mut a, _]) = grown();
    let cursor = trial.mirror().keep_snapshot().expect("kept").expect("there is something new");
    assert_eq!(trial.mirror().keep_snapshot().expect("nothing to do"), None);
    a.answers(5);
    trial.receive(vec![a.message(31, 36)]);
    let rest = trial.mirror().ledger.size().entries_since(cursor);
    let before = shown(&trial);
    trial.restart();
    assert_eq!((folded(&trial), rest, refused(&trial)), (1, 1, Vec::new()));
    assert_eq!(shown(&trial), before);
    a.answers(2);
    let receipts = trial.receive(vec![a.message(36, 38), a.message(10, 20)]);
    assert!(
        receipts.iter().all(|receipt| receipt.size() == Size::from(38)),
        "the log goes on, and what is held is known"
    );
    let after = shown(&trial);
    fs::remove_file(path(&trial)).expect("there is a file");
    trial.restart();
    assert_eq!(folded(&trial), trial.mirror().ledger.size().get(), "without the file everything is folded");
    assert_eq!(shown(&trial), after);
}

#[test]
fn no_damage_to_the_file_is_ever_visible() {
    let (mut trial, _) = grown();
    trial.mirror().keep_snapshot().expect("kept").expect("there is something new");
    let sound = fs::read(path(&trial)).expect("a file");
    let before = shown(&trial);
    let mut spared = 0;
    for seed in 0..SEEDS {
        let damaged = damage(&sound, seed);
        fs::write(path(&trial), &damaged).expect("written");
        trial.restart();
        assert_eq!(shown(&trial), before, "seed {seed}");
        let expected = if damaged == sound { Vec::new() } else { vec!["damaged"] };
        assert_eq!(refused(&trial), expected, "seed {seed}");
        assert_eq!(path(&trial).exists(), damaged == sound, "seed {seed}: what is refused is moved aside");
        spared += u64::from(damaged == sound);
    }
    assert!(spared < SEEDS / 20, "{spared} seeds damaged nothing");
}

/// The bytes after one of the ways in which a disk loses them.
fn damage(sound: &[u8], seed: u64) -> Vec<u8> {
    let randomness = SeededRandomness::new(seed);
    let draw = |below: usize| {
        let mut bytes = [0; 8];
        randomness.fill(&mut bytes).expect("randomness");
        usize::try_from(u64::from_le_bytes(bytes) % below as u64).expect("a number")
    };
    let mut bytes = sound.to_vec();
    match seed % 6 {
        0 | 1 => {
            for _ in 0..=draw(8) {
                let place = draw(bytes.len() * 8);
                bytes[place / 8] ^= 1 << (place % 8);
            }
        }
        2 => bytes.truncate(draw(sound.len())),
        3 if seed % 12 == 3 => bytes.clear(),
        3 => bytes.extend((0..=draw(2 * SECTOR)).map(|_| 0)),
        sectors => {
            for _ in 4..=sectors {
                let start = draw(sound.len().div_ceil(SECTOR)) * SECTOR;
                let end = sound.len().min(start + SECTOR);
                bytes[start..end].fill(0);
            }
        }
    }
    bytes
}

#[test]
fn a_snapshot_of_another_log_a_later_cut_or_a_foreign_origin_is_refused() {
    let (mut trial, _) = grown();
    let before = shown(&trial);
    let start_with = |trial: &mut Trial, other: &Trial| {
        other.mirror().keep_snapshot().expect("kept").expect("there is something new");
        fs::copy(path(other), path(trial)).expect("copied");
        trial.restart();
        assert_eq!(shown(trial), before);
        refused(trial)
    };
    let other = Trial::new();
    let mut node = other.enrol(15103);
    node.answers(4);
    other.receive(vec![node.whole()]);
    assert_eq!(other.mirror().ledger.origin(), trial.mirror().ledger.origin());
    assert_eq!(start_with(&mut trial, &other), ["other_entries"]);
    let (later, [mut node, _]) = grown();
    node.answers(40);
    for end in 32..60 {
        later.receive(vec![node.message(end - 1, end)]);
    }
    assert_eq!(start_with(&mut trial, &later), ["ahead"]);
    let foreign = Trial::of(&format!("other.{DEPLOYMENT}"));
    assert_eq!(start_with(&mut trial, &foreign), ["foreign_origin"]);
}

#[test]
fn a_snapshot_that_contradicts_itself_or_its_log_is_refused() {
    let (mut trial, [a, _]) = grown();
    let (before, sound) = (shown(&trial), kept(&trial));
    let origin = a.key.origin().clone();
    let start_with = |trial: &mut Trial, change: &dyn Fn(&mut Kept)| {
        let mut changed = sound.clone();
        change(&mut changed);
        plant(trial, &changed);
        trial.restart();
        assert_eq!(shown(trial), before);
        refused(trial)
    };
    assert_eq!(start_with(&mut trial, &|_| {}), Vec::<&str>::new());
    let size = usize::try_from(sound.cursor().get()).expect("a size");
    let invented = Frontier::of((0..size).map(|number| danvan_tlog::leaf_hash(&number.to_le_bytes())));
    assert_eq!(start_with(&mut trial, &|kept| kept.tree = invented.clone()), ["other_entries"]);
    let lost_batch = |kept: &mut Kept| kept.held.get_mut(&origin).expect("held").batches.truncate(1);
    assert_eq!(start_with(&mut trial, &lost_batch), ["contradictory"]);
    let forgotten = |kept: &mut Kept| {
        let member = kept.roll.get_mut(&origin).expect("on the roll");
        member.state = danvan_replication::OriginState::enrolled(member.state.vkey().clone());
    };
    assert_eq!(start_with(&mut trial, &forgotten), ["contradictory"]);
    let emptied = |kept: &mut Kept| kept.model = danvan_projection::ReadModel::default();
    assert_eq!(start_with(&mut trial, &emptied), ["contradictory"]);
}

#[test]
fn a_snapshot_of_another_version_is_refused() {
    let (mut trial, _) = grown();
    let before = shown(&trial);
    let sound = kept(&trial).to_bytes(trial.mirror().ledger.origin()).expect("bytes");
    for (own, other) in
        [(&b"danvan-model\0\0\0"[..], &b"danvan-model\0\0\x01"[..]), (b"danvan-aggregator ", b"danvan-aggregator-")]
    {
        let mut bytes = sound[..sound.len() - 32].to_vec();
        let at = bytes.windows(own.len()).rposition(|window| window == own).expect("it names its version");
        bytes[at..at + own.len()].copy_from_slice(other);
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest);
        fs::write(path(&trial), bytes).expect("written");
        trial.restart();
        assert_eq!((refused(&trial), shown(&trial) == before), (vec!["other_version"], true));
    }
}

#[test]
fn flags_that_were_unsaid_when_the_snapshot_was_made_are_stated_at_the_next_start() {
    let mut trial = Trial::new();
    let mut node = trial.enrol(15097);
    node.entries.push(b"[]".to_vec());
    trial.mirror().receive(vec![node.whole()]).expect("taken in");
    trial.mirror().keep_snapshot().expect("kept").expect("there is something new");
    let flagged = |trial: &Trial| trial.mirror().reading.model().registry().flagged().len();
    assert_eq!(flagged(&trial), 0);
    trial.restart();
    trial.settle();
    assert_eq!((refused(&trial), flagged(&trial)), (Vec::new(), 1));
    trial.mirror().keep_snapshot().expect("kept").expect("there is something new");
    let size = trial.mirror().ledger.size();
    trial.restart();
    assert_eq!(trial.mirror().ledger.size(), size, "nothing is stated twice");
}

#[test]
fn a_draft_rests_on_what_the_own_log_gives_and_never_on_a_snapshot_alone() {
    let (mut trial, [mut a, b]) = grown();
    for _ in 0..2 {
        a.recorded_after_ms += 400 * 86_400_000;
        a.answer(5);
    }
    trial.receive(vec![a.message(31, 33)]);
    let period = "2024".parse().expect("a period");
    trial.mirror().open_period(&period, None).expect("opened");
    let honest = kept(&trial);
    let mut forged = honest.clone();
    let mut invented = TestNode::new(15100);
    invented.entries.clone_from(&b.entries);
    invented.say(
        "unit.staff_declared.v1",
        &format!("unit/{}", b.unit),
        true,
        json!({"as_of": "2024-03-08", "headcount": 9}),
    );
    let last = invented.entries.len() - 1;
    forged.model.apply(&Source::Unit(b.unit.clone()), Evidence::new(last as u64), &invented.entries[last]);
    assert_ne!(forged.model, honest.model);
    plant(&trial, &forged);
    trial.restart();
    assert_eq!((refused(&trial), folded(&trial)), (Vec::new(), 0), "nobody can tell without folding again");
    let order = CloseOrder { period, excluded: Vec::new(), reason: None };
    let refusal = trial.mirror().close_period(&order).expect_err("no draft is made");
    assert!(matches!(refusal, CourseError::Proof(ProofError::Differs(_))), "{refusal}");
    assert_eq!(trial.mirror().reading.failure(), Some(FoldingGone), "the process ends");
    assert!(trial.mirror().keep_snapshot().is_err() && !path(&trial).exists(), "and leaves no snapshot");
    trial.restart();
    assert_eq!(*trial.mirror().reading.model(), honest.model);
    plant(&trial, &honest);
    trial.restart();
    assert_eq!(folded(&trial), 0);
    trial.mirror().close_period(&order).expect("a sound snapshot is proven");
    assert_eq!(*trial.mirror().snapshot.unproven(), None, "once");
}

#[test]
fn a_snapshot_is_due_when_much_is_new_or_something_is_old() {
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    assert!(!is_due(0, minutes(1_000)) && !is_due(1, minutes(9)) && !is_due(RECORDS - 1, minutes(1)));
    assert!(is_due(1, minutes(10)) && is_due(RECORDS, minutes(0)));
}
