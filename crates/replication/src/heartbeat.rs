//! Heartbeats: what a node says about itself every few seconds. Display only: nothing is decided on them.

use danvan_tlog::{KeyName, Origin, Size};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The state of a node when it spoke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// The version of the program.
    pub version: String,
    /// The node's log.
    pub origin: Origin,
    /// How many entries are durable at the node.
    pub size: Size,
    /// How many each required aggregator has cosigned, by the name of its mirror key.
    pub receipted: BTreeMap<KeyName, Size>,
    /// Entries that not every required aggregator has cosigned.
    pub backlog: u64,
    /// How long the backlog has not been empty, in milliseconds; 0 when it is empty.
    pub backlog_age_ms: u64,
    /// The node's clock, in milliseconds since the Unix epoch.
    pub clock_ms: i64,
    /// Free bytes on the disk of the ledger, when the system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_free_bytes: Option<u64>,
}

impl Heartbeat {
    /// Reads a heartbeat from the bytes of a message; `None` when it is none. Unknown members are ignored.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// The bytes of the message.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_heartbeat_is_still_read() {
        let heartbeat = Heartbeat {
            version: "0.1.0".into(),
            origin: Origin::new("example.com/u/x-1").unwrap(),
            size: Size::from(9),
            receipted: BTreeMap::from([(KeyName::new("example.com/a/b/mirror").unwrap(), Size::from(7))]),
            backlog: 2,
            backlog_age_ms: 1500,
            clock_ms: 1_709_884_200_000,
            disk_free_bytes: None,
        };
        let mut value: serde_json::Value = serde_json::from_slice(&heartbeat.to_bytes()).unwrap();
        value["temperature"] = 41.into();
        assert_eq!(Heartbeat::parse(value.to_string().as_bytes()), Some(heartbeat));
        assert_eq!(Heartbeat::parse(b"{}"), None);
    }
}
