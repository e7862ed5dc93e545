//! Signed notes (C2SP signed-note v1): a text, an empty line, and signature lines.

use crate::key::{KeyId, VerifierKey};
use crate::name::KeyName;
use crate::spelling;

/// The longest note that is read, in bytes: a checkpoint under 64 signatures has about 16 KiB.
pub const MAX_NOTE_BYTES: usize = 32 * 1024;
/// The most signature lines that are read. C2SP asks for at least 16.
pub const MAX_SIGNATURES: usize = 64;

/// An em dash and a space begin every signature line.
const SIGNATURE_PREFIX: &str = "\u{2014} ";

/// Why bytes are not a note. The caller refuses them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteTextError {
    /// Longer than [`MAX_NOTE_BYTES`].
    #[error("a note must not be longer than {MAX_NOTE_BYTES} bytes")]
    TooLong,
    /// Not UTF-8, or with a control character other than the newline.
    #[error("a note must be UTF-8 without control characters")]
    Characters,
    /// No empty line between the text and the signatures, or no text before it.
    #[error("a note must have a text, an empty line and signatures")]
    Shape,
    /// No signature lines, or more than [`MAX_SIGNATURES`].
    #[error("a note must have between 1 and {MAX_SIGNATURES} signatures")]
    Signatures,
    /// A line after the empty one is no signature.
    #[error("signature line {0} must read: em dash, name, base64")]
    SignatureLine(usize),
}

/// One signature line: the name of a key and the bytes that only that key can judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    name: KeyName,
    id: KeyId,
    blob: Vec<u8>,
}

impl Signature {
    pub(crate) fn by(key: &VerifierKey, blob: Vec<u8>) -> Self {
        Self { name: key.name().clone(), id: key.key_id(), blob }
    }

    /// The name of the key that is said to have signed.
    #[must_use]
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// Which of the keys of that name.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.id
    }

    /// What follows the key id: for Ed25519 the signature, for a cosignature a time and the signature.
    #[must_use]
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// True when the line claims to be by `key`; whether it is, only verifying shows.
    #[must_use]
    pub fn claims(&self, key: &VerifierKey) -> bool {
        self.name == *key.name() && self.id == key.key_id()
    }

    fn parse(line: &str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix(SIGNATURE_PREFIX)?.split_once(' ')?;
        let bytes = spelling::parse_base64(encoded)?;
        let (id, blob) = bytes.split_first_chunk::<{ KeyId::LEN }>()?;
        if blob.is_empty() {
            return None;
        }
        Some(Self { name: KeyName::new(name).ok()?, id: KeyId::new(*id), blob: blob.to_vec() })
    }
}

impl std::fmt::Display for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = [self.id.as_bytes().as_slice(), &self.blob].concat();
        writeln!(f, "{SIGNATURE_PREFIX}{} {}", self.name, spelling::base64(&bytes))
    }
}

/// A text and the signatures below it. That it could be read says nothing about whether they are good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

impl Note {
    pub(crate) const fn trusted(text: String, signatures: Vec<Signature>) -> Self {
        Self { text, signatures }
    }

    /// Reads a note; [`Note::to_bytes`] gives exactly these bytes back.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteTextError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteTextError::TooLong);
        }
        let note = str::from_utf8(bytes).map_err(|_| NoteTextError::Characters)?;
        if note.bytes().any(|byte| byte < b' ' && byte != b'\n') {
            return Err(NoteTextError::Characters);
        }
        let Some((text, lines)) = note.rsplit_once("\n\n") else {
            return Err(NoteTextError::Shape);
        };
        let (false, Some(lines)) = (text.is_empty(), lines.strip_suffix('\n')) else {
            return Err(NoteTextError::Shape);
        };
        if lines.split('\n').count() > MAX_SIGNATURES {
            return Err(NoteTextError::Signatures);
        }
        let mut signatures = Vec::new();
        for (number, line) in lines.split('\n').enumerate() {
            signatures.push(Signature::parse(line).ok_or(NoteTextError::SignatureLine(number + 1))?);
        }
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// The bytes of the note.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }

    /// The signed text, ending in a newline.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines, in their order.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The same note with one more signature, in place of those that claim to be by the same key.
    pub(crate) fn with(&self, signature: Signature) -> Self {
        let mut note = self.clone();
        note.signatures.retain(|old| (&old.name, old.id) != (&signature.name, signature.id));
        note.signatures.push(signature);
        note
    }
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| signature.fmt(f))
    }
}
