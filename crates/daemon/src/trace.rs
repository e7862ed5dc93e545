//! The trace: what the process says about its work, on standard error.

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How a line of the trace looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceFormat {
    /// For eyes.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// The `[trace]` section of a settings file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TraceSettings {
    /// How a line looks.
    pub format: TraceFormat,
    /// Which lines are written, in the syntax of `tracing_subscriber::EnvFilter`: `info`, `warn,danvan_node=debug`.
    pub filter: String,
}

impl Default for TraceSettings {
    fn default() -> Self {
        Self { format: TraceFormat::Text, filter: "info".to_owned() }
    }
}

/// Why the trace could not start. The caller reports it as a broken setting.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// `filter` is not a filter.
    #[error("trace filter: {0}")]
    Filter(String),
    /// The process has a trace already.
    #[error("the trace was started before")]
    Started,
}

impl TraceSettings {
    /// Whether the filter can be read.
    ///
    /// # Errors
    /// The reason, for the caller's list of broken settings.
    pub fn check(&self) -> Result<(), TraceError> {
        EnvFilter::try_new(&self.filter).map(drop).map_err(|error| TraceError::Filter(error.to_string()))
    }
}

/// Starts the trace of this process.
pub fn start_trace(settings: &TraceSettings) -> Result<(), TraceError> {
    let filter = EnvFilter::try_new(&settings.filter).map_err(|error| TraceError::Filter(error.to_string()))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(true);
    let started = match settings.format {
        TraceFormat::Text => lines.with_ansi(false).finish().try_init(),
        TraceFormat::Json => lines.json().flatten_event(true).finish().try_init(),
    };
    started.map_err(|_| TraceError::Started)
}
