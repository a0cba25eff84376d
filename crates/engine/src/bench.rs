//! Measurements, as data: load, time to first token, rates, memory. Printing is elsewhere.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use kernels::Level;

use crate::sampling::Decoding;
use crate::session::{Session, Step};
use crate::{EngineError, Model, ModelInfo, Prompt, memory};

/// What to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Threads that compute.
    pub threads: usize,
    /// Tokens of the prompt; at least one.
    pub prompt: usize,
    /// Tokens of the answer.
    pub answer: usize,
}

/// What was measured, once.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// The model.
    pub model: ModelInfo,
    /// The level of the processor.
    pub level: Level,
    /// Threads that computed.
    pub threads: usize,
    /// From the file to a model ready to compute, tokenizer included.
    pub load: Duration,
    /// Tokens of the prompt.
    pub prompt_tokens: usize,
    /// From an empty cache to the first token of the answer.
    pub first_token: Duration,
    /// Tokens of the prompt a second.
    pub prompt_rate: f64,
    /// Tokens of the answer.
    pub answer_tokens: usize,
    /// Tokens of the answer a second, the first excluded.
    pub answer_rate: f64,
    /// The most memory that the process held, mapped pages included, where the system tells.
    pub peak_resident: Option<u64>,
}

/// Loads the model at `path` and makes it read and answer. `progress` goes from 0 to 1.
pub fn measure(
    path: &Path,
    plan: Plan,
    progress: &mut dyn FnMut(f32),
    cancel: &AtomicBool,
) -> Result<Measurement, EngineError> {
    let begun = Instant::now();
    let model = Model::open(path, plan.threads, &mut |x| progress(x / 4.0), cancel)?;
    let load = begun.elapsed();

    let prompt = prompt(&model, plan.prompt.max(1));
    let mut session = Session::new(Arc::clone(&model), prompt.len() + plan.answer + 1)?;
    let decoding = Decoding {
        max_tokens: plan.answer,
        past_end: true,
        ..Decoding::default()
    };
    let generation = session.generate(&prompt, &decoding, cancel, &mut |step| {
        if let Step::Reading { done, total } = step {
            progress(0.25 + 0.5 * done as f32 / total as f32);
        }
    })?;
    if generation.stop == crate::Stop::Cancelled {
        return Err(EngineError::Cancelled);
    }
    progress(1.0);
    let rate = |tokens: usize, time: Duration| tokens as f64 / time.as_secs_f64().max(1e-9);
    Ok(Measurement {
        model: model.info().clone(),
        level: model.level(),
        threads: model.threads(),
        load,
        prompt_tokens: prompt.len(),
        first_token: generation.prompt_time,
        prompt_rate: rate(prompt.len(), generation.prompt_time),
        answer_tokens: generation.tokens.len(),
        answer_rate: rate(
            generation.tokens.len().saturating_sub(1),
            generation.decode_time,
        ),
        peak_resident: memory::peak_resident(),
    })
}

/// Exactly `count` tokens of plain text.
fn prompt(model: &Model, count: usize) -> Prompt {
    let sentence = "The council met on Tuesday to examine the budget of the school, the repair of \
                    the bridge and the date of the summer fair; every motion was carried. ";
    let tokens = model.tokenize(sentence);
    let cycle = tokens.into_iter().cycle().take(count);
    cycle.collect::<Vec<_>>().into()
}
