//! `aggregator.toml`. Every key is described in `schemas/config/aggregator.md`.

use std::net::SocketAddr;

use danvan_daemon::{KeyProblem, ListenAddress, Settings, TraceSettings};
use danvan_event::{AggregatorName, UnitId};
use danvan_projection::Period;
use danvan_replication::{SpoolSettings, check_broker_addresses};
use danvan_tlog::{KeyName, NameError, Origin};
use serde::{Deserialize, Serialize};

/// The whole file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AggregatorSettings {
    pub(crate) aggregator: IdentitySettings,
    pub(crate) http: HttpSettings,
    pub(crate) nats: NatsSettings,
    #[serde(default)]
    pub(crate) spool: SpoolLimits,
    #[serde(default)]
    pub(crate) trace: TraceSettings,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) attribution: Vec<Attribution>,
}

/// `[aggregator]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdentitySettings {
    pub(crate) name: AggregatorName,
    pub(crate) deployment: String,
    /// The place that stands on every page, such as "Huyện Ngọc Lặc".
    pub(crate) place: String,
    /// The word for this tier, such as "Huyện" or "Cụm thi đua".
    pub(crate) level_label: String,
    /// The period that is shown first; the year of the clock without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) period: Option<Period>,
}

/// `[http]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpSettings {
    pub(crate) listen: ListenAddress,
    /// The proxy that ends TLS in front of an address that others can reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) behind_proxy: Option<String>,
}

/// `[nats]`; the password is in the file `nats.password` beside this one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NatsSettings {
    pub(crate) url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    /// `host:port` of the broker's monitoring, asked at the start whether it syncs every write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) monitor: Option<String>,
}

/// `[[attribution]]`: which facts of a unit with simulated data are real, and by what source. Only who sets up a
/// demonstration can know that, so nothing is concluded from the entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Attribution {
    pub(crate) unit: UnitId,
    /// The whole sentence in Vietnamese.
    pub(crate) vi: String,
    /// The whole sentence in English.
    pub(crate) en: String,
}

/// `[spool]`: what is asked of the broker when the stream of batches is made there.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SpoolLimits {
    /// The most bytes of all batches together.
    pub(crate) max_bytes: i64,
}

impl Default for SpoolLimits {
    fn default() -> Self {
        Self { max_bytes: SpoolSettings::default().max_bytes }
    }
}

/// Below this one busy unit alone would push its own unread batches out.
const LEAST_SPOOL_BYTES: i64 = 32 << 20;

impl AggregatorSettings {
    pub(crate) fn origin(&self) -> Result<Origin, NameError> {
        Origin::new(format!("{}{ROLE_OF_AGGREGATORS}{}", self.aggregator.deployment, self.aggregator.name))
    }

    pub(crate) fn mirror_name(&self) -> Result<KeyName, NameError> {
        KeyName::new(format!("{}{ROLE_OF_AGGREGATORS}{}/mirror", self.aggregator.deployment, self.aggregator.name))
    }

    pub(crate) fn listen(&self) -> SocketAddr {
        self.http.listen.0
    }
}

/// What stands between deployment and name in the origin of an aggregator.
const ROLE_OF_AGGREGATORS: &str = "/a/";
/// The same for a unit.
const ROLE_OF_UNITS: &str = "/u/";

/// The origin of a unit's first log in the deployment of the aggregator that keeps the log `own`.
pub(crate) fn unit_origin(own: &Origin, unit: &str) -> String {
    let deployment = own.as_str().rsplit_once(ROLE_OF_AGGREGATORS).map_or(own.as_str(), |(deployment, _)| deployment);
    format!("{deployment}{ROLE_OF_UNITS}{unit}")
}

