//! The draft of a publication: one small document that says everything that a publication will say.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::event::{Exclusion, PeriodClosed, RankingPublished, Superseded};
use crate::{Canon, CanonError};

/// What the operators approve. Its canonical bytes are hashed and the digest is signed; the inputs, the ranking and the
/// rulebook stand in it by their digests, so that who has the documents can check every word of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankingDraft {
    /// Size of the aggregator's log that it rests on.
    pub cut: u64,
    /// The version of the arithmetic.
    pub engine: String,
    /// Units that were late and are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<Exclusion>,
    /// How many logs went in.
    pub inputs_count: u32,
    /// SHA-256 of the inputs document, hexadecimal.
    pub inputs_sha256: String,
    /// The log of the aggregator that publishes.
    pub log: String,
    /// SHA-256 of the ranking document, hexadecimal.
    pub output_sha256: String,
    /// The period judged.
    pub period: String,
    /// Why an earlier publication is amended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// SHA-256 of the rulebook file, hexadecimal.
    pub rulebook_sha256: String,
    /// The publication that is amended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<Superseded>,
}

impl RankingDraft {
    /// The draft that a closing made in the log of that name; absent while units are waited for.
    #[must_use]
    pub fn of_closing(log: &str, closed: &PeriodClosed) -> Option<RankingDraft> {
        let documents = closed.documents.as_ref()?;
        Some(RankingDraft {
            cut: closed.cut,
            engine: documents.engine.clone(),
            excluded: closed.excluded.clone(),
            inputs_count: documents.inputs_count,
            inputs_sha256: documents.inputs_sha256.clone(),
            log: log.to_owned(),
            output_sha256: documents.output_sha256.clone(),
            period: closed.period.clone(),
            reason: closed.reason.clone(),
            rulebook_sha256: closed.rulebook_sha256.clone(),
            supersedes: closed.supersedes.clone(),
        })
    }

    /// The draft that a publication in the log of that name says it follows.
    #[must_use]
    pub fn of_publication(log: &str, published: &RankingPublished) -> RankingDraft {
        RankingDraft {
            cut: published.cut,
            engine: published.engine.clone(),
            excluded: published.excluded.clone(),
            inputs_count: published.inputs_count,
            inputs_sha256: published.inputs_sha256.clone(),
            log: log.to_owned(),
            output_sha256: published.output_sha256.clone(),
            period: published.period.clone(),
            reason: published.reason.clone(),
            rulebook_sha256: published.rulebook_sha256.clone(),
            supersedes: published.supersedes.clone(),
        }
    }

    /// SHA-256 of the canonical bytes, hexadecimal.
    ///
    /// # Errors
    /// When a number in it is larger than an entry can hold.
    pub fn sha256(&self) -> Result<String, CanonError> {
        let digest = Sha256::digest(Canon::encode(self)?.to_bytes());
        Ok(digest.iter().fold(String::with_capacity(64), |text, byte| text + &format!("{byte:02x}")))
    }
}
