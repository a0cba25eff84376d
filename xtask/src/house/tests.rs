//! The end-to-end tests of the command line, a row each: answers, history, refusals.

use crate::process::{root, run};
use crate::table::Table;

/// Runs them and reads the runner's own lines.
pub fn measure(table: &mut Table) {
    let tests = run(
        &root(),
        "cargo",
        [
            "test",
            "--release",
            "--locked",
            "--package",
            "clocher",
            "--test",
            "it",
            "--",
            "--test-threads",
            "2",
        ],
    );
    let mut seen = 0;
    for line in tests.stdout.lines() {
        let Some((name, verdict)) = line
            .strip_prefix("test ")
            .and_then(|line| line.split_once(" ... "))
        else {
            continue;
        };
        seen += 1;
        let target = name.replace("::", ": ").replace('_', " ");
        table.row(&target, "ok", verdict, verdict == "ok");
    }
    table.row(
        "end-to-end tests of the command line",
        "all run",
        &format!("{seen}"),
        seen > 0 && tests.success,
    );
}
