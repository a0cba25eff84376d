//! The closed table of error codes.
//!
//! Whatever goes wrong below becomes a [`Trouble`]: a [`Code`] that programs act on, a cause and
//! a remedy in French that the agent reads. Every error of every crate is mapped here, without a
//! wildcard arm, so that a new error cannot reach a screen unexplained.

pub(crate) mod detail;
mod map;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use crate::view::Trouble;

/// Result of every use-case.
pub type Result<T> = std::result::Result<T, Trouble>;

macro_rules! codes {
    ($($name:ident),* $(,)?) => {
        /// What happened, for a program to act on. A variant is added only when someone acts on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
        #[serde(rename_all = "camelCase")]
        #[allow(missing_docs, reason = "each code's two sentences are in the catalogue under its own name")]
        pub enum Code { $($name),* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];
        }
    };
}

codes! {
    ModelAbsent, ModelNotFound, ModelUnreadable, ModelNotGguf, ModelTruncated, ModelMalformed,
    ModelArchitecture, ModelTensorType, ModelTokenizer, ModelTemplate, ModelLacks, ModelMemory, ModelTooLarge,
    ModelDigest, ModelTerms, ModelVision, ModelLoading, TextTooLong, AnswerBusy, DocumentEmpty, DocumentTooLarge, DocumentFormat,
    DocumentEncrypted, DocumentBroken, DocumentUnread, DocumentTooSlow, DocumentMemory,
    DocumentCancelled, PictureTooLarge, PictureTooThin, PictureUnseen, ReaderMissing, ReaderDied, FileUnreadable, HistoryKeyMissing,
    HistoryWrongKey, HistoryKeyTypo, HistoryKeyFileDamaged, HistoryDamaged, HistoryNewer,
    HistoryInUse, HistoryUnreadable, HistoryNotReady, HistoryExists, DiskFull, RecoveryMismatch,
    PassphraseNeeded, ConversationGone, DocumentGone, Unexpected,
}

/// `trouble!(Code, module(cause arguments)(remedy arguments))`, checked against the catalogue by
/// the compiler.
macro_rules! trouble {
    ($code:ident, $module:ident ( $($cause:expr),* ) ( $($remedy:expr),* )) => {
        $crate::view::Trouble {
            code: $crate::trouble::Code::$code,
            cause: $crate::messages::trouble::$module::cause($($cause),*),
            remedy: $crate::messages::trouble::$module::remedy($($remedy),*),
        }
    };
}
pub(crate) use trouble;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    #[test]
    fn every_code_has_its_two_sentences_and_no_sentence_is_orphaned() {
        let catalogue: Value =
            serde_json::from_str(include_str!("../../../assets/messages/fr.json")).unwrap();
        let written: BTreeSet<&str> = catalogue["trouble"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let codes: Vec<String> = Code::ALL
            .iter()
            .map(|code| {
                serde_json::to_value(code)
                    .unwrap()
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        assert_eq!(written, codes.iter().map(String::as_str).collect());
        for code in &codes {
            for part in ["cause", "remedy"] {
                assert!(!catalogue["trouble"][code][part].is_null(), "{code}.{part}");
            }
        }
    }
}
