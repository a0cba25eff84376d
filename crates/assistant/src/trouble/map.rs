//! From each crate's errors to the agent's sentences, without a wildcard arm.

use std::io::{self, ErrorKind};
use std::path::Path;

use documents::DocumentError;
use engine::EngineError;
use store::StoreError;

use super::detail::{refusal, size};
use super::{Trouble, trouble};
use crate::messages::detail;
use crate::model::files::file_name;

impl Trouble {
    /// A fault of ours.
    #[must_use]
    pub fn unexpected() -> Self {
        trouble!(Unexpected, unexpected()())
    }

    /// A file given by the agent cannot be read or copied.
    #[must_use]
    pub fn of_file(file: &Path, error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => trouble!(DiskFull, disk_full()()),
            _ => trouble!(
                FileUnreadable,
                file_unreadable(refusal(error), file_name(file))()
            ),
        }
    }

    /// The data folder cannot be used.
    #[must_use]
    pub fn of_folder(folder: &Path, error: &io::Error) -> Self {
        Self::of_history(folder, &StoreError::from(io::Error::from(error.kind())))
    }

    /// A model cannot be inspected, loaded or measured.
    #[must_use]
    pub fn of_model(path: &Path, error: &EngineError) -> Self {
        let file = file_name(path);
        match error {
            EngineError::NotFound { .. } => trouble!(ModelNotFound, model_not_found(file)()),
            EngineError::Io { source, .. }
                if matches!(
                    source.kind(),
                    ErrorKind::StorageFull | ErrorKind::QuotaExceeded
                ) =>
            {
                trouble!(DiskFull, disk_full()())
            }
            EngineError::Io { source, .. } => {
                trouble!(ModelUnreadable, model_unreadable(refusal(source), file)())
            }
            EngineError::NotGguf => trouble!(ModelNotGguf, model_not_gguf(file)()),
            EngineError::Truncated { .. } => trouble!(ModelTruncated, model_truncated(file)()),
            EngineError::Malformed { .. } | EngineError::NotFinite => {
                trouble!(ModelMalformed, model_malformed(file)())
            }
            EngineError::UnsupportedArchitecture { name } => {
                trouble!(ModelArchitecture, model_architecture(name, file)())
            }
            EngineError::UnsupportedType { kind, .. } => {
                trouble!(ModelTensorType, model_tensor_type(kind, file)())
            }
            EngineError::UnsupportedTokenizer { name } => {
                trouble!(ModelTokenizer, model_tokenizer(name, file)())
            }
            EngineError::UnknownTemplate => trouble!(ModelTemplate, model_template(file)()),
            EngineError::OtherModel { .. } => trouble!(ModelVision, model_vision(file)()),
            EngineError::OutOfMemory { .. }
            | EngineError::UnsupportedCache { .. }
            | EngineError::PromptTooLong { .. }
            | EngineError::UnsupportedTurn { .. }
            | EngineError::InvalidTool
            | EngineError::Grammar { .. }
            | EngineError::PictureShape { .. }
            | EngineError::InvalidPrompt
            | EngineError::Cancelled => Self::of_generation(error),
        }
    }

    /// An answer cannot be computed, by a model that was loaded.
    #[must_use]
    pub fn of_generation(error: &EngineError) -> Self {
        match error {
            EngineError::OutOfMemory { needed, available } => {
                trouble!(ModelMemory, model_memory(size(*available), size(*needed))())
            }
            EngineError::PromptTooLong { tokens, context } => {
                trouble!(TextTooLong, text_too_long(context, tokens)())
            }
            EngineError::UnsupportedTurn { .. } => trouble!(ModelLacks, model_lacks()()),
            // A picture's shape is refused where its file is read; the forms asked are our own.
            EngineError::PictureShape { .. }
            | EngineError::Grammar { .. }
            | EngineError::InvalidTool
            | EngineError::InvalidPrompt
            | EngineError::UnsupportedCache { .. }
            | EngineError::Cancelled => Self::unexpected(),
            EngineError::NotFound { .. }
            | EngineError::Io { .. }
            | EngineError::NotGguf
            | EngineError::Truncated { .. }
            | EngineError::Malformed { .. }
            | EngineError::NotFinite
            | EngineError::UnsupportedArchitecture { .. }
            | EngineError::UnsupportedType { .. }
            | EngineError::UnsupportedTokenizer { .. }
            | EngineError::OtherModel { .. }
            | EngineError::UnknownTemplate => Self::of_model(Path::new(""), error),
        }
    }

    /// A document cannot be read.
    #[must_use]
    pub fn of_document(name: &str, error: &DocumentError) -> Self {
        match error {
            DocumentError::Empty => trouble!(DocumentEmpty, document_empty(name)()),
            DocumentError::TooLarge { bytes, limit } => trouble!(
                DocumentTooLarge,
                document_too_large(name, size(*limit), size(*bytes))()
            ),
            DocumentError::UnknownFormat => trouble!(DocumentFormat, document_format(name)()),
            DocumentError::Encrypted => trouble!(DocumentEncrypted, document_encrypted(name)()),
            DocumentError::Broken => trouble!(DocumentBroken, document_broken(name)()),
            DocumentError::TooManyPixels { limit } => trouble!(
                PictureTooLarge,
                picture_too_large(name, limit / 1_000_000)()
            ),
            DocumentError::TooThin { limit } => {
                trouble!(PictureTooThin, picture_too_thin(name, limit)())
            }
            DocumentError::TooLong { .. } => trouble!(DocumentTooSlow, document_too_slow(name)()),
            DocumentError::TooMuchMemory => trouble!(DocumentMemory, document_memory(name)()),
            DocumentError::ReaderMissing => trouble!(ReaderMissing, reader_missing()()),
            DocumentError::ReaderDied => trouble!(ReaderDied, reader_died(name)()),
            DocumentError::Cancelled => trouble!(DocumentCancelled, document_cancelled(name)()),
            DocumentError::Io { source } => {
                trouble!(FileUnreadable, file_unreadable(refusal(source), name)())
            }
        }
    }

    /// The history cannot be opened, read or written.
    #[must_use]
    pub fn of_history(folder: &Path, error: &StoreError) -> Self {
        let place = folder.display();
        match error {
            StoreError::AlreadyOpen => trouble!(HistoryInUse, history_in_use()()),
            StoreError::NotCreated => trouble!(HistoryNotReady, history_not_ready()()),
            StoreError::AlreadyCreated => trouble!(HistoryExists, history_exists()()),
            StoreError::PassphraseRequired => trouble!(
                PassphraseNeeded,
                passphrase_needed()(store::PASSPHRASE_LEAST)
            ),
            StoreError::PassphraseTooShort { least } => {
                trouble!(PassphraseNeeded, passphrase_needed()(least))
            }
            StoreError::KeychainFailed { .. } => {
                trouble!(HistoryKeyMissing, history_key_missing()())
            }
            StoreError::RecoveryKeyMistyped { groups } => {
                let shown: Vec<String> =
                    groups.iter().map(|group| (group + 1).to_string()).collect();
                trouble!(
                    HistoryKeyTypo,
                    history_key_typo(groups.len(), shown.join(", "))()
                )
            }
            StoreError::WrongRecoveryKey
            | StoreError::WrongPassphrase
            | StoreError::NoPassphrase => trouble!(HistoryWrongKey, history_wrong_key()()),
            StoreError::SlotsMissing | StoreError::SlotsDamaged | StoreError::ForeignSlots => {
                trouble!(HistoryKeyFileDamaged, history_key_file_damaged()(place))
            }
            StoreError::DatabaseMissing | StoreError::Damaged => {
                trouble!(HistoryDamaged, history_damaged()(place))
            }
            StoreError::TooNew { .. } => trouble!(HistoryNewer, history_newer()()),
            StoreError::DiskFull => trouble!(DiskFull, disk_full()()),
            StoreError::ReadOnly => {
                trouble!(HistoryUnreadable, history_unreadable(detail::denied())())
            }
            StoreError::NotFound => trouble!(ConversationGone, conversation_gone()()),
            StoreError::Io(error) => {
                trouble!(HistoryUnreadable, history_unreadable(refusal(error))())
            }
            StoreError::Database { code } => {
                trouble!(HistoryUnreadable, history_unreadable(detail::other(code))())
            }
        }
    }
}
