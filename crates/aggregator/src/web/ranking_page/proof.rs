//! How a reader checks what the page shows.

use danvan_ui::{Pair, count};

use super::super::view::{PublicationProof, RankingProof};
use super::{Scene, Shown, written_at};
use crate::publication::Published;

impl Scene<'_> {
    pub(super) fn proof(&self) -> RankingProof {
        let (publication, size) = match &self.shown {
            Shown::Live(standing) => (self.published.last(), standing.size.get()),
            Shown::Publication { publication, .. } => (Some(&**publication), publication.fact.cut),
        };
        RankingProof {
            rulebook: self.document.rulebook.id.clone(),
            rulebook_digest: self.document.rulebook.sha256.clone(),
            ranking_digest: self.digest.clone(),
            publication: publication.map(|one| self.publication_proof(one)),
            origin: self.face.mirror.ledger.origin().to_string(),
            size: count(size),
            level: self.face.settings.aggregator.level_label.clone(),
            how: Pair::new(
                "Ai có thư mục dữ liệu và tệp policy đều tính lại được bảng đã công bố, đúng từng byte:",
                "Anyone with the data and the policy file can recompute a published ranking to the byte.",
            ),
            command: "danvan audit replay DIR".to_owned(),
        }
    }

    fn publication_proof(&self, one: &Published) -> PublicationProof {
        let at = written_at(self.face, one.index).unwrap_or_default();
        let (equal_vi, equal_en) = if one.fact.output_sha256 == self.digest {
            ("trùng với bảng này", "equal to this ranking")
        } else {
            ("khác bảng này", "different from this ranking")
        };
        PublicationProof {
            text: Pair::new(
                format!("số {:02}, {at}, mục {} của sổ; {equal_vi}", one.number, one.index),
                format!("no. {:02}, entry {} of the log, {equal_en}", one.number, one.index),
            ),
            digest: one.fact.output_sha256.clone(),
        }
    }
}
