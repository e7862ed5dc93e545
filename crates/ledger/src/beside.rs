//! What lies beside a journal, copy by copy, sound or not: what was promised to others is never read from a guess.

use crate::contradiction::CONTRADICTION;
use crate::fact::{CHECKPOINT, INTENT, Intent, StoredNote, receipt_names, receipt_slots};
use crate::forgone::{FORGONE, Forgone};
use crate::frozen::{FROZEN, Frozen, PREVIOUS, Previous};
use crate::restored::{is_marked, read_mark};
use danvan_journal::{SlotCopy, SlotError, Slots, Storage};
use danvan_tlog::{Checkpoint, Hash, KeyName, NoteError, Origin, SignedCheckpoint, Size, VerifierKey};
use std::fmt;

/// To whom a size and its root were promised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// It was about to be signed, and perhaps left the machine.
    Intent,
    /// It was signed and stored.
    Checkpoint,
    /// An aggregator cosigned it.
    Receipt(KeyName),
    /// A mirror holds it, signed by this log.
    Mirror(String),
    /// It came back from elsewhere, signed by this log, and this disk contradicted it.
    Contradiction,
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intent => f.write_str("the intent to sign"),
            Self::Checkpoint => f.write_str("the checkpoint"),
            Self::Receipt(by) => write!(f, "the receipt of {by}"),
            Self::Contradiction => f.write_str("the note that this disk contradicted"),
            Self::Mirror(name) => write!(f, "the checkpoint that {name} holds"),
        }
    }
}

/// The two files of a pair.
#[derive(Debug)]
pub(crate) struct Copies {
    pub(crate) name: String,
    /// The files that are damaged.
    pub(crate) damaged: Vec<String>,
    /// The files that hold something sound that does not belong there: no crash does that.
    pub(crate) foreign: Vec<String>,
    /// Nothing tells any more what was stored. A crash leaves at most one copy damaged, and then the other one is sound or was
    /// never used; beside what does not belong there, one that was never used says nothing.
    pub(crate) are_lost: bool,
}

/// A pair of slots as it lies there.
#[derive(Debug)]
pub(crate) struct Pair<T> {
    /// The sound copies, the newest last.
    pub(crate) facts: Vec<T>,
    pub(crate) copies: Copies,
}

/// Whether a pair of this name is among the files.
fn is_among(name: &str, files: &[String]) -> bool {
    files.iter().any(|file| file.strip_suffix(".a").or_else(|| file.strip_suffix(".b")) == Some(name))
}

impl<T> Pair<T> {
    /// One that no file belongs to.
    fn unused(name: &str) -> Self {
        let copies = Copies { name: name.to_owned(), damaged: Vec::new(), foreign: Vec::new(), are_lost: false };
        Self { facts: Vec::new(), copies }
    }

    fn read(storage: &dyn Storage, name: &str, decode: impl Fn(&[u8]) -> Option<T>) -> Result<Self, SlotError> {
        let Self { mut copies, .. } = Self::unused(name);
        let mut found = Vec::new();
        for (file, copy) in Slots::copies(storage, name)? {
            match copy {
                SlotCopy::Empty => {}
                SlotCopy::Damaged => copies.damaged.push(file),
                SlotCopy::Newer { version } => return Err(SlotError::Newer { name: name.to_owned(), version }),
                SlotCopy::Sound { generation, bytes } => match decode(&bytes) {
                    Some(fact) => found.push((generation, fact)),
                    None => copies.foreign.push(file),
                },
            }
        }
        let is_no_crash = copies.damaged.len() == 2 || !copies.foreign.is_empty();
        copies.are_lost = found.is_empty() && is_no_crash;
        found.sort_by_key(|(generation, _)| *generation);
        Ok(Self { facts: found.into_iter().map(|(_, fact)| fact).collect(), copies })
    }

    fn named(&self, encode: impl Fn(&T) -> Vec<u8>) -> Vec<(&str, Vec<u8>)> {
        self.facts.iter().map(|fact| (self.copies.name.as_str(), encode(fact))).collect()
    }
}

