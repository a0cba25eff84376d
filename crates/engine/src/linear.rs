//! Products with quantised matrices: of packed ones by the kernels' panels, of others row by row.
//!
//! Activations are quantised to each format's own companion. An output never depends on the batch
//! nor on the number of threads, so that decoding, reading and resuming agree bit for bit.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use candle_core::quantized::k_quants::{
    BlockQ2K, BlockQ3K, BlockQ4_0, BlockQ4_1, BlockQ4K, BlockQ5_0, BlockQ5_1, BlockQ5K, BlockQ6K,
    BlockQ8_0,
};
use half::{bf16, f16};
use kernels::product::{Block, Superblock};
use kernels::{Kernels, Pool};

use crate::format::Format;
use crate::gguf::Kind;
use crate::gguf::map::Mapping;
use crate::packed;
use crate::weights::Matrix;

/// What an operation runs with.
#[derive(Clone, Copy)]
pub(crate) struct Means<'a> {
    pub(crate) mapping: &'a Mapping,
    pub(crate) kernels: Kernels,
    pub(crate) pool: &'a Pool,
    /// When raised, what is left of an operation is not done and its output is meaningless.
    pub(crate) cancel: &'a AtomicBool,
}

/// Rows of activations, quantised once for all the matrices that they meet.
pub(crate) struct Input<'a> {
    /// `[tokens, columns]`
    values: &'a [f32],
    superblocks: OnceCell<Vec<Superblock>>,
    blocks: OnceCell<Vec<Block>>,
}

impl<'a> Input<'a> {
    pub(crate) fn new(values: &'a [f32]) -> Self {
        Self {
            values,
            superblocks: OnceCell::new(),
            blocks: OnceCell::new(),
        }
    }

    /// The floats in number.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// In blocks of 256; whole blocks.
    pub(crate) fn superblocks(&self, kernels: Kernels) -> &[Superblock] {
        self.superblocks.get_or_init(|| {
            let mut blocks = vec![Superblock::ZERO; self.values.len() / Superblock::LENGTH];
            kernels.superblocks(self.values, &mut blocks);
            blocks
        })
    }

    /// In blocks of 32; whole blocks.
    pub(crate) fn blocks(&self, kernels: Kernels) -> &[Block] {
        self.blocks.get_or_init(|| {
            let mut blocks = vec![Block::ZERO; self.values.len() / Block::LENGTH];
            kernels.blocks(self.values, &mut blocks);
            blocks
        })
    }
}

/// Input rows that share a visit of the weights, so that both stay in the first-level cache.
const ROWS: usize = 16;
/// Outputs computed together, sharing an input row.
const QUAD: usize = 4;
/// Pieces of work a thread: enough that none waits long for the slowest.
const PIECES: usize = 4;

/// Calls `$function::<T>` with the block type of `$kind`.
macro_rules! with_blocks {
    ($kind:expr, $function:ident($($arg:expr),*)) => {
        match $kind {
            Kind::F32 => $function::<f32>($($arg),*),
            Kind::F16 => $function::<f16>($($arg),*),
            Kind::Bf16 => $function::<bf16>($($arg),*),
            Kind::Q4_0 => $function::<BlockQ4_0>($($arg),*),
            Kind::Q4_1 => $function::<BlockQ4_1>($($arg),*),
            Kind::Q5_0 => $function::<BlockQ5_0>($($arg),*),
            Kind::Q5_1 => $function::<BlockQ5_1>($($arg),*),
            Kind::Q8_0 => $function::<BlockQ8_0>($($arg),*),
            Kind::Q2K => $function::<BlockQ2K>($($arg),*),
            Kind::Q3K => $function::<BlockQ3K>($($arg),*),
            Kind::Q4K => $function::<BlockQ4K>($($arg),*),
            Kind::Q5K => $function::<BlockQ5K>($($arg),*),
            Kind::Q6K => $function::<BlockQ6K>($($arg),*),
        }
    };
}

impl Matrix {
    /// `output[t] = matrix · input[t]`: `input` is `[tokens, columns]`, `output` `[tokens, rows]`.
    pub(crate) fn apply(&self, means: Means<'_>, input: &Input<'_>, output: &mut [f32]) {
        match &self.packed {
            Some(place) => packed::apply(self, place, means, input, output),
            None => with_blocks!(self.kind, product(self, means, input.values, output)),
        }
    }

