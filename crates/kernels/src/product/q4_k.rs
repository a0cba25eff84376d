//! Q4_K and Q5_K: 256 weights in eight sub-blocks of 32.

use half::f16;

use super::activation::Superblock;
use super::{Multiply, Q4K, Q5K};
use crate::rows::{Chunk, PANEL, Rows};

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
            for m in 0..M {
                for (s, four) in weights.iter().enumerate() {
                    let x = &x[m].values;
                    let at = 8 * j + 4 * s;
                    let part = rows.part(four[0], rows.spread(x[at]));
                    let part = rows.more(part, four[1], rows.spread(x[at + 1]));
                    let part = rows.more(part, four[2], rows.spread(x[at + 2]));
                    let part = rows.more(part, four[3], rows.spread(x[at + 3]));
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

/// The five-bit weights of 32 a row: those of the low halves of four chunks of `quants` from `at`,
/// then of their high halves.
#[inline(always)]
pub(super) fn five_bits<R: Rows>(
    rows: R,
    half: usize,
    high: &Chunk,
    quants: &[Chunk],
    at: usize,
) -> [[R::Bytes; 4]; 2] {
    let bits = rows.bytes(high, half);
    let (a, b) = (
        rows.bytes(&quants[at], half),
        rows.bytes(&quants[at + 1], half),
    );
    let (c, d) = (
        rows.bytes(&quants[at + 2], half),
        rows.bytes(&quants[at + 3], half),
    );
    [
        [
            rows.or(rows.low(a), rows.one_bit::<0>(bits)),
            rows.or(rows.low(b), rows.one_bit::<1>(bits)),
            rows.or(rows.low(c), rows.one_bit::<2>(bits)),
            rows.or(rows.low(d), rows.one_bit::<3>(bits)),
        ],
        [
            rows.or(rows.high(a), rows.one_bit::<4>(bits)),
            rows.or(rows.high(b), rows.one_bit::<5>(bits)),
            rows.or(rows.high(c), rows.one_bit::<6>(bits)),
            rows.or(rows.high(d), rows.one_bit::<7>(bits)),
        ],
    ]
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
