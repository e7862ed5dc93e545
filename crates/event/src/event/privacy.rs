//! Events about personal data.

use serde::{Deserialize, Serialize};

use super::feedback::ConsentPurpose;
use crate::EventId;

/// The openings of these events are destroyed. Their entries stay, and with them every root and every rank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivacyErased {
    /// Events of the same log, or of the logs that it goes on for.
    pub event_ids: Vec<EventId>,
    /// Why.
    pub reason: ErasureReason,
}

/// Why personal data are destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasureReason {
    /// The person asked for it.
    Requested,
    /// The time for which they may be kept is over.
    RetentionOver,
    /// They should not have been recorded.
    WronglyRecorded,
}

/// A person asks for personal data to be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureRequested {
    /// The events that the request is about.
    pub event_ids: Vec<EventId>,
    /// How the request came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<RequestChannel>,
    /// The last day to answer it, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<String>,
}

/// How a person asks for something about personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestChannel {
    /// Đến trụ sở.
    Reception,
    /// Gửi văn bản.
    Letter,
    /// Gọi điện thoại.
    Phone,
    /// Gửi trực tuyến.
    Online,
}

/// A request for erasure was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureRefused {
    /// The event that recorded the request.
    pub request: EventId,
    /// Why.
    pub ground: RefusalGround,
    /// What the person was told, published on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Why a request for erasure is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalGround {
    /// Pháp luật yêu cầu lưu giữ.
    LegalDuty,
    /// Không xác định được người yêu cầu.
    PersonNotIdentified,
    /// Không phải dữ liệu cá nhân.
    NotPersonal,
    /// Đã xoá trước đó.
    AlreadyErased,
}

/// A person takes back the consent given with an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentWithdrawn {
    /// The event that carried the consent.
    pub event: EventId,
    /// What it is withdrawn for.
    pub purposes: Vec<ConsentPurpose>,
    /// The last day to act on it, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<String>,
}

/// Somebody looked at an opening. What it says is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivacyDisclosed {
    /// The event whose opening was shown.
    pub event: EventId,
    /// The fields shown, as JSON pointers such as `/data/text`.
    pub fields: Vec<String>,
    /// Who looked.
    pub role: DisclosureRole,
    /// What for.
    pub purpose: DisclosurePurpose,
    /// The unit's own key for a member of staff; never a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff_key: Option<String>,
}

/// Who may look at an opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisclosureRole {
    /// Cán bộ, công chức của đơn vị.
    Staff,
    /// Hội đồng đánh giá.
    Board,
    /// Người vận hành trạm.
    Operator,
}

/// What an opening is looked at for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisclosurePurpose {
    /// Giải quyết phản ánh.
    HandleCase,
    /// Liên hệ trả lời người dân.
    AnswerCitizen,
    /// Thực hiện yêu cầu về dữ liệu cá nhân.
    ErasureRequest,
    /// Thanh tra, kiểm tra.
    Inspection,
}
