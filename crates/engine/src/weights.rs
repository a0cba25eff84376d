//! The weights: every tensor that the graph needs, of the shape that the hyper-parameters ask for,
//! and no other. Matrices stay in the mapped file; norms are copied, being small.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::AtomicBool;

use kernels::Pool;

use crate::EngineError;
use crate::config::Config;
use crate::gguf::map::Mapping;
use crate::gguf::{Header, Kind};
use crate::packed;

/// A matrix in the file: `rows` outputs of `columns` inputs.
#[derive(Debug, Clone)]
pub(crate) struct Matrix {
    pub(crate) kind: Kind,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) bytes: Range<usize>,
    /// Where it lies in the arena, once packed into panels.
    pub(crate) packed: Option<Range<usize>>,
}

/// One layer.
pub(crate) struct Layer {
    pub(crate) attention_norm: Vec<f32>,
    /// Of each head of the queries and of the keys, where the graph has them.
    pub(crate) head_norms: Option<(Vec<f32>, Vec<f32>)>,
    pub(crate) query: Matrix,
    pub(crate) key: Matrix,
    pub(crate) value: Matrix,
    pub(crate) attention_output: Matrix,
    /// Of what attention adds to the state, where the graph has it.
    pub(crate) attention_sum_norm: Option<Vec<f32>>,
    pub(crate) feed_forward_norm: Vec<f32>,
    pub(crate) gate: Matrix,
    pub(crate) up: Matrix,
    pub(crate) down: Matrix,
    /// Of what the feed-forward adds to the state, where the graph has it.
    pub(crate) feed_forward_sum_norm: Option<Vec<f32>>,
}

/// All of them.
pub(crate) struct Weights {
    /// A row a token.
    pub(crate) embedding: Matrix,
    pub(crate) layers: Vec<Layer>,
    pub(crate) output_norm: Vec<f32>,
    /// A row a token; the embedding where the file ties them.
    pub(crate) output: Matrix,
    /// What the file divides each rotary frequency by (Llama 3.1).
    pub(crate) rotary_divisors: Option<Vec<f32>>,
}

impl Weights {
    /// Finds and checks the tensors. `tokens` is the size of the vocabulary.
    pub(crate) fn read(
        header: &Header<'_>,
        mapping: &Mapping,
        config: &Config,
        tokens: usize,
    ) -> Result<Self, EngineError> {
        let mut table = Table::new(header, mapping);
        let hidden = config.hidden;
        let queries = config.heads * config.head_width;
        let keys = config.kv_heads * config.head_width;
        let embedding = table.matrix("token_embd.weight", hidden, tokens)?;
        let output = match table.has("output.weight") {
            true => table.matrix("output.weight", hidden, tokens)?,
            false => embedding.clone(),
        };
        let layers = (0..config.layers)
            .map(|layer| {
                let name = |part: &str| format!("blk.{layer}.{part}.weight");
                let graph = config.graph;
                let mut norm = |present: bool, part: &str, width| {
                    let norm = present.then(|| table.vector(&name(part), width));
                    norm.transpose()
                };
                let query_norm = norm(graph.head_norms, "attn_q_norm", config.head_width)?;
                let key_norm = norm(graph.head_norms, "attn_k_norm", config.head_width)?;
                Ok(Layer {
                    head_norms: query_norm.zip(key_norm),
                    attention_sum_norm: norm(graph.sum_norms, "post_attention_norm", hidden)?,
                    feed_forward_sum_norm: norm(graph.sum_norms, "post_ffw_norm", hidden)?,
                    attention_norm: table.vector(&name("attn_norm"), hidden)?,
                    query: table.matrix(&name("attn_q"), hidden, queries)?,
                    key: table.matrix(&name("attn_k"), hidden, keys)?,
                    value: table.matrix(&name("attn_v"), hidden, keys)?,
                    attention_output: table.matrix(&name("attn_output"), queries, hidden)?,
                    feed_forward_norm: table.vector(&name("ffn_norm"), hidden)?,
                    gate: table.matrix(&name("ffn_gate"), hidden, config.feed_forward)?,
                    up: table.matrix(&name("ffn_up"), hidden, config.feed_forward)?,
                    down: table.matrix(&name("ffn_down"), config.feed_forward, hidden)?,
                })
            })
            .collect::<Result<_, EngineError>>()?;
        let rotary_divisors = match table.has("rope_freqs.weight") {
            true => Some(table.vector("rope_freqs.weight", config.rotary.width / 2)?),
            false => None,
        };
        if let Some(divisors) = &rotary_divisors
            && divisors.iter().any(|divisor| *divisor <= 0.0)
        {
            return Err(EngineError::malformed("`rope_freqs.weight`"));
        }
        let weights = Self {
            embedding,
            layers,
            output_norm: table.vector("output_norm.weight", hidden)?,
            output,
            rotary_divisors,
        };
        table.finish()?;
        Ok(weights)
    }
}

