//! Conversations: a title, its full-text index, and the moment of the last question.

use privacy::Private;
use rusqlite::Row;

use super::row_id::row_id;
use super::{attachments, documents, drafts};
use crate::{Store, StoreError, Timestamp, search_terms};

pub(crate) const V1: &str = "
CREATE TABLE conversations(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX conversations_by_update ON conversations(updated_at);

CREATE VIRTUAL TABLE conversations_fts USING fts5(
    title, content='conversations', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
);
INSERT INTO conversations_fts(conversations_fts, rank) VALUES('secure-delete', 1);
CREATE TRIGGER conversations_insert AFTER INSERT ON conversations BEGIN
    INSERT INTO conversations_fts(rowid, title) VALUES(new.id, new.title);
END;
CREATE TRIGGER conversations_update AFTER UPDATE OF title ON conversations BEGIN
    INSERT INTO conversations_fts(conversations_fts, rowid, title)
        VALUES('delete', old.id, old.title);
    INSERT INTO conversations_fts(rowid, title) VALUES(new.id, new.title);
END;
CREATE TRIGGER conversations_delete AFTER DELETE ON conversations BEGIN
    INSERT INTO conversations_fts(conversations_fts, rowid, title)
        VALUES('delete', old.id, old.title);
END;
";

row_id! {
    /// A conversation's identifier.
    ConversationId
}

/// A line of the conversation list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationRow {
    /// Identifier.
    pub id: ConversationId,
    /// Title.
    pub title: Private<String>,
    /// The last question, or the creation.
    pub updated_at: Timestamp,
}

impl ConversationRow {
    const COLUMNS: &str = "id, title, updated_at";

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            title: Private::new(row.get(1)?),
            updated_at: Timestamp(row.get(2)?),
        })
    }
}

/// The conversations of the history.
pub struct Conversations<'a>(pub(crate) &'a Store);

