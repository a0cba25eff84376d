//! The encrypted history: conversations, documents and settings in one SQLCipher file.
//!
//! A [`Home`] is the data folder: taken by one process at a time, its key slots read, its
//! database not yet open. One of its slots (keychain, printed recovery key, passphrase) gives the
//! data key, and with it a [`Store`], whose tables each have a file under `tables/`.
//!
//! What always holds:
//! - no byte of content reaches the disk unencrypted, the write-ahead log included;
//! - a database that exists is never replaced by an empty one, whatever became of its keys;
//! - a key that does not open it, or a newer program's database, leaves every byte as it was;
//! - a question is committed, with its answer still empty, before that answer's first token.
//!
//! The crate never knows who calls, shows nothing and speaks no language: its errors are typed.
#![forbid(unsafe_code)]

mod atomic_file;
mod database;
mod error;
mod folder_lock;
mod home;
mod keys;
mod migrations;
#[cfg(test)]
mod scratch;
mod search_terms;
mod store;
mod tables;
mod timestamp;

pub use error::{KeychainFault, StoreError};
pub use home::{Home, HomeState};
pub use keys::LEAST_CHARACTERS as PASSPHRASE_LEAST;
pub use keys::{AbsentKeychain, Keychain, MemoryKeychain, NewKeys, SystemKeychain};
pub use store::Store;
pub use tables::citations::CitationRow;
pub use tables::conversations::{ConversationId, ConversationRow, Conversations};
pub use tables::documents::{DocumentId, DocumentRow, Documents, NewDocument};
pub use tables::messages::{Finished, MessageId, MessageRow, MessageState, Messages, Role};
pub use tables::notices::NoticeRow;
pub use tables::pages::{BlockRow, NewBlock, NewPage, PageRow};
pub use tables::passages::{NewPassage, PassageId, PassageRow, Passages};
pub use tables::pictures::PictureRow;
pub use tables::settings::Settings;
pub use timestamp::Timestamp;
