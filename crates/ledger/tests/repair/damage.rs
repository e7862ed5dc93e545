//! What a disk does to the files of a ledger, by seed.

use crate::commune::Files;
use danvan_testkit::Dice;

/// Damages the files once; says what it did.
pub(crate) fn damage(files: &mut Files, dice: &mut Dice) -> String {
    let names: Vec<String> = files.keys().filter(|name| *name != "lock").cloned().collect();
    let name = names[dice.place(names.len())].clone();
    let other = names[dice.place(names.len())].clone();
    let bytes = files.get_mut(&name).unwrap();
    let at = dice.place(bytes.len());
    match dice.below(7) {
        0 => {
            bytes[at] ^= 1 << dice.below(8);
            format!("a bit of byte {at} of {name} flipped")
        }
        1 => {
            let (start, end) = (at - at % 512, (at - at % 512 + 512).min(bytes.len()));
            bytes[start..end].fill(0);
            format!("the sector at {start} of {name} zeroed")
        }
        2 => {
            bytes.truncate(at);
            format!("{name} cut at byte {at}")
        }
        3 => {
            let noise = dice.bytes(dice.clone().place(2000));
            let end = (at + noise.len()).min(bytes.len());
            bytes[at..end].copy_from_slice(&noise[..end - at]);
            format!("{} bytes at {at} of {name} overwritten", end - at)
        }
        4 => {
            files.remove(&name);
            format!("{name} removed")
        }
        5 => {
            let copy = files[&other].clone();
            files.insert(name.clone(), copy);
            format!("{name} replaced by a copy of {other}")
        }
        _ => {
            let from = dice.place(bytes.len()) / 512 * 512;
            let sector: Vec<u8> = bytes[from..].iter().take(512).copied().collect();
            let to = at / 512 * 512;
            let len = sector.len().min(bytes.len() - to);
            bytes[to..to + len].copy_from_slice(&sector[..len]);
            format!("the sector at {from} of {name} copied to {to}")
        }
    }
}
