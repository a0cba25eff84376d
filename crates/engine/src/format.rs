//! The tensor types as products see them: what activations become, and four dot products at once.
//!
//! Q4_1 is the kernels' own; the others are candle's reference (`GgmlType`).

use candle_core::quantized::k_quants::{
    BlockQ2K, BlockQ3K, BlockQ4_0, BlockQ4K, BlockQ5_0, BlockQ5_1, BlockQ5K, BlockQ6K, BlockQ8_0,
    GgmlType,
};
use half::{bf16, f16};
use kernels::Kernels;
use kernels::q4_1::{self, Q4_1, Q8};

use crate::gguf::map::Block;

/// A format of rows of blocks.
pub(crate) trait Format: Block + Sync + Sized {
    /// Weights of a block.
    const ELEMENTS: usize;
    /// A block of activations, [`Self::ELEMENTS`] of them.
    type Activation: Send + Sync;

    /// A row of activations; whole blocks.
    fn quantise(kernels: Kernels, row: &[f32]) -> Vec<Self::Activation>;
    /// The products of four rows of weights with a row of activations, all of `columns` elements.
    fn dots(
        kernels: Kernels,
        columns: usize,
        rows: [&[Self]; 4],
        activation: &[Self::Activation],
    ) -> [f32; 4];
    /// A row of weights.
    fn decode(row: &[Self], weights: &mut [f32]);
}

macro_rules! candle {
    ($($type:ty),+) => {
        $(impl Format for $type {
            const ELEMENTS: usize = <Self as GgmlType>::BLCK_SIZE;
            type Activation = <Self as GgmlType>::VecDotType;

            fn quantise(_: Kernels, row: &[f32]) -> Vec<Self::Activation> {
                let mut blocks = vec![Self::Activation::zeros(); row.len() / Self::ELEMENTS];
                if <Self as GgmlType>::DIRECT_COPY {
                    Self::Activation::direct_copy(row, &mut blocks);
                } else {
                    Self::Activation::from_float(row, &mut blocks);
                }
                blocks
            }

            fn dots(
                _: Kernels,
                columns: usize,
                [a, b, c, d]: [&[Self]; 4],
                activation: &[Self::Activation],
            ) -> [f32; 4] {
                Self::vec_dot_4(columns, a, b, c, d, activation).into()
            }

            fn decode(row: &[Self], weights: &mut [f32]) {
                Self::to_float(row, weights);
            }
        })+
    };
}
candle!(
    f32, f16, bf16, BlockQ4_0, BlockQ5_0, BlockQ5_1, BlockQ8_0, BlockQ2K, BlockQ3K, BlockQ4K,
    BlockQ5K, BlockQ6K
);

impl Format for Q4_1 {
    const ELEMENTS: usize = q4_1::BLOCK;
    type Activation = Q8;

    fn quantise(kernels: Kernels, row: &[f32]) -> Vec<Q8> {
        let mut blocks = Vec::with_capacity(row.len() / Self::ELEMENTS);
        kernels.quantise_q8(row, &mut blocks);
        blocks
    }

    fn dots(kernels: Kernels, _: usize, rows: [&[Self]; 4], activation: &[Q8]) -> [f32; 4] {
        let mut out = [0.0; 4];
        kernels.dots_q4_1(rows, activation, &mut out);
        out
    }

    fn decode(row: &[Self], weights: &mut [f32]) {
        let (blocks, _) = weights.as_chunks_mut();
        for (block, weights) in row.iter().zip(blocks) {
            block.decode(weights);
        }
    }
}
