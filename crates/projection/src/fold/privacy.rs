//! Personal data: what persons ask for, what was erased, who looked. Nothing of it counts for a score.

use danvan_event::{Event, EventId};

use crate::event_ids::IdPrint;
use crate::rule::Rule;
use crate::unit::UnitModel;

/// What is erased, asked for, withdrawn or looked at is in the log; what is refused was asked for.
pub(super) fn check(model: &UnitModel, event: &Event) -> Result<(), Rule> {
    let known = |ids: &[EventId]| ids.iter().all(|id| model.seen.ids.contains(*id));
    let is_known = match event {
        Event::PrivacyErased(fact) => known(&fact.event_ids),
        Event::ErasureRequested(fact) => known(&fact.event_ids),
        Event::ConsentWithdrawn(fact) => known(&[fact.event]),
        Event::PrivacyDisclosed(fact) => known(&[fact.event]),
        Event::ErasureRefused(fact) => {
            let asked = model.seen.requests.contains(&IdPrint::of(fact.request));
            return if asked { Ok(()) } else { Err(Rule::UnknownRequest) };
        }
        _ => true,
    };
    if is_known { Ok(()) } else { Err(Rule::UnknownEntry) }
}

/// A request is what can be refused later.
pub(super) fn record(model: &mut UnitModel, id: EventId, event: &Event) {
    if matches!(event, Event::ErasureRequested(_) | Event::ConsentWithdrawn(_)) {
        model.seen.requests.insert(IdPrint::of(id));
    }
}
