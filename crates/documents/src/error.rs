//! Why a document could not be opened, each variant a thing the caller can say or do.

use std::io;
use std::time::Duration;

/// Why a document could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The file holds no byte, or only blanks. Another file is needed.
    #[error("the document is empty")]
    Empty,
    /// The file is larger than a document may be.
    #[error("the document has {bytes} bytes, more than {limit}")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The most that is read.
        limit: u64,
    },
    /// The content is of no format that is read here, whatever the file's name says.
    #[error("the document's format is not known")]
    UnknownFormat,
    /// It opens with a password, and none or a wrong one was given: ask, and try again.
    #[error("the document is protected by a password")]
    Encrypted,
    /// It is of a known format and too damaged to read, or protected in a way nobody can undo.
    #[error("the document is damaged")]
    Broken,
    /// The picture has more dots than are read. A smaller one is needed.
    #[error("the picture has more than {limit} pixels")]
    TooManyPixels {
        /// The most that is read.
        limit: u64,
    },
    /// The picture is a line rather than a picture: one side is too many times the other.
    #[error("the picture's longer side is more than {limit} times the other")]
    TooThin {
        /// The most that is read.
        limit: u32,
    },
    /// Reading it took longer than a document may.
    #[error("the document took more than {limit:?} to read")]
    TooLong {
        /// The bound that was reached.
        limit: Duration,
    },
    /// Reading it took more memory, or gave more text, than a document may.
    #[error("the document asked for more room than a document may take")]
    TooMuchMemory,
    /// The reader program is not installed, or is of another version. Install again.
    #[error("the reader program is missing or of another version")]
    ReaderMissing,
    /// The reader died on this document, or answered nonsense.
    #[error("the reader program died")]
    ReaderDied,
    /// The caller asked to stop.
    #[error("reading was cancelled")]
    Cancelled,
    /// The operating system refused something that another attempt may be granted.
    #[error("the reader program could not be run: {source}")]
    Io {
        /// What it said.
        #[from]
        source: io::Error,
    },
}
