//! The reader program itself: confined before its first byte, found where it should be, believed
//! in nothing.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use documents::worker::Limits;
use documents::{Document, DocumentError};

use crate::{open, open_within_limits};

const READER: &str = env!("CARGO_BIN_EXE_clocher-reader");

/// How many readers run with this first argument.
pub fn count(processor: &str) -> usize {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines
        .filter(|line| {
            let mut words = line.split(|&byte| byte == 0);
            words
                .next()
                .is_some_and(|program| program.ends_with(b"clocher-reader"))
                && words.next() == Some(processor.as_bytes())
        })
        .count()
}

#[test]
fn the_child_is_confined_before_it_gets_a_byte() {
    let mut child = Command::new(READER)
        .args(["60", "1073741824"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let process = Path::new("/proc").join(child.id().to_string());
    let seen = Instant::now();
    let status = loop {
        let status = fs::read_to_string(process.join("status")).unwrap();
        if status.contains("Seccomp:\t2") || seen.elapsed() > Duration::from_secs(10) {
            break status;
        }
        thread::sleep(Duration::from_millis(2));
    };
    assert!(status.contains("Seccomp:\t2"), "{status}");
    assert!(status.contains("NoNewPrivs:\t1"), "{status}");
    let limits = fs::read_to_string(process.join("limits")).unwrap();
    for (name, bound) in [
        ("Max cpu time", "60"),
        ("Max address space", "1073741824"),
        ("Max file size", "0"),
        ("Max core file size", "0"),
        ("Max processes", "0"),
        ("Max open files", "3"),
    ] {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        assert_eq!(
            line[name.len()..].split_whitespace().next(),
            Some(bound),
            "{line}"
        );
    }
    // Nonsense ends it, without an answer.
    child.stdin.take().unwrap().write_all(b"hello\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(!output.status.success() && output.stdout.is_empty());
}

/// Runs the ignored test `name` of this file from a folder of its own, with `CLOCHER_READER`
/// naming `reader`.
///
/// The program is linked there, not copied: a file just written cannot be run while another
/// test's child still holds it open.
fn alone(name: &str, reader: Option<&Path>) {
    let program = std::env::current_exe().unwrap();
    let folder = tempfile::tempdir_in(program.parent().unwrap()).unwrap();
    let linked = folder.path().join("tests");
    fs::hard_link(&program, &linked).unwrap();
    let mut command = Command::new(&linked);
    command
        .args(["--exact", &format!("reader::{name}"), "--ignored"])
        .env_remove("CLOCHER_READER");
    if let Some(reader) = reader {
        command.env("CLOCHER_READER", reader);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

/// [`alone`], with `impostor.sh` as the reader, called by a name that says what it does.
fn with_impostor(name: &str, does: &str) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/impostor.sh");
    let folder = tempfile::tempdir().unwrap();
    let called = folder.path().join(does);
    symlink(script, &called).unwrap();
    alone(name, Some(&called));
}

#[test]
fn a_missing_reader_is_told() {
    alone("expect_missing", None);
    alone("expect_missing", Some(Path::new("/nowhere/clocher-reader")));
}

#[test]
#[ignore = "run by a_missing_reader_is_told"]
fn expect_missing() {
    assert!(matches!(
        open(b"Bonjour"),
        Err(DocumentError::ReaderMissing)
    ));
}

#[test]
fn the_reader_may_be_named_by_the_environment() {
    alone("expect_text", Some(Path::new(READER)));
}

#[test]
#[ignore = "run by the_reader_may_be_named_by_the_environment"]
fn expect_text() {
    let document: Document = open(b"Bonjour").unwrap();
    assert_eq!(document.pages[0].text(), "Bonjour");
}

#[test]
fn a_reader_that_speaks_nonsense_is_not_believed() {
    for does in [
        "nonsense",
        "end-only",
        "page-first",
        "foreign-picture",
        "cut-picture",
        "silent",
        "failing",
        "crashing",
    ] {
        with_impostor("expect_death", does);
    }
}

#[test]
#[ignore = "run by a_reader_that_speaks_nonsense_is_not_believed"]
fn expect_death() {
    let begun = Instant::now();
    let read = open(b"Bonjour");
    assert!(matches!(read, Err(DocumentError::ReaderDied)), "{read:?}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_reader_that_announces_more_than_it_may_say_is_cut_off() {
    with_impostor("expect_too_much", "endless-picture");
}

#[test]
#[ignore = "run by a_reader_that_announces_more_than_it_may_say_is_cut_off"]
fn expect_too_much() {
    let read = open(b"Bonjour");
    assert!(
        matches!(read, Err(DocumentError::TooMuchMemory)),
        "{read:?}"
    );
}

#[test]
fn a_reader_of_another_version_is_no_reader() {
    with_impostor("expect_missing", "other-version");
}

#[test]
fn a_reader_that_only_waits_is_ended() {
    with_impostor("expect_deadline", "waiting");
}

#[test]
#[ignore = "run by a_reader_that_only_waits_is_ended"]
fn expect_deadline() {
    let limits = Limits {
        wall: Duration::from_millis(200),
        ..Limits::DOCUMENT
    };
    // More than a pipe holds: the writer is stuck too, and must not keep the caller.
    let read = open_within_limits(&vec![b'a'; 1 << 20], &limits);
    assert!(
        matches!(read, Err(DocumentError::TooLong { .. })),
        "{read:?}"
    );
}
