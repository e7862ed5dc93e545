//! A ledger on a full disk: control records are written and signed, and it ends and starts as always.
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use danvan_journal::AppendError;
use danvan_ledger::{Ledger, LedgerConfig, Record};
use danvan_testkit::{Dice, FaultyStorage};
use danvan_tlog::{LogKey, Origin};
use std::sync::Arc;

fn origin() -> Origin {
    Origin::new("example.vn/u/gso2024-15097").unwrap()
}

fn key() -> LogKey {
    LogKey::from_seed(origin().key_name(), [7; 32])
}

fn record(n: u64) -> Record {
    Record::new(Dice::new(n).bytes(100))
}

#[test]
fn a_full_disk_stops_neither_an_erasure_nor_the_end_of_the_process() {
    let config = LedgerConfig {
        segment_bytes: 16 << 10,
        preallocate_bytes: 4 << 10,
        reserve_bytes: 32 << 10,
        ..LedgerConfig::default()
    };
    for free in (60_000..100_000).step_by(1111) {
        let disk = FaultyStorage::new();
        disk.set_capacity(free + (32 << 10));
        let ledger = Ledger::create_on(Arc::new(disk.clone()), origin(), key(), record(0), config).unwrap();
        let refused = (1..).map(|n| ledger.append(record(n))).find_map(Result::err);
        assert_eq!(refused, Some(AppendError::NoSpace), "{free}");
        let mut size = ledger.size();
        for n in 0..100 {
            size = ledger.append_control(record(10_000 + n)).unwrap().size_after();
        }
        let (sender, outcome) = std::sync::mpsc::channel();
        let done = Box::new(move |outcome| sender.send(outcome).unwrap());
        ledger.submit_control(record(20_000), done).unwrap();
        assert_eq!(outcome.recv().unwrap(), Ok(size.next_index()), "{free}");
        let size = size.next_index().size_after();
        assert_eq!(ledger.drain().unwrap().map(|signed| signed.size()), Some(size), "{free}");

        let (ledger, recovery) = Ledger::open_on(Arc::new(disk.clone()), origin(), key(), config).unwrap();
        assert_eq!((recovery.size, recovery.torn_tail), (size, None), "{free}");
        assert_eq!(ledger.append(record(1)), Err(AppendError::NoSpace), "{free}: the reserve is not whole");
        disk.set_capacity(usize::MAX);
        assert_eq!(ledger.append(record(1)), Ok(size.next_index()), "{free}");
    }
}
