//! Events about satisfaction surveys.

use serde::{Deserialize, Serialize};

/// A citizen rated a visit. The comment is personal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyAnswered {
    /// How it was asked.
    pub channel: SurveyChannel,
    /// 1 (rất không hài lòng) to 5 (rất hài lòng); 4 and 5 count as satisfied.
    pub rating: u8,
    /// Which pledges were kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commitments: Vec<CommitmentRating>,
    /// Opaque token of the visit: at most one answer counts per token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit_token: Option<String>,
    /// Staff helped to fill it in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assisted: bool,
    /// Code of the service used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The survey that asked, as its slug, where it was one with a beginning and an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survey: Option<String>,
    /// The round of that survey, such as `2024-1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wave: Option<String>,
}

/// How a survey was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SurveyChannel {
    /// The kiosk of the one-stop desk.
    Kiosk,
    /// A printed QR code.
    Qr,
    /// Zalo.
    Zalo,
    /// A paper form.
    Paper,
    /// A call.
    Phone,
}

/// One pledge, kept or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitmentRating {
    /// Code of the pledge, such as `B1`.
    pub code: String,
    /// The citizen's answer.
    pub kept: bool,
}

impl SurveyChannel {
    /// All of them, in the order of every list by channel; snapshots of the read model rest on it.
    pub const ALL: [SurveyChannel; 5] =
        [SurveyChannel::Kiosk, SurveyChannel::Qr, SurveyChannel::Zalo, SurveyChannel::Paper, SurveyChannel::Phone];

    /// The place in [`SurveyChannel::ALL`].
    #[must_use]
    pub const fn place(self) -> usize {
        match self {
            SurveyChannel::Kiosk => 0,
            SurveyChannel::Qr => 1,
            SurveyChannel::Zalo => 2,
            SurveyChannel::Paper => 3,
            SurveyChannel::Phone => 4,
        }
    }

    /// The code in events and in rulebooks.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            SurveyChannel::Kiosk => "kiosk",
            SurveyChannel::Qr => "qr",
            SurveyChannel::Zalo => "zalo",
            SurveyChannel::Paper => "paper",
            SurveyChannel::Phone => "phone",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_stands_at_its_place_and_reads_as_it_is_written() {
        for (place, channel) in SurveyChannel::ALL.into_iter().enumerate() {
            assert_eq!(channel.place(), place);
            assert_eq!(serde_json::to_value(channel).expect("writes"), channel.code());
        }
    }
}
