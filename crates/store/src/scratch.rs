//! For tests alone: a home that lasts as long as the test, and the database inside.

use tempfile::TempDir;

use crate::keys::{DataKey, DatabaseId};
use crate::{Home, MemoryKeychain, NewKeys, Store};

/// A history in a folder of its own, which a test may close and open again.
pub(crate) struct Scratch {
    pub(crate) folder: TempDir,
    keychain: MemoryKeychain,
    keys: NewKeys,
}

impl Scratch {
    pub(crate) fn new() -> (Self, Store) {
        let scratch = Self {
            folder: tempfile::tempdir().unwrap(),
            keychain: MemoryKeychain::default(),
            keys: NewKeys::draft().unwrap(),
        };
        let store = scratch.home().create(&scratch.keys, None).unwrap();
        (scratch, store)
    }

    pub(crate) fn home(&self) -> Home {
        Home::open(self.folder.path(), Box::new(self.keychain.clone())).unwrap()
    }

    pub(crate) fn reopen(&self, store: Store) -> Store {
        drop(store);
        self.home().unlock_with_keychain().unwrap()
    }

    pub(crate) fn key(&self) -> (DatabaseId, &DataKey) {
        (self.keys.database, &self.keys.data)
    }
}
