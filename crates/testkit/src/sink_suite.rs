//! What every sink behind the receiver owes, checked from outside: the laws of `BatchSink`.

use std::sync::Arc;

use danvan_replication::{AggregatorToken, BatchSink, Receipt, ReceiptStatus, Received, SpoolCursor, UnitToken, pack};
use danvan_tlog::{Batch, Frontier, LogKey, Note, Origin, Size, VerifierKey, leaf_hash};

/// The first part of the origins in the suite.
pub const SUITE_DEPLOYMENT: &str = "suite.danvan.test";
/// Two units that are enrolled and one that is not.
const UNITS: [&str; 3] = ["gso2024-15097", "gso2024-15061", "gso2024-15091"];

/// A log that sends batches; its entries are made up and mean nothing.
#[derive(Debug, Clone)]
pub struct SuiteLog {
    unit: UnitToken,
    vkey: VerifierKey,
    seed: [u8; 32],
    entries: Vec<Vec<u8>>,
}

/// A fresh sink at which exactly the given logs are enrolled.
pub struct SuiteSink {
    /// The sink.
    pub sink: Arc<dyn BatchSink>,
    /// In whose name it answers.
    pub token: AggregatorToken,
    /// The key that it cosigns by.
    pub mirror: VerifierKey,
}

/// A law that a sink breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenLaw {
    /// What was promised.
    pub law: &'static str,
    /// What happened instead.
    pub found: String,
}

impl std::fmt::Display for BrokenLaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.law, self.found)
    }
}

impl std::error::Error for BrokenLaw {}

/// Holds fresh sinks, made by `make` for the logs that it is given, against every law. The first that is broken is told.
pub fn sink_suite(mut make: impl FnMut(&[SuiteLog]) -> SuiteSink) -> Result<(), BrokenLaw> {
    for (law, holds) in LAWS {
        let told = logs().and_then(|[a, b, stranger]| {
            let fresh = make(&[a.clone(), b.clone()]);
            holds(&Case { fresh, a, b, stranger })
        });
        told.map_err(|found| BrokenLaw { law, found })?;
    }
    Ok(())
}

type Law = fn(&Case) -> Result<(), String>;

const LAWS: [(&str, Law); 10] = [
    ("a log of which nothing is held is asked for from its beginning", asks_from_the_beginning),
    ("what continues a log is cosigned up to its end", cosigns_what_continues),
    ("every batch of a group is answered in order, and what came earlier counts as held", answers_in_order),
    ("what is held is answered by the stored receipt", answers_what_is_held),
    ("a gap or an overlap is answered by what comes next", asks_for_what_comes_next),
    ("what breaks a log is refused, and nothing of it is applied", refuses_what_breaks_a_log),
    ("a log that forks is cosigned no more, and the others are", stops_at_a_fork),
    ("a log that signed two roots of one size is cosigned no more", stops_at_a_second_root),
    ("a log that was enrolled is told once where it stands", tells_the_newly_enrolled_once),
    ("the cursor is kept", keeps_the_cursor),
];

struct Case {
    fresh: SuiteSink,
    a: SuiteLog,
    b: SuiteLog,
    stranger: SuiteLog,
}

impl Case {
    fn receive(&self, messages: Vec<Received>) -> Result<Vec<Receipt>, String> {
        let sent = messages.len();
        let receipts = self.fresh.sink.receive(messages).map_err(text)?;
        must(receipts.len() == sent, || format!("{} receipts for {sent} batches", receipts.len()))?;
        match receipts.iter().find(|receipt| *receipt.aggregator() != self.fresh.token) {
            Some(receipt) => Err(format!("a receipt in the name of {}", receipt.aggregator())),
            None => Ok(receipts),
        }
    }

    fn one(&self, message: Received) -> Result<Receipt, String> {
        self.receive(vec![message])?.pop().ok_or_else(|| "no receipt".to_owned())
    }

    /// The receipt must be of this log, with this status, and carry the cosigned note of this size.
    fn expect(&self, receipt: &Receipt, log: &SuiteLog, status: ReceiptStatus, size: u32) -> Result<(), String> {
        let noted = receipt.verify(&log.vkey, &self.fresh.mirror).map_err(text)?;
        let noted = noted.map_or(Size::ZERO, |signed| signed.size());
        let found = (receipt.status(), receipt.size(), noted);
        let wanted = (status, Size::from(size), Size::from(size));
        must(found == wanted, || format!("{found:?} instead of {wanted:?}"))
    }

    fn told(&self, log: &SuiteLog) -> Result<Receipt, String> {
        let told = self.fresh.sink.receipts_to_republish();
        let mut of_unit = told.into_iter().filter(|(unit, _)| *unit == log.unit);
        match (of_unit.next(), of_unit.next()) {
            (Some((_, receipt)), None) => Ok(receipt),
            (None, _) => Err(format!("nothing is told to {}", log.unit)),
            _ => Err(format!("more than one thing is told to {}", log.unit)),
        }
    }
}

