//! The formats of 32 weights a block: Q4_0, Q4_1, Q5_0, Q5_1, Q8_0.

use super::activation::Block;
use super::q4_k::five_bits;
use super::{Multiply, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0};
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

/// The integer products of a block of five-bit weights.
#[inline(always)]
fn five_bit_products<R: Rows, const M: usize>(
    rows: R,
    half: usize,
    high: &Chunk,
    quants: &[Chunk; 4],
    x: [&Block; M],
) -> [R::Ints; M] {
    let weights = five_bits(rows, half, high, quants, 0);
    let mut ints = [rows.none(); M];
    for m in 0..M {
        for (s, four) in weights.iter().enumerate() {
            let x = &x[m].values;
            let part = rows.part(four[0], rows.spread(x[4 * s]));
            let part = rows.more(part, four[1], rows.spread(x[4 * s + 1]));
            let part = rows.more(part, four[2], rows.spread(x[4 * s + 2]));
            let part = rows.more(part, four[3], rows.spread(x[4 * s + 3]));
            ints[m] = rows.whole(ints[m], part);
        }
    }
    ints
}

/// Adds `scale · (ints - offset · Σ x)` to the sums.
#[inline(always)]
fn finish_centred<R: Rows, const M: usize>(
    rows: R,
    scale: R::Floats,
    offset: f32,
    ints: [R::Ints; M],
    x: [&Block; M],
    sums: &mut [R::Floats; M],
) {
    for m in 0..M {
        let d = rows.mul(scale, rows.splat(x[m].scale));
        let sum = rows.fma(rows.floats(ints[m]), d, sums[m]);
        sums[m] = rows.fma(scale, rows.splat(-offset * x[m].sum), sum);
    }
}

/// Adds `scale · ints + minimum · Σ x` to the sums.
#[inline(always)]
fn finish_above<R: Rows, const M: usize>(
    rows: R,
    scale: R::Floats,
    minimum: R::Floats,
    ints: [R::Ints; M],
    x: [&Block; M],
    sums: &mut [R::Floats; M],
) {
    for m in 0..M {
        let d = rows.mul(scale, rows.splat(x[m].scale));
        let sum = rows.fma(rows.floats(ints[m]), d, sums[m]);
        sums[m] = rows.fma(minimum, rows.splat(x[m].sum), sum);
    }
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
        finish_centred(rows, scale, 8.0, ints, x, sums);
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
        finish_above(rows, scale, minimum, ints, x, sums);
    }
}

impl Multiply for Q5_0 {
    #[inline(always)]
    fn multiply<R: Rows, const M: usize>(
        &self,
        rows: R,
        half: usize,
        x: [&Block; M],
        sums: &mut [R::Floats; M],
    ) {
        let ints = five_bit_products(rows, half, &self.high, &self.quants, x);
        let scale = rows.halves(&self.scale, half);
        finish_centred(rows, scale, 16.0, ints, x, sums);
    }
}

impl Multiply for Q5_1 {
    #[inline(always)]
    fn multiply<R: Rows, const M: usize>(
        &self,
        rows: R,
        half: usize,
        x: [&Block; M],
        sums: &mut [R::Floats; M],
    ) {
        let ints = five_bit_products(rows, half, &self.high, &self.quants, x);
        let scale = rows.halves(&self.scale, half);
        let minimum = rows.halves(&self.minimum, half);
        finish_above(rows, scale, minimum, ints, x, sums);
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
