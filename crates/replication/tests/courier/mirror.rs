//! One aggregator: the pure judge, a copy of every log, and backups that it may be restored from.

use crate::broker::Broker;
use crate::chance::Chance;
use crate::mutant::Mutant;
use danvan_replication::{AggregatorToken, HeldCopy, OriginState, Receipt, ReceiptStatus, Verdict, judge};
use danvan_tlog::{Batch, CosignedAt, Frontier, Hash, IndexRange, KeyName, MirrorKey, Size, VerifierKey, leaf_hash};
use std::convert::Infallible;

pub(crate) struct Mirror {
    key: MirrorKey,
    token: AggregatorToken,
    pub(crate) up: bool,
    state: State,
    backup: Option<State>,
    clock: u64,
    mutant: Mutant,
}

#[derive(Clone)]
struct State {
    cursor: (i64, u64),
    copies: Vec<Copy>,
}

#[derive(Clone)]
struct Copy {
    origin: OriginState,
    entries: Vec<Vec<u8>>,
    forked: bool,
}

impl HeldCopy for Copy {
    type Error = Infallible;

    fn leaves(&self, range: IndexRange) -> Result<Vec<Hash>, Infallible> {
        let at = |size: Size| usize::try_from(size.get()).unwrap();
        // The mutant that takes gaps holds less than its tree says.
        let held = self.entries.iter().take(at(range.end())).skip(at(range.start()));
        Ok(held.map(|entry| leaf_hash(entry)).collect())
    }

    fn root(&self, size: Size) -> Result<Hash, Infallible> {
        self.leaves(size.range()).map(|leaves| Frontier::of(leaves).root())
    }
}

impl Mirror {
    pub(crate) fn new(number: usize, logs: &[VerifierKey], mutant: Mutant) -> Self {
        let name = KeyName::new(format!("example.com/a/mirror-{number}/mirror")).unwrap();
        let token = AggregatorToken::of_mirror(&name).unwrap();
        let seed = [u8::try_from(200 + number).unwrap(); 32];
        let empty = |key: &VerifierKey| {
            let origin = OriginState::enrolled(key.clone());
            Copy { origin, entries: Vec::new(), forked: false }
        };
        let state = State { cursor: (0, 0), copies: logs.iter().map(empty).collect() };
        Self { key: MirrorKey::from_seed(name, seed), token, up: true, state, backup: None, clock: 0, mutant }
    }

    pub(crate) const fn verifier_key(&self) -> &VerifierKey {
        self.key.verifier_key()
    }

    pub(crate) const fn token(&self) -> &AggregatorToken {
        &self.token
    }

    pub(crate) fn entries(&self, node: usize) -> &[Vec<u8>] {
        &self.state.copies[node].entries
    }

    pub(crate) fn back_up(&mut self) {
        self.backup = Some(self.state.clone());
    }

    pub(crate) fn restore(&mut self) {
        if let Some(backup) = &self.backup {
            self.state = backup.clone();
            self.state.cursor.0 *= -1;
        }
    }

    /// Reads on, and returns receipts for the nodes by number. After a restart, a restore or a new stream the last receipt
    /// of every log is told anew.
    pub(crate) fn read(&mut self, broker: &mut Broker, chance: &mut Chance, chaos: bool) -> Vec<(usize, Receipt)> {
        broker.ensure();
        let mut receipts = Vec::new();
        if self.state.cursor.0 != broker.created {
            let same = self.state.cursor.0 == -broker.created && self.state.cursor.1 <= broker.last_sequence();
            self.state.cursor = (broker.created, if same { self.state.cursor.1 } else { 0 });
            receipts.extend(self.stored_receipts());
        }
        let mut group = broker.after(self.state.cursor.1, 8);
        if let Some((sequence, _, _)) = group.last() {
            self.state.cursor.1 = *sequence;
        }
        if chaos {
            if group.len() > 1 && chance.percent(5) {
                let at = usize::try_from(chance.below(group.len() as u64 - 1)).unwrap();
                group.swap(at, at + 1);
            }
            group.retain(|_| !chance.percent(4));
            if !group.is_empty() && chance.percent(5) {
                group.push(group[0].clone());
            }
        }
        for (_, node, batch) in group {
            receipts.extend(self.take(node, &batch).map(|receipt| (node, receipt)));
        }
        let foreign = [ReceiptStatus::UnknownKey, ReceiptStatus::UnknownOrigin];
        assert!(!receipts.iter().any(|(_, receipt)| foreign.contains(&receipt.status())), "{receipts:?}");
        receipts
    }

