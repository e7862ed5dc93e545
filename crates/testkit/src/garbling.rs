//! Bytes made worse by seed: what a fuzzer does without looking at the program.

use crate::dice::Dice;

/// Values that are at the edge of what a length, a count or an index may be.
const EDGES: [u64; 9] = [0, 1, 7, 0xff, 0xffff, 1 << 20, u32::MAX as u64, 1 << 63, u64::MAX];

/// `bytes` after one to four changes; `others` lends pieces to some of them.
#[must_use]
pub fn garbled(bytes: &[u8], others: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut garbled = bytes.to_vec();
    for _ in 0..=dice.below(4) {
        change(&mut garbled, others, dice);
    }
    garbled
}

fn change(bytes: &mut Vec<u8>, others: &[u8], dice: &mut Dice) {
    let at = if bytes.is_empty() { 0 } else { dice.place(bytes.len()) };
    let end = |len: usize| (at + len).min(bytes.len());
    match dice.below(8) {
        0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
        1 if at < bytes.len() => bytes[at] = u8::try_from(dice.below(256)).unwrap_or(0),
        2 => bytes.truncate(at),
        3 => {
            let end = end(512);
            bytes[at..end].fill(0);
        }
        4 => {
            let edge = EDGES[dice.place(EDGES.len())].to_le_bytes();
            let end = end(1 << dice.below(4));
            bytes[at..end].copy_from_slice(&edge[..end - at]);
        }
        5 => {
            let len = dice.place(40);
            let noise = dice.bytes(len);
            bytes.splice(at..at, noise);
        }
        6 => {
            let end = end(1 + dice.place(600));
            bytes.drain(at..end);
        }
        _ if !others.is_empty() => {
            let from = dice.place(others.len());
            let lent = &others[from..(from + 1 + dice.place(600)).min(others.len())];
            let end = end(lent.len());
            bytes.splice(at..end, lent.iter().copied());
        }
        _ => bytes.push(0),
    }
}
