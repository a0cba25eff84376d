//! Activations, quantised to eight bits once for all the matrices that they meet.

use crate::lanes::{Lanes, WIDTH};

/// 256 activations, the companions of the K formats' blocks.
#[derive(Debug, Clone, PartialEq)]
#[repr(C, align(64))]
pub struct Superblock {
    pub(crate) values: [[i8; 4]; 64],
    /// Of each sixteen, by pairs.
    pub(crate) sixteens: [[i16; 2]; 8],
    /// Of each 32, by pairs.
    pub(crate) thirties: [[i16; 2]; 4],
    pub(crate) scale: f32,
}

/// 32 activations, the companions of the small formats' blocks.
#[derive(Debug, Clone, PartialEq)]
#[repr(C)]
pub struct Block {
    pub(crate) values: [[i8; 4]; 8],
    pub(crate) scale: f32,
    /// `scale · Σ values`
    pub(crate) sum: f32,
}

/// Values in -127..=127 and the scale that gives back `row`.
#[inline(always)]
fn eight_bits<L: Lanes, const N: usize>(lanes: L, row: &[f32; N], values: &mut [[i8; 4]]) -> f32 {
    let (eights, _) = row.as_chunks::<WIDTH>();
    let mut most = lanes.splat(0.0);
    for eight in eights {
        let x = lanes.load(eight);
        most = lanes.max(most, lanes.max(x, lanes.mul(x, lanes.splat(-1.0))));
    }
    let scale = lanes.largest(most) / 127.0;
    // A scale too small to divide by stands for zeros.
    let inverse = 1.0 / scale;
    let inverse = lanes.splat(if inverse.is_finite() { inverse } else { 0.0 });
    let mut rounded = [0.0; WIDTH];
    let (pairs, _) = values.as_chunks_mut::<2>();
    for (eight, pair) in eights.iter().zip(pairs) {
        lanes.store(
            lanes.round(lanes.mul(lanes.load(eight), inverse)),
            &mut rounded,
        );
        for (value, x) in pair.as_flattened_mut().iter_mut().zip(rounded) {
            *value = x as i8;
        }
    }
    scale
}

impl Superblock {
    /// Activations of a block.
    pub const LENGTH: usize = 256;
    /// Zeros.
    pub const ZERO: Self = Self {
        values: [[0; 4]; 64],
        sixteens: [[0; 2]; 8],
        thirties: [[0; 2]; 4],
        scale: 0.0,
    };
}

impl Block {
    /// Activations of a block.
    pub const LENGTH: usize = 32;
    /// Zeros.
    pub const ZERO: Self = Self {
        values: [[0; 4]; 8],
        scale: 0.0,
        sum: 0.0,
    };
}

/// Quantises whole superblocks.
#[inline(always)]
pub(crate) fn superblocks<L: Lanes>(lanes: L, row: &[f32], blocks: &mut [Superblock]) {
    let (rows, rest) = row.as_chunks::<{ Superblock::LENGTH }>();
    assert!(
        rest.is_empty() && rows.len() == blocks.len(),
        "whole blocks"
    );
    for (row, block) in rows.iter().zip(blocks) {
        block.scale = eight_bits(lanes, row, &mut block.values);
        let (values, _) = block.values.as_chunks::<4>();
        let sixteens = block.sixteens.as_flattened_mut();
        for (sum, values) in sixteens.iter_mut().zip(values) {
            *sum = total(values.as_flattened());
        }
        let thirties = block.thirties.as_flattened_mut();
        for (sum, [a, b]) in thirties.iter_mut().zip(&block.sixteens) {
            *sum = a + b;
        }
    }
}

/// Quantises whole blocks of 32.
#[inline(always)]
pub(crate) fn blocks<L: Lanes>(lanes: L, row: &[f32], blocks: &mut [Block]) {
    let (rows, rest) = row.as_chunks::<{ Block::LENGTH }>();
    assert!(
        rest.is_empty() && rows.len() == blocks.len(),
        "whole blocks"
    );
    for (row, block) in rows.iter().zip(blocks) {
        block.scale = eight_bits(lanes, row, &mut block.values);
        block.sum = block.scale * f32::from(total(block.values.as_flattened()));
    }
}

#[inline(always)]
fn total(values: &[i8]) -> i16 {
    values.iter().map(|value| i16::from(*value)).sum()
}
