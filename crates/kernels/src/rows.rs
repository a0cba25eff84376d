//! Integer products of sixteen rows of weights at once: the operations that every level provides.
//!
//! One lane is one row, so that no sum crosses lanes: every output is the sum of its blocks in
//! order, and all levels agree bit for bit. A vector holds [`Rows::ROWS`] of the sixteen rows;
//! where it holds eight, each is visited twice (`half` 0 and 1).

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx_vnni;
pub(crate) mod portable;

use half::f16;

/// Rows of a panel.
pub const PANEL: usize = 16;

/// Four bytes of each row.
pub(crate) type Chunk = [u8; 4 * PANEL];

/// Operations on the rows of a panel. Integers are exact in the ranges that each states; floats
/// round once an operation, alike at every level.
pub(crate) trait Rows: Copy {
    /// Rows in a vector: 8 or 16.
    const ROWS: usize;
    /// Four bytes a row.
    type Bytes: Copy;
    /// The running products of a sub-block.
    type Part: Copy;
    /// A factor a row, as [`Rows::scaled`] wants it.
    type Factor: Copy;
    /// Two 16-bit integers a row.
    type Pairs: Copy;
    /// A 32-bit integer a row.
    type Ints: Copy;
    /// A float a row.
    type Floats: Copy;

    /// Reads a chunk.
    fn bytes(self, chunk: &Chunk, half: usize) -> Self::Bytes;
    /// The low half of each byte.
    fn low(self, a: Self::Bytes) -> Self::Bytes;
    /// The high half of each byte.
    fn high(self, a: Self::Bytes) -> Self::Bytes;
    /// The two bits of each byte from bit `2 · FIELD`, moved to bits 4 and 5.
    fn two_bits<const FIELD: u32>(self, a: Self::Bytes) -> Self::Bytes;
    /// The bit `FIELD` of each byte, moved to bit 4.
    fn one_bit<const FIELD: u32>(self, a: Self::Bytes) -> Self::Bytes;
    /// `a | b`
    fn or(self, a: Self::Bytes, b: Self::Bytes) -> Self::Bytes;
    /// The same four signed bytes for every row.
    fn spread(self, four: [i8; 4]) -> Self::Bytes;

    /// The products of unsigned weights below 64 with activations in -127..=127, added by fours.
    fn part(self, weights: Self::Bytes, x: Self::Bytes) -> Self::Part;
    /// `part` and the products. After [`Rows::part`], seven times at most for weights below 16,
    /// three below 32, once below 64.
    fn more(self, part: Self::Part, weights: Self::Bytes, x: Self::Bytes) -> Self::Part;
    /// `sum + part · factor`
    fn scaled(self, sum: Self::Ints, part: Self::Part, factor: Self::Factor) -> Self::Ints;
    /// `sum + part`
    fn whole(self, sum: Self::Ints, part: Self::Part) -> Self::Ints;
    /// The products of signed weights with activations in -127..=127, added by fours to `sum`.
    fn signed(self, sum: Self::Ints, weights: Self::Bytes, x: Self::Bytes) -> Self::Ints;

    /// A factor a row.
    fn factor(self, row: &[u8; PANEL], half: usize) -> Self::Factor;
    /// A signed factor a row.
    fn signed_factor(self, row: &[u8; PANEL], half: usize) -> Self::Factor;
    /// Two bytes a row, widened.
    fn pairs(self, a: &[u8; PANEL], b: &[u8; PANEL], half: usize) -> Self::Pairs;
    /// Two signed bytes a row, widened.
    fn signed_pairs(self, a: &[u8; PANEL], b: &[u8; PANEL], half: usize) -> Self::Pairs;
    /// `sum + a · x`, both pairs.
    fn dot_pairs(self, sum: Self::Ints, a: Self::Pairs, x: [i16; 2]) -> Self::Ints;

    /// Zeros.
    fn none(self) -> Self::Ints;
    /// `a - 32 · b`
    fn less_32(self, a: Self::Ints, b: Self::Ints) -> Self::Ints;
    /// The nearest floats.
    fn floats(self, a: Self::Ints) -> Self::Floats;
    /// Half floats; exact.
    fn halves(self, row: &[f16; PANEL], half: usize) -> Self::Floats;
    /// The same float for every row.
    fn splat(self, x: f32) -> Self::Floats;
    /// `a · b`
    fn mul(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// `a · b + c`, rounded once.
    fn fma(self, a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats;
    /// Writes the rows of this half.
    fn store(self, a: Self::Floats, row: &mut [f32; PANEL], half: usize);
}
