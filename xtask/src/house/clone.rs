//! A newcomer's first command, on a clean clone of what is committed.

use std::fs;

use crate::process::{root, run};
use crate::table::Table;

/// `./run --headless`, twice, in a clone.
pub fn measure(table: &mut Table) {
    let clone = root().join("target/measure/clone");
    // Absent the first time, which is as good as removed.
    let _ = fs::remove_dir_all(&clone);
    let cloned = run(
        &root(),
        "git",
        ["clone", "--quiet", ".", "target/measure/clone"],
    );
    let first = run(&clone, "./run", ["--headless"]);
    let answered = cloned.success && first.success && first.stdout.trim().len() > 20;
    table.row(
        "./run --headless on a clean clone, in one command",
        "a real answer",
        &format!(
            "{} in {:.0} s",
            if answered { "answered" } else { "none" },
            first.seconds
        ),
        answered,
    );
    if !answered {
        eprintln!("{}{}", cloned.stderr, last_lines(&first.stderr));
    }
    let second = run(&clone, "./run", ["--headless"]);
    table.at_most(
        "a second ./run --headless, answer included",
        20.0,
        "s",
        second.success.then_some(second.seconds),
    );
    let _ = fs::remove_dir_all(&clone);
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}