/// All pairs beside a journal.
#[derive(Debug)]
pub(crate) struct Beside {
    pub(crate) intent: Pair<Intent>,
    pub(crate) checkpoint: Pair<StoredNote>,
    pub(crate) contradiction: Pair<StoredNote>,
    pub(crate) receipts: Vec<Pair<StoredNote>>,
    pub(crate) frozen: Pair<Frozen>,
    pub(crate) previous: Pair<Previous>,
    pub(crate) forgone: Pair<Vec<Forgone>>,
    /// What the mark says of a directory that came out of a backup.
    pub(crate) restored: Option<String>,
}

/// One promise that can be held against the entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Promised {
    pub(crate) promise: Promise,
    pub(crate) size: Size,
    pub(crate) root: Hash,
}

impl Beside {
    pub(crate) fn read(storage: &dyn Storage) -> Result<Self, SlotError> {
        let names = |source| SlotError::Io { name: "the directory".to_owned(), source };
        let files = storage.names().map_err(names)?;
        let receipts = receipt_names(&files)
            .into_iter()
            .map(|name| {
                Pair::read(storage, name, |bytes| note_of(bytes, |by| by.is_some_and(|by| receipt_slots(by) == name)))
            })
            .collect::<Result<_, _>>()?;
        // Against the order in which a signer beside us stores them, the intent first: of what rests on another fact that
        // other one is read after it. A power cut leaves no checkpoint without its intent either.
        let checkpoint = Pair::read(storage, CHECKPOINT, |bytes| note_of(bytes, |by| by.is_none()))?;
        Ok(Self {
            intent: Pair::read(storage, INTENT, Intent::decode)?,
            checkpoint,
            contradiction: Pair::read(storage, CONTRADICTION, |bytes| note_of(bytes, |by| by.is_none()))?,
            receipts,
            frozen: Pair::read(storage, FROZEN, Frozen::decode)?,
            previous: Pair::read(storage, PREVIOUS, Previous::decode)?,
            forgone: if is_among(FORGONE, &files) {
                Pair::read(storage, FORGONE, Forgone::decode_all)?
            } else {
                Pair::unused(FORGONE)
            },
            restored: is_marked(&files).then(|| read_mark(storage)),
        })
    }

    /// Whether nothing was ever stored beside this journal.
    pub(crate) fn is_empty(&self) -> bool {
        let nothing_sound = self.notes().next().is_none()
            && self.intent.facts.is_empty()
            && self.frozen.facts.is_empty()
            && self.previous.facts.is_empty();
        nothing_sound && self.damaged().next().is_none() && self.foreign().next().is_none()
    }

    /// Every sound fact with the name of its pair, of each pair the older one first.
    pub(crate) fn facts(&self) -> Vec<(&str, Vec<u8>)> {
        let intents = self.intent.named(Intent::encode);
        let notes = self.note_pairs().flat_map(|pair| pair.named(StoredNote::encode));
        let ends = self.frozen.named(Frozen::encode).into_iter().chain(self.previous.named(Previous::encode));
        let decisions = self.forgone.named(|decisions| Forgone::encode_all(decisions));
        intents.into_iter().chain(notes).chain(ends).chain(decisions).collect()
    }

    /// The files that are damaged; another copy is used.
    pub(crate) fn damaged(&self) -> impl Iterator<Item = &String> {
        self.copies().flat_map(|copies| &copies.damaged)
    }

    /// The files that hold what does not belong there.
    pub(crate) fn foreign(&self) -> impl Iterator<Item = &String> {
        self.copies().flat_map(|copies| &copies.foreign)
    }

    /// The pairs of which no copy is sound.
    pub(crate) fn lost(&self) -> impl Iterator<Item = &str> {
        self.copies().filter(|copies| copies.are_lost).map(|copies| copies.name.as_str())
    }

    fn copies(&self) -> impl Iterator<Item = &Copies> {
        let others = [&self.intent.copies, &self.frozen.copies, &self.previous.copies, &self.forgone.copies];
        others.into_iter().chain(self.note_pairs().map(|pair| &pair.copies))
    }

    fn note_pairs(&self) -> impl Iterator<Item = &Pair<StoredNote>> {
        [&self.checkpoint, &self.contradiction].into_iter().chain(&self.receipts)
    }

    fn notes(&self) -> impl Iterator<Item = &StoredNote> {
        self.note_pairs().flat_map(|pair| &pair.facts)
    }

    /// The log that the notes are about, where one says so.
    pub(crate) fn origin(&self) -> Option<Origin> {
        self.notes().find_map(|stored| stored.note.text().parse::<Checkpoint>().ok()).map(|text| text.origin().clone())
    }

