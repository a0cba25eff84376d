//! The formats of 32 weights a block: Q4_0, Q4_1, Q8_0.

use super::activation::Block;
use super::{Multiply, Q4_0, Q4_1, Q8_0};
use crate::rows::{Chunk, Rows};

/// The integer products of a block of four-bit weights.
#[inline(always)]
fn four_bits<R: Rows, const M: usize>(
    rows: R,
    half: usize,
    quants: &[Chunk; 4],
    x: [&Block; M],
) -> [R::Ints; M] {
    let first = rows.low(rows.bytes(&quants[0], half));
    let mut parts = [rows.part(first, rows.spread(x[0].values[0])); M];
    for m in 1..M {
        parts[m] = rows.part(first, rows.spread(x[m].values[0]));
    }
    for (t, chunk) in quants.iter().enumerate() {
        let bytes = rows.bytes(chunk, half);
        for m in 0..M {
            if t > 0 {
                parts[m] = rows.more(parts[m], rows.low(bytes), rows.spread(x[m].values[t]));
            }
            parts[m] = rows.more(parts[m], rows.high(bytes), rows.spread(x[m].values[4 + t]));
        }
    }
    let mut ints = [rows.none(); M];
    for m in 0..M {
        ints[m] = rows.whole(ints[m], parts[m]);
    }
    ints
}

impl Multiply for Q4_0 {
    #[inline(always)]
    fn multiply<R: Rows, const M: usize>(
        &self,
        rows: R,
        half: usize,
        x: [&Block; M],
        sums: &mut [R::Floats; M],
    ) {
        let ints = four_bits(rows, half, &self.quants, x);
        let scale = rows.halves(&self.scale, half);
        for m in 0..M {
            let d = rows.mul(scale, rows.splat(x[m].scale));
            let sum = rows.fma(rows.floats(ints[m]), d, sums[m]);
            sums[m] = rows.fma(scale, rows.splat(-8.0 * x[m].sum), sum);
        }
    }
}

impl Multiply for Q4_1 {
    #[inline(always)]
    fn multiply<R: Rows, const M: usize>(
        &self,
        rows: R,
        half: usize,
        x: [&Block; M],
        sums: &mut [R::Floats; M],
    ) {
        let ints = four_bits(rows, half, &self.quants, x);
        let scale = rows.halves(&self.scale, half);
        let minimum = rows.halves(&self.minimum, half);
        for m in 0..M {
            let d = rows.mul(scale, rows.splat(x[m].scale));
            let sum = rows.fma(rows.floats(ints[m]), d, sums[m]);
            sums[m] = rows.fma(minimum, rows.splat(x[m].sum), sum);
        }
    }
}

impl Multiply for Q8_0 {
    #[inline(always)]
    fn multiply<R: Rows, const M: usize>(
        &self,
        rows: R,
        half: usize,
        x: [&Block; M],
        sums: &mut [R::Floats; M],
    ) {
        let mut ints = [rows.none(); M];
        for (t, chunk) in self.quants.iter().enumerate() {
            let weights = rows.bytes(chunk, half);
            for m in 0..M {
                ints[m] = rows.signed(ints[m], weights, rows.spread(x[m].values[t]));
            }
        }
        let scale = rows.halves(&self.scale, half);
        for m in 0..M {
            let d = rows.mul(scale, rows.splat(x[m].scale));
            sums[m] = rows.fma(rows.floats(ints[m]), d, sums[m]);
        }
    }
}
