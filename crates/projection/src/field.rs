//! Which field of a form a person would change to keep a rule.

use danvan_event::EventType;

use crate::applied::FlagReason;
use crate::rule::Rule;

impl FlagReason {
    /// JSON pointer of the field of a form of this type that a person would change so that it counts; the empty one is the form as a
    /// whole.
    #[must_use]
    pub fn field(self, event_type: &EventType) -> &'static str {
        match self {
            FlagReason::DuplicateId => "/id",
            FlagReason::ForeignSource => "/source",
            FlagReason::WrongSpeaker => "/type",
            FlagReason::TimeAheadOfRecord | FlagReason::RecordedTimeBackwards => "/time",
            FlagReason::BadSignature => "/data/signature",
            FlagReason::Rule(rule) => of_rule(rule, event_type.short()),
            FlagReason::NotCanonical | FlagReason::SchemaViolation => "",
        }
    }
}

fn of_rule(rule: Rule, short: &str) -> &'static str {
    match rule {
        Rule::StepBeforeReceipt | Rule::StepBeforeResponse | Rule::ReopenedTooLate => "/time",
        // A step names its case as its subject; these only mention one.
        Rule::UnknownFeedback => match short {
            "model.letter_sent.v1" | "pledge.breach_confirmed.v1" => "/data/feedback",
            _ => "/subject",
        },
        Rule::VisitTokenReused => "/data/visit_token",
        Rule::ThirdMemberNeeded => "/data/panel",
        // A renewal is of the catalogue that was signed, and names a version at most.
        Rule::UnknownCatalogue => match short {
            "pledge.renewed.v1" => "/data/version",
            _ => "/data/catalog",
        },
        Rule::CataloguePublishedBefore | Rule::CatalogueChanged => "/data/version",
        Rule::UnknownPledge | Rule::PledgeEnded => "/data/pledge",
        Rule::UnknownEvaluation => "/data/evaluation",
        Rule::UnknownAppeal | Rule::AppealDecidedTwice => "/data/appeal",
        Rule::UnknownAward | Rule::AwardRevokedTwice => "/data/award",
        Rule::UnknownDirective => "/data/directive",
        Rule::ForeignReplication => "/data/target_unit",
        Rule::ExtendedTwice | Rule::ExtendedTooLate | Rule::ExtendedTooFar => "/data/due_days",
        Rule::UnknownRequest => "/data/request",
        Rule::UnknownEntry if matches!(short, "privacy.erased.v1" | "privacy.erasure_requested.v1") => {
            "/data/event_ids"
        }
        Rule::UnknownEntry | Rule::NotRevocable | Rule::StillCited => "/data/event",
        Rule::CountOfTheFuture | Rule::PeriodShape => "/data/period",
        _ => "/subject",
    }
}
