//! How complete the data is: received against known.

use danvan_event::UnitId;
use danvan_projection::ReadModel;
use danvan_tlog::Origin;
use danvan_ui::{Badge, Tone, count};

use super::Face;
use super::unit_logs::UnitLogs;
use crate::fleet::Sighting;

/// A node that was silent for longer is shown as lost.
const LOST_AFTER_MS: i64 = 90_000;

/// What is held of one unit's log, and what is known to exist.
#[derive(Debug, Clone)]
pub(crate) struct Holding {
    pub(crate) unit: UnitId,
    /// The log that goes on.
    pub(crate) origin: Option<String>,
    /// Cosigned entries of all incarnations of the log.
    pub(crate) held: u64,
    /// Entries that the node says it has; what is held when it says nothing.
    pub(crate) known: u64,
    pub(crate) forked: bool,
    pub(crate) sighting: Option<Sighting>,
}

impl Holding {
    /// The state of the data in the ranking.
    pub(crate) fn badge(&self) -> Badge {
        let missing = self.known - self.held;
        match (self.forked, self.held, missing) {
            (true, ..) => Badge::new(Tone::Bad, "Sổ mâu thuẫn", "Forked log"),
            (_, 0, _) => Badge::new(Tone::Quiet, "Chưa nhận được sổ", "No log yet"),
            (_, held, 0) => {
                Badge::new(Tone::Good, format!("Đủ {} mục", count(held)), format!("{} entries, all", count(held)))
            }
            (_, _, more) => {
                Badge::new(Tone::Wait, format!("Còn {} mục", count(more)), format!("{} entries to come", count(more)))
            }
        }
    }

    /// The state of the node in the fleet.
    pub(crate) fn node_badge(&self, now_ms: i64) -> Badge {
        let Some(sighting) = &self.sighting else {
            return Badge::new(Tone::Quiet, "Chưa thấy", "Not seen since start");
        };
        if self.forked {
            return Badge::new(Tone::Bad, "Sổ mâu thuẫn", "Forked log");
        }
        if now_ms - sighting.at.get() > LOST_AFTER_MS {
            return Badge::new(Tone::Bad, "Mất liên lạc", "Lost contact");
        }
        if sighting.heartbeat.backlog > 0 {
            return Badge::new(Tone::Wait, "Đang đồng bộ bù", "Catching up");
        }
        Badge::new(Tone::Good, "Đang kết nối", "Online")
    }
}

/// Every registered unit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Completeness {
    pub(crate) units: Vec<Holding>,
}

impl Completeness {
    pub(crate) fn of(face: &Face, model: &ReadModel) -> Self {
        let registry = model.registry();
        let mut units = Vec::with_capacity(registry.units().len());
        for unit in registry.units().keys() {
            let logs = UnitLogs::of(registry, unit);
            let (origin, earlier) = match logs.as_ref().and_then(|logs| logs.incarnations().split_last()) {
                Some((latest, earlier)) => (Some(latest), earlier),
                None => (None, &[][..]),
            };
            let held_of = |log: &Origin| registry.cosigned().get(log.as_str()).map_or(0, |held| held.fact.size);
            let before: u64 = earlier.iter().map(held_of).sum();
            let held = before + origin.map_or(0, held_of);
            let sighting = face.fleet.last(unit.as_str());
            let known = sighting.as_ref().map_or(held, |seen| (before + seen.heartbeat.size.get()).max(held));
            let forked = origin.is_some_and(|origin| face.mirror.forks.has(origin));
            let origin = origin.map(ToString::to_string);
            units.push(Holding { unit: unit.clone(), origin, held, known, forked, sighting });
        }
        Self { units }
    }

    pub(crate) fn unit(&self, unit: &UnitId) -> Option<&Holding> {
        self.units.iter().find(|holding| holding.unit == *unit)
    }

    pub(crate) fn total(&self) -> u64 {
        self.units.len() as u64
    }

    /// Units of which anything is held.
    pub(crate) fn present(&self) -> u64 {
        self.units.iter().filter(|holding| holding.held > 0).count() as u64
    }

    /// Units of which less is held than is known to exist.
    pub(crate) fn late(&self) -> u64 {
        self.units.iter().filter(|holding| holding.known > holding.held).count() as u64
    }

    pub(crate) fn held(&self) -> u64 {
        self.units.iter().map(|holding| holding.held).sum()
    }

    pub(crate) fn known(&self) -> u64 {
        self.units.iter().map(|holding| holding.known).sum()
    }

    /// The badge of the header.
    pub(crate) fn badge(&self) -> Badge {
        let (present, total) = (self.present(), self.total());
        let tone = match (present == total, self.late()) {
            _ if total == 0 => Tone::Quiet,
            (true, 0) => Tone::Good,
            _ => Tone::Wait,
        };
        Badge::new(tone, format!("Đã nhận {present}/{total} đơn vị"), format!("{present} of {total} units"))
    }
}
