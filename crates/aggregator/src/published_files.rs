//! Files that an operator publishes for everybody: pledge catalogues and unit trees. And who gathers which units.

use std::collections::BTreeMap;
use std::path::Path;

use danvan_event::{
    AggregatorAssigned, CatalogGroup, CatalogStatus, CatalogueFile, Entry, FormError, Gazetteer,
    PledgeCatalogPublished, UnitTree,
};
use danvan_ledger::Attachment;
use danvan_projection::{Day, Registered};
use danvan_tlog::Index;
use serde::Serialize;

use crate::closing::Stated;
use crate::enrolment::{OperationError, at_rest};
use crate::mirror::{Mirror, StateError};
use crate::publication::digest;
use crate::scribe::Statement;
use crate::shelf::{FileTitle, ShelfError};

/// A pledge catalogue as the API lists it.
#[derive(Debug, Clone, Serialize)]
pub struct PublishedCatalogue {
    /// Its place in the aggregator's log.
    pub index: u64,
    /// Slug of the catalogue.
    pub catalog: String,
    /// Its version.
    pub version: String,
    /// Its name, Vietnamese; absent, as are the other words of the file, where none is attached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title_vi: Option<String>,
    /// Its name, English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title_en: Option<String>,
    /// Whether a unit has confirmed the texts as its own, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<CatalogStatus>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_vi: Option<&'static str>,
    /// The same in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_en: Option<&'static str>,
    /// Number of the document that it rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis_doc_no: Option<String>,
    /// SHA-256 of the file, hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The groups with their texts.
    pub groups: Vec<CatalogGroup>,
}

impl Mirror {
    /// Publishes a pledge catalogue; its file is attached. A version never changes: the same file again stays where it stands,
    /// another one under the same version is refused.
    pub(crate) fn publish_catalogue(&self, catalogue: &CatalogueFile, file: &[u8]) -> Result<Stated, OperationError> {
        let mut desk = self.desk();
        self.reading.wait_for(self.ledger.size()).map_err(StateError::from)?;
        let held = {
            let model = self.reading.model();
            let mut held = model.registry().catalogues().iter().rev();
            let same =
                held.find(|held| held.fact.catalog == catalogue.catalog && held.fact.version == catalogue.version);
            same.and_then(|held| Index::new(held.evidence.index()))
        };
        if let Some(index) = held {
            if self.attached(index)? == file {
                return Ok(Stated { index, again: true });
            }
            let (catalog, version) = (catalogue.catalog.clone(), catalogue.version.clone());
            return Err(OperationError::OtherFile { catalog, version });
        }
        let packed = Attachment::pack(file)?;
        let fact = catalogue.published(&BTreeMap::new(), digest(&packed));
        let index = self.take_step(&mut desk, &Statement::CataloguePublished(fact), Some(packed))?;
        Ok(Stated { index, again: false })
    }

    /// Publishes a tree of units; its file is attached. The one that is in force on its first day already stays where it stands.
    pub(crate) fn publish_tree(&self, tree: &UnitTree, file: &[u8]) -> Result<Stated, OperationError> {
        let mut desk = self.desk();
        self.reading.wait_for(self.ledger.size()).map_err(StateError::from)?;
        let in_force = {
            let model = self.reading.model();
            let first: Option<Day> = tree.valid_from.parse().ok();
            let in_force =
                first.and_then(|day| model.registry().tree_on(day)).filter(|held| held.fact.tree == tree.tree);
            in_force.and_then(|held| Index::new(held.evidence.index()))
        };
        if let Some(index) = in_force
            && self.attached(index)? == file
        {
            return Ok(Stated { index, again: true });
        }
        let packed = Attachment::pack(file)?;
        let fact = tree.published(digest(&packed));
        let index = self.take_step(&mut desk, &Statement::TreePublished(fact), Some(packed))?;
        Ok(Stated { index, again: false })
    }

