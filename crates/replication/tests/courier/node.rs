//! One node: a log in memory, the pure shipper, and the receipts that it has kept.

use danvan_replication::{Action, AggregatorToken, Alarm, Heard, Receipt, Shipper, ShipperSettings, Step};
use danvan_tlog::{Batch, Frontier, Hash, KeyName, LogKey, SignedCheckpoint, Size, VerifierKey, leaf_hash};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

pub(crate) struct Node {
    pub(crate) key: LogKey,
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) durable: usize,
    pub(crate) shipper: Shipper,
    pub(crate) linked: bool,
    /// Which action is in work; an answer to an earlier one is not listened to.
    pub(crate) asked: Option<(u64, Action)>,
    /// Changes with every restart.
    pub(crate) life: u64,
    wakes_at: Option<Duration>,
    planned: Option<Duration>,
    kept: BTreeMap<KeyName, Size>,
    mirrors: Vec<VerifierKey>,
    settings: ShipperSettings,
    /// The root of every size.
    roots: Vec<Hash>,
    /// What was verified once is not verified again: signatures would take most of the time of a history.
    verified: BTreeMap<String, Size>,
}

impl Node {
    pub(crate) fn new(
        key: LogKey,
        entries: Vec<Vec<u8>>,
        mirrors: Vec<VerifierKey>,
        seed: u64,
        settings: ShipperSettings,
    ) -> Self {
        let kept: BTreeMap<_, _> = mirrors.iter().map(|key| (key.name().clone(), Size::ZERO)).collect();
        let shipper = fresh(settings, &key, Size::ZERO, &kept, seed);
        let mut frontier = Frontier::empty();
        let mut roots = vec![frontier.root()];
        for entry in &entries {
            frontier.push(leaf_hash(entry));
            roots.push(frontier.root());
        }
        Self {
            key,
            entries,
            durable: 0,
            shipper,
            linked: false,
            asked: None,
            life: 0,
            wakes_at: None,
            planned: None,
            kept,
            mirrors,
            settings,
            roots,
            verified: BTreeMap::new(),
        }
    }

    pub(crate) fn size(&self) -> Size {
        Size::new(self.durable as u64).unwrap()
    }

    pub(crate) fn restart(&mut self, seed: u64) {
        self.life += 1;
        self.asked = None;
        self.shipper = fresh(self.settings, &self.key, self.size(), &self.kept, seed);
        self.linked = false;
    }

    pub(crate) fn step(&mut self, now: Duration) -> Option<Action> {
        match self.shipper.poll(now) {
            Step::Do(action) => {
                self.wakes_at = None;
                Some(action)
            }
            Step::Wait(until) => {
                self.wakes_at = until;
                None
            }
        }
    }

    /// When to wake next, unless that is planned already.
    pub(crate) fn wake_to_plan(&mut self) -> Option<Duration> {
        let at = self.wakes_at?;
        if self.planned.is_some_and(|planned| planned <= at) {
            return None;
        }
        self.planned = Some(at);
        Some(at)
    }

    pub(crate) fn woken(&mut self, now: Duration) {
        self.planned = self.planned.filter(|planned| *planned > now);
    }

    /// The batch of `count` entries from `start` on.
    pub(crate) fn batch(&self, start: Size, count: u64) -> Rc<Batch> {
        let end = start.checked_add(count).unwrap();
        let at = |size: Size| usize::try_from(size.get()).unwrap();
        let note = self.key.sign(end, self.roots[at(end)]).note().clone();
        let entries = self.entries[at(start)..at(end)].to_vec();
        Rc::new(Batch::new(self.key.origin(), start, entries, note).unwrap())
    }

    /// Verifies a receipt and keeps its note.
    pub(crate) fn keep(&mut self, receipt: &Receipt) -> Heard {
        let of = |key: &VerifierKey| AggregatorToken::of_mirror(key.name());
        let mirror = self.mirrors.iter().find(|key| of(key).as_ref() == Some(receipt.aggregator())).unwrap();
        let known = receipt.note().and_then(|note| self.verified.get(note).copied());
        let cosigned = known.or_else(|| {
            let note = receipt.verify(self.key.verifier_key(), mirror).unwrap();
            note.as_ref().map(SignedCheckpoint::size)
        });
        if let Some((note, size)) = receipt.note().zip(cosigned) {
            self.verified.insert(note.to_owned(), size);
        }
        let kept = self.kept.get_mut(mirror.name()).unwrap();
        *kept = (*kept).max(cosigned.unwrap_or_default());
        Heard { by: mirror.name().clone(), status: receipt.status(), next: receipt.next(), cosigned }
    }

    pub(crate) fn alarm(&self) -> Option<&Alarm> {
        self.shipper.alarm()
    }

    pub(crate) fn receipted_by_all(&self) -> Size {
        self.kept.values().copied().min().unwrap()
    }

    pub(crate) fn mirror_names(&self) -> Vec<KeyName> {
        self.kept.keys().cloned().collect()
    }
}

fn fresh(settings: ShipperSettings, key: &LogKey, size: Size, kept: &BTreeMap<KeyName, Size>, seed: u64) -> Shipper {
    let own = key.verifier_key().name().clone();
    Shipper::new(settings, seed, own, size, kept.clone())
}
