//! A message as it is kept, and an answer's end as it is given.

use privacy::Private;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, ToSql};

use crate::tables::citations::{self, CitationRow};
use crate::tables::conversations::ConversationId;
use crate::tables::documents::DocumentId;
use crate::tables::notices::{self, NoticeRow};
use crate::tables::row_id::row_id;
use crate::tables::sources;
use crate::{StoreError, Timestamp};

row_id! {
    /// A message's identifier.
    MessageId
}

/// Declares an enum kept as text.
macro_rules! kept_as_text {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(match self { $(Self::$variant => $text,)* }.into())
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                match value.as_str()? {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(FromSqlError::InvalidType),
                }
            }
        }
    };
}

kept_as_text! {
    /// Who speaks.
    Role {
        /// The agent.
        User = "user",
        /// The model.
        Assistant = "assistant",
    }
}

kept_as_text! {
    /// Where a message stands.
    MessageState {
        /// Ended by itself.
        Complete = "complete",
        /// Being written.
        Writing = "writing",
        /// Stopped by the agent.
        Stopped = "stopped",
        /// Cut short by the end of the process; what was written is kept.
        Interrupted = "interrupted",
        /// Ended by an error; what was written is kept.
        Failed = "failed",
    }
}

/// A message kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// Identifier; grows with time within a conversation.
    pub id: MessageId,
    /// The conversation.
    pub conversation: ConversationId,
    /// Who speaks.
    pub role: Role,
    /// The text.
    pub text: Private<String>,
    /// Where it stands.
    pub state: MessageState,
    /// When it was begun.
    pub created_at: Timestamp,
    /// Where its sentences come from, in the order given.
    pub citations: Vec<CitationRow>,
    /// The pages that the model was given.
    pub sources: Vec<(DocumentId, u32)>,
    /// What the agent must know about it.
    pub notices: Vec<NoticeRow>,
    /// Why it failed: the caller's code.
    pub trouble: Option<String>,
    /// The model that wrote it.
    pub model: Option<String>,
}

/// An answer at its end.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The whole text.
    pub text: Private<String>,
    /// Where it stands now; [`MessageState::Writing`] is taken as interrupted.
    pub state: MessageState,
    /// Where its sentences come from.
    pub citations: Vec<CitationRow>,
    /// The pages that the model was given.
    pub sources: Vec<(DocumentId, u32)>,
    /// What the agent must know about it.
    pub notices: Vec<NoticeRow>,
    /// Why it failed.
    pub trouble_code: Option<String>,
    /// The model that wrote it.
    pub model: Option<String>,
}

/// What [`MessageRow::read`] reads, in its order.
pub(super) const COLUMNS: &str = "id, conversation, role, text, state, created_at, trouble, model";

impl MessageRow {
    pub(super) fn read(connection: &Connection, row: &Row<'_>) -> Result<Self, StoreError> {
        let id = row.get(0)?;
        Ok(Self {
            id,
            conversation: row.get(1)?,
            role: row.get(2)?,
            text: Private::new(row.get(3)?),
            state: row.get(4)?,
            created_at: Timestamp(row.get(5)?),
            trouble: row.get(6)?,
            model: row.get(7)?,
            citations: citations::of(connection, id)?,
            sources: sources::of(connection, id)?,
            notices: notices::of(connection, id)?,
        })
    }
}
