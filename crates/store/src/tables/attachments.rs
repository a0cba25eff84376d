//! Attachments: which documents a conversation has at hand.

use rusqlite::Connection;

use super::conversations::ConversationId;
use super::documents::DocumentId;
use crate::{StoreError, Timestamp};

pub(crate) const V1: &str = "
CREATE TABLE attachments(
    conversation INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    document INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    added_at INTEGER NOT NULL,
    PRIMARY KEY(conversation, document)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachments_by_document ON attachments(document);
";

/// Attaches; attached twice is attached once, at its first moment.
pub(super) fn add(
    transaction: &Connection,
    conversation: ConversationId,
    document: DocumentId,
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction.execute(
        "INSERT INTO attachments(conversation, document, added_at) VALUES(?1, ?2, ?3)
         ON CONFLICT DO NOTHING",
        (conversation, document, now.0),
    )?;
    Ok(())
}

pub(super) fn remove(
    transaction: &Connection,
    conversation: ConversationId,
    document: DocumentId,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM attachments WHERE conversation = ?1 AND document = ?2";
    match transaction.execute(sql, (conversation, document))? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}

/// The documents of a conversation, in no order.
pub(super) fn of(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<Vec<DocumentId>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT document FROM attachments WHERE conversation = ?1")?;
    let rows = statement.query_map([conversation], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
