//! Foreign bytes to a [`Document`]: pages, blocks and lines, each with its place.
//!
//! Nothing foreign is parsed in the caller's process. [`open`] starts `clocher-reader`, a child
//! that gives up files, sockets and most of its memory before it reads the first byte, and that
//! answers page by page. A parser that panics, loops or swallows memory costs one document and
//! one typed [`DocumentError`], never the conversation.
//!
//! In reading order: [`document`](Document) holds the types, `read/` turns bytes into them (one
//! file a format), `worker/` carries them across the process boundary.
//!
//! This crate never writes a file and knows no model, no database and no French.

#![deny(unsafe_code)]

mod document;
mod error;
mod read;
pub mod worker;

pub use document::{
    Block, BlockKind, Document, Kind, Line, Page, PageFault, PageNumber, Picture, Pixels, Rect,
};
pub use error::DocumentError;
pub use worker::client::{Progress, Source, open, pixels};

/// The extensions worth offering in a file chooser, lower case, without the dot.
///
/// A hint for the chooser only: what a file is, is read from its content.
pub const FORMATS: &[&str] = &[
    "pdf", "txt", "text", "md", "markdown", "jpg", "jpeg", "png", "tif", "tiff", "webp",
];
