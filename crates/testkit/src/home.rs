//! A sealed home: an empty folder of its own, and programs that see nothing else of the machine.

use std::ffi::OsStr;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::data::repository;

/// A temporary home, removed when dropped.
#[derive(Debug)]
pub struct SealedHome(PathBuf);

impl SealedHome {
    /// An empty folder that no other test has.
    ///
    /// # Panics
    /// Where the temporary folder of the system cannot be written.
    pub fn new() -> Self {
        let name = RandomState::new().hash_one("clocher");
        let folder = env::temp_dir().join(format!("clocher-test-{name:016x}"));
        if let Err(error) = fs::create_dir(&folder) {
            panic!("{}: {error}", folder.display());
        }
        Self(folder)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A program that keeps its data here, reads the repository's models, and inherits neither
    /// the user's settings nor a session bus: no keychain answers it.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.0)
            .env("CLOCHER_HOME", self.0.join("clocher"))
            .env("CLOCHER_MODELS", repository().join("models"));
        command
    }
}

impl Default for SealedHome {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for SealedHome {
    fn drop(&mut self) {
        // A folder that cannot be removed is the temporary folder's own business.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homes_are_apart_and_leave_nothing() {
        let (one, two) = (SealedHome::new(), SealedHome::new());
        assert_ne!(one.path(), two.path());
        let folder = one.path().to_path_buf();
        fs::write(folder.join("file"), "kept").unwrap();
        drop(one);
        assert!(!folder.exists() && two.path().exists());
    }

    #[test]
    fn a_program_sees_only_its_home() {
        let home = SealedHome::new();
        let shown = home.command("env").output().unwrap();
        let shown = String::from_utf8(shown.stdout).unwrap();
        assert!(
            shown.contains(&format!("HOME={}", home.path().display())),
            "{shown}"
        );
        assert!(!shown.contains("DBUS_SESSION_BUS_ADDRESS"), "{shown}");
    }
}
