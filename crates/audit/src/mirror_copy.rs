//! An aggregator's copy of one log, rebuilt from its batches.

use crate::finding::Fault;
use crate::opening;
use crate::testimony::Point;
use crate::walk::Walk;
use danvan_tlog::{Batch, Frontier, Index, Origin, Policy, Size};

/// The copy so far.
pub(crate) struct MirrorCopy {
    /// `None` after a batch that could not be believed: what follows cannot be compared with anything.
    frontier: Option<Frontier>,
    /// `None` where the log itself is read as well.
    walk: Option<Walk>,
}

/// A fault, and the index in the mirrored log when it is one of an entry there.
pub(crate) type MirrorFault = (Option<Index>, Fault);

impl MirrorCopy {
    /// An empty copy; `judge_entries` where nobody else reads the log.
    pub(crate) fn new(judge_entries: bool) -> Self {
        Self { frontier: Some(Frontier::empty()), walk: judge_entries.then(|| Walk::new([])) }
    }

    /// How many entries were believed, while nothing was in the way.
    pub(crate) fn believed(&self) -> Option<Size> {
        self.frontier.as_ref().map(Frontier::size)
    }

    /// Nothing that follows can be compared any more.
    pub(crate) fn give_up(&mut self) {
        self.frontier = None;
    }

    /// Takes the unpacked batch that brought the copy to `point`. It must be signed by the log's key in the policy, whatever key
    /// the aggregator states; nothing of a log without one is compared.
    pub(crate) fn take(&mut self, bytes: &[u8], log: &Origin, point: &Point, policy: &Policy) -> Vec<MirrorFault> {
        let differs = |reason: String| vec![(None, Fault::BatchDiffers { log: log.clone(), reason })];
        let batch = match Batch::decode(bytes) {
            Ok(batch) => batch,
            Err(error) => {
                self.give_up();
                return differs(error.to_string());
            }
        };
        let mut faults = Vec::new();
        if batch.origin() != log || batch.range().start() != point.start || batch.range().end() != point.size {
            faults = differs(format!("it holds {} of {}", batch.range(), batch.origin()));
        }
        let followed = self.frontier.take().zip(policy.log_key(log)).map(|(held, key)| batch.follow(&held, key));
        match followed {
            Some(Ok((frontier, signed))) => {
                if signed.root() != point.root {
                    faults.extend(differs(format!("it leads to the root {}", signed.root())));
                }
                self.frontier = Some(frontier);
            }
            Some(Err(error)) => faults.extend(differs(error.to_string())),
            None => {}
        }
        if let Some(walk) = &mut self.walk {
            for (index, entry) in batch.range().iter().zip(batch.entries()) {
                let duplicate = walk.push(index, entry);
                faults.extend(duplicate.map(|fault| (Some(index), fault)));
                if index == Index::ZERO {
                    faults.extend(opening::fault(entry, log, policy).map(|fault| (Some(index), fault)));
                }
            }
        }
        faults
    }
}
