//! Looking at openings: first the entry that says who looks at what and why is durable, then the words are read out of the vault.

use danvan_event::{DisclosurePurpose, DisclosureRole, EventId, Opening, PrivacyDisclosed};

use crate::intake::{Intake, Recorded};
use crate::own_fact::OwnFact;
use crate::refusal::Refusal;

const DISCLOSED: &str = "vn.danvan.privacy.disclosed.v1";
/// Most fields that one entry names.
const MOST_FIELDS: usize = 50;

/// Who wants to see what of a record, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) event: EventId,
    /// JSON pointers; all that is held where absent.
    pub(crate) fields: Option<Vec<String>>,
    pub(crate) purpose: DisclosurePurpose,
    /// The unit's own key for the member of staff.
    pub(crate) staff_key: String,
    /// Whether the node is one of a demonstration.
    pub(crate) synthetic: bool,
}

/// What was shown, and where the log says so.
pub(crate) struct Disclosure {
    pub(crate) recorded: Recorded,
    pub(crate) openings: Vec<Opening>,
}

impl Intake {
    /// Records the look, then reads the openings. Without the entry nothing is read for anybody.
    pub(crate) async fn disclose(&self, look: Look) -> Result<Disclosure, Refusal> {
        if !self.gate.is_open() {
            return Err(Refusal::Starting);
        }
        if self.find(look.event)?.is_none() {
            return Err(Refusal::NoRecord(look.event));
        }
        let wanted = |opening: &Opening| look.fields.as_ref().is_none_or(|fields| fields.contains(&opening.pointer));
        let held = self.openings(look.event).await?;
        let mut fields: Vec<String> = held.iter().filter(|opening| wanted(opening)).map(pointer).collect();
        fields.truncate(MOST_FIELDS);
        if fields.is_empty() {
            return Err(Refusal::NothingHeld(look.event));
        }
        let fact = PrivacyDisclosed {
            event: look.event,
            fields: fields.clone(),
            role: DisclosureRole::Staff,
            purpose: look.purpose,
            staff_key: Some(look.staff_key.clone()),
        };
        let own = OwnFact { event_type: DISCLOSED, fact: &fact, synthetic: look.synthetic };
        let recorded = self.record_own(own).await?;
        let mut openings = self.openings(look.event).await?;
        openings.retain(|opening| fields.contains(&opening.pointer));
        // An erasure may have come between: then the log tells of a look that saw nothing.
        if openings.is_empty() { Err(Refusal::NothingHeld(look.event)) } else { Ok(Disclosure { recorded, openings }) }
    }

    /// The openings of a record that lie in the vault now. They go to nobody without [`Intake::disclose`].
    pub(crate) async fn openings(&self, id: EventId) -> Result<Vec<Opening>, Refusal> {
        let vault = self.vault.clone();
        self.blocking(move || vault.openings(id)).await
    }
}

fn pointer(opening: &Opening) -> String {
    opening.pointer.clone()
}
