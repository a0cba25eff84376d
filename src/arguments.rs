//! What may be typed. The help an IT officer reads comes from the message catalogue.

use std::path::PathBuf;

use assistant::messages::cli::{about, help};
use clap::{Args, Parser, Subcommand};

/// The whole command line.
#[derive(Parser)]
#[command(name = "clocher", version, about = about())]
pub struct Arguments {
    /// Options of every command.
    #[command(flatten)]
    pub shared: Shared,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Args)]
pub struct Shared {
    #[arg(long, global = true, env = "CLOCHER_HOME", value_name = "DIR", help = help::home())]
    pub home: Option<PathBuf>,
    #[arg(long, global = true, env = "CLOCHER_MODELS", value_name = "DIR", help = help::models())]
    pub models: Option<PathBuf>,
    #[arg(long, global = true, value_name = "FILE", help = help::model())]
    pub model: Option<PathBuf>,
    #[arg(long, global = true, help = help::json())]
    pub json: bool,
    #[arg(long, global = true, value_name = "FILE", help = help::passphrase_file())]
    pub passphrase_file: Option<PathBuf>,
}

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    #[command(about = help::init())]
    Init(Init),
    #[command(about = help::unlock())]
    Unlock(Unlock),
    #[command(about = help::chat())]
    Chat(Chat),
    #[command(about = help::ask())]
    Ask(Ask),
    #[command(about = help::history())]
    History(History),
    #[command(about = help::model_command())]
    Model(Model),
    #[command(about = help::bench())]
    Bench(Bench),
    #[command(about = help::doctor())]
    Doctor,
}

#[derive(Args)]
pub struct Init {
    #[arg(long, value_name = "FILE", help = help::recovery_key_file())]
    pub recovery_key_file: Option<PathBuf>,
}

#[derive(Args)]
pub struct Unlock {
    #[arg(long, value_name = "FILE", help = help::unlock())]
    pub recovery_key_file: PathBuf,
}

/// How an answer is made and kept.
#[derive(Args)]
pub struct Answering {
    #[arg(long, help = help::no_history())]
    pub no_history: bool,
    #[arg(long, help = help::greedy())]
    pub greedy: bool,
}

#[derive(Args)]
pub struct Chat {
    #[arg(long, value_name = "TEXT", help = help::once())]
    pub once: Option<String>,
    #[arg(long, value_name = "ID", help = help::conversation())]
    pub conversation: Option<i64>,
    #[command(flatten)]
    pub answering: Answering,
}

#[derive(Args)]
pub struct Ask {
    #[arg(value_name = "FILE", help = help::file())]
    pub file: PathBuf,
    #[arg(value_name = "QUESTION", help = help::question())]
    pub question: String,
    #[command(flatten)]
    pub answering: Answering,
}

#[derive(Args)]
pub struct History {
    #[command(subcommand)]
    pub action: HistoryAction,
}

#[derive(Subcommand)]
pub enum HistoryAction {
    #[command(about = help::history_list())]
    List {
        #[arg(default_value = "", help = help::query())]
        query: String,
    },
    #[command(about = help::history_show())]
    Show {
        #[arg(help = help::id())]
        id: i64,
    },
}

#[derive(Args)]
pub struct Model {
    #[command(subcommand)]
    pub action: ModelAction,
}

#[derive(Subcommand)]
pub enum ModelAction {
    #[command(about = help::model_list())]
    List,
    #[command(about = help::model_verify())]
    Verify,
    #[command(about = help::model_import())]
    Import {
        #[arg(value_name = "FILE", help = help::file())]
        file: PathBuf,
    },
    #[command(about = help::model_accept())]
    Accept {
        #[arg(value_name = "FILE", help = help::file())]
        file: PathBuf,
        #[arg(long, help = help::accept())]
        yes: bool,
    },
}

#[derive(Args)]
pub struct Bench {
    #[arg(long, value_name = "FILE", help = help::synthesize())]
    pub synthesize: Option<PathBuf>,
    #[arg(long, requires = "synthesize", help = help::tiny())]
    pub tiny: bool,
    #[arg(long, default_value_t = 128, help = help::prompt_tokens())]
    pub prompt_tokens: usize,
    #[arg(long, default_value_t = 32, help = help::answer_tokens())]
    pub answer_tokens: usize,
    #[arg(long, help = help::threads())]
    pub threads: Option<usize>,
}
