//! Where things lie in the files of a sound ledger: a second reader, written from `schemas/journal.md` alone.

use danvan_testkit::Files;
use std::collections::BTreeSet;

const SEGMENT_HEADER: usize = 4096;
const FRAME_HEADER: usize = 40;
const SLOT_MAGIC: &[u8] = b"\x89DVS\r\n\x1a\n";
const SLOT_HEADER: usize = 32;
/// Copies of a fact begin at multiples of this.
const BLOCK: usize = 4096;

/// The bytes of something, and the number that it stands for.
pub(crate) struct Extent {
    file: String,
    at: usize,
    len: usize,
    /// Of a frame header: the size that it proves durable. Of a copy of a fact: the size that it promises.
    pub(crate) size: u64,
}

impl Extent {
    /// Whether the bytes still lie where they lay.
    pub(crate) fn is_intact(&self, before: &Files, after: &Files) -> bool {
        self.bytes(before).is_some_and(|sound| self.bytes(after) == Some(sound))
    }

    fn bytes<'f>(&self, files: &'f Files) -> Option<&'f [u8]> {
        files.get(&self.file)?.get(self.at..self.at + self.len)
    }
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    *bytes.get(at..).and_then(|rest| rest.first_chunk()).unwrap_or(&[0; N])
}

/// The headers of all frames, seals among them.
pub(crate) fn frame_headers(files: &Files) -> Vec<Extent> {
    let mut headers = Vec::new();
    for (name, bytes) in files.iter().filter(|(name, _)| is_segment(name)) {
        let mut at = SEGMENT_HEADER;
        while let Some(header) = bytes.get(at..at + FRAME_HEADER).filter(|header| header.iter().any(|b| *b != 0)) {
            let size = u64::from_le_bytes(number(header, 24));
            headers.push(Extent { file: name.clone(), at, len: FRAME_HEADER, size });
            let entry = usize::from(u16::from_le_bytes(number(header, 32)));
            let attachment = u32::from_le_bytes(number(header, 36)) as usize;
            at += FRAME_HEADER + (entry + attachment).next_multiple_of(8);
        }
    }
    headers
}

fn is_segment(name: &str) -> bool {
    name.strip_suffix(".segment").is_some_and(|number| number.len() == 10)
}

/// The copies of all facts in slots that promise a size.
pub(crate) fn promises(files: &Files) -> Vec<Extent> {
    facts(files, |pair| !matches!(pair, "frozen" | "previous" | "repaired" | "forgone"))
}

fn facts(files: &Files, are_wanted: impl Fn(&str) -> bool) -> Vec<Extent> {
    let mut facts = Vec::new();
    for (name, bytes) in files {
        let Some((pair, "a" | "b")) = name.split_once('.') else { continue };
        if !are_wanted(pair) {
            continue;
        }
        for at in (0..bytes.len()).step_by(BLOCK).filter(|at| bytes[*at..].starts_with(SLOT_MAGIC)) {
            let len = u32::from_le_bytes(number(bytes, at + 12)) as usize;
            let Some(fact) = bytes.get(at + SLOT_HEADER..at + SLOT_HEADER + len) else { continue };
            let size = if pair == "intent" { u64::from_be_bytes(number(fact, 32)) } else { size_of_note(fact) };
            facts.push(Extent { file: name.clone(), at, len: SLOT_HEADER + len, size });
        }
    }
    facts
}

/// Whether a pair was damaged, and no copy of a fact is left in either file. One that never held any looks no better after that.
/// Where a whole copy of another pair was brought into it, that one may be the newer, and hides the rest.
pub(crate) fn is_lost(pair: &str, before: &Files, after: &Files) -> bool {
    let is_damaged = [".a", ".b"].map(|ending| format!("{pair}{ending}")).iter().any(|f| before.get(f) != after.get(f));
    let (own, others) = (facts(before, |name| name == pair), facts(before, |name| name != pair));
    let is_left = own.iter().any(|copy| copy.is_intact(before, after));
    let is_another = |copy: &Extent| others.iter().any(|other| other.bytes(before) == copy.bytes(after));
    is_damaged && (!is_left || facts(after, |name| name == pair).iter().any(is_another))
}

/// The pairs of whose newest fact no copy lies where it lay: what is left looks like a fact that was torn while it was written, so
/// that the one before it counts, or none.
pub(crate) fn pairs_set_back(before: &Files, after: &Files) -> Vec<String> {
    let copies = promises(before);
    let pair = |copy: &Extent| copy.file.split('.').next().unwrap_or_default().to_owned();
    let pairs: BTreeSet<String> = copies.iter().map(pair).collect();
    let is_set_back = |name: &String| {
        let own = || copies.iter().filter(|copy| pair(copy) == *name);
        let newest = own().map(|copy| copy.size).max();
        !own().any(|copy| Some(copy.size) == newest && copy.is_intact(before, after))
    };
    pairs.into_iter().filter(is_set_back).collect()
}

/// The second line of the signed note behind the key name and the frontier.
fn size_of_note(fact: &[u8]) -> u64 {
    let name = fact.first().copied().map_or(0, usize::from);
    let frontier = usize::from(u16::from_le_bytes(number(fact, 1 + name)));
    let note = String::from_utf8_lossy(fact.get(3 + name + frontier..).unwrap_or_default()).into_owned();
    note.lines().nth(1).and_then(|line| line.parse().ok()).unwrap_or(0)
}
