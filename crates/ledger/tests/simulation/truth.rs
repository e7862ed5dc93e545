//! The checker: what a ledger told anyone, and whether it still holds.
//!
//! Whatever happens to the disk short of damage to what it confirmed:
//!
//! * every acknowledged entry is present and unchanged, and so is every entry that was once served;
//! * nothing is there that was not handed in, and nothing that was refused;
//! * no index ever has two contents, and no size two roots: every root is computed again from the entries;
//! * neither the latest checkpoint nor a receipt ever goes back.

use crate::world::{Verdict, mirror};
use danvan_ledger::{Ledger, Record};
use danvan_tlog::{Frontier, Hash, Index, KeyName, SignedCheckpoint, Size, leaf_hash};
use std::collections::BTreeMap;

/// All that was ever said of one ledger.
#[derive(Clone)]
pub(crate) struct Truth {
    /// By index: what was acknowledged, or found after a start and served since.
    entries: Vec<Record>,
    /// Handed in, in this order, and neither acknowledged nor refused: a start may find the first few of them.
    doubtful: Vec<Record>,
    frontier: Frontier,
    /// By size.
    roots: Vec<Hash>,
    /// The largest size that was signed or receipted.
    promised: u64,
    latest: u64,
    receipts: BTreeMap<KeyName, u64>,
}

impl Default for Truth {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            doubtful: Vec::new(),
            frontier: Frontier::empty(),
            roots: vec![Frontier::empty().root()],
            promised: 0,
            latest: 0,
            receipts: BTreeMap::new(),
        }
    }
}

pub(crate) fn size(n: u64) -> Size {
    Size::new(n).unwrap()
}

impl Truth {
    pub(crate) fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    pub(crate) fn entries(&self) -> &[Record] {
        &self.entries
    }

    pub(crate) fn entry(&self, index: Index) -> Option<&Record> {
        self.entries.get(usize::try_from(index.get()).ok()?)
    }

    pub(crate) fn root(&self, size: u64) -> Option<Hash> {
        self.roots.get(usize::try_from(size).ok()?).copied()
    }

    pub(crate) fn promised(&self) -> u64 {
        self.promised
    }

    /// Equal for two truths of one script that ask the same of a disk.
    pub(crate) fn extent(&self) -> Vec<u64> {
        let doubtful = self.doubtful.len() as u64;
        [self.size(), doubtful, self.promised, self.latest].into_iter().chain(self.receipts.values().copied()).collect()
    }

    fn learn(&mut self, record: Record) {
        self.frontier.push(leaf_hash(&record.entry));
        self.roots.push(self.frontier.root());
        self.entries.push(record);
    }

    pub(crate) fn acknowledged(&mut self, record: Record, index: Index) -> Verdict {
        if !self.doubtful.is_empty() {
            return Err("something was acknowledged after a failure".to_owned());
        }
        if index.get() != self.size() {
            return Err(format!("index {index:?} was acknowledged, {} was next", self.size()));
        }
        self.learn(record);
        Ok(())
    }

    /// What was handed in last may be there or not.
    pub(crate) fn doubt(&mut self, record: Record) {
        self.doubtful.push(record);
    }

    /// No ledger was found: nothing may have been acknowledged.
    pub(crate) fn nothing_is_there(&mut self) -> Verdict {
        self.doubtful.clear();
        if self.entries.is_empty() { Ok(()) } else { Err(format!("{} entries are gone", self.entries.len())) }
    }

    pub(crate) fn signed(&mut self, signed: &SignedCheckpoint) -> Verdict {
        let size = signed.size().get();
        match self.root(size) {
            None => return Err(format!("{size} entries were signed of {}", self.size())),
            Some(root) if root != signed.root() => return Err(format!("another root was signed for size {size}")),
            Some(_) => {}
        }
        self.promised = self.promised.max(size);
        Ok(())
    }

    /// A new latest checkpoint was announced, or is shown.
    pub(crate) fn announced(&mut self, latest: Option<&SignedCheckpoint>) -> Verdict {
        let size = latest.map_or(0, |latest| latest.size().get());
        if size < self.latest {
            return Err(format!("the latest checkpoint went back from {} to {size}", self.latest));
        }
        self.latest = size;
        latest.map_or(Ok(()), |latest| self.signed(latest))
    }

