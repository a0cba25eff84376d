//! Rows of the cache, keys or values, in one of three forms, and how a stretch of them widens.
//!
//! Attention computes in `f32` and visits positions by blocks: what it needs of a form is to widen a
//! block. `F32` is exact and only lent; `F16` halves it; `Q8` is llama.cpp's Q8_0, 32 signed bytes
//! under one half-precision scale: 0.531 of `F16`, within half a step of the largest of the 32.

use std::ops::Range;

use half::f16;

use crate::lanes::{Lanes, WIDTH};
use crate::precision::widen;

/// Floats under one scale.
pub const QUANTUM: usize = 32;

/// 32 floats: `x[i] = scale · values[i]`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C)]
pub struct Q8_0 {
    scale: f16,
    values: [i8; QUANTUM],
}
const _: () = assert!(size_of::<Q8_0>() == 34);

/// `[positions, width]`, one head's keys or values.
#[derive(Clone, Copy)]
pub enum Rows<'a> {
    /// Exact.
    F32(&'a [f32]),
    /// Half precision.
    F16(&'a [f16]),
    /// Eight bits; the width is whole blocks.
    Q8(&'a [Q8_0]),
}

impl Rows<'_> {
    /// Whether `positions` rows of `width` floats are there.
    pub(crate) fn hold(self, positions: usize, width: usize) -> bool {
        let floats = match self {
            Self::F32(rows) => rows.len(),
            Self::F16(rows) => rows.len(),
            Self::Q8(rows) if width.is_multiple_of(QUANTUM) => rows.len() * QUANTUM,
            Self::Q8(_) => 0,
        };
        floats >= positions * width
    }

    /// The floats of `span`, widened into `buffer` if they are not floats already. `span` is whole
    /// rows, `buffer` as long.
    #[inline(always)]
    pub(crate) fn stretch<'b, L: Lanes>(
        &'b self,
        lanes: L,
        span: Range<usize>,
        buffer: &'b mut [f32],
    ) -> &'b [f32] {
        match *self {
            Self::F32(rows) => return &rows[span],
            Self::F16(rows) => widen(lanes, &rows[span], buffer),
            Self::Q8(rows) => decode(
                lanes,
                &rows[span.start / QUANTUM..span.end / QUANTUM],
                buffer,
            ),
        }
        buffer
    }
}

/// `floats ← scale · values`, block by block; equal lengths.
#[inline(always)]
fn decode<L: Lanes>(lanes: L, blocks: &[Q8_0], floats: &mut [f32]) {
    let (floats, _) = floats.as_chunks_mut::<QUANTUM>();
    assert_eq!(blocks.len(), floats.len(), "equal lengths");
    for (block, floats) in blocks.iter().zip(floats) {
        let scale = f32::from(block.scale);
        let (values, _) = block.values.as_chunks();
        let (eights, _) = floats.as_chunks_mut();
        for (values, eight) in values.iter().zip(eights) {
            lanes.store(
                lanes.mul(lanes.load_bytes(values), lanes.splat(scale)),
                eight,
            );
        }
    }
}

/// Quantises whole blocks of `row` into `blocks`; equal lengths.
///
/// The scale is rounded to half precision first and the integers follow it, so that its rounding
/// costs nothing.
#[inline(always)]
pub(crate) fn encode<L: Lanes>(lanes: L, row: &[f32], blocks: &mut [Q8_0]) {
    let (rows, rest) = row.as_chunks::<QUANTUM>();
    assert!(
        rest.is_empty() && rows.len() == blocks.len(),
        "whole blocks, equal lengths"
    );
    for (row, block) in rows.iter().zip(blocks) {
        let (eights, _) = row.as_chunks::<WIDTH>();
        let mut most = lanes.splat(0.0);
        for eight in eights {
            let x = lanes.load(eight);
            most = lanes.max(most, lanes.max(x, lanes.mul(x, lanes.splat(-1.0))));
        }
        let scale = (lanes.largest(most) / 127.0).min(f16::MAX.to_f32_const());
        block.scale = f16::from_f32_const(scale);
        let scale = f32::from(block.scale);
        let inverse = lanes.splat(if scale > 0.0 { 1.0 / scale } else { 0.0 });
        let mut rounded = [0.0; WIDTH];
        let (parts, _) = block.values.as_chunks_mut::<WIDTH>();
        for (eight, part) in eights.iter().zip(parts) {
            lanes.store(
                lanes.round(lanes.mul(lanes.load(eight), inverse)),
                &mut rounded,
            );
            for (value, x) in part.iter_mut().zip(rounded) {
                *value = (x as i8).max(-127);
            }
        }
    }
}

impl Q8_0 {
    /// 32 zeros.
    pub const ZERO: Self = Self {
        scale: f16::ZERO,
        values: [0; QUANTUM],
    };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Kernels;

    fn decoded(block: &Q8_0) -> [f64; QUANTUM] {
        let scale = f64::from(block.scale);
        block.values.map(|value| scale * f64::from(value))
    }

    proptest! {
        #[test]
        fn a_block_is_within_half_a_step_at_every_level_alike(
            row in proptest::array::uniform32(-1.0f32..1.0), exponent in -10i32..16,
        ) {
            let row = row.map(|x| x * 2.0f32.powi(exponent));
            let mut blocks = Vec::new();
            for kernels in Kernels::available() {
                let mut block = [Q8_0::ZERO];
                kernels.quantise_cache(&row, &mut block);
                let scale = f64::from(block[0].scale);
                // Below the smallest normal half float the scale itself is coarse.
                let step = scale.max(f64::from(f16::MIN_POSITIVE)) * 0.5001;
                for (x, y) in row.iter().zip(decoded(&block[0])) {
                    prop_assert!((f64::from(*x) - y).abs() <= step, "{x} {y} {scale}");
                }
                blocks.push(block);
            }
            prop_assert!(blocks.iter().all(|block| *block == blocks[0]));
        }
    }

    #[test]
    fn extremes_stay_finite() {
        for kernels in Kernels::available() {
            for x in [0.0, -0.0, 1e-30, f32::MAX, f32::MIN, f32::INFINITY] {
                let mut block = [Q8_0::ZERO];
                kernels.quantise_cache(&[x; QUANTUM], &mut block);
                assert!(decoded(&block[0]).iter().all(|y| y.is_finite()), "{x}");
            }
        }
    }

    #[test]
    fn rows_that_are_not_whole_blocks_are_not_held() {
        let blocks = [Q8_0::ZERO; 4];
        assert!(Rows::Q8(&blocks).hold(2, 64));
        assert!(!Rows::Q8(&blocks).hold(3, 64));
        assert!(!Rows::Q8(&blocks).hold(1, 40));
    }
}
