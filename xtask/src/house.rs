//! `house`: the whole house, standing.

mod clone;
mod documents;
mod engine;
mod tests;
mod window;
mod windows;

use crate::process::{root, run};
use crate::table::Table;

type Part = (&'static str, fn(&mut Table));

/// The parts of the measure, in order.
const PARTS: [Part; 7] = [
    ("clone", clone::measure),
    ("build", build),
    ("engine", engine::measure),
    ("documents", documents::measure),
    ("tests", tests::measure),
    ("window", window::measure),
    ("windows", windows::measure),
];

/// Measures everything, or the parts named; one that cannot be built is missed, not skipped.
/// `None` when a name is no part's.
pub fn measure(chosen: &[&str]) -> Option<Table> {
    if !chosen
        .iter()
        .all(|name| PARTS.iter().any(|(part, _)| part == name))
    {
        return None;
    }
    let mut table = Table::open("house");
    for (name, part) in PARTS {
        if chosen.is_empty() || chosen.contains(&name) {
            part(&mut table);
        }
    }
    Some(table)
}

/// The page first: the window's program holds it.
fn build(table: &mut Table) {
    let page = run(&root(), "./test", ["page"]);
    table.row(
        "the page builds",
        "ends well",
        &format!("{:.0} s", page.seconds),
        page.success,
    );
    let arguments = ["build", "--release", "--locked", "--workspace", "--bins"];
    let built = run(&root(), "cargo", arguments);
    table.row(
        "every program builds",
        "ends well",
        &format!("{:.0} s", built.seconds),
        built.success,
    );
}
