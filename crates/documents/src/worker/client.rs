//! The client: hands the bytes over, collects the pages, and ends the child whatever happens.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{ChildStderr, ChildStdin, ChildStdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use privacy::Private;

use super::limits::Limits;
use super::process::{Process, cause_of_death};
use super::protocol::{Answer, Refusal, Request, VERSION};
use crate::document::{Document, PageNumber};
use crate::error::DocumentError;

/// A document's bytes and what is known about them. The name is for the caller alone: nothing is
/// concluded from it.
pub struct Source<'a> {
    /// The file's name.
    pub name: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
    /// What opens it, when the agent was asked.
    pub password: Option<&'a str>,
}

/// How far the reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Pages read.
    pub done: u32,
    /// Pages in all, where known beforehand.
    pub total: Option<u32>,
}

/// How long the client may stay deaf to `cancel` and to its deadline.
const TICK: Duration = Duration::from_millis(20);

/// Reads a document in a confined child process, under the usual bounds.
///
/// Blocks until the end; `progress` is called on this thread, at the opening and after each page.
/// Raising `cancel` from another thread ends the child within 100 ms.
pub fn open(
    source: &Source<'_>,
    progress: &mut dyn FnMut(Progress),
    cancel: &AtomicBool,
) -> Result<Document, DocumentError> {
    open_within(&Limits::DOCUMENT, source, progress, cancel)
}

/// [`open`], under other bounds.
pub fn open_within(
    limits: &Limits,
    source: &Source<'_>,
    progress: &mut dyn FnMut(Progress),
    cancel: &AtomicBool,
) -> Result<Document, DocumentError> {
    let bytes = source.bytes.len() as u64;
    if bytes == 0 {
        return Err(DocumentError::Empty);
    }
    if bytes > limits.input {
        return Err(DocumentError::TooLarge {
            bytes,
            limit: limits.input,
        });
    }
    let deadline = Instant::now() + limits.wall;
    let (mut process, pipes) = Process::start(limits)?;
    thread::scope(|scope| {
        let (sender, receiver) = sync_channel(16);
        let output_limit = limits.output;
        Builder::new().spawn_scoped(scope, move || feed(pipes.input, source))?;
        Builder::new().spawn_scoped(scope, move || listen(pipes.output, output_limit, &sender))?;
        let last_words = Builder::new().spawn_scoped(scope, move || hear_out(pipes.errors))?;

        let outcome = collect(&receiver, limits, deadline, progress, cancel);
        drop(receiver); // The listener stops at its next line.
        if !matches!(outcome, Ok(_) | Err(End::Died)) {
            process.kill();
        }
        let status = process.wait()?;
        outcome.map_err(|end| match end {
            End::Error(error) => error,
            End::Died => {
                let last_words = last_words.join().unwrap_or_default();
                cause_of_death(status, &last_words, limits)
            }
        })
    })
}

/// Writes the request and the bytes. A child that dies or refuses closes the pipe: what it said
/// matters, not that it stopped listening.
fn feed(mut input: ChildStdin, source: &Source<'_>) {
    let request = Request {
        version: VERSION,
        length: source.bytes.len() as u64,
        password: source.password.map(str::to_owned),
    };
    if let Ok(mut line) = serde_json::to_vec(&request) {
        line.push(b'\n');
        let _ = input
            .write_all(&line)
            .and_then(|()| input.write_all(source.bytes));
    }
}

/// What came out of the child.
enum Heard {
    Answer(Answer),
    /// More than it may say.
    TooMuch,
    /// Not the protocol.
    Nonsense,
}

/// Passes the child's lines on until it ends, says too much, or nobody listens.
fn listen(output: ChildStdout, limit: u64, sender: &SyncSender<Heard>) {
    let mut output = BufReader::new(output.take(limit));
    let mut line = Vec::new();
    while matches!(output.read_until(b'\n', &mut line), Ok(1..)) {
        let heard = match line.last() {
            Some(b'\n') => serde_json::from_slice(&line).map_or(Heard::Nonsense, Heard::Answer),
            _ if output.get_ref().limit() == 0 => Heard::TooMuch,
            _ => return, // Cut short by its death, which its status will tell.
        };
        if sender.send(heard).is_err() {
            return;
        }
        line.clear();
    }
}

/// The beginning of what the child wrote on its error stream; the rest is drained.
fn hear_out(mut errors: ChildStderr) -> Vec<u8> {
    let mut beginning = Vec::new();
    let _ = (&mut errors).take(4096).read_to_end(&mut beginning);
    let _ = std::io::copy(&mut errors, &mut std::io::sink());
    beginning
}

/// Why there is no document.
enum End {
    Error(DocumentError),
    /// Without a word: its status tells why.
    Died,
}

impl From<DocumentError> for End {
    fn from(error: DocumentError) -> Self {
        Self::Error(error)
    }
}

fn collect(
    receiver: &Receiver<Heard>,
    limits: &Limits,
    deadline: Instant,
    progress: &mut dyn FnMut(Progress),
    cancel: &AtomicBool,
) -> Result<Document, End> {
    let mut opened: Option<(Document, Option<u32>)> = None;
    loop {
        if cancel.load(Ordering::Relaxed) {
            return Err(DocumentError::Cancelled.into());
        }
        if Instant::now() > deadline {
            return Err(DocumentError::TooLong { limit: limits.wall }.into());
        }
        let answer = match receiver.recv_timeout(TICK) {
            Ok(Heard::Answer(answer)) => answer,
            Ok(Heard::TooMuch) => return Err(DocumentError::TooMuchMemory.into()),
            Ok(Heard::Nonsense) => return Err(DocumentError::ReaderDied.into()),
            Err(RecvTimeoutError::Disconnected) => return Err(End::Died),
            Err(RecvTimeoutError::Timeout) => continue,
        };
        match (answer, &mut opened) {
            (Answer::Opened { kind, title, pages }, None) => {
                let title = title.map(Private::new);
                opened = Some((
                    Document {
                        kind,
                        title,
                        pages: Vec::new(),
                    },
                    pages,
                ));
                progress(Progress {
                    done: 0,
                    total: pages,
                });
            }
            (Answer::Page(page), Some((document, total))) => {
                let done = document.pages.len() as u32 + 1;
                let number = PageNumber::new(done).ok_or(DocumentError::ReaderDied)?;
                document.pages.push(page.into_page(number));
                progress(Progress {
                    done,
                    total: *total,
                });
            }
            (Answer::End, Some((document, _))) if !document.pages.is_empty() => {
                return opened.map(|(document, _)| document).ok_or(End::Died);
            }
            (Answer::Refused(refusal), _) => return Err(refused(refusal).into()),
            _ => return Err(DocumentError::ReaderDied.into()),
        }
    }
}

fn refused(refusal: Refusal) -> DocumentError {
    match refusal {
        Refusal::Empty => DocumentError::Empty,
        Refusal::UnknownFormat => DocumentError::UnknownFormat,
        Refusal::Encrypted => DocumentError::Encrypted,
        Refusal::Broken => DocumentError::Broken,
        Refusal::Version => DocumentError::ReaderMissing,
        Refusal::Unconfined => std::io::Error::other("the reader could not confine itself").into(),
    }
}
