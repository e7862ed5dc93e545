//! What is attached to a draft and to its publication: the inputs document and the ranking document, a line each.

use crate::attachment::{sha256_hex, unpacked};
use crate::finding::{Fault, Part};
use crate::held_log::HeldLog;
use danvan_ledger::{Attachment, Record};

/// The exact bytes of both documents, without the newlines.
pub(crate) struct Publication {
    pub(crate) inputs: Vec<u8>,
    pub(crate) ranking: Vec<u8>,
}

impl Publication {
    /// Reads what is attached to `record`, whose entry names it by this digest.
    pub(crate) fn read(log: &dyn HeldLog, record: &Record, attachment_sha256: &str) -> Result<Self, Fault> {
        let bytes = unpacked(log, record, attachment_sha256, Attachment::MAX_UNPACKED)?;
        let malformed = || Fault::AttachmentMalformed { reason: "a publication has exactly two lines".to_owned() };
        let body = bytes.strip_suffix(b"\n").ok_or_else(malformed)?;
        let mut lines = body.split(|&byte| byte == b'\n');
        match (lines.next(), lines.next(), lines.next()) {
            (Some(inputs), Some(ranking), None) => Ok(Self { inputs: inputs.to_vec(), ranking: ranking.to_vec() }),
            _ => Err(malformed()),
        }
    }

    /// Each document against the digest that was announced for it.
    pub(crate) fn faults(&self, inputs_sha256: &str, output_sha256: &str) -> impl Iterator<Item = Fault> {
        let parts = [
            (Part::Inputs, &self.inputs, inputs_sha256.to_owned()),
            (Part::Ranking, &self.ranking, output_sha256.to_owned()),
        ];
        parts.into_iter().filter_map(|(part, bytes, expected)| {
            let found = sha256_hex(bytes);
            (found != expected).then_some(Fault::PublicationDiffers { part, expected, found })
        })
    }
}
