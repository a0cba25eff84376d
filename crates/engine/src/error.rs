//! What can go wrong, by what the caller can do about it.

use std::io;
use std::path::{Path, PathBuf};

/// An error of the engine. No variant holds content: names are those of the file's own fields.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Choose another file, or fetch the model.
    #[error("no file at {}", path.display())]
    NotFound {
        /// Where it was sought.
        path: PathBuf,
    },
    /// The system refused; its reason says whether to retry.
    #[error("cannot read or write {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file is something else than a model.
    #[error("not a GGUF file")]
    NotGguf,
    /// The file stops early: fetch it again.
    #[error("the file ends early: {needed} bytes needed, {length} there")]
    Truncated {
        /// Bytes that the file's own header asks for.
        needed: u64,
        /// Bytes that it has.
        length: u64,
    },
    /// The file breaks the format's rules: do not trust it.
    #[error("malformed GGUF: {what}")]
    Malformed {
        /// Which rule, for the detail of a report.
        what: String,
    },
    /// A model of a family that this engine does not compute.
    #[error("unsupported architecture `{name}`")]
    UnsupportedArchitecture {
        /// The family, as the file names it.
        name: String,
    },
    /// A quantisation that this engine does not compute: fetch another of the same model.
    #[error("unsupported type {kind} of tensor `{tensor}`")]
    UnsupportedType {
        /// The tensor.
        tensor: String,
        /// Its type, as llama.cpp names it.
        kind: &'static str,
    },
    /// A form of cache that the model's heads do not allow: take another.
    #[error("heads of {width} floats have no {} cache", kind.name())]
    UnsupportedCache {
        /// The form.
        kind: crate::CacheKind,
        /// Floats of a head.
        width: usize,
    },
    /// A tokenizer that this engine does not know.
    #[error("unsupported tokenizer `{name}`")]
    UnsupportedTokenizer {
        /// Its model and pre-tokenizer, as the file names them.
        name: String,
    },
    /// The model was trained for a form of conversation that this engine does not know, or for none.
    #[error("the model's chat template is not recognised")]
    UnknownTemplate,
    /// The model's form of conversation has no place for what is said: take another model.
    #[error("the model's form has no place for {what}")]
    UnsupportedTurn {
        /// `pictures`, `tools`…
        what: &'static str,
    },
    /// A tool whose parameters are no JSON object: a fault of the caller.
    #[error("a tool's parameters are not a JSON object")]
    InvalidTool,
    /// A vision file of another model: take the one that came with this model.
    #[error("a vision file for states of {file} floats, where the model's have {model}")]
    OtherModel {
        /// Floats of a state that the file makes.
        file: usize,
        /// Floats of a state of the model.
        model: usize,
    },
    /// A picture that no model was trained on, or that is not what it says: reduce or cut it first.
    #[error("a picture of {width} by {height} pixels cannot be looked at")]
    PictureShape {
        /// Pixels of a line.
        width: usize,
        /// Lines.
        height: usize,
    },
    /// Close something, or take a smaller model or context.
    #[error("{needed} bytes of memory needed, {available} available")]
    OutOfMemory {
        /// Bytes wanted.
        needed: u64,
        /// Bytes that the system can give.
        available: u64,
    },
    /// Shorten what is asked.
    #[error("{tokens} tokens asked, {context} fit")]
    PromptTooLong {
        /// Tokens of the prompt.
        tokens: usize,
        /// Tokens of the context, the answer's first included.
        context: usize,
    },
    /// A prompt of no tokens, or with a token or a picture of another model: a fault of the caller.
    #[error("the prompt is empty, or holds tokens or pictures of another model")]
    InvalidPrompt,
    /// A form asked of an answer that cannot be followed: mend it.
    #[error("the grammar is refused: {what}")]
    Grammar {
        /// Why.
        what: String,
    },
    /// The model computed no finite number: its file is damaged.
    #[error("the model's output is not finite")]
    NotFinite,
    /// The caller's own flag was raised.
    #[error("cancelled")]
    Cancelled,
}

impl EngineError {
    /// The error of a system call on `path`.
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound { path: path.into() },
            _ => Self::Io {
                path: path.into(),
                source,
            },
        }
    }

    /// The same, with the key whose value it is about.
    pub(crate) fn of(self, key: &str) -> Self {
        match self {
            Self::Malformed { what } => Self::malformed(format!("`{key}`: {what}")),
            other => other,
        }
    }

    /// A broken rule of the format.
    pub(crate) fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed { what: what.into() }
    }
}
