//! The plan of memory, against what a process really takes: every model is loaded in a process of
//! its own, its context filled, and its peak compared; and every model in every free memory has a
//! plan that fits, or a refusal that says what would.
//!
//! Each row is printed as `cargo measure exact plan` reads it. `--fill FILE CONTEXT CACHE` is what
//! the processes run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test fails by panicking
#![allow(clippy::print_stdout)] // rows are printed

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use engine::plan::{LEAST_CONTEXT, Plan, choose};
use engine::synth::{self, Architecture, Mix, Shape};
use engine::{CacheKind, Decoding, Model, ModelInfo, Prompt, Reserve, Session, VisionInfo, memory};
use serde_json::json;

static NEVER: AtomicBool = AtomicBool::new(false);
/// How far the real memory may be from the plan.
const TOLERANCE: f64 = 0.10;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, file, context, cache] = &arguments[..]
        && flag == "--fill"
    {
        fill(Path::new(file), context.parse().unwrap(), kind(cache));
        return ExitCode::SUCCESS;
    }
    // What `cargo nextest` asks of a test that is its own harness.
    let flag = |name: &str| arguments.iter().any(|argument| argument == name);
    if flag("--list") {
        if !flag("--ignored") {
            println!("memory: test");
        }
        return ExitCode::SUCCESS;
    }
    let directory = tempfile::tempdir().unwrap();
    let met = [
        every_combination(directory.path()),
        real_memory(directory.path()),
    ];
    ExitCode::from(u8::from(met.contains(&false)))
}

/// Ministral 3 in Q4_K_M.
fn ministral(layers: u32, hidden: u32, feed_forward: u32, tied: bool) -> Shape {
    Shape {
        layers,
        hidden,
        feed_forward,
        tied,
        ..Shape::MINISTRAL_3B
    }
}

/// Every model in every free memory from 2 to 32 GB.
fn every_combination(directory: &Path) -> bool {
    let three = header(directory, &Shape::MINISTRAL_3B);
    let eight = header(directory, &ministral(34, 4096, 14_336, false));
    let fourteen = header(directory, &ministral(40, 5120, 16_384, false));
    let smollm = Model::inspect(&smollm()).unwrap();
    let models = [
        ("Ministral 3 3B", &three, None),
        ("Ministral 3 3B, seeing", &three, Some(sight())),
        ("Ministral 3 8B", &eight, None),
        ("Ministral 3 8B, seeing", &eight, Some(sight())),
        ("Ministral 3 14B", &fourteen, None),
        ("Ministral 3 14B, seeing", &fourteen, Some(sight())),
        ("SmolLM2 135M", &smollm, None),
    ];
    let (mut fitting, mut refused, mut wrong) = (0, 0, Vec::new());
    for (name, model, sight) in &models {
        let sight = sight.as_ref();
        let mut line = format!("  {name:<24}");
        for gigabytes in 2..=32 {
            let available = gigabytes * 1_000_000_000;
            let found = choose(model, sight, available);
            let right = match found {
                Ok(plan) => plan.bytes() <= available && plan.context >= LEAST_CONTEXT,
                // What it says would do, does.
                Err(refusal) => {
                    refusal.needed > available && choose(model, sight, refusal.needed).is_ok()
                }
            };
            match found {
                _ if !right => wrong.push(format!("{name} in {gigabytes} GB: {found:?}")),
                Ok(plan) => {
                    fitting += 1;
                    let cache = plan.cache.name();
                    line += &format!(" {gigabytes}:{}k-{cache}", plan.context / 1024);
                }
                Err(_) => {
                    refused += 1;
                    line += &format!(" {gigabytes}:no");
                }
            }
        }
        println!("{line}");
    }
    wrong.iter().for_each(|line| println!("{line}"));
    let figure = format!("{fitting} fit, {refused} refused, {} wrong", wrong.len());
    row(
        "plan: 3B, 8B, 14B, blind or seeing, and SmolLM2 in 2 to 32 GB",
        "fits, or says what would",
        &figure,
        wrong.is_empty() && fitting + refused == models.len() * 31,
    )
}

