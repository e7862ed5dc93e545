//! The settings of a node, `DIR/node.toml`. Every key is described in `schemas/config/node.md`.

use std::path::{Path, PathBuf};

use danvan_daemon::{
    ClockKind, Environment, KeyProblem, ListenAddress, SecretFileError, Settings, SettingsError, TraceSettings,
    load_settings_with, read_secret,
};
use danvan_event::{Gazetteer, UnitId};
use danvan_replication::{AggregatorToken, UnitToken, check_authority_file, check_broker_addresses};
use danvan_tlog::{Origin, VerifierKey};
use serde::{Deserialize, Serialize};

use crate::privacy::PrivacySettings;

/// The file that `demo` puts into the root of what it makes: a simulated clock is refused except below it.
pub const DEMO_MARKER: &str = ".danvan-demo";

/// `node.toml`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeSettings {
    pub(crate) unit: UnitId,
    pub(crate) deployment: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) http: HttpSettings,
    #[serde(default)]
    pub(crate) nats: NatsSettings,
    #[serde(default)]
    pub(crate) clock: ClockSettings,
    #[serde(default)]
    pub(crate) intake: IntakeSettings,
    #[serde(default)]
    pub(crate) kiosk: KioskSettings,
    #[serde(default)]
    pub(crate) heartbeat: HeartbeatSettings,
    #[serde(default)]
    pub(crate) drain: DrainSettings,
    #[serde(default)]
    pub(crate) privacy: PrivacySettings,
    #[serde(default)]
    pub(crate) trace: TraceSettings,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) aggregators: Vec<AggregatorSettings>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct HttpSettings {
    pub(crate) listen: ListenAddress,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) proxy: Option<String>,
    pub(crate) request_seconds: u64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NatsSettings {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) password_file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ca_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ClockSettings {
    pub(crate) kind: ClockKind,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct IntakeSettings {
    pub(crate) future_seconds: u32,
    pub(crate) form_bytes: usize,
    pub(crate) body_bytes: usize,
    pub(crate) lines: usize,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct KioskSettings {
    pub(crate) idle_seconds: u32,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct HeartbeatSettings {
    pub(crate) every_seconds: u64,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DrainSettings {
    pub(crate) grace_seconds: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AggregatorSettings {
    pub(crate) mirror: VerifierKey,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self { listen: ListenAddress(([127, 0, 0, 1], 8410).into()), proxy: None, request_seconds: 60 }
    }
}

impl Default for IntakeSettings {
    /// A form of 128 KiB is more than the largest entry and its personal texts; a body of 8 MiB holds a year of a commune.
    fn default() -> Self {
        Self { future_seconds: 120, form_bytes: 128 << 10, body_bytes: 8 << 20, lines: 20_000 }
    }
}

impl Default for KioskSettings {
    fn default() -> Self {
        Self { idle_seconds: 45 }
    }
}

impl Default for HeartbeatSettings {
    fn default() -> Self {
        Self { every_seconds: 15 }
    }
}

impl Default for DrainSettings {
    fn default() -> Self {
        Self { grace_seconds: 10 }
    }
}

impl NodeSettings {
    /// Reads `DIR/node.toml` under the environment and checks everything that it names.
    pub(crate) fn load(dir: &Path, environment: &Environment) -> Result<Self, SettingsError> {
        load_settings_with(&dir.join("node.toml"), environment, |settings: &Self| settings.check_in(dir))
    }

    /// The origin of this node's log.
    pub(crate) fn origin(&self) -> Option<Origin> {
        Origin::new(format!("{}/u/{}", self.deployment, self.unit)).ok()
    }

    /// The name on the screens.
    pub(crate) fn place(&self) -> String {
        let known = || Gazetteer::find(&self.unit).map(danvan_event::Unit::full_name_vi);
        self.name.clone().or_else(known).unwrap_or_else(|| self.unit.to_string())
    }

    /// User and password at the broker, where they are set.
    pub(crate) fn nats_login(&self, dir: &Path) -> Result<Option<(String, String)>, SecretFileError> {
        let (Some(user), Some(file)) = (&self.nats.user, &self.nats.password_file) else { return Ok(None) };
        let password = read_secret(&dir.join(file))?;
        Ok(Some((user.clone(), password.trim().to_owned())))
    }

    fn check_in(&self, dir: &Path) -> Vec<KeyProblem> {
        let mut problems = Vec::new();
        match self.nats.password_file.as_ref().map(|file| read_secret(&dir.join(file))) {
            Some(Err(error)) => problems.push(KeyProblem::new("nats.password_file", error)),
            Some(Ok(text)) if text.trim().is_empty() => {
                problems.push(KeyProblem::new("nats.password_file", "holds no password"));
            }
            Some(Ok(_)) | None => {}
        }
        if let Some(file) = &self.nats.ca_file
            && let Err(error) = check_authority_file(&dir.join(file))
        {
            problems.push(KeyProblem::new("nats.ca_file", format!("{}: {error}", dir.join(file).display())));
        }
        if self.clock.kind == ClockKind::Simulated && !is_inside_demo(dir) {
            let reason = format!("a simulated clock is for demonstrations: no {DEMO_MARKER} lies above this directory");
            problems.push(KeyProblem::new("clock.kind", reason));
        }
        problems
    }
}

impl Settings for NodeSettings {
    fn check(&self) -> Vec<KeyProblem> {
        let mut problems = Vec::new();
        let mut must = |holds: bool, key: &str, reason: &str| {
            if !holds {
                problems.push(KeyProblem::new(key, reason));
            }
        };
        must(UnitToken::new(self.unit.as_str()).is_ok(), "unit", "cannot stand in a subject of the broker");
        must(self.origin().is_some(), "deployment", "is not a name for logs: no spaces and no plus sign");
        must(
            self.deployment.split('/').all(|part| !["", "a", "u"].contains(&part)),
            "deployment",
            "has an empty part, or the part `a` or `u`, which begin the names of aggregators and units",
        );
        must(
            self.http.listen.is_loopback() || self.http.proxy.as_ref().is_some_and(|name| !name.trim().is_empty()),
            "http.listen",
            "is open to the network without encryption: listen on 127.0.0.1, or name in http.proxy what stands before it",
        );
        must((1..=3600).contains(&self.http.request_seconds), "http.request_seconds", "must be 1 to 3600");
        must(
            self.nats.user.is_some() == self.nats.password_file.is_some(),
            "nats.user",
            "needs nats.password_file, and the other way round",
        );
        must(
            self.intake.future_seconds <= 120,
            "intake.future_seconds",
            "must be at most 120: later times never count",
        );
        must((1 << 10..=1 << 20).contains(&self.intake.form_bytes), "intake.form_bytes", "must be 1 KiB to 1 MiB");
        must(
            (self.intake.form_bytes..=64 << 20).contains(&self.intake.body_bytes),
            "intake.body_bytes",
            "must be intake.form_bytes to 64 MiB",
        );
        must((1..=1_000_000).contains(&self.intake.lines), "intake.lines", "must be 1 to 1000000");
        must((10..=600).contains(&self.kiosk.idle_seconds), "kiosk.idle_seconds", "must be 10 to 600");
        must((1..=3600).contains(&self.heartbeat.every_seconds), "heartbeat.every_seconds", "must be 1 to 3600");
        must((1..=600).contains(&self.drain.grace_seconds), "drain.grace_seconds", "must be 1 to 600");
        if let Some(Err(error)) = self.nats.url.as_deref().map(check_broker_addresses) {
            problems.push(KeyProblem::new("nats.url", error));
        }
        for (place, aggregator) in self.aggregators.iter().enumerate() {
            if AggregatorToken::of_mirror(aggregator.mirror.name()).is_none() {
                let reason = format!("{} is not the name of a mirror key", aggregator.mirror.name());
                problems.push(KeyProblem::new(format!("aggregators[{place}].mirror"), reason));
            }
        }
        problems.extend(self.privacy.problems());
        if let Err(error) = self.trace.check() {
            problems.push(KeyProblem::new("trace.filter", error));
        }
        problems
    }
}

/// Whether some directory above holds the demonstration's marker.
fn is_inside_demo(dir: &Path) -> bool {
    let whole = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    whole.ancestors().any(|above| above.join(DEMO_MARKER).exists())
}
