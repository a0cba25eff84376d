//! The graph: tokens through every layer, for every architecture. What is in brackets is there where
//! [`crate::graph::Graph`] says so.
//!
//! ```text
//! x = embedding[token] [· √hidden]
//! for each layer: h = norm(x); q, k, v = W h; [norm q, k by heads;] rotate q, k; scale q
//!                 x += [norm] Wo · attention(q, k, v) [of a window]
//!                 h = norm(x); x += [norm] Wdown · (f(Wgate h) · Wup h), f = silu or gelu
//! logits = Woutput · norm(x), where they are asked
//! ```

use std::ops::Range;
use std::sync::atomic::Ordering;

use crate::EngineError;
use crate::cache::Cache;
use crate::config::Config;
use crate::linear::{Input, Means};
use crate::prompt::Prompt;
use crate::rotary::Rotaries;
use crate::weights::{Layer, Weights};

/// Tokens that go through the layers together.
pub(crate) const CHUNK: usize = 64;
/// Tokens that one piece of attention serves.
const TILE: usize = 8;

/// The buffers of a pass, allocated once a session.
pub(crate) struct Scratch {
    state: Vec<f32>,
    normed: Vec<f32>,
    queries: Vec<f32>,
    keys: Vec<f32>,
    values: Vec<f32>,
    attended: Vec<f32>,
    gate: Vec<f32>,
    up: Vec<f32>,
    /// What a block adds to the state.
    delta: Vec<f32>,
    /// One a piece of attention.
    pieces: Vec<Vec<f32>>,
    /// `[tokens of the vocabulary]`, of the position last asked.
    pub(crate) logits: Vec<f32>,
}

impl Scratch {
    pub(crate) fn new(config: &Config, tokens: usize) -> Self {
        let rows = |width: usize| vec![0.0; CHUNK * width];
        Self {
            state: rows(config.hidden),
            normed: rows(config.hidden),
            queries: rows(config.heads * config.head_width),
            keys: rows(config.kv_heads * config.head_width),
            values: rows(config.kv_heads * config.head_width),
            attended: rows(config.heads * config.head_width),
            gate: rows(config.feed_forward),
            up: rows(config.feed_forward),
            delta: rows(config.hidden),
            pieces: vec![Vec::new(); config.kv_heads * CHUNK.div_ceil(TILE)],
            logits: vec![0.0; tokens],
        }
    }

    /// Bytes of all of them, with what a product makes of its inputs and outputs while it runs.
    pub(crate) fn bytes(config: &Config, tokens: usize) -> u64 {
        let (queries, keys) = (
            config.heads * config.head_width,
            config.kv_heads * config.head_width,
        );
        let ffn = config.feed_forward;
        let rows = 3 * config.hidden + 2 * (queries + keys + ffn);
        let product = 2 * ffn.max(config.hidden).max(queries);
        let floats = CHUNK * (rows + product) + tokens;
        (floats * size_of::<f32>()) as u64
    }
}

/// A pass through the model.
pub(crate) struct Pass<'a> {
    pub(crate) config: &'a Config,
    pub(crate) weights: &'a Weights,
    pub(crate) rotary: &'a Rotaries,
    pub(crate) means: Means<'a>,
}

