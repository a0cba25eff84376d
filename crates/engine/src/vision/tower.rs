//! The graph: patches through every layer, then cells through the projector.
//!
//! ```text
//! x = norm(Wpatch · pixels)
//! for each layer: h = norm(x); q, k, v = W h; rotate q, k; x += Wo · attention(q, k, v)
//!                 h = norm(x); x += Wdown · (act(Wgate h) · Wup h)
//! cell = Wouter · gelu(Winner · (Wmerge · (norm of a square of patches)))
//! ```
//!
//! Of the states only keys and values are held whole; the rest is computed [`CHUNK`] rows at a time.

use std::ops::Range;
use std::sync::atomic::Ordering;

use crate::EngineError;
use crate::dense::{self, Packed};
use crate::linear::Means;
use crate::vision::attention::Heads;
use crate::vision::config::{Activation, Config};
use crate::vision::grid::Grid;
use crate::vision::rotary::Angles;
use crate::vision::weights::{Affine, Layer, Weights};

/// Rows that go through a matrix together.
const CHUNK: usize = 480;

/// A pass through the tower.
pub(crate) struct Tower<'a> {
    pub(crate) config: &'a Config,
    pub(crate) weights: &'a Weights,
    /// Epsilon of the model that reads the cells: the projector's norm has it.
    pub(crate) model_epsilon: f32,
    pub(crate) means: Means<'a>,
}

/// Floats that a pass takes at most, the patches given to it included.
pub(crate) fn floats(config: &Config, grid: Grid, threads: usize) -> usize {
    let (hidden, ffn, model) = (config.hidden, config.feed_forward, config.model_hidden);
    let area = config.merge * config.merge;
    let patches = grid.cells() * area;
    let (pixels, width) = (3 * config.patch * config.patch, config.head_width());
    let (chunk, cells) = (CHUNK.min(patches), CHUNK.min(grid.cells()));
    // What is alive at once in each of the three steps of `Tower::run`, beside the states.
    let first = patches * pixels + chunk * pixels;
    let layers = patches * width
        + Heads::floats(config.heads, width, patches)
        + chunk * (2 * hidden + 2 * ffn).max(5 * hidden);
    let last =
        grid.cells() * model + cells * (2 * hidden * area + hidden).max(2 * hidden + 3 * model);
    // What a thread holds of a matrix, or of the scores.
    let widest = ffn.max(hidden * area).max(model).max(pixels);
    let each = dense::floats(widest).max(Heads::strip(patches, width));
    let total = patches * hidden + first.max(layers).max(last) + threads * each;
    // Measured: lists of pieces of work and the like, under a sixteenth.
    total + total / 16 + (1 << 15)
}

