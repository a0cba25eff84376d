//! The header: metadata and the table of tensors, read from a slice and trusted in nothing.
//!
//! No allocation follows a number of the file before that number was checked against the bytes that
//! are left; strings and arrays are borrowed, so that a header costs little more than its table.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use super::{Kind, Value};
use crate::EngineError;

const MAX_COUNT: u64 = 65_536;
const MAX_KEY: u64 = 256;
const MAX_NAME: u64 = 63;
const DEFAULT_ALIGNMENT: u32 = 32;
/// What a writer may leave after the last tensor: one of the largest alignment's paddings.
const MAX_TAIL: u64 = 4096;

/// The header of a GGUF file.
#[derive(Debug)]
pub struct Header<'a> {
    entries: BTreeMap<&'a str, Value<'a>>,
    tensors: Vec<TensorInfo<'a>>,
}

/// A line of the table of tensors.
#[derive(Debug, Clone)]
pub struct TensorInfo<'a> {
    /// Unique name.
    pub name: &'a str,
    /// One to four dimensions, the innermost (a row's length) first.
    pub dims: Vec<u64>,
    /// Type.
    pub kind: Kind,
    /// Where its bytes are in the file; inside it, aligned, shared with no other tensor.
    pub bytes: Range<usize>,
}

impl<'a> Header<'a> {
    /// Reads and checks the header of the whole file's bytes.
    pub fn parse(file: &'a [u8]) -> Result<Self, EngineError> {
        let mut reader = Reader::new(file);
        if !file.starts_with(b"GGUF") {
            return Err(EngineError::NotGguf);
        }
        reader.take(4)?;
        if !matches!(reader.u32()?, 2 | 3) {
            return Err(EngineError::malformed("unknown format version"));
        }
        let tensor_count = reader.u64()?;
        let entry_count = reader.u64()?;
        if tensor_count > MAX_COUNT || entry_count > MAX_COUNT {
            return Err(EngineError::malformed("too many entries or tensors"));
        }
        // An entry is at least a length, one letter, a type and a byte; a tensor at least a length,
        // one letter, a count, a dimension, a type and an offset.
        reader.expect(entry_count * 14 + tensor_count * 33)?;

        let mut entries = BTreeMap::new();
        for _ in 0..entry_count {
            let key = reader.string(MAX_KEY)?;
            let allowed =
                |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
            if key.is_empty() || !key.bytes().all(allowed) {
                return Err(EngineError::malformed("a key of forbidden characters"));
            }
            let kind = reader.u32()?;
            let value = Value::read(&mut reader, kind).map_err(|error| error.of(key))?;
            if entries.insert(key, value).is_some() {
                return Err(EngineError::malformed(format!("`{key}` twice")));
            }
        }
        let alignment = match entries.get("general.alignment") {
            None => DEFAULT_ALIGNMENT,
            Some(Value::U32(a)) if a.is_power_of_two() && (8..=4096).contains(a) => *a,
            Some(_) => return Err(EngineError::malformed("`general.alignment`")),
        };
        let tensors = read_tensors(&mut reader, tensor_count as usize, u64::from(alignment))?;
        Ok(Self { entries, tensors })
    }

    /// A metadata value.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.entries.get(key)
    }

    /// The table of tensors, in the file's order.
    pub fn tensors(&self) -> &[TensorInfo<'a>] {
        &self.tensors
    }
}

/// Reads the table, then checks each extent against the file and against the others.
fn read_tensors<'a>(
    reader: &mut Reader<'a>,
    count: usize,
    alignment: u64,
) -> Result<Vec<TensorInfo<'a>>, EngineError> {
    let mut rows = Vec::with_capacity(count);
    let mut names = HashSet::with_capacity(count);
    for _ in 0..count {
        let name = reader.string(MAX_NAME)?;
        if name.is_empty() || !names.insert(name) {
            return Err(EngineError::malformed(
                "a tensor's name is empty or used twice",
            ));
        }
        let broken = |what: &str| EngineError::malformed(format!("{what} of tensor `{name}`"));
        let dim_count = reader.u32()?;
        if !(1..=4).contains(&dim_count) {
            return Err(broken("number of dimensions"));
        }
        let dims = (0..dim_count)
            .map(|_| reader.u64())
            .collect::<Result<Vec<_>, _>>()?;
        let kind = Kind::from_id(reader.u32()?).map_err(|known| match known {
            Some(kind) => EngineError::UnsupportedType {
                tensor: name.into(),
                kind,
            },
            None => broken("type"),
        })?;
        if dims.contains(&0) {
            return Err(broken("empty dimension"));
        }
        let size = kind.tensor_bytes(&dims).ok_or_else(|| broken("size"))?;
        let offset = reader.u64()?;
        if !offset.is_multiple_of(alignment) {
            return Err(broken("alignment"));
        }
        let end = offset.checked_add(size).ok_or_else(|| broken("extent"))?;
        rows.push((name, dims, kind, offset..end));
    }

    let start = (reader.position() as u64).next_multiple_of(alignment);
    let mut extents: Vec<_> = rows.iter().map(|row| row.3.clone()).collect();
    extents.sort_by_key(|extent| extent.start);
    let mut previous = 0u64;
    for extent in extents {
        if extent.start < previous || extent.start - previous > alignment {
            return Err(EngineError::malformed("tensors overlap or leave a gap"));
        }
        previous = extent.end;
    }
    let overflow = || EngineError::malformed("extent of the tensors");
    let needed = start.checked_add(previous).ok_or_else(overflow)?;
    if needed > reader.length() {
        return Err(EngineError::Truncated {
            needed,
            length: reader.length(),
        });
    }
    if reader.length() - needed > MAX_TAIL {
        return Err(EngineError::malformed("bytes after the last tensor"));
    }
    Ok(rows
        .into_iter()
        .map(|(name, dims, kind, extent)| TensorInfo {
            name,
            dims,
            kind,
            bytes: (start + extent.start) as usize..(start + extent.end) as usize,
        })
        .collect())
}

/// A cursor over the file's bytes.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    pub(crate) fn position(&self) -> usize {
        self.position
    }

    fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// The bytes read since `start`.
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        &self.bytes[start..self.position]
    }

    /// Refuses unless `count` more bytes are there.
    pub(crate) fn expect(&self, count: u64) -> Result<(), EngineError> {
        let needed = (self.position as u64).saturating_add(count);
        if needed > self.length() {
            return Err(EngineError::Truncated {
                needed,
                length: self.length(),
            });
        }
        Ok(())
    }

    pub(crate) fn take(&mut self, count: u64) -> Result<&'a [u8], EngineError> {
        self.expect(count)?;
        let start = self.position;
        self.position += count as usize;
        Ok(self.since(start))
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], EngineError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N as u64)?);
        Ok(array)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, EngineError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, EngineError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// A string of at most `limit` bytes.
    pub(crate) fn string(&mut self, limit: u64) -> Result<&'a str, EngineError> {
        let length = self.u64()?;
        self.expect(length)?;
        if length > limit {
            return Err(EngineError::malformed("a string that is too long"));
        }
        std::str::from_utf8(self.take(length)?)
            .map_err(|_| EngineError::malformed("a string that is not UTF-8"))
    }
}
