//! Speed and memory on this machine, and the synthetic model of a Ministral's true size.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use engine::bench::Plan;
use engine::synth::{Architecture, Shape, VisionShape};
use serde::Serialize;

use crate::Paths;
use crate::model::{files, threads};
use crate::trouble::{Result, Trouble};

/// The same weights every time.
const SEED: u64 = 3;

/// What to measure.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    /// Tokens read.
    pub prompt_tokens: usize,
    /// Tokens written.
    pub answer_tokens: usize,
    /// Threads; every core when absent.
    pub threads: Option<usize>,
}

/// What was measured.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// The model's name.
    pub model: String,
    /// The numeric path taken on this processor.
    pub kernels: String,
    /// Threads used.
    pub threads: usize,
    /// From nothing to ready.
    pub load_seconds: f64,
    /// Tokens read.
    pub prompt_tokens: usize,
    /// From the question to the first token of the answer.
    pub first_token_seconds: f64,
    /// Tokens read a second.
    pub prefill_rate: f64,
    /// Tokens written.
    pub answer_tokens: usize,
    /// Tokens written a second.
    pub decode_rate: f64,
    /// Highest resident memory of the process, where the system tells it.
    pub peak_bytes: Option<u64>,
}

/// Measures a model: the one given, or the one the window would load.
///
/// # Errors
/// When there is no model or it cannot be run.
pub fn run(
    paths: &Paths,
    model: Option<&Path>,
    measure: &Measure,
    progress: &mut dyn FnMut(f32),
) -> Result<Figures> {
    let file = files::choose(paths, model)?;
    let plan = Plan {
        threads: measure.threads.unwrap_or_else(threads),
        prompt: measure.prompt_tokens,
        answer: measure.answer_tokens,
    };
    let measured = engine::bench::measure(&file, plan, progress, &AtomicBool::new(false))
        .map_err(|error| Trouble::of_model(&file, &error))?;
    Ok(Figures {
        model: measured.model.name,
        kernels: measured.level.name().to_owned(),
        threads: measured.threads,
        load_seconds: measured.load.as_secs_f64(),
        prompt_tokens: measured.prompt_tokens,
        first_token_seconds: measured.first_token.as_secs_f64(),
        prefill_rate: measured.prompt_rate,
        answer_tokens: measured.answer_tokens,
        decode_rate: measured.answer_rate,
        peak_bytes: measured.peak_resident,
    })
}

/// What to write a synthetic model of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// A Ministral 3 3B: its speed and memory are true.
    Ministral3B,
    /// Some megabytes that see, with their companion file beside them: everything runs.
    Tiny,
}

/// Writes a model whose weights are random: its text means nothing.
///
/// # Errors
/// When the file cannot be written.
pub fn synthesize(file: &Path, size: Size, progress: &mut dyn FnMut(f32)) -> Result<()> {
    let never = AtomicBool::new(false);
    let shape = match size {
        Size::Ministral3B => Shape::MINISTRAL_3B,
        Size::Tiny => Shape {
            context: 8192,
            ..Shape::tiny(Architecture::Mistral3)
        },
    };
    engine::synth::write(file, &shape, SEED, progress, &never)
        .map_err(|error| Trouble::of_model(file, &error))?;
    if size == Size::Tiny {
        let companion = file.with_file_name(format!("mmproj-{}", files::file_name(file)));
        let sight = VisionShape::tiny(shape.hidden);
        engine::synth::write_vision(&companion, &sight, SEED, progress, &never)
            .map_err(|error| Trouble::of_model(&companion, &error))?;
    }
    Ok(())
}
