//! The program under test, in a sealed home where no keychain answers.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;
use testkit::SealedHome;

/// A home with an encrypted history, opened by a passphrase.
pub struct Program {
    pub home: SealedHome,
    passphrase: PathBuf,
}

/// What a run printed and how it ended.
pub struct Run {
    pub success: bool,
    pub stdout: String,
    pub stderr: String,
}

impl Program {
    /// A home in which nothing was created yet.
    pub fn empty() -> Self {
        let home = SealedHome::new();
        let passphrase = home.path().join("passphrase");
        fs::write(&passphrase, "quatre mots pour ouvrir\n").unwrap();
        Self { home, passphrase }
    }

    /// A home whose history was created.
    pub fn with_history() -> Self {
        let program = Self::empty();
        let key = program.recovery_key();
        program
            .run([
                "init".as_ref(),
                "--recovery-key-file".as_ref(),
                key.as_os_str(),
            ])
            .succeeded();
        program
    }

    /// Where the recovery key was written.
    pub fn recovery_key(&self) -> PathBuf {
        self.home.path().join("recovery-key")
    }

    /// The folder of the encrypted history.
    pub fn folder(&self) -> PathBuf {
        self.home.path().join("clocher")
    }

    /// The command, ready to be run with arguments.
    pub fn command(&self) -> std::process::Command {
        let mut command = self.home.command(env!("CARGO_BIN_EXE_clocher"));
        command.arg("--passphrase-file").arg(&self.passphrase);
        command
    }

    /// Runs the command line.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        let output = self.command().args(arguments).output().unwrap();
        Run::from(output)
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            success: output.status.success(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Run {
    /// The run, which must have succeeded.
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert!(self.success, "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// The value printed under `--json`.
    #[track_caller]
    pub fn json(self) -> Value {
        let run = self.succeeded();
        serde_json::from_str(&run.stdout).unwrap()
    }

    /// The code of the trouble that ended the run under `--json`; both sentences must be there.
    #[track_caller]
    pub fn code(&self) -> String {
        assert!(!self.success, "{}", self.stdout);
        let trouble: Value =
            serde_json::from_str(self.stderr.lines().last().unwrap_or_default()).unwrap();
        for part in ["cause", "remedy"] {
            assert!(
                trouble[part].as_str().is_some_and(|text| !text.is_empty()),
                "{trouble}"
            );
        }
        trouble["code"].as_str().unwrap().to_owned()
    }
}
