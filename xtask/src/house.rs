//! `house`: the whole house, standing.

mod clone;
mod documents;
mod engine;
mod tests;
mod window;
mod windows;

use crate::process::{root, run};
use crate::table::Table;

/// Measures everything; a part that cannot be built is missed, not skipped.
pub fn measure() -> Table {
    let mut table = Table::open("house");
    clone::measure(&mut table);
    let built = run(
        &root(),
        "cargo",
        ["build", "--release", "--locked", "--workspace", "--bins"],
    );
    table.row(
        "every program builds",
        "ends well",
        &format!("{:.0} s", built.seconds),
        built.success,
    );
    engine::measure(&mut table);
    documents::measure(&mut table);
    tests::measure(&mut table);
    window::measure(&mut table);
    windows::measure(&mut table);
    table
}
