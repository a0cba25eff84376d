//! The format Q4_1: 32 weights of four bits, a scale and a minimum.
//!
//! `w[i] = scale · q[i] + minimum`, `q` in 0..=15; `q[i]` for `i < 16` is the low half of byte `i`,
//! for `i ≥ 16` the high half of byte `i − 16`. Activations become 32 signed bytes and a scale, so
//! that a block's product is `scale · scale' · Σ q·q' + minimum · (scale' · Σ q')`.
//!
//! The integer sum is exact. Pairs cannot saturate sixteen bits: 2 · 15 · 127 = 3,810. Every output
//! adds its blocks in order, so that it depends neither on its neighbours nor on the batch.

use half::f16;

use crate::lanes::{Lanes, WIDTH};

/// Weights of a block.
pub const BLOCK: usize = 32;

/// 32 weights, as the file holds them.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C)]
pub struct Q4_1 {
    scale: f16,
    minimum: f16,
    nibbles: [u8; BLOCK / 2],
}
const _: () = assert!(size_of::<Q4_1>() == 20);

/// 32 activations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Q8 {
    scale: f32,
    /// `scale · Σ values`
    sum: f32,
    values: [i8; BLOCK],
}

impl Q4_1 {
    /// The 32 weights.
    pub fn decode(&self, weights: &mut [f32; BLOCK]) {
        let (scale, minimum) = (self.scale.to_f32_const(), self.minimum.to_f32_const());
        for (i, byte) in self.nibbles.iter().enumerate() {
            weights[i] = scale * f32::from(byte & 15) + minimum;
            weights[i + BLOCK / 2] = scale * f32::from(byte >> 4) + minimum;
        }
    }
}

/// Quantises `row` into `blocks`: a block for each 32 values, whole.
#[inline(always)]
pub(crate) fn quantise<L: Lanes>(lanes: L, row: &[f32], blocks: &mut Vec<Q8>) {
    let (rows, rest) = row.as_chunks::<BLOCK>();
    assert!(rest.is_empty(), "whole blocks");
    for row in rows {
        let (eights, _) = row.as_chunks::<WIDTH>();
        let mut most = lanes.splat(0.0);
        for eight in eights {
            let x = lanes.load(eight);
            most = lanes.max(most, lanes.max(x, lanes.mul(x, lanes.splat(-1.0))));
        }
        let scale = lanes.largest(most) / 127.0;
        let inverse = lanes.splat(if scale > 0.0 { 1.0 / scale } else { 0.0 });
        let (mut rounded, mut values, mut sum) = ([0.0; WIDTH], [0; BLOCK], 0);
        let (parts, _) = values.as_chunks_mut::<WIDTH>();
        for (eight, part) in eights.iter().zip(parts) {
            let x = lanes.round(lanes.mul(lanes.load(eight), inverse));
            lanes.store(x, &mut rounded);
            for (value, x) in part.iter_mut().zip(rounded) {
                *value = x as i8;
                sum += i32::from(*value);
            }
        }
        blocks.push(Q8 {
            scale,
            sum: scale * sum as f32,
            values,
        });
    }
}

/// The products of four rows of weights with one row of activations, all equally long.
#[inline(always)]
pub(crate) fn dots<L: Lanes>(lanes: L, rows: [&[Q4_1]; 4], x: &[Q8], out: &mut [f32; 4]) {
    let [a, b, c, d] = rows;
    let mut sums = [lanes.splat(0.0); 4];
    let mut minima = [0.0; 4];
    assert!(rows.iter().all(|row| row.len() == x.len()), "equal lengths");
    for ((((a, b), c), d), x) in a.iter().zip(b).zip(c).zip(d).zip(x) {
        for (r, block) in [a, b, c, d].into_iter().enumerate() {
            let [scale, minimum] = lanes.widen_pair([block.scale, block.minimum]);
            let product = lanes.dot_u4_i8(&block.nibbles, &x.values);
            sums[r] = lanes.fma(product, lanes.splat(scale * x.scale), sums[r]);
            minima[r] += minimum * x.sum;
        }
    }
    for r in 0..4 {
        out[r] = lanes.sum(sums[r]) + minima[r];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kernels;
    use crate::table::tests::{close, noise};

    fn weights(seed: u64, blocks: usize) -> Vec<Q4_1> {
        let random = noise(seed, blocks * 18);
        random
            .chunks(18)
            .map(|x| Q4_1 {
                scale: f16::from_f32(x[16] * 0.02),
                minimum: f16::from_f32(x[17] * 0.1),
                nibbles: std::array::from_fn(|i| ((x[i] + 1.0) * 128.0) as u8),
            })
            .collect()
    }

    fn decode(row: &[Q4_1]) -> Vec<f32> {
        row.iter()
            .flat_map(|block| {
                let mut weights = [0.0; BLOCK];
                block.decode(&mut weights);
                weights
            })
            .collect()
    }

    #[test]
    fn a_block_decodes_low_halves_first() {
        let block = Q4_1 {
            scale: f16::from_f32(0.5),
            minimum: f16::from_f32(-1.0),
            nibbles: std::array::from_fn(|i| (i as u8) | 0x30),
        };
        let got = decode(&[block]);
        assert_eq!(got[..3], [-1.0, -0.5, 0.0]);
        assert_eq!(got[16..18], [0.5, 0.5]);
    }

    #[test]
    fn products_agree_with_decoded_weights_at_every_level() {
        for kernels in Kernels::available() {
            for blocks in [1, 2, 18, 49] {
                let rows: Vec<_> = (0..4).map(|seed| weights(seed, blocks)).collect();
                let x = noise(9, blocks * BLOCK);
                let mut quantised = Vec::new();
                kernels.quantise_q8(&x, &mut quantised);
                let exact: Vec<f32> = quantised
                    .iter()
                    .flat_map(|block| block.values.map(|v| f32::from(v) * block.scale))
                    .collect();
                close(&exact, &x, 0.005);
                let mut got = [0.0; 4];
                let slices = std::array::from_fn(|r| rows[r].as_slice());
                kernels.dots_q4_1(slices, &quantised, &mut got);
                let expected: Vec<f32> = rows
                    .iter()
                    .map(|row| {
                        let row = decode(row);
                        row.iter()
                            .zip(&exact)
                            .map(|(w, x)| f64::from(*w) * f64::from(*x))
                            .sum::<f64>() as f32
                    })
                    .collect();
                close(&got, &expected, 1e-4);
            }
        }
    }

    #[test]
    fn the_extremes_do_not_saturate() {
        let block = Q4_1 {
            scale: f16::ONE,
            minimum: f16::ZERO,
            nibbles: [0xFF; 16],
        };
        for kernels in Kernels::available() {
            for sign in [1.0, -1.0] {
                let mut x = Vec::new();
                kernels.quantise_q8(&[127.0 * sign; BLOCK], &mut x);
                let mut got = [0.0; 4];
                kernels.dots_q4_1([&[block]; 4], &x, &mut got);
                assert_eq!(got, [sign * 15.0 * 127.0 * 32.0; 4]);
            }
            let mut zero = Vec::new();
            kernels.quantise_q8(&[0.0; BLOCK], &mut zero);
            let mut got = [1.0; 4];
            kernels.dots_q4_1([&[block]; 4], &zero, &mut got);
            assert_eq!(got, [0.0; 4]);
        }
    }
}
