//! Opening a period, and closing it: who is late, who is left out, and the draft that the operators approve.

use std::collections::BTreeSet;

use danvan_event::{DraftDocuments, Exclusion, PeriodClosed, PeriodOpened, RankingDraft, Superseded, UnitId};
use danvan_projection::{Closing, Period, PeriodCourse, Reach, Rule, UnitCoverage};
use danvan_ranking::rank;
use danvan_tlog::Index;

use crate::course::CourseError;
use crate::mirror::{Mirror, StateError};
use crate::publication::{Documents, digest};
use crate::scribe::Statement;
use crate::shelf::ShelfError;

/// What an operator decides about closing a period.
#[derive(Debug, Clone)]
pub(crate) struct CloseOrder {
    pub(crate) period: Period,
    /// Late units that are not waited for, among them those whose node is enrolled and never sent anything.
    pub(crate) excluded: Vec<Exclusion>,
    /// Why the last publication is amended; absent when there is none.
    pub(crate) reason: Option<String>,
}

/// A statement about a period, and whether it stood there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stated {
    pub(crate) index: Index,
    pub(crate) again: bool,
}

/// A draft with everything that is needed to check it.
pub(crate) struct Drafted {
    pub(crate) closing: Closing,
    pub(crate) draft: RankingDraft,
    pub(crate) documents: Documents,
}

impl Mirror {
    /// Opens a period under an adopted rulebook, the last one when none is named. Saying the same again changes nothing.
    pub(crate) fn open_period(&self, period: &Period, rulebook: Option<&str>) -> Result<Stated, CourseError> {
        let mut desk = self.desk();
        self.catch_up(&mut desk)?;
        let (opened, last) = {
            let model = self.reading.model();
            let registry = model.registry();
            let last = registry.rulebooks().last().map(|held| held.fact.rulebook_sha256.clone());
            (registry.periods().get(period).map(|course| course.opened().clone()), last)
        };
        if let Some(opened) = opened
            && rulebook.is_none_or(|named| named == opened.fact.rulebook_sha256)
            && let Some(index) = Index::new(opened.evidence.index())
        {
            return Ok(Stated { index, again: true });
        }
        let rulebook_sha256 = rulebook.map(str::to_owned).or(last).ok_or(ShelfError::NoneAdopted)?;
        let fact = PeriodOpened { period: period.to_string(), rulebook_sha256 };
        let index = self.take_step(&mut desk, &Statement::PeriodOpened(fact), None)?;
        Ok(Stated { index, again: false })
    }

    /// Closes a period at the present size of the own log. While a late unit is neither held nor left out, it is said who is
    /// waited for; else the draft is made. What would say the same as the closing under way is that closing.
    pub(crate) fn close_period(&self, order: &CloseOrder) -> Result<Stated, CourseError> {
        self.prove_model()?;
        let mut desk = self.desk();
        let cut = self.catch_up(&mut desk)?.get();
        let course = self.course(&order.period)?;
        let late = late(&self.reading.model().coverage(&order.period));
        let mut excluded = order.excluded.clone();
        excluded.sort_by(|a, b| a.unit.cmp(&b.unit));
        if let Some(other) = excluded.iter().find(|excluded| !late.contains(&excluded.unit)) {
            return Err(CourseError::NotLate(other.unit.clone()));
        }
        let without: BTreeSet<UnitId> = excluded.iter().map(|excluded| excluded.unit.clone()).collect();
        let last = course.published().last();
        let mut fact = PeriodClosed {
            period: order.period.to_string(),
            cut,
            rulebook_sha256: course.opened().fact.rulebook_sha256.clone(),
            waiting: late.difference(&without).cloned().collect(),
            excluded,
            supersedes: last.map(|last| Superseded { index: last.evidence.index() }),
            reason: order.reason.clone(),
            documents: None,
            draft_sha256: None,
        };
        let attachment =
            if fact.waiting.is_empty() { Some(self.draw_up(&mut fact, &order.period, &without)?) } else { None };
        if let Some(index) = self.same_closing(&course, &fact) {
            return Ok(Stated { index, again: true });
        }
        let index = self.take_step(&mut desk, &Statement::PeriodClosed(fact), attachment)?;
        Ok(Stated { index, again: false })
    }

