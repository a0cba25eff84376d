//! Q4_K and Q5_K: 256 weights in eight sub-blocks of 32.

use half::f16;

use super::activation::Superblock;
use super::quants::{Fours, five_bits, four_bits, half_of_five};
use super::{Multiply, Q4K, Q5K};
use crate::rows::{PANEL, Rows};

impl Multiply for Q4K {
    #[inline(always)]
    fn multiply<R: Rows, const M: usize>(
        &self,
        rows: R,
        half: usize,
        x: [&Superblock; M],
        sums: &mut [R::Floats; M],
    ) {
        let (factors, minima) = self.factors.unpack();
        let mut ints = [rows.none(); M];
        for (j, factors) in factors.iter().enumerate() {
            let parts = four_bits(rows, half, &self.quants, 4 * j, fours(x, j));
            let factor = rows.factor(factors, half);
            for m in 0..M {
                ints[m] = rows.scaled(ints[m], parts[m], factor);
            }
        }
        finish(
            rows,
            half,
            (&self.scale, &self.minimum),
            &minima,
            ints,
            x,
            sums,
        );
    }
}

impl Multiply for Q5K {
    #[inline(always)]
    fn multiply<R: Rows, const M: usize>(
        &self,
        rows: R,
        half: usize,
        x: [&Superblock; M],
        sums: &mut [R::Floats; M],
    ) {
        let (factors, minima) = self.factors.unpack();
        let mut ints = [rows.none(); M];
        for (j, factors) in factors.iter().enumerate() {
            let factor = rows.factor(factors, half);
            let weights = five_bits(rows, half, &self.high[j], &self.quants, 4 * j);
            let x = fours(x, j);
            for m in 0..M {
                for (s, four) in weights.iter().enumerate() {
                    let part = half_of_five(rows, four, x[m], s);
                    ints[m] = rows.scaled(ints[m], part, factor);
                }
            }
        }
        finish(
            rows,
            half,
            (&self.scale, &self.minimum),
            &minima,
            ints,
            x,
            sums,
        );
    }
}

/// The activations of a sub-block, of each token.
#[inline(always)]
fn fours<const M: usize>(x: [&Superblock; M], j: usize) -> [&Fours; M] {
    let mut fours = [&x[0].values.as_chunks().0[j]; M];
    for (fours, x) in fours.iter_mut().zip(x) {
        *fours = &x.values.as_chunks().0[j];
    }
    fours
}

/// Adds a block's integers, less its minima, to the sums.
#[inline(always)]
fn finish<R: Rows, const M: usize>(
    rows: R,
    half: usize,
    (scale, minimum): (&[f16; PANEL], &[f16; PANEL]),
    minima: &[[u8; PANEL]; 8],
    ints: [R::Ints; M],
    x: [&Superblock; M],
    sums: &mut [R::Floats; M],
) {
    let mut low = [rows.none(); M];
    for j in 0..4 {
        let pair = rows.pairs(&minima[2 * j], &minima[2 * j + 1], half);
        for m in 0..M {
            low[m] = rows.dot_pairs(low[m], pair, x[m].thirties[j]);
        }
    }
    let scale = rows.halves(scale, half);
    let minimum = rows.halves(minimum, half);
    for m in 0..M {
        let d = rows.splat(x[m].scale);
        let sum = rows.fma(rows.floats(ints[m]), rows.mul(scale, d), sums[m]);
        let d = rows.splat(-x[m].scale);
        sums[m] = rows.fma(rows.floats(low[m]), rows.mul(minimum, d), sum);
    }
}
