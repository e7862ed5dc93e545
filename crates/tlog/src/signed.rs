//! Checkpoints whose signatures were verified.

use crate::checkpoint::{Checkpoint, CheckpointTextError};
use crate::hash::Hash;
use crate::key::{Algorithm, VerifierKey};
use crate::name::{KeyName, Origin};
use crate::note::{Note, NoteTextError, Signature};
use crate::position::Size;

/// Why a note cannot be believed. The caller refuses it, and keeps it as evidence where it matters who sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The bytes are no note.
    #[error(transparent)]
    Note(#[from] NoteTextError),
    /// The text of the note is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointTextError),
    /// The checkpoint is of another log than the key.
    #[error("the checkpoint is of the log {found}, not of {expected}")]
    Origin {
        /// The log that the key signs.
        expected: Origin,
        /// The log that the checkpoint names.
        found: Origin,
    },
    /// The key is of the other role.
    #[error("the key {0} is not of the role that is asked for")]
    Role(KeyName),
    /// No line claims to be by the key.
    #[error("the key {0} has not signed")]
    Missing(KeyName),
    /// A line claims to be by the key and is not.
    #[error("the signature of {0} does not verify")]
    Bad(KeyName),
    /// More than one line claims to be by the key.
    #[error("the key {0} has signed more than once")]
    Duplicate(KeyName),
}

/// When a cosignature was made, by the clock of who made it: seconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CosignedAt(u64);

impl CosignedAt {
    /// This second since the Unix epoch.
    #[must_use]
    pub const fn from_unix_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Seconds since the Unix epoch.
    #[must_use]
    pub const fn unix_seconds(self) -> u64 {
        self.0
    }

    /// What is signed (C2SP tlog-cosignature).
    pub(crate) fn message(self, text: &str) -> String {
        format!("cosignature/v1\ntime {}\n{text}", self.0)
    }
}

/// A checkpoint and the note around it, of which the log's own signature was verified (or just made).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

impl SignedCheckpoint {
    pub(crate) const fn trusted(checkpoint: Checkpoint, note: Note) -> Self {
        Self { checkpoint, note }
    }

    /// Reads a note and verifies that `log` signed it, once, and that it is of the log that `log` names. Lines of other
    /// keys are kept and not looked at.
    pub fn open(note: &[u8], log: &VerifierKey) -> Result<Self, NoteError> {
        Self::open_note(Note::parse(note)?, log)
    }

    /// As [`SignedCheckpoint::open`], for a note that was read already.
    pub fn open_note(note: Note, log: &VerifierKey) -> Result<Self, NoteError> {
        let checkpoint: Checkpoint = note.text().parse()?;
        let expected = log.name().origin();
        if *checkpoint.origin() != expected {
            return Err(NoteError::Origin { expected, found: checkpoint.origin().clone() });
        }
        note.signed_by(log)?;
        Ok(Self { checkpoint, note })
    }

    /// The verified claim.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note, with every signature line that came with it.
    #[must_use]
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// The log.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        self.checkpoint.origin()
    }

    /// How many entries it has.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.checkpoint.size()
    }

    /// The root over them.
    #[must_use]
    pub const fn root(&self) -> Hash {
        self.checkpoint.root()
    }

    /// The bytes of the note.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.note.to_bytes()
    }

    /// Verifies the cosignature of `mirror`; see [`Note::cosigned_by`].
    pub fn cosigned_by(&self, mirror: &VerifierKey) -> Result<CosignedAt, NoteError> {
        self.note.cosigned_by(mirror)
    }
}

impl Note {
    /// Verifies the one signature of the log key `key` over the text.
    pub fn signed_by(&self, key: &VerifierKey) -> Result<(), NoteError> {
        let signature = self.only_line(key, Algorithm::Log)?;
        match <&[u8; 64]>::try_from(signature.blob()) {
            Ok(bytes) if key.verifies(self.text().as_bytes(), bytes) => Ok(()),
            _ => Err(NoteError::Bad(key.name().clone())),
        }
    }

    /// Verifies the one cosignature of the mirror key `key` over a time and the text, and returns the time.
    pub fn cosigned_by(&self, key: &VerifierKey) -> Result<CosignedAt, NoteError> {
        let signature = self.only_line(key, Algorithm::Cosignature)?;
        let bad = || NoteError::Bad(key.name().clone());
        let (time, bytes) = signature.blob().split_first_chunk::<8>().ok_or_else(bad)?;
        let at = CosignedAt(u64::from_be_bytes(*time));
        match <&[u8; 64]>::try_from(bytes) {
            Ok(bytes) if key.verifies(at.message(self.text()).as_bytes(), bytes) => Ok(at),
            _ => Err(bad()),
        }
    }

    fn only_line(&self, key: &VerifierKey, role: Algorithm) -> Result<&Signature, NoteError> {
        if key.algorithm() != role {
            return Err(NoteError::Role(key.name().clone()));
        }
        let mut lines = self.signatures().iter().filter(|signature| signature.claims(key));
        match (lines.next(), lines.next()) {
            (Some(line), None) => Ok(line),
            (None, _) => Err(NoteError::Missing(key.name().clone())),
            (Some(_), Some(_)) => Err(NoteError::Duplicate(key.name().clone())),
        }
    }
}
