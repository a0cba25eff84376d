//! Citations: where sentences of an answer come from.

use privacy::Private;
use rusqlite::Connection;

use super::documents::DocumentId;
use super::messages::MessageId;
use crate::StoreError;

pub(crate) const V1: &str = "
CREATE TABLE citations(
    message INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    after INTEGER NOT NULL,
    document INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    page INTEGER NOT NULL,
    quote TEXT NOT NULL,
    verbatim INTEGER NOT NULL,
    PRIMARY KEY(message, ordinal)
) STRICT;
CREATE INDEX citations_by_document ON citations(document);
";

/// A sentence of an answer found again in a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CitationRow {
    /// Offset in the answer's text after which it stands, in the caller's unit.
    pub after: u32,
    /// The document.
    pub document: DocumentId,
    /// The page.
    pub page: u32,
    /// The passage of the page that supports the sentence.
    pub quote: Private<String>,
    /// The answer repeats the passage letter for letter.
    pub verbatim: bool,
}

pub(super) fn insert(
    transaction: &Connection,
    message: MessageId,
    citations: &[CitationRow],
) -> Result<(), StoreError> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO citations(message, ordinal, after, document, page, quote, verbatim)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for (ordinal, row) in (0u32..).zip(citations) {
        let quote = row.quote.expose();
        statement.execute((
            message,
            ordinal,
            row.after,
            row.document,
            row.page,
            quote,
            row.verbatim,
        ))?;
    }
    Ok(())
}

pub(super) fn of(
    connection: &Connection,
    message: MessageId,
) -> Result<Vec<CitationRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT after, document, page, quote, verbatim FROM citations
         WHERE message = ?1 ORDER BY ordinal",
    )?;
    let rows = statement.query_map([message], |row| {
        Ok(CitationRow {
            after: row.get(0)?,
            document: row.get(1)?,
            page: row.get(2)?,
            quote: Private::new(row.get(3)?),
            verbatim: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
