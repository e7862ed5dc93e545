//! A ledger that another process grew and was killed over.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use danvan_ledger::{Ledger, LedgerConfig, OpenError, Record, Recovery};
use danvan_tlog::{KeyName, LogKey, VerifierKey};

use crate::corpus;
use crate::home::{ORIGIN, append_all};
use crate::peer::SetUpError;

/// The argument by which a benchmark knows that it is the process to be killed.
const GROW: &str = "--grow";
const GROWN: &str = "grown";
const AT_ONCE: usize = 1000;
const DISTINCT: usize = 16_000;

/// The ledger of one origin.
#[derive(Debug, Clone)]
pub struct GrownLedger {
    directory: PathBuf,
    name: KeyName,
}

impl GrownLedger {
    /// The ledger in `directory`, which may be missing yet.
    ///
    /// # Errors
    /// Never in practice: the origin is fixed.
    pub fn at(directory: &Path) -> Result<Self, SetUpError> {
        Ok(Self { directory: directory.to_owned(), name: KeyName::new(ORIGIN)? })
    }

    /// Has another process of this program append until there are `entries`, and kills it while it goes on appending.
    /// The program's `main` calls [`GrownLedger::grow_if_asked`] first.
    ///
    /// # Errors
    /// The process cannot be started, or ended before it had them.
    pub fn grow_and_kill(&self, entries: u64) -> Result<(), SetUpError> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(GROW)
            .arg(&self.directory)
            .arg(entries.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(said) = child.stdout.take() {
            BufReader::new(said).read_line(&mut line)?;
        }
        child.kill()?;
        child.wait()?;
        if line.trim() == GROWN { Ok(()) } else { Err("the process ended before the ledger was grown".into()) }
    }

    /// Appends for ever when this process was started to be killed; else returns at once.
    ///
    /// # Errors
    /// The ledger cannot be opened or does not take a record.
    pub fn grow_if_asked() -> Result<(), SetUpError> {
        let arguments: Vec<String> = std::env::args().collect();
        match arguments.as_slice() {
            [_, grow, directory, entries] if grow == GROW => Self::at(Path::new(directory))?.grow(entries.parse()?),
            _ => Ok(()),
        }
    }

    fn grow(&self, entries: u64) -> Result<(), SetUpError> {
        let ledger = if self.directory.exists() {
            self.open()?.0
        } else {
            let first = Record::new(br#"{"opened":true}"#.to_vec());
            let key = self.key();
            Ledger::create(&self.directory, key.origin(), key, first, LedgerConfig::default())?
        };
        let events = corpus(7, DISTINCT);
        for events in events.chunks(AT_ONCE).cycle() {
            if ledger.size().get() >= entries {
                break;
            }
            append_all(&ledger, events)?;
        }
        writeln!(io::stdout(), "{GROWN}")?;
        for event in events.iter().cycle() {
            ledger.append(Record::new(event.clone()))?;
        }
        Ok(())
    }

    /// Opens it as a process does at its start.
    ///
    /// # Errors
    /// As [`Ledger::open`] says.
    pub fn open(&self) -> Result<(Ledger, Recovery), OpenError> {
        let key = self.key();
        Ledger::open(&self.directory, key.origin(), key, LedgerConfig::default())
    }

    /// Where it lies.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The key that verifies its notes.
    #[must_use]
    pub fn verifier_key(&self) -> VerifierKey {
        self.key().verifier_key().clone()
    }

    /// The files of its segments, in order.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn segments(&self) -> io::Result<Vec<PathBuf>> {
        let files = std::fs::read_dir(&self.directory)?.map(|file| Ok(file?.path()));
        let mut files = files.collect::<io::Result<Vec<_>>>()?;
        files.retain(|file| file.extension().is_some_and(|extension| extension == "segment"));
        files.sort();
        Ok(files)
    }

    fn key(&self) -> LogKey {
        LogKey::from_seed(self.name.clone(), [7; 32])
    }
}
