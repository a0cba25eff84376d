//! Metadata values, borrowed from the file's bytes.

use super::header::Reader;
use crate::EngineError;

/// The longest string that a file may hold.
pub(crate) const MAX_STRING: u64 = 16 << 20;
/// The most elements that an array may hold.
const MAX_ELEMENTS: u64 = 4 << 20;

/// A metadata value.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)] // the format's own names
pub enum Value<'a> {
    U8(u8),
    I8(i8),
    U16(u16),
    I16(i16),
    U32(u32),
    I32(i32),
    F32(f32),
    Bool(bool),
    Str(&'a str),
    Array(Array<'a>),
    U64(u64),
    I64(i64),
    F64(f64),
}

/// An array of scalars or strings, checked whole when the header was read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Array<'a> {
    /// Type identifier of the elements.
    element: u32,
    count: usize,
    bytes: &'a [u8],
}

/// Type identifiers of the format.
pub(crate) mod id {
    pub(crate) const U32: u32 = 4;
    pub(crate) const I32: u32 = 5;
    pub(crate) const F32: u32 = 6;
    pub(crate) const BOOL: u32 = 7;
    pub(crate) const STR: u32 = 8;
    pub(crate) const ARRAY: u32 = 9;
}

/// Bytes of a scalar of the type, the length field of a string, nothing for other types.
fn least_bytes(element: u32) -> Option<u64> {
    match element {
        0 | 1 | id::BOOL => Some(1),
        2 | 3 => Some(2),
        id::U32 | id::I32 | id::F32 => Some(4),
        id::STR | 10..=12 => Some(8),
        _ => None,
    }
}

impl<'a> Value<'a> {
    /// Reads a value of the type `kind`.
    pub(crate) fn read(reader: &mut Reader<'a>, kind: u32) -> Result<Self, EngineError> {
        Ok(match kind {
            0 => Self::U8(u8::from_le_bytes(reader.array()?)),
            1 => Self::I8(i8::from_le_bytes(reader.array()?)),
            2 => Self::U16(u16::from_le_bytes(reader.array()?)),
            3 => Self::I16(i16::from_le_bytes(reader.array()?)),
            id::U32 => Self::U32(reader.u32()?),
            id::I32 => Self::I32(i32::from_le_bytes(reader.array()?)),
            id::F32 => Self::F32(f32::from_le_bytes(reader.array()?)),
            id::BOOL => Self::Bool(match reader.array()? {
                [0] => false,
                [1] => true,
                _ => return Err(EngineError::malformed("a boolean that is neither 0 nor 1")),
            }),
            id::STR => Self::Str(reader.string(MAX_STRING)?),
            id::ARRAY => Self::Array(Array::read(reader)?),
            10 => Self::U64(reader.u64()?),
            11 => Self::I64(i64::from_le_bytes(reader.array()?)),
            12 => Self::F64(f64::from_le_bytes(reader.array()?)),
            _ => return Err(EngineError::malformed("a value of unknown type")),
        })
    }
}

impl<'a> Array<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, EngineError> {
        let element = reader.u32()?;
        let count = reader.u64()?;
        let least = match element {
            id::ARRAY => return Err(EngineError::malformed("an array of arrays")),
            _ => least_bytes(element)
                .ok_or_else(|| EngineError::malformed("an array of unknown type"))?,
        };
        if count > MAX_ELEMENTS {
            return Err(EngineError::malformed("an array of too many elements"));
        }
        reader.expect(count * least)?;
        let bytes = if element == id::STR {
            let start = reader.position();
            for _ in 0..count {
                reader.string(MAX_STRING)?;
            }
            reader.since(start)
        } else {
            reader.take(count * least)?
        };
        Ok(Self {
            element,
            count: count as usize,
            bytes,
        })
    }

    /// Elements.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The elements, if they are strings.
    pub fn strings(&self) -> Option<impl Iterator<Item = &'a str> + use<'a>> {
        let mut reader = Reader::new(self.bytes);
        // Every string was read once already: the iterator cannot stop early.
        (self.element == id::STR)
            .then(|| std::iter::from_fn(move || reader.string(MAX_STRING).ok()).take(self.count))
    }

    /// The elements, if they are booleans, each 0 or 1.
    pub fn bools(&self) -> Option<impl Iterator<Item = bool> + use<'a>> {
        let whole = self.element == id::BOOL && self.bytes.iter().all(|byte| *byte <= 1);
        whole.then(|| self.bytes.iter().map(|byte| *byte == 1))
    }

    /// The elements, if they are `i32`.
    pub fn i32s(&self) -> Option<impl Iterator<Item = i32> + use<'a>> {
        let (words, _) = self.bytes.as_chunks();
        (self.element == id::I32).then(|| words.iter().map(|word| i32::from_le_bytes(*word)))
    }

    /// The elements, if they are `f32`.
    pub fn f32s(&self) -> Option<impl Iterator<Item = f32> + use<'a>> {
        let (words, _) = self.bytes.as_chunks();
        (self.element == id::F32).then(|| words.iter().map(|word| f32::from_le_bytes(*word)))
    }
}
