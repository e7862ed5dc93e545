//! What persons have asked for about their data, and what became of it: a fold over the node's own log.

use std::collections::BTreeMap;

use danvan_event::{Event, EventId};
use danvan_projection::Day;
use serde::Serialize;

use super::terms::{PrivacySettings, Terms};

/// A request is due soon when so many days are left, or fewer.
const SOON_DAYS: u32 = 3;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RequestKind {
    /// Personal data are to be erased.
    Erasure,
    /// A consent is taken back.
    Withdrawal,
}

/// How a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RequestState {
    /// Its day has passed.
    Overdue,
    /// Its day is near.
    DueSoon,
    /// There is time.
    Open,
    /// The openings are destroyed.
    Erased,
    /// It was refused, with a ground.
    Refused,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Request {
    /// The event that recorded it.
    pub(crate) id: EventId,
    pub(crate) kind: RequestKind,
    /// The events that it is about.
    pub(crate) events: Vec<EventId>,
    /// When it was recorded.
    pub(crate) asked: Day,
    #[serde(flatten)]
    pub(crate) terms: Terms,
    pub(crate) state: RequestState,
    /// When it was settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) settled: Option<Day>,
}

/// What the log says of requests, in the order of the log.
#[derive(Default)]
pub(crate) struct Requests {
    asked: Vec<Asked>,
    erased: BTreeMap<EventId, Day>,
    refused: BTreeMap<EventId, Day>,
}

struct Asked {
    id: EventId,
    kind: RequestKind,
    events: Vec<EventId>,
    on: Day,
    promised: Option<Day>,
}

impl RequestState {
    /// Whether something is still to be done.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Overdue | Self::DueSoon | Self::Open)
    }
}

impl Requests {
    /// The next entry of the log, by id, day of recording and event.
    pub(crate) fn hear(&mut self, id: EventId, on: Day, event: &Event) {
        let mut asked = |kind, events, due_on: &Option<String>| {
            let promised = due_on.as_deref().and_then(|day| day.parse().ok());
            self.asked.push(Asked { id, kind, events, on, promised });
        };
        match event {
            Event::ErasureRequested(fact) => asked(RequestKind::Erasure, fact.event_ids.clone(), &fact.due_on),
            Event::ConsentWithdrawn(fact) => asked(RequestKind::Withdrawal, vec![fact.event], &fact.due_on),
            Event::ErasureRefused(fact) => {
                self.refused.entry(fact.request).or_insert(on);
            }
            Event::PrivacyErased(fact) => {
                for event in &fact.event_ids {
                    self.erased.entry(*event).or_insert(on);
                }
            }
            _ => {}
        }
    }

    /// Every request as it stands on `today`: what is to be done first, by its day; then what is settled.
    pub(crate) fn list(&self, settings: &PrivacySettings, today: Day) -> Vec<Request> {
        let mut requests: Vec<_> = self.asked.iter().map(|asked| self.request(asked, settings, today)).collect();
        requests.sort_by_key(|request| (!request.state.is_open(), request.terms.due, request.id));
        requests
    }

    fn request(&self, asked: &Asked, settings: &PrivacySettings, today: Day) -> Request {
        let terms = settings.of(asked.kind, asked.on, asked.promised);
        let (state, settled) = match (self.erased_on(asked), self.refused.get(&asked.id)) {
            (Some(on), _) => (RequestState::Erased, Some(on)),
            (None, Some(on)) => (RequestState::Refused, Some(*on)),
            (None, None) if today > terms.due => (RequestState::Overdue, None),
            (None, None) if today.after(SOON_DAYS) >= terms.due => (RequestState::DueSoon, None),
            (None, None) => (RequestState::Open, None),
        };
        let (id, kind, events) = (asked.id, asked.kind, asked.events.clone());
        Request { id, kind, events, asked: asked.on, terms, state, settled }
    }

    /// When the last of its events was erased; what was erased before is settled when it is asked for.
    fn erased_on(&self, asked: &Asked) -> Option<Day> {
        let days: Option<Vec<Day>> = asked.events.iter().map(|event| self.erased.get(event).copied()).collect();
        Some(days?.into_iter().max()?.max(asked.on))
    }
}

#[cfg(test)]
mod tests {
    use danvan_event::{
        ConsentPurpose, ConsentWithdrawn, ErasureReason, ErasureRefused, ErasureRequested, PrivacyErased, RefusalGround,
    };

    use super::*;

    fn id(number: u8) -> EventId {
        EventId::from_parts(u64::from(number), [number; 10])
    }

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn asked(events: &[u8]) -> Event {
        let event_ids = events.iter().copied().map(id).collect();
        Event::ErasureRequested(ErasureRequested { event_ids, channel: None, due_on: None })
    }

    fn erased(events: &[u8]) -> Event {
        let event_ids = events.iter().copied().map(id).collect();
        Event::PrivacyErased(PrivacyErased { event_ids, reason: ErasureReason::Requested })
    }

    fn heard(facts: &[(u8, &str, Event)]) -> Requests {
        let mut requests = Requests::default();
        for (number, on, event) in facts {
            requests.hear(id(*number), day(on), event);
        }
        requests
    }

    fn states(requests: &Requests, today: &str) -> Vec<(EventId, RequestState)> {
        let list = requests.list(&PrivacySettings::default(), day(today));
        list.into_iter().map(|request| (request.id, request.state)).collect()
    }

    #[test]
    fn a_request_is_near_its_day_then_overdue() {
        let requests = heard(&[(9, "2026-11-01", asked(&[1]))]);
        for (today, state) in [
            ("2026-11-17", RequestState::Open),
            ("2026-11-18", RequestState::DueSoon),
            ("2026-11-21", RequestState::DueSoon),
            ("2026-11-22", RequestState::Overdue),
        ] {
            assert_eq!(states(&requests, today), [(id(9), state)], "{today}");
        }
    }

    #[test]
    fn a_request_is_settled_when_all_its_events_are_erased_and_not_before() {
        let mut requests = heard(&[(9, "2026-11-01", asked(&[1, 2])), (10, "2026-11-03", erased(&[1]))]);
        assert_eq!(states(&requests, "2026-11-05"), [(id(9), RequestState::Open)]);
        requests.hear(id(11), day("2026-11-04"), &erased(&[2]));
        let list = requests.list(&PrivacySettings::default(), day("2026-12-31"));
        assert_eq!((list[0].state, list[0].settled), (RequestState::Erased, Some(day("2026-11-04"))));
    }

    #[test]
    fn a_refusal_settles_its_request_and_no_other() {
        let refused = ErasureRefused { request: id(9), ground: RefusalGround::LegalDuty, note: None };
        let requests = heard(&[
            (9, "2026-11-01", asked(&[1])),
            (8, "2026-11-01", asked(&[1])),
            (10, "2026-11-03", Event::ErasureRefused(refused)),
        ]);
        assert_eq!(states(&requests, "2026-11-05"), [(id(8), RequestState::Open), (id(9), RequestState::Refused)]);
    }

    #[test]
    fn a_withdrawn_consent_has_the_shorter_term_and_comes_first() {
        let withdrawn = ConsentWithdrawn { event: id(1), purposes: vec![ConsentPurpose::ContactMe], due_on: None };
        let requests = heard(&[(8, "2026-11-01", asked(&[2])), (9, "2026-11-01", Event::ConsentWithdrawn(withdrawn))]);
        assert_eq!(states(&requests, "2026-11-17"), [(id(9), RequestState::Overdue), (id(8), RequestState::Open)]);
    }
}