impl Settings for AggregatorSettings {
    fn check(&self) -> Vec<KeyProblem> {
        let mut problems = Vec::new();
        if let Err(error) = self.origin().and(self.mirror_name()) {
            problems.push(KeyProblem::new("aggregator.deployment", error));
        }
        if [ROLE_OF_AGGREGATORS, ROLE_OF_UNITS]
            .iter()
            .any(|role| format!("{}/", self.aggregator.deployment).contains(role))
        {
            let reason = "must not hold /a/ or /u/: these tell in the name of a log whose it is";
            problems.push(KeyProblem::new("aggregator.deployment", reason));
        }
        for (place, attribution) in self.attribution.iter().enumerate() {
            for (key, text) in [("vi", &attribution.vi), ("en", &attribution.en)] {
                if text.trim().is_empty() {
                    problems.push(KeyProblem::new(format!("attribution[{place}].{key}"), "must not be empty"));
                }
            }
        }
        if self.aggregator.place.trim().is_empty() {
            problems.push(KeyProblem::new("aggregator.place", "must not be empty"));
        }
        if let Err(error) = check_broker_addresses(&self.nats.url) {
            problems.push(KeyProblem::new("nats.url", error));
        }
        let proxy = self.http.behind_proxy.as_deref().map(str::trim);
        if proxy == Some("") {
            problems.push(KeyProblem::new("http.behind_proxy", "must not be empty"));
        }
        if !self.http.listen.is_loopback() && proxy.is_none() {
            let reason = "others could reach this address without encryption: use a loopback address, or name the proxy \
                          that ends TLS in http.behind_proxy";
            problems.push(KeyProblem::new("http.listen", reason));
        }
        if self.spool.max_bytes < LEAST_SPOOL_BYTES {
            problems.push(KeyProblem::new("spool.max_bytes", format!("must be at least {LEAST_SPOOL_BYTES}")));
        }
        if let Err(error) = self.trace.check() {
            problems.push(KeyProblem::new("trace.filter", error));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(listen: &str, more: &str) -> AggregatorSettings {
        toml::from_str(&format!(
            "[aggregator]\nname = \"ngoc-lac\"\ndeployment = \"x.danvan.demo\"\nplace = \"Huyện Ngọc Lặc\"\nlevel_label = \
             \"Huyện\"\nperiod = \"2024\"\n[http]\nlisten = \"{listen}\"\n{more}\n[nats]\nurl = \
             \"nats://127.0.0.1:4222\"\n"
        ))
        .expect("settings")
    }

    #[test]
    fn an_address_that_others_reach_needs_a_named_proxy() {
        assert!(settings("127.0.0.1:8420", "").check().is_empty());
        let problems = settings("0.0.0.0:8420", "").check();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].key, "http.listen");
        assert!(settings("0.0.0.0:8420", "behind_proxy = \"nginx\"").check().is_empty());
        let problems = settings("0.0.0.0:8420", "behind_proxy = \" \"").check();
        assert_eq!(problems.iter().map(|problem| problem.key.as_str()).collect::<Vec<_>>(), ["http.behind_proxy"]);
    }

    #[test]
    fn a_deployment_cannot_look_like_the_role_of_a_log() {
        for (deployment, fit) in [("x/a/y", false), ("x/u/y", false), ("x/u", false), ("xa/ua", true), ("x.y/z", true)]
        {
            let mut settings = settings("127.0.0.1:8420", "");
            settings.aggregator.deployment = deployment.to_owned();
            assert_eq!(settings.check().is_empty(), fit, "{deployment}");
        }
        let own = Origin::new("x/a/y/a/ngoc-lac").expect("an origin");
        assert_eq!(unit_origin(&own, "gso2024-15097"), "x/a/y/u/gso2024-15097");
    }

    #[test]
    fn the_spool_has_room_by_default_and_no_less_than_one_unit_needs() {
        let usual = settings("127.0.0.1:8420", "");
        assert_eq!((usual.spool.max_bytes, usual.check().len()), (4 << 30, 0));
        assert!(settings("127.0.0.1:8420", "[spool]\nmax_bytes = 268435456").check().is_empty());
        let problems = settings("127.0.0.1:8420", "[spool]\nmax_bytes = 1000").check();
        assert_eq!(problems.iter().map(|problem| problem.key.as_str()).collect::<Vec<_>>(), ["spool.max_bytes"]);
    }

    #[test]
    fn an_attribution_speaks_both_languages() {
        let attribution =
            |en: &str| format!("[[attribution]]\nunit = \"gso2024-15097\"\nvi = \"Thật.\"\nen = \"{en}\"");
        assert!(settings("127.0.0.1:8420", &attribution("Real.")).check().is_empty());
        let problems = settings("127.0.0.1:8420", &attribution(" ")).check();
        assert_eq!(problems.iter().map(|problem| problem.key.as_str()).collect::<Vec<_>>(), ["attribution[0].en"]);
    }

    #[test]
    fn the_names_of_log_and_mirror_key_follow_from_the_settings() {
        let settings = settings("127.0.0.1:8420", "");
        assert_eq!(settings.origin().expect("an origin").as_str(), "x.danvan.demo/a/ngoc-lac");
        assert_eq!(settings.mirror_name().expect("a name").as_str(), "x.danvan.demo/a/ngoc-lac/mirror");
    }
}
