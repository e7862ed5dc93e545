//! Appends to a ledger from many threads until it is killed, and reports each acknowledgement once it has it.
//!
//! `appender <directory> <number of this life> <writers>`; see `danvan_tests::appender` for what it writes and says.

use std::io::{Write, stdout};
use std::path::Path;

use anyhow::{Context, Result};
use danvan_ledger::{Ledger, Record};
use danvan_tests::appender::{Append, Report, config, key, origin};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, life, writers] = &arguments[..] else { anyhow::bail!("appender <directory> <life> <writers>") };
    let (life, writers): (u64, u64) = (life.parse()?, writers.parse()?);
    let (ledger, _) = Ledger::open(Path::new(directory), origin()?, key()?, config())?;
    ledger.on_signed(Box::new(|signed| {
        // Whoever listens may be gone; then this process is about to be.
        let _ = report(&Report::Signed(signed.size(), signed.root()));
    }));
    std::thread::scope(|scope| {
        let threads = (0..writers).map(|writer| {
            let ledger = &ledger;
            scope.spawn(move || append(ledger, life, writer))
        });
        let threads: Vec<_> = threads.collect();
        threads.into_iter().try_for_each(|thread| thread.join().ok().context("a writer panicked")?)
    })
}

fn append(ledger: &Ledger, life: u64, writer: u64) -> Result<()> {
    for turn in 0.. {
        let append = Append { life, writer, turn };
        let index = ledger.append(Record::new(append.entry()))?;
        report(&Report::Acknowledged(index.get(), append))?;
    }
    Ok(())
}

/// One write per line, so that a kill leaves at most one line cut short.
fn report(report: &Report) -> Result<()> {
    Ok(stdout().lock().write_all(report.line().as_bytes())?)
}
