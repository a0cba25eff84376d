//! Our side of `cargo measure exact`: JSON commands on standard input, one a line; an answer each.
//!
//! Every command says what to `do` and with which `model`, a path; the last one opened stays open.
//! Only the engine's public interface is used: what is measured is what callers get.
#![forbid(unsafe_code)]

mod logits;
mod render;
mod vision;

use std::error::Error;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use engine::{Model, TokenId};
use serde_json::{Value, json};

/// What a command gives.
type Answer = Result<Value, Box<dyn Error>>;

/// Never raised: a measure that must stop is killed.
static CANCEL: AtomicBool = AtomicBool::new(false);

fn main() -> Result<(), Box<dyn Error>> {
    let mut open = None;
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let answered = serde_json::from_str(&line?)
            .map_err(Into::into)
            .and_then(|command| answer(&command, &mut open));
        let answer = answered.unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

fn answer(command: &Value, open: &mut Option<(PathBuf, Arc<Model>)>) -> Answer {
    let path = Path::new(text(command, "model")?);
    let model = match open {
        Some((opened, model)) if opened == path => Arc::clone(model),
        _ => {
            let threads = std::thread::available_parallelism()?.get();
            let model = Model::open(path, threads, &mut |_| {}, &CANCEL)?;
            *open = Some((path.to_owned(), Arc::clone(&model)));
            model
        }
    };
    match text(command, "do")? {
        "info" => Ok(info(&model)),
        "tokenize" => tokenize(&model, command),
        "logits" => logits::logits(&model, command),
        "greedy" => logits::greedy(&model, command),
        "render" => render::render(&model, command),
        "surprise" => logits::surprise(&model, command),
        "grids" => vision::grids(&model, command),
        "look" => vision::look(&model, command),
        "see" => vision::see(&model, command),
        "time-a-look" => vision::time(command),
        other => Err(format!("no command {other}").into()),
    }
}

fn info(model: &Model) -> Value {
    let info = model.info();
    json!({
        "architecture": info.architecture,
        "quantisation": info.quantisation,
        "vocabulary": info.vocabulary,
        "context": info.context_length,
    })
}

fn tokenize(model: &Model, command: &Value) -> Answer {
    let texts = command["texts"].as_array().ok_or("no texts")?;
    let tokens: Vec<Vec<u32>> = texts
        .iter()
        .map(|text| model.tokenize(text.as_str().unwrap_or_default()))
        .map(|tokens| tokens.into_iter().map(|token| token.0).collect())
        .collect();
    Ok(json!({ "tokens": tokens }))
}

fn text<'a>(command: &'a Value, key: &str) -> Result<&'a str, String> {
    command[key].as_str().ok_or_else(|| format!("no {key}"))
}

/// The numbers of a command's list.
fn numbers(command: &Value, key: &str) -> Result<Vec<usize>, String> {
    let list = command[key].as_array();
    let numbers = list.and_then(|list| {
        list.iter()
            .map(|number| usize::try_from(number.as_u64()?).ok())
            .collect()
    });
    numbers.ok_or_else(|| format!("no {key}"))
}

/// The tokens of a command.
fn tokens(command: &Value) -> Result<Vec<TokenId>, String> {
    let numbers = numbers(command, "tokens")?;
    Ok(numbers.into_iter().map(|id| TokenId(id as u32)).collect())
}
