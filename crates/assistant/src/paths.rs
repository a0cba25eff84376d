//! Where things are on this machine.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

/// The folders in use.
#[derive(Debug, Clone)]
pub struct Paths {
    /// The agent's own data: history, keys. Private to the session's user.
    pub home: PathBuf,
    /// Where models are looked for, first to last.
    pub models: Vec<PathBuf>,
}

impl Paths {
    /// The folders of this user; `home` and `models` replace the usual ones.
    #[must_use]
    pub fn of_user(home: Option<PathBuf>, models: Option<PathBuf>) -> Self {
        let usual =
            ProjectDirs::from("fr", "", "Clocher").map(|dirs| dirs.data_local_dir().to_owned());
        let home = home
            .or(usual)
            .unwrap_or_else(|| PathBuf::from("clocher-data"));
        let models = match models {
            Some(folder) => vec![folder],
            None => beside_program()
                .into_iter()
                .chain([home.join("models")])
                .collect(),
        };
        Self { home, models }
    }

    /// Where an imported model goes: the agent's own folder, which needs no administrator.
    #[must_use]
    pub fn import_folder(&self) -> &Path {
        self.models.last().map_or(&self.home, PathBuf::as_path)
    }
}

/// `models` beside the program, or at the root of the checkout that the program was built in.
fn beside_program() -> Vec<PathBuf> {
    let Ok(program) = std::env::current_exe() else {
        return Vec::new();
    };
    let folders = program.ancestors().skip(1).take(3);
    folders
        .map(|folder| folder.join("models"))
        .filter(|folder| folder.is_dir())
        .collect()
}
