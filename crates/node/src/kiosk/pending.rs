//! Ratings whose citizen may still say which commitments were kept.
//!
//! A tap is a complete answer, so it is on the disk before the next page is shown (`DIR/pending/<id>.json`, no personal data). The
//! log gets one `survey.answered` per citizen: with the commitments when they are sent, without them when nobody has touched the
//! page for as long as the browser shows it and a little more, or when the node drains, or after a crash at the next start.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use danvan_daemon::{create_private_dir, remove_durably, write_atomic};
use danvan_event::{CommitmentRating, EventId, Role, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::intake_form;
use super::patience::answering;
use crate::intake::{Intake, Recorded, Refused};
use crate::refusal::Refusal;

const SUFFIX: &str = ".json";
/// What the browser and its network may be late by.
const LATE: Duration = Duration::from_secs(15);
/// How often the store looks for ratings that nobody touches any more.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// One tap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tap {
    pub(crate) rating: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) visit: Option<String>,
    pub(crate) time: Timestamp,
    /// Tapped in a demonstration.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) synthetic: bool,
}

/// The taps that are not in the log yet.
pub(crate) struct Pending {
    dir: PathBuf,
    patience: Duration,
    held: Mutex<BTreeMap<EventId, Held>>,
}

struct Held {
    tap: Tap,
    touched: Instant,
}

impl Tap {
    /// The intake form of this tap.
    pub(crate) fn form(&self, id: EventId, commitments: &[CommitmentRating]) -> Vec<u8> {
        let mut data = json!({ "channel": "kiosk", "rating": self.rating });
        if let Some(visit) = &self.visit {
            data["visit_token"] = visit.as_str().into();
        }
        if !commitments.is_empty() {
            data["commitments"] =
                commitments.iter().map(|item| json!({ "code": item.code, "kept": item.kept })).collect();
        }
        intake_form(self.synthetic, "vn.danvan.survey.answered.v1", id, Some(self.time), &data)
    }
}

impl Pending {
    /// The store of a node's directory, with what a crash left in it. `idle` is `kiosk.idle_seconds`.
    pub(crate) fn open(dir: &Path, idle: Duration) -> io::Result<Self> {
        let dir = dir.join("pending");
        create_private_dir(&dir)?;
        let mut held = BTreeMap::new();
        for item in fs::read_dir(&dir)? {
            let path = item?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let Some(id) = name.strip_suffix(SUFFIX).and_then(|id| id.parse().ok()) else { continue };
            match serde_json::from_slice(&fs::read(&path)?) {
                Ok(tap) => drop(held.insert(id, Held { tap, touched: Instant::now() })),
                Err(error) => tracing::warn!(%error, %id, "a pending rating cannot be read"),
            }
        }
        Ok(Self { dir, patience: answering(idle) + LATE, held: Mutex::new(held) })
    }

    /// Keeps a tap durably. A second tap of the same page replaces the first. The caller holds the turn of `id`: two writers of one
    /// file would lose it.
    pub(crate) fn keep(&self, id: EventId, tap: Tap) -> io::Result<()> {
        write_atomic(&self.path(id), &serde_json::to_vec(&tap)?)?;
        self.lock().insert(id, Held { tap, touched: Instant::now() });
        Ok(())
    }

    /// The tap of `id`; asking counts as a touch.
    pub(crate) fn touch(&self, id: EventId) -> Option<Tap> {
        let mut held = self.lock();
        let found = held.get_mut(&id)?;
        found.touched = Instant::now();
        Some(found.tap.clone())
    }

    /// The tap of `id` is in the log.
    pub(crate) fn settle(&self, id: EventId) {
        self.lock().remove(&id);
        if let Err(error) = remove_durably(&self.path(id)) {
            tracing::warn!(%error, %id, "a pending rating was not removed; the next start sees that it is in the log");
        }
    }

    /// Puts the taps into the log that nobody has touched for the store's patience; all of them when `everything`.
    pub(crate) async fn flush(&self, intake: &Intake, everything: bool) {
        let due: Vec<_> = {
            let held = self.lock();
            let is_due = |held: &Held| everything || held.touched.elapsed() > self.patience;
            held.iter().filter(|(_, held)| is_due(held)).map(|(id, held)| (*id, held.tap.clone())).collect()
        };
        for (id, tap) in due {
            match intake.record(&tap.form(id, &[]), Role::Kiosk).await {
                Ok(Recorded { .. }) => {
                    intake.metrics.kiosk_abandoned.inc();
                    self.settle(id);
                }
                // It went into the log with its commitments a moment ago.
                Err(Refused { refusal: Refusal::OtherContent(_), .. }) => self.settle(id),
                Err(Refused { refusal: refusal @ (Refusal::Form(_) | Refusal::Rule(..)), .. }) => {
                    tracing::warn!(%id, refusal = refusal.label(), "a pending rating breaks a rule and is dropped");
                    self.settle(id);
                }
                Err(Refused { refusal, .. }) => tracing::debug!(refusal = refusal.label(), "a pending rating waits"),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<EventId, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, id: EventId) -> PathBuf {
        self.dir.join(format!("{id}{SUFFIX}"))
    }
}

/// Flushes abandoned ratings for ever.
pub(crate) async fn follow_pending(pending: Arc<Pending>, intake: Arc<Intake>) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        pending.flush(&intake, false).await;
    }
}
