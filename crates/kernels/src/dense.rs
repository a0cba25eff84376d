//! Products of dense matrices in `f32`, by tiles of [`ROWS`] × [`COLUMNS`] outputs that stay in
//! registers, and the softmax of a strip of such tiles.
//!
//! Both operands are packed: a panel of rows holds, for each step of the depth, the values of its
//! rows side by side. A step is then two loads and [`ROWS`] broadcasts for twelve vectors of
//! multiply-adds (the outer-product form of Goto and van de Geijn, "Anatomy of High-Performance
//! Matrix Multiplication", 2008). Each output is one chain of additions in the order of the depth:
//! it depends neither on its neighbours nor on the number of threads.

use crate::lanes::{Lanes, WIDTH};

/// Rows of a panel of the first operand.
pub const ROWS: usize = 6;
/// Rows of a panel of the second operand: the columns of a tile.
pub const COLUMNS: usize = 2 * WIDTH;

/// A tile of outputs.
pub type Tile = [[f32; COLUMNS]; ROWS];

/// `tile[r][c] ← tile[r][c] + Σ a[k][r] · b[k][c]`. Both panels are equally deep.
#[inline(always)]
pub(crate) fn multiply<L: Lanes>(
    lanes: L,
    a: &[[f32; ROWS]],
    b: &[[f32; COLUMNS]],
    tile: &mut Tile,
) {
    assert_eq!(a.len(), b.len(), "equal depths");
    let mut sums = [[lanes.splat(0.0); 2]; ROWS];
    for (sum, row) in sums.iter_mut().zip(tile.iter()) {
        let (halves, _) = row.as_chunks::<WIDTH>();
        *sum = [lanes.load(&halves[0]), lanes.load(&halves[1])];
    }
    for (a, b) in a.iter().zip(b) {
        let (halves, _) = b.as_chunks::<WIDTH>();
        let (low, high) = (lanes.load(&halves[0]), lanes.load(&halves[1]));
        for (sum, a) in sums.iter_mut().zip(a) {
            let a = lanes.splat(*a);
            *sum = [lanes.fma(a, low, sum[0]), lanes.fma(a, high, sum[1])];
        }
    }
    for (sum, row) in sums.into_iter().zip(tile) {
        let (halves, _) = row.as_chunks_mut::<WIDTH>();
        lanes.store(sum[0], &mut halves[0]);
        lanes.store(sum[1], &mut halves[1]);
    }
}

/// Softmax down each column of a strip, short of the division: `strip[p][c] ← e^(strip[p][c] − m)`
/// with `m` the column's greatest, whose sum goes to `sums[c]`.
#[inline(always)]
pub(crate) fn softmax<L: Lanes>(lanes: L, strip: &mut [[f32; COLUMNS]], sums: &mut [f32; COLUMNS]) {
    let mut largest = [lanes.splat(f32::NEG_INFINITY); 2];
    for row in strip.iter() {
        let (halves, _) = row.as_chunks::<WIDTH>();
        for (largest, half) in largest.iter_mut().zip(halves) {
            *largest = lanes.max(*largest, lanes.load(half));
        }
    }
    let mut totals = [lanes.splat(0.0); 2];
    let minus = [
        lanes.mul(largest[0], lanes.splat(-1.0)),
        lanes.mul(largest[1], lanes.splat(-1.0)),
    ];
    for row in strip.iter_mut() {
        let (halves, _) = row.as_chunks_mut::<WIDTH>();
        for i in 0..2 {
            let weight = lanes.exp(lanes.add(lanes.load(&halves[i]), minus[i]));
            totals[i] = lanes.add(totals[i], weight);
            lanes.store(weight, &mut halves[i]);
        }
    }
    let (halves, _) = sums.as_chunks_mut::<WIDTH>();
    for (total, half) in totals.into_iter().zip(halves) {
        lanes.store(total, half);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kernels;
    use crate::table::tests::{close, noise};

    #[test]
    fn a_tile_is_the_textbooks_product_added_to_what_was_there() {
        for kernels in Kernels::available() {
            for depth in [0, 1, 7, 300] {
                let (a, b) = (noise(1, depth * ROWS), noise(2, depth * COLUMNS));
                let (a, b) = (a.as_chunks::<ROWS>().0, b.as_chunks::<COLUMNS>().0);
                let mut tile = [[0.5; COLUMNS]; ROWS];
                kernels.multiply(a, b, &mut tile);
                for (r, row) in tile.iter().enumerate() {
                    for (c, got) in row.iter().enumerate() {
                        let terms = a.iter().zip(b).map(|(a, b)| f64::from(a[r] * b[c]));
                        let expected = 0.5 + terms.sum::<f64>();
                        assert!((f64::from(*got) - expected).abs() < 1e-5, "{r} {c}");
                    }
                }
            }
        }
    }

    #[test]
    fn softmax_goes_down_each_column_far_from_zero_too() {
        for kernels in Kernels::available() {
            for rows in [1, 5, 77] {
                let scores: Vec<f32> = noise(3, rows * COLUMNS)
                    .iter()
                    .map(|x| x * 90.0 + 1000.0)
                    .collect();
                let mut strip = scores.as_chunks::<COLUMNS>().0.to_vec();
                let mut sums = [f32::NAN; COLUMNS];
                kernels.softmax(&mut strip, &mut sums);
                for c in 0..COLUMNS {
                    let column = || scores[c..].iter().step_by(COLUMNS).map(|x| f64::from(*x));
                    let top = column().fold(f64::MIN, f64::max);
                    let weights: Vec<f32> = column().map(|x| (x - top).exp() as f32).collect();
                    let got: Vec<f32> = strip.iter().map(|row| row[c]).collect();
                    close(&got, &weights, 1e-6);
                    close(&[sums[c]], &[weights.iter().sum()], 1e-5);
                }
            }
        }
    }
}
