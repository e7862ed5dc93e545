//! The forms of one unit as they come into being, in any order of time.

use danvan_event::{EventId, Timestamp, UnitId};
use serde_json::{Value, json};

use crate::calendar::Year;
use crate::dice::Dice;

/// What one unit records in its year.
pub(crate) struct Diary {
    pub(crate) unit: UnitId,
    pub(crate) year: Year,
    pub(crate) dice: Dice,
    drafts: Vec<Draft>,
}

/// A form, when what it says happened, and when it is written down.
pub(crate) struct Draft {
    pub(crate) at_ms: i64,
    pub(crate) recorded_ms: i64,
    pub(crate) form: Value,
}

/// What a form says, apart from when.
pub(crate) struct Note<'text> {
    /// The type without `vn.danvan.`.
    pub(crate) event_type: &'text str,
    /// The subject, where the type does not imply it.
    pub(crate) subject: Option<&'text str>,
    pub(crate) data: Value,
}

impl Diary {
    pub(crate) fn new(unit: UnitId, year: Year, seed: u64) -> Diary {
        let dice = Dice::new(seed, unit.as_str());
        Diary { unit, year, dice, drafts: Vec::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.drafts.len()
    }

    /// Notes an event whose subject its type implies. What falls outside the year has not happened and is left out.
    pub(crate) fn note(&mut self, at_ms: i64, event_type: &str, data: Value) -> Option<EventId> {
        self.put(at_ms, &Note { event_type, subject: None, data })
    }

    /// Notes an event; see [`Diary::note`].
    pub(crate) fn put(&mut self, at_ms: i64, note: &Note<'_>) -> Option<EventId> {
        let id = self.fresh_id(at_ms)?;
        self.put_as(at_ms, id, note);
        Some(id)
    }

    /// An id for an event at the given moment; absent outside the year.
    pub(crate) fn fresh_id(&mut self, at_ms: i64) -> Option<EventId> {
        if !(self.year.midnight_ms(0)..self.year.end_ms()).contains(&at_ms) {
            return None;
        }
        let random = self.dice.ten_bytes();
        Some(EventId::from_parts(u64::try_from(at_ms).ok()?, random))
    }

    /// Notes an event under an id that was drawn before, because something in the data rests on it.
    pub(crate) fn put_as(&mut self, at_ms: i64, id: EventId, note: &Note<'_>) {
        let Ok(time) = Timestamp::from_millis(at_ms) else { return };
        let mut form = json!({
            "specversion": "1.0",
            "id": id.to_string(),
            "source": format!("/u/{}", self.unit),
            "type": format!("vn.danvan.{}", note.event_type),
            "time": time.to_string(),
            "synthetic": true,
            "data": note.data,
        });
        if let Some(subject) = note.subject {
            form["subject"] = json!(subject);
        }
        self.drafts.push(Draft { at_ms, recorded_ms: at_ms, form });
    }

    pub(crate) fn drafts(&self) -> &[Draft] {
        &self.drafts
    }

    pub(crate) fn drafts_mut(&mut self) -> impl Iterator<Item = &mut Draft> {
        self.drafts.iter_mut()
    }

    pub(crate) fn keep(&mut self, wanted: impl FnMut(&Draft) -> bool) {
        self.drafts.retain(wanted);
    }

    /// Brings the drafts into the order of their recording. A step always comes after what it rests on, because it is later
    /// or was noted later at the same time; so every beginning of the list stands by itself.
    pub(crate) fn sort(&mut self) {
        self.drafts.sort_by_key(|draft| draft.recorded_ms);
    }

    /// Forgets all but the first `count` drafts in the order of their recording.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.sort();
        self.drafts.truncate(count);
    }

    /// The forms in the order of their recording, each with the moment of it.
    pub(crate) fn into_recordings(mut self) -> impl Iterator<Item = (Value, Timestamp)> {
        self.sort();
        self.drafts
            .into_iter()
            .filter_map(|draft| Timestamp::from_millis(draft.recorded_ms).ok().map(|recorded| (draft.form, recorded)))
    }
}
