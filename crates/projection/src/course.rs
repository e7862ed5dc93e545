//! The course of a period: opened, closed, approved by two operators, published, amended.
//!
//! Everything here follows from the aggregator's own log, so that an auditor who replays it arrives at the same verdicts.

use danvan_event::{PeriodClosed, PeriodOpened, RankingPublished, Timestamp};
use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::period::Period;
use crate::registry::Registered;

/// So many operators of different posts approve a draft before it is published.
pub const REQUIRED_APPROVALS: usize = 2;

/// How far a period has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodState {
    /// Opened, and not over yet.
    Open,
    /// Over, and not closed: what is shown is provisional.
    Provisional,
    /// Closed: units are waited for, or a draft lies ready to be approved.
    Closing,
    /// The draft has all approvals and is not published yet.
    Approved,
    /// Published once.
    Published,
    /// Published more than once: the last publication holds.
    Amended,
}

/// What the aggregator's log says about one period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodCourse {
    period: Period,
    opened: Registered<PeriodOpened>,
    opened_at: Timestamp,
    closings: Vec<Closing>,
    published: Vec<Registered<RankingPublished>>,
}

/// One closing of a period, with the approvals that its draft was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// What was closed.
    pub closed: Registered<PeriodClosed>,
    /// Who approved the draft, in their order; different keys and different posts.
    pub approvals: Vec<Approval>,
}

/// An approval that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Where it stands.
    pub evidence: Evidence,
    /// The operator's key.
    pub vkey: String,
    /// The post that the key was listed under when it approved.
    pub post: String,
}

/// When the rulebook of a period was fixed, by the aggregator's clock. Nothing forbids to fix it late: whoever reads the ranking is
/// told, for who knows what happened can choose the rules by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RulebookFixed {
    /// Not later than the period began.
    Before,
    /// After the period had begun.
    During,
    /// After the period had ended.
    After,
}

impl RulebookFixed {
    /// What a reader is told, in Vietnamese.
    #[must_use]
    pub const fn title_vi(self) -> &'static str {
        match self {
            RulebookFixed::Before => "Bộ tiêu chí được ấn định trước khi kỳ bắt đầu",
            RulebookFixed::During => "Bộ tiêu chí được ấn định khi kỳ đã bắt đầu",
            RulebookFixed::After => "Bộ tiêu chí được ấn định sau khi kỳ đã kết thúc",
        }
    }

    /// What a reader is told, in English.
    #[must_use]
    pub const fn title_en(self) -> &'static str {
        match self {
            RulebookFixed::Before => "The rulebook was fixed before the period began",
            RulebookFixed::During => "The rulebook was fixed after the period had begun",
            RulebookFixed::After => "The rulebook was fixed after the period had ended",
        }
    }
}

impl PeriodState {
    /// The name of the state in Vietnamese.
    #[must_use]
    pub const fn title_vi(self) -> &'static str {
        match self {
            PeriodState::Open => "Đang mở",
            PeriodState::Provisional => "Tạm tính",
            PeriodState::Closing => "Đang chốt",
            PeriodState::Approved => "Đã phê duyệt, chờ công bố",
            PeriodState::Published => "Chính thức",
            PeriodState::Amended => "Chính thức, đã điều chỉnh",
        }
    }

    /// The name of the state in English.
    #[must_use]
    pub const fn title_en(self) -> &'static str {
        match self {
            PeriodState::Open => "Open",
            PeriodState::Provisional => "Provisional",
            PeriodState::Closing => "Closing",
            PeriodState::Approved => "Approved, not published yet",
            PeriodState::Published => "Official",
            PeriodState::Amended => "Official, amended",
        }
    }
}

impl PeriodCourse {
    pub(crate) fn new(period: Period, opened_at: Timestamp, opened: Registered<PeriodOpened>) -> PeriodCourse {
        PeriodCourse { period, opened, opened_at, closings: Vec::new(), published: Vec::new() }
    }

    /// The period.
    #[must_use]
    pub fn period(&self) -> &Period {
        &self.period
    }

    /// How it was opened.
    #[must_use]
    pub fn opened(&self) -> &Registered<PeriodOpened> {
        &self.opened
    }

    /// When it was opened, by the aggregator's clock.
    #[must_use]
    pub fn opened_at(&self) -> Timestamp {
        self.opened_at
    }

    /// When the rulebook was fixed, beside the span that it judges.
    #[must_use]
    pub fn rulebook_fixed(&self) -> RulebookFixed {
        match self.opened_at {
            at if at <= self.period.start() => RulebookFixed::Before,
            at if at < self.period.end() => RulebookFixed::During,
            _ => RulebookFixed::After,
        }
    }

    /// Every closing, the first one first.
    #[must_use]
    pub fn closings(&self) -> &[Closing] {
        &self.closings
    }

    /// Every publication, the first one first.
    #[must_use]
    pub fn published(&self) -> &[Registered<RankingPublished>] {
        &self.published
    }

    /// The closing that is under way: the last one, unless it was published.
    #[must_use]
    pub fn pending(&self) -> Option<&Closing> {
        let last = self.closings.last()?;
        let published = self.published.last().is_some_and(|published| published.evidence > last.closed.evidence);
        (!published).then_some(last)
    }

    /// How far the period has come by `now`, the aggregator's time.
    #[must_use]
    pub fn state(&self, now: Option<Timestamp>) -> PeriodState {
        match (self.pending(), self.published.len()) {
            (Some(closing), _) if closing.approvals.len() >= REQUIRED_APPROVALS => PeriodState::Approved,
            (Some(_), _) => PeriodState::Closing,
            (None, 0) if now.is_some_and(|now| now >= self.period.end()) => PeriodState::Provisional,
            (None, 0) => PeriodState::Open,
            (None, 1) => PeriodState::Published,
            (None, _) => PeriodState::Amended,
        }
    }

    pub(crate) fn close(&mut self, closed: Registered<PeriodClosed>) {
        self.closings.push(Closing { closed, approvals: Vec::new() });
    }

    pub(crate) fn approve(&mut self, approval: Approval) {
        if let Some(closing) = self.closings.last_mut() {
            closing.approvals.push(approval);
        }
    }

    pub(crate) fn publish(&mut self, published: Registered<RankingPublished>) {
        self.published.push(published);
    }
}

impl Closing {
    /// The digest of its draft; absent while units are waited for.
    #[must_use]
    pub fn draft_sha256(&self) -> Option<&str> {
        self.closed.fact.draft_sha256.as_deref()
    }
}
