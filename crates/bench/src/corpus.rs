//! The events that every system stores: canonical entries of about 370 bytes, the same for the same seed.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha12Rng;

/// `count` entries in canonical JSON, about 370 bytes each, reproducible by `seed`.
///
/// The identifiers are random, as real ones are, so that a compressor gets no more than it would get in the field. The
/// times go forward by a millisecond an event and lie in 2030, behind whatever the node's own first entry says, so that
/// the fold counts every event instead of flagging it.
#[must_use]
pub fn corpus(seed: u64, count: usize) -> Vec<Vec<u8>> {
    let mut random = ChaCha12Rng::seed_from_u64(seed);
    (0..count).map(|place| entry(&mut random, place)).collect()
}

fn entry(random: &mut ChaCha12Rng, place: usize) -> Vec<u8> {
    let id = format!(
        "018e1cfa-{:04x}-7{:03x}-8{:03x}-{:012x}",
        place & 0xffff,
        random.random_range(0..0x1000_u32),
        random.random_range(0..0x1000_u32),
        random.random_range(0..0x1_0000_0000_0000_u64),
    );
    let (minute, second, milli) = (place / 60_000 % 60, place / 1000 % 60, place % 1000);
    let kept = random.random_bool(0.9);
    let rating = random.random_range(1..=5_u32);
    let visit: u64 = random.random();
    format!(
        concat!(
            r#"{{"data":{{"channel":"kiosk","commitments":[{{"code":"B1","kept":{}}},{{"code":"K1","kept":true}}],"#,
            r#""rating":{},"visit_token":"{:016x}"}},"id":"{}","#,
            r#""recordedtime":"2030-03-08T07:{:02}:{:02}.{:03}Z","source":"/u/gso2024-15097","specversion":"1.0","#,
            r#""subject":"survey/{}","time":"2030-03-08T07:{:02}:{:02}.{:03}Z","type":"vn.danvan.survey.answered.v1"}}"#,
        ),
        kept, rating, visit, id, minute, second, milli, id, minute, second, milli,
    )
    .into_bytes()
}
