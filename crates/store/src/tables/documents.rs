//! Documents: what was read of a file, once, whatever the number of conversations that have it.

use privacy::Private;
use rusqlite::{Connection, OptionalExtension, Row};

use super::conversations::ConversationId;
use super::pages::{NewPage, PageRow};
use super::passages::NewPassage;
use super::pictures::PictureRow;
use super::row_id::row_id;
use super::{attachments, pages, passages, pictures};
use crate::{Store, StoreError, Timestamp};

pub(crate) const V1: &str = "
CREATE TABLE documents(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    kind TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    added_at INTEGER NOT NULL,
    UNIQUE(sha256, name)
) STRICT;
";

row_id! {
    /// A document's identifier.
    DocumentId
}

/// A document to keep.
pub struct NewDocument {
    /// File name as given.
    pub name: String,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// Its format, as the reader names it.
    pub kind: String,
    /// Size of the file.
    pub bytes: u64,
    /// Its pages, in order.
    pub pages: Vec<NewPage>,
}

/// A document kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRow {
    /// Identifier.
    pub id: DocumentId,
    /// File name as given.
    pub name: Private<String>,
    /// Its format.
    pub kind: String,
    /// Number of pages.
    pub pages: u32,
    /// Numbers of the pages that have a fault or no text at all, and no picture, in order.
    pub unread_pages: Vec<u32>,
    /// Numbers of the pages that have a picture, in order.
    pub picture_pages: Vec<u32>,
    /// When it was attached to the conversation asked about, else when it was first kept.
    pub added_at: Timestamp,
}

impl DocumentRow {
    fn read(connection: &Connection, row: &Row<'_>) -> Result<Self, StoreError> {
        let id = row.get(0)?;
        let (pages, unread_pages) = pages::count(connection, id)?;
        Ok(Self {
            id,
            name: Private::new(row.get(1)?),
            kind: row.get(2)?,
            pages,
            unread_pages,
            picture_pages: pictures::pages(connection, id)?,
            added_at: Timestamp(row.get(3)?),
        })
    }
}

/// The documents of the history.
pub struct Documents<'a>(pub(crate) &'a Store);

impl Documents<'_> {
    /// Keeps a document with its pages and passages, all or nothing. The same bytes under the
    /// same name are kept once: the one that was there is returned. Until it is attached it does
    /// not outlive the session.
    ///
    /// # Errors
    /// Those of the database.
    pub fn insert(
        &self,
        document: &NewDocument,
        passages: &[NewPassage],
        now: Timestamp,
    ) -> Result<DocumentId, StoreError> {
        self.0.write(|transaction| {
            let twin = transaction
                .query_row(
                    "SELECT id FROM documents WHERE sha256 = ?1 AND name = ?2",
                    (document.sha256, &document.name),
                    |row| row.get(0),
                )
                .optional()?;
            if let Some(twin) = twin {
                return Ok(twin);
            }
            let bytes = i64::try_from(document.bytes).unwrap_or(i64::MAX);
            let id = transaction.query_row(
                "INSERT INTO documents(name, sha256, kind, bytes, added_at)
                 VALUES(?1, ?2, ?3, ?4, ?5) RETURNING id",
                (
                    &document.name,
                    document.sha256,
                    &document.kind,
                    bytes,
                    now.0,
                ),
                |row| row.get(0),
            )?;
            pages::insert(transaction, id, &document.pages)?;
            passages::insert(transaction, id, passages)?;
            Ok(id)
        })
    }

    /// Attaches a document to a conversation; twice is once.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if either is gone.
    pub fn attach(
        &self,
        conversation: ConversationId,
        document: DocumentId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.0
            .write(|transaction| attachments::add(transaction, conversation, document, now))
    }

    /// Takes a document away from a conversation. One that no conversation has any more is
    /// erased, with the citations of it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it was not attached there.
    pub fn detach(
        &self,
        conversation: ConversationId,
        document: DocumentId,
    ) -> Result<(), StoreError> {
        self.0.write(|transaction| {
            attachments::remove(transaction, conversation, document)?;
            purge(transaction, &[document])
        })?;
        self.0.empty_log()
    }

    /// The documents of a conversation, in the order they were attached.
    ///
    /// # Errors
    /// Those of the database.
    pub fn of(&self, conversation: ConversationId) -> Result<Vec<DocumentRow>, StoreError> {
        self.0.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, name, kind, attachments.added_at
                 FROM attachments JOIN documents ON id = document
                 WHERE conversation = ?1 ORDER BY attachments.added_at, id",
            )?;
            let rows = statement
                .query_and_then([conversation], |row| DocumentRow::read(connection, row))?;
            rows.collect()
        })
    }

    /// One document.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn get(&self, document: DocumentId) -> Result<DocumentRow, StoreError> {
        self.0.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT id, name, kind, added_at FROM documents WHERE id = ?1")?;
            let mut rows = statement.query([document])?;
            let row = rows.next()?.ok_or(StoreError::NotFound)?;
            DocumentRow::read(connection, row)
        })
    }

    /// One page, by its number in the document.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn page(&self, document: DocumentId, number: u32) -> Result<PageRow, StoreError> {
        self.0
            .read(|connection| pages::get(connection, document, number))
    }

    /// The picture of a page.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is none.
    pub fn picture(&self, document: DocumentId, page: u32) -> Result<PictureRow, StoreError> {
        self.0
            .read(|connection| pictures::get(connection, document, page))
    }
}

