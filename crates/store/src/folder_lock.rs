//! One process at a time: an advisory lock on a file of the data folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::StoreError;

/// The lock, held until dropped; the system releases it when the process dies, however it dies.
pub(crate) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the lock without waiting, or says [`StoreError::AlreadyOpen`].
    pub(crate) fn take(folder: &Path) -> Result<Self, StoreError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(folder.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::AlreadyOpen),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}
