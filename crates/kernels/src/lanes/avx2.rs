//! Lanes of x86-64 with AVX2, FMA and F16C. The only file with intrinsics.

use std::arch::x86_64::*;

use half::f16;

use super::{Lanes, WIDTH};

/// The token of the level: holding one proves that the processor has AVX2, FMA and F16C.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// # Safety
    /// The processor has AVX2, FMA and F16C, and the caller is compiled with them.
    #[inline(always)]
    pub(crate) unsafe fn new() -> Self {
        Self(())
    }
}

/// An operation on values alone.
macro_rules! operation {
    ($($name:ident($($arg:ident),+) = $intrinsic:expr;)+) => {
        $(#[inline(always)]
        fn $name(self, $($arg: Self::V),+) -> Self::V {
            // SAFETY: the token proves the instructions; no memory is touched.
            unsafe { $intrinsic }
        })+
    };
}

impl Lanes for Avx2 {
    type V = __m256;

    operation! {
        add(a, b) = _mm256_add_ps(a, b);
        mul(a, b) = _mm256_mul_ps(a, b);
        div(a, b) = _mm256_div_ps(a, b);
        fma(a, b, c) = _mm256_fmadd_ps(a, b, c);
        max(a, b) = _mm256_max_ps(a, b);
        min(a, b) = _mm256_min_ps(a, b);
        round(a) = _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(a);
        pow2(a) = _mm256_castsi256_ps(_mm256_slli_epi32::<23>(_mm256_add_epi32(
            _mm256_cvtps_epi32(a),
            _mm256_set1_epi32(127),
        )));
    }

    #[inline(always)]
    fn splat(self, x: f32) -> Self::V {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm256_set1_ps(x) }
    }
    #[inline(always)]
    fn load(self, xs: &[f32; WIDTH]) -> Self::V {
        // SAFETY: the token proves the instructions; `xs` is eight readable floats, any alignment.
        unsafe { _mm256_loadu_ps(xs.as_ptr()) }
    }
    #[inline(always)]
    fn store(self, v: Self::V, xs: &mut [f32; WIDTH]) {
        // SAFETY: the token proves the instructions; `xs` is eight writable floats, any alignment.
        unsafe { _mm256_storeu_ps(xs.as_mut_ptr(), v) }
    }
    #[inline(always)]
    fn load_half(self, xs: &[f16; WIDTH]) -> Self::V {
        // SAFETY: the token proves the instructions; `f16` is a transparent `u16`, so that `xs` is
        // sixteen readable bytes, any alignment.
        unsafe { _mm256_cvtph_ps(_mm_loadu_si128(xs.as_ptr().cast())) }
    }
    #[inline(always)]
    fn load_bytes(self, xs: &[i8; WIDTH]) -> Self::V {
        // SAFETY: the token proves the instructions; `xs` is eight readable bytes, any alignment.
        unsafe {
            let bytes = _mm_loadl_epi64(xs.as_ptr().cast());
            _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes))
        }
    }
    #[inline(always)]
    fn store_half(self, v: Self::V, xs: &mut [f16; WIDTH]) {
        // SAFETY: the token proves the instructions; `f16` is a transparent `u16`, so that `xs` is
        // sixteen writable bytes, any alignment.
        unsafe {
            let halves = _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(v);
            _mm_storeu_si128(xs.as_mut_ptr().cast(), halves);
        }
    }
}
