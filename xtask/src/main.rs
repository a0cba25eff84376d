//! `cargo measure NAME`: measures what an issue promises, a row a target, and says which are met.
//!
//! Every figure is taken afresh: nothing is read from an earlier run.

#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what it is for"
)]

mod exact;
mod house;
mod process;
mod table;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let table = match words[..] {
        ["measure", "house", ref parts @ ..] => house::measure(parts),
        ["measure", "exact", ref parts @ ..] => exact::measure(parts),
        _ => None,
    };
    let Some(table) = table else {
        eprintln!("usage: cargo measure house|exact [PART…]");
        return ExitCode::from(2);
    };
    if table.close() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
