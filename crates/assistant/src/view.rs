//! The boundary types: what the window and the command line's `--json` receive.
//!
//! Plain data, serialised here and nowhere below. The page's TypeScript is generated from this
//! file. Times are milliseconds since the Unix epoch; offsets in a text are UTF-16 code units,
//! which is how the page counts.

mod document;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use document::{DocumentSummary, PageBlock, PageView, PictureSize, ReadingProgress};

use crate::trouble::Code;

/// What the program can do right now.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AppState {
    /// Whether the history is open.
    pub history: HistoryState,
    /// The build, for the foot of the settings.
    pub version: String,
    /// Extensions of the files that can be read, without the dot.
    pub formats: Vec<String>,
    /// Refusals of the page's content policy since the start: zero, or a fault of ours.
    pub violations: u32,
}

/// Whether the encrypted history is open, and if not, what would open it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(
    tag = "state",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum HistoryState {
    /// Nothing exists yet: the first start asks for a recovery key to be noted.
    FirstStart,
    /// Open; conversations are kept.
    Open,
    /// A history exists and no key opened it. Nothing was changed on disk.
    Locked {
        /// Why, in French.
        trouble: Trouble,
        /// A passphrase was set, so it may be asked for.
        passphrase: bool,
    },
}

/// The first start: what the agent must note before the first conversation is kept.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Setup {
    /// The printed recovery key, in groups.
    pub recovery_key: Vec<String>,
    /// Zero-based indices of the groups that must be typed back.
    pub asked: Vec<u32>,
    /// Whether the operating system's keychain answered; without it a passphrase is required.
    pub keychain: bool,
}

/// What the agent typed back.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SetupAnswer {
    /// The groups asked for, in the order of [`Setup::asked`].
    pub groups: Vec<String>,
    /// Required when no keychain answers.
    pub passphrase: Option<String>,
}

/// What opens a locked history.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(tag = "with", content = "value", rename_all = "camelCase")]
pub enum Unlock {
    /// The printed recovery key, groups in any spacing.
    RecoveryKey(String),
    /// The passphrase.
    Passphrase(String),
}

/// A line of the conversation list.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConversationSummary {
    /// Identifier.
    pub id: i64,
    /// Title, from the first question unless renamed.
    pub title: String,
    /// Last change.
    pub updated_at: i64,
}

/// A conversation, whole.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    /// Identifier.
    pub id: i64,
    /// Title.
    pub title: String,
    /// What was typed and not yet sent.
    pub draft: String,
    /// Documents attached, oldest first.
    pub documents: Vec<DocumentSummary>,
    /// Messages, oldest first.
    pub messages: Vec<Message>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// The agent.
    User,
    /// Clocher.
    Assistant,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum MessageState {
    /// Ended by itself.
    Complete,
    /// Being written.
    Writing,
    /// Stopped by the agent.
    Stopped,
    /// Cut short by a crash or a closed window; what was written is kept.
    Interrupted,
    /// Ended by an error; what was written is kept.
    Failed,
}

/// A message.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Identifier.
    pub id: i64,
    /// Who speaks.
    pub role: Role,
    /// Markdown for the assistant, plain text for the user.
    pub text: String,
    /// Where it stands.
    pub state: MessageState,
    /// When it was begun.
    pub created_at: i64,
    /// Where the answer's sentences come from, by `after`.
    pub citations: Vec<Citation>,
    /// The pages that the model was given to answer from.
    pub sources: Vec<Source>,
    /// What the agent must know about how this answer was made, in French.
    pub notices: Vec<Notice>,
    /// Why it failed.
    pub trouble: Option<Trouble>,
}

/// A sentence of an answer found again in a page.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Citation {
    /// Offset in the answer's text after which the citation stands, in UTF-16 code units.
    pub after: u32,
    /// The document.
    pub document: i64,
    /// Its name, shortened for a button.
    pub label: String,
    /// The page.
    pub page: u32,
    /// The passage of the page that supports the sentence, as the page has it.
    pub quote: String,
    /// The answer repeats the passage letter for letter (spaces and quotes aside).
    pub verbatim: bool,
}

