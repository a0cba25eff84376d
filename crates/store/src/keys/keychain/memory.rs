//! A keychain that forgets when the process ends: for tests, and their accidents.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use privacy::Private;

use super::Keychain;
use crate::KeychainFault;

/// Entries in memory; clones share them, as sessions share a keychain.
#[derive(Debug, Clone, Default)]
pub struct MemoryKeychain {
    entries: Arc<Mutex<HashMap<String, Private<String>>>>,
}

impl MemoryKeychain {
    /// Number of entries.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// The same entries, no longer shared: an accident to one leaves the other.
    pub fn separate_copy(&self) -> Self {
        Self {
            entries: Arc::new(Mutex::new(self.lock().clone())),
        }
    }

    /// The accident: every entry is lost.
    pub fn lose_all(&self) {
        self.lock().clear();
    }

    /// The accident: every entry holds `secret` instead of its own.
    pub fn alter_all(&self, secret: &str) {
        for kept in self.lock().values_mut() {
            *kept = Private::new(secret.to_owned());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Private<String>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keychain for MemoryKeychain {
    fn get(&self, entry: &str) -> Result<Option<Private<String>>, KeychainFault> {
        Ok(self.lock().get(entry).cloned())
    }

    fn set(&self, entry: &str, secret: &Private<String>) -> Result<(), KeychainFault> {
        self.lock().insert(entry.to_owned(), secret.clone());
        Ok(())
    }

    fn delete(&self, entry: &str) -> Result<(), KeychainFault> {
        self.lock().remove(entry);
        Ok(())
    }
}