    /// What was promised for the log `origin`, and the notes that are no promise of it. With the log's key the
    /// signatures are verified too; the intent is not signed.
    pub(crate) fn promised(&self, origin: &Origin, log: Option<&VerifierKey>) -> (Vec<Promised>, Vec<ForeignNote>) {
        let intents = self.intent.facts.iter();
        let intent = |intent: &Intent| Promised { promise: Promise::Intent, size: intent.size(), root: intent.root };
        let (mut promised, mut foreign) = (intents.map(intent).collect::<Vec<_>>(), Vec::new());
        for pair in self.note_pairs() {
            for stored in &pair.facts {
                let promise = match &stored.by {
                    Some(by) => Promise::Receipt(by.clone()),
                    None if pair.copies.name == CONTRADICTION => Promise::Contradiction,
                    None => Promise::Checkpoint,
                };
                match judge(stored, origin, log) {
                    Ok((size, root)) => promised.push(Promised { promise, size, root }),
                    Err(reason) => foreign.push(ForeignNote { promise, reason }),
                }
            }
        }
        promised.sort_by(|a, b| (a.size, &a.promise).cmp(&(b.size, &b.promise)));
        promised.dedup();
        (promised, foreign)
    }

    /// The largest size that was promised of these very segments: everything below it was synced in them. A note that came back
    /// from elsewhere proves no such thing: this disk may have been set back, and hold other remains there that nobody was told of.
    pub(crate) fn synced(&self, origin: &Origin, log: Option<&VerifierKey>) -> Size {
        let own = self.checkpoint.facts.iter();
        // A receipt for more than was held has no frontier.
        let receipts = self.receipts.iter().flat_map(|pair| &pair.facts).filter(|stored| stored.frontier.is_some());
        let signed = own.chain(receipts).filter_map(|stored| judge(stored, origin, log).ok()).map(|(size, _)| size);
        self.intent.facts.iter().map(Intent::size).chain(signed).max().unwrap_or_default()
    }
}

/// Whether these bytes are a fact of the pair `name`.
pub(crate) fn belongs(name: &str, bytes: &[u8]) -> bool {
    match name {
        INTENT => Intent::decode(bytes).is_some(),
        CHECKPOINT | CONTRADICTION => note_of(bytes, |by| by.is_none()).is_some(),
        FROZEN => Frozen::decode(bytes).is_some(),
        PREVIOUS => Previous::decode(bytes).is_some(),
        FORGONE => Forgone::decode_all(bytes).is_some(),
        receipt => note_of(bytes, |by| by.is_some_and(|by| receipt_slots(by) == receipt)).is_some(),
    }
}

/// Makes the pairs whole that no start writes: damage of one of their files must not wait for that of the other, and what a start
/// acts upon was perhaps never synced. A pair of which nothing is left, or in which a fact lies that is not its own, waits for a repair.
pub(crate) fn make_whole(storage: &dyn Storage) -> Result<(), SlotError> {
    for name in [CONTRADICTION, PREVIOUS, FORGONE] {
        let pair = Pair::read(storage, name, |bytes| belongs(name, bytes).then_some(()))?;
        if !pair.facts.is_empty() && pair.copies.foreign.is_empty() {
            Slots::open(storage, name)?;
        }
    }
    Ok(())
}

/// A note by whom it must be.
fn note_of(bytes: &[u8], is_by: impl Fn(Option<&KeyName>) -> bool) -> Option<StoredNote> {
    StoredNote::decode(bytes).filter(|stored| is_by(stored.by.as_ref()))
}

/// A note that lies beside a journal and does not belong there.
#[derive(Debug)]
pub(crate) struct ForeignNote {
    pub(crate) promise: Promise,
    pub(crate) reason: NoteError,
}

fn judge(stored: &StoredNote, origin: &Origin, log: Option<&VerifierKey>) -> Result<(Size, Hash), NoteError> {
    if let Some(log) = log {
        let signed = SignedCheckpoint::open_note(stored.note.clone(), log)?;
        return Ok((signed.size(), signed.root()));
    }
    let checkpoint: Checkpoint = stored.note.text().parse()?;
    if checkpoint.origin() != origin {
        return Err(NoteError::Origin { expected: origin.clone(), found: checkpoint.origin().clone() });
    }
    Ok((checkpoint.size(), checkpoint.root()))
}
