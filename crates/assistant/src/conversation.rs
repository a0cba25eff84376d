//! Conversations: listed, opened, renamed, deleted; and what was typed and not yet sent.

use store::{ConversationId, ConversationRow, MessageRow, Role, Store, Timestamp};

use crate::document::summary;
use crate::notice;
use crate::prompt::label;
use crate::trouble::Result;
use crate::view::{self, Citation, Conversation, ConversationSummary, Message, Source};
use crate::{Clocher, messages};

impl Clocher {
    /// Conversations whose title or messages match, latest first; all when the query is empty.
    ///
    /// # Errors
    /// When the history is not open or cannot be read.
    pub fn conversations(&self, query: &str) -> Result<Vec<ConversationSummary>> {
        let rows = self
            .store()?
            .conversations()
            .list(query)
            .map_err(|e| self.history.trouble(&e))?;
        Ok(rows.iter().map(listed).collect())
    }

    /// A new conversation, empty, so that documents may be attached before the first question.
    ///
    /// # Errors
    /// When the history is not open or cannot be written.
    pub fn create_conversation(&self) -> Result<Conversation> {
        let store = self.store()?;
        let row = store
            .conversations()
            .create(&messages::conversation::untitled(), Timestamp::now())
            .map_err(|e| self.history.trouble(&e))?;
        self.conversation(row.id.0)
    }

    /// A conversation, whole.
    ///
    /// # Errors
    /// When it is not there.
    pub fn conversation(&self, id: i64) -> Result<Conversation> {
        let store = self.store()?;
        let id = ConversationId(id);
        let read = || -> std::result::Result<Conversation, store::StoreError> {
            let row = store.conversations().get(id)?;
            let documents: Vec<_> = store.documents().of(id)?.iter().map(summary).collect();
            let rows = store.messages().list(id)?;
            let messages = rows.iter().map(|row| message(&store, row)).collect();
            Ok(Conversation {
                id: id.0,
                title: row.title.into_inner(),
                draft: store.conversations().draft(Some(id))?,
                documents,
                messages,
            })
        };
        read().map_err(|e| self.history.trouble(&e))
    }

    /// Gives a conversation another title; a blank one changes nothing.
    ///
    /// # Errors
    /// When it is not there or cannot be written.
    pub fn rename_conversation(&self, id: i64, title: &str) -> Result<()> {
        match title.trim() {
            "" => Ok(()),
            title => self
                .store()?
                .conversations()
                .rename(ConversationId(id), title)
                .map_err(|e| self.history.trouble(&e)),
        }
    }

    /// Erases a conversation, its messages, and the documents attached nowhere else.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn delete_conversation(&self, id: i64) -> Result<()> {
        self.store()?
            .conversations()
            .delete(ConversationId(id))
            .map_err(|e| self.history.trouble(&e))
    }

    /// What was typed and not sent, in a conversation or on the home screen (`None`).
    ///
    /// # Errors
    /// When the history is not open or cannot be read.
    pub fn draft(&self, conversation: Option<i64>) -> Result<String> {
        self.store()?
            .conversations()
            .draft(conversation.map(ConversationId))
            .map_err(|e| self.history.trouble(&e))
    }

    /// Keeps what is being typed.
    ///
    /// # Errors
    /// When the history is not open or cannot be written.
    pub fn save_draft(&self, conversation: Option<i64>, text: &str) -> Result<()> {
        self.store()?
            .conversations()
            .set_draft(conversation.map(ConversationId), text)
            .map_err(|e| self.history.trouble(&e))
    }
}

/// A line of the list.
pub fn listed(row: &ConversationRow) -> ConversationSummary {
    ConversationSummary {
        id: row.id.0,
        title: row.title.expose().clone(),
        updated_at: row.updated_at.0,
    }
}

/// A title from a first question: its first line, cut at a word.
pub fn title_of(question: &str) -> String {
    const LONGEST: usize = 60;
    let line = question.trim().lines().next().unwrap_or_default().trim();
    if line.chars().count() <= LONGEST {
        return line.to_owned();
    }
    let cut: String = line.chars().take(LONGEST).collect();
    let end = cut.rfind(char::is_whitespace).unwrap_or(cut.len());
    format!("{}…", cut[..end].trim_end())
}

/// A message as the window shows it.
pub fn message(store: &Store, row: &MessageRow) -> Message {
    let name = |id| {
        store
            .documents()
            .get(id)
            .map(|document| label(document.name.expose()))
            .unwrap_or_default()
    };
    let citations = row
        .citations
        .iter()
        .map(|citation| Citation {
            after: citation.after,
            document: citation.document.0,
            label: name(citation.document),
            page: citation.page,
            quote: citation.quote.expose().clone(),
            verbatim: citation.verbatim,
        })
        .collect();
    let sources = row
        .sources
        .iter()
        .map(|&(document, page)| Source {
            document: document.0,
            label: name(document),
            page,
        })
        .collect();
    Message {
        id: row.id.0,
        role: match row.role {
            Role::User => view::Role::User,
            Role::Assistant => view::Role::Assistant,
        },
        text: row.text.expose().clone(),
        state: state(row.state),
        created_at: row.created_at.0,
        citations,
        sources,
        notices: row.notices.iter().filter_map(notice::read).collect(),
        trouble: row
            .trouble
            .as_deref()
            .and_then(|json| serde_json::from_str(json).ok()),
    }
}

fn state(state: store::MessageState) -> view::MessageState {
    match state {
        store::MessageState::Complete => view::MessageState::Complete,
        store::MessageState::Writing => view::MessageState::Writing,
        store::MessageState::Stopped => view::MessageState::Stopped,
        store::MessageState::Interrupted => view::MessageState::Interrupted,
        store::MessageState::Failed => view::MessageState::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_come_from_the_first_line() {
        assert_eq!(title_of("  Quel tarif ?\nMerci"), "Quel tarif ?");
        assert_eq!(title_of(&"mot ".repeat(30)).chars().count(), 60);
        assert_eq!(title_of(""), "");
    }
}