impl Pass<'_> {
    /// Reads at most [`CHUNK`] positions of `prompt`, which follow those of the cache. On
    /// [`EngineError::Cancelled`] the cache is as before.
    pub(crate) fn run(
        &self,
        prompt: &Prompt,
        range: Range<usize>,
        cache: &mut Cache,
        scratch: &mut Scratch,
    ) -> Result<(), EngineError> {
        let outcome = self.layers(prompt, range.clone(), cache, scratch);
        if outcome.is_err() {
            cache.truncate(cache.length());
            return outcome;
        }
        cache.commit(range.len());
        Ok(())
    }

    /// The logits after the position `index` of the last run, into [`Scratch::logits`]. Once a
    /// position: its state is normed in place.
    pub(crate) fn logits(&self, index: usize, scratch: &mut Scratch) -> Result<(), EngineError> {
        let hidden = self.config.hidden;
        let state = &mut scratch.state[index * hidden..][..hidden];
        let (kernels, epsilon) = (self.means.kernels, self.config.epsilon);
        kernels.rms_norm(state, &self.weights.output_norm, epsilon);
        self.weights
            .output
            .apply(self.means, &Input::new(state), &mut scratch.logits);
        self.finite(&scratch.logits)
    }

    fn layers(
        &self,
        prompt: &Prompt,
        range: Range<usize>,
        cache: &mut Cache,
        scratch: &mut Scratch,
    ) -> Result<(), EngineError> {
        let hidden = self.config.hidden;
        let tokens = range.len();
        let size = tokens * hidden;
        for (position, state) in range.zip(scratch.state.chunks_mut(hidden)) {
            match prompt.cell(position) {
                Some(cell) => state.copy_from_slice(cell),
                None => {
                    let token = prompt.tokens[position].0 as usize;
                    self.weights.embedding.row(self.means.mapping, token, state);
                    let scale = self.config.embedding_scale;
                    state.iter_mut().for_each(|x| *x *= scale);
                }
            }
        }
        for (index, layer) in self.weights.layers.iter().enumerate() {
            self.attention(index, layer, tokens, cache, scratch)?;
            add(&mut scratch.state[..size], &scratch.delta[..size]);
            self.finite(&scratch.state[..size])?;
            self.feed_forward(layer, tokens, scratch)?;
            add(&mut scratch.state[..size], &scratch.delta[..size]);
            self.finite(&scratch.state[..size])?;
        }
        Ok(())
    }

    /// Refuses what was computed if it was cancelled, or holds what is no finite number. Each
    /// operation's result is looked at: one that follows may make an ordinary number of it, as the
    /// quantisation of activations and the bounds of an exponential do.
    fn finite(&self, values: &[f32]) -> Result<(), EngineError> {
        const INFINITE: u32 = f32::INFINITY.to_bits();
        let magnitudes = values.iter().map(|x| x.to_bits() & !(1 << 31));
        match self.means.cancel.load(Ordering::Relaxed) {
            true => Err(EngineError::Cancelled),
            false if magnitudes.fold(0, u32::max) >= INFINITE => Err(EngineError::NotFinite),
            false => Ok(()),
        }
    }

    /// `rows ← norm(rows) · weight`, by rows as long as `weight`.
    fn norm(&self, weight: &[f32], rows: &mut [f32]) {
        let (kernels, epsilon) = (self.means.kernels, self.config.epsilon);
        for row in rows.chunks_mut(weight.len()) {
            kernels.rms_norm(row, weight, epsilon);
        }
    }

    fn attention(
        &self,
        index: usize,
        layer: &Layer,
        tokens: usize,
        cache: &mut Cache,
        scratch: &mut Scratch,
    ) -> Result<(), EngineError> {
        let config = self.config;
        let kernels = self.means.kernels;
        let width = config.head_width;
        let (query_row, key_row) = (config.heads * width, config.kv_heads * width);
        let state = &scratch.state[..tokens * config.hidden];
        let normed = &mut scratch.normed[..tokens * config.hidden];
        let queries = &mut scratch.queries[..tokens * query_row];
        let keys = &mut scratch.keys[..tokens * key_row];
        let values = &mut scratch.values[..tokens * key_row];
        let attended = &mut scratch.attended[..tokens * query_row];

        normed.copy_from_slice(state);
        self.norm(&layer.attention_norm, normed);
        let input = Input::new(normed);
        layer.query.apply(self.means, &input, queries);
        layer.key.apply(self.means, &input, keys);
        layer.value.apply(self.means, &input, values);
        for product in [&*queries, keys, values] {
            self.finite(product)?;
        }
        if let Some((query_norm, key_norm)) = &layer.head_norms {
            self.norm(query_norm, queries);
            self.norm(key_norm, keys);
        }

        let start = cache.length();
        let local = config.local(index);
        let window = local.map_or(usize::MAX, |local| local.window);
        let rows = queries.chunks_mut(query_row).zip(keys.chunks_mut(key_row));
        for (position, (query, key)) in (start..).zip(rows) {
            let angles = self.rotary.at(local, position);
            for row in [&mut *query, key] {
                config.graph.pairs.rotate(kernels, row, width, angles);
            }
            let scale = config.query_scale.map_or(1.0, |scale| scale.at(position));
            let scale = scale / config.score_divisor;
            query.iter_mut().for_each(|x| *x *= scale);
        }
        cache.append(kernels, index, keys, values);

        let group = query_row / config.kv_heads;
        let mut pieces = Vec::with_capacity(scratch.pieces.len());
        let mut buffers = scratch.pieces.iter_mut();
        let tiles = queries
            .chunks(TILE * query_row)
            .zip(attended.chunks_mut(TILE * query_row));
        for (tile, (queries, attended)) in tiles.enumerate() {
            let mut outputs: Vec<Vec<&mut [f32]>> = Vec::new();
            outputs.resize_with(config.kv_heads, Vec::new);
            for row in attended.chunks_mut(query_row) {
                for (output, head) in outputs.iter_mut().zip(row.chunks_mut(group)) {
                    output.push(head);
                }
            }
            for (h, ((head, outputs), buffer)) in cache
                .layer(index)
                .zip(outputs)
                .zip(&mut buffers)
                .enumerate()
            {
                let rows = queries
                    .chunks(query_row)
                    .map(|row| &row[h * group..(h + 1) * group]);
                pieces.push((
                    head,
                    start + tile * TILE + 1,
                    rows.collect(),
                    outputs,
                    buffer,
                ));
            }
        }
        self.means.pool.each(
            pieces,
            |(head, visible, queries, mut outputs, buffer): (_, _, Vec<&[f32]>, _, _)| {
                if !self.means.cancel.load(Ordering::Relaxed) {
                    kernels.attend(head, visible, window, &queries, &mut outputs, buffer);
                }
            },
        );
        self.finite(attended)?;
        let delta = &mut scratch.delta[..tokens * config.hidden];
        let input = Input::new(attended);
        layer.attention_output.apply(self.means, &input, delta);
        if let Some(norm) = &layer.attention_sum_norm {
            self.finite(delta)?;
            self.norm(norm, delta);
        }
        Ok(())
    }

    fn feed_forward(
        &self,
        layer: &Layer,
        tokens: usize,
        scratch: &mut Scratch,
    ) -> Result<(), EngineError> {
        let width = self.config.feed_forward;
        let state = &scratch.state[..tokens * self.config.hidden];
        let normed = &mut scratch.normed[..tokens * self.config.hidden];
        let gate = &mut scratch.gate[..tokens * width];
        let up = &mut scratch.up[..tokens * width];
        let delta = &mut scratch.delta[..tokens * self.config.hidden];
        normed.copy_from_slice(state);
        self.norm(&layer.feed_forward_norm, normed);
        let input = Input::new(normed);
        layer.gate.apply(self.means, &input, gate);
        layer.up.apply(self.means, &input, up);
        self.finite(gate)?;
        let rows: Vec<_> = gate.chunks_mut(width).zip(up.chunks(width)).collect();
        let (kernels, activation) = (self.means.kernels, self.config.graph.activation);
        self.means
            .pool
            .each(rows, |(gate, up)| activation.gate(kernels, gate, up));
        self.finite(gate)?;
        layer.down.apply(self.means, &Input::new(gate), delta);
        if let Some(norm) = &layer.feed_forward_sum_norm {
            self.finite(delta)?;
            self.norm(norm, delta);
        }
        Ok(())
    }
}

/// `state ← state + delta`
fn add(state: &mut [f32], delta: &[f32]) {
    for (x, d) in state.iter_mut().zip(delta) {
        *x += d;
    }
}
