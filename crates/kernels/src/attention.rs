//! Causal attention of a group of query heads over one key/value head of the cache.
//!
//! The scores never exist as a matrix: positions are visited in blocks, and a running maximum and
//! sum rescale what was accumulated (online softmax: Milakov and Gimelshein, arXiv 1805.02867).
//! Blocks start at absolute multiples of [`BLOCK`], so that a query's result does not depend on the
//! batch it came with, nor on the number of threads: decoding, reading a prompt and resuming a
//! saved prefix agree bit for bit.

use crate::kept::Rows;
use crate::lanes::{Lanes, WIDTH};

/// Positions visited together: their keys, widened, fit the first-level cache.
pub const BLOCK: usize = 32;

/// One key/value head of one layer: both `[positions, width]`, in any form.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    /// Keys, after rotation.
    pub keys: Rows<'a>,
    /// Values.
    pub values: Rows<'a>,
    /// Floats in a key, a value and a query: a multiple of 8.
    pub width: usize,
}

/// Attends with some consecutive tokens.
///
/// `queries[t]` is `[group, width]`, already multiplied by the softmax scale; `outputs[t]` has the
/// same shape. Token `t` sees the last `window` of the first `visible + t` positions of `head`.
#[inline(always)]
pub(crate) fn attend<L: Lanes>(
    lanes: L,
    head: Head<'_>,
    visible: usize,
    window: usize,
    queries: &[&[f32]],
    outputs: &mut [&mut [f32]],
    scratch: &mut Vec<f32>,
) {
    let width = head.width;
    assert!(width > 0 && width.is_multiple_of(WIDTH), "width");
    assert_eq!(queries.len(), outputs.len(), "an output for each query");
    let group = queries.first().map_or(0, |query| query.len() / width);
    let seen_by_last = visible + queries.len().saturating_sub(1);
    assert!(visible > 0 && window > 0 && head.keys.hold(seen_by_last, width));
    assert!(head.values.hold(seen_by_last, width));
    for (query, output) in queries.iter().zip(outputs.iter_mut()) {
        assert!(query.len() == group * width && output.len() == group * width);
        output.fill(0.0);
    }

    let rows = queries.len() * group;
    let size = 2 * BLOCK * width + 2 * rows;
    if scratch.len() < size {
        scratch.resize(size, 0.0);
    }
    let (block, running) = scratch[..size].split_at_mut(2 * BLOCK * width);
    let (keys, values) = block.split_at_mut(BLOCK * width);
    let (maxima, sums) = running.split_at_mut(rows);
    maxima.fill(f32::NEG_INFINITY);
    sums.fill(0.0);

    let first = visible.saturating_sub(window) / BLOCK * BLOCK;
    for start in (first..seen_by_last).step_by(BLOCK) {
        let count = BLOCK.min(seen_by_last - start);
        let span = start * width..(start + count) * width;
        let floats = count * width;
        let keys = head.keys.stretch(lanes, span.clone(), &mut keys[..floats]);
        let values = head.values.stretch(lanes, span, &mut values[..floats]);
        for (t, (query, output)) in queries.iter().zip(outputs.iter_mut()).enumerate() {
            let seen = visible + t;
            let count = count.min(seen.saturating_sub(start));
            let lead = seen.saturating_sub(window).saturating_sub(start);
            if lead >= count {
                continue;
            }
            let heads = query
                .chunks_exact(width)
                .zip(output.chunks_exact_mut(width));
            for (h, (query, output)) in heads.enumerate() {
                let row = t * group + h;
                let mut scores = [f32::NEG_INFINITY; BLOCK];
                score(
                    lanes,
                    query,
                    &keys[lead * width..],
                    &mut scores[lead..count],
                );
                let rescale = weigh(lanes, &mut scores, &mut maxima[row], &mut sums[row]);
                let values = &values[lead * width..];
                gather(lanes, &scores[lead..count], values, rescale, output);
            }
        }
    }
    for (t, output) in outputs.iter_mut().enumerate() {
        for (h, output) in output.chunks_exact_mut(width).enumerate() {
            let factor = 1.0 / sums[t * group + h];
            output.iter_mut().for_each(|x| *x *= factor);
        }
    }
}