/// A Pixtral tower of half precision.
fn sight() -> VisionInfo {
    VisionInfo {
        model_hidden: 3072,
        cell_side: 28,
        longest_side: 1540,
        parameters: 420_000_000,
        file_bytes: 841_501_856,
        look_bytes: 150 << 20,
    }
}

/// What a file of a shape says.
fn header(directory: &Path, shape: &Shape) -> ModelInfo {
    let path = directory.join("header.gguf");
    synth::write_header(&path, shape).unwrap();
    let info = Model::inspect(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    info
}

/// A synthetic model of the true form, and the real one.
fn real_memory(directory: &Path) -> bool {
    let shape = Shape {
        layers: 12,
        hidden: 1024,
        feed_forward: 3072,
        heads: 16,
        vocabulary: 32_768,
        mix: Mix::Q4KM,
        ..Shape::MINISTRAL_3B
    };
    let synthetic = directory.join("synthetic.gguf");
    synth::write(&synthetic, &shape, 7, &mut |_| {}, &NEVER).unwrap();
    let small = Shape {
        vocabulary: 8192,
        context: 8192,
        ..Shape {
            architecture: Architecture::Llama,
            ..shape.clone()
        }
    };
    let llama = directory.join("llama.gguf");
    synth::write(&llama, &small, 7, &mut |_| {}, &NEVER).unwrap();
    let mut met = true;
    for (name, file, context, cache) in [
        ("synthetic mistral3", &synthetic, 2048, CacheKind::F16),
        ("synthetic mistral3", &synthetic, 2048, CacheKind::Q8),
        ("synthetic llama", &llama, 1024, CacheKind::F16),
        ("SmolLM2 135M", &smollm(), 2048, CacheKind::F16),
        ("SmolLM2 135M", &smollm(), 4096, CacheKind::Q8),
    ] {
        let info = Model::inspect(file).unwrap();
        let planned = Plan::of(&info, None, context, cache).bytes();
        let taken = taken(file, context, cache);
        let error = planned as f64 / taken as f64 - 1.0;
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let figure = format!(
            "{:+.1} % ({:.0} MiB of {:.0})",
            error * 100.0,
            mib(planned),
            mib(taken)
        );
        let target = format!("plan: {name}, {context} tokens in {}", cache.name());
        met &= row(
            &target,
            "real memory ± 10 %",
            &figure,
            error.abs() <= TOLERANCE,
        );
    }
    met
}

/// The peak of a process that loads a model and fills its context, less what it had before.
fn taken(file: &Path, context: u32, cache: CacheKind) -> u64 {
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program)
        .arg("--fill")
        .arg(file)
        .args([&context.to_string(), cache.name()])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    said.trim()
        .parse()
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

/// Loads a model, fills its context, and prints what that took.
fn fill(file: &Path, context: usize, cache: CacheKind) {
    let before = memory::peak_resident().unwrap();
    let threads = std::thread::available_parallelism().unwrap().get();
    let model = Model::open(file, threads, &mut |_| {}, &NEVER).unwrap();
    let words = model.tokenize("The council met on Tuesday to examine the budget. ");
    let tokens = words.into_iter().cycle().take(context - 2);
    let prompt = Prompt::from(tokens.collect::<Vec<_>>());
    let mut session = Session::new(Arc::clone(&model), Reserve { context, cache }).unwrap();
    let decoding = Decoding {
        max_tokens: 1,
        past_end: true,
        ..Decoding::default()
    };
    session
        .generate(&prompt, &decoding, &NEVER, &mut |_| {})
        .unwrap();
    println!("{}", memory::peak_resident().unwrap() - before);
}

fn kind(name: &str) -> CacheKind {
    let kinds = [CacheKind::F32, CacheKind::F16, CacheKind::Q8];
    kinds.into_iter().find(|kind| kind.name() == name).unwrap()
}

fn smollm() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/SmolLM2-135M-Instruct.Q4_1.gguf")
}

/// Prints a row of the measure; whether it is met.
fn row(target: &str, goal: &str, figure: &str, met: bool) -> bool {
    println!(
        "{}",
        json!({ "target": target, "goal": goal, "figure": figure, "met": met })
    );
    met
}
