//! The campaign of hostile files: every known flaw of a model's loader is a family of files
//! generated from valid ones, and each is refused for the reason that is its own, or accepted where
//! that is right. No panic, no abort, no hang, no more memory than the file's size and 64 MiB.
//!
//! ```text
//! cargo test --release -p engine --test hostile                            the short form
//! cargo test --release -p engine --test hostile -- --files 20000 [--json]  the long form
//! … -- --seconds 600 --seed 1        mutations for so long; a failure prints its seed
//! … -- --dump FOLDER --every 50      files to try on another loader
//! ```
//!
//! `draft` takes a file to pieces and puts it together again; `bases` are the valid files;
//! `families` say what is done to them and what must follow; `trial` tries one file; `campaign`
//! tries them all in children; `report` is what is printed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test fails by panicking
#![allow(clippy::print_stdout, missing_docs)] // it prints a table, and nobody links to it

mod bases;
mod campaign;
mod case;
mod draft;
mod families;
mod report;
mod trial;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use campaign::{Files, Plan};
use report::Report;

/// Files of the short form.
const SHORT: usize = 2_400;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let flag = |name: &str| words.iter().any(|word| word == name);
    let value = |name: &str| {
        let mut rest = words
            .iter()
            .skip_while(|word| word.split('=').next() != Some(name));
        let word = rest.next()?;
        word.split_once('=')
            .map(|(_, value)| value)
            .or(rest.next().map(String::as_str))
    };
    let number = |name: &str| value(name).map(|text| text.parse::<u64>().unwrap());
    // What `cargo nextest` asks of a test that is its own harness.
    if flag("--list") {
        if !flag("--ignored") {
            println!("campaign: test");
        }
        return ExitCode::SUCCESS;
    }
    let short = number("--files").is_none() || flag("--short");
    let plan = Plan {
        files: number("--files").map_or(SHORT, |files| files as usize),
        short: short && !flag("--dump"),
        seed: number("--seed").unwrap_or(1),
        seconds: number("--seconds"),
    };
    if flag("--child") {
        let at = words.iter().position(|word| word == "--child").unwrap();
        let [from, step] = [1, 2].map(|i| words[at + i].parse().unwrap());
        campaign::child(plan, from, step);
        return ExitCode::SUCCESS;
    }
    if let Some(folder) = value("--dump") {
        let every = number("--every").unwrap_or(50) as usize;
        dump(&Files::new(plan), Path::new(folder), every);
        return ExitCode::SUCCESS;
    }
    let begun = Instant::now();
    let files = Files::new(plan);
    let mut report = Report::new(files.families.len());
    campaign::run(plan, &files, &mut |index, trial| {
        let name = || files.with(index, |case| case.name.clone());
        report.add(files.family(index), name, &trial);
    });
    if flag("--json") {
        println!("{}", report.json(&files.families, begun.elapsed()));
    } else {
        report.print(&files.families, begun.elapsed());
    }
    match report.clean() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Writes every so many files under their index, and a list of what they are.
fn dump(files: &Files, folder: &Path, every: usize) {
    std::fs::create_dir_all(folder).unwrap();
    let mut list = String::new();
    for index in (0..files.len()).step_by(every) {
        files.with(index, |case| {
            // A hole of gibibytes is no file for another disk.
            let content = (case.make)();
            if !case.heavy && content.length.is_none() {
                trial::write(&folder.join(format!("{index}.gguf")), &content);
                let family = &files.families[files.family(index)];
                list += &format!("{index}\t{}\t{}\t{}\n", family.rows, family.what, case.name);
            }
        });
    }
    std::fs::write(folder.join("list.tsv"), list).unwrap();
}
