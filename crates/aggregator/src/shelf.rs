//! The rulebooks that were adopted, by their digest, read from the own ledger when they are first asked for.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use danvan_event::RulebookAdopted;
use danvan_ledger::{Attachment, AttachmentError, ReadError};
use danvan_projection::Period;
use danvan_ranking::Rulebook;
use danvan_tlog::Index;

use crate::closing::Stated;
use crate::enrolment::{OperationError, at_rest};
use crate::mirror::{Mirror, StateError};
use crate::publication::digest;
use crate::scribe::Statement;

/// Why a rulebook, or another file that is attached to an entry, cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShelfError {
    #[error("no rulebook {0} was adopted")]
    NotAdopted(String),
    #[error("no rulebook was adopted")]
    NoneAdopted,
    #[error("the file that entry {index} of the own log names cannot be used: {reason}")]
    Unusable { index: u64, reason: String },
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Attachment(#[from] AttachmentError),
}

/// What was read before of what is attached to the own log, which never changes.
#[derive(Default)]
pub(crate) struct Shelf {
    rulebooks: Mutex<BTreeMap<String, Arc<Rulebook>>>,
    /// The digest of an attached file, by the index of its entry.
    digests: Mutex<BTreeMap<u64, String>>,
    /// The names of catalogues and trees, by the index of the entry that published them.
    titles: Mutex<BTreeMap<u64, FileTitle>>,
}

/// What a published file calls itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileTitle {
    pub(crate) vi: String,
    pub(crate) en: String,
    /// SHA-256 of the file, hexadecimal.
    pub(crate) sha256: String,
}

impl Shelf {
    pub(crate) fn digest_at(&self, index: Index) -> Option<String> {
        self.digests.lock().unwrap_or_else(PoisonError::into_inner).get(&index.get()).cloned()
    }

    pub(crate) fn keep_digest(&self, index: Index, digest: &str) {
        self.digests.lock().unwrap_or_else(PoisonError::into_inner).insert(index.get(), digest.to_owned());
    }

    pub(crate) fn title_at(&self, index: Index) -> Option<FileTitle> {
        self.titles.lock().unwrap_or_else(PoisonError::into_inner).get(&index.get()).cloned()
    }

    pub(crate) fn keep_title(&self, index: Index, title: &FileTitle) {
        self.titles.lock().unwrap_or_else(PoisonError::into_inner).insert(index.get(), title.clone());
    }
}

impl Mirror {
    /// The adopted rulebook with this digest.
    pub(crate) fn rulebook(&self, sha256: &str) -> Result<Arc<Rulebook>, ShelfError> {
        if let Some(known) = self.shelf.rulebooks.lock().unwrap_or_else(PoisonError::into_inner).get(sha256) {
            return Ok(Arc::clone(known));
        }
        let index = {
            let model = self.reading.model();
            let adopted = model.registry().rulebooks().iter().find(|held| held.fact.rulebook_sha256 == sha256);
            adopted.map(|held| held.evidence.index()).ok_or_else(|| ShelfError::NotAdopted(sha256.to_owned()))?
        };
        let unusable = |reason: String| ShelfError::Unusable { index, reason };
        let place = Index::new(index).ok_or_else(|| unusable("there is no such entry".to_owned()))?;
        let file = self.attached(place)?;
        let rulebook = Rulebook::parse(&file).map_err(|errors| unusable(format!("{errors:?}")))?;
        if rulebook.sha256() != sha256 {
            return Err(unusable("the file is another one than the entry says".to_owned()));
        }
        let rulebook = Arc::new(rulebook);
        let mut known = self.shelf.rulebooks.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(sha256.to_owned(), Arc::clone(&rulebook));
        Ok(rulebook)
    }

