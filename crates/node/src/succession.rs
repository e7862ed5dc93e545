//! An operator gives a log up that is past repair: it ends, and the node goes on with the next incarnation of its log.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use danvan_daemon::{Environment, SecretFileError, SettingsError, SystemClock};
use danvan_event::{Entry, PreviousLog};
use danvan_ledger::{
    Record, RepairOptions, RepairSources, SucceedError, Succession, Successor, ended, succeed as succeed_ledger,
};
use danvan_tlog::{IndexRange, KeyTextError, LogKey, NameError, Origin, VerifierKey};

use crate::init::{InitError, first_record, gap_record, make_key};
use crate::prepared::{key_file, origin_in};
use crate::settings::NodeSettings;

/// The log that a node's directory goes on with.
#[derive(Clone, Debug)]
pub struct CurrentLog {
    /// What verifies it.
    pub vkey: VerifierKey,
    /// Its ledger.
    pub ledger: PathBuf,
    /// How it would go on if it were given up.
    pub next: Origin,
    settings: NodeSettings,
    incarnation: u64,
}

/// Why a log was not given up. See [`SucceedError`] for what happened to the ledger.
#[derive(Debug, thiserror::Error)]
pub enum SuccessionError {
    /// `node.toml` or the environment.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The settings name no log, or the next incarnation would have too long a name.
    #[error("the next log has no name: {0}")]
    Name(#[from] NameError),
    /// The settings name no log.
    #[error("unit and deployment of node.toml make no log")]
    NoLog,
    /// The directories beside the ledger cannot be put right.
    #[error("the ledger's directories: {0}")]
    Io(#[from] std::io::Error),
    /// The key of the current log cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretFileError),
    /// A key is no key.
    #[error("{}: {error}", .file.display())]
    Key {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        error: KeyTextError,
    },
    /// The key of the next log could not be made.
    #[error(transparent)]
    Make(#[from] InitError),
    /// The ledger was not given up.
    #[error(transparent)]
    Ledger(#[from] SucceedError),
}

/// The log that the node of `dir` goes on with. What an earlier succession left in between is finished.
pub fn current_log(dir: &Path) -> Result<CurrentLog, SuccessionError> {
    let settings = NodeSettings::load(dir, &Environment::of_process())?;
    let ledger = dir.join("ledger");
    let incarnation = ended(&ledger)?.len() as u64 + 1;
    let origin = origin_in(&settings, incarnation)?.ok_or(SuccessionError::NoLog)?;
    let file = key_file(dir, incarnation);
    let key = LogKey::from_secret_text(danvan_daemon::read_secret(&file)?.trim());
    let vkey = key.map_err(|error| SuccessionError::Key { file, error })?.verifier_key().clone();
    Ok(CurrentLog { vkey, ledger, next: origin.next_incarnation()?, settings, incarnation })
}

/// Ends the `current` log of `dir`, and goes on with the next one, which holds everything acknowledged that the old one cannot keep
/// and that can still be read. What is lost of the old one stands behind that, as `node.gap_detected`. Also says what verifies it: an
/// operator of each aggregator enrols that.
///
/// A key that an interrupted attempt made is taken up, so that it can be repeated.
pub fn succeed(
    dir: &Path,
    current: &CurrentLog,
    sources: RepairSources<'_>,
    options: RepairOptions,
) -> Result<(Succession, VerifierKey), SuccessionError> {
    let key = make_key(&key_file(dir, current.incarnation + 1), &current.next)?;
    let vkey = key.verifier_key().clone();
    let mut first = |succession: &Succession| {
        let Succession { origin, size, root, .. } = succession;
        let previous = PreviousLog { origin: origin.to_string(), size: size.get(), root: root.to_string() };
        Ok(first_record(&current.settings, (&current.next, &vkey), Some(previous), &SystemClock)?)
    };
    let ended = current.vkey.name().origin();
    let in_front = Cell::new(None);
    let mut carry = |_, record: Record| {
        let recorded = Entry::parse(record.entry.clone()).ok().map(|entry| entry.recordedtime());
        in_front.set(recorded.max(in_front.get()));
        Some(record)
    };
    let mut lost = |ranges: &[IndexRange]| {
        let tell = |range: &IndexRange| gap_record(&current.settings, (&ended, *range), in_front.get(), &SystemClock);
        Ok(ranges.iter().map(tell).collect::<Result<_, _>>()?)
    };
    let successor = Successor { key, first: &mut first, lost: &mut lost, carry: &mut carry };
    let succession = succeed_ledger((&current.ledger, &current.vkey), sources, options, successor)?;
    Ok((succession, vkey))
}

#[cfg(test)]
mod tests;
