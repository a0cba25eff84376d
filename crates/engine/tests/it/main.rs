//! The engine from outside, by its public API.
//!
//! - `smollm`: the real model talks.
//! - `ministral`: the true graph and form of Ministral 3, on a tiny synthetic file.
//! - `cache`: each form of the keys and values.
//! - `conversations`: turns, tools and pictures in the model's own form.
//! - `gemma`: the graph of Gemma 3, tiny and real.
//! - `reference`: logits as `transformers` gives them.
//! - `every_kind`: every tensor type computes.
//! - `vision`, `seen`: pictures become cells, and those of the reference.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test fails by panicking

mod cache;
mod conversations;
mod every_kind;
mod gemma;
mod grammar;
mod ministral;
mod reference;
mod seen;
mod smollm;
mod vision;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use engine::synth::{self, Shape};
use engine::{Decoding, EngineError, Generation, Model, Prompt, Session, Step, TokenId};

/// Opens a model without caring for progress or cancellation.
fn open(path: &Path, threads: usize) -> Result<Arc<Model>, EngineError> {
    Model::open(path, threads, &mut |_| {}, &AtomicBool::new(false))
}

/// A synthetic model in a directory that lives as long as it is held.
fn synthetic(shape: &Shape) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("synthetic.gguf");
    synth::write(&path, shape, 7, &mut |_| {}, &AtomicBool::new(false)).unwrap();
    (directory, path)
}

/// An answer and its text.
fn answer(session: &mut Session, prompt: &[TokenId], decoding: &Decoding) -> (Generation, String) {
    answer_to(session, &prompt.to_vec().into(), decoding)
}

/// [`answer`] to a prompt that may hold pictures.
fn answer_to(session: &mut Session, prompt: &Prompt, decoding: &Decoding) -> (Generation, String) {
    let mut text = String::new();
    let cancel = AtomicBool::new(false);
    let generation = session
        .generate(prompt, decoding, &cancel, &mut |step| {
            if let Step::Text(part) = step {
                text.push_str(part);
            }
        })
        .unwrap();
    (generation, text)
}

/// Greedy, at most so many tokens.
fn greedy(max_tokens: usize) -> Decoding {
    Decoding {
        max_tokens,
        ..Decoding::default()
    }
}

/// Long texts of any kind, each tokenised at once.
fn tokenises_in_good_time(model: &Model) {
    let texts = [
        " ".repeat(1_000_000),
        "a".repeat(1_000_000),
        "é\n".repeat(300_000),
        "1 = 2 + 3; ".repeat(90_000),
        "\u{1F600}\u{200D}".repeat(100_000),
    ];
    let begun = Instant::now();
    for text in texts {
        assert!(!model.tokenize(&text).is_empty());
    }
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}