    /// Adopts a rulebook, by the decision of this number where there is one; its file is attached. The one that was adopted last
    /// stays where it stands, unless it was by no decision or by another one. One that others came after is adopted anew: an
    /// office that goes back to its earlier rules says so.
    pub(crate) fn adopt(
        &self,
        rulebook: &Rulebook,
        file: &[u8],
        doc_no: Option<&str>,
    ) -> Result<Stated, OperationError> {
        let doc_no = doc_no.map(doc_no_of).transpose()?;
        let mut desk = self.desk();
        self.reading.wait_for(self.ledger.size()).map_err(StateError::from)?;
        let held = {
            let model = self.reading.model();
            let last = model.registry().rulebooks().last();
            let held = last.filter(|held| held.fact.rulebook_sha256 == rulebook.sha256());
            held.filter(|held| doc_no.is_none() || held.fact.doc_no == doc_no).map(|held| held.evidence.index())
        };
        if let Some(index) = held.and_then(Index::new) {
            return Ok(Stated { index, again: true });
        }
        let packed = Attachment::pack(file)?;
        let fact = RulebookAdopted {
            rulebook: rulebook.id().to_owned(),
            rulebook_sha256: rulebook.sha256().to_owned(),
            attachment_sha256: digest(&packed),
            doc_no,
        };
        let index = self.state(&mut desk, &Statement::RulebookAdopted(fact), Some(packed))?;
        self.reading.wait_for(index.size_after()).map_err(StateError::from)?;
        Ok(Stated { index, again: false })
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

/// The number of a decision as it is recorded.
fn doc_no_of(text: &str) -> Result<String, OperationError> {
    let doc_no = text.trim();
    if doc_no.is_empty() || doc_no.chars().count() > 60 { Err(OperationError::DocNo) } else { Ok(doc_no.to_owned()) }
}

/// Adopts a rulebook with an aggregator that does not run, by the decision of this number where there is one.
pub fn rulebook_adopt(dir: &Path, file: &[u8], doc_no: Option<&str>) -> Result<Index, OperationError> {
    let rulebook = Rulebook::parse(file).map_err(OperationError::Rulebook)?;
    at_rest(dir, |mirror| mirror.adopt(&rulebook, file, doc_no).map(|stated| stated.index))
}

#[cfg(test)]
mod tests {
    use danvan_ranking::{RB_CQTT_0, RB_CQTT_1};

    use super::*;
    use crate::trial::Trial;

    fn adopted(trial: &Trial, file: &[u8], doc_no: Option<&str>) -> Result<Stated, OperationError> {
        trial.mirror().adopt(&Rulebook::parse(file).expect("a rulebook"), file, doc_no)
    }

    fn listed(trial: &Trial) -> Vec<(String, Option<String>)> {
        let model = trial.mirror().reading.model();
        let rulebooks = model.registry().rulebooks().iter();
        rulebooks.map(|held| (held.fact.rulebook.clone(), held.fact.doc_no.clone())).collect()
    }

    #[test]
    fn the_number_of_a_decision_is_recorded_of_a_rulebook_that_was_adopted_without_one() {
        const DECISION: Option<&str> = Some("54/2025/QĐ-UBND");
        let mut trial = Trial::new();
        let first = adopted(&trial, RB_CQTT_1, None).expect("held since the start");
        assert!(first.again);
        let stated = adopted(&trial, RB_CQTT_1, DECISION).expect("adopted");
        assert!(!stated.again && stated.index > first.index);
        for doc_no in [DECISION, None] {
            assert_eq!(adopted(&trial, RB_CQTT_1, doc_no).expect("held"), Stated { index: stated.index, again: true });
        }
        assert!(!adopted(&trial, RB_CQTT_1, Some("55/QĐ")).expect("another decision").again);
        trial.restart();
        assert_eq!(listed(&trial), [("rb-cqtt-1".to_owned(), Some("55/QĐ".to_owned()))]);
        trial.mirror().rulebook(Rulebook::rb_cqtt_1().sha256()).expect("its file is attached");
    }

    fn newest(trial: &Trial) -> String {
        let period = "2030".parse().expect("a period that nobody opened");
        trial.mirror().rules_of(&period).expect("a rulebook").id().to_owned()
    }

    #[test]
    fn an_office_that_goes_back_to_the_earlier_rulebook_follows_it_again() {
        const DECISION: Option<&str> = Some("54/2025/QĐ-UBND");
        let mut trial = Trial::new();
        let second = adopted(&trial, RB_CQTT_0, DECISION).expect("adopted");
        assert_eq!(newest(&trial), "rb-cqtt-0");
        let back = adopted(&trial, RB_CQTT_1, None).expect("adopted");
        assert!(!back.again && back.index > second.index, "{back:?} after {second:?}");
        assert_eq!(newest(&trial), "rb-cqtt-1");
        assert_eq!(adopted(&trial, RB_CQTT_1, None).expect("held"), Stated { index: back.index, again: true });
        let forth = adopted(&trial, RB_CQTT_0, DECISION).expect("adopted by the same decision");
        assert!(!forth.again && forth.index > back.index, "{forth:?} after {back:?}");
        trial.restart();
        assert_eq!(newest(&trial), "rb-cqtt-0");
        assert_eq!(listed(&trial).len(), 2, "each once");
        assert!(adopted(&trial, RB_CQTT_0, DECISION).expect("held").again);
    }

    #[test]
    fn a_start_says_nothing_about_rulebooks() {
        let mut trial = Trial::new();
        adopted(&trial, RB_CQTT_0, None).expect("adopted");
        let size = trial.mirror().ledger.size();
        for _ in 0..2 {
            trial.restart();
            assert_eq!((newest(&trial), trial.mirror().ledger.size()), ("rb-cqtt-0".to_owned(), size));
        }
    }

    #[test]
    fn the_number_of_a_decision_has_1_to_60_characters() {
        let trial = Trial::new();
        let size = trial.mirror().ledger.size();
        for doc_no in ["", " ", &"9".repeat(61)] {
            let refused = adopted(&trial, RB_CQTT_0, Some(doc_no));
            assert!(matches!(refused, Err(OperationError::DocNo)), "{doc_no}: {refused:?}");
        }
        assert_eq!(trial.mirror().ledger.size(), size, "nothing was written");
        adopted(&trial, RB_CQTT_0, Some(&format!(" {} ", "9".repeat(60)))).expect("adopted");
        assert_eq!(listed(&trial)[1], ("rb-cqtt-0".to_owned(), Some("9".repeat(60))));
    }
}
