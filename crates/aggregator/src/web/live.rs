//! Live updates: one event stream per page, which says only that there is something new.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt};
use prometheus::IntGauge;
use serde::Deserialize;
use tokio_stream::wrappers::WatchStream;

use super::Face;

/// A silent line is kept open by a comment this often.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

#[derive(Deserialize)]
pub(crate) struct Seen {
    /// Digest of the ranking that the page shows.
    #[serde(default)]
    seen: String,
}

/// Counts a reader for as long as the stream lives.
struct Reader(IntGauge);

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// An event `ranking` whenever the ranking differs from what the page shows.
pub(crate) async fn follow(
    State(face): State<Arc<Face>>,
    Query(Seen { seen }): Query<Seen>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let reader = Reader(face.mirror.metrics.live_readers.clone());
    reader.0.inc();
    let drained = face.drain.clone().cancelled_owned();
    let mut shown = seen;
    let stream = WatchStream::new(face.standing.subscribe())
        .filter_map(move |standing| {
            let _counted = &reader;
            let news = (standing.digest != shown).then(|| {
                shown.clone_from(&standing.digest);
                Ok(Event::default().event("ranking").id(&shown).data(&shown))
            });
            std::future::ready(news)
        })
        .take_until(drained);
    Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}
