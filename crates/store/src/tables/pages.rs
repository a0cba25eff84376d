//! Pages of documents and their blocks, in reading order: what a citation shows.

use privacy::Private;
use rusqlite::Connection;

use super::documents::DocumentId;
use super::pictures::{self, PictureRow};
use crate::StoreError;

pub(crate) const V1: &str = "
CREATE TABLE pages(
    document INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    fault TEXT,
    PRIMARY KEY(document, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE blocks(
    document INTEGER NOT NULL,
    page INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    heading INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY(document, page, ordinal),
    FOREIGN KEY(document, page) REFERENCES pages(document, number) ON DELETE CASCADE
) STRICT;
";

/// A page to keep.
pub struct NewPage {
    /// Its number in the document, from 1.
    pub number: u32,
    /// Its blocks, in reading order.
    pub blocks: Vec<NewBlock>,
    /// Why it could not be read whole, as the reader names it.
    pub fault: Option<String>,
    /// What it looks like, where its text is missing.
    pub picture: Option<PictureRow>,
}

/// A block to keep.
pub struct NewBlock {
    /// Heading or running text.
    pub heading: bool,
    /// Its text, lines joined.
    pub text: String,
}

/// A page kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRow {
    /// The document.
    pub document: DocumentId,
    /// Its number in the document.
    pub number: u32,
    /// Its blocks, in reading order.
    pub blocks: Vec<BlockRow>,
    /// Why it could not be read whole.
    pub fault: Option<String>,
    /// Width and height of its picture, where it has one.
    pub picture: Option<(u32, u32)>,
}

/// A block kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockRow {
    /// Heading or running text.
    pub heading: bool,
    /// Its text.
    pub text: Private<String>,
}

pub(super) fn insert(
    transaction: &Connection,
    document: DocumentId,
    pages: &[NewPage],
) -> Result<(), StoreError> {
    let mut new_page = transaction
        .prepare_cached("INSERT INTO pages(document, number, fault) VALUES(?1, ?2, ?3)")?;
    let mut new_block = transaction.prepare_cached(
        "INSERT INTO blocks(document, page, ordinal, heading, text) VALUES(?1, ?2, ?3, ?4, ?5)",
    )?;
    for page in pages {
        new_page.execute((document, page.number, &page.fault))?;
        for (ordinal, block) in (0u32..).zip(&page.blocks) {
            new_block.execute((document, page.number, ordinal, block.heading, &block.text))?;
        }
        if let Some(picture) = &page.picture {
            pictures::insert(transaction, document, page.number, picture)?;
        }
    }
    Ok(())
}

/// How many pages there are, and the numbers of those with a fault or without text, and without a
/// picture that stands for it.
pub(super) fn count(
    connection: &Connection,
    document: DocumentId,
) -> Result<(u32, Vec<u32>), StoreError> {
    let total = connection
        .prepare_cached("SELECT count(*) FROM pages WHERE document = ?1")?
        .query_row([document], |row| row.get(0))?;
    let mut statement = connection.prepare_cached(
        "SELECT number FROM pages WHERE document = ?1 AND (
             fault IS NOT NULL
             OR NOT EXISTS (SELECT 1 FROM blocks
                            WHERE blocks.document = ?1 AND page = number AND trim(text) <> ''))
         AND NOT EXISTS (SELECT 1 FROM pictures WHERE pictures.document = ?1 AND page = number)
         ORDER BY number",
    )?;
    let unread = statement.query_map([document], |row| row.get(0))?;
    Ok((total, unread.collect::<Result<_, _>>()?))
}

pub(super) fn get(
    connection: &Connection,
    document: DocumentId,
    number: u32,
) -> Result<PageRow, StoreError> {
    let fault = connection
        .prepare_cached("SELECT fault FROM pages WHERE document = ?1 AND number = ?2")?
        .query_row((document, number), |row| row.get(0))?;
    let mut statement = connection.prepare_cached(
        "SELECT heading, text FROM blocks WHERE document = ?1 AND page = ?2 ORDER BY ordinal",
    )?;
    let blocks = statement.query_map((document, number), |row| {
        Ok(BlockRow {
            heading: row.get(0)?,
            text: Private::new(row.get(1)?),
        })
    })?;
    Ok(PageRow {
        document,
        number,
        blocks: blocks.collect::<Result<_, _>>()?,
        fault,
        picture: pictures::size(connection, document, number)?,
    })
}
