//! Attachments against the entries that name them.

use crate::finding::Fault;
use crate::held_log::HeldLog;
use danvan_event::Entry;
use danvan_ledger::{Attachment, Record};
use sha2::{Digest, Sha256};

/// The digest of bytes as entries spell it: lower-case hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The digest of the attachment that the bytes of an entry name, if they name one.
pub(crate) fn named_by(entry: &[u8]) -> Option<String> {
    Entry::parse(entry.to_vec()).ok()?.attachment_sha256().map(str::to_owned)
}

/// The stored attachment that `record` names by `sha256`.
pub(crate) fn stored(log: &dyn HeldLog, record: &Record, sha256: &str) -> Result<Vec<u8>, Fault> {
    let missing = || Fault::AttachmentMissing { sha256: sha256.to_owned() };
    let stored = log.attachment(record, sha256).ok_or_else(missing)?;
    let found = sha256_hex(&stored);
    if found == sha256 { Ok(stored) } else { Err(Fault::AttachmentDiffers { expected: sha256.to_owned(), found }) }
}

/// The attachment that `record` names by `sha256`, unpacked to at most `limit` bytes.
pub(crate) fn unpacked(log: &dyn HeldLog, record: &Record, sha256: &str, limit: usize) -> Result<Vec<u8>, Fault> {
    let stored = stored(log, record, sha256)?;
    Attachment::unpack(&stored, limit).map_err(|error| Fault::AttachmentMalformed { reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use danvan_event::{Canon, EventId, OwnEvent, Timestamp, make_entry};

    use super::*;

    fn catalogue_of(source: &str, subject: &str) -> Vec<u8> {
        let data = serde_json::json!({
            "catalog": "5-biet", "version": "1", "groups": [{ "code": "biet", "label": "5 biết", "count": 5 }],
            "attachment_sha256": "0".repeat(64),
        });
        let now = Timestamp::from_millis(1_709_883_000_000).unwrap();
        let entry = make_entry(OwnEvent {
            id: EventId::from_parts(1_709_883_000_000, [1; 10]),
            event_type: &"vn.danvan.pledge.catalog_published.v1".parse().unwrap(),
            source: &source.parse().unwrap(),
            subject,
            time: now,
            recordedtime: now,
            synthetic: true,
            data: Canon::try_from(data).unwrap(),
        });
        entry.unwrap().into_bytes()
    }

    #[test]
    fn an_aggregator_attaches_the_file_of_a_catalogue_and_a_unit_cites_it() {
        assert_eq!(named_by(&catalogue_of("/a/ngoc-lac", "aggregator/ngoc-lac")), Some("0".repeat(64)));
        assert_eq!(named_by(&catalogue_of("/u/gso2024-15097", "unit/gso2024-15097")), None);
    }
}
