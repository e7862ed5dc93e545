//! The file in which an auditor says whom to believe (C2SP tlog-policy).

use crate::checkpoint::Checkpoint;
use crate::key::{Algorithm, KeyTextError, VerifierKey};
use crate::name::{KeyName, Origin};
use crate::note::Note;
use crate::quorum::{Group, Quorum, QuorumError, Threshold};
use crate::signed::{CosignedAt, NoteError, SignedCheckpoint};
use crate::spelling;
use std::collections::{BTreeMap, BTreeSet};

/// Why a policy file is refused, with the number of the line that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("policy line {line}: {reason}")]
pub struct PolicyTextError {
    /// 1-based; the number after the last line when a line is missing.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// Why a note is not believed under a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The checkpoint is of a log that the policy does not list. The auditor adds a line or leaves the log alone.
    #[error("the policy does not list the log {0}")]
    UnknownLog(Origin),
    /// The note is malformed, or a signature of a known key is missing or bad.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Too few witnesses cosigned.
    #[error("too few witnesses have cosigned the checkpoint of {origin} at size {size}")]
    Quorum {
        /// The log.
        origin: Origin,
        /// The size of its checkpoint.
        size: crate::position::Size,
    },
}

/// A checkpoint with all signatures of known keys verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The checkpoint, signed by its log.
    pub signed: SignedCheckpoint,
    /// The witnesses of the policy that cosigned it, and when.
    pub cosigned: BTreeMap<KeyName, CosignedAt>,
    /// Whether they are enough.
    pub quorum: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Log {
    key: VerifierKey,
    url: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Witness {
    name: String,
    key: VerifierKey,
    url: Option<String>,
}

/// Known logs, known witnesses, and how many of these must have cosigned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    logs: BTreeMap<Origin, Log>,
    witnesses: Vec<Witness>,
    quorum: Quorum,
}

impl Policy {
    /// The policy that trusts these logs where every one of `mirrors` has cosigned. Fails with the reason when a key is
    /// of the wrong role or listed twice.
    pub fn mirrored(
        logs: impl IntoIterator<Item = VerifierKey>,
        mirrors: impl IntoIterator<Item = VerifierKey>,
    ) -> Result<Self, PolicyTextError> {
        let mut policy = Self::default();
        let wrong = |reason: String| PolicyTextError { line: 0, reason };
        for key in logs {
            policy.add_log(key, None).map_err(wrong)?;
        }
        for key in mirrors {
            policy.add_witness(key.name().to_string(), key, None).map_err(wrong)?;
        }
        let mut names: Vec<String> = policy.witnesses.iter().map(|witness| witness.name.clone()).collect();
        let required = if names.len() > 1 {
            let group = Group { name: "mirrors".to_owned(), threshold: Threshold::All, members: names };
            policy.add_group(group).map_err(|error| wrong(error.to_string()))?;
            Some("mirrors".to_owned())
        } else {
            names.pop()
        };
        policy.quorum.require(required);
        Ok(policy)
    }

