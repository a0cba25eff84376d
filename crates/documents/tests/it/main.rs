//! Documents through the real child process: what is read, and what no document can do.

#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

mod bounds;
mod fixtures;
mod layout;
mod mutations;
mod pdf_writer;
mod pictures;
#[cfg(target_os = "linux")]
mod reader;

use std::sync::atomic::AtomicBool;

use documents::worker::{Limits, open_within};
use documents::{Document, DocumentError, Source};

/// A file of `tests/corpus`.
fn corpus(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/corpus/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

fn open(bytes: &[u8]) -> Result<Document, DocumentError> {
    open_within_limits(bytes, &Limits::DOCUMENT)
}

fn open_within_limits(bytes: &[u8], limits: &Limits) -> Result<Document, DocumentError> {
    let source = Source {
        name: "a test",
        bytes,
        password: None,
    };
    open_within(limits, &source, &mut |_| {}, &AtomicBool::new(false))
}
