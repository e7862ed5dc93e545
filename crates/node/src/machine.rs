//! What the machine says of itself in the log: that it started, and that somebody set its clock.
//!
//! A start is worth an entry for two reasons. An office that has nothing to record shows that its log goes on, so nobody waits for it
//! when a period ends; and an auditor sees whether the machine lost its power. None of it is scored.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use danvan_daemon::{Clock as _, SystemClock, UnixMillis, remove_durably, since_boot, write_atomic};
use danvan_event::{ClockAdjusted, NodeStarted};
use danvan_projection::UnitModel;
use tokio::time::{MissedTickBehavior, interval};

use crate::first_look::Standing;
use crate::intake::Intake;
use crate::own_fact::OwnFact;
use crate::sync::VERSION;

const STARTED: &str = "vn.danvan.node.started.v1";
const CLOCK_ADJUSTED: &str = "vn.danvan.node.clock_adjusted.v1";
/// The file that lies in the node's directory while it stands still and was stopped in order.
const STOPPED: &str = "stopped";
/// How often the clock is compared with the time that the machine has been up.
const COMPARED_EVERY: Duration = Duration::from_mins(1);
/// After so long without an entry a start is recorded: every morning's, and not every one of a machine that starts again and again.
const SILENT_FROM_MS: i64 = 12 * 3_600_000;
/// Time services move a clock that is wrong by less than this bit by bit; more is a new time that somebody set.
const SET_FROM_MS: i64 = 10_000;

/// Leaves the mark that a node was stopped in order.
pub(crate) fn mark_stopped(dir: &Path) -> io::Result<()> {
    write_atomic(&dir.join(STOPPED), b"")
}

/// Whether the node was stopped in order the last time; takes the mark away, so that a crash from now on shows.
pub(crate) fn take_stopped(dir: &Path) -> io::Result<bool> {
    let mark = dir.join(STOPPED);
    let was_there = mark.try_exists()?;
    remove_durably(&mark)?;
    Ok(was_there)
}

/// Records that the node started, if the log has been silent for a while. What hinders that hinders nobody else: forms are taken
/// all the same. `standing` is how the ledger was found: others may hold more of one that nobody confirmed, and an entry that no
/// person asked for would part it from theirs.
pub(crate) async fn record_start(intake: &Intake, standing: Standing, stopped_in_order: bool) {
    if standing != Standing::Latest || !is_silent(intake) {
        return;
    }
    let size = intake.ledger.size().get();
    // The entry that opens a log is written before the node runs for the first time.
    let clean = (size > 1).then_some(stopped_in_order);
    let fact = NodeStarted { version: VERSION.to_owned(), size, clean, clock_sync: None };
    let own = OwnFact { event_type: STARTED, fact: &fact, synthetic: false };
    if let Err(refusal) = intake.record_own(own).await {
        tracing::warn!(refusal = refusal.label(), "the start of the node was not recorded");
    }
}

fn is_silent(intake: &Intake) -> bool {
    let last = intake.recorder.look(UnitModel::last_recorded).flatten();
    let now = intake.recorder.now().ok();
    now.zip(last).is_some_and(|(now, last)| now.as_millis() - last.as_millis() >= SILENT_FROM_MS)
}

/// Records for as long as the node takes forms when its clock was set. As a start, it is not said into a log that nobody confirmed.
pub(crate) async fn follow_clock(intake: Arc<Intake>, standing: Standing) {
    if standing != Standing::Latest {
        return;
    }
    let mut watch = ClockWatch::new(SystemClock.now(), since_boot());
    let mut turns = interval(COMPARED_EVERY);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        if !intake.gate.is_open() {
            continue;
        }
        let Some(delta_ms) = watch.set_by(SystemClock.now(), since_boot()) else { continue };
        tracing::warn!(delta_ms, "the clock of the machine was set");
        let fact = ClockAdjusted { delta_ms, clock_sync: None };
        let own = OwnFact { event_type: CLOCK_ADJUSTED, fact: &fact, synthetic: false };
        if let Err(refusal) = intake.record_own(own).await {
            tracing::warn!(refusal = refusal.label(), "that the clock was set was not recorded");
        }
    }
}

/// The clock beside the time that the machine has been up.
struct ClockWatch {
    /// When the machine came up, by its clock, in milliseconds since 1970.
    up_since: i64,
}

impl ClockWatch {
    fn new(now: UnixMillis, up: Duration) -> Self {
        Self { up_since: up_since(now, up) }
    }

    /// By how many milliseconds the clock was set since it was last looked at, if it was.
    fn set_by(&mut self, now: UnixMillis, up: Duration) -> Option<i64> {
        let up_since = up_since(now, up);
        let delta = up_since.saturating_sub(self.up_since);
        self.up_since = up_since;
        (delta.saturating_abs() >= SET_FROM_MS).then_some(delta)
    }
}

fn up_since(now: UnixMillis, up: Duration) -> i64 {
    now.get().saturating_sub(i64::try_from(up.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
