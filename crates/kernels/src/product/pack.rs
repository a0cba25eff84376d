//! How a file's rows become panels, and a row is read back: exact inverses of the file's layout
//! (llama.cpp, `ggml-common.h`).

use half::f16;

use super::activation::{Block, Superblock};
use super::panels::{Factors, Panel, Q4_0, Q4_1, Q4K, Q5_0, Q5_1, Q5K, Q6K, Q8_0};
use crate::rows::{Chunk, PANEL};

/// The half float at a place of each row.
fn halves(rows: &[&[u8]; PANEL], at: usize) -> [f16; PANEL] {
    rows.map(|row| f16::from_le_bytes([row[at], row[at + 1]]))
}

/// Writes bytes of one row where its chunks hold them, four a chunk.
fn scatter(chunks: &mut [Chunk], row: usize, bytes: &[u8; 16]) {
    let (fours, _) = bytes.as_chunks::<4>();
    for (chunk, four) in chunks.iter_mut().zip(fours) {
        chunk[4 * row..4 * row + 4].copy_from_slice(four);
    }
}

/// Sixteen bytes of each row from `at`, as four chunks.
fn spread(rows: &[&[u8]; PANEL], at: usize) -> [Chunk; 4] {
    let mut chunks = [[0; 4 * PANEL]; 4];
    for (r, row) in rows.iter().enumerate() {
        if let Some(bytes) = row[at..].first_chunk() {
            scatter(&mut chunks, r, bytes);
        }
    }
    chunks
}

/// The four bits of weight `w` of 32 of a row.
fn quant(chunks: &[Chunk], row: usize, w: usize) -> u8 {
    let byte = chunks[w % 16 / 4][4 * row + w % 4];
    if w < 16 { byte & 15 } else { byte >> 4 }
}

/// A weight's bits above the fourth, of a row of 32.
fn fifth(high: &Chunk, row: usize, w: usize) -> u8 {
    (high[4 * row + w % 4] >> (w / 4) & 1) << 4
}

/// Four bytes of 32 bits each, as [`Q5_0::high`] holds them: `bit(w)` is that of weight `w`.
fn fifths(high: &mut Chunk, row: usize, bit: impl Fn(usize) -> u8) {
    for i in 0..4 {
        high[4 * row + i] = (0..8).fold(0, |byte, t| byte | bit(4 * t + i) << t);
    }
}

/// The factor and minimum of sub-block `j`, of the file's twelve bytes (`get_scale_min_k4`).
fn file_factors(packed: &[u8], j: usize) -> (u8, u8) {
    if j < 4 {
        (packed[j] & 63, packed[j + 4] & 63)
    } else {
        (
            (packed[j + 4] & 15) | (packed[j - 4] >> 6 << 4),
            (packed[j + 4] >> 4) | (packed[j] >> 6 << 4),
        )
    }
}

impl Factors {
    /// Of the file's twelve bytes of each row, from byte 4 of its block.
    fn pack(rows: &[&[u8]; PANEL]) -> Self {
        let mut chunks = [[0; 4 * PANEL]; 3];
        for (r, row) in rows.iter().enumerate() {
            for j in 0..4 {
                let (a, c) = file_factors(&row[4..16], j);
                let (b, high) = file_factors(&row[4..16], j + 4);
                let at = PANEL * j + r;
                chunks[0][at] = a | high << 6;
                chunks[1][at] = b | high >> 2 << 6;
                chunks[2][at] = c | high >> 4 << 6;
            }
        }
        Self(chunks)
    }

    /// Factors and minima, `[sub-block][row]`.
    #[inline(always)]
    pub(crate) fn unpack(&self) -> ([[u8; PANEL]; 8], [[u8; PANEL]; 8]) {
        let [a, b, c] = &self.0;
        let (mut factors, mut minima) = ([[0; PANEL]; 8], [[0; PANEL]; 8]);
        let (low, high) = factors.as_flattened_mut().split_at_mut(64);
        let (low_minima, high_minima) = minima.as_flattened_mut().split_at_mut(64);
        for i in 0..64 {
            low[i] = a[i] & 63;
            high[i] = b[i] & 63;
            low_minima[i] = c[i] & 63;
            high_minima[i] = (a[i] >> 6) | (b[i] >> 6 << 2) | (c[i] >> 6 << 4);
        }
        (factors, minima)
    }
}

