//! Rotary position embedding over pairs: interleaved, `(2i, 2i+1)`, the GGUF `NORM` convention, or
//! by halves, `(i, i + pairs)`, its `NEOX` one.
//! Su et al., "RoFormer" (arXiv 2104.09864), equation 34.

/// Rotates every head of `row` by one position's angles. `row` is `[heads, width]`; `cos` and `sin`
/// hold one value a pair, and pairs beyond them (a partial rotary) are left as they are.
#[inline(always)]
pub(crate) fn rotate(row: &mut [f32], width: usize, cos: &[f32], sin: &[f32]) {
    assert!(width > 0 && row.len().is_multiple_of(width), "whole heads");
    assert!(cos.len() == sin.len() && 2 * cos.len() <= width, "angles");
    for head in row.chunks_exact_mut(width) {
        let (pairs, _) = head.as_chunks_mut::<2>();
        for ([a, b], (c, s)) in pairs.iter_mut().zip(cos.iter().zip(sin)) {
            (*a, *b) = (*a * c - *b * s, *a * s + *b * c);
        }
    }
}

/// [`rotate`], of the pairs `(i, i + pairs)`.
#[inline(always)]
pub(crate) fn rotate_halves(row: &mut [f32], width: usize, cos: &[f32], sin: &[f32]) {
    assert!(width > 0 && row.len().is_multiple_of(width), "whole heads");
    assert!(cos.len() == sin.len() && 2 * cos.len() <= width, "angles");
    for head in row.chunks_exact_mut(width) {
        let (firsts, rest) = head.split_at_mut(cos.len());
        let pairs = firsts.iter_mut().zip(rest);
        for ((a, b), (c, s)) in pairs.zip(cos.iter().zip(sin)) {
            (*a, *b) = (*a * c - *b * s, *a * s + *b * c);
        }
    }
}
