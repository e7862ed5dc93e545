//! Files that a person names on the command line.

pub(crate) mod published_file;

use std::io;
use std::path::Path;

use danvan_daemon::read_secret;
use danvan_event::{FieldProblem, FormError};

use crate::exit::{Exit, Failure};

/// The bytes of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| {
        let shown = path.display();
        Failure::new(
            Exit::Usage,
            format!("không đọc được tệp {shown}: {error}"),
            format!("cannot read the file {shown}: {error}"),
        )
    })
}

/// A secret of one line in a file that only its owner can read.
pub(crate) fn secret(path: &Path) -> Result<String, Failure> {
    let text = read_secret(path)
        .map_err(|error| Failure::usage("không đọc được tệp bí mật", "cannot read the secret", error))?;
    Ok(text.trim().to_owned())
}

/// A line of standard input: what must stand neither in the list of processes nor in the shell's history.
pub(crate) fn line() -> Result<String, Failure> {
    let mut line = String::new();
    io::stdin()
        .read_line(&mut line)
        .map_err(|error| Failure::usage("không đọc được dòng nhập vào", "cannot read standard input", error))?;
    Ok(line.trim().to_owned())
}

/// What is wrong with a file, field by field, each with its reason; `vi` and `en` say what that comes to.
pub(crate) fn refused(path: &Path, error: &FormError, [vi, en]: [&str; 2]) -> Failure {
    let lines = |words: fn(&FieldProblem) -> &str| {
        let place = path.display();
        let each = error.problems.iter().map(|fault| format!("\n  {place}: {}: {}", fault.field, words(fault)));
        each.collect::<String>()
    };
    Failure::new(
        Exit::Usage,
        format!("{vi}:{}", lines(|fault| &fault.vi)),
        format!("{en}:{}", lines(|fault| &fault.en)),
    )
}
