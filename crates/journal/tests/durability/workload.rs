//! A scripted workload, and what must hold of a journal after it was interrupted.

use danvan_journal::{AppendError, Config, Identity, Journal, JournalReader, OpenError, Record, Storage};
use danvan_testkit::{Dice, FaultyStorage};
use danvan_tlog::Size;
use std::sync::{Arc, LazyLock};

/// Sizes of the commit groups: lone records, groups, and groups that fill more than a segment.
const GROUPS: [u64; 15] = [1, 3, 1, 5, 2, 1, 1, 9, 1, 4, 12, 1, 2, 1, 1];

/// Segments so small that the script seals several.
pub(crate) const CONFIG: Config = Config {
    segment_bytes: 4096 + 3000,
    preallocate_bytes: 1200,
    queue_records: 64,
    queue_bytes: 1 << 20,
    reserve_bytes: 0,
};

pub(crate) fn identity() -> Identity {
    Identity::new("example.vn/u/gso2024-15097").unwrap()
}

/// The record that has index `n` in every run, unlike any other.
pub(crate) fn record(n: u64) -> Record {
    static FIRST: LazyLock<Vec<Record>> = LazyLock::new(|| (0..100).map(make_record).collect());
    let known = usize::try_from(n).ok().and_then(|n| FIRST.get(n).cloned());
    known.unwrap_or_else(|| make_record(n))
}

fn make_record(n: u64) -> Record {
    let mut dice = Dice::new(n);
    let entry = dice.bytes(20 + dice.clone().place(400));
    if n % 5 == 3 { Record::with_attachment(entry, dice.bytes(dice.clone().place(700))) } else { Record::new(entry) }
}

/// How far a run of the script came.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Progress {
    /// Records that were acknowledged.
    pub(crate) acknowledged: u64,
    /// Records that were handed in.
    pub(crate) submitted: u64,
}

/// Makes a journal and appends the groups until one fails.
pub(crate) fn run_script(storage: &Arc<dyn Storage>) -> Progress {
    match Journal::create(Arc::clone(storage), &identity(), CONFIG) {
        Ok(journal) => append_groups(&journal, &GROUPS, Progress::default()),
        Err(_) => Progress::default(),
    }
}

pub(crate) fn append_groups(journal: &Journal, groups: &[u64], mut progress: Progress) -> Progress {
    for group in groups {
        let start = progress.submitted;
        progress.submitted += group;
        let outcomes = journal.append_all((start..start + group).map(record).collect());
        for (n, outcome) in (start..).zip(outcomes) {
            match outcome {
                Ok(index) => {
                    assert_eq!(index.get(), n, "an acknowledgement names another index");
                    progress.acknowledged = n + 1;
                }
                Err(_) => return progress,
            }
        }
    }
    progress
}

/// Opens what a crash left and looks for broken promises; then appends, closes and opens it again.
pub(crate) fn broken_promises(storage: &Arc<dyn Storage>, progress: Progress) -> Vec<String> {
    let mut broken = Vec::new();
    let journal = match Journal::open(Arc::clone(storage), &identity(), Size::ZERO, CONFIG) {
        Ok((journal, _)) => journal,
        Err(OpenError::Missing) if progress.acknowledged == 0 => return broken,
        Err(error) => return vec![format!("a crash alone made it unreadable: {error}")],
    };
    let size = journal.size().get();
    if size < progress.acknowledged {
        broken.push(format!("{} were acknowledged, {size} are left", progress.acknowledged));
    }
    if size > progress.submitted {
        broken.push(format!("{} were submitted, {size} are there", progress.submitted));
    }
    broken.extend(differences(&journal, size));
    let goes_on = Progress { acknowledged: size, submitted: size };
    let appended = append_groups(&journal, &[1, 6], goes_on).acknowledged;
    if appended != size + 7 {
        broken.push(format!("appending after recovery ended at {appended}"));
    }
    drop(journal);
    match Journal::open(Arc::clone(storage), &identity(), Size::ZERO, CONFIG) {
        Ok((journal, recovery)) => {
            if journal.size().get() != appended || recovery.torn_tail.is_some() {
                broken.push(format!("after a clean end {recovery:?} was found"));
            }
            broken.extend(differences(&journal, appended.min(journal.size().get())));
        }
        Err(error) => broken.push(format!("unreadable after a clean end: {error}")),
    }
    broken
}

fn differences(journal: &Journal, size: u64) -> Option<String> {
    let mut n = 0;
    let mut different = None;
    let visited = journal.visit(Size::new(size)?.range(), |index, entry, attachment| {
        let expected = record(n);
        let same = index.get() == n && entry == expected.entry && attachment == expected.attachment.as_deref();
        if !same {
            different = Some(format!("the record at {n} is another one"));
        }
        n += 1;
        same
    });
    match visited {
        Err(error) => Some(format!("cannot read back: {error}")),
        Ok(()) => different,
    }
}

/// What a disk may keep of what was not synced: all, nothing, and mixtures by seed.
pub(crate) fn survivals(disk: &FaultyStorage, seeds: u64) -> Vec<(String, FaultyStorage)> {
    let mut images = vec![
        ("everything survives".to_owned(), disk.after_power_cut(&mut || true)),
        ("nothing survives".to_owned(), disk.after_power_cut(&mut || false)),
    ];
    for seed in 0..seeds {
        let mut dice = Dice::new(seed);
        let percent = 15 + 70 * (seed % 2);
        images.push((format!("seed {seed}"), disk.after_power_cut(&mut || dice.chance(percent))));
    }
    images
}

/// Every record that an auditor's reader shows, and the damages it names.
pub(crate) fn audit(storage: Arc<dyn Storage>) -> Result<(Vec<(u64, Record)>, usize), OpenError> {
    let reader = JournalReader::open(storage)?;
    let mut records = Vec::new();
    let mut damages = 0;
    for item in reader.entries() {
        match item {
            Ok((index, record)) => records.push((index.get(), record)),
            Err(_) => damages += 1,
        }
    }
    Ok((records, damages))
}

/// The complete script on a disk that never fails: how many records it makes.
pub(crate) fn complete() -> (FaultyStorage, u64) {
    let disk = FaultyStorage::new();
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    let progress = run_script(&storage);
    assert_eq!(progress.acknowledged, GROUPS.iter().sum::<u64>());
    (disk, progress.acknowledged)
}

pub(crate) fn is_poisoned(error: &AppendError) -> bool {
    matches!(error, AppendError::Poisoned { .. })
}
