//! What is done to a ledger.

use proptest::prelude::*;

/// A part of the size, in 256ths; 255 stands for all of it.
pub(crate) type Part = u8;

#[derive(Debug, Clone)]
pub(crate) enum Operation {
    /// One entry of so many bytes.
    Append(usize),
    /// Entries of so many bytes, in one call.
    AppendAll(Vec<usize>),
    /// The entry of one of a few keys, unless there is one.
    AppendOnce(u8),
    Sign,
    CheckpointAt(Part),
    /// What one of two aggregators cosigned.
    Receipt {
        by: usize,
        size: Part,
    },
    DrainAndOpen,
    /// The process is killed; the next one sees what it wrote. The table of keys is kept, or thrown away.
    Kill {
        keeps_keys: bool,
    },
    /// The power goes at this operation of the disk from now, or at the next open; each unsynced piece survives with this
    /// probability.
    PowerCut {
        after: u8,
        percent: u64,
        seed: u64,
    },
    /// The medium loses an entry. What aggregators hold comes back from them; else the log ends and goes on.
    Lose(Part),
}

pub(crate) fn operation() -> impl Strategy<Value = Operation> {
    let part = || prop_oneof![any::<u8>(), Just(255)];
    prop_oneof![
        6 => (0_usize..400).prop_map(Operation::Append),
        3 => prop::collection::vec(0_usize..300, 1..9).prop_map(Operation::AppendAll),
        5 => (0_u8..12).prop_map(Operation::AppendOnce),
        3 => Just(Operation::Sign),
        2 => part().prop_map(Operation::CheckpointAt),
        3 => (0_usize..2, part()).prop_map(|(by, size)| Operation::Receipt { by, size }),
        2 => Just(Operation::DrainAndOpen),
        2 => any::<bool>().prop_map(|keeps_keys| Operation::Kill { keeps_keys }),
        4 => (0_u8..30, 0_u64..=100, any::<u64>())
            .prop_map(|(after, percent, seed)| Operation::PowerCut { after, percent, seed }),
        1 => part().prop_map(Operation::Lose),
    ]
}
