//! The Windows programs under wine: the checks of `packaging/windows/test`, a row each.

use crate::process::{root, run};
use crate::table::Table;

/// Builds and runs them.
pub fn measure(table: &mut Table) {
    let checks = run(&root(), "packaging/windows/test", [""; 0]);
    let mut seen = 0;
    for line in checks.stdout.lines() {
        let (verdict, name) = line.split_once(' ').unwrap_or((line, ""));
        if !["ok", "FAILED"].contains(&verdict) {
            continue;
        }
        seen += 1;
        table.row(
            &format!("Windows, under wine: {}", name.trim()),
            "ok",
            verdict,
            verdict == "ok",
        );
    }
    table.row(
        "clocher.exe is built here and runs under wine",
        "all checks run",
        &format!("{seen}"),
        seen > 0 && checks.success,
    );
}