fn asks_from_the_beginning(case: &Case) -> Result<(), String> {
    for log in [&case.a, &case.b] {
        let receipt = case.told(log)?;
        case.expect(&receipt, log, ReceiptStatus::Resend, 0)?;
        must(receipt.next() == Size::ZERO, || format!("it asks for {}", receipt.next()))?;
    }
    Ok(())
}

fn cosigns_what_continues(case: &Case) -> Result<(), String> {
    let receipt = case.one(case.a.message(0, 3)?)?;
    case.expect(&receipt, &case.a, ReceiptStatus::Cosigned, 3)?;
    must(case.told(&case.a)? == receipt, || "the receipt is told anew as another one".to_owned())?;
    case.expect(&case.told(&case.b)?, &case.b, ReceiptStatus::Resend, 0)?;
    let receipt = case.one(case.a.message(3, 7)?)?;
    case.expect(&receipt, &case.a, ReceiptStatus::Cosigned, 7)
}

fn answers_in_order(case: &Case) -> Result<(), String> {
    let (a, b) = (&case.a, &case.b);
    let sent = [(a, 0, 2), (b, 0, 1), (a, 2, 5), (a, 5, 6), (a, 0, 3)];
    let messages = sent.iter().map(|(log, start, end)| log.message(*start, *end)).collect::<Result<_, _>>()?;
    let receipts = case.receive(messages)?;
    for (place, (receipt, (log, _, end))) in receipts.iter().zip(sent).enumerate() {
        receipt.verify(&log.vkey, &case.fresh.mirror).map_err(text)?;
        let covered = receipt.status() == ReceiptStatus::Cosigned && receipt.size().get() >= end as u64;
        must(covered, || format!("batch {place} got {} up to {}", receipt.status(), receipt.size()))?;
    }
    case.expect(&case.told(a)?, a, ReceiptStatus::Cosigned, 6)?;
    case.expect(&case.told(b)?, b, ReceiptStatus::Cosigned, 1)
}

fn answers_what_is_held(case: &Case) -> Result<(), String> {
    let first = case.one(case.a.message(0, 4)?)?;
    for (start, end) in [(0, 4), (1, 3)] {
        let again = case.one(case.a.message(start, end)?)?;
        must(again == first, || format!("[{start}, {end}) got another receipt"))?;
    }
    Ok(())
}

fn asks_for_what_comes_next(case: &Case) -> Result<(), String> {
    let receipt = case.one(case.a.message(2, 4)?)?;
    case.expect(&receipt, &case.a, ReceiptStatus::Resend, 0)?;
    case.one(case.a.message(0, 2)?)?;
    for (start, end) in [(3, 5), (1, 4)] {
        let receipt = case.one(case.a.message(start, end)?)?;
        case.expect(&receipt, &case.a, ReceiptStatus::Resend, 2)?;
        must(receipt.next() == Size::from(2), || format!("it asks for {}", receipt.next()))?;
    }
    Ok(())
}

fn refuses_what_breaks_a_log(case: &Case) -> Result<(), String> {
    let (a, b) = (&case.a, &case.b);
    let noise = Received { unit: a.unit.clone(), packed: b"noise".to_vec() };
    let as_another = Received { unit: b.unit.clone(), packed: a.message(0, 2)?.packed };
    let refused = [
        (noise, ReceiptStatus::BrokenLog),
        (a.rootless(2)?, ReceiptStatus::BrokenLog),
        (a.forged().message(0, 2)?, ReceiptStatus::UnknownKey),
        (case.stranger.message(0, 2)?, ReceiptStatus::UnknownOrigin),
        (as_another, ReceiptStatus::UnknownOrigin),
    ];
    for (place, (message, status)) in refused.into_iter().enumerate() {
        let receipt = case.one(message)?;
        let as_expected = receipt.status() == status && receipt.note().is_none();
        must(as_expected, || format!("message {place} got {} with {:?}", receipt.status(), receipt.note()))?;
    }
    case.expect(&case.told(a)?, a, ReceiptStatus::Resend, 0)?;
    case.expect(&case.told(b)?, b, ReceiptStatus::Resend, 0)
}

