//! The process shell of a node and an aggregator: everything that a well-behaved unattended service needs around its work.
//!
//! # What's in scope
//! * Settings from one TOML file and the environment, checked as a whole before a port is opened; every error names file,
//!   line and key.
//! * The trace (standard error, text or JSON), the metrics registry, health, the drain token, systemd's notifications.
//! * Ports for time and randomness, so that a test or a demo decides both.
//! * Durable small files: private, replaced atomically, fsynced with their directory.
//! * What two HTTP faces share: problem documents (RFC 9457) in Vietnamese and English, bearer tokens, serving until drained.
//!
//! # What's out of scope
//! What is served, stored or measured. Each process names its own metrics and routes.
//!
//! This crate must never know the domain, the ledger or the broker.

mod bearer;
mod clock;
mod drain;
mod files;
mod health;
mod metrics;
mod problem;
mod randomness;
mod server;
mod settings;
mod systemd;
mod trace;

pub use bearer::{BearerToken, bearer_token};
pub use clock::{Clock, ClockKind, SimulatedClock, SystemClock, UnixMillis, since_boot};
pub use drain::{DrainToken, drain_on_signals};
pub use files::{
    SecretFileError, create_private_dir, free_bytes, read_secret, remove_durably, sync_dir, write_atomic, write_private,
};
pub use health::{Gate, Health, SyncReport, health_router};
pub use metrics::{Metrics, MetricsError};
pub use problem::{FieldError, Problem, Text};
pub use randomness::{OsRandomness, Randomness, SeededRandomness};
pub use server::{BindError, ServeError, bind, serve};
pub use settings::{
    Environment, KeyProblem, ListenAddress, Origin, Settings, SettingsError, SettingsProblem, load_settings,
    load_settings_with,
};
pub use systemd::{notify_ready, notify_status, notify_stopping};
pub use trace::{TraceError, TraceFormat, TraceSettings, start_trace};
