//! Files that lie: the campaign of `crates/engine/tests/hostile/`, its rows and its table of refusals.

use serde_json::Value;

use crate::process::{root, run};
use crate::table::Table;

/// Files, at least.
const FILES: &str = "20000";
/// What reading may allocate beyond the file's size.
const EXCESS: f64 = 64.0 * 1024.0 * 1024.0;

/// Runs the campaign.
pub fn measure(table: &mut Table) {
    let words = "test --release --locked --package engine --test hostile -- --json --files";
    let arguments = words.split(' ').chain([FILES]);
    let ran = run(&root(), "cargo", arguments);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap_or_default();
    if !found.is_object() {
        let last = ran.stderr.lines().last().unwrap_or_default();
        table.row("hostile files", FILES, last, false);
        return;
    }
    refusals(&found);
    let figure = |key: &str| found[key].as_f64();
    table.at_least(
        "hostile files",
        FILES.parse().unwrap_or(f64::INFINITY),
        "files",
        figure("files"),
    );
    for (target, key) in [
        ("hostile files: panics", "panics"),
        ("hostile files: aborts", "aborts"),
        ("hostile files: over 2 s", "hangs"),
        (
            "hostile files: refused or accepted against the rule",
            "unexpected",
        ),
    ] {
        table.at_most(target, 0.0, "files", figure(key));
    }
    table.at_most(
        "hostile files: allocated beyond the file's size",
        EXCESS,
        "bytes",
        figure("worst_excess_bytes"),
    );
    table.row(
        "hostile files: the campaign ends well",
        "ends well",
        &format!("{:.0} s", ran.seconds),
        ran.success,
    );
}

/// The table of refusals, a line a family.
fn refusals(found: &Value) {
    let families = found["families"].as_array();
    for family in families.into_iter().flatten() {
        let word = |key: &str| family[key].as_str().unwrap_or_default();
        let count = |key: &str| family[key].as_u64().unwrap_or_default();
        println!(
            "  {:<12} {:<60} {:>6} files {:>6} refused {:>6} accepted {:>3} wrong",
            word("rows"),
            word("what"),
            count("files"),
            count("refused"),
            count("accepted"),
            count("failures"),
        );
    }
}
