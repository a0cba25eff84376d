//! The client: hands the bytes over, collects the pages, and ends the child whatever happens.

use std::io::{BufRead, BufReader, Read, Take, Write};
use std::process::{ChildStderr, ChildStdin, ChildStdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use privacy::Private;

use super::limits::Limits;
use super::process::{Process, cause_of_death};
use super::protocol::{Answer, Refusal, Request, VERSION, Wanted, into_pixels};
use crate::document::{Document, PageNumber, Picture, Pixels};
use crate::error::DocumentError;
use crate::read::{MOST_PIXELS, MOST_RATIO};

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
    let request = Request {
        version: VERSION,
        length: source.bytes.len() as u64,
        password: source.password.map(str::to_owned),
        wanted: Wanted::Pages,
    };
    let mut opened: Option<(Document, Option<u32>)> = None;
    let mut hear = |answer, bytes| pages(answer, bytes, &mut opened, progress);
    converse(limits, &request, source.bytes, &mut hear, cancel)
}

/// The dots of a picture, decoded in a confined child process as it was encoded by one.
///
/// # Errors
/// As [`open`].
pub fn pixels(picture: &Picture, cancel: &AtomicBool) -> Result<Pixels, DocumentError> {
    let bytes = picture.jpeg.expose();
    let request = Request {
        version: VERSION,
        length: bytes.len() as u64,
        password: None,
        wanted: Wanted::Pixels,
    };
    let mut hear = |answer, bytes| match answer {
        Answer::Pixels(size) => match into_pixels(size, bytes) {
            None => Err(DocumentError::ReaderDied),
            pixels => Ok(pixels),
        },
        Answer::Refused(refusal) => Err(refused(refusal)),
        Answer::Opened { .. } | Answer::Page(_) | Answer::End => Err(DocumentError::ReaderDied),
    };
    converse(&Limits::DOCUMENT, &request, bytes, &mut hear, cancel)
}

/// What is made of a message and the bytes that followed it: nothing yet, or what was asked for.
type Hear<'a, T> = dyn FnMut(Answer, Vec<u8>) -> Result<Option<T>, DocumentError> + 'a;

