//! Prints a document's text, a form feed after each page, as `pdftotext` does; `--blocks` prints
//! what each block is and where it stands. What recall and order are measured with.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal"
)]
#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use documents::{Document, Source};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (options, names): (Vec<_>, Vec<_>) = arguments
        .iter()
        .partition(|argument| argument.starts_with("--"));
    let blocks = options.iter().any(|option| *option == "--blocks");
    for name in names {
        let bytes = match std::fs::read(name) {
            Ok(bytes) => bytes,
            Err(error) => {
                eprintln!("{name}: {error}");
                return ExitCode::FAILURE;
            }
        };
        let source = Source {
            name,
            bytes: &bytes,
            password: None,
        };
        match documents::open(&source, &mut |_| {}, &AtomicBool::new(false)) {
            Ok(document) => print(&document, blocks),
            Err(error) => {
                eprintln!("{name}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn print(document: &Document, blocks: bool) {
    for page in &document.pages {
        if blocks {
            println!(
                "page {} of {} × {}, {:?}",
                page.number, page.width, page.height, page.fault
            );
            for block in &page.blocks {
                let place = block
                    .lines
                    .first()
                    .map(|line| line.bounds)
                    .unwrap_or_default();
                let (left, top) = (place.left, place.top);
                println!(
                    "  {:?} at {left:.0}, {top:.0}: {}",
                    block.kind,
                    block.text()
                );
            }
        } else {
            println!("{}\u{c}", page.text());
        }
    }
}
