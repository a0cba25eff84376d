//! Rows, eight at a time, of x86-64 with AVX2, FMA and F16C.
//!
//! Products are added by pairs in 16 bits, within range: eight of weights below 16 reach 2 · 15 ·
//! 127 · 8 = 30,480, four below 32 reach 31,496, two below 64 reach 32,004.

use std::arch::x86_64::*;

use half::f16;

use super::{Chunk, PANEL, Rows};
use crate::lanes::avx2::Avx2;

/// The operations that AVX2 and AVX-VNNI share.
macro_rules! eight_rows {
    () => {
        const ROWS: usize = 8;
        type Bytes = __m256i;
        type Pairs = __m256i;
        type Ints = __m256i;
        type Floats = __m256;

        #[inline(always)]
        fn bytes(self, chunk: &Chunk, half: usize) -> __m256i {
            let (halves, _) = chunk.as_chunks::<32>();
            // SAFETY: the token proves the instructions; 32 readable bytes, any alignment.
            unsafe { _mm256_loadu_si256(halves[half].as_ptr().cast()) }
        }
        #[inline(always)]
        fn low(self, a: __m256i) -> __m256i {
            // SAFETY: the token proves the instructions; no memory is touched.
            unsafe { _mm256_and_si256(a, _mm256_set1_epi8(15)) }
        }
        #[inline(always)]
        fn high(self, a: __m256i) -> __m256i {
            // SAFETY: the token proves the instructions; no memory is touched.
            unsafe { _mm256_and_si256(_mm256_srli_epi16::<4>(a), _mm256_set1_epi8(15)) }
        }
        #[inline(always)]
        fn two_bits<const FIELD: u32>(self, a: __m256i) -> __m256i {
            // SAFETY: the token proves the instructions; no memory is touched.
            unsafe {
                let moved = match FIELD {
                    0 => _mm256_slli_epi16::<4>(a),
                    1 => _mm256_slli_epi16::<2>(a),
                    2 => a,
                    _ => _mm256_srli_epi16::<2>(a),
                };
                _mm256_and_si256(moved, _mm256_set1_epi8(0x30))
            }
        }
        #[inline(always)]
        fn one_bit<const FIELD: u32>(self, a: __m256i) -> __m256i {
            // SAFETY: the token proves the instructions; no memory is touched.
            unsafe {
                let moved = match FIELD {
                    0 => _mm256_slli_epi16::<4>(a),
                    1 => _mm256_slli_epi16::<3>(a),
                    2 => _mm256_slli_epi16::<2>(a),
                    3 => _mm256_slli_epi16::<1>(a),
                    4 => a,
                    5 => _mm256_srli_epi16::<1>(a),
                    6 => _mm256_srli_epi16::<2>(a),
                    _ => _mm256_srli_epi16::<3>(a),
                };
                _mm256_and_si256(moved, _mm256_set1_epi8(0x10))
            }
        }
        #[inline(always)]
        fn or(self, a: __m256i, b: __m256i) -> __m256i {
            // SAFETY: the token proves the instructions; no memory is touched.
            unsafe { _mm256_or_si256(a, b) }
        }
        #[inline(always)]
        fn spread(self, four: [i8; 4]) -> __m256i {
            // SAFETY: the token proves the instructions; no memory is touched.
            unsafe { _mm256_set1_epi32(i32::from_le_bytes(four.map(|x| x as u8))) }
        }
        #[inline(always)]
        fn pairs(self, a: &[u8; PANEL], b: &[u8; PANEL], half: usize) -> __m256i {
            // SAFETY: the token proves the instructions; eight readable bytes of each array.
            unsafe {
                let (a, b) = (eight_bytes(a, half), eight_bytes(b, half));
                _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(a, b))
            }
        }
        #[inline(always)]
        fn signed_pairs(self, a: &[u8; PANEL], b: &[u8; PANEL], half: usize) -> __m256i {
            // SAFETY: the token proves the instructions; eight readable bytes of each array.
            unsafe {
                let (a, b) = (eight_bytes(a, half), eight_bytes(b, half));
                _mm256_cvtepi8_epi16(_mm_unpacklo_epi8(a, b))
            }
        }
        #[inline(always)]
        fn dot_pairs(self, sum: __m256i, a: __m256i, [x, y]: [i16; 2]) -> __m256i {
            let both = (i32::from(y) << 16) | i32::from(x as u16);
            // SAFETY: the token proves the instructions; no memory is touched.
            unsafe { _mm256_add_epi32(sum, _mm256_madd_epi16(a, _mm256_set1_epi32(both))) }
        }
        #[inline(always)]
        fn none(self) -> __m256i {
            // SAFETY: the token proves the instructions; no memory is touched.
            unsafe { _mm256_setzero_si256() }
        }
        #[inline(always)]
        fn less_32(self, a: __m256i, b: __m256i) -> __m256i {
            // SAFETY: the token proves the instructions; no memory is touched.
            unsafe { _mm256_sub_epi32(a, _mm256_slli_epi32::<5>(b)) }
        }
        #[inline(always)]
        fn floats(self, a: __m256i) -> __m256 {
            // SAFETY: the token proves the instructions; no memory is touched.
            unsafe { _mm256_cvtepi32_ps(a) }
        }
        #[inline(always)]
        fn halves(self, row: &[f16; PANEL], half: usize) -> __m256 {
            let (eights, _) = row.as_chunks::<8>();
            // SAFETY: the token proves the instructions; `f16` is a transparent `u16`, so that
            // these are sixteen readable bytes, any alignment.
            unsafe { _mm256_cvtph_ps(_mm_loadu_si128(eights[half].as_ptr().cast())) }
        }
        #[inline(always)]
        fn splat(self, x: f32) -> __m256 {
            // SAFETY: the token proves the instructions; no memory is touched.
            unsafe { _mm256_set1_ps(x) }
        }
        #[inline(always)]
        fn mul(self, a: __m256, b: __m256) -> __m256 {
            // SAFETY: the token proves the instructions; no memory is touched.
            unsafe { _mm256_mul_ps(a, b) }
        }
        #[inline(always)]
        fn fma(self, a: __m256, b: __m256, c: __m256) -> __m256 {
            // SAFETY: the token proves the instructions; no memory is touched.
            unsafe { _mm256_fmadd_ps(a, b, c) }
        }
        #[inline(always)]
        fn store(self, a: __m256, row: &mut [f32; PANEL], half: usize) {
            let (eights, _) = row.as_chunks_mut::<8>();
            // SAFETY: the token proves the instructions; eight writable floats, any alignment.
            unsafe { _mm256_storeu_ps(eights[half].as_mut_ptr(), a) }
        }
    };
}
pub(super) use eight_rows;

