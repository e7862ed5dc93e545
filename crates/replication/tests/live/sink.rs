//! The least sink that keeps its promises: every accepted batch is one record of a real ledger.

use crate::fleet::{AGGREGATOR, mirror_key, origin};
use danvan_ledger::{Ledger, LedgerConfig, Record};
use danvan_replication::{
    AggregatorToken, BatchSink, FetchReply, FetchRequest, HeldCopy, HeldLogs, HeldLogsError, OriginState, Receipt,
    ReceiptStatus, Received, SinkError, SpoolCursor, UnitToken, Verdict, judge, unpack,
};
use danvan_testkit::{SuiteSink, sink_suite};
use danvan_tlog::{
    CosignedAt, Frontier, Hash, IndexRange, LogKey, MirrorKey, Note, Origin, Size, VerifierKey, leaf_hash,
};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use tokio::sync::Notify;

pub(crate) fn create(directory: &Path, key: LogKey) -> Ledger {
    let first = Record::new(format!("{{\"opened\":\"{}\"}}", key.origin()).into_bytes());
    Ledger::create(directory, key.origin(), key, first, LedgerConfig::default()).unwrap()
}
/// The sink.
pub(crate) struct Sink {
    ledger: Ledger,
    mirror: MirrorKey,
    copies: Mutex<BTreeMap<String, Copy>>,
    cursor: Mutex<Option<SpoolCursor>>,
    untold: Mutex<BTreeSet<String>>,
    enrolment: Notify,
}

struct Copy {
    state: OriginState,
    leaves: Vec<Hash>,
    forked: bool,
}

impl HeldCopy for Copy {
    type Error = Infallible;

    fn leaves(&self, range: IndexRange) -> Result<Vec<Hash>, Infallible> {
        let at = |size: Size| usize::try_from(size.get()).unwrap();
        Ok(self.leaves[at(range.start())..at(range.end())].to_vec())
    }

    fn root(&self, size: Size) -> Result<Hash, Infallible> {
        HeldCopy::leaves(self, size.range()).map(|leaves| Frontier::of(leaves).root())
    }
}

impl Sink {
    /// At which nobody is enrolled.
    pub(crate) fn new(directory: &Path) -> Self {
        let origin = Origin::new(format!("live.danvan.test/a/{AGGREGATOR}")).unwrap();
        let ledger = create(directory, LogKey::from_seed(origin.key_name(), [2; 32]));
        let (copies, cursor, untold) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { ledger, mirror: mirror_key(), copies, cursor, untold, enrolment: Notify::new() }
    }

    pub(crate) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn forget_cursor(&self) {
        *self.cursor.lock().unwrap() = None;
    }

    pub(crate) fn enrol(&self, unit: &str, vkey: &VerifierKey) {
        let copy = Copy { state: OriginState::enrolled(vkey.clone()), leaves: Vec::new(), forked: false };
        self.copies.lock().unwrap().insert(unit.to_owned(), copy);
        self.untold.lock().unwrap().insert(unit.to_owned());
        self.enrolment.notify_one();
    }

    /// What this unit is told without having asked.
    fn standing(&self, unit: &str) -> Option<(UnitToken, Receipt)> {
        let token = AggregatorToken::new(AGGREGATOR).unwrap();
        let copies = self.copies.lock().unwrap();
        let copy = copies.get(unit)?;
        let origin = copy.state.vkey().name().origin();
        let receipt = match copy.state.last() {
            last if copy.forked => Receipt::refused(ReceiptStatus::BrokenLog, token, origin, last),
            Some(last) => Receipt::cosigned(token, last),
            None => Receipt::resend(token, origin, Size::ZERO, None),
        };
        Some((UnitToken::new(unit).unwrap(), receipt))
    }

