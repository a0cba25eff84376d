//! Lanes in plain Rust, for any processor.

use half::f16;

use super::{Lanes, WIDTH};

/// The token of the portable level: always there.
#[derive(Clone, Copy)]
pub(crate) struct Portable;

#[inline(always)]
fn zip(a: [f32; WIDTH], b: [f32; WIDTH], f: impl Fn(f32, f32) -> f32) -> [f32; WIDTH] {
    std::array::from_fn(|i| f(a[i], b[i]))
}

impl Lanes for Portable {
    type V = [f32; WIDTH];

    #[inline(always)]
    fn splat(self, x: f32) -> Self::V {
        [x; WIDTH]
    }
    #[inline(always)]
    fn load(self, xs: &[f32; WIDTH]) -> Self::V {
        *xs
    }
    #[inline(always)]
    fn store(self, v: Self::V, xs: &mut [f32; WIDTH]) {
        *xs = v;
    }
    #[inline(always)]
    fn load_half(self, xs: &[f16; WIDTH]) -> Self::V {
        xs.map(f16::to_f32_const)
    }
    #[inline(always)]
    fn load_bytes(self, xs: &[i8; WIDTH]) -> Self::V {
        xs.map(f32::from)
    }
    #[inline(always)]
    fn store_half(self, v: Self::V, xs: &mut [f16; WIDTH]) {
        *xs = v.map(f16::from_f32_const);
    }
    #[inline(always)]
    fn add(self, a: Self::V, b: Self::V) -> Self::V {
        zip(a, b, |a, b| a + b)
    }
    #[inline(always)]
    fn mul(self, a: Self::V, b: Self::V) -> Self::V {
        zip(a, b, |a, b| a * b)
    }
    #[inline(always)]
    fn div(self, a: Self::V, b: Self::V) -> Self::V {
        zip(a, b, |a, b| a / b)
    }
    #[inline(always)]
    fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        std::array::from_fn(|i| a[i] * b[i] + c[i])
    }
    #[inline(always)]
    fn max(self, a: Self::V, b: Self::V) -> Self::V {
        zip(a, b, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    fn min(self, a: Self::V, b: Self::V) -> Self::V {
        zip(a, b, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    fn round(self, a: Self::V) -> Self::V {
        a.map(f32::round_ties_even)
    }
    #[inline(always)]
    fn pow2(self, a: Self::V) -> Self::V {
        a.map(|n| f32::from_bits(((n as i32 + 127) as u32) << 23))
    }
}
