//! The ledger that a test kills: whose it is, what is written into it, and how its acknowledgements are reported.

use danvan_ledger::LedgerConfig;
use danvan_tlog::{Hash, LogKey, Origin, Size};

/// Arguments and reports are words of one line.
const ACKNOWLEDGED: &str = "acknowledged";
const SIGNED: &str = "signed";

/// The origin of the ledger.
///
/// # Errors
/// When its name is refused, which it is not.
pub fn origin() -> anyhow::Result<Origin> {
    Ok(Origin::new("example.vn/u/gso2024-15097")?)
}

/// Its key.
///
/// # Errors
/// As [`origin`].
pub fn key() -> anyhow::Result<LogKey> {
    Ok(LogKey::from_seed(origin()?.key_name(), [7; 32]))
}

/// Segments so small that every life seals some.
#[must_use]
pub fn config() -> LedgerConfig {
    LedgerConfig {
        segment_bytes: 64 << 10,
        preallocate_bytes: 16 << 10,
        reserve_bytes: 4096,
        ..LedgerConfig::default()
    }
}

/// One append of one writer in one life: enough to say what the entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Append {
    /// Number of the process, from 1; 0 makes the ledger.
    pub life: u64,
    /// Number of the thread.
    pub writer: u64,
    /// Number of the append, from 0.
    pub turn: u64,
}

impl Append {
    /// The entry; some are longer than a sector.
    #[must_use]
    pub fn entry(self) -> Vec<u8> {
        let filling = usize::try_from((self.life * 31 + self.writer * 17 + self.turn * 7) % 900).unwrap_or(0);
        format!("{} {} {} {}", self.life, self.writer, self.turn, "x".repeat(filling)).into_bytes()
    }

    /// The append whose entry that is.
    #[must_use]
    pub fn of_entry(entry: &[u8]) -> Option<Self> {
        let mut words = std::str::from_utf8(entry).ok()?.split(' ').map(str::parse);
        let mut next = || words.next()?.ok();
        let append = Self { life: next()?, writer: next()?, turn: next()? };
        (append.entry() == entry).then_some(append)
    }
}

/// What the appender says on its standard output, a line each, after it is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// An append was acknowledged at an index.
    Acknowledged(u64, Append),
    /// A checkpoint was signed and stored.
    Signed(Size, Hash),
}

impl Report {
    /// The line, with its end.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Self::Acknowledged(index, Append { life, writer, turn }) => {
                format!("{ACKNOWLEDGED} {index} {life} {writer} {turn}\n")
            }
            Self::Signed(size, root) => format!("{SIGNED} {size} {root}\n"),
        }
    }

    /// Reads a line; `None` when it was cut short.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.strip_suffix('\n')?.split(' ').collect();
        let number = |word: &str| word.parse().ok();
        match words[..] {
            [ACKNOWLEDGED, index, life, writer, turn] => {
                let append = Append { life: number(life)?, writer: number(writer)?, turn: number(turn)? };
                Some(Self::Acknowledged(number(index)?, append))
            }
            [SIGNED, size, root] => Some(Self::Signed(Size::new(number(size)?)?, root.parse().ok()?)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_and_entries_are_read_as_they_were_written() {
        let append = Append { life: 3, writer: 64, turn: 1000 };
        assert_eq!(Append::of_entry(&append.entry()), Some(append));
        assert_eq!(Append::of_entry(b"3 64 1000 y"), None);
        for report in [Report::Acknowledged(77, append), Report::Signed(Size::from(78), Hash::new([9; 32]))] {
            let line = report.line();
            assert_eq!(Report::parse(&line), Some(report));
            assert_eq!(Report::parse(line.trim_end()), None);
        }
    }
}
