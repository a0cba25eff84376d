//! The keys and values of what was read and said, in half precision, one stretch of memory a head.
//!
//! Memory for the whole context is reserved at once and filled as tokens come: nothing moves later,
//! and a short conversation does not occupy what a long one would.

use half::f16;
use kernels::{Head, Kernels};

use crate::EngineError;
use crate::config::Config;

/// One conversation's cache.
pub(crate) struct Cache {
    width: usize,
    /// Positions that are whole in every layer.
    length: usize,
    /// `[layers · kv_heads]`.
    heads: Vec<Pair>,
    kv_heads: usize,
}

/// Keys and values of one head of one layer: each `[positions, width]`.
#[derive(Default)]
struct Pair {
    keys: Vec<f16>,
    values: Vec<f16>,
}

impl Cache {
    /// An empty cache with room for `context` tokens.
    pub(crate) fn new(config: &Config, context: usize) -> Result<Self, EngineError> {
        let each = context * config.head_width;
        let mut heads: Vec<Pair> = Vec::new();
        for _ in 0..config.layers * config.kv_heads {
            let mut pair = Pair::default();
            let reserved = pair.keys.try_reserve_exact(each);
            if reserved.and(pair.values.try_reserve_exact(each)).is_err() {
                return Err(EngineError::OutOfMemory {
                    needed: config.cache_bytes() * context as u64,
                    available: crate::memory::available().unwrap_or(0),
                });
            }
            heads.push(pair);
        }
        Ok(Self {
            width: config.head_width,
            length: 0,
            heads,
            kv_heads: config.kv_heads,
        })
    }

    /// Positions held.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Forgets all but the first `length` positions, and what a cancelled pass left behind.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
        let kept = self.length * self.width;
        for pair in &mut self.heads {
            pair.keys.truncate(kept);
            pair.values.truncate(kept);
        }
    }

    /// Adds one layer's keys and values of new tokens: both `[tokens, kv_heads · width]`.
    pub(crate) fn append(&mut self, kernels: Kernels, layer: usize, keys: &[f32], values: &[f32]) {
        let (width, row) = (self.width, self.width * self.kv_heads);
        for (h, pair) in self.layer_mut(layer).iter_mut().enumerate() {
            let columns = h * width..(h + 1) * width;
            for (from, to) in [(keys, &mut pair.keys), (values, &mut pair.values)] {
                for token in from.chunks_exact(row) {
                    let start = to.len();
                    to.resize(start + width, f16::ZERO);
                    kernels.narrow(&token[columns.clone()], &mut to[start..]);
                }
            }
        }
    }

    /// Declares that every layer now has `tokens` more positions.
    pub(crate) fn commit(&mut self, tokens: usize) {
        self.length += tokens;
    }

    /// The heads of a layer, as attention reads them.
    pub(crate) fn layer(&self, layer: usize) -> impl Iterator<Item = Head<'_>> {
        let heads = &self.heads[layer * self.kv_heads..(layer + 1) * self.kv_heads];
        heads.iter().map(|pair| Head {
            keys: &pair.keys,
            values: &pair.values,
            width: self.width,
        })
    }

    fn layer_mut(&mut self, layer: usize) -> &mut [Pair] {
        &mut self.heads[layer * self.kv_heads..(layer + 1) * self.kv_heads]
    }
}
