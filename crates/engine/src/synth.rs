//! Synthetic models: files of a true shape with random weights.
//!
//! No Ministral weights are in the package registries, and speed and memory depend on shapes, not
//! on values: a synthetic file measures them. The blocks are quantised from small random numbers, so
//! that activations stay finite; the vocabulary is valid, its text is not.

pub(crate) mod blocks;
mod metadata;
mod vision;
mod vocabulary;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::EngineError;
use crate::gguf::Kind;
use crate::gguf::write::{Field, Plan, Writer};
use crate::sampling::Lots;

pub use vision::VisionShape;

/// The architectures that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// As SmolLM2's file: ChatML tokens, pre-tokenizer `smollm`.
    Llama,
    /// As Ministral 3's: YaRN, query scale, Mistral v13 tokens, pre-tokenizer `tekken`.
    Mistral3,
    /// As Gemma 3's graph: more norms, and every other layer sees a window of a thirty-second of the
    /// context. The vocabulary is byte-level, and without template.
    Gemma3,
}

/// The types of the matrices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mix {
    /// llama.cpp's `Q4_K_M`: Q4_K, with Q6_K for the embedding, for the output and, in the layers
    /// that matter most, for the values and the way down.
    Q4KM,
    /// One type for all.
    Uniform(Kind),
}

/// The shape of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // the hyper-parameters' usual names
pub struct Shape {
    pub architecture: Architecture,
    pub layers: u32,
    pub hidden: u32,
    pub feed_forward: u32,
    pub heads: u32,
    pub kv_heads: u32,
    pub head_width: u32,
    pub context: u32,
    /// Tokens, of which the first `controls` are control tokens and the next 256 the bytes.
    pub vocabulary: u32,
    pub controls: u32,
    /// Whether the output is the embedding.
    pub tied: bool,
    pub mix: Mix,
}

impl Shape {
    /// Ministral 3 3B in Q4_K_M: 3.4 billion weights, 2.1 GB.
    pub const MINISTRAL_3B: Self = Self {
        architecture: Architecture::Mistral3,
        layers: 26,
        hidden: 3072,
        feed_forward: 9216,
        heads: 32,
        kv_heads: 8,
        head_width: 128,
        context: 262_144,
        vocabulary: 131_072,
        controls: 1000,
        tied: true,
        mix: Mix::Q4KM,
    };

    /// A model of some hundreds of kilobytes, for tests: heads wider than the state, like
    /// Ministral's.
    pub const fn tiny(architecture: Architecture) -> Self {
        Self {
            architecture,
            layers: 2,
            hidden: 256,
            feed_forward: 512,
            heads: 8,
            kv_heads: 2,
            head_width: 64,
            context: 1024,
            vocabulary: 512,
            controls: 64,
            tied: true,
            mix: Mix::Q4KM,
        }
    }

    /// The tensors, in the order of the file.
    fn plan(&self) -> Vec<Plan> {
        let [hidden, ffn, tokens] =
            [self.hidden, self.feed_forward, self.vocabulary].map(u64::from);
        let queries = u64::from(self.heads * self.head_width);
        let keys = u64::from(self.kv_heads * self.head_width);
        let tensor = |name: String, dims: &[u64], kind: Kind| Plan {
            name,
            dims: dims.to_vec(),
            kind,
        };
        let best = self.kind(true);
        let mut plan = vec![tensor("token_embd.weight".into(), &[hidden, tokens], best)];
        for layer in 0..self.layers {
            let more = self.more_bits(layer);
            let rows: [(&str, &[u64], Kind); 9] = [
                ("attn_norm", &[hidden], Kind::F32),
                ("attn_q", &[hidden, queries], self.kind(false)),
                ("attn_k", &[hidden, keys], self.kind(false)),
                ("attn_v", &[hidden, keys], self.kind(more)),
                ("attn_output", &[queries, hidden], self.kind(false)),
                ("ffn_norm", &[hidden], Kind::F32),
                ("ffn_gate", &[hidden, ffn], self.kind(false)),
                ("ffn_up", &[hidden, ffn], self.kind(false)),
                ("ffn_down", &[ffn, hidden], self.kind(more)),
            ];
            let norms: &[(&str, u64)] = match self.architecture {
                Architecture::Llama | Architecture::Mistral3 => &[],
                Architecture::Gemma3 => &[
                    ("attn_q_norm", u64::from(self.head_width)),
                    ("attn_k_norm", u64::from(self.head_width)),
                    ("post_attention_norm", hidden),
                    ("post_ffw_norm", hidden),
                ],
            };
            let name = |part| format!("blk.{layer}.{part}.weight");
            plan.extend(rows.map(|(part, dims, kind)| tensor(name(part), dims, kind)));
            let norms = norms.iter();
            plan.extend(norms.map(|(part, width)| tensor(name(part), &[*width], Kind::F32)));
        }
        plan.push(tensor("output_norm.weight".into(), &[hidden], Kind::F32));
        if !self.tied {
            plan.push(tensor("output.weight".into(), &[hidden, tokens], best));
        }
        plan
    }

