//! The child's work: confine itself, take one document, answer page by page.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::process::ExitCode;
use std::thread;

use super::confine;
use super::limits::Limits;
use super::protocol::{Answer, REQUEST_LIMIT, Refusal, Request, VERSION, Wanted};
use crate::document::{Kind, Page};
use crate::read::{self, Pages};

/// The parsers recurse; this is what they may recurse into.
const STACK: usize = 8 << 20;

/// The whole life of `clocher-reader`. Its standard input and output speak the protocol; its
/// arguments are its bounds. Fails only when the client is gone or speaks nonsense.
pub fn serve() -> ExitCode {
    // The message of a panic may quote the document.
    std::panic::set_hook(Box::new(|_| {}));
    let limits = Limits::from_arguments(std::env::args().skip(1));
    let work = move || {
        let mut output = Wire(BufWriter::new(io::stdout().lock()));
        if confine::confine_self(&limits).is_err() {
            return output.say(&Answer::Refused(Refusal::Unconfined));
        }
        answer(
            &mut BufReader::new(io::stdin().lock()),
            &mut output,
            &limits,
        )
    };
    let thread = thread::Builder::new().stack_size(STACK).spawn(work);
    match thread.map(thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn answer<W: Write>(
    input: &mut impl BufRead,
    output: &mut Wire<W>,
    limits: &Limits,
) -> io::Result<()> {
    let mut line = Vec::new();
    input.take(REQUEST_LIMIT).read_until(b'\n', &mut line)?;
    let request: Request = serde_json::from_slice(&line)?;
    if request.version != VERSION {
        return output.say(&Answer::Refused(Refusal::Version));
    }
    if request.length > limits.input {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(request.length as usize)?;
    input.take(request.length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != request.length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let read = match request.wanted {
        Wanted::Pages => read::read(bytes, request.password.as_deref(), output),
        Wanted::Pixels => match read::pixels(&bytes) {
            Ok(pixels) => output
                .say_with(Answer::of_pixels(pixels))
                .map_err(Into::into),
            Err(refusal) => Err(read::Stop::Refused(refusal)),
        },
    };
    match read {
        Ok(()) => output.say(&Answer::End),
        Err(read::Stop::Refused(refusal)) => output.say(&Answer::Refused(refusal)),
        Err(read::Stop::Output(error)) => Err(error),
    }
}

/// The client's end of the pipe: each message leaves at once, so that progress is seen.
struct Wire<W: Write>(W);

impl<W: Write> Wire<W> {
    fn say(&mut self, answer: &Answer) -> io::Result<()> {
        serde_json::to_writer(&mut self.0, answer)?;
        self.0.write_all(b"\n")?;
        self.0.flush()
    }

    /// A message and the bytes that it announces.
    fn say_with(&mut self, (answer, bytes): (Answer, Vec<u8>)) -> io::Result<()> {
        self.say(&answer)?;
        self.0.write_all(&bytes)?;
        self.0.flush()
    }
}

impl<W: Write> Pages for Wire<W> {
    fn opened(&mut self, kind: Kind, title: Option<String>, pages: Option<u32>) -> io::Result<()> {
        self.say(&Answer::Opened { kind, title, pages })
    }

    fn page(&mut self, page: Page) -> io::Result<()> {
        self.say_with(Answer::of_page(page))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(request: &str, bytes: &[u8]) -> io::Result<String> {
        let mut output = Wire(Vec::new());
        let input = [request.as_bytes(), b"\n", bytes].concat();
        answer(&mut input.as_slice(), &mut output, &Limits::DOCUMENT)?;
        Ok(String::from_utf8(output.0).unwrap())
    }

    #[test]
    fn a_text_is_answered_line_by_line() {
        let said = answers(
            r#"{"version":2,"length":5,"password":null,"wanted":"pages"}"#,
            b"Bourg",
        )
        .unwrap();
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines.len(), 3, "{said}");
        assert!(lines[0].starts_with(r#"{"opened":"#), "{said}");
        assert!(lines[1].contains("Bourg"), "{said}");
        assert_eq!(lines[2], r#""end""#);
    }

    #[test]
    fn another_version_is_refused() {
        let said = answers(
            r#"{"version":1,"length":0,"password":null,"wanted":"pages"}"#,
            b"",
        )
        .unwrap();
        assert_eq!(said, "{\"refused\":\"version\"}\n");
    }

    #[test]
    fn nonsense_and_missing_bytes_end_the_child() {
        assert!(answers("hello", b"").is_err());
        for length in ["6", "999999999999"] {
            let request =
                format!(r#"{{"version":2,"length":{length},"password":null,"wanted":"pages"}}"#);
            assert!(answers(&request, b"Bourg").is_err());
        }
    }
}
