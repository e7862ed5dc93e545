//! The provisional ranking as it stands, brought up to date a moment after the read model moved.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use danvan_daemon::DrainToken;
use danvan_event::UnitId;
use danvan_projection::Period;
use danvan_ranking::Ranking;
use danvan_tlog::{Index, Size};
use tokio::sync::watch;

use crate::mirror::Mirror;
use crate::publication::{digest, publications_of};
use crate::shelf::ShelfError;

/// A burst of batches is shown once.
const SETTLE: Duration = Duration::from_millis(300);

/// A ranking with what it rests on.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) ranking: Ranking,
    /// SHA-256 of the ranking document.
    pub(crate) digest: String,
    /// The last publication of the period, by its index in the own log.
    pub(crate) published: Option<Index>,
    /// Size of the own log that was folded.
    pub(crate) size: Size,
    /// When it was computed, in milliseconds since the Unix epoch.
    pub(crate) at_ms: i64,
    /// How many units changed their place since the standing before.
    pub(crate) moved: usize,
}

impl Standing {
    /// Differs between any two standings that a reader would see as different.
    pub(crate) fn key(&self) -> String {
        let published = self.published.map_or_else(|| "none".to_owned(), |index| index.to_string());
        format!("{}-{published}", self.digest)
    }
}

/// Ranks the read model as it is.
pub(crate) fn stand(mirror: &Mirror, period: &Period, at_ms: i64) -> Result<Standing, ShelfError> {
    let begun = Instant::now();
    let rulebook = mirror.rules_of(period)?;
    let (ranking, published, size) = mirror.look(&rulebook, period, |standings, model| {
        let published = publications_of(model.registry().publications(), period);
        let size = mirror.reading.folded();
        // The fold goes on while the rows are written.
        drop(model);
        (standings.ranking(), published.last().map(|one| one.index), size)
    });
    mirror.metrics.ranking_took(begun.elapsed());
    let digest = digest(&ranking.to_bytes());
    Ok(Standing { ranking, digest, published, size, at_ms, moved: 0 })
}

/// Keeps the standing of one period current until drained.
pub(crate) async fn keep(
    mirror: Arc<Mirror>,
    period: Period,
    now_ms: impl Fn() -> i64,
    sender: watch::Sender<Arc<Standing>>,
    drain: DrainToken,
) {
    loop {
        let waited = drain.run_until_cancelled(async {
            mirror.reading.changed().await;
            tokio::time::sleep(SETTLE).await;
        });
        if waited.await.is_none() {
            return;
        }
        let (ranked, at_ms) = (Arc::clone(&mirror), now_ms());
        let computed = tokio::task::spawn_blocking(move || stand(&ranked, &period, at_ms)).await;
        match computed {
            Ok(Ok(standing)) => renew(&sender, standing),
            Ok(Err(error)) => tracing::error!(%error, "nothing could be ranked; the last standing stays"),
            Err(error) => tracing::error!(%error, "ranking died; the last standing stays"),
        }
    }
}

/// Puts a standing in the place of one that rests on less; another one changes nothing.
pub(crate) fn renew(sender: &watch::Sender<Arc<Standing>>, standing: Standing) {
    sender.send_if_modified(|held| {
        if standing.size <= held.size {
            return false;
        }
        *held = Arc::new(Standing { moved: moved(&held.ranking, &standing.ranking), ..standing });
        true
    });
}

/// How many units stand elsewhere than before.
fn moved(before: &Ranking, after: &Ranking) -> usize {
    let places: BTreeMap<&UnitId, Option<u32>> = before.rows.iter().map(|row| (&row.unit, row.rank)).collect();
    after.rows.iter().filter(|row| places.get(&row.unit).is_some_and(|rank| *rank != row.rank)).count()
}