/// Starts a child, gives it the request and the bytes, and hears it until there is an outcome.
fn converse<T>(
    limits: &Limits,
    request: &Request,
    bytes: &[u8],
    hear: &mut Hear<'_, T>,
    cancel: &AtomicBool,
) -> Result<T, DocumentError> {
    if request.length == 0 {
        return Err(DocumentError::Empty);
    }
    if request.length > limits.input {
        return Err(DocumentError::TooLarge {
            bytes: request.length,
            limit: limits.input,
        });
    }
    let deadline = Instant::now() + limits.wall;
    let (mut process, pipes) = Process::start(limits)?;
    thread::scope(|scope| {
        let (sender, receiver) = sync_channel(16);
        let output_limit = limits.output;
        Builder::new().spawn_scoped(scope, move || feed(pipes.input, request, bytes))?;
        Builder::new().spawn_scoped(scope, move || listen(pipes.output, output_limit, &sender))?;
        let last_words = Builder::new().spawn_scoped(scope, move || hear_out(pipes.errors))?;

        let outcome = collect(&receiver, limits, deadline, hear, cancel);
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
fn feed(mut input: ChildStdin, request: &Request, bytes: &[u8]) {
    if let Ok(mut line) = serde_json::to_vec(request) {
        line.push(b'\n');
        let _ = input.write_all(&line).and_then(|()| input.write_all(bytes));
    }
}

/// What came out of the child.
enum Heard {
    /// A message and the bytes that it announced.
    Answer(Answer, Vec<u8>),
    /// More than it may say.
    TooMuch,
    /// Not the protocol.
    Nonsense,
}

/// Passes the child's messages on until it ends, says too much, or nobody listens.
fn listen(output: ChildStdout, limit: u64, sender: &SyncSender<Heard>) {
    let mut output = BufReader::new(output.take(limit));
    let mut line = Vec::new();
    while matches!(output.read_until(b'\n', &mut line), Ok(1..)) {
        let answer = (line.last() == Some(&b'\n')).then(|| serde_json::from_slice(&line));
        let heard = match answer {
            Some(Ok(answer)) => payload(answer, &mut output),
            Some(Err(_)) => Some(Heard::Nonsense),
            None => None,
        };
        let Some(heard) = heard.or_else(|| {
            // Cut short by its death, which its status will tell, or by the limit.
            (output.get_ref().limit() == 0).then_some(Heard::TooMuch)
        }) else {
            return;
        };
        if sender.send(heard).is_err() {
            return;
        }
        line.clear();
    }
}

/// A message with the bytes that it announces; `None` when they do not all come.
fn payload(answer: Answer, output: &mut BufReader<Take<ChildStdout>>) -> Option<Heard> {
    let length = answer.payload();
    let left = output.get_ref().limit() + output.buffer().len() as u64;
    if length > left {
        return Some(Heard::TooMuch);
    }
    let mut bytes = Vec::new();
    output.take(length).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 == length).then_some(Heard::Answer(answer, bytes))
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

fn collect<T>(
    receiver: &Receiver<Heard>,
    limits: &Limits,
    deadline: Instant,
    hear: &mut Hear<'_, T>,
    cancel: &AtomicBool,
) -> Result<T, End> {
    loop {
        if cancel.load(Ordering::Relaxed) {
            return Err(DocumentError::Cancelled.into());
        }
        if Instant::now() > deadline {
            return Err(DocumentError::TooLong { limit: limits.wall }.into());
        }
        match receiver.recv_timeout(TICK) {
            Ok(Heard::Answer(answer, bytes)) => {
                if let Some(outcome) = hear(answer, bytes)? {
                    return Ok(outcome);
                }
            }
            Ok(Heard::TooMuch) => return Err(DocumentError::TooMuchMemory.into()),
            Ok(Heard::Nonsense) => return Err(DocumentError::ReaderDied.into()),
            Err(RecvTimeoutError::Disconnected) => return Err(End::Died),
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// Adds a message to the document that is being read, and returns it at the end.
fn pages(
    answer: Answer,
    bytes: Vec<u8>,
    opened: &mut Option<(Document, Option<u32>)>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Option<Document>, DocumentError> {
    match (answer, &mut *opened) {
        (Answer::Opened { kind, title, pages }, None) => {
            let document = Document {
                kind,
                title: title.map(Private::new),
                pages: Vec::new(),
            };
            *opened = Some((document, pages));
            progress(Progress {
                done: 0,
                total: pages,
            });
            Ok(None)
        }
        (Answer::Page(page), Some((document, total))) => {
            let done = document.pages.len() as u32 + 1;
            let number = PageNumber::new(done).ok_or(DocumentError::ReaderDied)?;
            let page = page.into_page(number, bytes);
            document.pages.push(page.ok_or(DocumentError::ReaderDied)?);
            progress(Progress {
                done,
                total: *total,
            });
            Ok(None)
        }
        (Answer::End, Some((document, _))) if !document.pages.is_empty() => {
            Ok(opened.take().map(|(document, _)| document))
        }
        (Answer::Refused(refusal), _) => Err(refused(refusal)),
        _ => Err(DocumentError::ReaderDied),
    }
}

fn refused(refusal: Refusal) -> DocumentError {
    match refusal {
        Refusal::Empty => DocumentError::Empty,
        Refusal::UnknownFormat => DocumentError::UnknownFormat,
        Refusal::Encrypted => DocumentError::Encrypted,
        Refusal::Broken => DocumentError::Broken,
        Refusal::TooManyPixels => DocumentError::TooManyPixels { limit: MOST_PIXELS },
        Refusal::TooThin => DocumentError::TooThin { limit: MOST_RATIO },
        Refusal::Version => DocumentError::ReaderMissing,
        Refusal::Unconfined => std::io::Error::other("the reader could not confine itself").into(),
    }
}
