//! Root mean square norm: `x ← x / √(mean(x²) + ε) · w`.

use crate::lanes::Lanes;

/// Norms `row` in place. `weight` is as long as `row`.
#[inline(always)]
pub(crate) fn rms_norm<L: Lanes>(lanes: L, row: &mut [f32], weight: &[f32], epsilon: f32) {
    assert_eq!(row.len(), weight.len(), "a weight for each value");
    if row.is_empty() {
        return;
    }
    let (eights, rest) = row.as_chunks();
    let mut squares = lanes.splat(0.0);
    for x in eights {
        let x = lanes.load(x);
        squares = lanes.fma(x, x, squares);
    }
    let sum = lanes.sum(squares) + rest.iter().map(|x| x * x).sum::<f32>();
    let factor = 1.0 / (sum / row.len() as f32 + epsilon).sqrt();
    for (x, w) in row.iter_mut().zip(weight) {
        *x = *x * factor * w;
    }
}