/// A page the model was given.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The document.
    pub document: i64,
    /// Its name, shortened for a button.
    pub label: String,
    /// The page.
    pub page: u32,
}

/// Something the agent must know about an answer.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// What it is about.
    pub kind: NoticeKind,
    /// The sentence, in French.
    pub text: String,
}

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum NoticeKind {
    /// Older turns were left out of the context.
    TurnsDropped,
    /// The document did not fit whole: its best passages were given.
    PassagesOnly,
    /// No sentence of the answer was found again in the documents.
    Unsupported,
    /// The answer reached the length limit.
    LengthReached,
    /// Pages of a document could not be read.
    UnreadPages,
    /// The model cannot see, and pages of a document are pictures.
    PicturesUnseen,
    /// Pictures were looked at: what is said of them cannot be verified.
    FromPictures,
    /// Pictures were looked at less finely than they are.
    PicturesReduced,
    /// Pictures were left out of the context.
    PicturesMissed,
}

/// What a running answer says, in order.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[allow(
    clippy::large_enum_variant,
    reason = "sent at once, never stored in numbers"
)]
pub enum AnswerEvent {
    /// Both messages are on disk; nothing was computed yet.
    Started {
        /// The conversation, created if the message opened one.
        conversation: ConversationSummary,
        /// The question, absent when an answer is made again.
        question: Option<Message>,
        /// The answer, empty and being written.
        answer: Message,
    },
    /// A picture is being looked at.
    Looking {
        /// Which, from one.
        picture: u32,
        /// How many there are to look at, those looked at before included.
        pictures: u32,
        /// 0 to 1.
        fraction: f32,
    },
    /// The question and its documents are being read.
    Reading {
        /// Tokens read.
        done: u32,
        /// Tokens to read.
        total: u32,
        /// Seconds left at the pace so far; absent until it is known.
        seconds_left: Option<u32>,
    },
    /// More text, in whole words.
    Text {
        /// What to append.
        text: String,
    },
    /// The answer as it was kept, whatever its state.
    Ended {
        /// The answer.
        answer: Message,
    },
}

/// The model and its state.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(
    tag = "state",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum ModelStatus {
    /// No model is in the folder.
    Absent {
        /// What to do.
        trouble: Trouble,
    },
    /// Being loaded.
    Loading {
        /// Name.
        name: String,
        /// 0 to 1.
        fraction: f32,
    },
    /// Ready to answer.
    Ready {
        /// Facts for the detail.
        model: ModelFacts,
    },
    /// Could not be loaded.
    Failed {
        /// Why and what to do.
        trouble: Trouble,
    },
}

/// Facts about a model.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ModelFacts {
    /// Name, from the file.
    pub name: String,
    /// Architecture, from the file.
    pub architecture: String,
    /// Quantisation of most weights.
    pub quantisation: String,
    /// Parameters.
    pub parameters: u64,
    /// File size in bytes.
    pub bytes: u64,
    /// Context in use, in tokens.
    pub context: u32,
    /// How what was read is kept: `f16` or `q8`.
    pub cache: String,
    /// Memory that all of it takes, in bytes.
    pub memory: u64,
    /// Whether it looks at pictures.
    pub sees: bool,
}

/// Terms of use that a model waits for.
#[derive(Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ModelTerms {
    /// The model's file.
    pub file: String,
    /// The model's name.
    pub model: String,
    /// The terms' name.
    pub name: String,
    /// Where their author publishes them.
    pub address: String,
    /// Their text.
    pub text: String,
}

/// An error as the agent sees it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    /// What to act on; never the text.
    pub code: Code,
    /// What happened, in French.
    pub cause: String,
    /// What to do, in French.
    pub remedy: String,
}
