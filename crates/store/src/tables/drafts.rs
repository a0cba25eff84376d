//! Drafts: what is typed and not yet sent, one a conversation and one for the home screen.

use rusqlite::{Connection, OptionalExtension};

use super::conversations::ConversationId;
use crate::StoreError;

// The home screen's draft belongs to no conversation.
pub(crate) const V1: &str = "
CREATE TABLE drafts(
    conversation INTEGER UNIQUE REFERENCES conversations(id) ON DELETE CASCADE,
    text TEXT NOT NULL
) STRICT;
";

pub(super) fn get(
    connection: &Connection,
    conversation: Option<ConversationId>,
) -> Result<String, StoreError> {
    let text = connection
        .prepare_cached("SELECT text FROM drafts WHERE conversation IS ?1")?
        .query_row([conversation], |row| row.get(0))
        .optional()?;
    Ok(text.unwrap_or_default())
}

/// Replaces the draft; an empty one is no row.
pub(super) fn set(
    transaction: &Connection,
    conversation: Option<ConversationId>,
    text: &str,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM drafts WHERE conversation IS ?1")?
        .execute([conversation])?;
    if !text.is_empty() {
        transaction
            .prepare_cached("INSERT INTO drafts(conversation, text) VALUES(?1, ?2)")?
            .execute((conversation, text))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::scratch::Scratch;
    use crate::{ConversationId, StoreError, Timestamp};

    #[test]
    fn one_a_conversation_and_one_for_the_home_screen() {
        let (scratch, store) = Scratch::new();
        let conversations = store.conversations();
        let one = conversations.create("Un", Timestamp(1)).unwrap().id;
        conversations.set_draft(None, "accueil").unwrap();
        conversations.set_draft(None, "accueil, suite").unwrap();
        conversations.set_draft(Some(one), "Peut-on").unwrap();
        let store = scratch.reopen(store);
        let conversations = store.conversations();
        assert_eq!(conversations.draft(None).unwrap(), "accueil, suite");
        assert_eq!(conversations.draft(Some(one)).unwrap(), "Peut-on");
        conversations.set_draft(None, "").unwrap();
        assert_eq!(conversations.draft(None).unwrap(), "");
        store
            .messages()
            .begin_exchange(one, "Peut-on ?", Timestamp(2))
            .unwrap();
        assert_eq!(conversations.draft(Some(one)).unwrap(), "");
    }

    #[test]
    fn a_conversation_that_is_gone_takes_no_draft() {
        let (_scratch, store) = Scratch::new();
        let outcome = store
            .conversations()
            .set_draft(Some(ConversationId(9)), "x");
        assert!(matches!(outcome, Err(StoreError::NotFound)));
    }
}
