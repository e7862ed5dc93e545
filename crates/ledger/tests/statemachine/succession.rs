//! The medium loses an entry: it comes back from an aggregator that holds it, or the log ends and goes on without it.

use crate::machine::{CONFIG, Machine};
use crate::model::{Log, cosigned, key, mirror, origin, size};
use danvan_ledger::{
    MirrorError, MirrorSource, Record, RepairOptions, RepairOutcome, RepairSources, Storage, SucceedError, Succession,
    Successor, Supplied, repair_on, succeed_on,
};
use danvan_testkit::FaultyStorage;
use danvan_tlog::{IndexRange, Note, Origin};
use std::sync::Arc;

/// An aggregator: it holds what it cosigned.
struct Holder<'l> {
    log: &'l Log,
    incarnation: u8,
    which: usize,
}

impl MirrorSource for Holder<'_> {
    fn name(&self) -> String {
        mirror(self.which).verifier_key().name().to_string()
    }

    fn newest(&mut self, asked: &Origin) -> Result<Option<Note>, MirrorError> {
        assert_eq!(*asked, origin(self.incarnation));
        let held = self.log.receipts[self.which];
        let signed = (held > 0).then(|| key(self.incarnation).sign(size(held), self.log.root(held)));
        Ok(signed.map(|signed| cosigned(self.which, &signed).note().clone()))
    }

    fn records(&mut self, range: IndexRange) -> Result<Vec<Record>, MirrorError> {
        let entry = |n: u64| self.log.entries[usize::try_from(n).unwrap()].clone();
        Ok(range.iter().map(|index| Record::new(entry(index.get()))).collect())
    }
}

fn options() -> RepairOptions {
    RepairOptions { config: CONFIG, ..RepairOptions::default() }
}

fn opened(succession: &Succession) -> Vec<u8> {
    format!("opened after {} of {}", succession.size, succession.origin).into_bytes()
}

/// What the next log says of a range of the incarnation before it; unlike any other entry.
fn told(incarnation: u8, range: &IndexRange) -> Vec<u8> {
    format!("{range} of {incarnation:03} is lost").into_bytes()
}

impl Machine {
    /// Nobody has the ledger open, and everything is signed.
    pub(crate) fn lose(&mut self, lost: usize) {
        let text = self.log().entries[lost].clone();
        let mut files = self.disk.files();
        let place = |bytes: &Vec<u8>| bytes.windows(text.len()).position(|window| window == text);
        let mut segments = files.iter().filter(|(name, _)| name.ends_with("segment"));
        let (file, at) = segments.find_map(|(name, bytes)| Some((name.clone(), place(bytes)?))).unwrap();
        files.get_mut(&file).unwrap()[at] ^= 1;
        let damaged = FaultyStorage::with_files(files);
        let log = self.log().clone();
        if lost < log.held() {
            self.repair(&damaged, &log);
        } else {
            self.succeed(&damaged, log, lost);
        }
    }

    fn repair(&mut self, damaged: &FaultyStorage, log: &Log) {
        let (incarnation, fresh) = (self.incarnation(), FaultyStorage::new());
        let (mut one, mut other) = (Holder { log, incarnation, which: 0 }, Holder { log, incarnation, which: 1 });
        let sources =
            RepairSources { mirrors: vec![&mut one, &mut other], attachments: &mut |_, _, _| Supplied::NotNeeded };
        let target = (self.layer)(fresh.clone());
        let from: Arc<dyn Storage> = Arc::new(damaged.clone());
        let log_key = key(incarnation);
        let outcome = repair_on(from, Some(&target), log_key.verifier_key(), sources, options()).unwrap();
        let RepairOutcome::Repaired(repaired) = outcome else { panic!("{outcome:?}") };
        assert_eq!((repaired.size, repaired.root), (size(log.entries.len()), log.root(log.entries.len())));
        self.disk = fresh;
    }

    fn succeed(&mut self, damaged: &FaultyStorage, mut log: Log, lost: usize) {
        let incarnation = self.incarnation();
        let (ended, next) = (FaultyStorage::new(), FaultyStorage::new());
        let end = if log.held() > 0 { log.held() } else { lost };
        let carried: Vec<Vec<u8>> =
            (end..log.entries.len()).filter(|n| *n != lost).map(|n| log.entries[n].clone()).collect();
        let (mut one, mut other) =
            (Holder { log: &log, incarnation, which: 0 }, Holder { log: &log, incarnation, which: 1 });
        let sources =
            RepairSources { mirrors: vec![&mut one, &mut other], attachments: &mut |_, _, _| Supplied::NotNeeded };
        let successor = Successor {
            key: key(incarnation + 1),
            first: &mut |succession| Ok(Record::new(opened(succession))),
            lost: &mut |ranges| Ok(ranges.iter().map(|range| Record::new(told(incarnation, range))).collect()),
            carry: &mut |_, record| Some(record),
        };
        let targets = ((self.layer)(ended.clone()), (self.layer)(next.clone()));
        let log_key = key(incarnation);
        let from: (Arc<dyn Storage>, _) = (Arc::new(damaged.clone()), log_key.verifier_key());
        let succession = succeed_on(from, sources, options(), (&targets.0, &targets.1), successor);
        let succession = succession.unwrap_or_else(|error: SucceedError| panic!("{error}"));
        assert_eq!((succession.size, succession.root), (size(end), log.root(end)));
        assert_eq!((succession.carried, succession.lost), (carried.len() as u64, 1));
        log.entries.truncate(end);
        *self.log() = log;
        let gap = told(incarnation, &IndexRange::new(size(lost), size(lost + 1)).unwrap());
        let entries: Vec<Vec<u8>> = [vec![opened(&succession)], carried, vec![gap]].concat();
        self.logs.push(Log { latest: entries.len(), entries, ..Log::default() });
        self.ended.push(ended);
        self.disk = next;
        // Numbers of the table are those of a log that ended elsewhere.
        self.throw_keys_away();
    }
}
