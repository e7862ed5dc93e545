//! What waits in the queue: records that were handed in together, and who hears what became of them.

use crate::committer::{AppendError, Done};
use crate::outcomes::{Outcomes, Teller};
use crate::record::Record;
use danvan_tlog::Size;
use std::thread;

/// What a full disk means for a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// It is refused.
    Ordinary,
    /// It is given the space of the reserve.
    Control,
}

/// Who hears what became of records.
pub(crate) enum Answer {
    /// A continuation; it appended one record.
    Call(Done),
    /// A thread that waits.
    Waiter(Teller),
}

/// Records that were handed in together.
enum Records {
    One(Record),
    Many(Vec<Record>),
}

/// Records that wait together, and who waits for them. Dropped unanswered it answers `Closed`.
pub(crate) struct Job {
    records: Records,
    /// Of entries and attachments.
    bytes: usize,
    urgency: Urgency,
    /// Those that are durable, as the sizes of the journal before the first and after the last.
    durable: [Size; 2],
    answer: Option<Answer>,
}

impl Job {
    /// One record.
    pub(crate) fn one(record: Record, urgency: Urgency, answer: Answer) -> Self {
        let bytes = weight(&record);
        let records = Records::One(record);
        Self { records, bytes, urgency, durable: [Size::ZERO; 2], answer: Some(answer) }
    }

    /// Ordinary records that are to be written together.
    pub(crate) fn many(records: Vec<Record>, teller: Teller) -> Self {
        let bytes = records.iter().map(weight).sum();
        let (urgency, answer) = (Urgency::Ordinary, Some(Answer::Waiter(teller)));
        Self { records: Records::Many(records), bytes, urgency, durable: [Size::ZERO; 2], answer }
    }

    pub(crate) fn records(&self) -> &[Record] {
        match &self.records {
            Records::One(record) => std::slice::from_ref(record),
            Records::Many(records) => records,
        }
    }

    /// Of entries and attachments.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn urgency(&self) -> Urgency {
        self.urgency
    }

    /// The record and its continuation, unanswered; none where a list or a thread waits.
    pub(crate) fn take_back(&mut self) -> Option<(Record, Done)> {
        match (&mut self.records, self.answer.take()) {
            (Records::One(record), Some(Answer::Call(done))) => {
                Some((std::mem::replace(record, Record::new(Vec::new())), done))
            }
            (_, answer) => {
                self.answer = answer;
                None
            }
        }
    }

    /// The records that are not durable yet.
    pub(crate) fn rest(&self) -> &[Record] {
        let [first, end] = self.durable;
        let durable = usize::try_from(end.entries_since(first)).unwrap_or(usize::MAX);
        self.records().get(durable..).unwrap_or_default()
    }

    /// Notes that the journal grew: the first new records are the next ones of this job. Answers when all of its own are
    /// durable; returns the size after them.
    pub(crate) fn advance(&mut self, [before, after]: [Size; 2]) -> Size {
        let own = after.entries_since(before).min(self.rest().len() as u64);
        let end = before.checked_add(own).unwrap_or(after);
        let [first, so_far] = self.durable;
        self.durable = if first == so_far { [before, end] } else { [first, end] };
        if self.rest().is_empty() {
            self.answer(None);
        }
        end
    }

    /// Answers that nothing more of it will be written.
    pub(crate) fn refuse(mut self, error: AppendError) {
        self.answer(Some(error));
    }

    fn answer(&mut self, refused: Option<AppendError>) {
        let mut outcomes = Outcomes { durable: self.durable, refused };
        match self.answer.take() {
            Some(Answer::Call(done)) => done(outcomes.take()),
            Some(Answer::Waiter(teller)) => teller.tell(outcomes),
            None => {}
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let why = if thread::panicking() { panicked() } else { AppendError::Closed };
        self.answer(Some(why));
    }
}

/// Whoever is told this does not know whether the record is there.
pub(crate) fn panicked() -> AppendError {
    AppendError::Poisoned { reason: "a continuation or a listener panicked".to_owned() }
}

fn weight(record: &Record) -> usize {
    record.entry.len() + record.attachment.as_ref().map_or(0, Vec::len)
}
