//! The directories of one log's incarnations on a real disk: who takes which name, whatever is interrupted and whoever comes in
//! between.

use crate::commune::{MIRRORED, config, key, origin, record, root_of, size};
use crate::incarnations::{next_key, next_origin, opened, options, past_repair};
use crate::mirrors::{aggregator, supply};
use danvan_ledger::{
    AppendError, Ledger, OpenError, RepairError, RepairSources, SucceedError, Succession, Successor, VerifyOptions,
    ended, ended_beside, repair, succeed, verify,
};
use danvan_testkit::Files;
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

fn write_files(directory: &Path, files: &Files) {
    std::fs::create_dir_all(directory).unwrap();
    for (name, bytes) in files {
        std::fs::write(directory.join(name), bytes).unwrap();
    }
}

/// A ledger past repair on a real disk.
struct Home {
    parent: tempfile::TempDir,
    carried: u64,
}

impl Home {
    fn new() -> Self {
        let home = Self { parent: tempfile::tempdir().unwrap(), carried: 0 };
        write_files(&home.path("ledger"), &past_repair());
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.parent.path().join(name)
    }

    fn run(&self) -> Result<Succession, SucceedError> {
        self.run_with(|| {})
    }

    /// Calls `begun` when the next log is about to be written.
    fn run_with(&self, begun: impl Fn()) -> Result<Succession, SucceedError> {
        let mut mirror = aggregator(MIRRORED);
        let sources = RepairSources { mirrors: vec![&mut mirror], attachments: &mut supply };
        let successor = Successor {
            key: next_key(),
            first: &mut |succession| {
                begun();
                Ok(opened(succession))
            },
            lost: &mut |_| Ok(Vec::new()),
            carry: &mut |_, record| Some(record),
        };
        succeed((&self.path("ledger"), key().verifier_key()), sources, options(), successor)
    }

    fn rename(&self, from: &str, to: &str) {
        std::fs::rename(self.path(from), self.path(to)).unwrap();
    }

    fn exchange(&self) {
        self.rename("ledger", "aside");
        self.rename("ledger.ended-1", "ledger");
        self.rename("aside", "ledger.succeeding");
    }

    fn assert_succeeded(&self) {
        assert_eq!(ended_beside(&self.path("ledger")).unwrap(), [self.path("ledger.ended-1")]);
        let refused = Ledger::open(&self.path("ledger.ended-1"), origin(), key(), config()).err();
        assert!(matches!(refused, Some(OpenError::Frozen { .. })), "{refused:?}");
        let (ledger, _) = Ledger::open(&self.path("ledger"), next_origin(), next_key(), config()).unwrap();
        assert_eq!(ledger.size().get(), 1 + self.carried);
        assert!(!self.path("ledger.succeeding").exists() && self.path("ledger.damaged-1").is_dir());
    }
}

#[test]
fn on_a_disk_the_log_that_goes_on_takes_the_name_and_the_ended_one_stays_beside_it() {
    let mut home = Home::new();
    let succession = home.run().unwrap();
    home.carried = succession.carried;
    assert_eq!(succession.size, size(MIRRORED));
    home.assert_succeeded();
    assert!(verify(&home.path("ledger"), VerifyOptions::default()).unwrap().is_sound());
    assert!(verify(&home.path("ledger.ended-1"), VerifyOptions::default()).unwrap().is_sound());
    assert_eq!(home.run().unwrap(), succession);
    home.assert_succeeded();

    let (ledger, _) = Ledger::open(&home.path("ledger"), next_origin(), next_key(), config()).unwrap();
    let sources = RepairSources { mirrors: vec![], attachments: &mut supply };
    let locked = repair(&home.path("ledger"), next_key().verifier_key(), sources, options());
    assert!(matches!(locked, Err(RepairError::Locked)), "{locked:?}");
    drop(ledger);
}