    pub(crate) fn stored_receipts(&self) -> Vec<(usize, Receipt)> {
        let told = |copy: &Copy| {
            let (token, origin) = (self.token.clone(), copy.origin.vkey().name().origin());
            match copy.origin.last() {
                last if copy.forked => Some(Receipt::refused(ReceiptStatus::BrokenLog, token, origin, last)),
                Some(last) => Some(Receipt::cosigned(token, last)),
                None if self.mutant == Mutant::SilentWhenEmpty => None,
                None => Some(Receipt::resend(token, origin, Size::ZERO, None)),
            }
        };
        let told = self.state.copies.iter().map(told).enumerate();
        told.filter_map(|(node, receipt)| Some((node, receipt?))).collect()
    }

    /// What a message that is no batch is answered.
    pub(crate) fn refuse(&self, node: usize) -> Receipt {
        let copy = &self.state.copies[node].origin;
        Receipt::refused(ReceiptStatus::BrokenLog, self.token.clone(), copy.vkey().name().origin(), copy.last())
    }

    pub(crate) fn take(&mut self, node: usize, batch: &Batch) -> Option<Receipt> {
        self.clock += 1;
        let verdict = self.verdict(node, batch);
        let copy = &mut self.state.copies[node];
        let (origin, token) = (batch.origin().clone(), self.token.clone());
        copy.forked |= matches!(verdict, Verdict::Fork(_));
        match verdict {
            _ if copy.forked => Some(Receipt::refused(ReceiptStatus::BrokenLog, token, origin, copy.origin.last())),
            Verdict::Accept { frontier, checkpoint } => {
                copy.entries.extend_from_slice(batch.entries());
                let cosigned = self.key.cosign(&checkpoint, CosignedAt::from_unix_seconds(self.clock));
                copy.origin.advance(frontier, cosigned.clone());
                Some(Receipt::cosigned(token, &cosigned))
            }
            Verdict::Held if self.mutant == Mutant::SilentWhenHeld => None,
            Verdict::Held => Some(Receipt::cosigned(token, copy.origin.last().unwrap())),
            Verdict::Resend { next } => Some(Receipt::resend(token, origin, next, copy.origin.last())),
            Verdict::Refuse(refusal) => Some(Receipt::refused(refusal.status(), token, origin, copy.origin.last())),
            Verdict::Fork(_) => unreachable!("answered above"),
        }
    }

    fn verdict(&self, node: usize, batch: &Batch) -> Verdict {
        let copy = &self.state.copies[node];
        let verdict = judge(Some(&copy.origin), batch, copy).unwrap_or_else(|never| match never {});
        let forced = match (self.mutant, &verdict) {
            (Mutant::TakesGaps, Verdict::Resend { next }) => batch.range().start() > *next,
            (Mutant::TakesTwice, Verdict::Held) => true,
            _ => false,
        };
        if forced {
            let checkpoint = batch.open(copy.origin.vkey()).unwrap();
            let held = if self.mutant == Mutant::TakesTwice {
                copy.origin.frontier().clone()
            } else {
                Frontier::of((0..batch.range().end().get()).map(|_| Hash::EMPTY_ROOT))
            };
            return Verdict::Accept { frontier: held, checkpoint };
        }
        verdict
    }
}