    /// States that an aggregator gathers these units. What holds for all of them already is not said again.
    pub(crate) fn assign_units(&self, fact: &AggregatorAssigned) -> Result<Stated, OperationError> {
        if let Some(unknown) = fact.units.iter().find(|unit| Gazetteer::find(unit).is_none()) {
            return Err(OperationError::UnknownUnit(unknown.clone()));
        }
        let mut desk = self.desk();
        self.reading.wait_for(self.ledger.size()).map_err(StateError::from)?;
        let held = {
            let model = self.reading.model();
            let first: Option<Day> = fact.valid_from.parse().ok();
            let on = |day| fact.units.iter().map(move |unit| (unit, day));
            let mut held = first.into_iter().flat_map(on).map(|(unit, day)| model.registry().assigned_on(unit, day));
            let one = held.next().flatten().filter(|held| held.fact == *fact).map(|held| held.evidence);
            let all = one.is_some() && held.all(|other| other.map(|held| held.evidence) == one);
            one.filter(|_| all).and_then(|at| Index::new(at.index()))
        };
        if let Some(index) = held {
            return Ok(Stated { index, again: true });
        }
        let index = self.take_step(&mut desk, &Statement::Assigned(fact.clone()), None)?;
        Ok(Stated { index, again: false })
    }

    /// The file that is attached to an entry of the own log, unpacked.
    pub(crate) fn attached(&self, index: Index) -> Result<Vec<u8>, ShelfError> {
        let unusable = |reason: &str| ShelfError::Unusable { index: index.get(), reason: reason.to_owned() };
        let record = self.ledger.read_one(index)?;
        let stored = record.attachment.ok_or_else(|| unusable("no file is attached"))?;
        // Only the entry is in the tree of hashes; it vouches for what is attached.
        let entry = Entry::parse(record.entry).map_err(|error| unusable(&error.to_string()))?;
        if entry.attachment_sha256().is_none_or(|named| named != digest(&stored)) {
            return Err(unusable("what is attached is not what the entry names"));
        }
        Ok(Attachment::unpack(&stored, Attachment::MAX_UNPACKED)?)
    }

    /// What the catalogue that was published there calls itself. Unpacked and read once.
    fn catalogue_title(&self, index: Index) -> Result<FileTitle, ShelfError> {
        self.file_title(index, |file| CatalogueFile::parse(file).map(|read| (read.title_vi, read.title_en)))
    }

    /// What the tree of units that was published there calls itself. Unpacked and read once.
    pub(crate) fn tree_title(&self, index: Index) -> Result<FileTitle, ShelfError> {
        self.file_title(index, |file| UnitTree::parse(file).map(|read| (read.name_vi, read.name_en)))
    }

    fn file_title(
        &self,
        index: Index,
        read: impl FnOnce(&[u8]) -> Result<(String, String), FormError>,
    ) -> Result<FileTitle, ShelfError> {
        if let Some(known) = self.shelf.title_at(index) {
            return Ok(known);
        }
        let file = self.attached(index)?;
        let unusable = |error: FormError| ShelfError::Unusable { index: index.get(), reason: error.to_string() };
        let (vi, en) = read(&file).map_err(unusable)?;
        let title = FileTitle { vi, en, sha256: digest(&file) };
        self.shelf.keep_title(index, &title);
        Ok(title)
    }

    /// Every catalogue that was published, in the order of their publication.
    pub(crate) fn published_catalogues(&self) -> Result<Vec<PublishedCatalogue>, ShelfError> {
        let held = self.reading.model().registry().catalogues().to_vec();
        let row = |held: Registered<PledgeCatalogPublished>| {
            let (index, fact) = (held.evidence.index(), held.fact);
            let place = Index::new(index).filter(|_| fact.attachment_sha256.is_some());
            let title = place.map(|place| self.catalogue_title(place)).transpose()?;
            let (title_vi, title_en, sha256) = match title {
                Some(FileTitle { vi, en, sha256 }) => (Some(vi), Some(en), Some(sha256)),
                None => (None, None, None),
            };
            Ok(PublishedCatalogue {
                index,
                catalog: fact.catalog,
                version: fact.version,
                title_vi,
                title_en,
                status: fact.status,
                status_vi: fact.status.map(CatalogStatus::label_vi),
                status_en: fact.status.map(CatalogStatus::label_en),
                basis_doc_no: fact.basis_doc_no,
                sha256,
                groups: fact.groups,
            })
        };
        held.into_iter().map(row).collect()
    }

    /// The SHA-256 of the file that is attached to an entry of the own log.
    pub(crate) fn file_digest(&self, index: Index) -> Result<String, ShelfError> {
        if let Some(known) = self.shelf.digest_at(index) {
            return Ok(known);
        }
        let found = digest(&self.attached(index)?);
        self.shelf.keep_digest(index, &found);
        Ok(found)
    }
}

