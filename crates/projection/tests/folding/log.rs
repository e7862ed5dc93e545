//! Logs in memory, sound or broken on purpose.

use danvan_event::{Canon, Entry, EventId, OwnEvent, Source, Timestamp, make_entry};
use danvan_projection::{Applied, Evidence, ReadModel};
use serde_json::Value;

pub(crate) const UNIT: &str = "/u/gso2024-15100";

/// A log with the read model of its entries so far.
pub(crate) struct Log {
    pub(crate) source: Source,
    pub(crate) model: ReadModel,
    pub(crate) next: u64,
    last: Timestamp,
}

/// What is said, and how it may deviate from the ordinary.
pub(crate) struct Saying<'text> {
    pub(crate) time: &'text str,
    pub(crate) recorded: Option<&'text str>,
    pub(crate) id: Option<EventId>,
    pub(crate) source: Option<&'text str>,
    pub(crate) subject: Option<&'text str>,
    /// Without `vn.danvan.`; the first version where it says none.
    pub(crate) event_type: &'text str,
    pub(crate) data: Value,
}

impl<'text> Saying<'text> {
    pub(crate) fn new(time: &'text str, event_type: &'text str, data: Value) -> Saying<'text> {
        Saying { time, recorded: None, id: None, source: None, subject: None, event_type, data }
    }

    pub(crate) fn about(mut self, subject: &'text str) -> Saying<'text> {
        self.subject = Some(subject);
        self
    }
}

impl Log {
    pub(crate) fn new(source: &str) -> Log {
        let last = "2000-01-01T00:00:00.000Z".parse().unwrap();
        Log { source: source.parse().unwrap(), model: ReadModel::default(), next: 0, last }
    }

    /// The next entry and its id, unfolded. Recorded when it happened, or when the entry before it was.
    pub(crate) fn entry(&mut self, saying: &Saying<'_>) -> (Entry, EventId) {
        let time = moment(saying.time);
        let recordedtime = saying.recorded.map_or_else(|| time.max(self.last), moment);
        self.last = recordedtime;
        let mut random = [0; 10];
        random[2..].copy_from_slice(&self.next.to_be_bytes());
        let id = saying.id.unwrap_or_else(|| EventId::from_parts(u64::try_from(time.as_millis()).unwrap(), random));
        let source = saying.source.map_or_else(|| self.source.clone(), |source| source.parse().unwrap());
        let implied = match (saying.event_type.split('.').next(), &source) {
            (Some(family @ ("survey" | "feedback")), _) => format!("{family}/{id}"),
            (_, Source::Unit(unit)) => format!("unit/{unit}"),
            (_, Source::Aggregator(name)) => format!("aggregator/{name}"),
        };
        let last = saying.event_type.rsplit('.').next().and_then(|last| last.strip_prefix('v'));
        let version = if last.is_some_and(|last| last.parse::<u8>().is_ok()) { "" } else { ".v1" };
        let own = OwnEvent {
            id,
            event_type: &format!("vn.danvan.{}{version}", saying.event_type).parse().unwrap(),
            source: &source,
            subject: saying.subject.unwrap_or(&implied),
            time,
            recordedtime,
            synthetic: true,
            data: Canon::try_from(&saying.data).unwrap(),
        };
        (make_entry(own).unwrap(), id)
    }

    /// Appends and folds an entry; returns what became of it, and its id.
    pub(crate) fn say(&mut self, saying: &Saying<'_>) -> (Applied, EventId) {
        let (entry, id) = self.entry(saying);
        (self.append(entry.bytes()), id)
    }

    /// Appends and folds bytes.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Applied {
        let applied = self.model.apply(&self.source, Evidence::new(self.next), bytes);
        self.next += 1;
        applied
    }

    /// Says something that must count.
    pub(crate) fn given(&mut self, saying: &Saying<'_>) -> EventId {
        let (applied, id) = self.say(saying);
        assert_eq!(applied, Applied::Counted, "{}", saying.event_type);
        id
    }
}

fn moment(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}