/// Erases those of `documents` that no conversation has.
pub(super) fn purge(transaction: &Connection, documents: &[DocumentId]) -> Result<(), StoreError> {
    let mut statement = transaction.prepare_cached(
        "DELETE FROM documents WHERE id = ?1
         AND id NOT IN (SELECT document FROM attachments)",
    )?;
    for document in documents {
        statement.execute([document])?;
    }
    Ok(())
}

/// Erases every document that no conversation has: inserted, and the session ended before it was
/// attached.
pub(crate) fn purge_unattached(transaction: &Connection) -> Result<(), StoreError> {
    let sql = "DELETE FROM documents WHERE id NOT IN (SELECT document FROM attachments)";
    transaction.execute(sql, [])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NewBlock;
    use crate::scratch::Scratch;

    fn regulation(name: &str) -> NewDocument {
        let page = |number, text: &str, fault: Option<&str>| NewPage {
            number,
            blocks: vec![NewBlock {
                heading: number == 1,
                text: text.to_owned(),
            }],
            fault: fault.map(String::from),
            picture: None,
        };
        NewDocument {
            name: name.to_owned(),
            sha256: [7; 32],
            kind: String::from("pdf"),
            bytes: u64::MAX,
            pages: vec![
                page(1, "Règlement du cimetière", None),
                page(2, " \u{20}", None),
                page(3, "à demi", Some("streamDropped")),
                NewPage {
                    number: 4,
                    blocks: Vec::new(),
                    fault: None,
                    picture: None,
                },
            ],
        }
    }

    fn passages() -> Vec<NewPassage> {
        [
            (1, "Les concessions durent trente ans."),
            (3, "Le columbarium"),
        ]
        .map(|(page, text)| NewPassage {
            page,
            text: text.to_owned(),
        })
        .into()
    }

    #[test]
    fn pages_are_read_back_and_unread_ones_named() {
        let (scratch, store) = Scratch::new();
        let talk = store
            .conversations()
            .create("Essai", Timestamp(1))
            .unwrap()
            .id;
        let new = regulation("Règlement.pdf");
        let id = store
            .documents()
            .insert(&new, &passages(), Timestamp(5))
            .unwrap();
        store.documents().attach(talk, id, Timestamp(6)).unwrap();
        store.documents().attach(talk, id, Timestamp(9)).unwrap();
        let store = scratch.reopen(store);
        let documents = store.documents();
        let row = documents.of(talk).unwrap().remove(0);
        assert_eq!((row.pages, &*row.unread_pages), (4, &[2, 3, 4][..]));
        assert_eq!(row.added_at, Timestamp(6));
        assert_eq!(documents.get(id).unwrap().added_at, Timestamp(5));
        let page = documents.page(id, 1).unwrap();
        assert!(page.blocks[0].heading);
        assert_eq!(page.blocks[0].text.expose(), "Règlement du cimetière");
        let page = documents.page(id, 3).unwrap();
        assert_eq!(page.fault.as_deref(), Some("streamDropped"));
        assert!(matches!(documents.page(id, 5), Err(StoreError::NotFound)));
        assert!(!format!("{row:?}").contains("Règlement"));
    }

    #[test]
    fn the_same_file_is_kept_once_and_erased_with_its_last_conversation() {
        let (_scratch, store) = Scratch::new();
        let talk = |at| {
            store
                .conversations()
                .create("Essai", Timestamp(at))
                .unwrap()
                .id
        };
        let (one, other) = (talk(1), talk(2));
        let documents = store.documents();
        let keep = |name| {
            documents
                .insert(&regulation(name), &passages(), Timestamp(3))
                .unwrap()
        };
        let id = keep("a.pdf");
        assert_eq!(keep("a.pdf"), id);
        let renamed = keep("b.pdf");
        assert_ne!(renamed, id);
        for talk in [one, other] {
            documents.attach(talk, id, Timestamp(4)).unwrap();
        }
        documents.detach(one, id).unwrap();
        assert!(documents.get(id).is_ok());
        assert!(matches!(
            documents.detach(one, id),
            Err(StoreError::NotFound)
        ));
        store.conversations().delete(other).unwrap();
        assert!(matches!(documents.get(id), Err(StoreError::NotFound)));
        assert!(matches!(documents.page(id, 1), Err(StoreError::NotFound)));
        assert_eq!(store.passages().of(id).unwrap(), []);
        assert_eq!(store.passages().search("trente", &[id], 5).unwrap(), []);
        assert!(documents.get(renamed).is_ok());
        store.verify().unwrap();
    }

    #[test]
    fn attached_to_nothing_does_not_outlive_the_session() {
        let (scratch, store) = Scratch::new();
        let new = regulation("a.pdf");
        let id = store
            .documents()
            .insert(&new, &passages(), Timestamp(3))
            .unwrap();
        let gone = store
            .documents()
            .attach(ConversationId(5), id, Timestamp(4));
        assert!(matches!(gone, Err(StoreError::NotFound)));
        assert!(store.documents().get(id).is_ok());
        let store = scratch.reopen(store);
        assert!(matches!(
            store.documents().get(id),
            Err(StoreError::NotFound)
        ));
    }

    #[test]
    fn a_page_given_twice_keeps_nothing() {
        let (_scratch, store) = Scratch::new();
        let mut new = regulation("a.pdf");
        new.pages[3].number = 1;
        assert!(store.documents().insert(&new, &[], Timestamp(1)).is_err());
        assert!(matches!(
            store.documents().get(DocumentId(1)),
            Err(StoreError::NotFound)
        ));
    }
}
