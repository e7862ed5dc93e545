//! Entries: the exact bytes of one leaf of a log, and what they say.

use std::collections::BTreeMap;

use crate::schema::compiled;
use crate::{
    Canon, CanonError, DecodeError, Event, EventId, EventType, EventTypeInfo, FieldProblem, Source, Timestamp, subject,
};

/// Most bytes of an entry: its length travels as 16 bits in tiles and batches (C2SP tlog-tiles, entry bundles).
pub const MAX_ENTRY_BYTES: usize = 65_535;

/// One event in canonical bytes, read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    bytes: Vec<u8>,
    id: EventId,
    event_type: EventType,
    source: Source,
    subject: Box<str>,
    time: Timestamp,
    recordedtime: Timestamp,
    synthetic: bool,
    data: Canon,
    event: Event,
}

/// The bytes are no sound entry. In a log of ours that is a bug; in a mirrored log it is flagged and never counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// More than [`MAX_ENTRY_BYTES`]. Refuse the form that it came from.
    #[error("{0} bytes, more than an entry may have")]
    TooLarge(usize),
    /// Not canonical JSON.
    #[error("not canonical: {0}")]
    NotCanonical(#[from] CanonError),
    /// An attribute is missing, malformed or does not fit the type.
    #[error("attribute `{0}` is missing or malformed")]
    Attribute(&'static str),
    /// The data breaks the schema of its type.
    #[error("data does not match the schema of its type: {} problems, first: {}", problems.len(), first(problems))]
    Data {
        /// At least one.
        problems: Vec<FieldProblem>,
    },
    /// Schema and payload struct disagree: a bug of this program, not of the entry.
    #[error("data matches its schema and cannot be read: {0}")]
    Unreadable(#[from] DecodeError),
}

fn first(problems: &[FieldProblem]) -> String {
    problems.first().map(ToString::to_string).unwrap_or_default()
}

impl Entry {
    /// Reads an entry. Bytes that are not exactly canonical are refused; data of a type that this program does not know is
    /// kept unjudged, with [`Event::Unknown`].
    pub fn parse(bytes: Vec<u8>) -> Result<Entry, EntryError> {
        if bytes.len() > MAX_ENTRY_BYTES {
            return Err(EntryError::TooLarge(bytes.len()));
        }
        let Canon::Map(mut attributes) = Canon::parse(&bytes)? else {
            return Err(EntryError::Attribute("specversion"));
        };
        if attributes.get("specversion").and_then(Canon::as_str) != Some("1.0") {
            return Err(EntryError::Attribute("specversion"));
        }
        let id = canonical_text::<EventId>(&attributes, "id")?;
        let event_type = canonical_text::<EventType>(&attributes, "type")?;
        let source = canonical_text::<Source>(&attributes, "source")?;
        let time = canonical_text::<Timestamp>(&attributes, "time")?;
        let recordedtime = canonical_text::<Timestamp>(&attributes, "recordedtime")?;
        let synthetic = match attributes.get("synthetic") {
            None => false,
            Some(Canon::Bool(true)) => true,
            Some(_) => return Err(EntryError::Attribute("synthetic")),
        };
        let Some(Canon::Str(subject)) = attributes.remove("subject") else {
            return Err(EntryError::Attribute("subject"));
        };
        let known = EventTypeInfo::of(&event_type);
        let fits =
            known.map_or_else(|| subject::is_well_formed(&subject), |info| info.subject.allows(&subject, &id, &source));
        if !fits {
            return Err(EntryError::Attribute("subject"));
        }
        let Some(data @ Canon::Map(_)) = attributes.remove("data") else {
            return Err(EntryError::Attribute("data"));
        };
        check_extensions(&attributes)?;
        let problems = compiled(&event_type).map_or_else(Vec::new, |compiled| compiled.entry_problems(&data));
        if !problems.is_empty() {
            return Err(EntryError::Data { problems });
        }
        let event = Event::decode(event_type.short(), &data)?;
        let subject = subject.into_boxed_str();
        Ok(Entry { bytes, id, event_type, source, subject, time, recordedtime, synthetic, data, event })
    }

    /// The bytes that are hashed, stored, sent and proved.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Gives the bytes away.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The identity of the event.
    #[must_use]
    pub fn id(&self) -> EventId {
        self.id
    }

    /// What happened, by name.
    #[must_use]
    pub fn event_type(&self) -> &EventType {
        &self.event_type
    }

    /// Who says so.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// What it is about, such as `feedback/<id>`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// When it happened, as claimed.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// When the node recorded it, by the node's clock.
    #[must_use]
    pub fn recordedtime(&self) -> Timestamp {
        self.recordedtime
    }

    /// Generated for a demonstration or a test.
    #[must_use]
    pub fn synthetic(&self) -> bool {
        self.synthetic
    }

    /// The data as it stands in the bytes.
    #[must_use]
    pub fn data(&self) -> &Canon {
        &self.data
    }

    /// The data, decoded.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// The SHA-256 of what is attached to this entry as stored, lower-case hexadecimal, as the entry names it. The tree of hashes
    /// holds entries alone: who reads an attachment compares it with this.
    #[must_use]
    pub fn attachment_sha256(&self) -> Option<&str> {
        match &self.event {
            Event::RulebookAdopted(fact) => Some(&fact.attachment_sha256),
            Event::PeriodClosed(fact) => fact.documents.as_ref().map(|documents| documents.attachment_sha256.as_str()),
            Event::RankingPublished(fact) => Some(&fact.attachment_sha256),
            Event::CheckpointCosigned(fact) => Some(&fact.attachment_sha256),
            Event::UnitTreePublished(fact) => Some(&fact.attachment_sha256),
            // A unit cites a file that lies elsewhere.
            Event::PledgeCatalogPublished(fact) if self.source.unit().is_none() => fact.attachment_sha256.as_deref(),
            _ => None,
        }
    }
}

/// An attribute that must stand in the one spelling of its type.
fn canonical_text<T: std::str::FromStr + std::fmt::Display>(
    attributes: &BTreeMap<String, Canon>,
    name: &'static str,
) -> Result<T, EntryError> {
    let text = attributes.get(name).and_then(Canon::as_str).ok_or(EntryError::Attribute(name))?;
    let value: T = text.parse().map_err(|_| EntryError::Attribute(name))?;
    if value.to_string() == text { Ok(value) } else { Err(EntryError::Attribute(name)) }
}

/// Extension attributes of newer programs are tolerated in the form that CloudEvents 1.0 gives them: short lower-case
/// names, no lists and maps.
fn check_extensions(attributes: &BTreeMap<String, Canon>) -> Result<(), EntryError> {
    let sound = attributes.iter().all(|(name, value)| {
        name.len() <= 20
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            && matches!(value, Canon::Bool(_) | Canon::Int(_) | Canon::Str(_))
    });
    if sound { Ok(()) } else { Err(EntryError::Attribute("an extension")) }
}

/// The parts of an entry that a process of ours writes by itself, without a form.
#[derive(Debug, Clone)]
pub struct OwnEvent<'a> {
    /// The identity of the event.
    pub id: EventId,
    /// What happened, by name.
    pub event_type: &'a EventType,
    /// Who says so.
    pub source: &'a Source,
    /// What it is about.
    pub subject: &'a str,
    /// When it happened.
    pub time: Timestamp,
    /// When it is recorded.
    pub recordedtime: Timestamp,
    /// Generated for a demonstration or a test.
    pub synthetic: bool,
    /// The data; [`Canon::encode`] makes it of a payload struct.
    pub data: Canon,
}

/// Makes the entry of an event that a process writes by itself, such as `node.opened`.
pub fn make_entry(own: OwnEvent<'_>) -> Result<Entry, EntryError> {
    let mut attributes = BTreeMap::from([
        ("data".to_owned(), own.data),
        ("id".to_owned(), Canon::Str(own.id.to_string())),
        ("recordedtime".to_owned(), Canon::Str(own.recordedtime.to_string())),
        ("source".to_owned(), Canon::Str(own.source.to_string())),
        ("specversion".to_owned(), Canon::from("1.0")),
        ("subject".to_owned(), Canon::from(own.subject)),
        ("time".to_owned(), Canon::Str(own.time.to_string())),
        ("type".to_owned(), Canon::Str(own.event_type.to_string())),
    ]);
    if own.synthetic {
        attributes.insert("synthetic".to_owned(), Canon::Bool(true));
    }
    // Reading back what was written is what proves that others can.
    Entry::parse(Canon::Map(attributes).to_bytes())
}
