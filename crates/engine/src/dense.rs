//! Products of many rows with a matrix of any kind, in `f32` throughout.
//!
//! A picture has thousands of rows: dequantising a matrix once for hundreds of them costs nothing
//! beside the product, which then runs in registers, and activations are never rounded. Decoding
//! has its own way, see `linear`.

use std::ops::Range;
use std::sync::atomic::Ordering;

use kernels::dense::{COLUMNS, ROWS, Tile};

use crate::gguf::map::Mapping;
use crate::linear::{Means, shares};
use crate::weights::Matrix;

/// Depth of a packed panel: sixteen rows of it stay in the second-level cache.
const DEPTH: usize = 1024;
/// Rows of the matrix in a piece of work.
const PIECE: usize = 4 * COLUMNS;
/// Floats between two decoded rows, so that they do not share a cache set.
const GAP: usize = 16;

/// Rows packed for products, in panels of [`ROWS`]: `[panels][width][ROWS]`, the last filled up with
/// zeros.
pub(crate) struct Packed {
    rows: usize,
    width: usize,
    panels: Vec<[f32; ROWS]>,
}

impl Packed {
    /// Packs `rows`, each of `width` floats.
    pub(crate) fn new(means: Means<'_>, rows: &[f32], width: usize) -> Self {
        let count = rows.len() / width;
        assert_eq!(rows.len(), count * width, "whole rows");
        let mut panels = vec![[0.0; ROWS]; count.div_ceil(ROWS) * width];
        let groups = rows.chunks(ROWS * width);
        let groups: Vec<_> = groups.zip(panels.chunks_exact_mut(width)).collect();
        means.pool.each(groups, |(group, packed)| {
            for (r, row) in group.chunks_exact(width).enumerate() {
                for (value, packed) in row.iter().zip(packed.iter_mut()) {
                    packed[r] = *value;
                }
            }
        });
        Self {
            rows: count,
            width,
            panels,
        }
    }
}

/// Floats that a thread holds at a time of a matrix of so many columns.
pub(crate) fn floats(columns: usize) -> usize {
    COLUMNS * (columns + GAP + DEPTH.min(columns))
}

impl Matrix {
    /// `output[t] = matrix · input[t]`: `input` has rows of `columns` floats, `output` is `[rows,
    /// outputs]`. When `means.cancel` is raised the output is meaningless.
    pub(crate) fn multiply(&self, means: Means<'_>, input: &Packed, output: &mut [f32]) {
        assert_eq!(input.width, self.columns, "rows as long as the matrix's");
        assert_eq!(output.len(), input.rows * self.rows, "a row for each row");
        let pieces = shares(output, self.rows, PIECE);
        means.pool.each(pieces, |(range, mut rows)| {
            let starts = range.clone().step_by(COLUMNS);
            for (index, start) in starts.enumerate() {
                if means.cancel.load(Ordering::Relaxed) {
                    return;
                }
                let part = start..range.end.min(start + COLUMNS);
                let decoded = self.decode(means.mapping, part.clone());
                let column = index * COLUMNS..index * COLUMNS + part.len();
                self.panel(means, &decoded, &input.panels, column, &mut rows);
            }
        });
    }

    /// At most [`COLUMNS`] rows, decoded, each `columns` + [`GAP`] long.
    fn decode(&self, mapping: &Mapping, range: Range<usize>) -> Vec<f32> {
        let stride = self.columns + GAP;
        let mut decoded = vec![0.0; COLUMNS * stride];
        self.rows(mapping, range, stride, &mut decoded);
        decoded
    }

    /// The product with one panel, into `column` of each output row.
    fn panel(
        &self,
        means: Means<'_>,
        decoded: &[f32],
        inputs: &[[f32; ROWS]],
        column: Range<usize>,
        outputs: &mut [&mut [f32]],
    ) {
        let stride = self.columns + GAP;
        let mut packed = vec![[0.0; COLUMNS]; DEPTH.min(self.columns)];
        for start in (0..self.columns).step_by(DEPTH) {
            let depth = DEPTH.min(self.columns - start);
            let packed = &mut packed[..depth];
            for (k, packed) in packed.iter_mut().enumerate() {
                for (value, row) in packed.iter_mut().zip(decoded.chunks_exact(stride)) {
                    *value = row[start + k];
                }
            }
            let groups = inputs.chunks(self.columns).zip(outputs.chunks_mut(ROWS));
            for (input, outputs) in groups {
                let mut tile: Tile = [[0.0; COLUMNS]; ROWS];
                if start > 0 {
                    for (tile, output) in tile.iter_mut().zip(outputs.iter()) {
                        tile[..column.len()].copy_from_slice(&output[column.clone()]);
                    }
                }
                let input = &input[start..start + depth];
                means.kernels.multiply(input, packed, &mut tile);
                for (tile, output) in tile.iter().zip(outputs.iter_mut()) {
                    output[column.clone()].copy_from_slice(&tile[..column.len()]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use kernels::{Kernels, Pool};

    use super::*;
    use crate::gguf::Kind;
    use crate::linear::tests::matrix;
    use crate::sampling::Lots;

    #[test]
    fn every_kind_multiplies_as_its_decoded_rows_do_whatever_the_threads() {
        use Kind::*;
        let (rows, columns, count) = (131, 2560, 19);
        let cancel = AtomicBool::new(false);
        let mut lots = Lots(5);
        let input: Vec<f32> = std::iter::repeat_with(|| 2.0 * lots.fraction() - 1.0)
            .take(count * columns)
            .collect();
        for kind in [
            F32, F16, Bf16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2K, Q3K, Q4K, Q5K, Q6K,
        ] {
            let (_directory, mapping, matrix) = matrix(kind, rows, columns);
            let outputs = [1, 3].map(|threads| {
                let means = Means {
                    mapping: &mapping,
                    kernels: Kernels::best(),
                    pool: &Pool::new(threads),
                    cancel: &cancel,
                };
                let mut output = vec![f32::NAN; count * rows];
                let packed = Packed::new(means, &input, columns);
                matrix.multiply(means, &packed, &mut output);
                output
            });
            assert_eq!(outputs[0], outputs[1], "{kind:?}: threads");
            let mut row = vec![0.0; columns];
            for r in 0..rows {
                matrix.row(&mapping, r, &mut row);
                for (t, x) in input.chunks(columns).enumerate() {
                    let terms = row
                        .iter()
                        .zip(x)
                        .map(|(w, x)| f64::from(*w) * f64::from(*x));
                    let error = f64::from(outputs[0][t * rows + r]) - terms.sum::<f64>();
                    assert!(error.abs() < 1e-5, "{kind:?} {r} {t}: off by {error}");
                }
            }
        }
    }
}
