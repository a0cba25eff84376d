//! The keys and values of what was read and said, one stretch of memory a head, in the form that
//! was chosen.
//!
//! Memory for the whole context is reserved at once and filled as tokens come: nothing moves later,
//! and a short conversation does not occupy what a long one would.

use std::collections::TryReserveError;

use half::f16;
use kernels::{Head, Kernels, Q8_0, QUANTUM, Rows};

use crate::EngineError;
use crate::config::Config;

/// How keys and values are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CacheKind {
    /// As computed: for comparison with a reference.
    F32,
    /// Half precision.
    #[default]
    F16,
    /// Eight bits by blocks of 32: 0.531 of [`CacheKind::F16`]. Heads are whole blocks.
    Q8,
}

impl CacheKind {
    /// Bytes of so many floats.
    pub fn bytes(self, floats: u64) -> u64 {
        match self {
            Self::F32 => floats * size_of::<f32>() as u64,
            Self::F16 => floats * size_of::<f16>() as u64,
            Self::Q8 => floats.div_ceil(QUANTUM as u64) * size_of::<Q8_0>() as u64,
        }
    }

    /// Whether heads of so many floats can be kept so.
    pub fn fits(self, head_width: usize) -> bool {
        self != Self::Q8 || head_width.is_multiple_of(QUANTUM)
    }

    /// A short name, as in `f16`.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Q8 => "q8",
        }
    }
}

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
struct Pair {
    keys: Stretch,
    values: Stretch,
}

/// The rows that a head has so far.
enum Stretch {
    F32(Vec<f32>),
    F16(Vec<f16>),
    Q8(Vec<Q8_0>),
}

impl Stretch {
    /// No rows, and room for `floats`.
    fn reserve(kind: CacheKind, floats: usize) -> Result<Self, TryReserveError> {
        fn room<T>(count: usize) -> Result<Vec<T>, TryReserveError> {
            let mut rows = Vec::new();
            rows.try_reserve_exact(count).map(|()| rows)
        }
        Ok(match kind {
            CacheKind::F32 => Self::F32(room(floats)?),
            CacheKind::F16 => Self::F16(room(floats)?),
            CacheKind::Q8 => Self::Q8(room(floats / QUANTUM)?),
        })
    }

    fn push(&mut self, kernels: Kernels, row: &[f32]) {
        match self {
            Self::F32(rows) => rows.extend_from_slice(row),
            Self::F16(rows) => {
                let start = rows.len();
                rows.resize(start + row.len(), f16::ZERO);
                kernels.narrow(row, &mut rows[start..]);
            }
            Self::Q8(rows) => {
                let start = rows.len();
                rows.resize(start + row.len() / QUANTUM, Q8_0::ZERO);
                kernels.quantise_cache(row, &mut rows[start..]);
            }
        }
    }

    fn truncate(&mut self, floats: usize) {
        match self {
            Self::F32(rows) => rows.truncate(floats),
            Self::F16(rows) => rows.truncate(floats),
            Self::Q8(rows) => rows.truncate(floats / QUANTUM),
        }
    }

    fn rows(&self) -> Rows<'_> {
        match self {
            Self::F32(rows) => Rows::F32(rows),
            Self::F16(rows) => Rows::F16(rows),
            Self::Q8(rows) => Rows::Q8(rows),
        }
    }
}

impl Cache {
    /// An empty cache with room for `context` tokens.
    pub(crate) fn new(
        config: &Config,
        kind: CacheKind,
        context: usize,
    ) -> Result<Self, EngineError> {
        let width = config.head_width;
        if !kind.fits(width) {
            return Err(EngineError::UnsupportedCache { kind, width });
        }
        let stretch = || {
            let floats = context * width;
            Stretch::reserve(kind, floats).map_err(|_| EngineError::OutOfMemory {
                needed: kind.bytes(config.cache_floats() * context as u64),
                available: crate::memory::available().unwrap_or(0),
            })
        };
        let mut heads = Vec::new();
        for _ in 0..config.layers * config.kv_heads {
            heads.push(Pair {
                keys: stretch()?,
                values: stretch()?,
            });
        }
        Ok(Self {
            width,
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
                    to.push(kernels, &token[columns.clone()]);
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
            keys: pair.keys.rows(),
            values: pair.values.rows(),
            width: self.width,
        })
    }

    fn layer_mut(&mut self, layer: usize) -> &mut [Pair] {
        &mut self.heads[layer * self.kv_heads..(layer + 1) * self.kv_heads]
    }
}