/// The eight bytes of a half, in the low half of the vector.
///
/// # Safety
/// The processor has SSE2, as every x86-64 has.
#[inline(always)]
pub(super) unsafe fn eight_bytes(row: &[u8; PANEL], half: usize) -> __m128i {
    let (eights, _) = row.as_chunks::<8>();
    // SAFETY: eight readable bytes, any alignment.
    unsafe { _mm_loadl_epi64(eights[half].as_ptr().cast()) }
}

impl Rows for Avx2 {
    eight_rows!();
    /// Sums of two products, 16 bits.
    type Part = __m256i;
    /// The factor twice, 16 bits.
    type Factor = __m256i;

    #[inline(always)]
    fn part(self, weights: __m256i, x: __m256i) -> __m256i {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm256_maddubs_epi16(weights, x) }
    }
    #[inline(always)]
    fn more(self, part: __m256i, weights: __m256i, x: __m256i) -> __m256i {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm256_add_epi16(part, _mm256_maddubs_epi16(weights, x)) }
    }
    #[inline(always)]
    fn scaled(self, sum: __m256i, part: __m256i, factor: __m256i) -> __m256i {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm256_add_epi32(sum, _mm256_madd_epi16(part, factor)) }
    }
    #[inline(always)]
    fn whole(self, sum: __m256i, part: __m256i) -> __m256i {
        // SAFETY: the token proves the instructions; no memory is touched.
        unsafe { _mm256_add_epi32(sum, _mm256_madd_epi16(part, _mm256_set1_epi16(1))) }
    }
    #[inline(always)]
    fn signed(self, sum: __m256i, weights: __m256i, x: __m256i) -> __m256i {
        // SAFETY: the token proves the instructions; no memory is touched. |weight| ≤ 128 as an
        // unsigned byte: pairs reach 2 · 128 · 127 = 32,512.
        unsafe {
            let unsigned = _mm256_abs_epi8(weights);
            let signed = _mm256_sign_epi8(x, weights);
            let pairs = _mm256_maddubs_epi16(unsigned, signed);
            _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
        }
    }
    #[inline(always)]
    fn factor(self, row: &[u8; PANEL], half: usize) -> __m256i {
        // SAFETY: the token proves the instructions; eight readable bytes.
        unsafe {
            let wide = _mm256_cvtepu8_epi32(eight_bytes(row, half));
            _mm256_or_si256(wide, _mm256_slli_epi32::<16>(wide))
        }
    }
    #[inline(always)]
    fn signed_factor(self, row: &[u8; PANEL], half: usize) -> __m256i {
        // SAFETY: the token proves the instructions; eight readable bytes.
        unsafe {
            let byte = eight_bytes(row, half);
            _mm256_cvtepi8_epi16(_mm_unpacklo_epi8(byte, byte))
        }
    }
}
