//! The tensor types as products see them: what activations become, and four dot products at once.
//!
//! candle's reference (`GgmlType`), for the kinds and shapes that have no panels.

use candle_core::quantized::k_quants::{
    BlockQ2K, BlockQ3K, BlockQ4_0, BlockQ4_1, BlockQ4K, BlockQ5_0, BlockQ5_1, BlockQ5K, BlockQ6K,
    BlockQ8_0, GgmlType,
};
use half::{bf16, f16};
use kernels::Kernels;

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
    f32, f16, bf16, BlockQ4_0, BlockQ4_1, BlockQ5_0, BlockQ5_1, BlockQ8_0, BlockQ2K, BlockQ3K,
    BlockQ4K, BlockQ5K, BlockQ6K
);
