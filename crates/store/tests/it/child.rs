//! A part of a test that must be a process of its own: the test binary, run again for one test.

use std::path::Path;
use std::process::Command;

/// Names the folder that a child works in; without it a child's test does nothing.
const FOLDER: &str = "CLOCHER_STORE_TEST_FOLDER";

/// The command that runs `test` (its full name) alone, in `folder`.
pub fn command(test: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    with_arguments(&mut command, test, folder);
    command
}

/// The same through a program that starts it, such as `unshare`: gives what follows its arguments.
pub fn with_arguments(command: &mut Command, test: &str, folder: &Path) {
    command
        .args([
            test,
            "--exact",
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(FOLDER, folder);
}

/// In the child: the folder, or `None` when the test was started by someone else.
pub fn folder() -> Option<std::path::PathBuf> {
    std::env::var_os(FOLDER).map(Into::into)
}
