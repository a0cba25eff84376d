//! Products of quantised matrices with rows of activations.
//!
//! A matrix is packed once, at load, into panels: sixteen rows interleaved by four weights, in as
//! many bytes as before. One loop then serves one token or many: unpacking a block of a panel is
//! shared by the tokens of a tile, and each output is the sum of its blocks in order: integers
//! inside a block, one rounded addition a block. It depends neither on the tile, nor on the
//! threads, nor on the level.

pub mod activation;
mod pack;
mod panels;
mod q4_k;
mod q6_k;
mod quants;
mod small;

pub use activation::{Block, Superblock};
pub use panels::{Factors, Panel, Q4_0, Q4_1, Q4K, Q5_0, Q5_1, Q5K, Q6K, Q8_0};

use crate::rows::{PANEL, Rows};

/// How a panel's block multiplies.
pub(crate) trait Multiply: Panel {
    /// Adds the block's products with one block of each of `M` tokens to `sums`, for the rows of
    /// `half`.
    fn multiply<R: Rows, const M: usize>(
        &self,
        rows: R,
        half: usize,
        x: [&Self::Activation; M],
        sums: &mut [R::Floats; M],
    );
}

/// Tokens of a tile.
const TILE: usize = 4;

/// The products of a panel with every token: `outputs[t] = panel · x[t]`. `panel` is one row of
/// blocks, each `x[t]` as many.
#[inline(always)]
pub(crate) fn panel<R: Rows, P: Multiply>(
    rows: R,
    panel: &[P],
    x: &[&[P::Activation]],
    outputs: &mut [[f32; PANEL]],
) {
    assert_eq!(x.len(), outputs.len(), "an output for each token");
    assert!(x.iter().all(|x| x.len() == panel.len()), "equal lengths");
    let (tiles, rest) = x.as_chunks::<TILE>();
    let (tile_outputs, rest_outputs) = outputs.as_chunks_mut::<TILE>();
    for (x, outputs) in tiles.iter().zip(tile_outputs) {
        tile(rows, panel, *x, outputs);
    }
    match (rest, rest_outputs) {
        ([a], [x]) => tile(rows, panel, [*a], std::array::from_mut(x)),
        ([a, b], outputs) => {
            if let Some(outputs) = outputs.as_mut_array() {
                tile(rows, panel, [*a, *b], outputs);
            }
        }
        ([a, b, c], outputs) => {
            if let Some(outputs) = outputs.as_mut_array() {
                tile(rows, panel, [*a, *b, *c], outputs);
            }
        }
        _ => {}
    }
}

