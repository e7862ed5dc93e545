//! A scripted workload, and what must hold of a journal after it was interrupted.

use danvan_journal::{AppendError, Config, Identity, Journal, JournalReader, OpenError, Record, Storage};
use danvan_testkit::{Dice, FaultyStorage, Files};
use danvan_tlog::Size;
use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

/// Sizes of the commit groups: lone records, groups, and groups that fill more than a segment. The last segment holds
/// several.
const GROUPS: [u64; 19] = [1, 3, 1, 5, 2, 1, 1, 9, 1, 4, 12, 1, 2, 1, 3, 1, 2, 1, 1];

/// Segments so small that the script seals several.
pub(crate) const CONFIG: Config = Config {
    segment_bytes: 4096 + 2000,
    preallocate_bytes: 900,
    queue_records: 64,
    queue_bytes: 1 << 20,
    reserve_bytes: 0,
};

/// Mixtures of what a disk kept where there are too many to try them all.
pub(crate) const SEEDS: u64 = 12;

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
    let entry = dice.bytes(20 + dice.clone().place(90));
    if n % 5 == 3 { Record::with_attachment(entry, dice.bytes(dice.clone().place(250))) } else { Record::new(entry) }
}

/// How far a run of the script came.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
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

/// Opens what a crash left and looks for broken promises; then appends, closes and opens it again. Returns how far it
/// came as well: what is promised from now on.
pub(crate) fn broken_promises(storage: &Arc<dyn Storage>, progress: Progress) -> (Vec<String>, Progress) {
    let mut broken = Vec::new();
    let journal = match Journal::open(Arc::clone(storage), &identity(), Size::ZERO, CONFIG) {
        Ok((journal, _)) => journal,
        Err(OpenError::Missing) if progress.acknowledged == 0 => return (broken, progress),
        Err(error) => return (vec![format!("a crash alone made it unreadable: {error}")], progress),
    };
    let size = journal.size().get();
    if size < progress.acknowledged {
        broken.push(format!("{} were acknowledged, {size} are left", progress.acknowledged));
    }
    if size > progress.submitted {
        broken.push(format!("{} were submitted, {size} are there", progress.submitted));
    }
    broken.extend(differences(&journal, size));
    let goes_on = append_groups(&journal, &[1, 6], Progress { acknowledged: size, submitted: size });
    let appended = goes_on.acknowledged;
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
    (broken, goes_on)
}

type Layer<'l> = &'l dyn Fn(Arc<dyn Storage>) -> Arc<dyn Storage>;

/// What was found broken, and what was looked at already.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) broken: Vec<String>,
    seen: HashSet<(Files, Progress)>,
}

impl Findings {
    /// The power goes, or went: looks at every state that this leaves.
    pub(crate) fn cut(&mut self, layer: Layer<'_>, disk: &FaultyStorage, progress: Progress, when: &str) {
        for (kept, image) in disk.remains(SEEDS) {
            if self.seen.insert((image.files(), progress)) {
                let (broken, _) = broken_promises(&layer(Arc::new(image)), progress);
                self.broken.extend(broken.into_iter().map(|what| format!("{when}, {kept}: {what}")));
            }
        }
    }

    /// The process ended and the next one goes on with what it sees, until the power goes.
    pub(crate) fn restart_and_cut(&mut self, layer: Layer<'_>, disk: &FaultyStorage, progress: Progress, when: &str) {
        let disk = disk.after_restart();
        let (broken, progress) = broken_promises(&layer(Arc::new(disk.clone())), progress);
        self.broken.extend(broken.into_iter().map(|what| format!("{when}, after a restart: {what}")));
        self.cut(layer, &disk, progress, &format!("{when}, restart, power cut"));
    }
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
