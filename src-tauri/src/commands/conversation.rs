//! Conversations and drafts.

use assistant::view::{Conversation, ConversationSummary};

use crate::shell::commands;

commands! {
    /// The list, all or by full text.
    fn conversation_list(clocher, query: String) -> Vec<ConversationSummary> { clocher.conversations(&query) }

    /// An empty conversation.
    fn conversation_create(clocher) -> Conversation { clocher.create_conversation() }

    /// A conversation, whole.
    fn conversation_open(clocher, id: i64) -> Conversation { clocher.conversation(id) }

    /// Another title.
    fn conversation_rename(clocher, id: i64, title: String) -> () { clocher.rename_conversation(id, &title) }

    /// Erases a conversation.
    fn conversation_delete(clocher, id: i64) -> () { clocher.delete_conversation(id) }

    /// What was typed and not sent.
    fn draft_load(clocher, conversation: Option<i64>) -> String { clocher.draft(conversation) }

    /// Keeps what is being typed.
    fn draft_save(clocher, conversation: Option<i64>, text: String) -> () { clocher.save_draft(conversation, &text) }
}
