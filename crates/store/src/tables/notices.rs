//! Notices: what the agent must know about how an answer was made, as kinds and values that the
//! caller turns into sentences.

use std::collections::BTreeMap;

use privacy::Private;
use rusqlite::Connection;

use super::messages::MessageId;
use crate::StoreError;

pub(crate) const V1: &str = "
CREATE TABLE notices(
    message INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    kind TEXT NOT NULL,
    parameters TEXT NOT NULL,
    PRIMARY KEY(message, ordinal)
) STRICT, WITHOUT ROWID;
";

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRow {
    /// What it is about, as the caller names it.
    pub kind: String,
    /// What its sentence needs: a name, a count.
    pub values: Private<BTreeMap<String, String>>,
}

pub(super) fn insert(
    transaction: &Connection,
    message: MessageId,
    notices: &[NoticeRow],
) -> Result<(), StoreError> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO notices(message, ordinal, kind, parameters) VALUES(?1, ?2, ?3, ?4)",
    )?;
    for (ordinal, notice) in (0u32..).zip(notices) {
        let values =
            serde_json::to_string(notice.values.expose()).map_err(std::io::Error::other)?;
        statement.execute((message, ordinal, &notice.kind, values))?;
    }
    Ok(())
}

pub(super) fn of(
    connection: &Connection,
    message: MessageId,
) -> Result<Vec<NoticeRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT kind, parameters FROM notices WHERE message = ?1 ORDER BY ordinal",
    )?;
    let rows = statement.query_and_then([message], |row| {
        let values: String = row.get(1)?;
        let values = serde_json::from_str(&values).map_err(|_| StoreError::Damaged)?;
        Ok(NoticeRow {
            kind: row.get(0)?,
            values: Private::new(values),
        })
    })?;
    rows.collect()
}
