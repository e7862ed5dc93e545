//! Why a publication does not follow from the entries, with the words for each reason.

use crate::finding::{Fault, Part};
use crate::texts::{rule_en, rule_vi};
use danvan_event::UnitId;
use danvan_tlog::{Hash, Size};
use serde::Serialize;

/// Why a publication does not follow from the entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Problem {
    /// The entries up to the publication are not those that the aggregator signed, or nothing was signed.
    Unsigned {
        /// How many entries are.
        signed: Size,
    },
    /// It was made by a procedure that this program does not have, or that is not the one of its rulebook.
    UnknownEngine {
        /// Its name.
        engine: String,
    },
    /// Its rulebook was not adopted before the cut, or is no rulebook.
    UnknownRulebook {
        /// The digest that was announced.
        sha256: String,
    },
    /// Its period is none.
    UnknownPeriod,
    /// What is attached is not there, or not what was announced.
    Attachment {
        /// What is wrong, in the words of fsck.
        fault: Fault,
    },
    /// The mirrored entries of a log are not those that its last cosigned checkpoint covers.
    Input {
        /// The log.
        origin: String,
        /// How many of its entries are there.
        size: Size,
        /// The root over them.
        root: Hash,
    },
    /// The policy does not list a log that was counted, so that nothing vouches for its entries.
    UnknownLog {
        /// The log.
        origin: String,
    },
    /// The log that was counted did not sign the entries that were counted, by its key in the policy.
    UnsignedInput {
        /// The log.
        origin: String,
        /// How many of its entries it signed.
        signed: Size,
    },
    /// It breaks a rule of publishing: it is not official, whatever it says.
    AgainstRules {
        /// The code of the rule.
        reason: String,
    },
    /// Logs do not reach the end of the period, and neither were they waited for nor is it said why they are left out.
    Incomplete {
        /// Their units.
        units: Vec<UnitId>,
    },
    /// Units are left out that are not late.
    LeftOut {
        /// The units.
        units: Vec<UnitId>,
    },
    /// A document that was published is not the one that the entries lead to.
    Differs {
        /// Which document.
        part: Part,
    },
}

impl Problem {
    /// The stable code, as it stands in JSON.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unsigned { .. } => "unsigned",
            Self::UnknownEngine { .. } => "unknown_engine",
            Self::UnknownRulebook { .. } => "unknown_rulebook",
            Self::UnknownPeriod => "unknown_period",
            Self::Attachment { .. } => "attachment",
            Self::Input { .. } => "input",
            Self::UnknownLog { .. } => "unknown_log",
            Self::UnsignedInput { .. } => "unsigned_input",
            Self::AgainstRules { .. } => "against_rules",
            Self::Incomplete { .. } => "incomplete",
            Self::LeftOut { .. } => "left_out",
            Self::Differs { .. } => "differs",
        }
    }

    /// The problem in Vietnamese.
    #[must_use]
    pub fn vi(&self) -> String {
        match self {
            Self::Unsigned { signed } => format!("Sổ của bên công bố chỉ có chữ ký hợp lệ cho {signed} mục"),
            Self::UnknownEngine { engine } => format!("Không có cách tính {engine}"),
            Self::UnknownRulebook { sha256 } => format!("Không có bộ tiêu chí {sha256}"),
            Self::UnknownPeriod => "Kỳ xếp hạng không đúng quy cách".to_owned(),
            Self::Attachment { fault } => fault.vi(),
            Self::Input { origin, size, .. } => {
                format!("Các mục ghi đã sao của {origin} ({size} mục) không khớp với xác nhận cuối cùng")
            }
            Self::UnknownLog { origin } => format!("Tệp chính sách không có sổ {origin} mà bảng xếp hạng đã tính"),
            Self::UnsignedInput { origin, signed } => {
                format!("Sổ {origin} chỉ ký {signed} mục trong số các mục đã được tính")
            }
            Self::AgainstRules { reason } => {
                let title = rule_vi(reason);
                format!("Lần công bố này trái quy định: {title}")
            }
            Self::Incomplete { units } => {
                format!("Công bố khi chưa đủ dữ liệu và không nêu lý do loại ra: {}", listed(units))
            }
            Self::LeftOut { units } => format!("Loại ra đơn vị không chậm dữ liệu: {}", listed(units)),
            Self::Differs { part } => format!("Tính lại cho kết quả khác: {}", part.vi()),
        }
    }

    /// The problem in English.
    #[must_use]
    pub fn en(&self) -> String {
        match self {
            Self::Unsigned { signed } => format!("only {signed} entries of the publisher's log are signed"),
            Self::UnknownEngine { engine } => format!("there is no procedure {engine} here"),
            Self::UnknownRulebook { sha256 } => format!("there is no rulebook {sha256}"),
            Self::UnknownPeriod => "the period is not one".to_owned(),
            Self::Attachment { fault } => fault.en(),
            Self::Input { origin, size, root } => {
                format!("the mirrored entries of {origin} are {size} with the root {root}, cosigned was another state")
            }
            Self::UnknownLog { origin } => format!("the policy does not list the log {origin}, which was counted"),
            Self::UnsignedInput { origin, signed } => {
                format!("the log {origin} signed only {signed} of the entries that were counted")
            }
            Self::AgainstRules { reason } => {
                let title = rule_en(reason);
                format!("the publication breaks a rule: {title}")
            }
            Self::Incomplete { units } => {
                format!("published while data was missing, without a reason for leaving it out: {}", listed(units))
            }
            Self::LeftOut { units } => format!("units are left out that are not late: {}", listed(units)),
            Self::Differs { part } => format!("the {} recomputed differ from those published", part.en()),
        }
    }
}

fn listed(units: &[UnitId]) -> String {
    units.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
