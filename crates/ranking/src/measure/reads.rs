//! The fields of events that each measure counts.

use super::Measure;

/// What ends the listing of an evaluator. A rulebook need not name it: whether a key was delisted is asked in any case, and a file that
/// was adopted never changes.
pub(crate) const DELISTING: [&str; 2] =
    ["evaluation.evaluator_delisted.v1#/since", "evaluation.evaluator_delisted.v1#/vkey"];

impl Measure {
    /// The fields that it counts, as `<type>#/<field>`, or `<type>#` where the mere event counts. The attributes of an
    /// entry (its times, its subject) are no fields of its data.
    #[must_use]
    pub fn reads(self) -> &'static [&'static str] {
        match self {
            Measure::RolloutDocuments => &[
                "model.coordination_plan_adopted.v1#",
                "model.launch_conference_held.v1#",
                "model.leadership_resolution_adopted.v1#",
                "model.steering_board_established.v1#",
            ],
            Measure::PledgeCoverage => &[
                "pledge.renewed.v1#/period",
                "pledge.revoked.v1#/pledge",
                "pledge.signed.v1#/collective",
                "pledge.signed.v1#/period",
                "pledge.signed.v1#/signers",
                "pledge.signed.v1#/staff_key",
                "unit.staff_declared.v1#/headcount",
            ],
            Measure::OutreachQuarters => &["model.outreach_conducted.v1#"],
            Measure::BoardPoints => &[
                "evaluation.appeal_decided.v1#/decision",
                "evaluation.appeal_decided.v1#/points_delta_centi",
                "evaluation.appealed.v1#/criterion",
                "evaluation.conducted.v1#/kind",
                "evaluation.conducted.v1#/panel/points_centi",
                "evaluation.conducted.v1#/period",
                "evaluation.conducted.v1#/signature",
                DELISTING[0],
                DELISTING[1],
                "evaluation.evaluator_listed.v1#/vkey",
            ],
            Measure::CommitmentsKept => {
                &["survey.answered.v1#/assisted", "survey.answered.v1#/channel", "survey.answered.v1#/commitments/kept"]
            }
            Measure::Apologies => &["model.letter_sent.v1#/kind"],
            Measure::BoardItem => &[
                "evaluation.appeal_decided.v1#/decision",
                "evaluation.appeal_decided.v1#/points_delta_centi",
                "evaluation.appealed.v1#/criterion",
                "evaluation.conducted.v1#/items/points_centi",
                "evaluation.conducted.v1#/kind",
                "evaluation.conducted.v1#/period",
                "evaluation.conducted.v1#/signature",
                DELISTING[0],
                DELISTING[1],
                "evaluation.evaluator_listed.v1#/vkey",
            ],
            _ => self.reads_of_citizens_and_deeds(),
        }
    }

    fn reads_of_citizens_and_deeds(self) -> &'static [&'static str] {
        match self {
            Measure::AnsweredOnTime | Measure::AnswerAge => &[
                "feedback.assigned.v1#/due_days",
                "feedback.received.v1#/due_days",
                "feedback.received.v1#/kind",
                "feedback.responded.v1#",
                "feedback.transferred.v1#",
                "feedback.withdrawn.v1#",
            ],
            Measure::ResolvedLasting => &[
                "feedback.received.v1#/kind",
                "feedback.reopened.v1#",
                "feedback.responded.v1#/outcome",
                "feedback.transferred.v1#",
                "feedback.withdrawn.v1#",
            ],
            Measure::ResultsPublished => {
                &["feedback.received.v1#/kind", "feedback.responded.v1#", "feedback.result_published.v1#"]
            }
            Measure::Satisfied => {
                &["survey.answered.v1#/assisted", "survey.answered.v1#/channel", "survey.answered.v1#/rating"]
            }
            Measure::ResponseCoverage => {
                &["service.counted.v1#/transactions", "service.counted.v2#/received", "survey.answered.v1#/channel"]
            }
            Measure::Dialogues => &["model.dialogue_held.v1#"],
            Measure::Facilities => &["model.facility_invested.v1#/item_code"],
            Measure::PracticesReplicated => &[
                "model.replicated.v1#/practice",
                "model.replicated.v1#/source_unit",
                "model.replicated.v1#/target_unit",
            ],
            Measure::Recognitions => &["emulation.award_revoked.v1#/award", "emulation.recognition_granted.v1#/level"],
            // Entries as such, of every type.
            _ => &[],
        }
    }
}