    fn take(&self, copy: Option<&mut Copy>, received: &Received, appended: &mpsc::Sender<bool>) -> Receipt {
        let token = AggregatorToken::new(AGGREGATOR).unwrap();
        let batch = unpack(&received.packed);
        let Some(copy) = copy else {
            let origin = batch.map_or_else(|_| origin(received.unit.as_str()), |batch| batch.origin().clone());
            return Receipt::refused(ReceiptStatus::UnknownOrigin, token, origin, None);
        };
        let own = copy.state.vkey().name().origin();
        let broken = |last| Receipt::refused(ReceiptStatus::BrokenLog, token.clone(), own, last);
        let Ok(batch) = batch else {
            return broken(copy.state.last());
        };
        let origin = batch.origin().clone();
        match judge(Some(&copy.state), &batch, copy).unwrap_or_else(|never| match never {}) {
            _ if copy.forked => broken(copy.state.last()),
            Verdict::Accept { frontier, checkpoint } => {
                let record = Record::with_attachment(checkpoint.to_bytes(), received.packed.clone());
                let appended = appended.clone();
                let tell = Box::new(move |outcome: Result<_, _>| appended.send(outcome.is_ok()).unwrap_or_default());
                assert!(self.ledger.submit(record, tell).is_ok());
                let cosigned = self.mirror.cosign(&checkpoint, CosignedAt::from_unix_seconds(1_709_884_200));
                copy.leaves.extend(batch.entries().iter().map(|entry| leaf_hash(entry)));
                copy.state.advance(frontier, cosigned.clone());
                Receipt::cosigned(token, &cosigned)
            }
            Verdict::Held => Receipt::cosigned(token, copy.state.last().unwrap()),
            Verdict::Resend { next } => Receipt::resend(token, origin, next, copy.state.last()),
            Verdict::Refuse(refusal) => Receipt::refused(refusal.status(), token, origin, copy.state.last()),
            Verdict::Fork(_) => {
                copy.forked = true;
                broken(copy.state.last())
            }
        }
    }
}

impl BatchSink for Sink {
    fn receive(&self, batches: Vec<Received>) -> Result<Vec<Receipt>, SinkError> {
        let mut copies = self.copies.lock().unwrap();
        let (appended, outcomes) = mpsc::channel();
        let receipts =
            batches.iter().map(|received| self.take(copies.get_mut(received.unit.as_str()), received, &appended));
        let receipts: Vec<_> = receipts.collect();
        drop(appended);
        if outcomes.iter().all(|durable| durable) { Ok(receipts) } else { Err(SinkError("disk".into())) }
    }

    fn cursor(&self) -> Option<SpoolCursor> {
        *self.cursor.lock().unwrap()
    }

    fn keep_cursor(&self, cursor: SpoolCursor) {
        *self.cursor.lock().unwrap() = Some(cursor);
    }

    fn receipts_to_republish(&self) -> Vec<(UnitToken, Receipt)> {
        let units: Vec<String> = self.copies.lock().unwrap().keys().cloned().collect();
        units.iter().filter_map(|unit| self.standing(unit)).collect()
    }

    fn newly_enrolled(&self) -> Vec<(UnitToken, Receipt)> {
        let untold = std::mem::take(&mut *self.untold.lock().unwrap());
        untold.iter().filter_map(|unit| self.standing(unit)).collect()
    }

    fn enrolment(&self) -> &Notify {
        &self.enrolment
    }
}

impl HeldLogs for Sink {
    fn answer(&self, unit: &UnitToken, asked: &FetchRequest) -> Result<FetchReply, HeldLogsError> {
        let own = self.standing(unit.as_str()).filter(|_| *asked.origin() == origin(unit.as_str()));
        let Some((_, standing)) = own else {
            let token = AggregatorToken::new(AGGREGATOR).unwrap();
            let unknown = Receipt::refused(ReceiptStatus::UnknownOrigin, token, asked.origin().clone(), None);
            return Ok(FetchReply::Standing(unknown));
        };
        let Some(range) = asked.readable(standing.size()) else { return Ok(FetchReply::Standing(standing)) };
        let records = self.ledger.read(self.ledger.size().range()).unwrap().into_iter().skip(1);
        let batches = records.map(|record| unpack(&record.attachment.unwrap()).unwrap());
        let entries =
            batches.filter(|batch| batch.origin() == asked.origin()).flat_map(danvan_tlog::Batch::into_entries);
        let place = |size: Size| usize::try_from(size.get()).unwrap();
        let entries = entries.skip(place(range.start())).take(place(range.end()) - place(range.start())).collect();
        let note = Note::parse(standing.note().unwrap().as_bytes()).unwrap();
        FetchReply::entries(asked.origin(), range.start(), entries, &note).map_err(|e| HeldLogsError(e.to_string()))
    }
}

#[test]
fn the_sink_of_these_tests_keeps_the_laws_of_the_real_one() {
    let directory = tempfile::tempdir().unwrap();
    let mut made = 0;
    let outcome = sink_suite(|logs| {
        made += 1;
        let sink = Sink::new(&directory.path().join(made.to_string()));
        for log in logs {
            sink.enrol(log.unit().as_str(), log.vkey());
        }
        let token = AggregatorToken::new(AGGREGATOR).unwrap();
        SuiteSink { sink: Arc::new(sink), token, mirror: mirror_key().verifier_key().clone() }
    });
    assert_eq!(outcome, Ok(()));
}
