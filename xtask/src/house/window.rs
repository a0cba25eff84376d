//! The real window: the story of `tests/desktop`, a row a step.

use serde_json::Value;

use crate::process::{root, run};
use crate::table::Table;

/// Runs the story and reads what it left.
pub fn measure(table: &mut Table) {
    // Of an earlier run, if any.
    let results = root().join("artefacts/desktop/results.json");
    let _ = std::fs::remove_file(&results);
    let story = run(&root(), "tests/desktop/run", [""; 0]);
    let steps: Vec<Value> = std::fs::read_to_string(&results)
        .ok()
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    for step in &steps {
        let met = step["passed"] == true;
        let figure = match &step["figure"] {
            Value::Null => String::from(if met { "seen" } else { "not seen" }),
            figure => figure.to_string(),
        };
        table.row(
            step["name"].as_str().unwrap_or_default(),
            "seen",
            &figure,
            met,
        );
    }
    table.row(
        "the window's story",
        "all seen",
        &format!("{} steps, {:.0} s", steps.len(), story.seconds),
        story.success && !steps.is_empty(),
    );
}
