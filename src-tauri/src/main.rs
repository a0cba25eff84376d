//! The desktop shell: one window on the page, and the page's typed commands. It holds no rule
//! and opens no socket.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), windows_subsystem = "windows")]

#[cfg(test)]
mod bindings;
mod commands;
mod shell;
mod window;

use std::process::ExitCode;
use std::sync::Arc;

use assistant::{Clocher, Paths, SystemKeychain};

fn main() -> ExitCode {
    let folder = |name: &str| std::env::var_os(name).map(Into::into);
    let paths = Paths::of_user(folder("CLOCHER_HOME"), folder("CLOCHER_MODELS"));
    let clocher = Arc::new(Clocher::start(paths, || Box::new(SystemKeychain)));
    clocher.load_model(None);
    match window::open(clocher) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
