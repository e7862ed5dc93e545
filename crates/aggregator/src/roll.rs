//! The roll of mirrored logs: who is enrolled, with which key, and how far each log is held.

use std::collections::BTreeMap;

use danvan_event::UnitId;
use danvan_replication::{OriginState, UnitToken};
use danvan_tlog::{KeyTextError, NameError, Origin, VerifierKey};

use crate::succession::Ended;

/// One enrolled log.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) unit: UnitId,
    pub(crate) state: OriginState,
    /// Where it ended, once its next incarnation began here.
    pub(crate) ended: Option<Ended>,
}

/// Why a log could not be put on the roll.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RollError {
    #[error(transparent)]
    Key(#[from] KeyTextError),
    #[error(transparent)]
    Name(#[from] NameError),
    #[error("the key signs for {found}, not for {expected}")]
    Foreign { expected: Origin, found: Origin },
}

/// All enrolled logs. Part of what the own ledger says, kept in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roll {
    members: BTreeMap<Origin, Member>,
}

impl Roll {
    /// Enrols a log, or replaces the key of one of which nothing is held yet.
    pub(crate) fn enrol(&mut self, unit: UnitId, vkey: VerifierKey) {
        let origin = vkey.name().origin();
        let fresh = Member { unit, state: OriginState::enrolled(vkey), ended: None };
        match self.members.get_mut(&origin) {
            Some(held) if !held.state.size().is_empty() => held.unit = fresh.unit,
            _ => {
                self.members.insert(origin, fresh);
            }
        }
    }

    /// Puts a log on the roll as it was when a snapshot was made.
    pub(crate) fn restore(&mut self, origin: Origin, member: Member) {
        self.members.insert(origin, member);
    }

    pub(crate) fn get(&self, origin: &Origin) -> Option<&Member> {
        self.members.get(origin)
    }

    pub(crate) fn get_mut(&mut self, origin: &Origin) -> Option<&mut Member> {
        self.members.get_mut(origin)
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = (&Origin, &Member)> {
        self.members.iter()
    }

    pub(crate) fn members_mut(&mut self) -> impl Iterator<Item = (&Origin, &mut Member)> {
        self.members.iter_mut()
    }

    /// The log that a unit's messages are about when they cannot be read: the last incarnation of its log.
    pub(crate) fn of_unit(&self, unit: &UnitToken) -> Option<(&Origin, &Member)> {
        let of_unit = self.members.iter().filter(|(_, member)| member.unit.as_str() == unit.as_str());
        of_unit.max_by_key(|(origin, _)| origin.incarnation())
    }
}

/// The key of an enrolment, checked against the origin that it is enrolled for.
pub(crate) fn enrolled_key(origin: &str, vkey: &str) -> Result<VerifierKey, RollError> {
    let expected = Origin::new(origin)?;
    let key: VerifierKey = vkey.parse()?;
    let found = key.name().origin();
    if found == expected { Ok(key) } else { Err(RollError::Foreign { expected, found }) }
}
