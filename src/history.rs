//! `init`, `unlock` and `history`.

use std::fs;

use assistant::Clocher;
use assistant::messages::cli;
use assistant::trouble::{Result, Trouble};
use assistant::view::{Setup, SetupAnswer, Unlock as With};

use crate::arguments::{History, HistoryAction, Init, Shared, Unlock};
use crate::{print, session};

/// Creates the encrypted history. The recovery key goes to a file for an IT officer, or to the
/// terminal, where groups of it must be typed back.
pub fn init(shared: &Shared, options: &Init) -> Result<()> {
    let clocher = session::start(shared);
    let setup = clocher.begin_setup()?;
    let passphrase = passphrase(shared, &setup)?;
    let key = setup.recovery_key.join("-");
    let groups = match &options.recovery_key_file {
        Some(file) => {
            fs::write(file, format!("{key}\n")).map_err(|error| Trouble::of_file(file, &error))?;
            println!("{}", cli::recovery_written(file.display()));
            setup
                .asked
                .iter()
                .map(|index| setup.recovery_key[*index as usize].clone())
                .collect()
        }
        None => {
            println!("{}\n\n    {key}\n", cli::recovery_key());
            setup
                .asked
                .iter()
                .map(|index| print::ask(&cli::recovery_group(index + 1)).unwrap_or_default())
                .collect()
        }
    };
    clocher.confirm_setup(&SetupAnswer { groups, passphrase })?;
    println!("{}", cli::history_created(clocher.paths().home.display()));
    Ok(())
}

fn passphrase(shared: &Shared, setup: &Setup) -> Result<Option<String>> {
    match &shared.passphrase_file {
        Some(file) => session::secret(file).map(Some),
        None if setup.keychain => Ok(None),
        None => {
            println!("{}", cli::no_keychain());
            print::ask_secret(&cli::passphrase()).map(Some)
        }
    }
}

/// Opens the history with the recovery key; the keychain's slot is made again by the way.
pub fn unlock(shared: &Shared, options: &Unlock) -> Result<()> {
    let clocher = session::start(shared);
    clocher.unlock(&With::RecoveryKey(session::secret(
        &options.recovery_key_file,
    )?))?;
    println!("{}", cli::history_opened());
    Ok(())
}

/// Lists conversations, or shows one.
pub fn read(shared: &Shared, options: &History) -> Result<()> {
    let clocher = session::open(shared)?;
    match &options.action {
        HistoryAction::List { query } => list(&clocher, query, shared.json),
        HistoryAction::Show { id } => show(&clocher, *id, shared.json),
    }
}

fn list(clocher: &Clocher, query: &str, json: bool) -> Result<()> {
    let conversations = clocher.conversations(query)?;
    if json {
        print::json(&conversations);
    } else if conversations.is_empty() {
        println!("{}", cli::no_conversation());
    }
    for conversation in conversations.iter().filter(|_| !json) {
        println!("{:>6}  {}", conversation.id, conversation.title);
    }
    Ok(())
}

fn show(clocher: &Clocher, id: i64, json: bool) -> Result<()> {
    let conversation = clocher.conversation(id)?;
    if json {
        print::json(&conversation);
    } else {
        println!("{}\n", conversation.title);
        conversation.messages.iter().for_each(print::message);
    }
    Ok(())
}
