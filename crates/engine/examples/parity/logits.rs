//! What the model computes: logits, greedy answers, surprise.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::Arc;

use engine::{CacheKind, Decoding, Model, Prompt, Reserve, Session};
use serde_json::{Value, json};

use crate::{Answer, CANCEL, numbers, text, tokens};

/// A session in which `prompt` and `more` tokens fit; the command may say how it keeps them.
fn session(
    model: &Arc<Model>,
    prompt: &Prompt,
    more: usize,
    command: &Value,
) -> Result<Session, Box<dyn Error>> {
    let reserve = Reserve {
        context: prompt.len() + more + 1,
        cache: match command["cache"].as_str() {
            None => CacheKind::default(),
            Some("f32") => CacheKind::F32,
            Some("f16") => CacheKind::F16,
            Some("q8") => CacheKind::Q8,
            Some(other) => return Err(format!("no cache {other}").into()),
        },
    };
    Ok(Session::new(Arc::clone(model), reserve)?)
}

/// Writes the logits that follow some positions to a file: `[positions, vocabulary]`, little-endian.
pub fn logits(model: &Arc<Model>, command: &Value) -> Answer {
    let prompt = Prompt::from(tokens(command)?);
    let wanted = match command.get("positions") {
        Some(_) => numbers(command, "positions")?,
        None => (0..prompt.len()).collect(),
    };
    let mut file = BufWriter::new(File::create(text(command, "out")?)?);
    let mut failed = None;
    let mut count = 0;
    session(model, &prompt, 0, command)?.each_logits(
        &prompt,
        &CANCEL,
        &mut |position, logits| {
            if wanted.contains(&position) && failed.is_none() {
                count += 1;
                let bytes: Vec<u8> = logits.iter().flat_map(|x| x.to_le_bytes()).collect();
                failed = file.write_all(&bytes).err();
            }
        },
    )?;
    match failed {
        Some(error) => Err(error.into()),
        None => {
            file.flush()?;
            Ok(json!({ "positions": count }))
        }
    }
}

/// The likeliest `n` tokens in turn, past the end of an answer too.
pub fn greedy(model: &Arc<Model>, command: &Value) -> Answer {
    let prompt = Prompt::from(tokens(command)?);
    let max_tokens = command["n"].as_u64().ok_or("no n")? as usize;
    let decoding = Decoding {
        max_tokens,
        past_end: true,
        ..Decoding::default()
    };
    let mut session = session(model, &prompt, max_tokens, command)?;
    let generation = session.generate(&prompt, &decoding, &CANCEL, &mut |_| {})?;
    let ids: Vec<u32> = generation.tokens.iter().map(|token| token.0).collect();
    Ok(json!({ "tokens": ids }))
}

/// `−ln p(token i + 1 | tokens 0..=i)`, for every position but the last.
pub fn surprise(model: &Arc<Model>, command: &Value) -> Answer {
    let tokens = tokens(command)?;
    let prompt = Prompt::from(tokens.clone());
    let mut nats = Vec::with_capacity(tokens.len());
    session(model, &prompt, 0, command)?.each_logits(
        &prompt,
        &CANCEL,
        &mut |position, logits| {
            if let Some(next) = tokens.get(position + 1) {
                let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let sum: f64 = logits.iter().map(|x| f64::from(x - top).exp()).sum();
                let logit = f64::from(logits[next.0 as usize] - top);
                nats.push(sum.ln() - logit);
            }
        },
    )?;
    Ok(json!({ "nats": nats }))
}