    /// The row `index`, dequantised into `output`; zeros if the file has no such row.
    pub(crate) fn row(&self, mapping: &Mapping, index: usize, output: &mut [f32]) {
        match &self.packed {
            Some(place) => packed::row(self, place, mapping, index, output),
            None => self.rows(mapping, index..index + 1, self.columns, output),
        }
    }

    /// Rows of a matrix that is not packed, each dequantised `stride` floats after the last; zeros
    /// if the file has no such rows.
    pub(crate) fn rows(
        &self,
        mapping: &Mapping,
        range: Range<usize>,
        stride: usize,
        output: &mut [f32],
    ) {
        with_blocks!(self.kind, dequantise(self, mapping, range, stride, output));
    }

    /// The blocks: `rows` rows of `columns / T::ELEMENTS`. The header's checks make them whole.
    fn blocks<'a, T: Format>(&self, mapping: &'a Mapping) -> &'a [T] {
        mapping.blocks(self.bytes.clone()).unwrap_or_default()
    }
}

fn dequantise<T: Format>(
    matrix: &Matrix,
    mapping: &Mapping,
    range: Range<usize>,
    stride: usize,
    output: &mut [f32],
) {
    let width = matrix.columns / T::ELEMENTS;
    let blocks: &[T] = matrix.blocks(mapping);
    let Some(blocks) = blocks.get(range.start * width..range.end * width) else {
        return output.fill(0.0);
    };
    for (row, output) in blocks.chunks(width).zip(output.chunks_mut(stride)) {
        T::decode(row, &mut output[..matrix.columns]);
    }
}

fn product<T: Format>(matrix: &Matrix, means: Means<'_>, input: &[f32], output: &mut [f32]) {
    let width = matrix.columns / T::ELEMENTS;
    let blocks: &[T] = matrix.blocks(means.mapping);
    assert_eq!(blocks.len(), matrix.rows * width, "whole blocks");
    let tokens = input.len() / matrix.columns;
    assert_eq!(output.len(), tokens * matrix.rows, "a row for each token");
    let activations: Vec<Vec<T::Activation>> = input
        .chunks(matrix.columns)
        .map(|row| T::quantise(means.kernels, row))
        .collect();

    let pieces = shares(output, matrix.rows, piece(means, matrix.rows, tokens, QUAD));
    means.pool.each(pieces, |(range, mut rows)| {
        if means.cancel.load(Ordering::Relaxed) {
            return;
        }
        let weights = &blocks[range.start * width..range.end * width];
        for (activations, rows) in activations.chunks(ROWS).zip(rows.chunks_mut(ROWS)) {
            tile(means.kernels, weights, matrix.columns, activations, rows);
        }
    });
}

/// Rows of a piece of work on a matrix, whole groups of `unit`. Many tokens: smaller pieces, so that a
/// cancellation is seen at once.
pub(crate) fn piece(means: Means<'_>, rows: usize, tokens: usize, unit: usize) -> usize {
    let piece = rows.div_ceil(means.pool.threads() * PIECES);
    let piece = if tokens > 1 { piece.min(64) } else { piece };
    piece.next_multiple_of(unit)
}

/// An output of tokens by `rows`, shared out by pieces of rows: which rows, and their part of each
/// token's.
pub(crate) fn shares(
    output: &mut [f32],
    rows: usize,
    piece: usize,
) -> Vec<(Range<usize>, Vec<&mut [f32]>)> {
    let tokens = output.len() / rows;
    let mut pieces: Vec<(Range<usize>, Vec<&mut [f32]>)> = (0..rows)
        .step_by(piece)
        .map(|start| (start..rows.min(start + piece), Vec::with_capacity(tokens)))
        .collect();
    for row in output.chunks_mut(rows) {
        for (part, (_, parts)) in row.chunks_mut(piece).zip(&mut pieces) {
            parts.push(part);
        }
    }
    pieces
}

