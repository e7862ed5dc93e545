//! The shipper: a pure machine that decides what a node publishes next.
//!
//! A batch is delivered when every required aggregator has sent a receipt that covers it. What the broker says only
//! paces: its acknowledgement moves the cursor of publishing, and whatever was published and is not receipted may
//! have to be published again. `schemas/replication.md` states the rules.

mod mirror;
mod protocol;
mod settings;

pub use protocol::{Action, Alarm, Heard, Input, SpoolLast, Step};
pub use settings::ShipperSettings;

use crate::jitter::Jitter;
use crate::receipt::ReceiptStatus;
use danvan_tlog::{IndexRange, KeyName, Size};
use mirror::Mirror;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// The machine. Time is any clock that only goes forward, handed in as `now`.
#[derive(Debug, Clone)]
pub struct Shipper {
    settings: ShipperSettings,
    jitter: Jitter,
    own: KeyName,
    mirrors: BTreeMap<KeyName, Mirror>,
    size: Size,
    /// The next entry to be published.
    cursor: Size,
    linked: bool,
    busy: Option<Action>,
    spool: Spool,
    receipts_due: bool,
    /// When stored receipts are looked at again although nothing seems to be outstanding: an aggregator that was restored
    /// from an older state says so there, and the live word may have been lost.
    review_at: Duration,
    failures: u32,
    not_before: Duration,
    /// The ends of the batches that are published and for which no receipt has come that covers them.
    ahead: VecDeque<Size>,
    patience: Patience,
    alarm: Option<Alarm>,
}

/// What is known about the own subject in the spool.
#[derive(Debug, Clone, Default)]
struct Spool {
    /// The sequence of the last message on it, 0 for none; `None`: has to be looked up.
    expected: Option<u64>,
    /// The last one that was known.
    known: Option<u64>,
    /// Where the batch starts of which nobody knows whether it is there.
    doubt: Option<Size>,
    /// Where the batch starts that is the last message.
    last_start: Option<Size>,
}

/// Waiting for receipts of what was published.
#[derive(Debug, Clone, Default)]
struct Patience {
    /// When it ends; `None` while nothing is outstanding.
    until: Option<Duration>,
    /// How often it has ended since the last progress.
    ended: u32,
    /// The last end still has to be answered by a probe.
    probe_due: bool,
    /// The end of the probe that was published.
    probed: Option<Size>,
}

impl Shipper {
    /// A shipper of the log of the key `own` with `size` durable entries. `required` are the mirror keys whose receipts
    /// make a batch delivered, each with the size of its stored receipt. `seed` spreads the delays.
    #[must_use]
    pub fn new(
        settings: ShipperSettings,
        seed: u64,
        own: KeyName,
        size: Size,
        required: impl IntoIterator<Item = (KeyName, Size)>,
    ) -> Self {
        let mirrors: BTreeMap<_, _> = required.into_iter().map(|(key, held)| (key, Mirror::receipted(held))).collect();
        let mut shipper = Self {
            settings,
            jitter: Jitter::new(seed),
            own,
            mirrors,
            size,
            cursor: Size::ZERO,
            linked: false,
            busy: None,
            spool: Spool::default(),
            receipts_due: true,
            review_at: Duration::ZERO,
            failures: 0,
            not_before: Duration::ZERO,
            ahead: VecDeque::new(),
            patience: Patience::default(),
            alarm: None,
        };
        shipper.cursor = shipper.held_by_all();
        shipper
    }

    /// Takes in what happened.
    pub fn handle(&mut self, now: Duration, input: Input) {
        match input {
            Input::Grew(size) => self.size = self.size.max(size),
            Input::Linked => {
                self.linked = true;
                self.receipts_due = true;
                self.spool.expected = None;
                self.failures = 0;
                self.not_before = now;
            }
            Input::Unlinked => self.linked = false,
            Input::Published { range, sequence } => self.published(range, sequence),
            Input::PublishRefused | Input::PublishDoubtful => self.publish_in_doubt(now),
            Input::PublishFailed | Input::LookUpFailed => {
                self.busy = None;
                self.back_off(now);
            }
            Input::OwnLast(found) => self.own_last(found),
            Input::Receipt(heard) => self.receipt(now, &heard),
            Input::ReceiptsLookedUp => {
                self.busy = None;
                self.receipts_due = false;
                self.review_at = now + self.jitter.spread(self.settings.review);
            }
        }
        self.release(now);
    }

