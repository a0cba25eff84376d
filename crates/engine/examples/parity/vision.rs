//! Pictures: the grids of some sizes, the cells of a picture, the answer to a prompt that holds some.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use engine::gguf::Kind;
use engine::synth::{self, Shape, VisionShape};
use engine::{CacheKind, Decoding, Model, Part, Picture, Pixels, Reserve, Session, Turn, Vision};
use serde_json::{Value, json};

use crate::{Answer, CANCEL, text};

/// More cells than any picture has.
const ALL: usize = 10_000;

/// The columns and rows of pictures of some `sizes`.
pub fn grids(model: &Arc<Model>, command: &Value) -> Answer {
    let vision = open(model, command)?;
    let sizes = command["sizes"].as_array().ok_or("no sizes")?;
    let grid = |size: &Value| {
        let side = |at: usize| size[at].as_u64().unwrap_or(0) as usize;
        let grid = vision.grid(side(0), side(1), ALL)?;
        Ok([grid.columns, grid.rows])
    };
    let grids: Result<Vec<_>, engine::EngineError> = sizes.iter().map(grid).collect();
    Ok(json!({ "grids": grids? }))
}

/// Writes the cells of a picture to a file: `[cells, hidden]`, little-endian.
pub fn look(model: &Arc<Model>, command: &Value) -> Answer {
    let picture = seen(&open(model, command)?, &command["picture"])?;
    write(text(command, "out")?, picture.cells())?;
    Ok(json!({ "columns": picture.columns(), "rows": picture.rows() }))
}

/// Asks a question of texts and pictures: its tokens, the likeliest `n` tokens after them, and, in a
/// file, the logits after each of its own.
pub fn see(model: &Arc<Model>, command: &Value) -> Answer {
    let vision = open(model, command)?;
    let parts = command["parts"].as_array().ok_or("no parts")?;
    let pictures: Result<Vec<_>, _> = parts
        .iter()
        .map(|part| match part.get("picture") {
            Some(picture) => seen(&vision, picture).map(Some),
            None => Ok(None),
        })
        .collect();
    let pictures = pictures?;
    let parts: Vec<Part<'_>> = parts
        .iter()
        .zip(&pictures)
        .map(|(part, picture)| match picture {
            Some(picture) => Part::Picture(picture),
            None => Part::Text(part["text"].as_str().unwrap_or_default()),
        })
        .collect();
    let prompt = model.render(&[], &[Turn::User(&parts)])?;
    let decoding = Decoding {
        max_tokens: command["n"].as_u64().ok_or("no n")? as usize,
        past_end: true,
        ..Decoding::default()
    };
    let reserve = Reserve {
        context: prompt.len() + decoding.max_tokens + 1,
        cache: CacheKind::F32,
    };
    let mut session = Session::new(Arc::clone(model), reserve)?;
    let mut logits = Vec::new();
    session.each_logits(&prompt, &CANCEL, &mut |_, row| {
        logits.extend_from_slice(row)
    })?;
    write(text(command, "out")?, &logits)?;
    let generation = session.generate(&prompt, &decoding, &CANCEL, &mut |_| {})?;
    let ids = |tokens: &[engine::TokenId]| tokens.iter().map(|token| token.0).collect::<Vec<_>>();
    Ok(json!({ "tokens": ids(prompt.tokens()), "answer": ids(&generation.tokens) }))
}

/// How long a picture of at most so many `cells` takes by a tower of Pixtral's true shape, for states
/// as wide as Ministral 3 3B's. Both files are written for it in `folder`, and removed.
pub fn time(command: &Value) -> Answer {
    let folder = Path::new(text(command, "folder")?);
    let [model, companion] = ["model", "mmproj"].map(|name| folder.join(format!("{name}.gguf")));
    let most = command["cells"].as_u64().ok_or("no cells")? as usize;
    let measured = timed(&model, &companion, most);
    for file in [model, companion] {
        std::fs::remove_file(file)?;
    }
    measured
}

fn timed(model: &Path, companion: &Path, most: usize) -> Answer {
    let reader = Shape {
        layers: 1,
        feed_forward: 1024,
        vocabulary: 512,
        controls: 64,
        context: 1024,
        ..Shape::MINISTRAL_3B
    };
    let tower = VisionShape {
        kind: Kind::Q8_0,
        ..VisionShape::pixtral(reader.hidden)
    };
    synth::write(model, &reader, 1, &mut |_| {}, &CANCEL)?;
    synth::write_vision(companion, &tower, 1, &mut |_| {}, &CANCEL)?;
    let threads = std::thread::available_parallelism()?.get();
    let model = Model::open(model, threads, &mut |_| {}, &CANCEL)?;
    let vision = Vision::open(companion, &model)?;
    let (width, height) = (2000, 2000);
    let rgb = (0..width * height * 3).map(|i: usize| (i * i % 251) as u8);
    let pixels = Pixels::new(width, height, rgb.collect())?;
    let grid = vision.grid(width, height, most)?;
    let begun = Instant::now();
    vision.encode(&pixels, grid, &mut |_| {}, &CANCEL)?;
    let seconds = begun.elapsed().as_secs_f64();
    Ok(json!({ "cells": grid.cells(), "threads": threads, "seconds": seconds }))
}

fn open(model: &Arc<Model>, command: &Value) -> Result<Vision, Box<dyn std::error::Error>> {
    Ok(Vision::open(Path::new(text(command, "mmproj")?), model)?)
}

/// The cells of a picture whose bytes are in a file.
fn seen(vision: &Vision, command: &Value) -> Result<Arc<Picture>, Box<dyn std::error::Error>> {
    let side = |key: &str| command[key].as_u64().ok_or(format!("no {key}"));
    let (width, height) = (side("width")? as usize, side("height")? as usize);
    let pixels = Pixels::new(width, height, std::fs::read(text(command, "rgb")?)?)?;
    let grid = vision.grid(width, height, ALL)?;
    Ok(vision.encode(&pixels, grid, &mut |_| {}, &CANCEL)?)
}

fn write(path: &str, floats: &[f32]) -> std::io::Result<()> {
    let bytes: Vec<u8> = floats.iter().flat_map(|x| x.to_le_bytes()).collect();
    std::fs::write(path, bytes)
}
