//! Steps in the course of a period: each is judged by the rules of the fold before it is written down.

use danvan_ledger::{AttachmentError, ReadError};
use danvan_projection::{FlagReason, PeriodCourse, Rule};
use danvan_tlog::{Index, Size};

use crate::mirror::{Desk, Mirror, StateError};
use crate::proof::ProofError;
use crate::scribe::Statement;
use crate::shelf::ShelfError;

/// Why a step was not taken. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CourseError {
    /// It breaks a rule: an auditor would find it in the log.
    #[error("{}", .0.title_en())]
    Refused(FlagReason),
    /// A unit cannot be left out: its log reaches the end of the period, or none is enrolled.
    #[error("{0} is not late")]
    NotLate(danvan_event::UnitId),
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Attachment(#[from] AttachmentError),
    #[error(transparent)]
    Proof(#[from] ProofError),
    #[error("the cut holds more logs than a publication can count, or lies beyond what an entry can name")]
    TooMuch,
    #[error("entry {0} of the own ledger has lost the documents of its draft")]
    DocumentsLost(Index),
}

/// Why a statement was not written down.
#[derive(Debug)]
pub(crate) enum StepError {
    /// It breaks a rule of the fold.
    Refused(FlagReason),
    /// It could not be written, or the read model did not follow.
    State(StateError),
}

impl<Error: Into<StateError>> From<Error> for StepError {
    fn from(error: Error) -> Self {
        Self::State(error.into())
    }
}

impl From<StepError> for CourseError {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Refused(reason) => Self::Refused(reason),
            StepError::State(error) => Self::State(error),
        }
    }
}

impl From<Rule> for CourseError {
    fn from(rule: Rule) -> Self {
        Self::Refused(rule.into())
    }
}

impl Mirror {
    /// Waits until the read model is that of exactly the durable log, with every flag stated. Nobody else writes while the
    /// desk is held, so this ends.
    pub(crate) fn catch_up(&self, desk: &mut Desk) -> Result<Size, StateError> {
        loop {
            self.reading.wait_for(self.ledger.size())?;
            if self.state_flags(desk)? == 0 {
                return Ok(self.ledger.size());
            }
        }
    }

    /// Writes a statement down that the fold will count; otherwise nothing is written, and the rule is named. The read model
    /// must be that of the durable log.
    pub(crate) fn take_step(
        &self,
        desk: &mut Desk,
        statement: &Statement,
        attachment: Option<Vec<u8>>,
    ) -> Result<Index, StepError> {
        let entry = desk.scribe.write(statement)?;
        self.reading.model().check(desk.scribe.source(), &entry).map_err(StepError::Refused)?;
        let index = self.append(desk, entry, attachment)?;
        self.reading.wait_for(index.size_after())?;
        Ok(index)
    }

    /// What is stated about a period; the rule that it breaks when nothing is.
    pub(crate) fn course(&self, period: &danvan_projection::Period) -> Result<PeriodCourse, CourseError> {
        let model = self.reading.model();
        Ok(model.registry().periods().get(period).ok_or(Rule::PeriodNotOpen)?.clone())
    }
}
