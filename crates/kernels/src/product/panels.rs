//! The packed formats, byte by byte.
//!
//! A block of a panel holds the same block of sixteen rows, in the same number of bytes. Quants lie
//! in chunks of 64 bytes: byte `4 · r + i` belongs to row `r`.

use half::f16;

use crate::rows::{Chunk, PANEL};

/// A block of a panel.
pub trait Panel: Sized + Sync {
    /// Its companion.
    type Activation: Sync;
    /// Weights of a row in it.
    const LENGTH: usize;
    /// Bytes of a row in it: a block of the file.
    const BYTES: usize = size_of::<Self>() / PANEL;
    /// Packs the same block of sixteen rows; each of [`Self::BYTES`] bytes.
    fn pack(rows: [&[u8]; PANEL]) -> Self;
    /// The weights of one row.
    fn decode(&self, row: usize, weights: &mut [f32]);
}

/// Q4_K: `scale · factor · quant - minimum · factor'`, factors a sub-block of 32.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Q4K {
    pub(crate) scale: [f16; PANEL],
    pub(crate) minimum: [f16; PANEL],
    pub(crate) factors: Factors,
    /// Chunk `4 · j + t`: weights `32 · j + 4 · t + i` low, `32 · j + 16 + 4 · t + i` high.
    pub(crate) quants: [Chunk; 32],
}

/// Six-bit factors and minima of eight sub-blocks: four vectors of `[sub-block of four][row]`.
/// Factors of sub-blocks 0 to 3 and 4 to 7 and minima of 0 to 3 in the low six bits; minima of 4 to
/// 7 in what is left above.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Factors(pub(super) [Chunk; 3]);

/// Q5_K: as [`Q4K`], of five bits.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Q5K {
    pub(crate) scale: [f16; PANEL],
    pub(crate) minimum: [f16; PANEL],
    pub(crate) factors: Factors,
    /// The fifth bits. Chunk `j`: bit `t` of weight `32 · j + 4 · t + i`.
    pub(crate) high: [Chunk; 8],
    /// As [`Q4K`]'s.
    pub(crate) quants: [Chunk; 32],
}

/// Q6_K: `scale · factor · (quant - 32)`, factors a sub-block of 16.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Q6K {
    pub(crate) scale: [f16; PANEL],
    /// Signed, `[sub-block][row]`.
    pub(crate) factors: [[u8; PANEL]; 16],
    /// The low four bits, as Q4_K's.
    pub(crate) low: [Chunk; 32],
    /// The high two bits. Chunk `2 · j + u`, from the lowest: of the low and of chunk `4 · j + 2 · u`
    /// and of the next, then of their high halves.
    pub(crate) high: [Chunk; 16],
}

/// Q4_0: `scale · (quant - 8)`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Q4_0 {
    pub(crate) scale: [f16; PANEL],
    /// Chunk `t`: weights `4 · t + i` low, `16 + 4 · t + i` high.
    pub(crate) quants: [Chunk; 4],
}

/// Q4_1: `scale · quant + minimum`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Q4_1 {
    pub(crate) scale: [f16; PANEL],
    pub(crate) minimum: [f16; PANEL],
    /// As [`Q4_0`]'s.
    pub(crate) quants: [Chunk; 4],
}

/// Q5_0: `scale · (quant - 16)`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Q5_0 {
    pub(crate) scale: [f16; PANEL],
    /// The fifth bits: bit `t` of weight `4 · t + i`.
    pub(crate) high: Chunk,
    /// As [`Q4_0`]'s.
    pub(crate) quants: [Chunk; 4],
}

/// Q5_1: `scale · quant + minimum`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Q5_1 {
    pub(crate) scale: [f16; PANEL],
    pub(crate) minimum: [f16; PANEL],
    /// As [`Q5_0`]'s.
    pub(crate) high: Chunk,
    /// As [`Q4_0`]'s.
    pub(crate) quants: [Chunk; 4],
}

/// Q8_0: `scale · quant`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Q8_0 {
    pub(crate) scale: [f16; PANEL],
    /// Signed. Chunk `t`: weights `4 · t + i`.
    pub(crate) quants: [Chunk; 8],
}

const _: () = assert!(size_of::<Q4K>() == 16 * 144 && size_of::<Q6K>() == 16 * 210);
const _: () = assert!(size_of::<Q4_0>() == 16 * 18 && size_of::<Q4_1>() == 16 * 20);
const _: () = assert!(size_of::<Q5_0>() == 16 * 22 && size_of::<Q5_1>() == 16 * 24);
const _: () = assert!(size_of::<Q8_0>() == 16 * 34 && size_of::<Q5K>() == 16 * 176);
