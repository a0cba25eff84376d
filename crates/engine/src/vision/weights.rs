//! The companion file's tensors: every one that the tower needs, of the shape that its
//! hyper-parameters ask for, and no other.

use crate::EngineError;
use crate::gguf::Header;
use crate::gguf::map::Mapping;
use crate::vision::config::Config;
use crate::weights::{Matrix, Table};

/// One layer.
pub(crate) struct Layer {
    pub(crate) attention_norm: Vec<f32>,
    pub(crate) query: Matrix,
    pub(crate) key: Matrix,
    pub(crate) value: Matrix,
    pub(crate) attention_output: Matrix,
    pub(crate) feed_forward_norm: Vec<f32>,
    pub(crate) gate: Matrix,
    pub(crate) up: Matrix,
    pub(crate) down: Matrix,
}

/// What makes a cell of a square of patches.
pub(crate) struct Merger {
    pub(crate) norm: Vec<f32>,
    /// Columns: a colour's place in the state, then the patch's row, then its column.
    pub(crate) matrix: Matrix,
}

/// A matrix and what is added to its product.
pub(crate) struct Affine {
    pub(crate) matrix: Matrix,
    pub(crate) bias: Option<Vec<f32>>,
}

/// All of them.
pub(crate) struct Weights {
    /// Columns: colour, row, column of a pixel in its patch.
    pub(crate) patch: Matrix,
    pub(crate) first_norm: Vec<f32>,
    pub(crate) layers: Vec<Layer>,
    /// Absent in the first Pixtral, which merges nothing.
    pub(crate) merger: Option<Merger>,
    pub(crate) inner: Affine,
    pub(crate) outer: Affine,
}

impl Weights {
    pub(crate) fn read(
        header: &Header<'_>,
        mapping: &Mapping,
        config: &Config,
    ) -> Result<Self, EngineError> {
        let mut table = Table::new(header, mapping);
        let (hidden, ffn) = (config.hidden, config.feed_forward);
        let side = config.patch;
        let (kind, bytes) = table.take("v.patch_embd.weight", &[side, side, 3, hidden])?;
        let patch = Matrix {
            kind,
            rows: hidden,
            columns: 3 * side * side,
            bytes,
            packed: None,
        };
        let layers = (0..config.layers)
            .map(|layer| {
                let name = |part: &str| format!("v.blk.{layer}.{part}.weight");
                Ok(Layer {
                    attention_norm: table.vector(&name("ln1"), hidden)?,
                    query: table.matrix(&name("attn_q"), hidden, hidden)?,
                    key: table.matrix(&name("attn_k"), hidden, hidden)?,
                    value: table.matrix(&name("attn_v"), hidden, hidden)?,
                    attention_output: table.matrix(&name("attn_out"), hidden, hidden)?,
                    feed_forward_norm: table.vector(&name("ln2"), hidden)?,
                    gate: table.matrix(&name("ffn_gate"), hidden, ffn)?,
                    up: table.matrix(&name("ffn_up"), hidden, ffn)?,
                    down: table.matrix(&name("ffn_down"), ffn, hidden)?,
                })
            })
            .collect::<Result<_, EngineError>>()?;
        let merged = config.merge > 1;
        let merger = match merged || table.has("mm.patch_merger.weight") {
            true => Some(Merger {
                norm: table.vector("mm.input_norm.weight", hidden)?,
                matrix: table.matrix(
                    "mm.patch_merger.weight",
                    hidden * config.merge * config.merge,
                    hidden,
                )?,
            }),
            false => None,
        };
        // The row's end reads as the model's own token, of which this is the converter's copy.
        let line_end = "v.token_embd.img_break";
        if table.has(line_end) {
            table.vector(line_end, config.model_hidden)?;
        }
        let weights = Self {
            patch,
            first_norm: table.vector("v.pre_ln.weight", hidden)?,
            layers,
            merger,
            inner: Affine::read(&mut table, "mm.1", hidden, config.model_hidden)?,
            outer: Affine::read(&mut table, "mm.2", config.model_hidden, config.model_hidden)?,
        };
        table.finish()?;
        Ok(weights)
    }
}

impl Affine {
    fn read(
        table: &mut Table<'_>,
        name: &str,
        columns: usize,
        rows: usize,
    ) -> Result<Self, EngineError> {
        let bias = format!("{name}.bias");
        Ok(Self {
            matrix: table.matrix(&format!("{name}.weight"), columns, rows)?,
            bias: match table.has(&bias) {
                true => Some(table.vector(&bias, rows)?),
                false => None,
            },
        })
    }
}
