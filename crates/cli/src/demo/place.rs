//! The directory of a demonstration: `DIR/{policy,nats/,aggregator/,nodes/<unit>/}` and the marker of what it is.

use std::path::{Path, PathBuf};

use danvan_daemon::{OsRandomness, Randomness, create_private_dir, write_atomic, write_private};
use danvan_event::UnitId;
use danvan_node::DEMO_MARKER;

use crate::exit::{Exit, Failure};

const PASSWORD_BYTES: usize = 16;

/// Where everything of one demonstration lies.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    root: PathBuf,
}

impl Place {
    /// Makes the directory at `root`, which must be new or empty: a demonstration never touches other data.
    pub(crate) fn create(root: &Path) -> Result<Self, Failure> {
        let cannot = |error: std::io::Error| {
            let shown = root.display();
            Failure::failed("không tạo được thư mục", "cannot make the directory", format!("{shown}: {error}"))
        };
        create_private_dir(root).map_err(cannot)?;
        if std::fs::read_dir(root).map_err(cannot)?.next().is_some() {
            let shown = root.display();
            return Err(Failure::new(
                Exit::Usage,
                format!("thư mục {shown} đã có dữ liệu: hãy chọn thư mục mới"),
                format!("the directory {shown} holds data already: name a new one"),
            ));
        }
        // Children find it from wherever they stand.
        let place = Self { root: root.canonicalize().map_err(cannot)? };
        write_atomic(&place.root.join(DEMO_MARKER), b"made by danvan demo\n").map_err(cannot)?;
        for folder in [place.nats(), place.root.join("nodes")] {
            create_private_dir(&folder).map_err(cannot)?;
        }
        Ok(place)
    }

    /// The whole directory.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// What an auditor needs beside the ledgers.
    pub(crate) fn policy(&self) -> PathBuf {
        self.root.join("policy")
    }

    /// The broker's directory.
    pub(crate) fn nats(&self) -> PathBuf {
        self.root.join("nats")
    }

    /// The broker's configuration.
    pub(crate) fn nats_config(&self) -> PathBuf {
        self.nats().join("nats-server.conf")
    }

    /// The aggregator's directory.
    pub(crate) fn aggregator(&self) -> PathBuf {
        self.root.join("aggregator")
    }

    /// The directory of a unit's node.
    pub(crate) fn node(&self, unit: &UnitId) -> PathBuf {
        self.root.join("nodes").join(unit.to_string())
    }

    /// The secret of the board's key.
    pub(crate) fn evaluator_key(&self) -> PathBuf {
        self.root.join("evaluator.key")
    }

    /// The secret of one of the two operators' keys.
    pub(crate) fn operator_key(&self, number: usize) -> PathBuf {
        self.root.join(format!("operator-{number}.key"))
    }

    /// Where the password of a user of the broker waits for the command that takes it (0600).
    pub(crate) fn password_file(&self, user: &str) -> PathBuf {
        self.nats().join(format!("{user}.password"))
    }

    /// A new password for `user`, also written to its file.
    pub(crate) fn new_password(&self, user: &str) -> Result<String, Failure> {
        let mut random = [0; PASSWORD_BYTES];
        let cannot =
            |error: std::io::Error| Failure::failed("không tạo được mật khẩu", "cannot make a password", error);
        OsRandomness.fill(&mut random).map_err(cannot)?;
        let secret = hex::encode(random);
        write_private(&self.password_file(user), secret.as_bytes()).map_err(cannot)?;
        Ok(secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_with_data_is_never_touched() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("thesis.txt"), "years").unwrap();
        let refused = Place::create(dir.path()).unwrap_err();
        assert_eq!(refused.exit(), Exit::Usage);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_new_directory_gets_its_marker() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::create(&dir.path().join("demo")).unwrap();
        assert!(place.root().join(DEMO_MARKER).is_file());
        let password = place.new_password("a").unwrap();
        assert_ne!(password, place.new_password("b").unwrap());
        assert_eq!(std::fs::read_to_string(place.password_file("a")).unwrap(), password);
    }
}
