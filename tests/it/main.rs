//! End to end, by the command line: real programs, a real model, real documents.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails at once"
)]

mod answers;
mod history;
mod models;
mod pictures;
mod program;
mod refusals;
