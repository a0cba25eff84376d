//! A file of the campaign: how to make it, and what must become of it.

use std::rc::Rc;

use engine::{EngineError, ModelInfo};

/// Bytes of a file, and its length where the rest is a hole.
pub struct Content {
    pub bytes: Vec<u8>,
    pub length: Option<u64>,
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            length: None,
        }
    }
}

/// A file to try.
pub struct Case {
    /// What was done to it, for whoever must reproduce a failure.
    pub name: String,
    pub make: Rc<dyn Fn() -> Content>,
    pub expect: Expect,
    /// A companion file: it is opened beside a model, and looks at a picture.
    pub companion: bool,
    /// Too large for the short form.
    pub heavy: bool,
}

impl Case {
    pub fn new<C: Into<Content>>(
        name: impl Into<String>,
        expect: impl Into<Expect>,
        make: impl Fn() -> C + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            make: Rc::new(move || make().into()),
            expect: expect.into(),
            companion: false,
            heavy: false,
        }
    }
}

/// What must become of a file.
#[derive(Clone)]
pub enum Expect {
    /// It opens and speaks.
    Speaks,
    /// It opens and speaks, and what is said of it holds.
    SpeaksAs(Rc<dyn Fn(&ModelInfo) -> bool>),
    /// It is refused, for this reason.
    Refused(Reason),
    /// Either: the change may or may not matter. Never a panic, an abort, a hang or a glutton.
    Either(Reason),
}

/// Why a file is refused.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// Any error that blames the file.
    Any,
    NotGguf,
    Truncated,
    /// A broken rule, whose text holds this.
    Malformed(String),
    /// A malformed or truncated file: a false length makes what follows be read as something else.
    Shifted,
    Type {
        tensor: String,
        kind: &'static str,
    },
    Architecture(String),
    Tokenizer(String),
    Template,
    NotFinite,
}

/// Malformed, for a reason that holds `what`.
pub fn malformed(what: &str) -> Reason {
    Reason::Malformed(what.into())
}

impl From<Reason> for Expect {
    fn from(reason: Reason) -> Self {
        Self::Refused(reason)
    }
}

impl Reason {
    /// Whether an error is this reason.
    pub fn is(&self, error: &EngineError) -> bool {
        match (self, error) {
            (
                Self::Any,
                EngineError::NotFound { .. }
                | EngineError::Io { .. }
                | EngineError::Cancelled
                | EngineError::InvalidPrompt
                | EngineError::OutOfMemory { .. },
            ) => false,
            (Self::Any, _)
            | (Self::NotGguf, EngineError::NotGguf)
            | (Self::Truncated, EngineError::Truncated { .. })
            | (Self::Template, EngineError::UnknownTemplate)
            | (Self::NotFinite, EngineError::NotFinite) => true,
            (Self::Shifted, EngineError::Malformed { .. } | EngineError::Truncated { .. }) => true,
            (Self::Malformed(part), EngineError::Malformed { what }) => what.contains(part),
            (
                Self::Type { tensor, kind },
                EngineError::UnsupportedType {
                    tensor: of,
                    kind: found,
                },
            ) => tensor == of && kind == found,
            (Self::Architecture(part), EngineError::UnsupportedArchitecture { name })
            | (Self::Tokenizer(part), EngineError::UnsupportedTokenizer { name }) => {
                name.contains(part)
            }
            _ => false,
        }
    }

    /// Whether an import, which reads no weights, must already know.
    pub fn at_import(&self) -> bool {
        !matches!(
            self,
            Self::Any | Self::Shifted | Self::Malformed(_) | Self::NotFinite
        )
    }
}

/// Files that show one flaw.
pub struct Family {
    /// Rows of the table of flaws (`trust.md` §1).
    pub rows: &'static str,
    pub what: &'static str,
    pub cases: Vec<Case>,
}

impl Family {
    pub fn new(rows: &'static str, what: &'static str, cases: Vec<Case>) -> Self {
        Self { rows, what, cases }
    }
}
