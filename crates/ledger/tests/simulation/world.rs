//! Whose ledger it is, and what is written into it.

use danvan_ledger::{LedgerConfig, Record, Signing, Storage};
use danvan_testkit::{Dice, Mutant, Mutation};
pub(crate) use danvan_testkit::{key_of, origin_of};
use danvan_tlog::{CosignedAt, KeyName, LogKey, MirrorKey, Origin, SignedCheckpoint};
use std::sync::Arc;
use std::time::Duration;

/// What lies between a ledger and its disk: nothing, or a mistake.
pub(crate) type Layer<'l> = &'l dyn Fn(Arc<dyn Storage>) -> Arc<dyn Storage>;

/// The first promise that was broken, in words.
pub(crate) type Verdict = Result<(), String>;

pub(crate) fn sound(storage: Arc<dyn Storage>) -> Arc<dyn Storage> {
    storage
}

pub(crate) fn with(mutation: Mutation) -> impl Fn(Arc<dyn Storage>) -> Arc<dyn Storage> {
    move |storage| Arc::new(Mutant::new(storage, mutation))
}

/// Who signs, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Whoever asks for it, and nobody else.
    OnDemand,
    /// A thread of the ledger as soon as something is durable; each step waits for it, so that a seed tells one story.
    AtOnce,
    /// The same thread beside whatever else is going on, at once or after a while, as on a node. The seed gives the steps and the
    /// faults, the machine decides who of two threads comes first.
    Beside,
}

impl Manner {
    pub(crate) fn draw(self, dice: &mut Dice) -> Signing {
        let interval = match self {
            Self::OnDemand => return Signing::OnDemand,
            Self::AtOnce => Duration::ZERO,
            Self::Beside => Duration::from_micros([0, 300, 20_000][dice.place(3)]),
        };
        Signing::Background { interval }
    }
}

/// Small segments, and nothing that runs beside the script.
pub(crate) fn config() -> LedgerConfig {
    LedgerConfig {
        segment_bytes: 4096 + 1500,
        preallocate_bytes: 900,
        reserve_bytes: 700,
        signing: Signing::OnDemand,
        ..LedgerConfig::default()
    }
}

pub(crate) fn draw_config(dice: &mut Dice) -> LedgerConfig {
    LedgerConfig {
        segment_bytes: 4096 + [400, 800, 1500, 3000, 6000, 30_000][dice.place(6)],
        preallocate_bytes: [0, 200, 900, 2500][dice.place(4)],
        queue_records: [2, 3, 8, 64][dice.place(4)],
        queue_bytes: [500, 1 << 20][dice.place(2)],
        reserve_bytes: [0, 700, 3000][dice.place(3)],
        ..config()
    }
}

pub(crate) fn origin() -> Origin {
    origin_of(1)
}

pub(crate) fn key() -> LogKey {
    key_of(1)
}

/// One of two aggregators.
pub(crate) fn mirror(which: usize) -> MirrorKey {
    // Long names, so that a receipt fills more than a sector and can be torn.
    let name =
        ["dan-van.ngoc-lac.thanh-hoa.example.vn/a/ngoc-lac/mirror", "dan-van.thanh-hoa.example.vn/a/thanh-hoa/mirror"]
            [which % 2];
    MirrorKey::from_seed(KeyName::new(name).unwrap(), [8 + u8::try_from(which % 2).unwrap(); 32])
}

pub(crate) fn cosigned(by: &MirrorKey, signed: &SignedCheckpoint) -> SignedCheckpoint {
    by.cosign(signed, CosignedAt::from_unix_seconds(1))
}

/// The record number `n` of a story, unlike any other.
pub(crate) fn record(n: u64) -> Record {
    let mut dice = Dice::new(n);
    let filling = if n % 97 == 96 { 7000 } else { dice.place(100) };
    let entry = [n.to_le_bytes().to_vec(), dice.bytes(filling)].concat();
    match n % 7 {
        3 => {
            let len = dice.place(400);
            Record::with_attachment(entry, dice.bytes(len))
        }
        _ => Record::new(entry),
    }
}
