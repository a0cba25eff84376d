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
use kernels::product::{Q4_0, Q4_1, Q4K, Q5_0, Q5_1, Q5K, Q6K, Q8_0};
use memmap2::{Mmap, MmapMut};

use crate::EngineError;

/// A file of at least this size is no accident.
const LEAST: u64 = 24;

/// A mapped file, held open and locked against writers that respect locks, and memory for what is
/// packed from it.
pub(crate) struct Mapping {
    bytes: Mmap,
    arena: Option<MmapMut>,
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
            // SAFETY: a C layout of integers and half floats, whose size is asserted to be the sum
            // of its parts.
            unsafe impl Block for $type {}
        )+
    };
}
blocks!(
    f32, f16, bf16, BlockQ4_0, BlockQ4_1, BlockQ5_0, BlockQ5_1, BlockQ8_0, BlockQ2K, BlockQ3K,
    BlockQ4K, BlockQ5K, BlockQ6K, Q4_0, Q4_1, Q4K, Q5_0, Q5_1, Q5K, Q6K, Q8_0
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
        Ok(Self {
            bytes,
            arena: None,
            _file: file,
        })
    }

    /// The whole file.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Makes an arena of zeros; in large pages where the system has them, so that reading it whole
    /// for every token costs few translations.
    pub(crate) fn reserve(&mut self, bytes: usize) -> Result<(), EngineError> {
        let arena = MmapMut::map_anon(bytes).map_err(|_| EngineError::OutOfMemory {
            needed: bytes as u64,
            available: crate::memory::available().unwrap_or(0),
        })?;
        #[cfg(target_os = "linux")]
        let _ = arena.advise(memmap2::Advice::HugePage);
        self.arena = Some(arena);
        Ok(())
    }

    /// Some bytes of the file, and some of the arena to write what they become; empty where a range
    /// is outside.
    pub(crate) fn pack(&mut self, from: Range<usize>, to: Range<usize>) -> (&[u8], &mut [u8]) {
        let arena = self.arena.as_deref_mut().unwrap_or_default();
        (
            self.bytes.get(from).unwrap_or_default(),
            arena.get_mut(to).unwrap_or_default(),
        )
    }

    /// Gives back the memory of some bytes of the file, which will not be read again soon.
    pub(crate) fn release(&self, range: Range<usize>) {
        #[cfg(unix)]
        // SAFETY: pages of a mapped file that is only read: they come back from the file.
        let _ = unsafe {
            self.bytes.unchecked_advise_range(
                memmap2::UncheckedAdvice::DontNeed,
                range.start,
                range.len(),
            )
        };
        #[cfg(not(unix))]
        let _ = range;
    }

    /// Blocks of the arena, as [`Self::blocks`].
    pub(crate) fn packed<T: Block>(&self, range: Range<usize>) -> Option<&[T]> {
        whole(self.arena.as_deref()?.get(range)?)
    }

    /// Asks the system to read ahead, where it can be asked.
    pub(crate) fn will_need(&self) {
        #[cfg(unix)]
        let _ = self.bytes.advise(memmap2::Advice::WillNeed);
    }

    /// The blocks at `range`; nothing if it is outside the file, unaligned or not whole blocks.
    pub(crate) fn blocks<T: Block>(&self, range: Range<usize>) -> Option<&[T]> {
        whole(self.bytes.get(range)?)
    }
}

/// Bytes as blocks; nothing if they are unaligned or not whole blocks.
fn whole<T: Block>(bytes: &[u8]) -> Option<&[T]> {
    // SAFETY: `T: Block` accepts any bytes.
    let (before, blocks, after) = unsafe { bytes.align_to::<T>() };
    (before.is_empty() && after.is_empty()).then_some(blocks)
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
