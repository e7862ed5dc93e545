//! `danvan ledger status`.

use std::fmt::Write as _;
use std::path::Path;

use clap::Args;
use danvan_ledger::{Forgone, Holder, Status as Found, status};
use danvan_tlog::Size;
use serde_json::{Value, json};

use super::words::{crash_lines, torn_tail, trouble};
use super::{LedgerPlace, unreadable};
use crate::exit::{Exit, Outcome};
use crate::output::Output;

/// `danvan ledger status DIR`
#[derive(Debug, Args)]
pub(crate) struct Status {
    #[command(flatten)]
    place: LedgerPlace,
}

impl Status {
    pub(crate) fn run(self, output: Output) -> Outcome {
        let ledger = self.place.ledger();
        let found = status(&ledger).map_err(|error| unreadable(&ledger, &error))?;
        output.result(&document(&ledger, &found), &text(&ledger, &found));
        Ok(if found.is_sound() { Exit::Done } else { Exit::Failed })
    }
}

fn document(ledger: &Path, found: &Found) -> Value {
    let receipts: Vec<_> =
        found.receipts.iter().map(|(by, size)| json!({ "by": by.as_str(), "size": size.get() })).collect();
    json!({
        "directory": ledger,
        "origin": found.origin.as_ref().map(ToString::to_string),
        "size": found.size.get(),
        "checkpoint": found.checkpoint.map(Size::get),
        "receipts": receipts,
        "segments": found.extent.segments,
        "bytes": found.extent.bytes,
        "reserve_bytes": found.extent.reserve_bytes,
        "holder": holder(found.holder),
        "torn_tail": found.torn_tail.as_ref().map(torn_tail),
        "damaged_copies": found.damaged_copies,
        "frozen": found.frozen.as_ref().map(|frozen| json!({
            "size": frozen.size.get(),
            "root": frozen.root.to_string(),
            "successor": frozen.successor.as_str(),
        })),
        "previous": found.previous.as_ref().map(|previous| json!({
            "origin": previous.origin.as_str(),
            "size": previous.size.get(),
            "root": previous.root.to_string(),
            "carried": previous.carried,
            "lost": previous.lost,
        })),
        "forgone": found.forgone.iter().map(forgone).collect::<Vec<_>>(),
        "restored": found.restored,
        "contradicted": found.contradicted
            .map(|proof| json!({ "signed": proof.signed.get(), "settled": proof.is_settled })),
        "findings": found.troubles.iter().map(trouble).collect::<Vec<_>>(),
    })
}

fn forgone(decision: &Forgone) -> Value {
    json!({ "size": decision.size.get(), "aggregator": decision.aggregator })
}

fn holder(holder: Holder) -> Value {
    match holder {
        Holder::Nobody => json!({ "state": "nobody" }),
        Holder::Process(process) => json!({ "state": "process", "process": process }),
        Holder::NotTold => json!({ "state": "not_told" }),
    }
}

fn text(ledger: &Path, found: &Found) -> String {
    let origin = found.origin.as_ref().map_or("?", |origin| origin.as_str());
    let mut text = format!("{origin}\n{}", ledger.display());
    let mut line = |words: String| {
        let _ = write!(text, "\n{words}");
    };
    line(format!("Mục | Entries: {}", found.size));
    match found.checkpoint {
        Some(size) => line(format!("Đã ký | Signed: {size}")),
        None => line("Chưa ký gì | Nothing signed".to_owned()),
    }
    for (by, size) in &found.receipts {
        let behind = found.size.entries_since(*size);
        line(format!("Biên nhận | Receipt: {size}, còn | behind {behind}, {by}"));
    }
    line(format!(
        "Tệp | Files: {} đoạn | segments, {} byte, dự phòng | reserve {} byte",
        found.extent.segments, found.extent.bytes, found.extent.reserve_bytes
    ));
    line(match found.holder {
        Holder::Nobody => "Không tiến trình nào đang mở | No process has it open".to_owned(),
        Holder::Process(process) => format!("Tiến trình đang mở | Held by process: {process}"),
        Holder::NotTold => "Không rõ tiến trình nào đang mở | The system does not tell who has it open".to_owned(),
    });
    crash_lines(found.torn_tail.as_ref(), &found.damaged_copies, found.is_sound()).for_each(&mut line);
    if let Some(frozen) = &found.frozen {
        line(format!("Đã kết thúc ở | Ended at {}, tiếp nối bởi | goes on as {}", frozen.size, frozen.successor));
    }
    if let Some(previous) = &found.previous {
        line(format!(
            "Nối tiếp | Goes on for {} ({}), mang sang | carried {}, mất | lost {}",
            previous.origin, previous.size, previous.carried, previous.lost
        ));
    }
    for Forgone { size, aggregator } in &found.forgone {
        line(format!("Đã tiếp tục khi chưa hỏi được | Went on without an answer: {aggregator} ({size})"));
    }
    if let Some(proof) = found.contradicted.filter(|proof| proof.is_settled) {
        line(format!("Mâu thuẫn đã giải quyết | A contradiction at {} was settled", proof.signed));
    }
    if found.is_sound() {
        line("Không thấy gì sai | Nothing wrong at a glance".to_owned());
    }
    for words in found.troubles.iter().map(trouble) {
        line(words.text());
    }
    text
}
