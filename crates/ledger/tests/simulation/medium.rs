//! A medium that damages what it confirmed: always noticed, or harmless, but for one case.
//!
//! The case: the damage takes everything from an entry to the end that would prove that the entry was durable (no sound
//! frame header is left whose `durable` is greater than its index), and no intent, checkpoint or receipt covers it. What
//! is left is what a power cut would have left.

use crate::bytes::{frame_headers, pairs_set_back, promises};
use crate::truth::{Truth, size};
use crate::world::{Layer, Verdict, config, key, origin, record};
use danvan_ledger::{JournalOpenError, Ledger, LedgerReader, OpenError, Storage};
use danvan_testkit::{Dice, FaultyStorage, Files, MediaFault};
use std::sync::Arc;

pub(crate) fn draw(dice: &mut Dice, files: &Files) -> Vec<MediaFault> {
    let segments = || files.iter().filter(|(name, _)| name.ends_with("segment"));
    // Segments more often than the many small files beside them, and the last one most often.
    let from: Files = match dice.below(4) {
        0 => files.clone(),
        1 => segments().map(|(name, bytes)| (name.clone(), bytes.clone())).collect(),
        _ => segments().next_back().map(|(name, bytes)| (name.clone(), bytes.clone())).into_iter().collect(),
    };
    (0..=dice.below(2)).map(|_| MediaFault::draw(dice, &from)).collect()
}

/// Both files of a pair of slots, spoiled.
pub(crate) fn draw_pair(dice: &mut Dice, files: &Files) -> [MediaFault; 2] {
    let pairs: Vec<&str> = files.keys().filter_map(|name| name.strip_suffix(".a")).collect();
    let pair = pairs[dice.place(pairs.len())];
    ["a", "b"].map(|ending| {
        let file = format!("{pair}.{ending}");
        let len = files[&file].len();
        MediaFault::Overwritten { file, at: 0, with: vec![0xee; len] }
    })
}

/// What became of damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was refused by name, or found by reading.
    Noticed,
    /// Every entry is there and everything can be signed.
    Harmless,
    /// Entries are gone in the one way that nobody can notice.
    Undetectable,
}

/// What the one undetectable case is judged by.
pub(crate) struct Evidence {
    /// The largest size that something still promises.
    promised: u64,
    /// The largest size that a frame header still proves to have been durable.
    proven: u64,
}

impl Evidence {
    pub(crate) fn of(truth: &Truth, before: &Files, after: &Files) -> Self {
        let left: Vec<_> = promises(before);
        let intact = || left.iter().filter(|copy| copy.is_intact(before, after));
        let promised = if intact().count() == left.len() {
            truth.promised()
        } else {
            intact().map(|copy| copy.size).max().unwrap_or(0)
        };
        let headers = frame_headers(before);
        let intact = headers.iter().filter(|header| header.is_intact(before, after));
        Self { promised, proven: intact.map(|header| header.size).max().unwrap_or(0) }
    }

    pub(crate) fn lets_pass(&self, left: u64) -> bool {
        left >= self.promised && left >= self.proven
    }
}

/// Judges what becomes of `confirmed` after the damage.
pub(crate) fn verdict(
    layer: Layer<'_>,
    truth: &Truth,
    confirmed: &Files,
    faults: &[MediaFault],
) -> Result<Outcome, String> {
    let mut damaged = confirmed.clone();
    for fault in faults {
        fault.apply(&mut damaged);
    }
    let evidence = Evidence::of(truth, confirmed, &damaged);
    let disk = FaultyStorage::with_files(damaged.clone());
    let storage = layer(Arc::new(disk.clone()));
    audited(&storage, truth)?;
    match Ledger::open_on(Arc::clone(&storage), origin(), key(), config()) {
        Ok((ledger, _)) => {
            let mut known = truth.clone();
            known.forget(&pairs_set_back(confirmed, &damaged));
            known.keeps_its_word(&ledger)?;
            opened(&ledger, truth, &evidence)
        }
        Err(OpenError::Journal(JournalOpenError::Missing)) => {
            let made = Ledger::create_on(storage, origin(), key(), record(0), config());
            if made.is_ok() && evidence.promised > 0 {
                return Err("a second ledger was begun beside the promises of the first".to_owned());
            }
            Ok(Outcome::Noticed)
        }
        Err(OpenError::Journal(JournalOpenError::Corrupt(_) | JournalOpenError::Lost { .. }))
            if disk.files() != damaged =>
        {
            Err("a damaged ledger was changed".to_owned())
        }
        Err(_) => Ok(Outcome::Noticed),
    }
}

/// An auditor is shown nothing but the truth.
fn audited(storage: &Arc<dyn Storage>, truth: &Truth) -> Verdict {
    let Ok(reader) = LedgerReader::open_on(Arc::clone(storage)) else { return Ok(()) };
    for (index, record) in reader.entries().flatten() {
        let known = usize::try_from(index.get()).ok().and_then(|index| truth.entries().get(index));
        if known != Some(&record) {
            return Err(format!("an auditor is shown a wrong entry at {}", index.get()));
        }
    }
    Ok(())
}

fn opened(ledger: &Ledger, truth: &Truth, evidence: &Evidence) -> Result<Outcome, String> {
    let left = ledger.size().get();
    if left > truth.size() {
        return Err(format!("{left} entries are there of {}", truth.size()));
    }
    if left < truth.size() && !evidence.lets_pass(left) {
        return Err(format!("{left} entries of {} are left, and nothing was said", truth.size()));
    }
    let mut is_readable = true;
    for index in size(left).range().iter() {
        match ledger.read_one(index) {
            Ok(record) => truth.shows(usize::try_from(index.get()).unwrap(), &[record])?,
            Err(_) => is_readable = false,
        }
    }
    for part in 0..=4 {
        let part = left * part / 4;
        match ledger.checkpoint_at(size(part)) {
            Ok(signed) if truth.root(part) != Some(signed.root()) => {
                return Err(format!("another root was signed for size {part}"));
            }
            Err(error) if is_readable => return Err(format!("all can be read and nothing be signed: {error}")),
            _ => {}
        }
    }
    // Nothing is signed of a ledger that is empty.
    let expected = truth.root(left).filter(|_| left > 0).map(|root| (left, root));
    match ledger.sign_latest() {
        Ok(latest) if latest.as_ref().map(|latest| (latest.size().get(), latest.root())) != expected => {
            Err(format!("the latest checkpoint of {left} entries is {latest:?}"))
        }
        Ok(_) if !is_readable => Ok(Outcome::Noticed),
        Ok(_) if left < truth.size() => Ok(Outcome::Undetectable),
        Ok(_) => Ok(Outcome::Harmless),
        Err(error) if is_readable => Err(format!("all can be read and nothing be signed: {error}")),
        Err(_) => Ok(Outcome::Noticed),
    }
}