impl Tower<'_> {
    /// The cells of `patches` (`[patches, 3 · patch²]`): `[cells, model_hidden]`.
    pub(crate) fn run(
        &self,
        patches: Vec<f32>,
        grid: Grid,
        progress: &mut dyn FnMut(f32),
    ) -> Result<Vec<f32>, EngineError> {
        let config = self.config;
        let count = grid.cells() * config.merge * config.merge;
        let (columns, rows) = (grid.columns * config.merge, grid.rows * config.merge);
        let mut state = vec![0.0; count * config.hidden];
        let pixels = self.weights.patch.columns;
        let chunks = state.chunks_mut(CHUNK * config.hidden);
        for (patches, state) in patches.chunks(CHUNK * pixels).zip(chunks) {
            let patches = Packed::new(self.means, patches, pixels);
            self.weights.patch.multiply(self.means, &patches, state);
            self.check()?;
        }
        drop(patches);
        self.norm(&self.weights.first_norm, config.epsilon, &mut state);

        let width = config.head_width();
        let angles = Angles::new(config.rotary_base, width, columns, rows);
        let mut heads = Heads::new(config.heads, width, count);
        for (index, layer) in self.weights.layers.iter().enumerate() {
            self.keys_and_values(layer, &state, &angles, &mut heads)?;
            let chunks = state.chunks_mut(CHUNK * config.hidden);
            for (first, state) in (0..).step_by(CHUNK).zip(chunks) {
                self.attention(layer, first, state, &angles, &heads)?;
                self.feed_forward(layer, state)?;
            }
            progress((index + 1) as f32 / (self.weights.layers.len() + 1) as f32);
        }
        drop(heads);
        self.project(state, grid)
    }

    fn check(&self) -> Result<(), EngineError> {
        match self.means.cancel.load(Ordering::Relaxed) {
            true => Err(EngineError::Cancelled),
            false => Ok(()),
        }
    }

    /// Norms rows in place.
    fn norm(&self, weight: &[f32], epsilon: f32, rows: &mut [f32]) {
        for row in rows.chunks_exact_mut(weight.len()) {
            self.means.kernels.rms_norm(row, weight, epsilon);
        }
    }

    /// A layer's input, normed and packed.
    fn normed(&self, weight: &[f32], state: &[f32]) -> Packed {
        let mut normed = state.to_vec();
        self.norm(weight, self.config.epsilon, &mut normed);
        Packed::new(self.means, &normed, weight.len())
    }

    fn keys_and_values(
        &self,
        layer: &Layer,
        state: &[f32],
        angles: &Angles,
        heads: &mut Heads,
    ) -> Result<(), EngineError> {
        let hidden = self.config.hidden;
        let mut rows = vec![0.0; CHUNK.min(state.len() / hidden) * hidden];
        for (first, state) in (0..).step_by(CHUNK).zip(state.chunks(CHUNK * hidden)) {
            let normed = self.normed(&layer.attention_norm, state);
            let rows = &mut rows[..state.len()];
            layer.key.multiply(self.means, &normed, rows);
            angles.rotate(self.means.kernels, first, hidden, rows);
            heads.set_keys(first, rows);
            layer.value.multiply(self.means, &normed, rows);
            heads.set_values(first, rows);
            self.check()?;
        }
        Ok(())
    }

    /// Adds to the states of the patches from `first` what they see.
    fn attention(
        &self,
        layer: &Layer,
        first: usize,
        state: &mut [f32],
        angles: &Angles,
        heads: &Heads,
    ) -> Result<(), EngineError> {
        let hidden = self.config.hidden;
        let normed = self.normed(&layer.attention_norm, state);
        let mut rows = vec![0.0; state.len()];
        layer.query.multiply(self.means, &normed, &mut rows);
        angles.rotate(self.means.kernels, first, hidden, &mut rows);
        let scale = 1.0 / (self.config.head_width() as f32).sqrt();
        rows.iter_mut().for_each(|x| *x *= scale);
        let mut attended = vec![0.0; state.len()];
        heads.attend(self.means, &rows, &mut attended);
        self.check()?;
        let attended = Packed::new(self.means, &attended, hidden);
        layer
            .attention_output
            .multiply(self.means, &attended, &mut rows);
        add(state, &rows);
        self.check()
    }

    fn feed_forward(&self, layer: &Layer, state: &mut [f32]) -> Result<(), EngineError> {
        let (hidden, width) = (self.config.hidden, self.config.feed_forward);
        let count = state.len() / hidden;
        let normed = self.normed(&layer.feed_forward_norm, state);
        let mut gate = vec![0.0; count * width];
        let mut up = vec![0.0; count * width];
        layer.gate.multiply(self.means, &normed, &mut gate);
        layer.up.multiply(self.means, &normed, &mut up);
        let rows = gate.chunks_mut(width).zip(up.chunks(width)).collect();
        let kernels = self.means.kernels;
        self.means
            .pool
            .each(rows, |(gate, up)| match self.config.activation {
                Activation::Silu => kernels.silu_gate(gate, up),
                Activation::Gelu => {
                    kernels.gelu_erf(gate);
                    gate.iter_mut().zip(up).for_each(|(gate, up)| *gate *= up);
                }
            });
        drop(up);
        self.check()?;
        let gate = Packed::new(self.means, &gate, width);
        let mut delta = vec![0.0; state.len()];
        layer.down.multiply(self.means, &gate, &mut delta);
        add(state, &delta);
        self.check()
    }

    /// The cells, as the model reads them.
    fn project(&self, mut state: Vec<f32>, grid: Grid) -> Result<Vec<f32>, EngineError> {
        let (hidden, width) = (self.config.hidden, self.config.model_hidden);
        if let Some(merger) = &self.weights.merger {
            self.norm(&merger.norm, self.model_epsilon, &mut state);
        }
        let mut cells = vec![0.0; grid.cells() * width];
        for (first, cells) in (0..).step_by(CHUNK).zip(cells.chunks_mut(CHUNK * width)) {
            let range = first..first + cells.len() / width;
            let mut merged = vec![0.0; range.len() * hidden];
            match &self.weights.merger {
                Some(merger) => {
                    let squares = self.squares(&state, grid, range);
                    let squares = Packed::new(self.means, &squares, merger.matrix.columns);
                    merger.matrix.multiply(self.means, &squares, &mut merged);
                }
                None => merged.copy_from_slice(&state[range.start * hidden..range.end * hidden]),
            }
            self.check()?;
            let mut inner = vec![0.0; cells.len()];
            self.affine(&self.weights.inner, &merged, &mut inner);
            self.means.kernels.gelu_erf(&mut inner);
            self.affine(&self.weights.outer, &inner, cells);
            self.check()?;
        }
        Ok(cells)
    }

    /// The patches of some cells side by side, `[cells, hidden · merge²]`: each value of the state
    /// in turn, of every patch of the square in turn (`torch.nn.functional.unfold`).
    fn squares(&self, state: &[f32], grid: Grid, cells: Range<usize>) -> Vec<f32> {
        let (hidden, merge) = (self.config.hidden, self.config.merge);
        let area = merge * merge;
        let mut squares = vec![0.0; cells.len() * hidden * area];
        for (cell, square) in cells.zip(squares.chunks_exact_mut(hidden * area)) {
            let (row, column) = (cell / grid.columns, cell % grid.columns);
            for place in 0..area {
                let y = row * merge + place / merge;
                let patch = y * grid.columns * merge + column * merge + place % merge;
                let values = square[place..].iter_mut().step_by(area);
                for (to, from) in values.zip(&state[patch * hidden..][..hidden]) {
                    *to = *from;
                }
            }
        }
        squares
    }

    fn affine(&self, affine: &Affine, input: &[f32], output: &mut [f32]) {
        let matrix = &affine.matrix;
        let input = Packed::new(self.means, input, matrix.columns);
        matrix.multiply(self.means, &input, output);
        if let Some(bias) = &affine.bias {
            output
                .chunks_exact_mut(bias.len())
                .for_each(|row| add(row, bias));
        }
    }
}

/// `state ← state + delta`
fn add(state: &mut [f32], delta: &[f32]) {
    for (x, d) in state.iter_mut().zip(delta) {
        *x += d;
    }
}
