//! The file, mapped: tensors are read where they lie, never copied.
//!
//! The only `unsafe` of this crate: mapping the file, and seeing its bytes as blocks.
#![allow(unsafe_code)] // memory mapping and the view of bytes as blocks, each with its reason

use std::fs::File;
use std::ops::Range;
use std::path::Path;

use candle_core::quantized::k_quants::{
    BlockQ2K, BlockQ3K, BlockQ4_0, BlockQ4_1, BlockQ4K, BlockQ5_0, BlockQ5_1, BlockQ5K, BlockQ6K,
    BlockQ8_0,
};
use half::{bf16, f16};
use kernels::q4_1::Q4_1;
use memmap2::Mmap;

use crate::EngineError;

/// A file of at least this size is no accident.
const LEAST: u64 = 24;

/// A mapped file, held open and locked against writers that respect locks.
pub(crate) struct Mapping {
    bytes: Mmap,
    _file: File,
}

/// A type that any bytes of the right number make: plain numbers in a C layout.
///
/// # Safety
/// No bit pattern is invalid and there is no padding.
pub(crate) unsafe trait Block {}

macro_rules! blocks {
    ($($type:ty),+) => {
        $(
            // SAFETY: a C layout of integers and half floats, whose size candle asserts to be the
            // sum of its parts.
            unsafe impl Block for $type {}
        )+
    };
}
blocks!(
    f32, f16, bf16, BlockQ4_0, BlockQ4_1, BlockQ5_0, BlockQ5_1, BlockQ8_0, BlockQ2K, BlockQ3K,
    BlockQ4K, BlockQ5K, Q4_1, BlockQ6K
);

impl Mapping {
    /// Maps a regular file.
    pub(crate) fn open(path: &Path) -> Result<Self, EngineError> {
        let error = |source| EngineError::io(path, source);
        let file = File::open(path).map_err(error)?;
        let metadata = file.metadata().map_err(error)?;
        if !metadata.is_file() || metadata.len() < LEAST {
            return Err(EngineError::NotGguf);
        }
        // Where the file system has no locks, mapping is as safe as it is everywhere else.
        let _ = file.try_lock_shared();
        // SAFETY: the pages are only read. Another process that shortens the file regardless of
        // the lock would make a read fault: that ends this process, it does not corrupt it, and no
        // mapping can exclude it. All lengths come from this handle.
        let bytes = unsafe { Mmap::map(&file) }.map_err(error)?;
        Ok(Self { bytes, _file: file })
    }

    /// The whole file.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Asks the system to read ahead, where it can be asked.
    pub(crate) fn will_need(&self) {
        #[cfg(unix)]
        let _ = self.bytes.advise(memmap2::Advice::WillNeed);
    }

    /// The blocks at `range`; nothing if it is outside the file, unaligned or not whole blocks.
    pub(crate) fn blocks<T: Block>(&self, range: Range<usize>) -> Option<&[T]> {
        let bytes = self.bytes.get(range)?;
        // SAFETY: `T: Block` accepts any bytes.
        let (before, blocks, after) = unsafe { bytes.align_to::<T>() };
        (before.is_empty() && after.is_empty()).then_some(blocks)
    }
}

/// Blocks as the bytes of a file, on the little-endian processors that Clocher runs on.
pub(crate) fn bytes_of<T: Block>(blocks: &[T]) -> &[u8] {
    // SAFETY: `T: Block` has no padding: each of its bytes is initialised.
    unsafe { std::slice::from_raw_parts(blocks.as_ptr().cast(), size_of_val(blocks)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_seen_where_they_lie_or_not_at_all() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("numbers");
        let numbers: Vec<u8> = (0..16)
            .flat_map(|i: u16| f32::from(i).to_le_bytes())
            .collect();
        std::fs::write(&path, &numbers).unwrap();
        let mapping = Mapping::open(&path).unwrap();
        assert_eq!(mapping.blocks::<f32>(8..16), Some(&[2.0, 3.0][..]));
        assert_eq!(mapping.blocks::<f32>(8..64).unwrap().len(), 14);
        for bad in [6..14, 8..15, 8..68, 80..84] {
            assert!(mapping.blocks::<f32>(bad).is_none());
        }
        assert!(mapping.blocks::<BlockQ4K>(0..64).is_none());
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let absent = directory.path().join("absent.gguf");
        assert!(matches!(
            Mapping::open(&absent),
            Err(EngineError::NotFound { .. })
        ));
        assert!(Mapping::open(directory.path()).is_err());
        std::fs::write(&absent, b"").unwrap();
        assert!(matches!(Mapping::open(&absent), Err(EngineError::NotGguf)));
    }
}
