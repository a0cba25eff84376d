//! The products of 32 weights a row of four or five bits, whatever the format around them.

use crate::rows::{Chunk, Rows};

/// 32 activations, by fours.
pub(super) type Fours = [[i8; 4]; 8];

/// The products of 32 four-bit weights a row: the low halves of four chunks of `quants` from `at`,
/// then their high halves.
#[inline(always)]
pub(super) fn four_bits<R: Rows, const M: usize>(
    rows: R,
    half: usize,
    quants: &[Chunk],
    at: usize,
    x: [&Fours; M],
) -> [R::Part; M] {
    let first = rows.low(rows.bytes(&quants[at], half));
    let mut parts = [rows.part(first, rows.spread(x[0][0])); M];
    for m in 1..M {
        parts[m] = rows.part(first, rows.spread(x[m][0]));
    }
    for t in 0..4 {
        let bytes = rows.bytes(&quants[at + t], half);
        for m in 0..M {
            if t > 0 {
                parts[m] = rows.more(parts[m], rows.low(bytes), rows.spread(x[m][t]));
            }
            parts[m] = rows.more(parts[m], rows.high(bytes), rows.spread(x[m][t + 4]));
        }
    }
    parts
}

/// 32 five-bit weights a row, as [`four_bits`] takes those of four: each half of them by fours.
#[inline(always)]
pub(super) fn five_bits<R: Rows>(
    rows: R,
    half: usize,
    high: &Chunk,
    quants: &[Chunk],
    at: usize,
) -> [[R::Bytes; 4]; 2] {
    let bits = rows.bytes(high, half);
    let (a, b) = (
        rows.bytes(&quants[at], half),
        rows.bytes(&quants[at + 1], half),
    );
    let (c, d) = (
        rows.bytes(&quants[at + 2], half),
        rows.bytes(&quants[at + 3], half),
    );
    [
        [
            rows.or(rows.low(a), rows.one_bit::<0>(bits)),
            rows.or(rows.low(b), rows.one_bit::<1>(bits)),
            rows.or(rows.low(c), rows.one_bit::<2>(bits)),
            rows.or(rows.low(d), rows.one_bit::<3>(bits)),
        ],
        [
            rows.or(rows.high(a), rows.one_bit::<4>(bits)),
            rows.or(rows.high(b), rows.one_bit::<5>(bits)),
            rows.or(rows.high(c), rows.one_bit::<6>(bits)),
            rows.or(rows.high(d), rows.one_bit::<7>(bits)),
        ],
    ]
}

/// The products of one half of [`five_bits`] with a token: activations `4 · s` to `4 · s + 3` of `x`.
#[inline(always)]
pub(super) fn half_of_five<R: Rows>(
    rows: R,
    weights: &[R::Bytes; 4],
    x: &Fours,
    s: usize,
) -> R::Part {
    let part = rows.part(weights[0], rows.spread(x[4 * s]));
    let part = rows.more(part, weights[1], rows.spread(x[4 * s + 1]));
    let part = rows.more(part, weights[2], rows.spread(x[4 * s + 2]));
    rows.more(part, weights[3], rows.spread(x[4 * s + 3]))
}
