//! Publishing a ranking: the cut, the inputs, the rows, and the entry that makes them official.

use danvan_event::{RankingPublished, Superseded};
use danvan_ledger::{Attachment, AttachmentError, ReadError};
use danvan_projection::{Period, Registered};
use danvan_ranking::{Rulebook, rank};
use danvan_tlog::Index;
use sha2::{Digest, Sha256};

use crate::mirror::{Mirror, StateError};
use crate::scribe::Statement;

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PublishError {
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Attachment(#[from] AttachmentError),
    #[error("the cut holds more logs than a publication can count")]
    TooManyInputs,
}

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
    fn attachment(&self) -> Result<Vec<u8>, AttachmentError> {
        let mut lines = Vec::with_capacity(self.inputs.len() + self.ranking.len() + 2);
        for document in [&self.inputs, &self.ranking] {
            lines.extend_from_slice(document);
            lines.push(b'\n');
        }
        Attachment::pack(&lines)
    }

    fn from_attachment(packed: &[u8]) -> Result<Option<Self>, AttachmentError> {
        let lines = Attachment::unpack(packed, Attachment::MAX_UNPACKED)?;
        let mut documents = lines.split(|byte| *byte == b'\n').map(<[u8]>::to_vec);
        Ok(documents.next().zip(documents.next()).map(|(inputs, ranking)| Self { inputs, ranking }))
    }
}

impl Mirror {
    /// Publishes the ranking of a period as it stands now. When the last publication of the period says the same, that one
    /// is the answer; when it says something else, the new one supersedes it.
    pub(crate) fn publish(&self, rulebook: &Rulebook, period: &Period) -> Result<Published, PublishError> {
        let mut desk = self.desk();
        // Nobody else writes while the desk is held, so this ends with a read model of exactly the durable log.
        loop {
            self.reading.wait_for(self.ledger.size()).map_err(StateError::from)?;
            if self.state_flags(&mut desk)? == 0 {
                break;
            }
        }
        let cut = self.ledger.size();
        let (fact, documents, before) = {
            let model = self.reading.model();
            let inputs = model.inputs();
            let documents = Documents { inputs: inputs.to_bytes(), ranking: rank(&model, rulebook, period).to_bytes() };
            let fact = RankingPublished {
                period: period.to_string(),
                cut: cut.get(),
                inputs_count: u32::try_from(inputs.inputs.len()).map_err(|_| PublishError::TooManyInputs)?,
                inputs_sha256: digest(&documents.inputs),
                rulebook_sha256: rulebook.sha256().to_owned(),
                engine: rulebook.engine().code().to_owned(),
                output_sha256: digest(&documents.ranking),
                attachment_sha256: String::new(),
                supersedes: None,
            };
            (fact, documents, publications_of(model.registry().publications(), period))
        };
        if let Some(last) = before.last()
            && says_the_same(&last.fact, &fact)
        {
            return Ok(Published { again: true, ..last.clone() });
        }
        let attachment = documents.attachment()?;
        let fact = RankingPublished {
            attachment_sha256: digest(&attachment),
            supersedes: before.last().map(|last| Superseded { index: last.index.get() }),
            ..fact
        };
        let index = self.state(&mut desk, &Statement::Published(fact.clone()), Some(attachment))?;
        self.reading.wait_for(index.size_after()).map_err(StateError::from)?;
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

fn says_the_same(a: &RankingPublished, b: &RankingPublished) -> bool {
    a.inputs_sha256 == b.inputs_sha256
        && a.output_sha256 == b.output_sha256
        && a.rulebook_sha256 == b.rulebook_sha256
        && a.engine == b.engine
}
