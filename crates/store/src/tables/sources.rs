//! Sources: the pages that the model was given to answer from.

use rusqlite::Connection;

use super::documents::DocumentId;
use super::messages::MessageId;
use crate::StoreError;

pub(crate) const V1: &str = "
CREATE TABLE sources(
    message INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    document INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    page INTEGER NOT NULL,
    PRIMARY KEY(message, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX sources_by_document ON sources(document);
";

pub(super) fn insert(
    transaction: &Connection,
    message: MessageId,
    sources: &[(DocumentId, u32)],
) -> Result<(), StoreError> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO sources(message, ordinal, document, page) VALUES(?1, ?2, ?3, ?4)",
    )?;
    for (ordinal, (document, page)) in (0u32..).zip(sources) {
        statement.execute((message, ordinal, document, page))?;
    }
    Ok(())
}

pub(super) fn of(
    connection: &Connection,
    message: MessageId,
) -> Result<Vec<(DocumentId, u32)>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT document, page FROM sources WHERE message = ?1 ORDER BY ordinal")?;
    let rows = statement.query_map([message], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
