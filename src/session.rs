//! The program as a command needs it: with the agent's history, or without any.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use assistant::messages::cli;
use assistant::trouble::{Result, Trouble};
use assistant::view::{HistoryState, Unlock};
use assistant::{Clocher, Paths, SystemKeychain};

use crate::arguments::Shared;
use crate::print;

/// The folders that the options name.
pub fn paths(shared: &Shared) -> Paths {
    Paths::of_user(shared.home.clone(), shared.models.clone())
}

/// The program, its history in whatever state it is.
pub fn start(shared: &Shared) -> Clocher {
    Clocher::start(paths(shared), || Box::new(SystemKeychain))
}

/// The program with its history open: by the keychain, else by a passphrase.
pub fn open(shared: &Shared) -> Result<Clocher> {
    let clocher = start(shared);
    if let HistoryState::Locked {
        trouble,
        passphrase,
    } = clocher.state().history
    {
        match (
            &shared.passphrase_file,
            passphrase && io::stdin().is_terminal(),
        ) {
            (Some(file), _) => clocher.unlock(&Unlock::Passphrase(secret(file)?))?,
            (None, true) => {
                clocher.unlock(&Unlock::Passphrase(print::ask_secret(&cli::passphrase())?))?
            }
            (None, false) => return Err(trouble),
        };
    }
    Ok(clocher)
}

/// The program for an answer: kept or not, its model loading.
pub fn for_answer(shared: &Shared, keep: bool) -> Result<Clocher> {
    let clocher = if keep {
        open(shared)?
    } else {
        Clocher::without_history(paths(shared))?
    };
    clocher.load_model(shared.model.as_deref());
    if !shared.json {
        clocher.watch_model(print::model_status);
    }
    Ok(clocher)
}

/// A file's bytes and its name.
pub fn read(file: &Path) -> Result<(String, Vec<u8>)> {
    let bytes = fs::read(file).map_err(|error| Trouble::of_file(file, &error))?;
    Ok((name(file), bytes))
}

/// The first line of a file that holds a secret.
pub fn secret(file: &PathBuf) -> Result<String> {
    let text = fs::read_to_string(file).map_err(|error| Trouble::of_file(file, &error))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn name(file: &Path) -> String {
    file.file_name()
        .unwrap_or(file.as_os_str())
        .to_string_lossy()
        .into_owned()
}
