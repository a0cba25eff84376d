//! Between `f32` and IEEE 754 half precision.

use half::f16;

use crate::lanes::Lanes;

/// Widens; exact. Both slices are equally long.
#[inline(always)]
pub(crate) fn widen<L: Lanes>(lanes: L, from: &[f16], to: &mut [f32]) {
    assert_eq!(from.len(), to.len(), "equal lengths");
    let (from, from_rest) = from.as_chunks();
    let (to, to_rest) = to.as_chunks_mut();
    for (from, to) in from.iter().zip(to) {
        lanes.store(lanes.load_half(from), to);
    }
    for (from, to) in from_rest.iter().zip(to_rest) {
        *to = from.to_f32_const();
    }
}

/// Narrows, rounded to nearest, ties to even. Both slices are equally long.
#[inline(always)]
pub(crate) fn narrow<L: Lanes>(lanes: L, from: &[f32], to: &mut [f16]) {
    assert_eq!(from.len(), to.len(), "equal lengths");
    let (from, from_rest) = from.as_chunks();
    let (to, to_rest) = to.as_chunks_mut();
    for (from, to) in from.iter().zip(to) {
        lanes.store_half(lanes.load(from), to);
    }
    for (from, to) in from_rest.iter().zip(to_rest) {
        *to = f16::from_f32_const(*from);
    }
}
