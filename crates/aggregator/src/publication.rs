//! Publishing a ranking: the approved draft, its documents, and the entry that makes them official.

use danvan_event::{RankingDraft, RankingPublished};
use danvan_ledger::{Attachment, AttachmentError, ReadError};
use danvan_projection::{Closing, Period, PeriodCourse, Registered, Rule};
use danvan_tlog::Index;
use sha2::{Digest, Sha256};

use crate::course::CourseError;
use crate::mirror::Mirror;
use crate::scribe::Statement;

/// A publication in the own log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Published {
    pub(crate) index: Index,
    /// The how-manieth publication of its period it is, from 1.
    pub(crate) number: usize,
    pub(crate) fact: RankingPublished,
    /// It stood there before.
    pub(crate) again: bool,
}

/// Why a publication could not be read back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PublicationReadError {
    #[error("entry {0} of the own log is no publication")]
    None(Index),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Attachment(#[from] AttachmentError),
}

/// Both documents of a publication, exactly as they were hashed.
pub(crate) struct Documents {
    pub(crate) inputs: Vec<u8>,
    pub(crate) ranking: Vec<u8>,
}

/// The SHA-256 of a document in hex.
pub(crate) fn digest(document: &[u8]) -> String {
    hex::encode(Sha256::digest(document))
}

impl Documents {
    /// Two lines of NDJSON: inputs, then ranking.
    pub(crate) fn attachment(&self) -> Result<Vec<u8>, AttachmentError> {
        let mut lines = Vec::with_capacity(self.inputs.len() + self.ranking.len() + 2);
        for document in [&self.inputs, &self.ranking] {
            lines.extend_from_slice(document);
            lines.push(b'\n');
        }
        Attachment::pack(&lines)
    }

    pub(crate) fn from_attachment(packed: &[u8]) -> Result<Option<Self>, AttachmentError> {
        let lines = Attachment::unpack(packed, Attachment::MAX_UNPACKED)?;
        let mut documents = lines.split(|byte| *byte == b'\n').map(<[u8]>::to_vec);
        Ok(documents.next().zip(documents.next()).map(|(inputs, ranking)| Self { inputs, ranking }))
    }
}

impl Mirror {
    /// Publishes the approved draft of a period: the one that lies ready, or the one with the digest that is named. What was
    /// published before is the answer to being asked for again.
    pub(crate) fn publish(&self, period: &Period, draft: Option<&str>) -> Result<Published, CourseError> {
        let mut desk = self.desk();
        self.catch_up(&mut desk)?;
        let course = self.course(period)?;
        let before = self.published(period);
        let closing = match draft {
            Some(named) => course.closings().iter().rfind(|closing| closing.draft_sha256() == Some(named)),
            None => course.pending(),
        };
        if let Some(last) = before.last()
            && closing.map_or(draft.is_none(), |closing| closing.draft_sha256() == Some(&*last.fact.draft_sha256))
        {
            return Ok(Published { again: true, ..last.clone() });
        }
        let closing = closing.ok_or(Rule::NotTheDraft)?;
        let fact = publication_of(self.ledger.origin().as_str(), closing)?;
        let attachment = self.drafted(closing)?.attachment()?;
        let index = self.take_step(&mut desk, &Statement::Published(fact.clone()), Some(attachment))?;
        self.metrics.publications.inc();
        tracing::info!(%period, %index, digest = fact.output_sha256, "a ranking was published");
        Ok(Published { index, number: before.len() + 1, fact, again: false })
    }

    /// The publications of a period, the first one first.
    pub(crate) fn published(&self, period: &Period) -> Vec<Published> {
        publications_of(self.reading.model().registry().publications(), period)
    }

    /// The documents of the publication at this index of the own log.
    pub(crate) fn documents(&self, index: Index) -> Result<Documents, PublicationReadError> {
        let stated = {
            let model = self.reading.model();
            model.registry().publications().iter().any(|held| held.evidence.index() == index.get())
        };
        if !stated {
            return Err(PublicationReadError::None(index));
        }
        let packed = self.ledger.read_one(index)?.attachment.ok_or(PublicationReadError::None(index))?;
        Documents::from_attachment(&packed)?.ok_or(PublicationReadError::None(index))
    }
}

/// The publications of a period among all, the first one first.
pub(crate) fn publications_of(all: &[Registered<RankingPublished>], period: &Period) -> Vec<Published> {
    let of_period = all.iter().filter(|held| held.fact.period == period.to_string());
    of_period
        .zip(1..)
        .filter_map(|(held, number)| {
            let index = Index::new(held.evidence.index())?;
            Some(Published { index, number, fact: held.fact.clone(), again: false })
        })
        .collect()
}

/// What makes the draft of a closing official.
fn publication_of(log: &str, closing: &Closing) -> Result<RankingPublished, CourseError> {
    let closed = &closing.closed.fact;
    let (Some(draft), Some(documents)) = (RankingDraft::of_closing(log, closed), &closed.documents) else {
        return Err(Rule::PeriodWaiting.into());
    };
    // Fewer would be no publication at all; the rule names that better than the schema of an entry.
    if closing.approvals.len() < danvan_projection::REQUIRED_APPROVALS {
        return Err(Rule::ApprovalsMissing.into());
    }
    Ok(RankingPublished {
        period: draft.period,
        cut: draft.cut,
        inputs_count: draft.inputs_count,
        inputs_sha256: draft.inputs_sha256,
        rulebook_sha256: draft.rulebook_sha256,
        engine: draft.engine,
        output_sha256: draft.output_sha256,
        attachment_sha256: documents.attachment_sha256.clone(),
        draft_sha256: closed.draft_sha256.clone().unwrap_or_default(),
        approvals: closing.approvals.iter().map(|approval| approval.evidence.index()).collect(),
        excluded: draft.excluded,
        supersedes: draft.supersedes,
        reason: draft.reason,
    })
}

/// The closing that a publication followed.
pub(crate) fn closing_of<'a>(course: &'a PeriodCourse, published: &RankingPublished) -> Option<&'a Closing> {
    course.closings().iter().rfind(|closing| closing.draft_sha256() == Some(&*published.draft_sha256))
}
