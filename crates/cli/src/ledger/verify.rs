//! `danvan ledger verify`.

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Instant;

use clap::Args;
use danvan_ledger::{Verdict, VerifyOptions, VerifyProgress, verify};
use danvan_tlog::VerifierKey;
use serde_json::{Value, json};

use super::words::{crash_lines, finding, torn_tail};
use super::{LedgerPlace, unreadable};
use crate::exit::{Exit, Outcome};
use crate::output::Output;
use crate::progress::Progress;

/// `danvan ledger verify DIR`
#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    place: LedgerPlace,
    /// The log's key; beside DIR/ledger when absent. Without any only roots are compared, no signatures
    #[arg(long, value_name = "VKEY")]
    vkey: Option<VerifierKey>,
    /// How many threads read and hash [default: the machine's cores]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
}

impl Verify {
    pub(crate) fn run(self, output: Output) -> Outcome {
        let ledger = self.place.ledger();
        let key = self.place.key(self.vkey.as_ref())?;
        let progress = Progress::new(output);
        progress.stage("Đang đọc sổ", "Reading the ledger", 0);
        let tell = |read: VerifyProgress| {
            progress.of(read.segments as u64);
            progress.reach(read.segments_done as u64);
        };
        let began = Instant::now();
        let options = VerifyOptions { threads: self.threads, log: key.as_ref(), progress: Some(&tell) };
        let verdict = verify(&ledger, options);
        progress.finish();
        let verdict = verdict.map_err(|error| unreadable(&ledger, &error))?;
        let seconds = began.elapsed().as_secs_f64();
        output.result(
            &document(&ledger, key.as_ref(), &verdict, seconds),
            &text(&ledger, key.as_ref(), &verdict, seconds),
        );
        Ok(if verdict.is_sound() { Exit::Done } else { Exit::Failed })
    }
}

/// Millions of bytes in a second.
#[expect(clippy::cast_precision_loss, reason = "a speed for people")]
fn speed(bytes: u64, seconds: f64) -> f64 {
    if seconds > 0.0 { bytes as f64 / 1e6 / seconds } else { 0.0 }
}

fn document(ledger: &Path, key: Option<&VerifierKey>, verdict: &Verdict, seconds: f64) -> Value {
    let kept: Vec<_> = verdict
        .kept
        .iter()
        .map(|(promise, size)| json!({ "promise": promise.to_string(), "size": size.get() }))
        .collect();
    json!({
        "directory": ledger,
        "origin": verdict.origin.as_str(),
        "vkey": key.map(ToString::to_string),
        "sound": verdict.is_sound(),
        "size": verdict.size.get(),
        "root": verdict.root.to_string(),
        "entries": verdict.entries,
        "segments": verdict.segments,
        "bytes": verdict.bytes,
        "seconds": seconds,
        "mb_per_second": speed(verdict.bytes, seconds),
        "kept": kept,
        "torn_tail": verdict.torn_tail.as_ref().map(torn_tail),
        "damaged_copies": verdict.damaged_copies,
        "findings": verdict.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn text(ledger: &Path, key: Option<&VerifierKey>, verdict: &Verdict, seconds: f64) -> String {
    let mut text = format!("{}\n{}", verdict.origin, ledger.display());
    let mut line = |words: String| {
        let _ = write!(text, "\n{words}");
    };
    line(format!(
        "{} mục, {} đoạn, {} byte, {with_comma} giây, {speed:.0} MB/s | {0} entries, {1} segments, {2} bytes, {seconds:.1} s, \
         {speed:.0} MB/s",
        verdict.entries,
        verdict.segments,
        verdict.bytes,
        with_comma = format!("{seconds:.1}").replace('.', ","),
        speed = speed(verdict.bytes, seconds),
    ));
    line(format!("Gốc | Root: {} ({})", verdict.root, verdict.size));
    for (promise, size) in &verdict.kept {
        line(format!("Đúng với | Kept: {promise} ({size})"));
    }
    if key.is_none() {
        line("Chưa kiểm tra chữ ký: thiếu khoá | Signatures were not verified: no key (--vkey)".to_owned());
    }
    crash_lines(verdict.torn_tail.as_ref(), &verdict.damaged_copies, verdict.is_sound()).for_each(&mut line);
    line(match verdict.findings.len() {
        0 => "SỔ NGUYÊN VẸN | SOUND".to_owned(),
        count => format!("{count} phát hiện | {count} findings"),
    });
    for words in verdict.findings.iter().map(finding) {
        line(words.text());
    }
    text
}