/// `scores[p] = query · keys[p]`
#[inline(always)]
fn score<L: Lanes>(lanes: L, query: &[f32], keys: &[f32], scores: &mut [f32]) {
    for (score, key) in scores.iter_mut().zip(keys.chunks_exact(query.len())) {
        let (query, _) = query.as_chunks();
        let (key, _) = key.as_chunks();
        // Two chains, so that one multiply-add does not wait for the last.
        let mut sums = [lanes.splat(0.0); 2];
        for (i, (q, k)) in query.iter().zip(key).enumerate() {
            sums[i % 2] = lanes.fma(lanes.load(q), lanes.load(k), sums[i % 2]);
        }
        *score = lanes.sum(lanes.add(sums[0], sums[1]));
    }
}

/// Turns scores into weights `e^(score − maximum)` and returns what earlier weights must be
/// multiplied by now that the maximum may have grown.
#[inline(always)]
fn weigh<L: Lanes>(lanes: L, scores: &mut [f32; BLOCK], maximum: &mut f32, sum: &mut f32) -> f32 {
    let (eights, _) = scores.as_chunks_mut();
    let mut largest = lanes.splat(*maximum);
    for eight in eights.iter() {
        largest = lanes.max(largest, lanes.load(eight));
    }
    let largest = lanes.largest(largest);
    // Not the standard library's: each platform has its own `expf`, and tokens must not differ.
    let rescale = lanes.largest(lanes.exp(lanes.splat(*maximum - largest)));
    let mut total = lanes.splat(0.0);
    for eight in eights.iter_mut() {
        let weight = lanes.exp(lanes.add(lanes.load(eight), lanes.splat(-largest)));
        total = lanes.add(total, weight);
        lanes.store(weight, eight);
    }
    *maximum = largest;
    *sum = *sum * rescale + lanes.sum(total);
    rescale
}

/// `output ← output · rescale + Σ weights[p] · values[p]`
#[inline(always)]
fn gather<L: Lanes>(lanes: L, weights: &[f32], values: &[f32], rescale: f32, output: &mut [f32]) {
    let width = output.len();
    let (eights, _) = output.as_chunks_mut::<WIDTH>();
    let mut offset = 0;
    let mut fours = eights.chunks_exact_mut(4);
    for four in fours.by_ref() {
        columns::<L, 4>(lanes, weights, &values[offset..], width, rescale, four);
        offset += 4 * WIDTH;
    }
    for one in fours.into_remainder().chunks_exact_mut(1) {
        columns::<L, 1>(lanes, weights, &values[offset..], width, rescale, one);
        offset += WIDTH;
    }
}

