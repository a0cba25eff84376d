//! Rows, sixteen at a time, of x86-64 with AVX-512 and its VNNI.

use std::arch::x86_64::*;

use half::f16;

use super::{Chunk, PANEL, Rows};

/// The token of the level: holding one proves that the processor has AVX-512 F, BW, VL and VNNI.
#[derive(Clone, Copy)]
pub(crate) struct Avx512(());

impl Avx512 {
    /// # Safety
    /// The processor has AVX-512 F, BW, VL and VNNI, and the caller is compiled with them.
    #[inline(always)]
    pub(crate) unsafe fn new() -> Self {
        Self(())
    }
}

/// # Safety
/// The processor has SSE2, as every x86-64 has.
#[inline(always)]
unsafe fn sixteen_bytes(row: &[u8; PANEL]) -> __m128i {
    // SAFETY: sixteen readable bytes, any alignment.
    unsafe { _mm_loadu_si128(row.as_ptr().cast()) }
}

/// # Safety
/// The processor has AVX2.
#[inline(always)]
unsafe fn interleaved(a: &[u8; PANEL], b: &[u8; PANEL]) -> __m256i {
    // SAFETY: as the caller promises.
    unsafe {
        let (a, b) = (sixteen_bytes(a), sixteen_bytes(b));
        _mm256_set_m128i(_mm_unpackhi_epi8(a, b), _mm_unpacklo_epi8(a, b))
    }
}

impl Rows for Avx512 {
    const ROWS: usize = PANEL;
    type Bytes = __m512i;
    type Part = __m512i;
    type Factor = __m512i;
    type Pairs = __m512i;
    type Ints = __m512i;
    type Floats = __m512;

    #[inline(always)]
    fn bytes(self, chunk: &Chunk, _: usize) -> __m512i {
        // SAFETY: the token proves the instructions; 64 readable bytes, any alignment.
        unsafe { _mm512_loadu_si512(chunk.as_ptr().cast()) }
    }
    #[inline(always)]
    fn low(self, a: __m512i) -> __m512i {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm512_and_si512(a, _mm512_set1_epi8(15)) }
    }
    #[inline(always)]
    fn high(self, a: __m512i) -> __m512i {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm512_and_si512(_mm512_srli_epi16::<4>(a), _mm512_set1_epi8(15)) }
    }
    #[inline(always)]
    fn two_bits<const FIELD: u32>(self, a: __m512i) -> __m512i {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe {
            let moved = match FIELD {
                0 => _mm512_slli_epi16::<4>(a),
                1 => _mm512_slli_epi16::<2>(a),
                2 => a,
                _ => _mm512_srli_epi16::<2>(a),
            };
            _mm512_and_si512(moved, _mm512_set1_epi8(0x30))
        }
    }
    #[inline(always)]
    fn one_bit<const FIELD: u32>(self, a: __m512i) -> __m512i {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe {
            let moved = match FIELD {
                0 => _mm512_slli_epi16::<4>(a),
                1 => _mm512_slli_epi16::<3>(a),
                2 => _mm512_slli_epi16::<2>(a),
                3 => _mm512_slli_epi16::<1>(a),
                4 => a,
                5 => _mm512_srli_epi16::<1>(a),
                6 => _mm512_srli_epi16::<2>(a),
                _ => _mm512_srli_epi16::<3>(a),
            };
            _mm512_and_si512(moved, _mm512_set1_epi8(0x10))
        }
    }
    #[inline(always)]
    fn or(self, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm512_or_si512(a, b) }
    }
    #[inline(always)]
    fn spread(self, four: [i8; 4]) -> __m512i {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm512_set1_epi32(i32::from_le_bytes(four.map(|x| x as u8))) }
    }
    #[inline(always)]
    fn part(self, weights: __m512i, x: __m512i) -> __m512i {
        self.more(self.none(), weights, x)
    }
    #[inline(always)]
    fn more(self, part: __m512i, weights: __m512i, x: __m512i) -> __m512i {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm512_dpbusd_epi32(part, weights, x) }
    }
    #[inline(always)]
    fn scaled(self, sum: __m512i, part: __m512i, factor: __m512i) -> __m512i {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm512_add_epi32(sum, _mm512_mullo_epi32(part, factor)) }
    }
    #[inline(always)]
    fn whole(self, sum: __m512i, part: __m512i) -> __m512i {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm512_add_epi32(sum, part) }
    }
    #[inline(always)]
    fn signed(self, sum: __m512i, weights: __m512i, x: __m512i) -> __m512i {
        // SAFETY: the token proves the instructions; no memory is touched. A negative weight
        // negates its activation, which is never -128.
        unsafe {
            let negative = _mm512_movepi8_mask(weights);
            let signed = _mm512_mask_sub_epi8(x, negative, _mm512_setzero_si512(), x);
            _mm512_dpbusd_epi32(sum, _mm512_abs_epi8(weights), signed)
        }
    }
    #[inline(always)]
    fn factor(self, row: &[u8; PANEL], _: usize) -> __m512i {
        // SAFETY: the token proves the instructions; sixteen readable bytes.
        unsafe { _mm512_cvtepu8_epi32(sixteen_bytes(row)) }
    }
    #[inline(always)]
    fn signed_factor(self, row: &[u8; PANEL], _: usize) -> __m512i {
        // SAFETY: the token proves the instructions; sixteen readable bytes.
        unsafe { _mm512_cvtepi8_epi32(sixteen_bytes(row)) }
    }
    #[inline(always)]
    fn pairs(self, a: &[u8; PANEL], b: &[u8; PANEL], _: usize) -> __m512i {
        // SAFETY: the token proves the instructions; sixteen readable bytes of each array.
        unsafe { _mm512_cvtepu8_epi16(interleaved(a, b)) }
    }
    #[inline(always)]
    fn signed_pairs(self, a: &[u8; PANEL], b: &[u8; PANEL], _: usize) -> __m512i {
        // SAFETY: the token proves the instructions; sixteen readable bytes of each array.
        unsafe { _mm512_cvtepi8_epi16(interleaved(a, b)) }
    }
    #[inline(always)]
    fn dot_pairs(self, sum: __m512i, a: __m512i, [x, y]: [i16; 2]) -> __m512i {
        let both = (i32::from(y) << 16) | i32::from(x as u16);
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm512_dpwssd_epi32(sum, a, _mm512_set1_epi32(both)) }
    }
    #[inline(always)]
    fn none(self) -> __m512i {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm512_setzero_si512() }
    }
    #[inline(always)]
    fn less_32(self, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm512_sub_epi32(a, _mm512_slli_epi32::<5>(b)) }
    }
    #[inline(always)]
    fn floats(self, a: __m512i) -> __m512 {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm512_cvtepi32_ps(a) }
    }
    #[inline(always)]
    fn halves(self, row: &[f16; PANEL], _: usize) -> __m512 {
        // SAFETY: the token proves the instructions; `f16` is a transparent `u16`, so that these
        // are 32 readable bytes, any alignment.
        unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(row.as_ptr().cast())) }
    }
    #[inline(always)]
    fn splat(self, x: f32) -> __m512 {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm512_set1_ps(x) }
    }
    #[inline(always)]
    fn mul(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm512_mul_ps(a, b) }
    }
    #[inline(always)]
    fn fma(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn store(self, a: __m512, row: &mut [f32; PANEL], _: usize) {
        // SAFETY: the token proves the instructions; sixteen writable floats, any alignment.
        unsafe { _mm512_storeu_ps(row.as_mut_ptr(), a) }
    }
}
