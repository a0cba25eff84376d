//! The use-cases of Clocher: what the window, the command line and the tests all drive.
//!
//! [`Clocher`] is the one façade. Everything it returns is a plain boundary type ([`view`]) or a
//! [`Trouble`](trouble::Trouble) with a code, a cause and a remedy. Calls block; a shell runs
//! them on its own threads. This crate draws nothing, parses no file format, multiplies nothing.

#![forbid(unsafe_code)]

mod answer;
pub mod bench;
mod context;
mod conversation;
pub mod doctor;
mod document;
mod history;
pub mod messages;
mod model;
mod notice;
mod paths;
mod prompt;
pub mod trouble;
pub mod view;
mod words;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use store::Store;

pub use answer::Style;
pub use history::OpenKeychain;
/// Models: listed, verified, imported.
pub mod models {
    pub use crate::model::digests::{Verdict, Verified, verify};
    pub use crate::model::files::{ModelFile, list, locate};
    pub use crate::model::import::import;
}
pub use model::terms;
pub use paths::Paths;
pub use store::SystemKeychain;
use trouble::Result;

/// The version shown to agents and written in reports.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The program: one history, one model, at most one answer being written.
pub struct Clocher {
    paths: Paths,
    history: history::History,
    desk: Arc<model::Desk>,
    writing: answer::Writing,
    uploads: document::Uploads,
    violations: AtomicU32,
}

impl Clocher {
    /// Opens the data folder, and the history if the keychain opens it. The model is not loaded
    /// yet: see [`Clocher::load_model`].
    #[must_use]
    pub fn start(paths: Paths, keychain: OpenKeychain) -> Self {
        let history = history::History::open(&paths.home, keychain);
        Self::with(paths, history)
    }

    /// A program whose history lives in memory and is gone at the end: nothing is written.
    ///
    /// # Errors
    /// When the database cannot be made in memory.
    pub fn without_history(paths: Paths) -> Result<Self> {
        let history = history::History::in_memory()?;
        Ok(Self::with(paths, history))
    }

    fn with(paths: Paths, history: history::History) -> Self {
        let desk = Arc::new(model::Desk::default());
        Self {
            paths,
            history,
            desk,
            writing: answer::Writing::default(),
            uploads: document::Uploads::default(),
            violations: AtomicU32::new(0),
        }
    }

    /// The folders in use.
    #[must_use]
    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// Whether the history is open, and the version.
    #[must_use]
    pub fn state(&self) -> view::AppState {
        view::AppState {
            history: self.history.state(),
            version: VERSION.to_owned(),
            formats: documents::FORMATS.iter().map(ToString::to_string).collect(),
            violations: self.violations.load(Ordering::Relaxed),
        }
    }

    /// The page's content policy refused something: a fault of ours. Counted in
    /// [`Clocher::state`]; nothing of it is kept.
    pub fn note_violation(&self) {
        self.violations.fetch_add(1, Ordering::Relaxed);
    }

    fn store(&self) -> Result<Arc<Store>> {
        self.history.store()
    }
}
