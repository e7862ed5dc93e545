//! What a disk does to bytes that it confirmed long ago.

use crate::dice::Dice;
use std::collections::BTreeMap;
use std::fmt;

const SECTOR: usize = 512;

/// Files of a directory by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// One fault of the medium. Applied to files that are shorter or missing it does less, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaFault {
    /// A bit is flipped.
    Flipped {
        /// The file.
        file: String,
        /// Offset of the byte.
        at: usize,
        /// The bit, below 8.
        bit: u32,
    },
    /// Bytes are something else, from an offset on.
    Overwritten {
        /// The file.
        file: String,
        /// Offset of the first byte.
        at: usize,
        /// What is there now.
        with: Vec<u8>,
    },
    /// Two ranges of bytes have changed places, perhaps across files.
    Swapped {
        /// File and offset of the one.
        one: (String, usize),
        /// File and offset of the other.
        other: (String, usize),
        /// Length of each in bytes.
        len: usize,
    },
    /// A range was written over another one, which is lost.
    Misdirected {
        /// File and offset of what was meant to stay where it is.
        from: (String, usize),
        /// File and offset of where it is as well.
        to: (String, usize),
        /// Length in bytes.
        len: usize,
    },
    /// The file ends earlier.
    Cut {
        /// The file.
        file: String,
        /// Its length in bytes.
        len: usize,
    },
    /// The file is gone.
    Removed {
        /// The file.
        file: String,
    },
    /// The file holds what another one holds.
    Replaced {
        /// The file.
        file: String,
        /// The other.
        by: String,
    },
}

impl MediaFault {
    /// A fault in one of `files`, by chance.
    #[must_use]
    pub fn draw(dice: &mut Dice, files: &Files) -> Self {
        let names: Vec<&String> = files.keys().collect();
        let pick = |dice: &mut Dice| names.get(dice.place(names.len())).map_or(String::new(), |name| (*name).clone());
        let (file, other) = (pick(dice), pick(dice));
        let len = files.get(&file).map_or(0, |bytes| written(bytes));
        let at = dice.place(len);
        let sector = at - at % SECTOR;
        let other_sector = |dice: &mut Dice| {
            let at = dice.place(files.get(&other).map_or(0, |bytes| written(bytes)));
            at - at % SECTOR
        };
        let sectors = SECTOR * (1 + dice.place(3));
        match dice.below(10) {
            0..=2 => Self::Flipped { file, at, bit: u32::try_from(dice.below(8)).unwrap_or(0) },
            3 | 4 => Self::Overwritten { file, at: sector, with: vec![0; sectors] },
            5 => {
                let len = 1 + dice.place(300);
                Self::Overwritten { file, at, with: dice.bytes(len) }
            }
            6 => {
                let to = other_sector(dice);
                Self::Swapped { one: (file, sector), other: (other, to), len: sectors }
            }
            7 => {
                let to = other_sector(dice);
                Self::Misdirected { from: (file, sector), to: (other, to), len: sectors }
            }
            8 => Self::Cut { file, len: at },
            _ if dice.chance(50) => Self::Removed { file },
            _ => Self::Replaced { file, by: other },
        }
    }

    /// Does the damage.
    pub fn apply(&self, files: &mut Files) {
        match self {
            Self::Flipped { file, at, bit } => {
                if let Some(byte) = files.get_mut(file).and_then(|bytes| bytes.get_mut(*at)) {
                    *byte ^= 1 << bit;
                }
            }
            Self::Overwritten { file, at, with } => put(files, file, *at, with),
            Self::Swapped { one, other, len } => {
                let (first, second) = (take(files, one, *len), take(files, other, *len));
                let len = first.len().min(second.len());
                put(files, &one.0, one.1, &second[..len]);
                put(files, &other.0, other.1, &first[..len]);
            }
            Self::Misdirected { from, to, len } => {
                let bytes = take(files, from, *len);
                put(files, &to.0, to.1, &bytes);
            }
            Self::Cut { file, len } => {
                if let Some(bytes) = files.get_mut(file) {
                    bytes.truncate(*len);
                }
            }
            Self::Removed { file } => {
                files.remove(file);
            }
            Self::Replaced { file, by } => {
                if let Some(bytes) = files.get(by).cloned() {
                    files.insert(file.clone(), bytes);
                }
            }
        }
    }
}

/// Where the part of a file ends that is not zeros, and a sector more: damage to reserved space is seldom of interest.
fn written(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|b| *b != 0).map_or(bytes.len(), |last| (last + 1 + SECTOR).min(bytes.len()))
}

fn take(files: &Files, (file, at): &(String, usize), len: usize) -> Vec<u8> {
    let rest = files.get(file).and_then(|bytes| bytes.get(*at..)).unwrap_or_default();
    rest[..rest.len().min(len)].to_vec()
}

fn put(files: &mut Files, file: &str, at: usize, with: &[u8]) {
    let Some(rest) = files.get_mut(file).and_then(|bytes| bytes.get_mut(at..)) else { return };
    let len = rest.len().min(with.len());
    rest[..len].copy_from_slice(&with[..len]);
}

impl fmt::Display for MediaFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flipped { file, at, bit } => write!(f, "bit {bit} of byte {at} of {file} flipped"),
            Self::Overwritten { file, at, with } => {
                let what = if with.iter().all(|b| *b == 0) { "zeroed" } else { "overwritten" };
                write!(f, "{} bytes at {at} of {file} {what}", with.len())
            }
            Self::Swapped { one, other, len } => {
                write!(f, "{len} bytes at {} of {} swapped with those at {} of {}", one.1, one.0, other.1, other.0)
            }
            Self::Misdirected { from, to, len } => {
                write!(f, "{len} bytes at {} of {} written over those at {} of {}", from.1, from.0, to.1, to.0)
            }
            Self::Cut { file, len } => write!(f, "{file} cut at byte {len}"),
            Self::Removed { file } => write!(f, "{file} removed"),
            Self::Replaced { file, by } => write!(f, "{file} replaced by a copy of {by}"),
        }
    }
}
