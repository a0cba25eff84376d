//! `cargo measure NAME`: measures what an issue promises, a row a target, and says which are met.
//!
//! Every figure is taken afresh: nothing is read from an earlier run.

#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what it is for"
)]

mod house;
mod process;
mod table;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let table = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["measure", "house"] => house::measure(),
        _ => {
            eprintln!("usage: cargo measure house");
            return ExitCode::from(2);
        }
    };
    if table.close() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
