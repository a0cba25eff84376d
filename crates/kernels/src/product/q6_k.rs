//! Q6_K: 256 weights in sixteen sub-blocks of 16.

use super::activation::Superblock;
use super::{Multiply, Q6K};
use crate::rows::Rows;

impl Multiply for Q6K {
    #[inline(always)]
    fn multiply<R: Rows, const M: usize>(
        &self,
        rows: R,
        half: usize,
        x: [&Superblock; M],
        sums: &mut [R::Floats; M],
    ) {
        let mut ints = [rows.none(); M];
        for j in 0..8 {
            let factors = [
                rows.signed_factor(&self.factors[2 * j], half),
                rows.signed_factor(&self.factors[2 * j + 1], half),
            ];
            for u in 0..2 {
                let high = rows.bytes(&self.high[2 * j + u], half);
                let a = rows.bytes(&self.low[4 * j + 2 * u], half);
                let b = rows.bytes(&self.low[4 * j + 2 * u + 1], half);
                let pairs = [
                    (
                        rows.or(rows.low(a), rows.two_bits::<0>(high)),
                        rows.or(rows.low(b), rows.two_bits::<1>(high)),
                    ),
                    (
                        rows.or(rows.high(a), rows.two_bits::<2>(high)),
                        rows.or(rows.high(b), rows.two_bits::<3>(high)),
                    ),
                ];
                for (s, (a, b)) in pairs.into_iter().enumerate() {
                    let at = 8 * j + 4 * s + 2 * u;
                    for m in 0..M {
                        let part = rows.part(a, rows.spread(x[m].values[at]));
                        let part = rows.more(part, b, rows.spread(x[m].values[at + 1]));
                        ints[m] = rows.scaled(ints[m], part, factors[s]);
                    }
                }
            }
        }
        let mut offset = [rows.none(); M];
        for j in 0..8 {
            let pair = rows.signed_pairs(&self.factors[2 * j], &self.factors[2 * j + 1], half);
            for m in 0..M {
                offset[m] = rows.dot_pairs(offset[m], pair, x[m].sixteens[j]);
            }
        }
        let scale = rows.halves(&self.scale, half);
        for m in 0..M {
            let d = rows.splat(x[m].scale);
            let ints = rows.floats(rows.less_32(ints[m], offset[m]));
            sums[m] = rows.fma(ints, rows.mul(scale, d), sums[m]);
        }
    }
}
