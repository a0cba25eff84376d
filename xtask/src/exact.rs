//! `exact`: what the engine computes, against those who know: `transformers`, llama.cpp,
//! `mistral-common`; and what it does with files that lie.
//!
//! Each part is a program that prints its rows, one JSON object a line (`{"target", "goal",
//! "figure", "met"}`); its other lines are shown as they are. A part that is not there, ends badly
//! or prints no row is a missed row.

mod hostile;
mod oracle;

use std::ffi::OsString;

use serde_json::Value;

use crate::process::{each_line, root, run};
use crate::table::Table;

/// How a part is run.
enum Part {
    /// A script of `crates/engine/tests/parity/`, by the oracle's environment.
    Script(&'static str),
    /// An example of a package.
    Example(&'static str, &'static str),
    /// A test of a package that prints its rows itself.
    Check(&'static str, &'static str),
    /// Tests of a module of the command line's: the assistant's own path, from end to end.
    Tests(&'static str, &'static str),
    /// The campaign of hostile files.
    Hostile,
}

use Part::{Check, Example, Hostile, Script, Tests};

/// The parts of the measure, in order.
const PARTS: [(&str, Part); 11] = [
    ("tokens", Script("tokens.py")),
    ("conversations", Script("conversations.py")),
    ("logits", Script("logits.py")),
    ("vision", Script("vision.py")),
    ("greedy", Script("greedy.py")),
    ("perplexity", Script("perplexity.py")),
    ("yardstick", Script("yardstick.py")),
    ("constrained", Example("engine", "constrained")),
    ("plan", Check("engine", "plan")),
    (
        "picture",
        Tests("pictures", "an image asked about, as the window does"),
    ),
    ("hostile", Hostile),
];

/// Measures everything, or the parts named. `None` when a name is no part's.
pub fn measure(chosen: &[&str]) -> Option<Table> {
    let known = |name: &&str| PARTS.iter().any(|(part, _)| part == name);
    if !chosen.iter().all(known) {
        return None;
    }
    let mut table = Table::open("exact");
    let wanted = |name: &str| chosen.is_empty() || chosen.contains(&name);
    let parts = || PARTS.iter().filter(|(name, _)| wanted(name));
    let python = match parts().any(|(_, part)| matches!(part, Script(_))) {
        true => oracle::ready(&mut table),
        false => None,
    };
    for (name, part) in parts() {
        let (program, arguments): (OsString, Vec<OsString>) = match part {
            Script(file) => match &python {
                Some(python) => (python.into(), vec![oracle::folder().join(file).into()]),
                None => {
                    table.row(name, "rows", "no environment to compare with", false);
                    continue;
                }
            },
            Tests(module, target) => {
                tests(&mut table, module, target);
                continue;
            }
            Hostile => {
                hostile::measure(&mut table);
                continue;
            }
            Example(package, name) => cargo(&["run", "--example", name], package),
            Check(package, name) => cargo(&["test", "--test", name], package),
        };
        rows(&mut table, name, program, arguments);
    }
    Some(table)
}

/// Cargo at work on a package.
fn cargo(words: &[&str], package: &str) -> (OsString, Vec<OsString>) {
    let common = ["--release", "--locked", "--quiet", "--package", package];
    let words = words.iter().copied().chain(common);
    ("cargo".into(), words.map(Into::into).collect())
}

/// Runs a part, and shows each row as it comes.
fn rows(table: &mut Table, name: &str, program: OsString, arguments: Vec<OsString>) {
    let mut count = 0;
    let ended = each_line(&root(), program, arguments, |line| {
        let row: Option<Value> = serde_json::from_str(line).ok();
        let row = row.filter(Value::is_object).unwrap_or_default();
        let word = |key: &str| row[key].as_str();
        match (
            word("target"),
            word("goal"),
            word("figure"),
            row["met"].as_bool(),
        ) {
            (Some(target), Some(goal), Some(figure), Some(met)) => {
                count += 1;
                table.row(target, goal, figure, met);
            }
            _ => println!("{line}"),
        }
    });
    if !ended.success || count == 0 {
        let last = ended
            .stderr
            .lines()
            .rev()
            .find(|line| !line.trim().is_empty());
        table.row(
            name,
            "ends well, with rows",
            last.unwrap_or("no row"),
            false,
        );
    }
}

/// Runs the tests of a module: a row, met when some ran and all passed.
fn tests(table: &mut Table, module: &str, target: &str) {
    let words = "test --release --locked --quiet --package clocher --test it";
    let ran = run(&root(), "cargo", words.split(' ').chain([module]));
    let said = ran
        .stdout
        .lines()
        .find(|line| line.starts_with("test result"));
    let passed = said
        .and_then(|line| {
            line.split_once(" passed")?
                .0
                .rsplit(' ')
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or(0_usize);
    let figure = format!("{passed} passed in {:.0} s", ran.seconds);
    table.row(
        target,
        "every test passes",
        &figure,
        ran.success && passed > 0,
    );
}

/// Builds an example; whether it was built.
fn build(package: &str, example: &str) -> bool {
    let words = [
        "build",
        "--release",
        "--locked",
        "--package",
        package,
        "--example",
        example,
    ];
    run(&root(), "cargo", words).success
}
