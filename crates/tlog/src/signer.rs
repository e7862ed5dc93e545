//! Signing keys: one type per role, so that a log key cannot cosign and a mirror key cannot sign a log.

use crate::checkpoint::Checkpoint;
use crate::hash::Hash;
use crate::key::{Algorithm, KeyTextError, VerifierKey, encode, parse_parts};
use crate::name::{KeyName, Origin};
use crate::note::{Note, Signature};
use crate::position::Size;
use crate::signed::{CosignedAt, SignedCheckpoint};
use crate::spelling;
use ed25519_dalek::{Signer as _, SigningKey};

/// The first part of a signing key's text.
const SECRET_PREFIX: &str = "PRIVATE+KEY+";

/// The key of one log. Its name is the log's origin.
pub struct LogKey(Secret);

impl LogKey {
    /// The key of the log `name.origin()`, made of 32 random bytes that the caller drew.
    #[must_use]
    pub fn from_seed(name: KeyName, seed: [u8; 32]) -> Self {
        Self(Secret::new(name, Algorithm::Log, &seed))
    }

    /// Reads what [`LogKey::to_secret_text`] wrote.
    pub fn from_secret_text(text: &str) -> Result<Self, KeyTextError> {
        Secret::parse(text, Algorithm::Log).map(Self)
    }

    /// `PRIVATE+KEY+name+id+base64` in one line; the caller keeps it where only its owner can read it.
    #[must_use]
    pub fn to_secret_text(&self) -> String {
        self.0.to_text()
    }

    /// The public half.
    #[must_use]
    pub const fn verifier_key(&self) -> &VerifierKey {
        &self.0.public
    }

    /// The log that this key signs.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.0.public.name().origin()
    }

    /// Signs that this log has `size` entries under `root`. The caller has made both durable, and has never signed
    /// another root of the same size.
    #[must_use]
    pub fn sign(&self, size: Size, root: Hash) -> SignedCheckpoint {
        let checkpoint = Checkpoint::new(self.origin(), size, root);
        let text = checkpoint.to_string();
        let blob = self.0.key.sign(text.as_bytes()).to_bytes().to_vec();
        let signature = Signature::by(&self.0.public, blob);
        SignedCheckpoint::trusted(checkpoint, Note::trusted(text, vec![signature]))
    }
}

/// The key by which an aggregator says "I hold every entry up to this size". It says nothing else.
pub struct MirrorKey(Secret);

impl MirrorKey {
    /// The key `name`, made of 32 random bytes that the caller drew.
    #[must_use]
    pub fn from_seed(name: KeyName, seed: [u8; 32]) -> Self {
        Self(Secret::new(name, Algorithm::Cosignature, &seed))
    }

    /// Reads what [`MirrorKey::to_secret_text`] wrote.
    pub fn from_secret_text(text: &str) -> Result<Self, KeyTextError> {
        Secret::parse(text, Algorithm::Cosignature).map(Self)
    }

    /// `PRIVATE+KEY+name+id+base64` in one line; the caller keeps it where only its owner can read it.
    #[must_use]
    pub fn to_secret_text(&self) -> String {
        self.0.to_text()
    }

    /// The public half.
    #[must_use]
    pub const fn verifier_key(&self) -> &VerifierKey {
        &self.0.public
    }

    /// Adds this key's cosignature, in place of an earlier one by the same key (C2SP tlog-cosignature). The caller has
    /// made every entry below the checkpoint's size durable.
    #[must_use]
    pub fn cosign(&self, signed: &SignedCheckpoint, at: CosignedAt) -> SignedCheckpoint {
        let message = at.message(signed.note().text());
        let mut blob = at.unix_seconds().to_be_bytes().to_vec();
        blob.extend_from_slice(&self.0.key.sign(message.as_bytes()).to_bytes());
        let note = signed.note().with(Signature::by(&self.0.public, blob));
        SignedCheckpoint::trusted(signed.checkpoint().clone(), note)
    }
}

struct Secret {
    public: VerifierKey,
    key: SigningKey,
}

impl Secret {
    fn new(name: KeyName, algorithm: Algorithm, seed: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(seed);
        Self { public: VerifierKey::of(name, algorithm, key.verifying_key()), key }
    }

    fn to_text(&self) -> String {
        let encoded = spelling::base64(&encode(self.public.algorithm(), self.key.as_bytes()));
        format!("{SECRET_PREFIX}{}+{}+{encoded}", self.public.name(), self.public.key_id())
    }

    fn parse(text: &str, expected: Algorithm) -> Result<Self, KeyTextError> {
        let text = text.strip_prefix(SECRET_PREFIX).ok_or(KeyTextError::Shape)?;
        let (name, id, algorithm, seed) = parse_parts(text)?;
        if algorithm != expected {
            return Err(KeyTextError::Algorithm(name, algorithm.byte()));
        }
        let secret = Self::new(name, algorithm, &seed);
        if secret.public.key_id() == id { Ok(secret) } else { Err(KeyTextError::Id(secret.public.name().clone())) }
    }
}

impl std::fmt::Debug for LogKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LogKey({}, secret)", self.0.public)
    }
}

impl std::fmt::Debug for MirrorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MirrorKey({}, secret)", self.0.public)
    }
}
