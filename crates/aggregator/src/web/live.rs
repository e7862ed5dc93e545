//! Live updates: one event stream per page, which says only that there is something new.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt};
use prometheus::IntGauge;
use tokio_stream::wrappers::WatchStream;

use super::Face;
use super::parameters::Parameters;

/// A silent line is kept open by a comment this often.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Counts a reader for as long as the stream lives.
struct Reader(IntGauge);

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// An event `ranking` whenever the ranking or its last publication differs from what the page shows: the parameter `seen`,
/// or, when a line is taken up again, the id of the last event.
pub(crate) async fn follow(
    State(face): State<Arc<Face>>,
    headers: HeaderMap,
    parameters: Parameters,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let reader = Reader(face.mirror.metrics.live_readers.clone());
    reader.0.inc();
    let drained = face.drain.clone().cancelled_owned();
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let mut shown = last.or_else(|| parameters.text("seen")).unwrap_or_default().to_owned();
    let stream = WatchStream::new(face.standing.subscribe())
        .filter_map(move |standing| {
            let _counted = &reader;
            let key = standing.key();
            let news = (key != shown).then(|| {
                shown = key;
                Ok(Event::default().event("ranking").id(&shown).data(&shown))
            });
            std::future::ready(news)
        })
        .take_until(drained);
    Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}
