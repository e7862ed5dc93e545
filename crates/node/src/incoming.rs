//! The body of a request, read whole or read away. A connection that is closed while the client still sends is reset, and the client
//! sees that instead of the answer: so what will not be used is read all the same, up to a bound.

use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use tokio::time::timeout;

use crate::refusal::Refusal;

/// Bytes that are read away at most; as much as any body may have by the settings.
const DISCARDED_BYTES: usize = 64 << 20;
/// How long a client may take to send them.
const DISCARDED_WITHIN: Duration = Duration::from_secs(20);

/// A body that comes in.
pub(crate) struct Incoming {
    data: BodyDataStream,
    /// How many bytes the client says that it has.
    declared: Option<usize>,
    /// The client sends nothing before it is told to go on, which the first read does.
    waits: bool,
}

impl Incoming {
    pub(crate) fn new(body: Body, headers: &HeaderMap) -> Self {
        let declared = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        Self { data: body.into_data_stream(), declared, waits: headers.contains_key(header::EXPECT) }
    }

    /// The whole body; a declared length over the limit is refused before a byte is read.
    pub(crate) async fn read(&mut self, limit: usize) -> Result<Bytes, Refusal> {
        if self.declared.is_some_and(|bytes| bytes > limit) {
            return Err(Refusal::BodyTooLarge(limit));
        }
        self.waits = false;
        let mut bytes = Vec::with_capacity(self.declared.unwrap_or(0));
        while let Some(chunk) = self.data.next().await {
            let chunk = chunk.map_err(|_| Refusal::Body)?;
            if chunk.len() > limit - bytes.len() {
                return Err(Refusal::BodyTooLarge(limit));
            }
            bytes.extend_from_slice(&chunk);
        }
        if bytes.trim_ascii().is_empty() { Err(Refusal::Body) } else { Ok(bytes.into()) }
    }

    /// Refuses, once the client has sent what it sends.
    pub(crate) async fn refuse(mut self, refusal: Refusal) -> Response {
        let is_endless = self.declared.is_some_and(|bytes| bytes > DISCARDED_BYTES);
        if !self.waits && !is_endless && timeout(DISCARDED_WITHIN, self.discard()).await.is_err() {
            tracing::debug!("a client was refused while it still sent");
        }
        refusal.into_response()
    }

    async fn discard(&mut self) {
        let mut left = DISCARDED_BYTES;
        while let Some(Ok(chunk)) = self.data.next().await {
            match left.checked_sub(chunk.len()) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    }
}

#[cfg(test)]
mod tests;
