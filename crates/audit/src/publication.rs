//! What is attached to `ranking.published`: the inputs document and the ranking document, a line each.

use crate::attachment::{sha256_hex, unpacked};
use crate::finding::{Fault, Part};
use crate::held_log::HeldLog;
use danvan_event::RankingPublished;
use danvan_ledger::{Attachment, Record};

/// The exact bytes of both documents, without the newlines.
pub(crate) struct Publication {
    pub(crate) inputs: Vec<u8>,
    pub(crate) ranking: Vec<u8>,
}

impl Publication {
    /// Reads what is attached to `record`, whose entry says `event`.
    pub(crate) fn read(log: &dyn HeldLog, record: &Record, event: &RankingPublished) -> Result<Self, Fault> {
        let bytes = unpacked(log, record, &event.attachment_sha256, Attachment::MAX_UNPACKED)?;
        let malformed = || Fault::AttachmentMalformed { reason: "a publication has exactly two lines".to_owned() };
        let body = bytes.strip_suffix(b"\n").ok_or_else(malformed)?;
        let mut lines = body.split(|&byte| byte == b'\n');
        match (lines.next(), lines.next(), lines.next()) {
            (Some(inputs), Some(ranking), None) => Ok(Self { inputs: inputs.to_vec(), ranking: ranking.to_vec() }),
            _ => Err(malformed()),
        }
    }

    /// Each document against the digest that was announced for it.
    pub(crate) fn faults(&self, event: &RankingPublished) -> impl Iterator<Item = Fault> {
        let parts = [
            (Part::Inputs, &self.inputs, event.inputs_sha256.clone()),
            (Part::Ranking, &self.ranking, event.output_sha256.clone()),
        ];
        parts.into_iter().filter_map(|(part, bytes, expected)| {
            let found = sha256_hex(bytes);
            (found != expected).then_some(Fault::PublicationDiffers { part, expected, found })
        })
    }
}