    /// The closing under way, if it differs from this one in nothing but the cut. One that was approved by a key which was delisted
    /// since is not gone on with: closing again is how the approval of a stolen key is left behind.
    fn same_closing(&self, course: &PeriodCourse, fact: &PeriodClosed) -> Option<Index> {
        let Closing { closed, approvals } = course.pending()?;
        let plain = |fact: &PeriodClosed| PeriodClosed { cut: 0, draft_sha256: None, ..fact.clone() };
        let model = self.reading.model();
        let stands = approvals.iter().all(|approval| model.registry().operators().contains_key(&approval.vkey));
        if stands && plain(&closed.fact) == plain(fact) { Index::new(closed.evidence.index()) } else { None }
    }

    /// Computes the documents of a draft, names them in the closing, and packs them.
    fn draw_up(
        &self,
        fact: &mut PeriodClosed,
        period: &Period,
        without: &BTreeSet<UnitId>,
    ) -> Result<Vec<u8>, CourseError> {
        let rulebook = self.rulebook(&fact.rulebook_sha256)?;
        let (inputs, documents) = self.reading.without(without, |model| {
            let inputs = model.inputs_without(without);
            let documents = Documents { inputs: inputs.to_bytes(), ranking: rank(model, &rulebook, period).to_bytes() };
            (inputs, documents)
        });
        let attachment = documents.attachment()?;
        fact.documents = Some(DraftDocuments {
            inputs_count: u32::try_from(inputs.inputs.len()).map_err(|_| CourseError::TooMuch)?,
            inputs_sha256: digest(&documents.inputs),
            engine: rulebook.engine().code().to_owned(),
            output_sha256: digest(&documents.ranking),
            attachment_sha256: digest(&attachment),
        });
        let draft = RankingDraft::of_closing(self.ledger.origin().as_str(), fact);
        fact.draft_sha256 = draft.map(|draft| draft.sha256()).transpose().map_err(|_| CourseError::TooMuch)?;
        Ok(attachment)
    }

    /// The draft of a period that is under way; absent while units are waited for, or when nothing is closed.
    pub(crate) fn draft(&self, period: &Period) -> Result<Option<Drafted>, CourseError> {
        let course = self.course(period)?;
        let Some(closing) = course.pending() else { return Ok(None) };
        let Some(draft) = RankingDraft::of_closing(self.ledger.origin().as_str(), &closing.closed.fact) else {
            return Ok(None);
        };
        let documents = self.drafted(closing)?;
        Ok(Some(Drafted { closing: closing.clone(), draft, documents }))
    }

    /// The documents that are attached to a closing.
    pub(crate) fn drafted(&self, closing: &Closing) -> Result<Documents, CourseError> {
        let index = Index::new(closing.closed.evidence.index()).ok_or(CourseError::TooMuch)?;
        let packed = self.ledger.read_one(index)?.attachment.ok_or(CourseError::DocumentsLost(index))?;
        Documents::from_attachment(&packed)?.ok_or(CourseError::DocumentsLost(index))
    }

    /// How far the logs of all units reach into a period, as far as the read model has come.
    pub(crate) fn coverage(&self, period: &Period) -> Result<Vec<UnitCoverage>, StateError> {
        self.reading.wait_for(self.ledger.size())?;
        Ok(self.reading.model().coverage(period))
    }
}

fn late(coverage: &[UnitCoverage]) -> BTreeSet<UnitId> {
    coverage.iter().filter(|unit| unit.reach == Reach::Late).map(|unit| unit.unit.clone()).collect()
}

impl CourseError {
    /// The rule of the domain that was broken, if it was one.
    pub(crate) fn rule(&self) -> Option<Rule> {
        match self {
            Self::Refused(danvan_projection::FlagReason::Rule(rule)) => Some(*rule),
            _ => None,
        }
    }
}
