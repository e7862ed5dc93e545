//! The steps of a life.

use crate::world::Manner;
use danvan_testkit::Dice;

/// What someone does with a ledger.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Append,
    /// A record that must be written although the disk is full.
    Control,
    /// So many records in one call.
    Together(u64),
    /// So many records one after the other, without waiting, while the writer is busy.
    Burst(u64),
    /// A checkpoint of so many percent of the entries.
    CheckpointAt(u64),
    /// A checkpoint of more than there is.
    CheckpointBeyond,
    Sign,
    /// One aggregator's receipt for so many percent of the entries.
    Receipt(usize, u64),
    Read(u64),
    /// An auditor looks, without a lock.
    Audit,
    SecondWriter,
    /// Somebody makes room on the disk.
    MakeRoom,
}

impl Step {
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        match dice.below(20) {
            0..=3 => Self::Append,
            4 => Self::Control,
            5 | 6 => Self::Together(1 + dice.below(9)),
            // More than the sparse index skips.
            7 => Self::Together([4, 100][usize::from(dice.chance(20))] + dice.below(9)),
            8 | 9 => Self::Burst(2 + dice.below(6)),
            10 | 11 => Self::CheckpointAt(dice.below(101)),
            12 => Self::CheckpointBeyond,
            13 | 14 => Self::Sign,
            15 | 16 => Self::Receipt(dice.place(2), [100, dice.below(101)][dice.place(2)]),
            17 => Self::Read(dice.below(101)),
            18 => Self::Audit,
            _ if dice.chance(50) => Self::SecondWriter,
            _ => Self::MakeRoom,
        }
    }

    /// Where every step is waited for, what would make several groups is done one by one.
    pub(crate) fn told(self, manner: Manner) -> Vec<Self> {
        match self {
            Self::Together(count) | Self::Burst(count) if manner == Manner::AtOnce => {
                (0..count.min(12)).map(|_| Self::Append).collect()
            }
            step => vec![step],
        }
    }
}
