//! Giving entries back: a node that lost some asks for what is held of its log.

use danvan_replication::{FetchReply, FetchRequest, HeldLogs, HeldLogsError, Receipt, ReceiptStatus, UnitToken};
use danvan_tlog::MAX_BATCH_UNPACKED_BYTES;

use crate::mirror::Mirror;

impl HeldLogs for Mirror {
    fn answer(&self, unit: &UnitToken, asked: &FetchRequest) -> Result<FetchReply, HeldLogsError> {
        let (origin, token) = (asked.origin(), self.token.clone());
        let (range, note) = {
            let desk = self.desk();
            let member = desk.roll.get(origin).filter(|member| member.unit.as_str() == unit.as_str());
            let Some(member) = member else {
                let unknown = Receipt::refused(ReceiptStatus::UnknownOrigin, token, origin.clone(), None);
                return Ok(FetchReply::Standing(unknown));
            };
            if asked.range().is_empty() {
                return Ok(FetchReply::Standing(self.standing(origin, member)));
            }
            let (size, last) = (member.state.size(), member.state.last());
            match (asked.readable(size), last) {
                (Some(range), Some(last)) => (range, last.note().clone()),
                _ => return Ok(FetchReply::Standing(Receipt::resend(token, origin.clone(), size, last))),
            }
        };
        let failed = |error: &dyn std::fmt::Display| HeldLogsError(error.to_string());
        let entries = self.archive.first_of(origin, range, MAX_BATCH_UNPACKED_BYTES).map_err(|error| failed(&error))?;
        FetchReply::entries(origin, range.start(), entries, &note).map_err(|error| failed(&error))
    }
}

#[cfg(test)]
mod tests {
    use danvan_replication::Fetched;
    use danvan_tlog::{IndexRange, Origin, Size};

    use super::*;
    use crate::trial::{TestNode, Trial};

    fn asked(node: &TestNode, start: u64, end: u64) -> FetchRequest {
        let size = |n| Size::new(n).expect("a size");
        FetchRequest::entries(node.key.origin(), IndexRange::new(size(start), size(end)).expect("a range"))
    }

    fn answered(trial: &Trial, unit: &UnitToken, asked: &FetchRequest) -> Fetched {
        let reply = trial.mirror().answer(unit, asked).expect("an answer");
        Fetched::parse(&reply.into_bytes(), asked).expect("an answer to the question")
    }

    #[test]
    fn a_node_gets_back_every_entry_that_is_held_and_no_other_unit_does() {
        let mut trial = Trial::new();
        let mut node = trial.enrol(15_097);
        node.answers(2999);
        let other = trial.enrol(15_061);
        trial.receive(vec![other.whole()]);
        let ends = [1, 2, 700, 701, 1700, 2700];
        for (start, end) in [0].into_iter().chain(ends).zip(ends) {
            trial.receive(vec![node.message(start, end)]);
        }
        trial.restart();
        for (start, end) in [(0, 1), (0, 2700), (1, 2700), (350, 700), (699, 702), (2699, 2700), (2000, 5000)] {
            let mut got = Vec::new();
            let until = end.min(2700);
            while (got.len() as u64) < until - start {
                let question = asked(&node, start + got.len() as u64, end);
                let Fetched::Entries(entries) = answered(&trial, &node.token(), &question) else {
                    panic!("{start} {end}")
                };
                got.extend(entries);
            }
            let range = usize::try_from(start).expect("a place")..usize::try_from(until).expect("a place");
            assert!(got == node.entries[range], "{start} {end}");
        }
        let Fetched::Standing(unknown) = answered(&trial, &other.token(), &asked(&node, 0, 9)) else {
            panic!("entries")
        };
        assert_eq!(
            (unknown.status(), unknown.note(), unknown.size()),
            (ReceiptStatus::UnknownOrigin, None, Size::ZERO)
        );
    }

    #[test]
    fn it_is_told_where_a_log_stands_and_where_what_is_held_ends() {
        let trial = Trial::new();
        let mut node = trial.enrol(15_097);
        node.answers(9);
        let mirror = trial.mirror().notary.verifier_key().clone();
        let stands = |question: &FetchRequest| match answered(&trial, &node.token(), question) {
            Fetched::Standing(receipt) => {
                let signed = receipt.verify(node.key.verifier_key(), &mirror).expect("a note to believe");
                (receipt.status(), receipt.next().get(), signed.map(|signed| signed.size().get()))
            }
            Fetched::Entries(_) => panic!("{question:?}"),
        };
        let standing = FetchRequest::standing(node.key.origin());
        assert_eq!(stands(&standing), (ReceiptStatus::Resend, 0, None));
        assert_eq!(stands(&asked(&node, 0, 5)), (ReceiptStatus::Resend, 0, None));
        trial.receive(vec![node.message(0, 7)]);
        assert_eq!(stands(&standing), (ReceiptStatus::Cosigned, 7, Some(7)));
        assert_eq!(stands(&asked(&node, 7, 9)), (ReceiptStatus::Resend, 7, Some(7)));
        let foreign = FetchRequest::standing(Origin::new("elsewhere.vn/u/gso2024-15097").expect("an origin"));
        let Fetched::Standing(unknown) = answered(&trial, &node.token(), &foreign) else { panic!("entries") };
        assert_eq!(unknown.status(), ReceiptStatus::UnknownOrigin);
    }
}
