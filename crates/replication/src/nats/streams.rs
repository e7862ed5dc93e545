//! The two streams: how they must be, and making them so.

use crate::packing::MAX_PACKED_BYTES;
use crate::subject::Subject;
use async_nats::jetstream::context::{CreateStreamError, CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, RetentionPolicy, StorageType};
use async_nats::jetstream::{Context, ErrorCode};
use std::time::Duration;

/// The spool: the stream of batches.
pub const LOG_STREAM: &str = "DANVAN_LOG";
/// The stream of the last receipt per unit and aggregator.
pub const RECEIPT_STREAM: &str = "DANVAN_RECEIPT";

/// A shipper keeps its window below this.
const MESSAGES_PER_UNIT: i64 = 64;
/// Room for the headers of a message beside the packed batch.
const HEADER_BYTES: usize = 4096;

/// The limits of the spool, used when a stream is made; an operator may change them later at the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpoolSettings {
    /// The most bytes of all batches together. The broker reserves them when it makes the stream, and refuses to make one for
    /// which it has no room.
    pub max_bytes: i64,
    /// How long a batch stays.
    pub max_age: Duration,
    /// How many brokers of a cluster hold each message.
    pub replicas: usize,
}

impl Default for SpoolSettings {
    fn default() -> Self {
        Self { max_bytes: 4 << 30, max_age: Duration::from_hours(30 * 24), replicas: 1 }
    }
}

impl SpoolSettings {
    pub(super) fn log(&self) -> Config {
        Config {
            max_bytes: self.max_bytes,
            max_messages_per_subject: MESSAGES_PER_UNIT,
            max_age: self.max_age,
            max_message_size: i32::try_from(MAX_PACKED_BYTES + HEADER_BYTES).unwrap_or(i32::MAX),
            ..self.base(LOG_STREAM, Subject::all_logs())
        }
    }

    pub(super) fn receipts(&self) -> Config {
        Config { max_messages_per_subject: 1, ..self.base(RECEIPT_STREAM, Subject::all_receipts()) }
    }

    fn base(&self, name: &str, subjects: Subject) -> Config {
        Config {
            name: name.to_owned(),
            subjects: vec![subjects.into()],
            retention: RetentionPolicy::Limits,
            discard: DiscardPolicy::Old,
            storage: StorageType::File,
            num_replicas: self.replicas,
            allow_direct: true,
            allow_rollup: false,
            deny_delete: true,
            deny_purge: true,
            ..Config::default()
        }
    }
}

/// Why a stream is not as it must be.
#[derive(Debug, thiserror::Error)]
#[error("the stream {stream} cannot be made: {reason}")]
pub(super) struct StreamError {
    stream: String,
    reason: String,
}

/// Makes the stream when it is missing, and restores what the protocol rests on when somebody changed it. Limits that an
/// operator chose are left alone.
pub(super) async fn ensure(context: &Context, wanted: Config) -> Result<Info, StreamError> {
    let failed = |reason: String| StreamError { stream: wanted.name.clone(), reason };
    let found = match context.get_stream(&wanted.name).await {
        Ok(stream) => stream.cached_info().clone(),
        Err(error) if matches!(error.kind(), GetStreamErrorKind::JetStream(_)) => {
            let made = context.create_stream(wanted.clone()).await;
            let made = made.map_err(|error| failed(refused(&error)))?;
            tracing::info!(stream = wanted.name, "made the stream");
            return Ok(made.cached_info().clone());
        }
        Err(error) => return Err(failed(error.to_string())),
    };
    if let Some(repaired) = repaired(&found.config, &wanted) {
        tracing::warn!(stream = wanted.name, "the stream was changed by somebody; restoring it");
        return context.update_stream(repaired).await.map_err(|error| failed(error.to_string()));
    }
    Ok(found)
}

/// Why the broker made no stream, with what an operator does about it.
fn refused(error: &CreateStreamError) -> String {
    let no_room = [ErrorCode::STORAGE_RESOURCES_EXCEEDED, ErrorCode::INSUFFICIENT_RESOURCES];
    match error.kind() {
        CreateStreamErrorKind::JetStream(said) if no_room.contains(&said.error_code()) => format!(
            "{error}: the broker has not the room that is asked of it; lower spool.max_bytes here, or raise \
             jetstream.max_file_store there"
        ),
        _ => error.to_string(),
    }
}

/// The found configuration with what must not differ put right; `None` when nothing has to be.
fn repaired(found: &Config, wanted: &Config) -> Option<Config> {
    let repaired = Config {
        subjects: wanted.subjects.clone(),
        max_messages_per_subject: wanted.max_messages_per_subject,
        max_message_size: wanted.max_message_size,
        discard: wanted.discard,
        allow_direct: true,
        allow_rollup: false,
        deny_delete: true,
        deny_purge: true,
        persist_mode: None,
        ..found.clone()
    };
    let essentials = |config: &Config| {
        (
            config.subjects.clone(),
            (config.max_messages_per_subject, config.max_message_size.max(0), config.discard),
            [config.allow_direct, !config.allow_rollup, config.deny_delete, config.deny_purge],
        )
    };
    (essentials(found) != essentials(&repaired)).then_some(repaired)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_of_an_operator_stay_and_the_rules_come_back() {
        let wanted = SpoolSettings::default().log();
        let chosen = Config { max_bytes: 1 << 20, max_age: Duration::from_mins(1), ..wanted.clone() };
        assert_eq!(repaired(&chosen, &wanted), None);
        let opened = Config { deny_purge: false, allow_rollup: true, ..chosen };
        let back = repaired(&opened, &wanted).unwrap();
        assert!(back.deny_purge && !back.allow_rollup);
        assert_eq!(back.max_bytes, 1 << 20);
    }
}
