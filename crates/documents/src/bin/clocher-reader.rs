//! `clocher-reader`: the confined child that reads one document and ends.
//!
//! Started by `documents::open`, never by hand. It links no engine and opens nothing.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    documents::worker::serve()
}
