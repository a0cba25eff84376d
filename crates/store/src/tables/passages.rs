//! Passages of documents and their full-text index: what a question is answered from.

use privacy::Private;
use rusqlite::{Connection, Row};

use super::documents::DocumentId;
use super::row_id::row_id;
use crate::{Store, StoreError, search_terms};

pub(crate) const V1: &str = "
CREATE TABLE passages(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    page INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    text TEXT NOT NULL,
    UNIQUE(document, ordinal)
) STRICT;

CREATE VIRTUAL TABLE passages_fts USING fts5(
    text, content='passages', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
);
INSERT INTO passages_fts(passages_fts, rank) VALUES('secure-delete', 1);
CREATE TRIGGER passages_insert AFTER INSERT ON passages BEGIN
    INSERT INTO passages_fts(rowid, text) VALUES(new.id, new.text);
END;
CREATE TRIGGER passages_delete AFTER DELETE ON passages BEGIN
    INSERT INTO passages_fts(passages_fts, rowid, text) VALUES('delete', old.id, old.text);
END;
";

row_id! {
    /// A passage's identifier.
    PassageId
}

/// A passage to keep; its place in the document is its place in the list.
pub struct NewPassage {
    /// The page it stands on.
    pub page: u32,
    /// Its text.
    pub text: String,
}

/// A passage kept.
#[derive(Debug, Clone, PartialEq)]
pub struct PassageRow {
    /// Identifier.
    pub id: PassageId,
    /// The document.
    pub document: DocumentId,
    /// The page it stands on.
    pub page: u32,
    /// Its place in the document, from 0.
    pub ordinal: u32,
    /// Its text.
    pub text: Private<String>,
    /// BM25 of the search, greater is better (<https://sqlite.org/fts5.html#the_bm25_function>,
    /// sign changed); 0 where nothing was searched.
    pub score: f64,
}

impl PassageRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            document: row.get(1)?,
            page: row.get(2)?,
            ordinal: row.get(3)?,
            text: Private::new(row.get(4)?),
            score: row.get(5)?,
        })
    }
}

/// The passages of the documents.
pub struct Passages<'a>(pub(crate) &'a Store);

impl Passages<'_> {
    /// The passages of `documents` that hold any word of `query`, best first, at most `limit`.
    /// Accents and case do not count; a word written with a final `*` stands for all that begin
    /// with it; anything else in `query` is ignored, so that a question can be given as it is.
    ///
    /// # Errors
    /// Those of the database.
    pub fn search(
        &self,
        query: &str,
        documents: &[DocumentId],
        limit: usize,
    ) -> Result<Vec<PassageRow>, StoreError> {
        let Some(terms) = search_terms::any_word(query) else {
            return Ok(Vec::new());
        };
        let documents: Vec<String> = documents.iter().map(|id| id.0.to_string()).collect();
        let documents = format!("[{}]", documents.join(","));
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.0.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT passages.id, document, page, ordinal, passages.text, -bm25(passages_fts)
                 FROM passages_fts JOIN passages ON passages.id = passages_fts.rowid
                 WHERE passages_fts MATCH ?1 AND document IN (SELECT value FROM json_each(?2))
                 ORDER BY bm25(passages_fts), document, ordinal LIMIT ?3",
            )?;
            let rows = statement.query_map((terms, documents, limit), PassageRow::read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Every passage of a document, in order.
    ///
    /// # Errors
    /// Those of the database.
    pub fn of(&self, document: DocumentId) -> Result<Vec<PassageRow>, StoreError> {
        self.0.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, document, page, ordinal, text, 0.0 FROM passages
                 WHERE document = ?1 ORDER BY ordinal",
            )?;
            let rows = statement.query_map([document], PassageRow::read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

pub(super) fn insert(
    transaction: &Connection,
    document: DocumentId,
    passages: &[NewPassage],
) -> Result<(), StoreError> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO passages(document, page, ordinal, text) VALUES(?1, ?2, ?3, ?4)",
    )?;
    for (ordinal, passage) in (0u32..).zip(passages) {
        statement.execute((document, passage.page, ordinal, &passage.text))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use crate::{NewDocument, Timestamp};

    const REGULATION: [&str; 4] = [
        "Les concessions sont accordées pour quinze ou trente ans.",
        "Le columbarium reçoit les urnes. Une urne par case.",
        "Les tarifs sont fixés par délibération du conseil municipal.",
        "Le cimetière est ouvert de huit heures à dix-huit heures.",
    ];

    fn kept(store: &Store, name: &str) -> DocumentId {
        let document = NewDocument {
            name: name.to_owned(),
            sha256: [0; 32],
            kind: String::from("txt"),
            bytes: 1,
            pages: Vec::new(),
        };
        let passages = (1..).zip(REGULATION).map(|(page, text)| NewPassage {
            page,
            text: text.to_owned(),
        });
        let passages: Vec<_> = passages.collect();
        store
            .documents()
            .insert(&document, &passages, Timestamp(1))
            .unwrap()
    }

    fn pages(store: &Store, query: &str, documents: &[DocumentId]) -> Vec<u32> {
        let rows = store.passages().search(query, documents, 10).unwrap();
        assert!(rows.windows(2).all(|pair| pair[0].score >= pair[1].score));
        rows.into_iter().map(|row| row.page).collect()
    }

    #[test]
    fn a_question_finds_its_passages_best_first() {
        let (_scratch, store) = Scratch::new();
        let document = kept(&store, "reglement.txt");
        let only = &[document][..];
        assert_eq!(pages(&store, "Combien d'urnes au columbarium ?", only), [2]);
        assert_eq!(pages(&store, "deliberation", only), [3]);
        assert!(pages(&store, "tarif", only).is_empty());
        assert_eq!(pages(&store, "tarif*", only), [3]);
        assert_eq!(pages(&store, "trente ans, cimetière", only)[0], 1);
        assert!(pages(&store, "?!", only).is_empty());
        let best = store.passages().search("trente heures", only, 1).unwrap();
        assert_eq!(best.len(), 1);
        assert!(best[0].score > 0.0);
        assert_eq!(best[0].text.expose(), REGULATION[best[0].ordinal as usize]);
    }

    #[test]
    fn only_the_documents_asked_for_are_searched() {
        let (_scratch, store) = Scratch::new();
        let (one, other) = (kept(&store, "un"), kept(&store, "deux"));
        let rows = store.passages().search("urne", &[other], 10).unwrap();
        assert!(rows.len() == 1 && rows[0].document == other);
        assert_eq!(pages(&store, "urne", &[one, other]), [2, 2]);
        assert!(pages(&store, "urne", &[]).is_empty());
    }

    #[test]
    fn passages_come_in_order() {
        let (_scratch, store) = Scratch::new();
        let document = kept(&store, "un");
        let rows = store.passages().of(document).unwrap();
        let texts: Vec<_> = rows.iter().map(|row| row.text.expose().as_str()).collect();
        assert_eq!(texts, REGULATION);
        assert!(rows.iter().map(|row| row.ordinal).eq(0..4));
    }
}