/// Publishes a pledge catalogue with an aggregator that does not run.
pub fn catalogue_publish(dir: &Path, file: &[u8]) -> Result<Index, OperationError> {
    let catalogue = CatalogueFile::parse(file)?;
    at_rest(dir, |mirror| mirror.publish_catalogue(&catalogue, file).map(|stated| stated.index))
}

/// The catalogues that an aggregator which does not run has published.
pub fn catalogues(dir: &Path) -> Result<Vec<PublishedCatalogue>, OperationError> {
    at_rest(dir, |mirror| Ok(mirror.published_catalogues()?))
}

/// Publishes a tree of units with an aggregator that does not run.
pub fn tree_publish(dir: &Path, file: &[u8]) -> Result<Index, OperationError> {
    let tree = UnitTree::parse(file)?;
    at_rest(dir, |mirror| mirror.publish_tree(&tree, file).map(|stated| stated.index))
}

/// States with an aggregator that does not run who gathers which units.
pub fn units_assign(dir: &Path, fact: &AggregatorAssigned) -> Result<Index, OperationError> {
    at_rest(dir, |mirror| mirror.assign_units(fact).map(|stated| stated.index))
}

#[cfg(test)]
mod tests {
    use danvan_event::{Event, THANHHOA_2024};
    use danvan_ledger::Record;

    use super::*;
    use crate::trial::Trial;

    const TREE: &[u8] = include_bytes!("../../../schemas/units/tree-thanh-hoa-2025.json");

    fn catalogue(trial: &Trial, file: &[u8]) -> Result<Stated, OperationError> {
        trial.mirror().publish_catalogue(&CatalogueFile::parse(file).expect("a catalogue"), file)
    }

    fn tree(trial: &Trial, file: &[u8]) -> Result<Stated, OperationError> {
        trial.mirror().publish_tree(&UnitTree::parse(file).expect("a tree"), file)
    }

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    #[test]
    fn a_published_catalogue_has_its_file_attached_and_its_digest_in_the_entry() {
        let trial = Trial::new();
        let stated = catalogue(&trial, THANHHOA_2024).expect("published");
        let mirror = trial.mirror();
        let record = mirror.ledger.read_one(stated.index).expect("reads");
        let entry = Entry::parse(record.entry).expect("an entry");
        let Event::PledgeCatalogPublished(fact) = entry.event() else { panic!("{}", entry.event_type()) };
        assert_eq!(fact.attachment_sha256, Some(digest(&record.attachment.expect("a file"))));
        assert_eq!((fact.status, entry.subject()), (Some(CatalogStatus::Sample), "aggregator/ngoc-lac"));
        assert_eq!(mirror.attached(stated.index).expect("a file"), THANHHOA_2024);
        let listed: Vec<_> =
            mirror.reading.model().registry().catalogues().iter().map(|held| held.fact.catalog.clone()).collect();
        assert_eq!(listed, ["thanhhoa-2024"]);
    }

    #[test]
    fn a_version_of_a_catalogue_is_published_once_and_never_changes() {
        let mut trial = Trial::new();
        let first = catalogue(&trial, THANHHOA_2024).expect("published");
        let again = catalogue(&trial, THANHHOA_2024).expect("published before");
        assert_eq!((first.again, again), (false, Stated { index: first.index, again: true }));
        let size = trial.mirror().ledger.size();
        let text = String::from_utf8(THANHHOA_2024.to_vec()).expect("text");
        let other = catalogue(&trial, text.replace("\"sample\"", "\"confirmed\"").as_bytes());
        assert!(matches!(other, Err(OperationError::OtherFile { .. })), "{other:?}");
        assert_eq!(trial.mirror().ledger.size(), size, "nothing was written");
        let next = catalogue(&trial, text.replace("\"version\": \"1\"", "\"version\": \"2\"").as_bytes());
        assert!(!next.expect("another version").again);
        trial.restart();
        assert_eq!(trial.mirror().reading.model().registry().catalogues().len(), 2, "it stands after a start");
    }