    /// What to do now. An action that is returned counts as begun.
    pub fn poll(&mut self, now: Duration) -> Step {
        if !self.linked || self.busy.is_some() || self.alarm.is_some() || self.mirrors.is_empty() {
            return Step::Wait(None);
        }
        if now < self.not_before {
            return Step::Wait(Some(self.not_before));
        }
        self.lose_patience(now);
        let Some(expected) = self.spool.expected else {
            return self.begin(Action::LookUpOwn);
        };
        if self.receipts_due || now >= self.review_at {
            return self.begin(Action::LookUpReceipts);
        }
        if let Some(start) = self.probe() {
            return self.begin(Action::Publish { start, limit: self.size, expected });
        }
        if self.cursor < self.size && self.ahead.len() < self.settings.window {
            return self.begin(Action::Publish { start: self.cursor, limit: self.size, expected });
        }
        Step::Wait(Some(self.patience.until.map_or(self.review_at, |until| until.min(self.review_at))))
    }

    /// How many entries every required aggregator has cosigned: delivered. 0 when none is required.
    #[must_use]
    pub fn delivered(&self) -> Size {
        self.mirrors.values().map(|mirror| mirror.receipted).min().unwrap_or_default()
    }

    /// How many entries each required aggregator has cosigned.
    #[must_use]
    pub fn receipted(&self) -> BTreeMap<KeyName, Size> {
        self.mirrors.iter().map(|(key, mirror)| (key.clone(), mirror.receipted)).collect()
    }

    /// The aggregators whose last answer was a refusal.
    #[must_use]
    pub fn refused(&self) -> BTreeMap<KeyName, ReceiptStatus> {
        self.mirrors.iter().filter_map(|(key, mirror)| Some((key.clone(), mirror.refused?))).collect()
    }

    /// The next entry to be published.
    #[must_use]
    pub const fn cursor(&self) -> Size {
        self.cursor
    }

    /// Why the shipper has stopped, if it has.
    #[must_use]
    pub const fn alarm(&self) -> Option<&Alarm> {
        self.alarm.as_ref()
    }

    /// Stops the shipper for a reason that only its surroundings can see.
    pub fn raise(&mut self, alarm: Alarm) {
        self.alarm.get_or_insert(alarm);
    }

    fn begin(&mut self, action: Action) -> Step {
        self.busy = Some(action);
        Step::Do(action)
    }

    fn held_by_all(&self) -> Size {
        self.mirrors.values().map(|mirror| mirror.held).min().unwrap_or_default()
    }

    fn back_off(&mut self, now: Duration) {
        self.failures += 1;
        self.not_before = now + self.jitter.spread(self.settings.retry.after(self.failures));
    }

    fn rewind(&mut self, to: Size) {
        self.cursor = self.cursor.min(to);
        self.ahead.clear();
    }

    fn published(&mut self, range: IndexRange, sequence: u64) {
        self.busy = None;
        self.failures = 0;
        self.spool.expected = Some(sequence);
        self.spool.known = Some(sequence);
        self.in_spool(range);
    }

    /// A batch is known to be the last message on the subject. The cursor follows unless a rewind overtook it.
    fn in_spool(&mut self, range: IndexRange) {
        self.spool.last_start = Some(range.start());
        if range.start() == self.cursor {
            self.cursor = range.end();
            self.ahead.push_back(range.end());
        } else {
            self.patience.probed = Some(range.end());
        }
    }

    fn publish_in_doubt(&mut self, now: Duration) {
        if let Some(Action::Publish { start, .. }) = self.busy.take() {
            self.spool.doubt = Some(start);
        }
        self.spool.expected = None;
        self.back_off(now);
    }

