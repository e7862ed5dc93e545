//! What an audit found, with the evidence for it.

use danvan_tlog::{Hash, Index, KeyName, Origin, Size};
use serde::Serialize;

/// One fault and where it lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "Document")]
pub struct Finding {
    /// The log that is at fault; `None` when not even that can be told.
    pub origin: Option<Origin>,
    /// The entry at fault, where it is one.
    pub index: Option<Index>,
    /// What is wrong.
    pub fault: Fault,
}

/// The parts of a publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The document that lists the logs and sizes that counted.
    Inputs,
    /// The ranking document.
    Ranking,
}

/// Everything that can be wrong. The code of each, its name in snake case, is stable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Fault {
    /// A directory or file that should hold a log cannot be read at all.
    Unreadable {
        /// The path.
        place: String,
        /// Why.
        reason: String,
    },
    /// Bytes on the disk are not what was written.
    Damaged {
        /// Where and how, in the words of the journal.
        reason: String,
    },
    /// A file that keeps a checkpoint or a receipt is damaged.
    DamagedNote {
        /// The file.
        place: String,
    },
    /// The policy does not list the log, so that nothing it signed can be believed.
    UnknownLog,
    /// A checkpoint or receipt is malformed or carries a bad signature.
    BadNote {
        /// Which note.
        place: String,
        /// Why it is not believed.
        reason: String,
    },
    /// A log of which nothing is signed.
    NoCheckpoint,
    /// Too few of the policy's witnesses cosigned the checkpoint.
    NoQuorum {
        /// Its size.
        size: Size,
    },
    /// The log has fewer entries than were signed, receipted or mirrored: entries are lost.
    Shorter {
        /// What is left.
        size: Size,
        /// What there was.
        claimed: Size,
        /// The checkpoint, receipt or mirror that says so.
        by: String,
    },
    /// More of a log is held than it had when it ended, as the log says that goes on: those entries were acknowledged. What went on
    /// of them counts there too, once.
    BeyondEnd {
        /// How many are held.
        size: Size,
        /// How many it had when it ended.
        end: Size,
        /// The log that goes on.
        successor: Origin,
    },
    /// The entries do not have the root that was signed for them.
    RootDiffers {
        /// The size at which they were compared.
        size: Size,
        /// The root of the entries.
        computed: Hash,
        /// The root that was signed.
        signed: Hash,
        /// The checkpoint, receipt or mirror that says so.
        by: String,
    },
    /// The first entry does not open this log.
    BadOpening {
        /// What is wrong with it.
        reason: String,
    },
    /// An entry of an aggregator's log is not a sound entry.
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// Two entries of one log have the same id.
    DuplicateId {
        /// The id.
        id: String,
        /// The earlier entry.
        first: Index,
    },
    /// A key is another one than the policy's.
    KeyDiffers {
        /// The log whose key it is.
        log: Origin,
        /// The key in the policy.
        expected: String,
        /// The key that was found.
        found: String,
    },
    /// A checkpoint of a log was cosigned that was not enrolled before.
    NotEnrolled {
        /// That log.
        log: Origin,
    },
    /// A mirrored log has a gap or an overlap.
    Discontinuous {
        /// That log.
        log: Origin,
        /// The size that was mirrored before.
        expected: Size,
        /// Where the next batch starts.
        found: Size,
    },
    /// A batch is not what the aggregator's entry says, or does not verify.
    BatchDiffers {
        /// The log it is of.
        log: Origin,
        /// What is wrong with it.
        reason: String,
    },
    /// An entry names an attachment that is not there.
    AttachmentMissing {
        /// The digest that the entry names.
        sha256: String,
    },
    /// An attachment is not the one that its entry names.
    AttachmentDiffers {
        /// The digest that the entry names.
        expected: String,
        /// The digest of what is stored.
        found: String,
    },
    /// An attachment cannot be read.
    AttachmentMalformed {
        /// What is wrong with it.
        reason: String,
    },
    /// An attachment that its entry does not name, and that nothing vouches for.
    AttachmentUnclaimed,
    /// A unit's log and its mirror hold different entries at one index: history was rewritten.
    Forked {
        /// The leaf hash of the entry in the unit's own log.
        own: Hash,
        /// The leaf hash of the entry in the mirror.
        mirrored: Hash,
    },
    /// The unit's log signed two histories: the mirror has one root of a size, another batch of it has another.
    TwoRoots {
        /// The size.
        size: Size,
        /// The root in the mirror.
        mirrored: Hash,
        /// The root that the log signed as well.
        other: Hash,
    },
    /// An entry does not count, and the aggregator published without having said so.
    FlagMissing {
        /// The code of the rule that the entry breaks.
        reason: String,
        /// The aggregator's log.
        by: Origin,
    },
    /// The aggregator says of an entry that it does not count, and the rules do not say so, or give another reason.
    FlagFalse {
        /// The log of the entry.
        log: Origin,
        /// The entry.
        entry: Index,
        /// The reason that the aggregator gives.
        stated: String,
        /// The reason by the rules; absent when the entry counts or is not mirrored.
        #[serde(skip_serializing_if = "Option::is_none")]
        computed: Option<String>,
    },
    /// A receipt that the aggregator's log does not know.
    ReceiptUnrecorded {
        /// The size that was receipted.
        size: Size,
        /// The key that cosigned.
        by: KeyName,
    },
    /// A part of a publication is not the one that was announced.
    PublicationDiffers {
        /// Which part.
        part: Part,
        /// The digest that was announced.
        expected: String,
        /// The digest of what is attached.
        found: String,
    },
    /// A publication rests on a rulebook that was not adopted before it.
    RulebookUnknown {
        /// The digest of the rulebook.
        sha256: String,
    },
    /// A publication rests on entries that come after it.
    CutBeyond {
        /// The cut.
        cut: Size,
    },
    /// An entry of an aggregator's log breaks a rule: it does not count, whatever the aggregator makes of it.
    AgainstRules {
        /// The code of the rule.
        reason: String,
    },
    /// A file that the size of the log asks for is not there.
    FileMissing {
        /// Its path below the directory of the log.
        path: String,
    },
    /// A file does not hold what the entries lead to.
    FileDiffers {
        /// Its path.
        path: String,
    },
    /// A file that nothing asks for.
    FileUnexpected {
        /// Its path.
        path: String,
    },
}

impl Finding {
    pub(crate) const fn of_log(origin: Origin, fault: Fault) -> Self {
        Self { origin: Some(origin), index: None, fault }
    }

    pub(crate) const fn at(origin: Origin, index: Index, fault: Fault) -> Self {
        Self { origin: Some(origin), index: Some(index), fault }
    }

    /// The stable code of the fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.fault.code()
    }

    /// The fault in Vietnamese.
    #[must_use]
    pub fn vi(&self) -> String {
        self.fault.vi()
    }

    /// The fault in English.
    #[must_use]
    pub fn en(&self) -> String {
        self.fault.en()
    }
}

/// The JSON of a finding: `{"code", "origin"?, "index"?, …evidence, "vi", "en"}`.
#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    fault: Fault,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<Origin>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<Index>,
    vi: String,
    en: String,
}

impl From<Finding> for Document {
    fn from(finding: Finding) -> Self {
        let (vi, en) = (finding.vi(), finding.en());
        Self { fault: finding.fault, origin: finding.origin, index: finding.index, vi, en }
    }
}