/// Some outputs of some tokens: each group of four rows of weights meets every token in turn.
fn tile<T: Format>(
    kernels: Kernels,
    weights: &[T],
    columns: usize,
    activations: &[Vec<T::Activation>],
    outputs: &mut [&mut [f32]],
) {
    let width = columns / T::ELEMENTS;
    for (group, rows) in weights.chunks(QUAD * width).enumerate() {
        let count = rows.len() / width;
        // The last group may be short: its last row stands in for those that lack.
        let row = |i: usize| &rows[i.min(count - 1) * width..][..width];
        let four = [row(0), row(1), row(2), row(3)];
        for (activation, output) in activations.iter().zip(outputs.iter_mut()) {
            let dots = T::dots(kernels, columns, four, activation);
            output[group * QUAD..][..count].copy_from_slice(&dots[..count]);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::gguf::write::Plan;
    use crate::sampling::Lots;
    use crate::synth::blocks::Stock;

    /// A matrix of random blocks in a file of its own, which lives as long as the directory.
    pub(crate) fn matrix(
        kind: Kind,
        rows: usize,
        columns: usize,
    ) -> (tempfile::TempDir, Mapping, Matrix) {
        let plan = Plan {
            name: "x".into(),
            dims: vec![columns as u64, rows as u64],
            kind,
        };
        let mut lots = Lots(3);
        let mut bytes = Vec::new();
        let size = plan.bytes().unwrap();
        let stock = Stock::new(&plan, &mut lots);
        stock.write(&mut bytes, size, &mut lots).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("matrix");
        std::fs::write(&path, &bytes).unwrap();
        let matrix = Matrix {
            kind,
            rows,
            columns,
            bytes: 0..bytes.len(),
            packed: None,
        };
        (directory, Mapping::open(&path).unwrap(), matrix)
    }

    #[test]
    fn every_kind_multiplies_as_its_decoded_rows_do() {
        use Kind::*;
        let (columns, tokens) = (512, 19);
        let cancel = AtomicBool::new(false);
        let mut lots = Lots(5);
        let input: Vec<f32> = std::iter::repeat_with(|| 2.0 * lots.fraction() - 1.0)
            .take(tokens * columns)
            .collect();
        let kinds = [
            F32, F16, Bf16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2K, Q3K, Q4K, Q5K, Q6K,
        ];
        // 144 rows are whole panels.
        for (kind, rows) in kinds.iter().flat_map(|kind| [(*kind, 131), (*kind, 144)]) {
            let (_directory, mut mapping, mut matrix) = matrix(kind, rows, columns);
            let mut decoded = vec![0.0; rows * columns];
            for (r, row) in decoded.chunks_mut(columns).enumerate() {
                matrix.row(&mapping, r, row);
            }
            let pool = Pool::new(2);
            packed::pack(
                [&mut matrix].into_iter(),
                &mut mapping,
                &pool,
                &mut |_| (),
                &cancel,
            )
            .unwrap();
            let panels = !matches!(kind, F32 | F16 | Bf16 | Q2K | Q3K) && rows == 144;
            assert_eq!(matrix.packed.is_some(), panels, "{kind:?} {rows}");
            let mut outputs = Vec::new();
            for threads in [1, 3] {
                let means = Means {
                    mapping: &mapping,
                    kernels: Kernels::best(),
                    pool: &Pool::new(threads),
                    cancel: &cancel,
                };
                let mut together = vec![f32::NAN; tokens * rows];
                matrix.apply(means, &Input::new(&input), &mut together);
                let mut apart = vec![f32::NAN; tokens * rows];
                for (x, y) in input.chunks(columns).zip(apart.chunks_mut(rows)) {
                    matrix.apply(means, &Input::new(x), y);
                }
                assert_eq!(together, apart, "{kind:?}: a token depends on its batch");
                outputs.push(together);
            }
            assert_eq!(outputs[0], outputs[1], "{kind:?}: threads");
            let mut row = vec![0.0; columns];
            for r in 0..rows {
                matrix.row(&mapping, r, &mut row);
                assert_eq!(row, decoded[r * columns..][..columns], "{kind:?}: packing");
                for (t, x) in input.chunks(columns).enumerate() {
                    let exact: f64 = row.iter().zip(x).map(|(w, x)| f64::from(w * x)).sum();
                    let error = f64::from(outputs[0][t * rows + r]) - exact;
                    // Outputs deviate by 0.6; eight-bit activations lose less than a hundredth.
                    assert!(error.abs() < 0.02, "{kind:?} {r} {t}: off by {error}");
                }
            }
        }
    }

    #[test]
    fn a_cancelled_product_returns_at_once_and_a_row_outside_is_zeros() {
        let (_directory, mapping, matrix) = matrix(Kind::Q8_0, 8, 64);
        let means = Means {
            mapping: &mapping,
            kernels: Kernels::best(),
            pool: &Pool::new(1),
            cancel: &AtomicBool::new(true),
        };
        let mut output = [7.0; 8];
        matrix.apply(means, &Input::new(&[1.0; 64]), &mut output);
        assert_eq!(output, [7.0; 8]);
        let mut row = [7.0; 64];
        matrix.row(&mapping, 8, &mut row);
        assert_eq!(row, [0.0; 64]);
    }
}
