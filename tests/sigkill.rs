//! A process that appends is killed again and again on the real disk: whatever it acknowledged is there.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, ensure};
use danvan_ledger::{Ledger, Record};
use danvan_testkit::Dice;
use danvan_tests::appender::{Append, Report, config, key, origin};
use danvan_tlog::{Hash, Size};

const LIVES: u64 = 44;

/// All that was reported so far.
#[derive(Default)]
struct Reported {
    acknowledged: BTreeMap<u64, Append>,
    signed: BTreeMap<Size, Hash>,
}

impl Reported {
    fn note(&mut self, report: Report) -> Result<()> {
        match report {
            Report::Acknowledged(index, append) => {
                let other = self.acknowledged.insert(index, append);
                ensure!(other.is_none(), "index {index} was acknowledged for {other:?} and for {append:?}");
            }
            Report::Signed(size, root) => {
                let other = self.signed.insert(size, root);
                ensure!(other.is_none_or(|other| other == root), "size {size} was signed with two roots");
            }
        }
        Ok(())
    }

    /// Lets a process live until it has reported so often, kills it, and takes what it managed to say.
    fn take_from(&mut self, directory: &Path, life: u64, (writers, reports): (u64, u64)) -> Result<()> {
        let mut appender = Appender::start(directory, life, writers)?;
        for _ in 0..reports {
            self.note(appender.next()?.context("the appender ended by itself")?)?;
        }
        appender.child.kill()?;
        while let Some(report) = appender.next()? {
            self.note(report)?;
        }
        appender.child.wait()?;
        Ok(())
    }

    /// Opens what the killed process left and compares it with what was reported.
    fn check(&self, directory: &Path) -> Result<()> {
        let (ledger, _) = Ledger::open(directory, origin()?, key()?, config())?;
        let entries: Vec<Record> = ledger.read(ledger.size().range())?;
        for (index, append) in &self.acknowledged {
            let found = usize::try_from(*index).ok().and_then(|index| entries.get(index));
            ensure!(found.is_some_and(|record| record.entry == append.entry()), "{append:?} is not at index {index}");
        }
        // Each writer waited for each acknowledgement: its appends are there in their order, without a gap or a double.
        let mut turns: BTreeMap<(u64, u64), u64> = BTreeMap::new();
        for record in &entries {
            let append = Append::of_entry(&record.entry).context("an entry that nobody appended")?;
            let turn = turns.entry((append.life, append.writer)).or_default();
            ensure!(append.turn == *turn, "{append:?} is there, and turn {turn} was next");
            *turn += 1;
        }
        for (size, root) in &self.signed {
            ensure!(ledger.checkpoint_at(*size)?.root() == *root, "size {size} has two roots");
        }
        let latest = ledger.latest().map(|latest| latest.size());
        ensure!(latest >= self.signed.keys().last().copied(), "the latest checkpoint went back to {latest:?}");
        Ok(())
    }
}

struct Appender {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Appender {
    fn start(directory: &Path, life: u64, writers: u64) -> Result<Self> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_appender"))
            .arg(directory)
            .args([life.to_string(), writers.to_string()])
            .stdout(Stdio::piped())
            .spawn()?;
        let output = BufReader::new(child.stdout.take().context("no output")?);
        Ok(Self { child, output })
    }

    /// The next report; `None` at the end, where the last one may be cut short.
    fn next(&mut self) -> Result<Option<Report>> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(Report::parse(&line))
    }
}

impl Drop for Appender {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn no_killed_process_takes_an_acknowledged_entry_with_it() {
    // The folder for temporary files may lie in memory; this one lies on the disk that is built on.
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let first = Append { life: 0, writer: 0, turn: 0 };
    let made =
        Ledger::create(directory.path(), origin().unwrap(), key().unwrap(), Record::new(first.entry()), config());
    drop(made.unwrap());
    let mut reported = Reported::default();
    reported.note(Report::Acknowledged(0, first)).unwrap();
    for life in 1..=LIVES {
        let mut dice = Dice::new(life);
        let writers = [1, 64, 64, 7][dice.place(4)];
        // Now and then before anything was written, in the middle of the start.
        let reports = if dice.chance(15) { 0 } else { dice.below(writers.max(4) * 20) };
        let outcome = reported.take_from(directory.path(), life, (writers, reports));
        let outcome = outcome.and_then(|()| reported.check(directory.path()));
        assert!(outcome.is_ok(), "life {life} of {writers} writers, killed after {reports} reports: {outcome:?}");
    }
    let acknowledged = reported.acknowledged.len();
    let signed = reported.signed.len();
    assert!(acknowledged > 1000 && signed > 10, "too little was done: {acknowledged} appends, {signed} checkpoints");
}
