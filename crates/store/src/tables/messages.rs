//! Messages: on disk before their first token, kept and marked when cut short.
//!
//! An answer made again hides the one it replaces ("superseded") and erases it once finished. If
//! it failed or was interrupted without a word, the next start gives the old one its place back.

mod row;
#[cfg(test)]
mod tests;

use rusqlite::{Connection, OptionalExtension};

pub use row::{Finished, MessageId, MessageRow, MessageState, Role};

use super::conversations::ConversationId;
use super::documents::DocumentId;
use super::{citations, drafts, notices, sources};
use crate::{Store, StoreError, Timestamp};
use row::COLUMNS;

// An answer enters the index when finished: not at each word.
pub(crate) const V1: &str = "
CREATE TABLE messages(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    superseded INTEGER NOT NULL DEFAULT 0,
    trouble TEXT,
    model TEXT
) STRICT;
CREATE INDEX messages_by_conversation ON messages(conversation);

CREATE VIRTUAL TABLE messages_fts USING fts5(
    text, content='messages', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
);
INSERT INTO messages_fts(messages_fts, rank) VALUES('secure-delete', 1);
CREATE TRIGGER messages_insert AFTER INSERT ON messages WHEN new.state <> 'writing' BEGIN
    INSERT INTO messages_fts(rowid, text) VALUES(new.id, new.text);
END;
CREATE TRIGGER messages_finish AFTER UPDATE OF state ON messages
WHEN old.state = 'writing' AND new.state <> 'writing' BEGIN
    INSERT INTO messages_fts(rowid, text) VALUES(new.id, new.text);
END;
CREATE TRIGGER messages_delete AFTER DELETE ON messages WHEN old.state <> 'writing' BEGIN
    INSERT INTO messages_fts(messages_fts, rowid, text) VALUES('delete', old.id, old.text);
END;
";

/// The messages of the conversations.
pub struct Messages<'a>(pub(crate) &'a Store);

impl Messages<'_> {
    /// Commits a question and its answer, empty and being written, and clears the conversation's
    /// draft: nothing that is asked can be lost once this returns.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the conversation is gone.
    pub fn begin_exchange(
        &self,
        conversation: ConversationId,
        question: &str,
        now: Timestamp,
    ) -> Result<(MessageRow, MessageRow), StoreError> {
        self.0.write(|transaction| {
            touch(transaction, conversation, now)?;
            drafts::set(transaction, Some(conversation), "")?;
            let complete = MessageState::Complete;
            let question = insert(
                transaction,
                conversation,
                Role::User,
                question,
                complete,
                now,
            )?;
            let answer = insert_answer(transaction, conversation, now)?;
            Ok((question, answer))
        })
    }

    /// Commits a new answer to the last question, empty and being written, in the place of the
    /// last answer.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the conversation is gone or nothing was asked in it.
    pub fn begin_again(
        &self,
        conversation: ConversationId,
        now: Timestamp,
    ) -> Result<MessageRow, StoreError> {
        self.0.write(|transaction| {
            touch(transaction, conversation, now)?;
            let question = last_question(transaction, conversation)?.ok_or(StoreError::NotFound)?;
            let after = (conversation, question);
            transaction.execute(
                "DELETE FROM messages WHERE conversation = ?1 AND id > ?2 AND text = ''",
                after,
            )?;
            transaction.execute(
                "UPDATE messages SET superseded = 1 WHERE conversation = ?1 AND id > ?2",
                after,
            )?;
            insert_answer(transaction, conversation, now)
        })
    }

    /// Keeps what is written of an answer so far: the whole text, not what was added.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it is not being written (its conversation may be gone).
    pub fn save_progress(&self, answer: MessageId, text: &str) -> Result<(), StoreError> {
        self.0.write(|transaction| {
            let changed = transaction
                .prepare_cached(
                    "UPDATE messages SET text = ?2 WHERE id = ?1 AND state = 'writing'",
                )?
                .execute((answer, text))?;
            match changed {
                0 => Err(StoreError::NotFound),
                _ => Ok(()),
            }
        })
    }

    /// Ends an answer, with all that belongs to it, and erases the one it replaces unless it
    /// failed. Citations of documents that were erased in the meantime are left out.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it is not being written (its conversation may be gone).
    pub fn finish(&self, answer: MessageId, end: &Finished) -> Result<MessageRow, StoreError> {
        let state = match end.state {
            MessageState::Writing => MessageState::Interrupted,
            state => state,
        };
        self.0.write(|transaction| {
            let changed = transaction.execute(
                "UPDATE messages SET text = ?2, state = ?3, trouble = ?4, model = ?5
                 WHERE id = ?1 AND state = 'writing'",
                (
                    answer,
                    end.text.expose(),
                    state,
                    &end.trouble_code,
                    &end.model,
                ),
            )?;
            if changed == 0 {
                return Err(StoreError::NotFound);
            }
            let exists = |document| known(transaction, document);
            let mut cited = Vec::new();
            for citation in &end.citations {
                if exists(citation.document)? {
                    cited.push(citation.clone());
                }
            }
            let mut given = Vec::new();
            for source in &end.sources {
                if exists(source.0)? {
                    given.push(*source);
                }
            }
            citations::insert(transaction, answer, &cited)?;
            sources::insert(transaction, answer, &given)?;
            notices::insert(transaction, answer, &end.notices)?;
            if matches!(state, MessageState::Complete | MessageState::Stopped) {
                transaction.execute(
                    "DELETE FROM messages WHERE superseded = 1 AND conversation =
                         (SELECT conversation FROM messages WHERE id = ?1)",
                    [answer],
                )?;
            }
            get(transaction, answer)
        })
    }

    /// The messages of a conversation, oldest first, without those replaced.
    ///
    /// # Errors
    /// Those of the database.
    pub fn list(&self, conversation: ConversationId) -> Result<Vec<MessageRow>, StoreError> {
        self.0.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM messages
                 WHERE conversation = ?1 AND superseded = 0 ORDER BY id"
            ))?;
            let rows = statement
                .query_and_then([conversation], |row| MessageRow::read(connection, row))?;
            rows.collect()
        })
    }

    /// One message.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn get(&self, message: MessageId) -> Result<MessageRow, StoreError> {
        self.0.read(|connection| get(connection, message))
    }
}

