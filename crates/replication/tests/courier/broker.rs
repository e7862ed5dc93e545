//! The broker's two streams, as the real one keeps them.

use danvan_replication::Receipt;
use danvan_tlog::Batch;
use std::collections::BTreeMap;
use std::rc::Rc;

const MESSAGES_PER_UNIT: usize = 64;

pub(crate) struct Message {
    pub(crate) sequence: u64,
    pub(crate) node: usize,
    pub(crate) batch: Rc<Batch>,
}

/// What the broker says to a publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    Stored(u64),
    WrongLast,
    NoStream,
}

#[derive(Default)]
pub(crate) struct Broker {
    /// Which stream it is by now; changes when it is made anew.
    pub(crate) created: i64,
    pub(crate) exists: bool,
    last: u64,
    messages: Vec<Message>,
    receipts: BTreeMap<(usize, usize), Receipt>,
}

impl Broker {
    pub(crate) fn ensure(&mut self) {
        if !self.exists {
            self.exists = true;
            self.created += 1;
        }
    }

    /// The disk is lost: both streams with everything in them.
    pub(crate) fn wipe(&mut self) {
        *self = Self { created: self.created, ..Self::default() };
    }

    pub(crate) fn last_of(&self, node: usize) -> Option<&Message> {
        self.messages.iter().rev().find(|message| message.node == node)
    }

    pub(crate) fn publish(&mut self, node: usize, batch: &Rc<Batch>, expected: u64) -> Said {
        if !self.exists {
            return Said::NoStream;
        }
        if self.last_of(node).map_or(0, |message| message.sequence) != expected {
            return Said::WrongLast;
        }
        self.last += 1;
        self.messages.push(Message { sequence: self.last, node, batch: batch.clone() });
        if self.messages.iter().filter(|message| message.node == node).count() > MESSAGES_PER_UNIT {
            let oldest = self.messages.iter().position(|message| message.node == node).unwrap();
            self.messages.remove(oldest);
        }
        Said::Stored(self.last)
    }

    pub(crate) fn after(&self, sequence: u64, most: usize) -> Vec<(u64, usize, Rc<Batch>)> {
        let next = self.messages.iter().filter(|message| message.sequence > sequence).take(most);
        next.map(|message| (message.sequence, message.node, message.batch.clone())).collect()
    }

    pub(crate) const fn last_sequence(&self) -> u64 {
        self.last
    }

    pub(crate) fn keep_receipt(&mut self, node: usize, mirror: usize, receipt: Receipt) {
        if self.exists {
            self.receipts.insert((node, mirror), receipt);
        }
    }

    pub(crate) fn receipts_of(&self, node: usize) -> Vec<Receipt> {
        self.receipts.iter().filter(|((of, _), _)| *of == node).map(|(_, receipt)| receipt.clone()).collect()
    }
}
