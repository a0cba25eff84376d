//! Eight floats at a time: the operations that every level provides.
//!
//! A loop is written once over [`Lanes`]. The implementing type is a token: holding one proves
//! that the processor has the instructions, so that the operations themselves are safe.
//!
//! Loops and operations are `#[inline(always)]` functions and never closures: a closure is compiled
//! apart, without the instructions, and every operation in it becomes a call.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
pub(crate) mod portable;

use half::f16;

/// Floats in one vector.
pub(crate) const WIDTH: usize = 8;

/// Operations on eight `f32`. Implementations agree bit for bit, [`Lanes::fma`] excepted: the
/// portable one rounds twice.
pub(crate) trait Lanes: Copy {
    /// Eight floats.
    type V: Copy;

    /// The same value eight times.
    fn splat(self, x: f32) -> Self::V;
    /// Reads eight floats.
    fn load(self, xs: &[f32; WIDTH]) -> Self::V;
    /// Writes eight floats.
    fn store(self, v: Self::V, xs: &mut [f32; WIDTH]);
    /// Reads eight half floats; exact.
    fn load_half(self, xs: &[f16; WIDTH]) -> Self::V;
    /// Reads eight signed bytes; exact.
    fn load_bytes(self, xs: &[i8; WIDTH]) -> Self::V;
    /// Writes eight half floats, rounded to nearest, ties to even.
    fn store_half(self, v: Self::V, xs: &mut [f16; WIDTH]);
    /// `a + b`
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a · b`
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a / b`
    fn div(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a · b + c`
    fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// The greater of each pair.
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    /// The lesser of each pair.
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    /// The nearest integer, ties to even.
    fn round(self, a: Self::V) -> Self::V;
    /// `2^a` for integral `a` between -126 and 127.
    fn pow2(self, a: Self::V) -> Self::V;

    /// The sum, in a fixed order: `((0+4)+(2+6)) + ((1+5)+(3+7))`.
    #[inline(always)]
    fn sum(self, a: Self::V) -> f32 {
        let mut x = [0.0; WIDTH];
        self.store(a, &mut x);
        ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]))
    }

    /// The greatest.
    #[inline(always)]
    fn largest(self, a: Self::V) -> f32 {
        let mut x = [0.0; WIDTH];
        self.store(a, &mut x);
        x.into_iter().fold(f32::NEG_INFINITY, f32::max)
    }

    /// `e^a`, within 2 units in the last place on [-87, 88] and saturated outside.
    ///
    /// Range reduction `a = n·ln 2 + r`, `|r| ≤ ln 2 / 2`, then the degree-5 minimax polynomial of
    /// Cephes' `expf` (S. Moshier, netlib cephes/single).
    #[inline(always)]
    fn exp(self, a: Self::V) -> Self::V {
        const COEFFICIENTS: [f32; 6] = [
            1.987_569_1e-4,
            1.398_199_9e-3,
            8.333_452e-3,
            4.166_579_6e-2,
            1.666_666_5e-1,
            5e-1,
        ];
        let a = self.max(self.min(a, self.splat(88.0)), self.splat(-87.0));
        let n = self.round(self.mul(a, self.splat(std::f32::consts::LOG2_E)));
        let r = self.fma(n, self.splat(-0.693_359_4), a);
        let r = self.fma(n, self.splat(2.121_944_4e-4), r);
        let mut p = self.splat(COEFFICIENTS[0]);
        for &c in &COEFFICIENTS[1..] {
            p = self.fma(p, r, self.splat(c));
        }
        let p = self.fma(p, self.mul(r, r), self.add(r, self.splat(1.0)));
        self.mul(p, self.pow2(n))
    }
}
