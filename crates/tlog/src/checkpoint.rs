//! The text of a checkpoint (C2SP tlog-checkpoint): origin, size and root, one line each, and nothing after them.

use crate::hash::Hash;
use crate::name::Origin;
use crate::position::Size;
use crate::spelling;

/// Why a text is not a checkpoint. The caller refuses the note that carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointTextError {
    /// Not exactly three lines, each ended by a newline. Extension lines are refused: no signer of ours writes any.
    #[error("a checkpoint must have exactly three lines")]
    Lines,
    /// The first line is no origin.
    #[error("the first line of a checkpoint must be an origin")]
    Origin,
    /// The second line is no decimal number below 2^63.
    #[error("the second line of a checkpoint must be a size")]
    Size,
    /// The third line is no base64 of 32 bytes.
    #[error("the third line of a checkpoint must be a root")]
    Root,
    /// The empty log has only one root.
    #[error("a checkpoint of size 0 must have the root of the empty tree")]
    EmptyRoot,
}

/// A tree head, not yet signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: Origin,
    size: Size,
    root: Hash,
}

impl Checkpoint {
    /// The claim that the log `origin` has `size` entries under `root`.
    #[must_use]
    pub const fn new(origin: Origin, size: Size, root: Hash) -> Self {
        Self { origin, size, root }
    }

    /// The log.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// How many entries it has.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// The root over them.
    #[must_use]
    pub const fn root(&self) -> Hash {
        self.root
    }
}

impl std::fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.root)
    }
}

impl std::str::FromStr for Checkpoint {
    type Err = CheckpointTextError;

    fn from_str(text: &str) -> Result<Self, CheckpointTextError> {
        let body = text.strip_suffix('\n').ok_or(CheckpointTextError::Lines)?;
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root), None) = (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointTextError::Lines);
        };
        let origin = Origin::new(origin).map_err(|_| CheckpointTextError::Origin)?;
        let size = spelling::parse_decimal(size).and_then(Size::new).ok_or(CheckpointTextError::Size)?;
        let root: Hash = root.parse().map_err(|_| CheckpointTextError::Root)?;
        if size.is_empty() && root != Hash::EMPTY_ROOT {
            return Err(CheckpointTextError::EmptyRoot);
        }
        Ok(Self { origin, size, root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::leaf_hash;

    #[test]
    fn a_checkpoint_has_one_spelling() {
        let root = leaf_hash(b"entry");
        let checkpoint = Checkpoint::new(Origin::new("example.com/log").unwrap(), Size::from(1), root);
        let text = checkpoint.to_string();
        assert_eq!(text, format!("example.com/log\n1\n{root}\n"));
        assert_eq!(text.parse(), Ok(checkpoint));
    }

    #[test]
    fn other_spellings_are_refused() {
        use CheckpointTextError::{EmptyRoot, Lines, Origin, Root, Size};
        let root = leaf_hash(b"entry");
        for (text, error) in [
            (format!("o\n1\n{root}"), Lines),
            (format!("o\n1\n{root}\nextension\n"), Lines),
            (format!("o\n1\n{root}\n\n"), Lines),
            ("o\n1\n".to_owned(), Lines),
            (String::new(), Lines),
            (format!("o o\n1\n{root}\n"), Origin),
            (format!("o\n01\n{root}\n"), Size),
            (format!("o\n9223372036854775808\n{root}\n"), Size),
            (format!("o\n1\r\n{root}\n"), Size),
            (format!("o\n1\n{root}=\n"), Root),
            (format!("o\n0\n{root}\n"), EmptyRoot),
        ] {
            assert_eq!(text.parse::<Checkpoint>(), Err(error), "{text:?}");
        }
    }
}
