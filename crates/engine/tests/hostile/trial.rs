//! One file tried: written, inspected, opened, made to speak; timed, and its memory counted.

use std::cell::{OnceCell, RefCell};
use std::fs::File;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use engine::{Decoding, EngineError, Model, ModelInfo, Pixels, Session, Vision};
use peak_alloc::PeakAlloc;

use crate::case::{Case, Content, Expect, Reason};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// A file may take so long.
pub const LONGEST: Duration = Duration::from_secs(2);
/// A file may take its size of memory, and so much more.
pub const MARGIN: usize = 64 << 20;

thread_local! {
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// How a trial ended, as one word on a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Refused as expected.
    Refused,
    /// Accepted as expected.
    Accepted,
    /// Accepted, or refused for another reason.
    Unexpected,
    Panicked,
    /// The process ended.
    Aborted,
    /// Longer than [`LONGEST`], or never ended.
    Hung,
    /// More than the file's size and [`MARGIN`].
    Glutton,
}

impl Verdict {
    pub const ALL: [(Self, &str); 7] = [
        (Self::Refused, "refused"),
        (Self::Accepted, "accepted"),
        (Self::Unexpected, "unexpected"),
        (Self::Panicked, "panicked"),
        (Self::Aborted, "aborted"),
        (Self::Hung, "hung"),
        (Self::Glutton, "glutton"),
    ];

    pub fn word(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(verdict, _)| *verdict == self)
            .map_or("", |(_, word)| word)
    }

    pub fn named(word: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, other)| *other == word);
        found.map(|(verdict, _)| *verdict)
    }

    /// Whether the loader did what it must.
    pub fn right(self) -> bool {
        matches!(self, Self::Refused | Self::Accepted)
    }
}

/// What a trial measured.
pub struct Trial {
    pub verdict: Verdict,
    pub seconds: f64,
    /// Bytes allocated at the peak beyond the file's size.
    pub excess: usize,
    /// What was found, for a failure.
    pub found: String,
}

/// A place for files under test, in memory where the system has such a place.
pub fn place(name: &str) -> PathBuf {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    folder.join(format!(
        "clocher-hostile-{}-{name}.gguf",
        std::process::id()
    ))
}

/// Keeps the place and the words of a panic instead of printing them.
pub fn silence() {
    std::panic::set_hook(Box::new(|info| {
        PANIC.with_borrow_mut(|text| *text = info.to_string().replace('\n', " "));
    }));
}

/// Writes the file of a case; its length.
pub fn write(path: &Path, content: &Content) -> u64 {
    // A new file each time: the last one may still be mapped.
    let _ = std::fs::remove_file(path);
    let mut file = File::create(path).unwrap();
    file.write_all(&content.bytes).unwrap();
    let length = content.length.unwrap_or(content.bytes.len() as u64);
    file.set_len(length).unwrap();
    length
}

/// Tries a case with a file at `path`.
pub fn run(case: &Case, path: &Path) -> Trial {
    let length = write(path, &(case.make)());
    let mut trial = measure(case, path, length);
    if trial.seconds > LONGEST.as_secs_f64() {
        // The machine may have been busy elsewhere: a hang is one twice.
        let again = measure(case, path, length);
        trial.seconds = trial.seconds.min(again.seconds);
    }
    if trial.verdict.right() && trial.seconds > LONGEST.as_secs_f64() {
        trial.verdict = Verdict::Hung;
    }
    if trial.verdict.right() && trial.excess > MARGIN {
        trial.verdict = Verdict::Glutton;
    }
    trial
}

fn measure(case: &Case, path: &Path, length: u64) -> Trial {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let begun = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| match case.companion {
        true => see(path),
        false => speak(path),
    }));
    let seconds = begun.elapsed().as_secs_f64();
    let used = MEMORY.peak_usage().saturating_sub(before);
    let (verdict, found) = match outcome {
        Err(_) => (Verdict::Panicked, PANIC.with_borrow(Clone::clone)),
        Ok(outcome) => judge(&case.expect, &outcome),
    };
    Trial {
        verdict,
        seconds,
        excess: used.saturating_sub(usize::try_from(length).unwrap_or(usize::MAX)),
        found,
    }
}

/// What became of a file: at import, then when it was opened and asked two tokens.
struct Outcome {
    inspected: Result<Option<ModelInfo>, EngineError>,
    spoke: Result<(), EngineError>,
}

fn speak(path: &Path) -> Outcome {
    let inspected = Model::inspect(path).map(Some);
    let never = AtomicBool::new(false);
    let spoke = Model::open(path, 1, &mut |_| {}, &never).and_then(|model| {
        let mut session = Session::new(model.clone(), 16)?;
        let prompt = model.tokenize("hello");
        let decoding = Decoding {
            max_tokens: 2,
            ..Decoding::default()
        };
        match session.generate(&prompt.into(), &decoding, &never, &mut |_| {}) {
            // A context of two tokens is a model's right.
            Ok(_) | Err(EngineError::PromptTooLong { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    });
    Outcome { inspected, spoke }
}

/// The model that every companion file is opened beside.
fn companion_of() -> Arc<Model> {
    thread_local! {
        static MODEL: OnceCell<Arc<Model>> = const { OnceCell::new() };
    }
    let open = || {
        let path = place("model");
        let bases = crate::bases::Bases::new();
        write(&path, &bases.form("byte-level").image.bytes.clone().into());
        let model = Model::open(&path, 1, &mut |_| {}, &AtomicBool::new(false)).unwrap();
        std::fs::remove_file(&path).unwrap();
        model
    };
    MODEL.with(|model| model.get_or_init(open).clone())
}

fn see(path: &Path) -> Outcome {
    let never = AtomicBool::new(false);
    let spoke = Vision::open(path, &companion_of()).and_then(|vision| {
        let pixels = Pixels::new(20, 10, vec![100; 600])?;
        let grid = vision.grid(20, 10, 4)?;
        let picture = vision.encode(&pixels, grid, &mut |_| {}, &never)?;
        assert!(picture.tokens() > 0, "a picture has cells");
        Ok(())
    });
    Outcome {
        inspected: Vision::inspect(path).map(|_| None),
        spoke,
    }
}

fn judge(expect: &Expect, outcome: &Outcome) -> (Verdict, String) {
    let Outcome { inspected, spoke } = outcome;
    let found = match spoke {
        Ok(()) => "it speaks".to_owned(),
        Err(error) => error.to_string(),
    };
    // What opens can be inspected, and what an import must know it knows.
    let early = |reason: &Reason| {
        !reason.at_import() || inspected.as_ref().is_err_and(|error| reason.is(error))
    };
    let shown = inspected.as_ref().ok().and_then(Option::as_ref);
    let verdict = match (expect, spoke) {
        (Expect::Speaks | Expect::Either(_), Ok(())) if inspected.is_ok() => Verdict::Accepted,
        (Expect::SpeaksAs(holds), Ok(())) if shown.is_some_and(|info| holds(info)) => {
            Verdict::Accepted
        }
        (Expect::Refused(reason), Err(error)) if reason.is(error) && early(reason) => {
            Verdict::Refused
        }
        (Expect::Either(reason), Err(error)) if reason.is(error) => Verdict::Refused,
        _ => Verdict::Unexpected,
    };
    let wanted = match expect {
        Expect::Speaks => "to speak".into(),
        Expect::SpeaksAs(_) => "to speak as said".into(),
        Expect::Refused(reason) => format!("{reason:?}"),
        Expect::Either(reason) => format!("to speak or {reason:?}"),
    };
    (verdict, format!("{found}; wanted {wanted}"))
}