impl Conversations<'_> {
    /// Those whose title, or one of whose messages, holds every word of `query`, accents and
    /// case aside, words perhaps unfinished; all if it holds no word. Newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub fn list(&self, query: &str) -> Result<Vec<ConversationRow>, StoreError> {
        let columns = ConversationRow::COLUMNS;
        self.0.read(|connection| {
            let terms = search_terms::every_prefix(query);
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {columns} FROM conversations
                 WHERE ?1 IS NULL OR id IN (
                     SELECT rowid FROM conversations_fts WHERE conversations_fts MATCH ?1
                     UNION
                     SELECT conversation FROM messages
                     WHERE superseded = 0 AND id IN (
                         SELECT rowid FROM messages_fts WHERE messages_fts MATCH ?1))
                 ORDER BY updated_at DESC, id DESC"
            ))?;
            let rows = statement.query_map([terms], ConversationRow::read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Begins a conversation.
    ///
    /// # Errors
    /// Those of the database.
    pub fn create(&self, title: &str, now: Timestamp) -> Result<ConversationRow, StoreError> {
        let columns = ConversationRow::COLUMNS;
        self.0.write(|transaction| {
            Ok(transaction.query_row(
                &format!(
                    "INSERT INTO conversations(title, created_at, updated_at) VALUES(?1, ?2, ?2)
                     RETURNING {columns}"
                ),
                (title, now.0),
                ConversationRow::read,
            )?)
        })
    }

    /// One conversation.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn get(&self, id: ConversationId) -> Result<ConversationRow, StoreError> {
        let columns = ConversationRow::COLUMNS;
        self.0.read(|connection| {
            Ok(connection
                .prepare_cached(&format!(
                    "SELECT {columns} FROM conversations WHERE id = ?1"
                ))?
                .query_row([id], ConversationRow::read)?)
        })
    }

    /// Gives it another title; its place in the list stays.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn rename(&self, id: ConversationId, title: &str) -> Result<(), StoreError> {
        self.0.write(|transaction| {
            let sql = "UPDATE conversations SET title = ?2 WHERE id = ?1";
            match transaction.execute(sql, (id, title))? {
                0 => Err(StoreError::NotFound),
                _ => Ok(()),
            }
        })
    }

    /// Erases it, its messages, its draft, and the documents that no other conversation has:
    /// overwritten in the database and its indexes, and gone from the log.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn delete(&self, id: ConversationId) -> Result<(), StoreError> {
        self.0.write(|transaction| {
            let attached = attachments::of(transaction, id)?;
            match transaction.execute("DELETE FROM conversations WHERE id = ?1", [id])? {
                0 => Err(StoreError::NotFound),
                _ => documents::purge(transaction, &attached),
            }
        })?;
        self.0.empty_log()
    }

    /// What is typed and not yet sent there (`None`: on the home screen); empty if nothing.
    ///
    /// # Errors
    /// Those of the database.
    pub fn draft(&self, conversation: Option<ConversationId>) -> Result<String, StoreError> {
        self.0
            .read(|connection| drafts::get(connection, conversation))
    }

    /// Keeps what is typed and not yet sent.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the conversation is gone.
    pub fn set_draft(
        &self,
        conversation: Option<ConversationId>,
        text: &str,
    ) -> Result<(), StoreError> {
        self.0
            .write(|transaction| drafts::set(transaction, conversation, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn titles(store: &Store, query: &str) -> Vec<String> {
        let rows = store.conversations().list(query).unwrap();
        rows.into_iter().map(|row| row.title.into_inner()).collect()
    }

    fn three() -> (Scratch, Store, [ConversationId; 3]) {
        let (scratch, store) = Scratch::new();
        let begin = |title, question, at| {
            let id = store
                .conversations()
                .create(title, Timestamp(at))
                .unwrap()
                .id;
            store
                .messages()
                .begin_exchange(id, question, Timestamp(at + 1))
                .unwrap();
            id
        };
        let ids = [
            begin("Cimetière", "Durée d'une concession trentenaire ?", 10),
            begin("État civil", "Copie intégrale d'acte de naissance", 20),
            begin("Cantine", "Le règlement est-il délibéré ?", 30),
        ];
        (scratch, store, ids)
    }

    #[test]
    fn newest_question_first() {
        let (_scratch, store, ids) = three();
        assert_eq!(titles(&store, ""), ["Cantine", "État civil", "Cimetière"]);
        store
            .messages()
            .begin_exchange(ids[0], "Et cinquante ans ?", Timestamp(99))
            .unwrap();
        assert_eq!(titles(&store, "  "), ["Cimetière", "Cantine", "État civil"]);
    }

    #[test]
    fn titles_and_messages_are_searched_accents_aside_by_word_beginnings() {
        let (_scratch, store, _) = three();
        for (query, found) in [
            ("cimetiere", "Cimetière"),
            ("CIMET", "Cimetière"),
            ("trent conc", "Cimetière"),
            ("etat", "État civil"),
            ("naissance intégr", "État civil"),
            ("delib", "Cantine"),
            ("e\u{301}tat", "État civil"),
        ] {
            assert_eq!(titles(&store, query), [found], "{query}");
        }
        assert!(titles(&store, "concession naissance").is_empty());
    }

    #[test]
    fn no_query_can_fail() {
        let (_scratch, store, _) = three();
        for query in [
            "\"",
            "'",
            "''; DROP TABLE messages; --",
            "title:x",
            "NEAR(a b)",
            "a AND",
            "OR OR OR",
            "NOT",
            "*",
            "a* ^b",
            "{title}: x",
            "-",
            "+",
            "(",
            "))",
            "\\",
            "\0",
            "Ⓐ",
            "ﷺ",
            "a\0b",
            "🏛️",
            "\u{301}\u{301}",
            "col : \"",
            "%",
            "_",
        ] {
            store.conversations().list(query).unwrap();
        }
        let pasted = "démarche \"OR\" ( ".repeat(60_000);
        assert!(pasted.len() > 1_000_000);
        store.conversations().list(&pasted).unwrap();
        assert_eq!(titles(&store, "").len(), 3);
    }

    #[test]
    fn renaming_moves_the_index() {
        let (_scratch, store, ids) = three();
        store
            .conversations()
            .rename(ids[0], "Concessions funéraires")
            .unwrap();
        assert!(titles(&store, "cimetiere").is_empty());
        assert_eq!(titles(&store, "funeraires"), ["Concessions funéraires"]);
        store.verify().unwrap();
    }

    #[test]
    fn erasing_leaves_nothing_to_find() {
        let (scratch, store, ids) = three();
        store
            .conversations()
            .set_draft(Some(ids[1]), "Brouillon")
            .unwrap();
        store.conversations().delete(ids[1]).unwrap();
        let log = scratch.folder.path().join("history.db-wal");
        assert_eq!(log.metadata().map_or(0, |m| m.len()), 0);
        assert!(titles(&store, "naissance").is_empty());
        assert_eq!(titles(&store, ""), ["Cantine", "Cimetière"]);
        assert_eq!(store.conversations().draft(Some(ids[1])).unwrap(), "");
        let again = [
            store.conversations().delete(ids[1]).err(),
            store.conversations().get(ids[1]).err(),
            store.conversations().rename(ids[1], "x").err(),
        ];
        assert!(
            again
                .iter()
                .all(|e| matches!(e, Some(StoreError::NotFound)))
        );
        store.verify().unwrap();
        // The identifier is never given again.
        let next = store
            .conversations()
            .create("Suivante", Timestamp(50))
            .unwrap();
        assert!(next.id > ids[2]);
    }
}