#[inline(always)]
fn tile<R: Rows, P: Multiply, const M: usize>(
    rows: R,
    panel: &[P],
    x: [&[P::Activation]; M],
    outputs: &mut [[f32; PANEL]; M],
) {
    for half in 0..PANEL / R::ROWS {
        let mut sums = [rows.splat(0.0); M];
        for (b, block) in panel.iter().enumerate() {
            let mut at = [&x[0][b]; M];
            for (at, x) in at.iter_mut().zip(&x) {
                *at = &x[b];
            }
            block.multiply(rows, half, at, &mut sums);
        }
        for (sum, output) in sums.into_iter().zip(outputs.iter_mut()) {
            rows.store(sum, output, half);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::tests::noise;
    use crate::{Kernels, Level};
    use half::f16;

    type Product<P> = fn(Kernels, &[P], &[&[<P as Panel>::Activation]], &mut [[f32; PANEL]]);

    /// The block of the file of one row: random bytes, and the half floats at `scales`.
    fn block(seed: u64, bytes: usize, scales: &[(usize, f32)]) -> Vec<u8> {
        let random = noise(seed, bytes + scales.len());
        let mut block: Vec<u8> = random[..bytes]
            .iter()
            .map(|x| ((x + 1.0) * 128.0) as u8)
            .collect();
        for ((at, size), x) in scales.iter().zip(&random[bytes..]) {
            block[*at..at + 2].copy_from_slice(&f16::from_f32(x * size).to_le_bytes());
        }
        block
    }

    /// Sixteen rows of `blocks` blocks, packed.
    fn packed<P: Panel>(blocks: usize, fill: impl Fn(u64) -> Vec<u8>) -> Vec<P> {
        (0..blocks as u64)
            .map(|b| {
                let rows: [Vec<u8>; PANEL] = std::array::from_fn(|r| fill(b * 16 + r as u64));
                P::pack(std::array::from_fn(|r| rows[r].as_slice()))
            })
            .collect()
    }

    fn check<P: Panel>(
        product: Product<P>,
        quantise: impl Fn(Kernels, &[f32]) -> Vec<P::Activation>,
        value: impl Fn(&P::Activation, usize) -> f32,
        fill: impl Fn(u64) -> Vec<u8>,
    ) {
        let portable = Kernels::at(Level::Portable).unwrap();
        for blocks in [1, 3, 12] {
            let panel: Vec<P> = packed(blocks, &fill);
            for tokens in [1, 2, 3, 4, 5, 7, 8, 17] {
                let x: Vec<Vec<P::Activation>> = (0..tokens)
                    .map(|t| quantise(portable, &noise(90 + t, blocks * P::LENGTH)))
                    .collect();
                let views: Vec<&[P::Activation]> = x.iter().map(Vec::as_slice).collect();
                let mut expected = vec![[f32::NAN; PANEL]; tokens as usize];
                product(portable, &panel, &views, &mut expected);
                for kernels in Kernels::available() {
                    let mut got = vec![[f32::NAN; PANEL]; tokens as usize];
                    product(kernels, &panel, &views, &mut got);
                    assert_eq!(got, expected, "{:?} {blocks} {tokens}", kernels.level());
                }
                let mut weights = vec![0.0; P::LENGTH];
                for (x, got) in views.iter().zip(&expected) {
                    for (row, got) in got.iter().enumerate() {
                        let (mut exact, mut size) = (0.0, 0.0);
                        for (block, x) in panel.iter().zip(*x) {
                            block.decode(row, &mut weights);
                            for (w, weight) in weights.iter().enumerate() {
                                let product = f64::from(*weight) * f64::from(value(x, w));
                                exact += product;
                                size += product.abs();
                            }
                        }
                        let error = (f64::from(*got) - exact).abs();
                        assert!(error <= 1e-5 * size, "{row}: {got} {exact}");
                    }
                }
            }
        }
    }

    fn superblocks(kernels: Kernels, row: &[f32]) -> Vec<Superblock> {
        let mut blocks = vec![Superblock::ZERO; row.len() / Superblock::LENGTH];
        kernels.superblocks(row, &mut blocks);
        blocks
    }

    fn blocks(kernels: Kernels, row: &[f32]) -> Vec<Block> {
        let mut blocks = vec![Block::ZERO; row.len() / Block::LENGTH];
        kernels.blocks(row, &mut blocks);
        blocks
    }

    fn of_superblock(x: &Superblock, at: usize) -> f32 {
        f32::from(x.values[at / 4][at % 4]) * x.scale
    }

    fn of_block(x: &Block, at: usize) -> f32 {
        f32::from(x.values[at / 4][at % 4]) * x.scale
    }

    #[test]
    fn q4_k_multiplies_as_it_decodes_alike_at_every_level() {
        check::<Q4K>(Kernels::product_q4_k, superblocks, of_superblock, |seed| {
            block(seed, 144, &[(0, 0.01), (2, 0.05)])
        });
    }

    #[test]
    fn q5_k_multiplies_as_it_decodes_alike_at_every_level() {
        check::<Q5K>(Kernels::product_q5_k, superblocks, of_superblock, |seed| {
            block(seed, 176, &[(0, 0.01), (2, 0.05)])
        });
    }

    #[test]
    fn q6_k_multiplies_as_it_decodes_alike_at_every_level() {
        check::<Q6K>(Kernels::product_q6_k, superblocks, of_superblock, |seed| {
            block(seed, 210, &[(208, 0.01)])
        });
    }

    #[test]
    fn the_small_formats_multiply_as_they_decode_alike_at_every_level() {
        check::<Q4_0>(Kernels::product_q4_0, blocks, of_block, |seed| {
            block(seed, 18, &[(0, 0.1)])
        });
        check::<Q4_1>(Kernels::product_q4_1, blocks, of_block, |seed| {
            block(seed, 20, &[(0, 0.1), (2, 0.5)])
        });
        check::<Q5_0>(Kernels::product_q5_0, blocks, of_block, |seed| {
            block(seed, 22, &[(0, 0.1)])
        });
        check::<Q5_1>(Kernels::product_q5_1, blocks, of_block, |seed| {
            block(seed, 24, &[(0, 0.1), (2, 0.5)])
        });
        check::<Q8_0>(Kernels::product_q8_0, blocks, of_block, |seed| {
            block(seed, 34, &[(0, 0.1)])
        });
    }

    #[test]
    fn the_extremes_do_not_saturate() {
        // Every quant and factor at its greatest, every activation at its greatest or least.
        let scale = f16::ONE.to_le_bytes();
        let full = |bytes: usize, scales: &[usize]| {
            let mut block = vec![0xFF; bytes];
            for at in scales {
                block[*at..at + 2].copy_from_slice(&scale);
            }
            block
        };
        for sign in [1.0, -1.0] {
            let values = superblocks(Kernels::best(), &[127.0 * sign; 256]);
            let small = blocks(Kernels::best(), &[127.0 * sign; 32]);
            for kernels in Kernels::available() {
                let mut got = [[0.0; PANEL]];
                let panel: Vec<Q4K> = packed(1, |_| full(144, &[0, 2]));
                kernels.product_q4_k(&panel, &[&values], &mut got);
                assert_eq!(got, [[sign * 127.0 * 256.0 * (63.0 * 15.0 - 63.0); PANEL]]);
                let panel: Vec<Q5K> = packed(1, |_| full(176, &[0, 2]));
                kernels.product_q5_k(&panel, &[&values], &mut got);
                assert_eq!(got, [[sign * 127.0 * 256.0 * (63.0 * 31.0 - 63.0); PANEL]]);
                let panel: Vec<Q6K> = packed(1, |_| full(210, &[208]));
                kernels.product_q6_k(&panel, &[&values], &mut got);
                assert_eq!(got, [[sign * 127.0 * 256.0 * -31.0; PANEL]]);
                let panel: Vec<Q8_0> = packed(1, |_| {
                    let mut block = full(34, &[0]);
                    block[2..].fill(0x80);
                    block
                });
                kernels.product_q8_0(&panel, &[&small], &mut got);
                assert_eq!(got, [[sign * 127.0 * 32.0 * -128.0; PANEL]]);
            }
        }
    }
}