/// At the start: answers that nobody writes any more are interrupted, and one made again that
/// ended without a word gives its place back to the one it was to replace.
pub(crate) fn settle_interrupted(transaction: &Connection) -> Result<(), StoreError> {
    transaction.execute_batch(
        "UPDATE messages SET state = 'interrupted' WHERE state = 'writing';
         DELETE FROM messages
         WHERE superseded = 0 AND text = '' AND state IN ('interrupted', 'failed')
         AND EXISTS (SELECT 1 FROM messages AS old
                     WHERE old.conversation = messages.conversation AND old.superseded = 1);
         UPDATE messages SET superseded = 0
         WHERE id IN (SELECT max(id) FROM messages AS old WHERE superseded = 1
                      AND NOT EXISTS (SELECT 1 FROM messages AS new
                                      WHERE new.conversation = old.conversation
                                      AND new.superseded = 0 AND new.id > old.id)
                      GROUP BY conversation);",
    )?;
    Ok(())
}

fn get(connection: &Connection, message: MessageId) -> Result<MessageRow, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM messages WHERE id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([message])?;
    MessageRow::read(connection, rows.next()?.ok_or(StoreError::NotFound)?)
}

fn insert_answer(
    transaction: &Connection,
    conversation: ConversationId,
    now: Timestamp,
) -> Result<MessageRow, StoreError> {
    let writing = MessageState::Writing;
    insert(transaction, conversation, Role::Assistant, "", writing, now)
}

fn insert(
    transaction: &Connection,
    conversation: ConversationId,
    role: Role,
    text: &str,
    state: MessageState,
    now: Timestamp,
) -> Result<MessageRow, StoreError> {
    let id = transaction.query_row(
        "INSERT INTO messages(conversation, role, text, state, created_at)
         VALUES(?1, ?2, ?3, ?4, ?5) RETURNING id",
        (conversation, role, text, state, now.0),
        |row| row.get(0),
    )?;
    get(transaction, id)
}

fn touch(
    transaction: &Connection,
    conversation: ConversationId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "UPDATE conversations SET updated_at = ?2 WHERE id = ?1";
    match transaction.execute(sql, (conversation, now.0))? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}

fn last_question(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<Option<MessageId>, StoreError> {
    let sql = "SELECT max(id) FROM messages WHERE conversation = ?1 AND role = 'user'";
    Ok(connection.query_row(sql, [conversation], |row| row.get(0))?)
}

fn known(connection: &Connection, document: DocumentId) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM documents WHERE id = ?1")?
        .query_row([document], |_| Ok(()))
        .optional()?
        .is_some())
}