    fn kind(&self, more_bits: bool) -> Kind {
        match (self.mix, more_bits) {
            (Mix::Uniform(kind), _) => kind,
            (Mix::Q4KM, true) => Kind::Q6K,
            (Mix::Q4KM, false) => Kind::Q4K,
        }
    }

    /// llama.cpp's choice of the layers that get more bits: the first and last eighths, and every
    /// third between.
    fn more_bits(&self, layer: u32) -> bool {
        let eighth = self.layers / 8;
        layer < eighth || layer >= 7 * self.layers / 8 || (layer - eighth) % 3 == 2
    }
}

/// Writes a model of `shape` at `path`, the same for the same seed, and returns its size. Memory
/// stays constant. Until it is whole the file has another name.
pub fn write(
    path: &Path,
    shape: &Shape,
    seed: u64,
    progress: &mut dyn FnMut(f32),
    cancel: &AtomicBool,
) -> Result<u64, EngineError> {
    let file = Content {
        fields: metadata::fields(shape),
        plan: shape.plan(),
        seed,
    };
    file.write(path, progress, cancel)
}

/// Writes a file that says of itself what [`write`]'s would, and whose weights are a hole: all zeros,
/// in no space. For what is known before a model is loaded.
pub fn write_header(path: &Path, shape: &Shape) -> Result<u64, EngineError> {
    let plan = shape.plan();
    let written = File::create(path).and_then(|file| {
        Writer::begin(&file, &metadata::fields(shape), &plan)?;
        let weights = plan.iter().map(Plan::place).sum::<io::Result<u64>>()?;
        let size = file.metadata()?.len() + weights;
        file.set_len(size).map(|()| size)
    });
    written.map_err(|error| EngineError::io(path, error))
}

/// Writes a companion file of `shape`, as [`write`] does a model.
pub fn write_vision(
    path: &Path,
    shape: &VisionShape,
    seed: u64,
    progress: &mut dyn FnMut(f32),
    cancel: &AtomicBool,
) -> Result<u64, EngineError> {
    let file = Content {
        fields: shape.fields(),
        plan: shape.plan(),
        seed,
    };
    file.write(path, progress, cancel)
}

/// What a file is made of.
struct Content {
    fields: Vec<(String, Field)>,
    plan: Vec<Plan>,
    seed: u64,
}

impl Content {
    fn write(
        &self,
        path: &Path,
        progress: &mut dyn FnMut(f32),
        cancel: &AtomicBool,
    ) -> Result<u64, EngineError> {
        let partial = path.with_extension("part");
        let outcome = File::create(&partial)
            .and_then(|file| {
                let out = BufWriter::with_capacity(1 << 20, file);
                self.write_to(out, progress, cancel)
            })
            .and_then(|()| std::fs::rename(&partial, path))
            .and_then(|()| Ok(std::fs::metadata(path)?.len()));
        outcome.map_err(|error| {
            // The error that matters is the first one.
            let _ = std::fs::remove_file(&partial);
            match error.kind() {
                io::ErrorKind::Interrupted => EngineError::Cancelled,
                _ => EngineError::io(path, error),
            }
        })
    }

    fn write_to(
        &self,
        out: impl Write,
        progress: &mut dyn FnMut(f32),
        cancel: &AtomicBool,
    ) -> io::Result<()> {
        let total: u64 = self.plan.iter().map(Plan::bytes).sum::<io::Result<_>>()?;
        let mut writer = Writer::begin(out, &self.fields, &self.plan)?;
        let mut lots = Lots(self.seed);
        let mut done = 0;
        for tensor in &self.plan {
            let bytes = tensor.bytes()?;
            let stock = blocks::Stock::new(tensor, &mut lots);
            let mut left = bytes;
            while left > 0 {
                if cancel.load(Ordering::Relaxed) {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                let part = left.min(4 << 20);
                let part = stock.write(&mut writer, part, &mut lots)?;
                left -= part;
                done += part;
                progress(done as f32 / total as f32);
            }
        }
        writer.finish()?.flush()
    }
}
