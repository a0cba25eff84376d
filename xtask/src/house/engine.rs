//! The engine, by `clocher bench`, on the demonstration model and on a file of a Ministral 3 3B's
//! true shape.

use std::path::Path;

use serde_json::Value;

use crate::process::{root, run};
use crate::table::Table;

/// Load, first token, rates and memory of both models.
pub fn measure(table: &mut Table) {
    let small = root().join("models/SmolLM2-135M-Instruct.Q4_1.gguf");
    let figures = bench(&small, &["--prompt-tokens", "512", "--answer-tokens", "64"]);
    show(
        table,
        "SmolLM2 135M",
        &figures,
        [2.0, 5.0, 100.0, 25.0],
        &small,
    );
    let large = root().join("target/measure/ministral-3b.gguf");
    let written = run(
        &root(),
        "target/release/clocher",
        [
            "bench".as_ref(),
            "--synthesize".as_ref(),
            large.as_os_str(),
            "--prompt-tokens".as_ref(),
            "8".as_ref(),
            "--answer-tokens".as_ref(),
            "1".as_ref(),
        ],
    );
    table.row(
        "a synthetic Ministral 3 3B of true shape is written and runs",
        "ends well",
        &format!("{:.0} s", written.seconds),
        written.success,
    );
    let figures = bench(&large, &["--prompt-tokens", "128", "--answer-tokens", "16"]);
    show(
        table,
        "synthetic 3B",
        &figures,
        [10.0, 30.0, 5.0, 2.0],
        &large,
    );
}

fn bench(model: &Path, options: &[&str]) -> Value {
    let arguments = ["--json", "--model"]
        .iter()
        .map(AsRef::as_ref)
        .chain([model.as_os_str(), "bench".as_ref()])
        .chain(options.iter().map(AsRef::as_ref));
    let measured = run(&root(), "target/release/clocher", arguments);
    serde_json::from_str(&measured.stdout).unwrap_or_default()
}

fn show(
    table: &mut Table,
    name: &str,
    figures: &Value,
    [load, first, prefill, decode]: [f64; 4],
    model: &Path,
) {
    let figure = |key: &str| figures[key].as_f64();
    table.at_most(
        &format!("{name}: load to ready"),
        load,
        "s",
        figure("loadSeconds"),
    );
    let tokens = figures["promptTokens"].as_u64().unwrap_or_default();
    table.at_most(
        &format!("{name}: first token after {tokens}"),
        first,
        "s",
        figure("firstTokenSeconds"),
    );
    table.at_least(
        &format!("{name}: prefill"),
        prefill,
        "tokens/s",
        figure("prefillRate"),
    );
    table.at_least(
        &format!("{name}: decode"),
        decode,
        "tokens/s",
        figure("decodeRate"),
    );
    let file = std::fs::metadata(model).map_or(f64::NAN, |data| data.len() as f64);
    table.at_most(
        &format!("{name}: peak memory over the file's size"),
        2.5,
        "×",
        figure("peakBytes").map(|peak| peak / file),
    );
}
