//! The crate's errors: each variant says what the caller can do.

use std::io::{self, ErrorKind};

use rusqlite::ErrorCode;
use thiserror::Error;

/// Why the store could not do what was asked. No variant holds content.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another process holds the folder: bring its window forward.
    #[error("the data folder is already open in another process")]
    AlreadyOpen,
    /// Nothing was created here yet: create it, do not unlock it.
    #[error("nothing was created in this folder yet")]
    NotCreated,
    /// A database or a key slot exists here: unlock it, it is never replaced.
    #[error("a database or its keys already exist in this folder")]
    AlreadyCreated,
    /// No keychain took the key, so a passphrase must be chosen.
    #[error("no keychain answers: a passphrase is required")]
    PassphraseRequired,
    /// The chosen passphrase is too short: ask for a longer one.
    #[error("a passphrase needs at least {least} characters")]
    PassphraseTooShort {
        /// Least number of characters.
        least: usize,
    },
    /// The keychain did not open the history: ask for the recovery key, or the passphrase if any.
    #[error("the keychain did not open the history: {fault}")]
    KeychainFailed {
        /// What the keychain did.
        fault: KeychainFault,
        /// A passphrase was set, so it may be asked for.
        passphrase: bool,
    },
    /// The recovery key holds typing errors: show which groups to check.
    #[error("the recovery key is mistyped in {} of its groups", groups.len())]
    RecoveryKeyMistyped {
        /// Zero-based indices of the groups, in order; never empty.
        groups: Vec<usize>,
    },
    /// The recovery key is well formed, but is another history's.
    #[error("the recovery key is not this history's")]
    WrongRecoveryKey,
    /// No passphrase was set on this history: ask for the recovery key.
    #[error("no passphrase was set")]
    NoPassphrase,
    /// The passphrase is not the one that was set: ask again.
    #[error("the passphrase is not the right one")]
    WrongPassphrase,
    /// A database exists without its key slots: restore `keys/` from a copy of the folder.
    #[error("the key slots of this database are missing")]
    SlotsMissing,
    /// No copy of the key slots can be read: restore `keys/` from a copy of the folder.
    #[error("the key slots are damaged")]
    SlotsDamaged,
    /// The key slots belong to another database: put the two that belong together in one folder.
    #[error("the key slots belong to another database")]
    ForeignSlots,
    /// Key slots exist, but not their database: restore it from a copy of the folder.
    #[error("the database of these key slots is missing")]
    DatabaseMissing,
    /// The database is damaged: set it aside whole, and restore a copy.
    #[error("the database is damaged")]
    Damaged,
    /// A newer program wrote this folder: install that version or a newer one.
    #[error("written by a newer program (format {found}, this one knows {known})")]
    TooNew {
        /// The format found.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// The disk is full: nothing was lost, free some space and try again.
    #[error("the disk is full")]
    DiskFull,
    /// The folder cannot be written to: check its rights.
    #[error("the data folder cannot be written to")]
    ReadOnly,
    /// The conversation, message or document is no longer there.
    #[error("no such row")]
    NotFound,
    /// The system refused to read or write a file.
    #[error("input or output failed")]
    Io(#[source] io::Error),
    /// The database engine refused, for a reason that only a report can help with.
    #[error("the database engine answered with code {code}")]
    Database {
        /// SQLite's extended result code; 0 if the refusal came before SQLite.
        code: i32,
    },
}

/// Why the keychain did not open the history, or did not take a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeychainFault {
    /// No keychain answers on this session.
    #[error("no keychain answers")]
    Absent,
    /// The keychain answers, but stayed locked or refused.
    #[error("the keychain refused")]
    Refused,
    /// The keychain answers, but holds no entry of this history.
    #[error("the keychain has no such entry")]
    NoEntry,
    /// The keychain's entry is not the key of this history.
    #[error("the keychain's entry is not this history's key")]
    Altered,
    /// The history was created without a keychain.
    #[error("no key was given to the keychain")]
    NeverKept,
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull,
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            _ => Self::Io(error),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error as E;
        match error {
            E::QueryReturnedNoRows => Self::NotFound,
            E::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::DiskFull => Self::DiskFull,
                ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt => Self::Damaged,
                ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Self::ReadOnly,
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::AlreadyOpen,
                // The row that this one belongs to was deleted in the meantime.
                ErrorCode::ConstraintViolation
                    if failure.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY =>
                {
                    Self::NotFound
                }
                _ => Self::Database {
                    code: failure.extended_code,
                },
            },
            // What we wrote ourselves cannot be read back as it was.
            E::FromSqlConversionFailure(..)
            | E::IntegralValueOutOfRange(..)
            | E::InvalidColumnType(..)
            | E::Utf8Error(..) => Self::Damaged,
            _ => Self::Database { code: 0 },
        }
    }
}

impl From<getrandom::Error> for StoreError {
    fn from(error: getrandom::Error) -> Self {
        Self::Io(io::Error::other(error.to_string()))
    }
}