/// The four-bit quants of the file's Q4_K and Q5_K, from the byte `at` of each row's block: 32 bytes
/// hold sub-blocks 2i (low) and 2i + 1 (high).
fn pair_quants(rows: &[&[u8]; PANEL], at: usize) -> [Chunk; 32] {
    let mut quants = [[0; 4 * PANEL]; 32];
    for (r, row) in rows.iter().enumerate() {
        let (pairs, _) = row[at..].as_chunks::<32>();
        for (i, pair) in pairs.iter().enumerate() {
            let low = std::array::from_fn(|w| pair[w] & 15 | pair[w + 16] << 4);
            let high = std::array::from_fn(|w| pair[w] >> 4 | pair[w + 16] & 0xF0);
            scatter(&mut quants[8 * i..], r, &low);
            scatter(&mut quants[8 * i + 4..], r, &high);
        }
    }
    quants
}

/// The weights of a row: `scale · factor · quant(w) - minimum · factor'`.
fn decode_k(
    (scale, minimum): (f16, f16),
    factors: &Factors,
    row: usize,
    quant: impl Fn(usize) -> u8,
    weights: &mut [f32],
) {
    let (factors, minima) = factors.unpack();
    let (scale, minimum) = (scale.to_f32_const(), minimum.to_f32_const());
    for (w, weight) in weights.iter_mut().enumerate() {
        let scale = scale * f32::from(factors[w / 32][row]);
        let minimum = minimum * f32::from(minima[w / 32][row]);
        *weight = scale * f32::from(quant(w)) - minimum;
    }
}

impl Panel for Q4K {
    type Activation = Superblock;
    const LENGTH: usize = Superblock::LENGTH;

    fn pack(rows: [&[u8]; PANEL]) -> Self {
        Self {
            scale: halves(&rows, 0),
            minimum: halves(&rows, 2),
            factors: Factors::pack(&rows),
            quants: pair_quants(&rows, 16),
        }
    }

    fn decode(&self, row: usize, weights: &mut [f32]) {
        let scales = (self.scale[row], self.minimum[row]);
        let quant = |w: usize| quant(&self.quants[4 * (w / 32)..], row, w % 32);
        decode_k(scales, &self.factors, row, quant, weights);
    }
}

impl Panel for Q5K {
    type Activation = Superblock;
    const LENGTH: usize = Superblock::LENGTH;

    fn pack(rows: [&[u8]; PANEL]) -> Self {
        let mut high = [[0; 4 * PANEL]; 8];
        for (r, row) in rows.into_iter().enumerate() {
            // Bit j of the file's byte w is that of weight w of sub-block j.
            for (j, high) in high.iter_mut().enumerate() {
                fifths(high, r, |w| row[16 + w] >> j & 1);
            }
        }
        Self {
            scale: halves(&rows, 0),
            minimum: halves(&rows, 2),
            factors: Factors::pack(&rows),
            high,
            quants: pair_quants(&rows, 48),
        }
    }

    fn decode(&self, row: usize, weights: &mut [f32]) {
        let scales = (self.scale[row], self.minimum[row]);
        let quant = |w: usize| {
            let low = quant(&self.quants[4 * (w / 32)..], row, w % 32);
            low | fifth(&self.high[w / 32], row, w % 32)
        };
        decode_k(scales, &self.factors, row, quant, weights);
    }
}

impl Panel for Q6K {
    type Activation = Superblock;
    const LENGTH: usize = Superblock::LENGTH;

    fn pack(rows: [&[u8]; PANEL]) -> Self {
        let mut low = [[0; 4 * PANEL]; 32];
        let mut high = [[0; 4 * PANEL]; 16];
        for (r, row) in rows.into_iter().enumerate() {
            for j in 0..8 {
                // The file's quants: halves of 128 weights; a half's 64 bytes of low bits hold
                // weights w and 64 + w, its 32 bytes of high bits w, 32 + w, 64 + w and 96 + w.
                let (half, part) = (j / 4, j % 4);
                let bits = &row[64 * half + 32 * (part % 2)..][..32];
                let shift = 4 * (part / 2);
                let bytes = std::array::from_fn(|w| {
                    (bits[w] >> shift & 15) | (bits[w + 16] >> shift & 15) << 4
                });
                scatter(&mut low[4 * j..], r, &bytes);
                let bits = &row[128 + 32 * half..][..32];
                let two = |w: usize| bits[w] >> (2 * part) & 3;
                for u in 0..2 {
                    for i in 0..4 {
                        let w = 8 * u + i;
                        high[2 * j + u][4 * r + i] =
                            two(w) | two(w + 4) << 2 | two(w + 16) << 4 | two(w + 20) << 6;
                    }
                }
            }
        }
        Self {
            scale: halves(&rows, 208),
            factors: std::array::from_fn(|s| rows.map(|row| row[192 + s])),
            low,
            high,
        }
    }