    /// Reads a policy file.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyTextError> {
        let mut policy = Self::default();
        let mut quorum_seen = false;
        let mut lines = 0;
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            lines += 1;
            let wrong = |reason: String| PolicyTextError { line: lines, reason };
            let line = line.strip_suffix(b"\n").ok_or_else(|| wrong("must end with a newline".to_owned()))?;
            let line = str::from_utf8(line).map_err(|_| wrong("must be UTF-8".to_owned()))?;
            if line.bytes().any(|byte| (byte < b' ' && byte != b'\t') || byte == 0x7f) {
                return Err(wrong("must not contain control characters".to_owned()));
            }
            let items: Vec<&str> = line.split([' ', '\t']).filter(|item| !item.is_empty()).collect();
            policy.read_line(&items, &mut quorum_seen).map_err(wrong)?;
        }
        if quorum_seen {
            Ok(policy)
        } else {
            Err(PolicyTextError { line: lines + 1, reason: "the quorum line is missing".to_owned() })
        }
    }

    /// The key of a log; `None` when the policy does not list it.
    #[must_use]
    pub fn log_key(&self, origin: &Origin) -> Option<&VerifierKey> {
        self.logs.get(origin).map(|log| &log.key)
    }

    /// Every known log and its key, by origin.
    pub fn logs(&self) -> impl Iterator<Item = (&Origin, &VerifierKey)> {
        self.logs.iter().map(|(origin, log)| (origin, &log.key))
    }

    /// The keys of the known witnesses, in the order of the file.
    pub fn witnesses(&self) -> impl Iterator<Item = &VerifierKey> {
        self.witnesses.iter().map(|witness| &witness.key)
    }

    /// Verifies every signature of a known key on a checkpoint, without asking for a quorum: for a log's own latest
    /// checkpoint, which no witness may have seen yet.
    pub fn open(&self, note: &[u8]) -> Result<Checked, PolicyError> {
        let note = Note::parse(note).map_err(NoteError::from)?;
        let checkpoint: Checkpoint = note.text().parse().map_err(NoteError::from)?;
        let Some(key) = self.log_key(checkpoint.origin()) else {
            return Err(PolicyError::UnknownLog(checkpoint.origin().clone()));
        };
        let signed = SignedCheckpoint::open_note(note, key)?;
        let mut cosigned = BTreeMap::new();
        let mut names = BTreeSet::new();
        for witness in &self.witnesses {
            match signed.cosigned_by(&witness.key) {
                Ok(at) => {
                    cosigned.insert(witness.key.name().clone(), at);
                    names.insert(witness.name.as_str());
                }
                Err(NoteError::Missing(_)) => {}
                Err(bad) => return Err(bad.into()),
            }
        }
        let quorum = self.quorum.met(&names);
        Ok(Checked { signed, cosigned, quorum })
    }

    /// As [`Policy::open`], and enough witnesses must have cosigned.
    pub fn check(&self, note: &[u8]) -> Result<Checked, PolicyError> {
        let checked = self.open(note)?;
        if checked.quorum {
            return Ok(checked);
        }
        Err(PolicyError::Quorum { origin: checked.signed.origin().clone(), size: checked.signed.size() })
    }

    fn read_line(&mut self, items: &[&str], quorum_seen: &mut bool) -> Result<(), String> {
        match *items {
            [] => Ok(()),
            [comment, ..] if comment.starts_with('#') => Ok(()),
            ["log", key] => self.add_log(read_key(key)?, None),
            ["log", key, url] => self.add_log(read_key(key)?, Some(url.to_owned())),
            ["witness", name, key] => self.add_witness(name.to_owned(), read_key(key)?, None),
            ["witness", name, key, url] => self.add_witness(name.to_owned(), read_key(key)?, Some(url.to_owned())),
            ["group", name, threshold, ref members @ ..] => {
                let threshold = read_threshold(threshold).ok_or_else(|| QuorumError::Threshold.to_string())?;
                let members = members.iter().map(|&member| member.to_owned()).collect();
                let group = Group { name: name.to_owned(), threshold, members };
                self.add_group(group).map_err(|error| error.to_string())
            }
            ["quorum", name] => {
                if std::mem::replace(quorum_seen, true) {
                    return Err("there must be only one quorum line".to_owned());
                }
                if name != "none" && !self.has_witness(name) && !self.quorum.has_group(name) {
                    return Err("the quorum must be none, or a witness or group defined above".to_owned());
                }
                self.quorum.require((name != "none").then(|| name.to_owned()));
                Ok(())
            }
            [word, ..] => {
                Err(format!("`{word}` must be log, witness, group or quorum, with the right number of items"))
            }
        }
    }

    fn add_log(&mut self, key: VerifierKey, url: Option<String>) -> Result<(), String> {
        if key.algorithm() != Algorithm::Log {
            return Err("the key of a log must be of algorithm 0x01".to_owned());
        }
        if self.logs.values().any(|log| log.key.public_bytes() == key.public_bytes()) {
            return Err("the key of another log is repeated".to_owned());
        }
        let origin = key.name().origin();
        match self.logs.insert(origin, Log { key, url }) {
            None => Ok(()),
            Some(_) => Err("the log is listed already with another key".to_owned()),
        }
    }

    fn add_witness(&mut self, name: String, key: VerifierKey, url: Option<String>) -> Result<(), String> {
        if key.algorithm() != Algorithm::Cosignature {
            return Err("the key of a witness must be of algorithm 0x04".to_owned());
        }
        if self.witnesses.iter().any(|witness| witness.key.public_bytes() == key.public_bytes()) {
            return Err("the key of another witness is repeated".to_owned());
        }
        if name == "none" || self.has_witness(&name) || self.quorum.has_group(&name) {
            return Err(QuorumError::Name.to_string());
        }
        self.witnesses.push(Witness { name, key, url });
        Ok(())
    }

    fn add_group(&mut self, group: Group) -> Result<(), QuorumError> {
        let witnesses = &self.witnesses;
        self.quorum.add(group, |name| witnesses.iter().any(|witness| witness.name == name))
    }

    fn has_witness(&self, name: &str) -> bool {
        self.witnesses.iter().any(|witness| witness.name == name)
    }
}

fn read_key(text: &str) -> Result<VerifierKey, String> {
    text.parse().map_err(|error: KeyTextError| error.to_string())
}

fn read_threshold(text: &str) -> Option<Threshold> {
    match text {
        "all" => Some(Threshold::All),
        "any" => Some(Threshold::Any),
        k => u16::try_from(spelling::parse_decimal(k)?).ok().map(Threshold::AtLeast),
    }
}

impl std::fmt::Display for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let url = |url: &Option<String>| url.as_ref().map(|url| format!(" {url}")).unwrap_or_default();
        for log in self.logs.values() {
            writeln!(f, "log {}{}", log.key, url(&log.url))?;
        }
        for witness in &self.witnesses {
            writeln!(f, "witness {} {}{}", witness.name, witness.key, url(&witness.url))?;
        }
        for group in self.quorum.groups() {
            writeln!(f, "group {} {} {}", group.name, group.threshold, group.members.join(" "))?;
        }
        writeln!(f, "quorum {}", self.quorum.required().unwrap_or("none"))
    }
}
