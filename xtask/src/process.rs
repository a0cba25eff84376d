//! Programs run for a measure.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
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
    run_with(folder, program, arguments, &[])
}

/// [`run`], with variables of the environment.
pub fn run_with<A: AsRef<OsStr>>(
    folder: &Path,
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = A>,
    variables: &[(&str, &str)],
) -> Run {
    let start = Instant::now();
    let mut command = command(folder, program, arguments);
    ended(start, command.envs(variables.iter().copied()).output())
}

/// [`run`], which gives each line of the standard output as it comes, and keeps none.
pub fn each_line<A: AsRef<OsStr>>(
    folder: &Path,
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = A>,
    mut line: impl FnMut(&str),
) -> Run {
    let start = Instant::now();
    let mut command = command(folder, program, arguments);
    let spawned = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let output = spawned.and_then(|mut child| {
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        // Read beside, for a program that fills one while the other is read would wait for ever.
        let errors = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = stderr.map(|mut stderr| stderr.read_to_end(&mut bytes));
            read.transpose().map(|_| bytes)
        });
        for text in stdout
            .map(BufReader::new)
            .into_iter()
            .flat_map(BufRead::lines)
        {
            line(&text?);
        }
        Ok(Output {
            status: child.wait()?,
            stdout: Vec::new(),
            stderr: errors.join().unwrap_or_else(|_| Ok(Vec::new()))?,
        })
    });
    ended(start, output)
}

fn command<A: AsRef<OsStr>>(
    folder: &Path,
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = A>,
) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .env_remove("CARGO_TARGET_DIR");
    command
}

fn ended(start: Instant, output: std::io::Result<Output>) -> Run {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (success, stdout, stderr) = match output {
        Ok(output) => (
            output.status.success(),
            text(&output.stdout),
            text(&output.stderr),
        ),
        Err(error) => (false, String::new(), error.to_string()),
    };
    Run {
        success,
        stdout,
        stderr,
        seconds: start.elapsed().as_secs_f64(),
    }
}