    fn decode(&self, row: usize, weights: &mut [f32]) {
        let scale = self.scale[row].to_f32_const();
        for (w, weight) in weights.iter_mut().enumerate() {
            let (j, part) = (w / 32, w % 32);
            let low = self.low[4 * j + part % 16 / 4][4 * row + w % 4];
            let low = if part < 16 { low & 15 } else { low >> 4 };
            let field = part % 8 / 4 + 2 * (part / 16);
            let high = self.high[2 * j + part % 16 / 8][4 * row + w % 4] >> (2 * field) & 3;
            let factor = f32::from(self.factors[w / 16][row] as i8);
            *weight = scale * factor * f32::from((low | high << 4) as i8 - 32);
        }
    }
}

impl Panel for Q4_0 {
    type Activation = Block;
    const LENGTH: usize = Block::LENGTH;

    fn pack(rows: [&[u8]; PANEL]) -> Self {
        Self {
            scale: halves(&rows, 0),
            quants: spread(&rows, 2),
        }
    }

    fn decode(&self, row: usize, weights: &mut [f32]) {
        let scale = self.scale[row].to_f32_const();
        for (w, weight) in weights.iter_mut().enumerate() {
            *weight = scale * f32::from(quant(&self.quants, row, w) as i8 - 8);
        }
    }
}

impl Panel for Q4_1 {
    type Activation = Block;
    const LENGTH: usize = Block::LENGTH;

    fn pack(rows: [&[u8]; PANEL]) -> Self {
        Self {
            scale: halves(&rows, 0),
            minimum: halves(&rows, 2),
            quants: spread(&rows, 4),
        }
    }

    fn decode(&self, row: usize, weights: &mut [f32]) {
        let (scale, minimum) = (
            self.scale[row].to_f32_const(),
            self.minimum[row].to_f32_const(),
        );
        for (w, weight) in weights.iter_mut().enumerate() {
            *weight = scale * f32::from(quant(&self.quants, row, w)) + minimum;
        }
    }
}

/// The fifth bits of the file's small formats: 32 bits from the byte `at`.
fn small_fifths(rows: &[&[u8]; PANEL], at: usize) -> Chunk {
    let mut high = [0; 4 * PANEL];
    for (r, row) in rows.iter().enumerate() {
        fifths(&mut high, r, |w| row[at + w / 8] >> (w % 8) & 1);
    }
    high
}

impl Panel for Q5_0 {
    type Activation = Block;
    const LENGTH: usize = Block::LENGTH;

    fn pack(rows: [&[u8]; PANEL]) -> Self {
        Self {
            scale: halves(&rows, 0),
            high: small_fifths(&rows, 2),
            quants: spread(&rows, 6),
        }
    }

    fn decode(&self, row: usize, weights: &mut [f32]) {
        let scale = self.scale[row].to_f32_const();
        for (w, weight) in weights.iter_mut().enumerate() {
            let quant = quant(&self.quants, row, w) | fifth(&self.high, row, w);
            *weight = scale * f32::from(quant as i8 - 16);
        }
    }
}

impl Panel for Q5_1 {
    type Activation = Block;
    const LENGTH: usize = Block::LENGTH;

    fn pack(rows: [&[u8]; PANEL]) -> Self {
        Self {
            scale: halves(&rows, 0),
            minimum: halves(&rows, 2),
            high: small_fifths(&rows, 4),
            quants: spread(&rows, 8),
        }
    }

    fn decode(&self, row: usize, weights: &mut [f32]) {
        let (scale, minimum) = (
            self.scale[row].to_f32_const(),
            self.minimum[row].to_f32_const(),
        );
        for (w, weight) in weights.iter_mut().enumerate() {
            let quant = quant(&self.quants, row, w) | fifth(&self.high, row, w);
            *weight = scale * f32::from(quant) + minimum;
        }
    }
}

impl Panel for Q8_0 {
    type Activation = Block;
    const LENGTH: usize = Block::LENGTH;

    fn pack(rows: [&[u8]; PANEL]) -> Self {
        let [a, b, c, d] = spread(&rows, 2);
        let [e, f, g, h] = spread(&rows, 18);
        Self {
            scale: halves(&rows, 0),
            quants: [a, b, c, d, e, f, g, h],
        }
    }

    fn decode(&self, row: usize, weights: &mut [f32]) {
        let scale = self.scale[row].to_f32_const();
        for (w, weight) in weights.iter_mut().enumerate() {
            *weight = scale * f32::from(self.quants[w / 4][4 * row + w % 4] as i8);
        }
    }
}
