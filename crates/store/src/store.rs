//! The open history: one connection, one writer at a time, every change a transaction.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::folder_lock::FolderLock;
use crate::tables::{conversations, documents, messages, passages, settings};
use crate::{StoreError, database};

/// The open history. Shared between threads by reference; each call takes the connection for
/// itself. Dropping it closes the database.
pub struct Store {
    // Closed before the folder is given back: fields drop in this order.
    connection: Mutex<Connection>,
    _lock: Option<Arc<FolderLock>>,
}

impl Store {
    /// Takes an open connection and settles what the last session left: answers being written are
    /// interrupted, documents attached to nothing are gone.
    pub(crate) fn start(
        connection: Connection,
        lock: Option<Arc<FolderLock>>,
    ) -> Result<Self, StoreError> {
        let store = Self {
            connection: Mutex::new(connection),
            _lock: lock,
        };
        store.write(|transaction| {
            messages::settle_interrupted(transaction)?;
            documents::purge_unattached(transaction)
        })?;
        Ok(store)
    }

    /// A history that lives in memory alone, and is gone when it is dropped.
    ///
    /// # Errors
    /// Those of the database.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::start(database::in_memory()?, None)
    }

    /// Conversations and drafts.
    pub fn conversations(&self) -> conversations::Conversations<'_> {
        conversations::Conversations(self)
    }

    /// Messages and what supports them.
    pub fn messages(&self) -> messages::Messages<'_> {
        messages::Messages(self)
    }

    /// Documents and their pages.
    pub fn documents(&self) -> documents::Documents<'_> {
        documents::Documents(self)
    }

    /// Passages of documents.
    pub fn passages(&self) -> passages::Passages<'_> {
        passages::Passages(self)
    }

    /// Settings.
    pub fn settings(&self) -> settings::Settings<'_> {
        settings::Settings(self)
    }

    /// Reads the whole database and checks it: seals, structures, references, indexes. Takes time
    /// in proportion to its size.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn verify(&self) -> Result<(), StoreError> {
        self.read(database::verify)
    }

    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        work(
            &self
                .connection
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// Runs `work` in a transaction, committed to the disk if it succeeds, else undone.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let outcome = work(&transaction)?;
        transaction.commit()?;
        Ok(outcome)
    }

    /// Moves the log into the database and empties it, so that what was erased is in neither.
    pub(crate) fn empty_log(&self) -> Result<(), StoreError> {
        self.read(|connection| {
            let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
            Ok(connection.query_row(sql, [], |_| Ok(()))?)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::Timestamp;

    #[test]
    fn threads_share_a_history() {
        let store = Store::in_memory().unwrap();
        thread::scope(|scope| {
            for at in 0..8 {
                let store = &store;
                scope.spawn(move || {
                    let talk = store
                        .conversations()
                        .create("Essai", Timestamp(at))
                        .unwrap();
                    let messages = store.messages();
                    messages
                        .begin_exchange(talk.id, "Combien ?", Timestamp(at))
                        .unwrap();
                });
            }
        });
        assert_eq!(store.conversations().list("combien").unwrap().len(), 8);
        store.verify().unwrap();
    }

    #[test]
    fn what_panics_in_a_transaction_is_undone_and_locks_nobody_out() {
        let store = Store::in_memory().unwrap();
        let panicked = thread::scope(|scope| {
            let half_way = scope.spawn(|| {
                store.write::<()>(|transaction| {
                    transaction.execute("INSERT INTO settings VALUES('a', 'b')", [])?;
                    panic!("half way");
                })
            });
            half_way.join().is_err()
        });
        assert!(panicked);
        assert_eq!(store.settings().get("a").unwrap(), None);
        store.settings().set("a", "c").unwrap();
    }
}