/// [`gather`] for `N` vectors held in registers over all positions.
#[inline(always)]
fn columns<L: Lanes, const N: usize>(
    lanes: L,
    weights: &[f32],
    values: &[f32],
    width: usize,
    rescale: f32,
    output: &mut [[f32; WIDTH]],
) {
    let factor = lanes.splat(rescale);
    let mut sums = [factor; N];
    for (sum, output) in sums.iter_mut().zip(output.iter()) {
        *sum = lanes.mul(lanes.load(output), factor);
    }
    for (weight, row) in weights.iter().zip(values.chunks(width)) {
        let weight = lanes.splat(*weight);
        let (row, _) = row.as_chunks();
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum = lanes.fma(weight, lanes.load(value), *sum);
        }
    }
    for (sum, output) in sums.into_iter().zip(output) {
        lanes.store(sum, output);
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use half::f16;
    use proptest::prelude::*;

    use super::*;
    use crate::Kernels;
    use crate::kept::{Q8_0, QUANTUM};
    use crate::table::tests::{close, noise};

    /// A window that hides nothing.
    const ALL: usize = usize::MAX;

    /// Rows that own what they hold, and what they are worth.
    struct Held {
        form: Form,
        worth: Vec<f32>,
    }

    enum Form {
        F32(Vec<f32>),
        F16(Vec<f16>),
        Q8(Vec<Q8_0>),
    }

    impl Held {
        /// Every form that `width` allows, holding the same noise.
        fn all(kernels: Kernels, seed: u64, positions: usize, width: usize) -> Vec<Self> {
            let floats = noise(seed, positions * width);
            let mut forms = vec![
                Form::F16(floats.iter().copied().map(f16::from_f32).collect()),
                Form::F32(floats.clone()),
            ];
            if width.is_multiple_of(QUANTUM) {
                let mut blocks = vec![Q8_0::ZERO; floats.len() / QUANTUM];
                kernels.quantise_cache(&floats, &mut blocks);
                forms.push(Form::Q8(blocks));
            }
            let held = forms.into_iter().map(|form| {
                let mut held = Self {
                    form,
                    worth: Vec::new(),
                };
                let mut worth = vec![0.0; floats.len()];
                // Portable lanes and an own buffer: how a stretch widens has its own tests.
                let stretch = held.rows();
                worth.copy_from_slice(stretch.stretch(
                    crate::lanes::portable::Portable,
                    0..floats.len(),
                    &mut vec![0.0; floats.len()],
                ));
                held.worth = worth;
                held
            });
            held.collect()
        }

        fn rows(&self) -> Rows<'_> {
            match &self.form {
                Form::F32(rows) => Rows::F32(rows),
                Form::F16(rows) => Rows::F16(rows),
                Form::Q8(rows) => Rows::Q8(rows),
            }
        }
    }

    /// The textbook: all scores, softmax in `f64`, weighted sum.
    fn reference(keys: &[f32], values: &[f32], seen: Range<usize>, query: &[f32]) -> Vec<f32> {
        let width = query.len();
        let at = |xs: &[f32], p: usize, i: usize| f64::from(xs[p * width + i]);
        let scores: Vec<f64> = seen
            .clone()
            .map(|p| {
                (0..width)
                    .map(|i| f64::from(query[i]) * at(keys, p, i))
                    .sum()
            })
            .collect();
        let top = scores.iter().copied().fold(f64::MIN, f64::max);
        let weights: Vec<f64> = scores.iter().map(|s| (s - top).exp()).collect();
        let total: f64 = weights.iter().sum();
        (0..width)
            .map(|i| {
                let pairs = seen.clone().zip(&weights);
                let sum: f64 = pairs.map(|(p, w)| w * at(values, p, i)).sum();
                (sum / total) as f32
            })
            .collect()
    }

    fn attend(
        kernels: Kernels,
        head: Head<'_>,
        [visible, window]: [usize; 2],
        queries: &[f32],
        row: usize,
    ) -> Vec<f32> {
        let rows: Vec<&[f32]> = queries.chunks(row).collect();
        let mut out = vec![f32::NAN; queries.len()];
        let mut outputs: Vec<&mut [f32]> = out.chunks_mut(row).collect();
        kernels.attend(head, visible, window, &rows, &mut outputs, &mut Vec::new());
        out
    }

    /// Each form at each level: the textbook's result, and the same token alone or in its batch.
    fn check([width, group, visible, tokens, window]: [usize; 5], seed: u64) {
        let (positions, row) = (visible + tokens - 1, group * width);
        let queries = noise(seed + 2, tokens * row);
        for kernels in Kernels::available() {
            let keys = Held::all(kernels, seed, positions, width);
            let values = Held::all(kernels, seed + 1, positions, width);
            for (keys, values) in keys.iter().zip(&values) {
                let head = Head {
                    keys: keys.rows(),
                    values: values.rows(),
                    width,
                };
                let together = attend(kernels, head, [visible, window], &queries, row);
                let expected: Vec<f32> = queries
                    .chunks(width)
                    .enumerate()
                    .flat_map(|(i, query)| {
                        let visible = visible + i / group;
                        let seen = visible.saturating_sub(window)..visible;
                        reference(&keys.worth, &values.worth, seen, query)
                    })
                    .collect();
                close(&together, &expected, 2e-5);
                for (t, query) in queries.chunks(row).enumerate() {
                    let alone = attend(kernels, head, [visible + t, window], query, row);
                    assert_eq!(alone, together[t * row..][..row], "token {t}");
                }
            }
        }
    }

    #[test]
    fn agrees_with_the_textbook_in_every_form_at_every_level() {
        for shape in [
            [8, 1, 1, 1, ALL],
            [16, 3, 31, 4, ALL],
            [64, 3, 33, 1, ALL],
            [128, 4, 100, 5, ALL],
            [40, 2, 64, 3, ALL],
            [16, 2, 1, 9, 1],
            [16, 2, 90, 12, 7],
            [24, 1, 60, 40, 32],
            [16, 2, 129, 3, 100],
        ] {
            check(shape, 1);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn agrees_with_the_textbook_whatever_the_shape(
            width in (1usize..=32).prop_map(|eights| eights * 8),
            group in 1usize..=4, visible in 1usize..=130, tokens in 1usize..=9,
            window in prop_oneof![1usize..=130, Just(ALL)], seed in 0u64..1000,
        ) {
            check([width, group, visible, tokens, window], seed);
        }
    }
}
