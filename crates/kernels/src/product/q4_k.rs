//! Q4_K: 256 weights in eight sub-blocks of 32.

use super::activation::Superblock;
use super::{Multiply, Q4K};
use crate::rows::Rows;

impl Multiply for Q4K {
    #[inline(always)]
    fn multiply<R: Rows, const M: usize>(
        &self,
        rows: R,
        half: usize,
        x: [&Superblock; M],
        sums: &mut [R::Floats; M],
    ) {
        let (factors, minima) = self.unpack();
        let mut ints = [rows.none(); M];
        for (j, factors) in factors.iter().enumerate() {
            let first = rows.low(rows.bytes(&self.quants[4 * j], half));
            let mut parts = [rows.part(first, rows.spread(x[0].values[8 * j])); M];
            for m in 1..M {
                parts[m] = rows.part(first, rows.spread(x[m].values[8 * j]));
            }
            for t in 0..4 {
                let bytes = rows.bytes(&self.quants[4 * j + t], half);
                for m in 0..M {
                    let at = 8 * j + t;
                    if t > 0 {
                        let x = rows.spread(x[m].values[at]);
                        parts[m] = rows.more(parts[m], rows.low(bytes), x);
                    }
                    let x = rows.spread(x[m].values[at + 4]);
                    parts[m] = rows.more(parts[m], rows.high(bytes), x);
                }
            }
            let factor = rows.factor(factors, half);
            for m in 0..M {
                ints[m] = rows.scaled(ints[m], parts[m], factor);
            }
        }
        let mut low = [rows.none(); M];
        for j in 0..4 {
            let pair = rows.pairs(&minima[2 * j], &minima[2 * j + 1], half);
            for m in 0..M {
                low[m] = rows.dot_pairs(low[m], pair, x[m].thirties[j]);
            }
        }
        let scale = rows.halves(&self.scale, half);
        let minimum = rows.halves(&self.minimum, half);
        for m in 0..M {
            let d = rows.splat(x[m].scale);
            let sum = rows.fma(rows.floats(ints[m]), rows.mul(scale, d), sums[m]);
            let d = rows.splat(-x[m].scale);
            sums[m] = rows.fma(rows.floats(low[m]), rows.mul(minimum, d), sum);
        }
    }
}
