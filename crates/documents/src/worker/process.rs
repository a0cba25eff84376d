//! The child as a process: where its program is, how it starts, how it ends and why.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::confine;
use super::limits::Limits;
use crate::error::DocumentError;

/// A running child, killed when dropped.
pub(super) struct Process {
    child: Child,
    /// What bounds it from outside, kept as long as it runs.
    _bounds: confine::Bounds,
}

/// The child's three streams.
pub(super) struct Pipes {
    pub input: ChildStdin,
    pub output: ChildStdout,
    pub errors: ChildStderr,
}

impl Process {
    /// Starts the reader. It waits for its first byte, bounded.
    pub(super) fn start(limits: &Limits) -> Result<(Self, Pipes), DocumentError> {
        let program = find_reader().ok_or(DocumentError::ReaderMissing)?;
        let mut command = Command::new(program);
        command
            .args(limits.arguments())
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        confine::prepare(&mut command);
        let mut child = command.spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let bounds = confine::Bounds::around(&child, limits);
        // From here on a failure must not leave a child behind.
        match (pipes, bounds) {
            ((Some(input), Some(output), Some(errors)), Ok(bounds)) => {
                let process = Self {
                    child,
                    _bounds: bounds,
                };
                Ok((
                    process,
                    Pipes {
                        input,
                        output,
                        errors,
                    },
                ))
            }
            (_, bounds) => {
                let _ = child.kill();
                let _ = child.wait();
                let missing = || std::io::Error::other("a pipe to the reader is missing");
                Err(bounds.err().unwrap_or_else(missing).into())
            }
        }
    }

    /// Ends it now.
    pub(super) fn kill(&mut self) {
        let _ = self.child.kill();
    }

    /// Waits for its end, which has come or is due: after a second it is killed.
    pub(super) fn wait(&mut self) -> std::io::Result<ExitStatus> {
        let patience = Instant::now() + Duration::from_secs(1);
        while Instant::now() < patience {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(1));
        }
        self.kill();
        self.child.wait()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        let _ = self.child.wait();
    }
}

/// The reader's program: beside the running one, else one folder up (tests run from `deps/`),
/// else where `CLOCHER_READER` says.
pub fn find_reader() -> Option<PathBuf> {
    let name = format!("clocher-reader{}", env::consts::EXE_SUFFIX);
    let here = env::current_exe().ok();
    let folders = here
        .as_deref()
        .into_iter()
        .flat_map(|here| here.ancestors().skip(1).take(2));
    let beside = folders.map(|folder: &Path| folder.join(&name));
    beside
        .chain(env::var_os("CLOCHER_READER").map(PathBuf::from))
        .find(|path| path.is_file())
}

/// What a child that ended without an answer died of. The standard library announces a failed
/// allocation on the error stream before it aborts; nothing else tells it from a stack overflow.
pub(super) fn cause_of_death(
    status: ExitStatus,
    last_words: &[u8],
    limits: &Limits,
) -> DocumentError {
    const NO_MEMORY: &[u8] = b"memory allocation of";
    if confine::ended_by_time(status) {
        DocumentError::TooLong {
            limit: limits.processor,
        }
    } else if last_words
        .windows(NO_MEMORY.len())
        .any(|words| words == NO_MEMORY)
        || confine::ended_by_memory(status)
    {
        DocumentError::TooMuchMemory
    } else {
        DocumentError::ReaderDied
    }
}
