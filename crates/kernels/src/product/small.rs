//! The formats of 32 weights a block: Q4_0, Q4_1, Q5_0, Q5_1, Q8_0.

use super::activation::Block;
use super::quants::{five_bits, four_bits, half_of_five};
use super::{Multiply, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0};
use crate::rows::{Chunk, Rows};

/// The integer products of a block of four-bit weights.
#[inline(always)]
fn four_bit_products<R: Rows, const M: usize>(
    rows: R,
    half: usize,
    quants: &[Chunk; 4],
    x: [&Block; M],
) -> [R::Ints; M] {
    let mut fours = [&x[0].values; M];
    for (fours, x) in fours.iter_mut().zip(x) {
        *fours = &x.values;
    }
    let parts = four_bits(rows, half, quants, 0, fours);
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
            ints[m] = rows.whole(ints[m], half_of_five(rows, four, &x[m].values, s));
        }
    }
    ints
}

/// Adds `scale · ints + minimum · Σ x` to the sums.
#[inline(always)]
fn finish<R: Rows, const M: usize>(
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
        let ints = four_bit_products(rows, half, &self.quants, x);
        let scale = rows.halves(&self.scale, half);
        let minimum = rows.mul(scale, rows.splat(-8.0));
        finish(rows, scale, minimum, ints, x, sums);
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
        let ints = four_bit_products(rows, half, &self.quants, x);
        let scale = rows.halves(&self.scale, half);
        let minimum = rows.halves(&self.minimum, half);
        finish(rows, scale, minimum, ints, x, sums);
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
        let minimum = rows.mul(scale, rows.splat(-16.0));
        finish(rows, scale, minimum, ints, x, sums);
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
        finish(rows, scale, minimum, ints, x, sums);
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
