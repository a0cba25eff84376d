//! Rows of `cargo measure exact constrained`: answers under a form, and what following it costs.
//! Run from the root, with the demonstration model in `models/`.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use engine::{Decoding, Model, Part, Sampling, Session, Stop, Turn};
use serde_json::{Value, json};

const MODEL: &str = "models/SmolLM2-135M-Instruct.Q4_1.gguf";
const SEEDS: u64 = 20;
/// A question a line.
const QUESTIONS: &str = include_str!("constrained.txt");

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "service": {"type": "string", "enum": ["civil", "urbanisme", "cantine", "finances"]},
            "urgent": {"type": "boolean"},
            "montant": {"type": "integer", "minimum": 0, "maximum": 99999},
            "mots": {"type": "array", "items": {"type": "string", "maxLength": 20}, "maxItems": 3}
        },
        "required": ["service", "urgent", "montant", "mots"],
        "additionalProperties": false
    })
}

/// Whether a text is what the schema says; written apart from what follows it.
fn valid(text: &str, schema: &Value) -> bool {
    let Ok(Value::Object(fields)) = serde_json::from_str(text) else {
        return false;
    };
    let services = schema["properties"]["service"]["enum"].as_array();
    let word = |value: &Value| {
        value
            .as_str()
            .is_some_and(|text| text.chars().count() <= 20)
    };
    fields.len() == 4
        && services.is_some_and(|all| fields.get("service").is_some_and(|one| all.contains(one)))
        && fields.get("urgent").is_some_and(Value::is_boolean)
        && fields
            .get("montant")
            .and_then(Value::as_u64)
            .is_some_and(|n| n <= 99_999)
        && fields
            .get("mots")
            .and_then(Value::as_array)
            .is_some_and(|words| words.len() <= 3 && words.iter().all(word))
}

/// By lot among all tokens, the wilder the higher the seed.
fn drawn(seed: u64) -> Sampling {
    Sampling::Sampled {
        temperature: 0.2 * seed as f32,
        top_k: 0,
        top_p: 1.0,
        min_p: 0.0,
        seed,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let never = AtomicBool::new(false);
    let model = Model::open(Path::new(MODEL), 2, &mut |_| (), &never)?;
    let begun = Instant::now();
    let schema = schema();
    let grammar = model.schema(&schema.to_string())?;
    let compiled = begun.elapsed();
    let mut session = Session::new(Arc::clone(&model), 1024)?;
    let (mut answers, mut whole) = (0, 0);
    let (mut with, mut tokens) = (Duration::ZERO, 0);
    for question in QUESTIONS.lines() {
        let parts = [Part::Text(question)];
        let prompt = model.render(&[], &[Turn::User(&parts)])?;
        for seed in 0..SEEDS {
            let decoding = Decoding {
                sampling: drawn(seed),
                max_tokens: 200,
                grammar: Some(Arc::clone(&grammar)),
                ..Decoding::default()
            };
            let mut text = String::new();
            let made = session.generate(&prompt, &decoding, &never, &mut |step| {
                if let engine::Step::Text(more) = step {
                    text.push_str(more);
                }
            })?;
            answers += 1;
            whole += usize::from(made.stop == Stop::EndOfTurn && valid(&text, &schema));
            with += made.decode_time;
            tokens += made.tokens.len();
        }
    }
    let parts = [Part::Text(QUESTIONS.lines().last().unwrap_or_default())];
    let prompt = model.render(&[], &[Turn::User(&parts)])?;
    let free = Decoding {
        sampling: drawn(10),
        max_tokens: 300,
        past_end: true,
        ..Decoding::default()
    };
    let made = session.generate(&prompt, &free, &never, &mut |_| ())?;
    let each = |time: Duration, tokens: usize| time.as_secs_f64() * 1e3 / tokens.max(1) as f64;
    let cost = each(with, tokens) - each(made.decode_time, made.tokens.len());
    let row = |target: &str, goal: &str, figure: String, met: bool| {
        println!(
            "{}",
            json!({"target": target, "goal": goal, "figure": figure, "met": met})
        );
    };
    row(
        "answers under a schema, temperatures 0 to 3.8: valid",
        "all",
        format!("{whole} of {answers}"),
        whole == answers,
    );
    row(
        "following a schema, a token",
        "≤ 5 ms",
        format!("{cost:.2} ms"),
        cost <= 5.0,
    );
    let compiled = compiled.as_secs_f64() * 1e3;
    row(
        "the first schema of a model, its vocabulary included",
        "≤ 1000 ms",
        format!("{compiled:.0} ms"),
        compiled <= 1000.0,
    );
    Ok(())
}