    #[test]
    fn what_is_attached_is_served_only_when_its_entry_names_it() {
        let trial = Trial::new();
        let index = catalogue(&trial, THANHHOA_2024).expect("published").index;
        let ledger = &trial.mirror().ledger;
        let entry = ledger.read_one(index).expect("reads").entry;
        let other = Attachment::pack(b"{}").expect("packs");
        let forged = ledger.append(Record::with_attachment(entry, other)).expect("appended");
        let refused = trial.mirror().attached(forged);
        assert!(matches!(refused, Err(ShelfError::Unusable { .. })), "{refused:?}");
        assert!(trial.mirror().file_digest(forged).is_err());
    }

    #[test]
    fn what_a_file_calls_itself_is_read_once() {
        let trial = Trial::new();
        let (catalogue, tree) = (catalogue(&trial, THANHHOA_2024), tree(&trial, TREE));
        let (catalogue, tree) = (catalogue.expect("published").index, tree.expect("published").index);
        let mirror = trial.mirror();
        assert_eq!((mirror.shelf.title_at(catalogue), mirror.shelf.title_at(tree)), (None, None));
        let listed = mirror.published_catalogues().expect("listed");
        let title = mirror.shelf.title_at(catalogue).expect("kept");
        assert_eq!(
            (listed[0].title_vi.as_ref(), listed[0].sha256.clone()),
            (Some(&title.vi), Some(digest(THANHHOA_2024)))
        );
        let named = FileTitle { vi: "Tên đã đọc".to_owned(), ..title };
        mirror.shelf.keep_title(catalogue, &named);
        let again = mirror.published_catalogues().expect("listed");
        assert_eq!(again[0].title_vi.as_deref(), Some("Tên đã đọc"), "the file was unpacked again");
        let name = mirror.tree_title(tree).expect("a tree");
        assert_eq!((mirror.shelf.title_at(tree), name.sha256.clone()), (Some(name), digest(TREE)));
    }

    #[test]
    fn a_tree_is_in_force_from_its_first_day_until_another_is_published() {
        let trial = Trial::new();
        let first = tree(&trial, TREE).expect("published");
        assert!(tree(&trial, TREE).expect("published before").again);
        let in_force = |on: &str| {
            let model = trial.mirror().reading.model();
            model.registry().tree_on(day(on)).map(|held| (held.evidence.index(), held.fact.units_count))
        };
        assert_eq!(in_force("2025-06-30"), None);
        assert_eq!(in_force("2025-07-01"), Some((first.index.get(), 167)));
        let shorter = String::from_utf8(TREE.to_vec())
            .expect("text")
            .replace("  \"doc_no\"", "  \"valid_until\": \"2030-01-01\",\n  \"doc_no\"");
        let second = tree(&trial, shorter.as_bytes()).expect("published");
        assert!(!second.again);
        assert_eq!(in_force("2029-12-31"), Some((second.index.get(), 167)));
    }

    #[test]
    fn units_are_assigned_once_and_only_known_ones_from_a_day_of_the_calendar() {
        let trial = Trial::new();
        let fact = AggregatorAssigned {
            aggregator: "thanh-hoa".parse().expect("a name"),
            tier: "Tỉnh".to_owned(),
            units: vec!["nso2025-15091".parse().expect("a unit"), "nso2025-14758".parse().expect("a unit")],
            valid_from: "2025-07-01".to_owned(),
            valid_until: None,
        };
        let first = trial.mirror().assign_units(&fact).expect("assigned");
        assert_eq!(trial.mirror().assign_units(&fact).expect("again"), Stated { index: first.index, again: true });
        let one = AggregatorAssigned { units: fact.units[..1].to_vec(), tier: "Cụm".to_owned(), ..fact.clone() };
        assert!(!trial.mirror().assign_units(&one).expect("assigned").again);
        assert!(!trial.mirror().assign_units(&fact).expect("the last statement counts").again);
        let size = trial.mirror().ledger.size();
        let nobody = AggregatorAssigned { units: vec!["nso2025-99999".parse().expect("an id")], ..fact.clone() };
        let refused = trial.mirror().assign_units(&nobody);
        assert!(matches!(refused, Err(OperationError::UnknownUnit(_))), "{refused:?}");
        let reversed = AggregatorAssigned { valid_until: Some("2025-07-01".to_owned()), ..fact };
        let refused = trial.mirror().assign_units(&reversed);
        assert!(matches!(refused, Err(OperationError::Refused(_))), "{refused:?}");
        assert_eq!(trial.mirror().ledger.size(), size, "nothing was written");
    }
}
