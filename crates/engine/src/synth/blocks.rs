//! Random blocks: a stock a tensor, quantised as a real file's are, and dealt out by lot.

use std::io::{self, Write};

use candle_core::quantized::k_quants::{
    BlockQ2K, BlockQ3K, BlockQ4_0, BlockQ4_1, BlockQ4K, BlockQ5_0, BlockQ5_1, BlockQ5K, BlockQ6K,
    BlockQ8_0, GgmlType,
};
use half::{bf16, f16};

use crate::gguf::Kind;
use crate::gguf::map::{Block, bytes_of};
use crate::gguf::write::Plan;
use crate::sampling::Lots;

/// Elements of a stock.
const ELEMENTS: usize = 1 << 16;

/// Blocks of one tensor's type and scale.
pub(crate) struct Stock {
    bytes: Vec<u8>,
    block: usize,
}

impl Stock {
    /// Ones for a norm; otherwise uniform numbers of deviation `1 / √columns`, which keeps a
    /// product's outputs as large as its inputs.
    pub(crate) fn new(tensor: &Plan, lots: &mut Lots) -> Self {
        let columns = tensor.dims.first().copied().unwrap_or(1);
        let bound = (3.0 / columns as f32).sqrt();
        let values: Vec<f32> = match tensor.dims.len() {
            1 => vec![1.0; ELEMENTS],
            _ => std::iter::repeat_with(|| (2.0 * lots.fraction() - 1.0) * bound)
                .take(ELEMENTS)
                .collect(),
        };
        let bytes = match tensor.kind {
            Kind::F32 => bytes_of(&values).to_vec(),
            Kind::F16 => quantise::<f16>(&values),
            Kind::Bf16 => quantise::<bf16>(&values),
            Kind::Q4_0 => quantise::<BlockQ4_0>(&values),
            Kind::Q4_1 => quantise::<BlockQ4_1>(&values),
            Kind::Q5_0 => quantise::<BlockQ5_0>(&values),
            Kind::Q5_1 => quantise::<BlockQ5_1>(&values),
            Kind::Q8_0 => quantise::<BlockQ8_0>(&values),
            Kind::Q2K => quantise::<BlockQ2K>(&values),
            Kind::Q3K => quantise::<BlockQ3K>(&values),
            Kind::Q4K => quantise::<BlockQ4K>(&values),
            Kind::Q5K => quantise::<BlockQ5K>(&values),
            Kind::Q6K => quantise::<BlockQ6K>(&values),
        };
        // Scalars are dealt out by the 64.
        let elements = tensor.kind.block_elements().max(64) as usize;
        let block = elements * bytes.len() / ELEMENTS;
        Self { bytes, block }
    }

    /// Writes `bytes` bytes at most, whole blocks unless less than one is asked, and returns how
    /// many: what follows begins with a block.
    pub(crate) fn write(
        &self,
        out: &mut impl Write,
        bytes: u64,
        lots: &mut Lots,
    ) -> io::Result<u64> {
        let asked = bytes as usize;
        let count = match asked > self.block {
            true => asked - asked % self.block,
            false => asked,
        };
        let mut left = count;
        while left > 0 {
            let pick = (lots.bits() % (self.bytes.len() / self.block) as u64) as usize;
            let block = &self.bytes[pick * self.block..][..self.block.min(left)];
            out.write_all(block)?;
            left -= block.len();
        }
        Ok(count as u64)
    }
}

fn quantise<T: GgmlType + Block>(values: &[f32]) -> Vec<u8> {
    let mut blocks = vec![T::zeros(); values.len() / T::BLCK_SIZE];
    if T::DIRECT_COPY {
        T::direct_copy(values, &mut blocks);
    } else {
        T::from_float(values, &mut blocks);
    }
    bytes_of(&blocks).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_ends_where_a_block_does() {
        let plan = Plan {
            name: "x".into(),
            dims: vec![4096, 4096],
            kind: Kind::Q4K,
        };
        let mut lots = Lots(1);
        let stock = Stock::new(&plan, &mut lots);
        let mut out = Vec::new();
        let done = stock.write(&mut out, 4 << 20, &mut lots).unwrap();
        assert_eq!(out.len() as u64, done);
        assert!(done.is_multiple_of(Kind::Q4K.block_bytes()) && done > (4 << 20) - 256);
        assert_eq!(stock.write(&mut out, 10, &mut lots).unwrap(), 10);
    }
}
