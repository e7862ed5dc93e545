//! Events about administrative services.

use serde::{Deserialize, Serialize};

/// How many transactions the one-stop desk handled in a month. A later event for the same month replaces an earlier one.
///
/// The shape of `service.counted.v2`; an entry of `service.counted.v1` reads as one that says less.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCounted {
    /// The month, `YYYY-MM`.
    pub period: String,
    /// The system that the numbers come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_system: Option<String>,
    /// Transactions received.
    pub received: u32,
    /// Of these, settled in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_time: Option<u32>,
    /// Of these, overdue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overdue: Option<u32>,
    /// Of these, with the papers digitised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digitised: Option<u32>,
    /// Of these, handed in online.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub online: Option<u32>,
}

/// The shape of `service.counted.v1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ServiceCountedV1 {
    /// The month, `YYYY-MM`.
    pub period: String,
    /// Transactions handled.
    pub transactions: u32,
    /// Of these, settled in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_time: Option<u32>,
    /// Of these, overdue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overdue: Option<u32>,
}

impl From<ServiceCountedV1> for ServiceCounted {
    /// What the first version did not ask stays unsaid.
    fn from(earlier: ServiceCountedV1) -> ServiceCounted {
        let ServiceCountedV1 { period, transactions, on_time, overdue } = earlier;
        ServiceCounted {
            period,
            source_system: None,
            received: transactions,
            on_time,
            overdue,
            digitised: None,
            online: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Canon, Event};

    fn read(short: &str, data: &[u8]) -> Event {
        Event::decode(short, &Canon::parse_lenient(data).unwrap()).unwrap()
    }

    #[test]
    fn the_first_version_reads_as_the_second_and_says_no_more_than_it_said() {
        let first = read("service.counted.v1", br#"{"period":"2024-03","transactions":214,"overdue":5}"#);
        assert_eq!(first, read("service.counted.v2", br#"{"period":"2024-03","received":214,"overdue":5}"#));
        let Event::ServiceCounted(counted) = first else { panic!("another event") };
        assert_eq!((counted.received, counted.on_time, counted.overdue), (214, None, Some(5)));
        assert_eq!((counted.source_system, counted.digitised, counted.online), (None, None, None));
    }

    #[test]
    fn a_field_that_only_the_second_version_has_says_nothing_in_the_first() {
        let data = br#"{"period":"2024-03","transactions":3,"online":2,"received":9}"#;
        let Event::ServiceCounted(counted) = read("service.counted.v1", data) else { panic!("another event") };
        assert_eq!((counted.received, counted.online), (3, None));
    }
}