fn stops_at_a_fork(case: &Case) -> Result<(), String> {
    let (a, b) = (&case.a, &case.b);
    case.one(a.message(0, 3)?)?;
    let receipts = case.receive(vec![a.forked(1).message(0, 4)?, a.message(3, 5)?, b.message(0, 2)?])?;
    case.expect(&receipts[0], a, ReceiptStatus::BrokenLog, 3)?;
    case.expect(&receipts[1], a, ReceiptStatus::BrokenLog, 3)?;
    case.expect(&receipts[2], b, ReceiptStatus::Cosigned, 2)?;
    case.expect(&case.one(a.message(3, 5)?)?, a, ReceiptStatus::BrokenLog, 3)?;
    case.expect(&case.told(a)?, a, ReceiptStatus::BrokenLog, 3)
}

fn stops_at_a_second_root(case: &Case) -> Result<(), String> {
    let (a, b) = (&case.a, &case.b);
    case.receive(vec![a.message(0, 3)?, a.message(3, 6)?, b.message(0, 6)?])?;
    for (log, end) in [(a, 5), (b, 6)] {
        // Every entry in the batch is the one that is held, and the root is that of another first entry.
        let second = log.send(4, log.entries[4..end].to_vec(), log.forked(0).sign(&log.forked(0).entries[..end]))?;
        case.expect(&case.one(second)?, log, ReceiptStatus::BrokenLog, 6)?;
        case.expect(&case.one(log.message(6, 7)?)?, log, ReceiptStatus::BrokenLog, 6)?;
    }
    Ok(())
}

fn tells_the_newly_enrolled_once(case: &Case) -> Result<(), String> {
    let (told, all) = (case.fresh.sink.newly_enrolled(), case.fresh.sink.receipts_to_republish());
    must(told.iter().all(|told| all.contains(told)), || format!("{told:?} is not what is told anew"))?;
    let again = case.fresh.sink.newly_enrolled();
    must(again.is_empty(), || format!("{again:?} is told once more"))
}

fn keeps_the_cursor(case: &Case) -> Result<(), String> {
    let sink = &case.fresh.sink;
    must(sink.cursor().is_none(), || "a fresh sink has a cursor".to_owned())?;
    let cursor = SpoolCursor { created: 7, sequence: 9 };
    sink.keep_cursor(cursor);
    must(sink.cursor() == Some(cursor), || format!("{:?} instead of {cursor:?}", sink.cursor()))
}

fn must(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn logs() -> Result<[SuiteLog; 3], String> {
    let [a, b, stranger] = UNITS.map(SuiteLog::new);
    Ok([a?, b?, stranger?])
}

impl SuiteLog {
    fn new(unit: &str) -> Result<Self, String> {
        let origin = Origin::new(format!("{SUITE_DEPLOYMENT}/u/{unit}")).map_err(text)?;
        let entries = (0..12).map(|n| format!("{{\"n\":{n},\"of\":\"{unit}\"}}").into_bytes()).collect();
        let unit = UnitToken::new(unit).map_err(text)?;
        let seed = [1; 32];
        let vkey = LogKey::from_seed(origin.key_name(), seed).verifier_key().clone();
        Ok(Self { unit, vkey, seed, entries })
    }

    /// The unit whose log it is.
    #[must_use]
    pub const fn unit(&self) -> &UnitToken {
        &self.unit
    }

    /// The key that it is enrolled with.
    #[must_use]
    pub const fn vkey(&self) -> &VerifierKey {
        &self.vkey
    }

    fn sign(&self, entries: &[Vec<u8>]) -> Note {
        let frontier = Frontier::of(entries.iter().map(|entry| leaf_hash(entry)));
        let key = LogKey::from_seed(self.vkey.name().clone(), self.seed);
        key.sign(frontier.size(), frontier.root()).note().clone()
    }

    /// The message for the entries `[start, end)` with the checkpoint at `end`.
    fn message(&self, start: usize, end: usize) -> Result<Received, String> {
        self.send(start, self.entries[start..end].to_vec(), self.sign(&self.entries[..end]))
    }

    /// Entries from the first on, under a checkpoint of other ones.
    fn rootless(&self, end: usize) -> Result<Received, String> {
        self.send(0, self.entries[..end].to_vec(), self.forked(0).sign(&self.forked(0).entries[..end]))
    }

    fn send(&self, start: usize, entries: Vec<Vec<u8>>, note: Note) -> Result<Received, String> {
        let start = Size::new(start as u64).ok_or("a start is a size")?;
        let batch = Batch::new(self.vkey.name().origin(), start, entries, note).map_err(text)?;
        Ok(Received { unit: self.unit.clone(), packed: pack(&batch).map_err(text)? })
    }

    /// The same log with another entry at `index`.
    fn forked(&self, index: usize) -> Self {
        let mut forked = self.clone();
        forked.entries[index] = b"{\"another\":\"history\"}".to_vec();
        forked
    }

    /// The same log in the name of the same key, which signs by another one.
    fn forged(&self) -> Self {
        Self { seed: [9; 32], ..self.clone() }
    }
}
