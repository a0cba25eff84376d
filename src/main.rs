//! The command line of Clocher: parses, calls `assistant`, prints. It holds no rule.

#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what a command line does"
)]

mod arguments;
mod bench;
mod conversation;
mod doctor;
mod history;
mod model;
mod print;
mod session;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use arguments::{Arguments, Command};
use assistant::trouble::{Result, Trouble};
use clap::Parser;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = catch_unwind(AssertUnwindSafe(|| run(&arguments)))
        .unwrap_or_else(|_| Err(Trouble::unexpected()));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            print::trouble(&trouble, arguments.shared.json);
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let shared = &arguments.shared;
    match &arguments.command {
        Command::Init(options) => history::init(shared, options),
        Command::Unlock(options) => history::unlock(shared, options),
        Command::History(options) => history::read(shared, options),
        Command::Chat(options) => conversation::chat(shared, options),
        Command::Ask(options) => conversation::ask(shared, options),
        Command::Model(options) => model::run(shared, options),
        Command::Bench(options) => bench::run(shared, options),
        Command::Doctor => doctor::run(shared),
    }
}
