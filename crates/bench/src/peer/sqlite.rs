//! SQLite, write-ahead log, `synchronous = FULL`: one connection that its callers take turns at.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::{SetUpError, Store};

/// A table with a rowid and the event's bytes.
pub struct Sqlite(Mutex<Connection>);

impl Sqlite {
    /// A fresh database in `folder`.
    ///
    /// # Errors
    /// The database cannot be made.
    pub fn open(folder: &Path) -> Result<Self, SetUpError> {
        let connection = Connection::open(folder.join("events.sqlite"))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute("CREATE TABLE events (place INTEGER PRIMARY KEY, event BLOB NOT NULL)", [])?;
        Ok(Self(Mutex::new(connection)))
    }
}

impl Store for Sqlite {
    fn append(&self, events: &[Vec<u8>]) {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stored = insert(&mut connection, events);
        assert!(stored.is_ok(), "SQLite failed: {stored:?}");
    }
}

fn insert(connection: &mut Connection, events: &[Vec<u8>]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    {
        let mut insert = transaction.prepare_cached("INSERT INTO events (event) VALUES (?1)")?;
        for event in events {
            insert.execute([event])?;
        }
    }
    transaction.commit()
}
