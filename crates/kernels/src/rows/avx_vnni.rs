//! Rows, eight at a time, of x86-64 with AVX-VNNI: Intel since 2021, AMD since 2024.

use std::arch::x86_64::*;

use half::f16;

use super::avx2::{eight_bytes, eight_rows};
use super::{Chunk, PANEL, Rows};

/// The token of the level: holding one proves that the processor has AVX2, FMA, F16C and AVX-VNNI.
#[derive(Clone, Copy)]
pub(crate) struct AvxVnni(());

impl AvxVnni {
    /// # Safety
    /// The processor has AVX2, FMA, F16C and AVX-VNNI, and the caller is compiled with them.
    #[inline(always)]
    pub(crate) unsafe fn new() -> Self {
        Self(())
    }
}

impl Rows for AvxVnni {
    eight_rows!();
    type Part = __m256i;
    type Factor = __m256i;

    #[inline(always)]
    fn part(self, weights: __m256i, x: __m256i) -> __m256i {
        self.more(self.none(), weights, x)
    }
    #[inline(always)]
    fn more(self, part: __m256i, weights: __m256i, x: __m256i) -> __m256i {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm256_dpbusd_avx_epi32(part, weights, x) }
    }
    #[inline(always)]
    fn scaled(self, sum: __m256i, part: __m256i, factor: __m256i) -> __m256i {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm256_add_epi32(sum, _mm256_mullo_epi32(part, factor)) }
    }
    #[inline(always)]
    fn whole(self, sum: __m256i, part: __m256i) -> __m256i {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm256_add_epi32(sum, part) }
    }
    #[inline(always)]
    fn signed(self, sum: __m256i, weights: __m256i, x: __m256i) -> __m256i {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe {
            let signed = _mm256_sign_epi8(x, weights);
            _mm256_dpbusd_avx_epi32(sum, _mm256_abs_epi8(weights), signed)
        }
    }
    #[inline(always)]
    fn factor(self, row: &[u8; PANEL], half: usize) -> __m256i {
        // SAFETY: the token proves the instructions; eight readable bytes.
        unsafe { _mm256_cvtepu8_epi32(eight_bytes(row, half)) }
    }
    #[inline(always)]
    fn signed_factor(self, row: &[u8; PANEL], half: usize) -> __m256i {
        // SAFETY: the token proves the instructions; eight readable bytes.
        unsafe { _mm256_cvtepi8_epi32(eight_bytes(row, half)) }
    }
}
