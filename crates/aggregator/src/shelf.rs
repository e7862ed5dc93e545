//! The rulebooks that were adopted, by their digest, read from the own ledger when they are first asked for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use danvan_ledger::{Attachment, AttachmentError, ReadError};
use danvan_projection::Period;
use danvan_ranking::Rulebook;
use danvan_tlog::Index;

use crate::mirror::Mirror;

/// Why a rulebook cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShelfError {
    #[error("no rulebook {0} was adopted")]
    NotAdopted(String),
    #[error("no rulebook was adopted")]
    NoneAdopted,
    #[error("the rulebook adopted at entry {index} of the own log cannot be used: {reason}")]
    Unusable { index: u64, reason: String },
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Attachment(#[from] AttachmentError),
}

/// Rulebooks that were read before; a rulebook never changes.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<BTreeMap<String, Arc<Rulebook>>>);

impl Mirror {
    /// The adopted rulebook with this digest.
    pub(crate) fn rulebook(&self, sha256: &str) -> Result<Arc<Rulebook>, ShelfError> {
        if let Some(known) = self.shelf.0.lock().unwrap_or_else(PoisonError::into_inner).get(sha256) {
            return Ok(Arc::clone(known));
        }
        let index = {
            let model = self.reading.model();
            let adopted = model.registry().rulebooks().iter().find(|held| held.fact.rulebook_sha256 == sha256);
            adopted.map(|held| held.evidence.index()).ok_or_else(|| ShelfError::NotAdopted(sha256.to_owned()))?
        };
        let unusable = |reason: String| ShelfError::Unusable { index, reason };
        let place = Index::new(index).ok_or_else(|| unusable("there is no such entry".to_owned()))?;
        let stored =
            self.ledger.read_one(place)?.attachment.ok_or_else(|| unusable("no file is attached".to_owned()))?;
        let file = Attachment::unpack(&stored, Attachment::MAX_UNPACKED)?;
        let rulebook = Rulebook::parse(&file).map_err(|errors| unusable(format!("{errors:?}")))?;
        if rulebook.sha256() != sha256 {
            return Err(unusable("the file is another one than the entry says".to_owned()));
        }
        let rulebook = Arc::new(rulebook);
        let mut known = self.shelf.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(sha256.to_owned(), Arc::clone(&rulebook));
        Ok(rulebook)
    }

    /// The rulebook of a period: the one that it was opened with, else the one that was adopted last.
    pub(crate) fn rules_of(&self, period: &Period) -> Result<Arc<Rulebook>, ShelfError> {
        let sha256 = {
            let model = self.reading.model();
            let registry = model.registry();
            let opened = registry.periods().get(period).map(|course| course.opened().fact.rulebook_sha256.clone());
            opened.or_else(|| registry.rulebooks().last().map(|held| held.fact.rulebook_sha256.clone()))
        };
        self.rulebook(&sha256.ok_or(ShelfError::NoneAdopted)?)
    }
}
