//! Programs run for a measure.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

/// What a program printed, how it ended, how long it took.
pub struct Run {
    /// Whether it ended well.
    pub success: bool,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// The root of the checkout.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Runs a program in a folder to its end, without standard input.
pub fn run<A: AsRef<OsStr>>(
    folder: &Path,
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = A>,
) -> Run {
    let start = Instant::now();
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .env_remove("CARGO_TARGET_DIR")
        .output();
    let seconds = start.elapsed().as_secs_f64();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match output {
        Ok(Output {
            status,
            stdout,
            stderr,
        }) => Run {
            success: status.success(),
            stdout: text(&stdout),
            stderr: text(&stderr),
            seconds,
        },
        Err(error) => Run {
            success: false,
            stdout: String::new(),
            stderr: error.to_string(),
            seconds,
        },
    }
}