    /// A thread beside has this for the latest checkpoint, perhaps without having announced it yet.
    pub(crate) fn shown(&mut self, latest: &SignedCheckpoint) -> Verdict {
        self.signed(latest)?;
        self.latest = self.latest.max(latest.size().get());
        Ok(())
    }

    /// The largest size that one of the aggregators cosigned.
    pub(crate) fn receipts(&self) -> &BTreeMap<KeyName, u64> {
        &self.receipts
    }

    /// The log that goes on begins with these entries, the first of which names the old one.
    pub(crate) fn of_a_successor(entries: Vec<Record>) -> Self {
        let mut truth = Self::default();
        for record in entries {
            truth.learn(record);
        }
        truth
    }

    /// A repair said that nothing tells any more what these pairs of files said; what was said then is found again or not.
    pub(crate) fn forget(&mut self, pairs: &[String]) {
        let is_lost = |name: &str| pairs.iter().any(|pair| pair == name);
        if is_lost("checkpoint") {
            self.latest = 0;
        }
        self.receipts.retain(|by, _| {
            let id = leaf_hash(by.as_str().as_bytes()).hex();
            !is_lost(&format!("receipt-{}", &id[..32]))
        });
    }

    pub(crate) fn receipted(&mut self, by: &KeyName, receipt: &SignedCheckpoint) -> Verdict {
        let mirrors = [mirror(0), mirror(1)];
        if !mirrors.iter().any(|mirror| receipt.cosigned_by(mirror.verifier_key()).is_ok()) {
            return Err(format!("the receipt of {by} is not by {by}"));
        }
        self.receipts.insert(by.clone(), receipt.size().get());
        self.signed(receipt)
    }

    /// Takes in what a start found. `read` is all of it.
    pub(crate) fn found(&mut self, ledger: &Ledger, read: &[Record]) -> Verdict {
        let (held, most) = (read.len(), self.entries.len() + self.doubtful.len());
        if held < self.entries.len() {
            return Err(format!("{} entries were acknowledged, {held} are left", self.entries.len()));
        }
        if held > most {
            return Err(format!("{most} entries were handed in, {held} are there"));
        }
        self.shows(0, read)?;
        let extra = held - self.entries.len();
        let doubtful: Vec<Record> = self.doubtful.drain(..).collect();
        for (handed_in, found) in doubtful.into_iter().zip(&read[held - extra..]) {
            if handed_in != *found {
                return Err(format!("the entry at {} is none that was handed in then", self.size()));
            }
            self.learn(handed_in);
        }
        self.keeps_its_word(ledger)
    }

    /// That no checkpoint and no receipt went back.
    pub(crate) fn keeps_its_word(&mut self, ledger: &Ledger) -> Verdict {
        self.announced(ledger.latest().as_ref())?;
        let receipts = ledger.receipts();
        for (by, known) in self.receipts.clone() {
            let found = receipts.get(&by).map_or(0, |receipt| receipt.size().get());
            if found < known {
                return Err(format!("the receipt of {by} went back from {known} to {found}"));
            }
        }
        receipts.iter().try_for_each(|(by, receipt)| self.receipted(by, receipt))
    }

    /// Whether entries that are shown from `start` on are the right ones, as far as they are known.
    pub(crate) fn shows(&self, start: usize, read: &[Record]) -> Verdict {
        let known = self.entries.iter().enumerate().skip(start);
        match known.zip(read).find(|((_, known), read)| known != read) {
            Some(((index, _), _)) => Err(format!("the entry at {index} is another one")),
            None => Ok(()),
        }
    }

    /// Between two steps of a ledger that works; whoever signs is at rest or not.
    pub(crate) fn holds_of(&self, ledger: &Ledger, is_at_rest: bool) -> Verdict {
        if ledger.size().get() != self.size() {
            return Err(format!("{} entries were acknowledged, the size is {}", self.size(), ledger.size()));
        }
        let latest = ledger.latest().map_or(0, |latest| latest.size().get());
        if latest < self.latest || (is_at_rest && latest != self.latest) {
            return Err(format!("the latest checkpoint announced is {}, {latest} is shown", self.latest));
        }
        Ok(())
    }
}
