//! Pictures of pages: photographs, and scans whose text nobody has read.

use privacy::Private;
use rusqlite::{Connection, OptionalExtension};

use super::documents::DocumentId;
use crate::StoreError;

pub(crate) const V2: &str = "
CREATE TABLE pictures(
    document INTEGER NOT NULL,
    page INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    jpeg BLOB NOT NULL,
    PRIMARY KEY(document, page),
    FOREIGN KEY(document, page) REFERENCES pages(document, number) ON DELETE CASCADE
) STRICT;
";

/// A picture kept, or to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureRow {
    /// Dots in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Its dots, encoded; never decoded here.
    pub jpeg: Private<Vec<u8>>,
}

pub(super) fn insert(
    transaction: &Connection,
    document: DocumentId,
    page: u32,
    picture: &PictureRow,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO pictures(document, page, width, height, jpeg) VALUES(?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((
            document,
            page,
            picture.width,
            picture.height,
            picture.jpeg.expose(),
        ))?;
    Ok(())
}

/// Which pages of a document have one, in order.
pub(super) fn pages(connection: &Connection, document: DocumentId) -> Result<Vec<u32>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT page FROM pictures WHERE document = ?1 ORDER BY page")?;
    let rows = statement.query_map([document], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The size of a page's picture, if it has one.
pub(super) fn size(
    connection: &Connection,
    document: DocumentId,
    page: u32,
) -> Result<Option<(u32, u32)>, StoreError> {
    let size = connection
        .prepare_cached("SELECT width, height FROM pictures WHERE document = ?1 AND page = ?2")?
        .query_row((document, page), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(size)
}

pub(super) fn get(
    connection: &Connection,
    document: DocumentId,
    page: u32,
) -> Result<PictureRow, StoreError> {
    let picture = connection
        .prepare_cached(
            "SELECT width, height, jpeg FROM pictures WHERE document = ?1 AND page = ?2",
        )?
        .query_row((document, page), |row| {
            Ok(PictureRow {
                width: row.get(0)?,
                height: row.get(1)?,
                jpeg: Private::new(row.get(2)?),
            })
        })?;
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use crate::{NewDocument, NewPage, Timestamp};

    fn scan(pages: &[Option<&[u8]>]) -> NewDocument {
        let pages = (1u32..).zip(pages).map(|(number, jpeg)| NewPage {
            number,
            blocks: Vec::new(),
            fault: Some(String::from("no-text")),
            picture: jpeg.map(|jpeg| PictureRow {
                width: 1088,
                height: 1540,
                jpeg: Private::new(jpeg.to_vec()),
            }),
        });
        NewDocument {
            name: String::from("scan.pdf"),
            sha256: [3; 32],
            kind: String::from("pdf"),
            bytes: 1,
            pages: pages.collect(),
        }
    }

    #[test]
    fn a_picture_is_kept_with_its_page_and_erased_with_its_document() {
        let (scratch, store) = Scratch::new();
        let talk = store
            .conversations()
            .create("Essai", Timestamp(1))
            .unwrap()
            .id;
        let new = scan(&[Some(b"dots of one"), None, Some(b"dots of three")]);
        let id = store.documents().insert(&new, &[], Timestamp(2)).unwrap();
        store.documents().attach(talk, id, Timestamp(3)).unwrap();
        let store = scratch.reopen(store);
        let row = store.documents().get(id).unwrap();
        assert_eq!(row.picture_pages, [1, 3]);
        assert_eq!(row.unread_pages, [2], "a page that is seen is not unread");
        let picture = store.documents().picture(id, 3).unwrap();
        assert_eq!(picture.jpeg.expose(), b"dots of three");
        assert_eq!(
            store.documents().page(id, 3).unwrap().picture,
            Some((1088, 1540))
        );
        assert_eq!(store.documents().page(id, 2).unwrap().picture, None);
        let none = store.documents().picture(id, 2);
        assert!(matches!(none, Err(StoreError::NotFound)));
        assert!(!format!("{picture:?}").contains("dots"));
        store.documents().detach(talk, id).unwrap();
        let gone = store.documents().picture(id, 3);
        assert!(matches!(gone, Err(StoreError::NotFound)));
        store.verify().unwrap();
    }
}
