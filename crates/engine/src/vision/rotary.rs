//! Where a patch is, turned into angles: half of each head turns with its row, half with its column.
//!
//! With `f(k) = base^(−2k / width)`, the pairs of the first half have the even frequencies `f(2i)`,
//! those of the second the odd ones `f(2i + 1)` (`transformers`, `PixtralVisionRotaryEmbedding`;
//! llama.cpp, `build_rope_2d`). The converter permutes the rows of the queries' and keys' matrices,
//! so that pairs are neighbours.

use kernels::Kernels;

/// Cosines and sines, a row a patch.
pub(crate) struct Angles {
    width: usize,
    cos: Vec<f32>,
    sin: Vec<f32>,
}

impl Angles {
    /// The angles of `rows` lines of `columns` patches, for heads of `width` floats.
    pub(crate) fn new(base: f32, width: usize, columns: usize, rows: usize) -> Self {
        let frequency = |k: usize| f64::from(base).powf(-2.0 * k as f64 / width as f64);
        let (mut cos, mut sin) = (Vec::new(), Vec::new());
        for patch in 0..columns * rows {
            for (place, parity) in [(patch / columns, 0), (patch % columns, 1)] {
                for i in 0..width / 4 {
                    let angle = place as f64 * frequency(2 * i + parity);
                    cos.push(angle.cos() as f32);
                    sin.push(angle.sin() as f32);
                }
            }
        }
        Self { width, cos, sin }
    }

    /// Turns every head of the rows of the patches from `first`: `[.., heads · width]`.
    pub(crate) fn rotate(&self, kernels: Kernels, first: usize, row: usize, rows: &mut [f32]) {
        let pairs = self.width / 2;
        for (patch, row) in (first..).zip(rows.chunks_exact_mut(row)) {
            let angles = patch * pairs..(patch + 1) * pairs;
            let (cos, sin) = (&self.cos[angles.clone()], &self.sin[angles]);
            kernels.rotate(row, self.width, cos, sin);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_half_turns_with_the_row_and_the_second_with_the_column() {
        let angles = Angles::new(16.0, 8, 3, 2);
        // The patch of row 1, column 2.
        let mut row = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0];
        angles.rotate(Kernels::best(), 5, 8, &mut row);
        for (pair, angle) in row.as_chunks::<2>().0.iter().zip([1.0, 0.25, 1.0, 0.25f32]) {
            assert!((pair[0] - angle.cos()).abs() < 1e-6, "{row:?}");
            assert!((pair[1] - angle.sin()).abs() < 1e-6, "{row:?}");
        }
    }
}
