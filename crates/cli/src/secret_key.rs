//! Secret keys of persons, made on their own machines: an evaluator's, an operator's.

use std::path::Path;

use danvan_daemon::{OsRandomness, Randomness, write_private};

use crate::exit::Failure;

/// The seed of a new key.
pub(crate) fn new_seed() -> Result<[u8; 32], Failure> {
    let mut seed = [0; 32];
    OsRandomness
        .fill(&mut seed)
        .map_err(|error| Failure::failed("không lấy được số ngẫu nhiên", "no randomness", error))?;
    Ok(seed)
}

/// Writes the text of a secret key into a new file that only its owner can read.
pub(crate) fn keep(file: &Path, text: &str) -> Result<(), Failure> {
    write_private(file, text.as_bytes()).map_err(|error| {
        let place = file.display();
        Failure::failed("không ghi được khoá", "cannot write the key", format!("{place}: {error}"))
    })
}
