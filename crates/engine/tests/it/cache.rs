//! The forms of the cache: each is the same whatever the batch and the threads, and costs what it
//! says in exactness.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use engine::synth::{Architecture, Shape};
use engine::{CacheKind, Decoding, EngineError, Model, Prompt, Reserve, Session};

use crate::{answer, greedy, open, synthetic};

const KINDS: [CacheKind; 3] = [CacheKind::F32, CacheKind::F16, CacheKind::Q8];

fn reserve(context: usize, cache: CacheKind) -> Reserve {
    Reserve { context, cache }
}

/// The logits after each position of `prompt`.
fn logits(model: &Arc<Model>, cache: CacheKind, prompt: &Prompt) -> Vec<Vec<f32>> {
    let mut session = Session::new(Arc::clone(model), reserve(prompt.len() + 1, cache)).unwrap();
    let mut rows = Vec::new();
    let never = AtomicBool::new(false);
    let keep = &mut |_, logits: &[f32]| rows.push(logits.to_vec());
    session.each_logits(prompt, &never, keep).unwrap();
    rows
}

/// The likeliest; the lowest id among equals, as the sampler has it.
fn best(logits: &[f32]) -> usize {
    let ranked = logits.iter().enumerate().rev();
    ranked.max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0
}

#[test]
fn each_form_ignores_batch_and_threads() {
    let (_directory, path) = synthetic(&Shape::tiny(Architecture::Mistral3));
    let (alone, together) = (open(&path, 1).unwrap(), open(&path, 3).unwrap());
    let text = "the council met on tuesday to examine the budget ".repeat(6);
    let prompt = alone.tokenize(&text);
    let decoding = Decoding {
        past_end: true,
        ..greedy(20)
    };
    for kind in KINDS {
        let mut session = Session::new(Arc::clone(&alone), reserve(1024, kind)).unwrap();
        let (said, _) = answer(&mut session, &prompt, &decoding);
        assert_eq!(said.tokens.len(), 20);
        let whole = Prompt::from([prompt.clone(), said.tokens.clone()].concat());
        let read = logits(&alone, kind, &whole);
        assert!(read == logits(&together, kind, &whole), "{kind:?}: threads");
        // Read in one go, the answer is what was drawn token after token.
        for (rows, token) in read[prompt.len() - 1..].iter().zip(&said.tokens) {
            assert_eq!(best(rows), token.0 as usize, "{kind:?}: batch");
        }
    }
}

#[test]
fn heads_that_are_not_whole_blocks_have_no_q8() {
    let shape = Shape {
        heads: 32,
        head_width: 40,
        ..Shape::tiny(Architecture::Llama)
    };
    let (_directory, path) = synthetic(&shape);
    let model = open(&path, 1).unwrap();
    let refused = Session::new(Arc::clone(&model), reserve(64, CacheKind::Q8));
    assert!(matches!(
        refused.map(|_| ()),
        Err(EngineError::UnsupportedCache { width: 40, .. })
    ));
    Session::new(model, reserve(64, CacheKind::F16)).unwrap();
}

/// Mean over positions of `Σ p · ln(p / q)`, and how often the best token is the same.
fn divergence(reference: &[Vec<f32>], other: &[Vec<f32>]) -> (f64, f64) {
    let softmax = |logits: &[f32]| {
        let top = logits.iter().copied().fold(f32::MIN, f32::max);
        let exps: Vec<f64> = logits.iter().map(|x| f64::from(x - top).exp()).collect();
        let sum: f64 = exps.iter().sum();
        exps.into_iter().map(move |x| x / sum).collect::<Vec<_>>()
    };
    let pairs = reference.iter().zip(other);
    let (mut divergence, mut same) = (0.0, 0.0);
    for (a, b) in pairs {
        let (p, q) = (softmax(a), softmax(b));
        let terms = p.iter().zip(&q).filter(|(p, _)| **p > 0.0);
        divergence += terms
            .map(|(p, q)| p * (p / q.max(f64::MIN_POSITIVE)).ln())
            .sum::<f64>();
        same += f64::from(u8::from(best(a) == best(b)));
    }
    let count = reference.len() as f64;
    (divergence / count, same / count)
}

#[test]
fn smaller_forms_stay_close_to_the_exact_one() {
    let file = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../models/SmolLM2-135M-Instruct.Q4_1.gguf"
    ));
    let model = open(file, 2).unwrap();
    let text = "The municipal council met on Tuesday evening to examine the budget of the school, \
        the repair of the old bridge over the river and the date of the summer fair. The mayor \
        reminded everyone that the grant of 24,000 euros must be asked for before the end of March. ";
    let mut tokens = model.tokenize(&text.repeat(4));
    tokens.truncate(220);
    let prompt = Prompt::from(tokens);
    let exact = logits(&model, CacheKind::F32, &prompt);
    for (kind, most, least) in [(CacheKind::F16, 1e-2, 0.95), (CacheKind::Q8, 2e-2, 0.95)] {
        let (divergence, same) = divergence(&exact, &logits(&model, kind, &prompt));
        println!("{kind:?}: mean divergence {divergence:.2e}, same best token {same:.3}");
        assert!(divergence < most && same >= least);
    }
    let floats = model.info().cache_floats_per_token;
    let ratio = CacheKind::Q8.bytes(floats) as f64 / CacheKind::F16.bytes(floats) as f64;
    assert!((ratio - 0.531).abs() < 0.001);
}