impl Weights {
    /// Every matrix of the file, once.
    pub(crate) fn matrices(&mut self) -> impl Iterator<Item = &mut Matrix> {
        let layers = self.layers.iter_mut().flat_map(|layer| {
            [
                &mut layer.query,
                &mut layer.key,
                &mut layer.value,
                &mut layer.attention_output,
                &mut layer.gate,
                &mut layer.up,
                &mut layer.down,
            ]
        });
        let tied = self.output.bytes == self.embedding.bytes;
        let output = (!tied).then_some(&mut self.output);
        layers.chain(output).chain([&mut self.embedding])
    }

    /// Packs what can be: see [`crate::packed`].
    pub(crate) fn pack(
        &mut self,
        mapping: &mut Mapping,
        pool: &Pool,
        progress: &mut dyn FnMut(usize),
        cancel: &AtomicBool,
    ) -> Result<(), EngineError> {
        packed::pack(self.matrices(), mapping, pool, progress, cancel)?;
        if self.output.bytes == self.embedding.bytes {
            self.output = self.embedding.clone();
        }
        Ok(())
    }
}

/// The tensors not yet asked for.
pub(crate) struct Table<'a> {
    mapping: &'a Mapping,
    rest: HashMap<&'a str, (Kind, &'a [u64], Range<usize>)>,
}

impl<'a> Table<'a> {
    pub(crate) fn new(header: &'a Header<'_>, mapping: &'a Mapping) -> Self {
        let rows = header.tensors().iter();
        Self {
            mapping,
            rest: rows
                .map(|t| (t.name, (t.kind, t.dims.as_slice(), t.bytes.clone())))
                .collect(),
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.rest.contains_key(name)
    }

    pub(crate) fn take(
        &mut self,
        name: &str,
        expected: &[usize],
    ) -> Result<(Kind, Range<usize>), EngineError> {
        let (kind, dims, bytes) = self
            .rest
            .remove(name)
            .ok_or_else(|| EngineError::malformed(format!("tensor `{name}` is missing")))?;
        let same = dims
            .iter()
            .copied()
            .eq(expected.iter().map(|dim| *dim as u64));
        if !same {
            return Err(EngineError::malformed(format!("shape of tensor `{name}`")));
        }
        Ok((kind, bytes))
    }

    pub(crate) fn matrix(
        &mut self,
        name: &str,
        columns: usize,
        rows: usize,
    ) -> Result<Matrix, EngineError> {
        let (kind, bytes) = self.take(name, &[columns, rows])?;
        Ok(Matrix {
            kind,
            rows,
            columns,
            bytes,
            packed: None,
        })
    }

    /// A vector of finite `f32`.
    pub(crate) fn vector(&mut self, name: &str, length: usize) -> Result<Vec<f32>, EngineError> {
        let (kind, bytes) = self.take(name, &[length])?;
        let broken = || EngineError::malformed(format!("values of tensor `{name}`"));
        if kind != Kind::F32 {
            return Err(EngineError::UnsupportedType {
                tensor: name.into(),
                kind: kind.name(),
            });
        }
        let values = self.mapping.blocks::<f32>(bytes).ok_or_else(broken)?;
        match values.iter().all(|value| value.is_finite()) {
            true => Ok(values.to_vec()),
            false => Err(broken()),
        }
    }

    /// Refuses a tensor that nothing asked for: the graph would not be the model's.
    pub(crate) fn finish(self) -> Result<(), EngineError> {
        match self.rest.keys().min() {
            None => Ok(()),
            Some(name) => Err(EngineError::malformed(format!("unknown tensor `{name}`"))),
        }
    }
}
