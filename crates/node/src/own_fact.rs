//! What the node writes into the log by itself, without a form.

use danvan_event::{Canon, Entry, EntryError, EventId, EventType, OwnEvent, Timestamp, make_entry};
use danvan_ledger::{AppendError, Place};
use serde::Serialize;
use tokio::sync::oneshot;

use crate::intake::{Intake, Recorded};
use crate::intake_keys::Claimed;
use crate::refusal::Refusal;

/// A fact that the node states itself.
pub(crate) struct OwnFact<'f, Fact> {
    /// The full name of its type.
    pub(crate) event_type: &'static str,
    pub(crate) fact: &'f Fact,
    /// Whether the node is one of a demonstration.
    pub(crate) synthetic: bool,
}

impl Intake {
    /// Records a fact and waits until it is durable. The keys have caught up; whether the gate is open is the caller's question.
    pub(crate) async fn record_own(&self, own: OwnFact<'_, impl Serialize>) -> Result<Recorded, Refusal> {
        let id = self.mint()?;
        let Claimed::Turn(turn) = self.claim(id).await? else { return Err(Refusal::OtherContent(id)) };
        self.reread_if_ahead().await?;
        let event_type: EventType = own.event_type.parse().map_err(|error| self.failing(error))?;
        let (sender, fate) = oneshot::channel();
        let done = self.done(event_type.clone(), turn.clone(), sender);
        let made = self.recorder.record_own(|now| self.own_entry(id, &event_type, &own, now), done);
        drop(turn);
        made.map_err(|error| self.record_refusal(error))?;
        match fate.await {
            Ok(Ok(index)) => {
                let place = Place { incarnation: self.history.incarnation(), index };
                Ok(Recorded { id, place, duplicate: false })
            }
            Ok(Err((AppendError::NoSpace, _))) => Err(Refusal::DiskFull),
            Ok(Err(_)) | Err(_) => Err(Refusal::Failing),
        }
    }

    fn own_entry(
        &self,
        id: EventId,
        event_type: &EventType,
        own: &OwnFact<'_, impl Serialize>,
        now: Timestamp,
    ) -> Result<Entry, EntryError> {
        let unit = self.source.unit().ok_or(EntryError::Attribute("source"))?;
        make_entry(OwnEvent {
            id,
            event_type,
            source: &self.source,
            subject: &format!("unit/{unit}"),
            time: now,
            recordedtime: now,
            synthetic: own.synthetic,
            data: Canon::encode(own.fact)?,
        })
    }
}