#[test]
fn whatever_names_a_crash_leaves_the_same_call_or_the_next_start_puts_them_right() {
    let states: [fn(&Home); 4] = [
        // The old log has ended, and the new one has not got its name.
        |home| home.exchange(),
        // They changed places.
        |home| home.rename("ledger.ended-1", "ledger.succeeding"),
        // On a file system that cannot exchange, the old one is named and the new one is not.
        |home| home.rename("ledger", "ledger.succeeding"),
        |_| {},
    ];
    for (number, disturb) in states.into_iter().enumerate() {
        for by_a_start in [true, false] {
            let mut home = Home::new();
            let succession = home.run().unwrap();
            home.carried = succession.carried;
            disturb(&home);
            if by_a_start {
                assert_eq!(ended(&home.path("ledger")).unwrap(), [home.path("ledger.ended-1")], "state {number}");
            } else {
                assert_eq!(home.run().unwrap(), succession, "state {number}");
            }
            home.assert_succeeded();
        }
    }
}

#[test]
fn an_unfinished_next_log_is_without_worth_before_the_old_one_ends() {
    let mut home = Home::new();
    std::fs::create_dir(home.path("ledger.succeeding")).unwrap();
    std::fs::write(home.path("ledger.succeeding/0000000000.segment"), b"half").unwrap();
    assert_eq!(ended(&home.path("ledger")).unwrap(), [] as [PathBuf; 0]);
    home.carried = home.run().unwrap().carried;
    home.assert_succeeded();
}

#[test]
fn an_ended_log_whose_successor_is_gone_is_not_given_up_a_second_time() {
    let home = Home::new();
    home.run().unwrap();
    std::fs::remove_dir_all(home.path("ledger")).unwrap();
    home.rename("ledger.ended-1", "ledger");
    let again = home.run();
    assert!(matches!(again, Err(SucceedError::SuccessorMissing { .. })), "{again:?}");
}

#[test]
fn an_ended_log_is_handed_on_and_takes_nothing_in() {
    let home = Home::new();
    home.run().unwrap();
    let directory = home.path("ledger.ended-1");
    let ledger = Ledger::open_ended(&directory, origin(), key()).unwrap();
    assert_eq!(ledger.append(record(0)).unwrap_err(), AppendError::Closed);
    assert_eq!(ledger.size(), size(MIRRORED));
    for at in [1, 17, MIRRORED] {
        assert_eq!(ledger.checkpoint_at(size(at)).unwrap().root(), root_of(at));
    }
    drop(ledger);
    assert!(verify(&directory, VerifyOptions::default()).unwrap().is_sound());
    let alive = Ledger::open_ended(&home.path("ledger"), next_origin(), next_key()).err();
    assert!(matches!(alive, Some(OpenError::NotEnded { .. })), "{alive:?}");
}

#[test]
fn nobody_takes_up_a_log_while_it_ends() {
    for round in 0..20 {
        let mut home = Home::new();
        let (begun, done) = (AtomicBool::new(false), AtomicBool::new(false));
        let succession = thread::scope(|scope| {
            let node = scope.spawn(|| {
                while !begun.load(Ordering::Acquire) {
                    thread::yield_now();
                }
                let mut looks = 0;
                while !done.load(Ordering::Acquire) {
                    let taken = Ledger::open(&home.path("ledger"), origin(), key(), config());
                    assert!(taken.is_err(), "round {round}: the old log was opened at look {looks}");
                    looks += 1;
                }
                looks
            });
            let succession = home.run_with(|| begun.store(true, Ordering::Release)).unwrap();
            done.store(true, Ordering::Release);
            node.join().unwrap();
            succession
        });
        home.carried = succession.carried;
        home.assert_succeeded();
    }
}

#[test]
fn two_starts_that_put_names_right_at_once_do_it_once() {
    for round in 0..50 {
        let mut home = Home::new();
        home.carried = home.run().unwrap().carried;
        home.exchange();
        let start = Barrier::new(2);
        let named = |()| {
            start.wait();
            ended(&home.path("ledger"))
        };
        let found =
            thread::scope(|scope| [scope.spawn(|| named(())), scope.spawn(|| named(()))].map(|t| t.join().unwrap()));
        for ended in found {
            assert_eq!(ended.unwrap(), [home.path("ledger.ended-1")], "round {round}");
        }
        home.assert_succeeded();
    }
}