    fn own_last(&mut self, found: Option<SpoolLast>) {
        self.busy = None;
        self.failures = 0;
        let known = self.spool.known;
        let doubt = self.spool.doubt.take();
        let sequence = found.map_or(0, |last| last.sequence);
        self.spool.expected = Some(sequence);
        self.spool.known = Some(sequence);
        let range = found.and_then(|last| last.range);
        if let Some(range) = range.filter(|range| range.end() > self.size) {
            let (by, cosigned, held) = (self.own.clone(), range.end(), self.size);
            self.raise(Alarm::LostEntries { by, cosigned, held });
            return;
        }
        match range {
            Some(range) if doubt == Some(range.start()) => self.in_spool(range),
            _ if known == Some(sequence) && sequence != 0 => {}
            Some(range) if known.is_none() => {
                self.spool.last_start = Some(range.start());
                self.cursor = self.cursor.max(range.end());
            }
            // Nothing there, or a message that nobody expected: what was published may be gone.
            _ => {
                self.spool.last_start = range.map(IndexRange::start);
                self.rewind(self.held_by_all());
            }
        }
    }

    fn receipt(&mut self, now: Duration, heard: &Heard) {
        let Some(mirror) = self.mirrors.get_mut(&heard.by) else {
            return;
        };
        if let Some(cosigned) = heard.cosigned.filter(|cosigned| *cosigned > self.size) {
            let (by, held) = (heard.by.clone(), self.size);
            self.raise(Alarm::LostEntries { by, cosigned, held });
            return;
        }
        if heard.next > self.size {
            return;
        }
        let change = mirror.hear(now, heard);
        let held = mirror.held;
        if change.progress {
            self.patience.ended = 0;
            self.rearm(now);
        }
        if let Some(next) = change.rewind.filter(|next| *next < self.cursor) {
            self.rewind(next);
        }
        // The probe of one that lagged behind was what it missed: go on from there.
        if change.progress && self.patience.probed == Some(held) && held < self.cursor {
            self.patience.probed = None;
            self.rewind(held);
        }
    }

    /// Batches that the slowest live aggregator holds do not count as ahead any more; if none is live, the fastest.
    fn release(&mut self, now: Duration) {
        let live = self.mirrors.values().filter(|mirror| mirror.is_live(now, self.settings.live_for));
        let fastest = || self.mirrors.values().map(|mirror| mirror.held).max();
        let held = live.map(|mirror| mirror.held).min().or_else(fastest).unwrap_or_default();
        self.ahead.retain(|end| *end > held);
        if self.cursor <= self.held_by_all() {
            self.patience = Patience::default();
        } else if self.patience.until.is_none() {
            self.rearm(now);
        }
    }

    fn rearm(&mut self, now: Duration) {
        let span = self.settings.patience.after(self.patience.ended + 1);
        self.patience.until = Some(now + self.jitter.spread(span));
    }

    /// Receipts stay away: look at the stored ones and at the spool, then decide by what is there.
    fn lose_patience(&mut self, now: Duration) {
        if self.patience.until.is_some_and(|until| now >= until) {
            self.patience.ended += 1;
            self.rearm(now);
            self.patience.probe_due = true;
            self.spool.expected = None;
            self.receipts_due = true;
        }
    }

    /// The start of a batch to publish once more to an aggregator that stays silent although the spool is whole. None is
    /// needed while just that batch is the last in the spool, except at the end of all patience.
    fn probe(&mut self) -> Option<Size> {
        if !std::mem::take(&mut self.patience.probe_due) {
            return None;
        }
        let start = self.held_by_all();
        let waiting_there = self.spool.last_start == Some(start);
        let refused = self.mirrors.values().any(|mirror| mirror.refused.is_some());
        let at_the_end = self.settings.patience.is_capped(self.patience.ended);
        (start < self.cursor && (!waiting_there || refused || at_the_end)).then_some(start)
    }
}

#[cfg(test)]
#[path = "shipper/tests.rs"]
mod tests;
