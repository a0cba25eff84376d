//! A GGUF file in pieces: read from a valid one without the loader's help, changed at will, written
//! back with the place of every field.

use std::ops::Range;

/// A file to be spoiled.
#[derive(Clone)]
pub struct Draft {
    pub entries: Vec<Entry>,
    pub tensors: Vec<Tensor>,
    /// From the start of the data on.
    pub data: Vec<u8>,
    /// Of the data's start.
    pub alignment: usize,
}

/// A line of the metadata: its key, the type of its value, and the value's bytes as in the file.
#[derive(Clone)]
pub struct Entry {
    pub key: String,
    pub kind: u32,
    pub value: Vec<u8>,
}

/// A line of the table of tensors.
#[derive(Clone)]
pub struct Tensor {
    pub name: String,
    pub dims: Vec<u64>,
    pub kind: u32,
    pub offset: u64,
}

/// What a field of the file is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spot {
    Magic,
    Version,
    TensorCount,
    EntryCount,
    KeyLength,
    Key,
    Type,
    Scalar,
    ElementType,
    ArrayCount,
    TextLength,
    Text,
    NameLength,
    Name,
    DimCount,
    Dim,
    TensorType,
    Offset,
    Padding,
}

/// A field, and the key or tensor it belongs to.
#[derive(Clone)]
pub struct Field {
    pub spot: Spot,
    pub of: String,
    pub at: Range<usize>,
}

/// A file's bytes with the fields of its header.
#[derive(Clone)]
pub struct Image {
    pub bytes: Vec<u8>,
    pub fields: Vec<Field>,
    /// Where the data begin.
    pub data: usize,
}

pub const STRING: u32 = 8;
pub const ARRAY: u32 = 9;

/// Bytes of a scalar of each type of the format; nothing for strings, arrays and other numbers.
pub fn width(kind: u32) -> Option<usize> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

/// A string as the format writes it.
pub fn text(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    [&(bytes.len() as u64).to_le_bytes(), bytes].concat()
}

/// An array's value from its elements' bytes.
pub fn array(element: u32, count: u64, elements: &[u8]) -> Vec<u8> {
    [&element.to_le_bytes(), &count.to_le_bytes()[..], elements].concat()
}

/// An array of strings.
pub fn texts<T: AsRef<[u8]>>(items: &[T]) -> Vec<u8> {
    let elements: Vec<u8> = items.iter().flat_map(text).collect();
    array(STRING, items.len() as u64, &elements)
}

/// A cursor over a valid file.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        self.at += count;
        &self.bytes[self.at - count..self.at]
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take(4).try_into().unwrap())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take(8).try_into().unwrap())
    }

    fn text(&mut self) -> String {
        let length = self.u64() as usize;
        String::from_utf8(self.take(length).to_vec()).unwrap()
    }

    fn value(&mut self, kind: u32) -> Vec<u8> {
        let start = self.at;
        match kind {
            STRING => {
                let length = self.u64() as usize;
                self.take(length);
            }
            ARRAY => {
                let element = self.u32();
                for _ in 0..self.u64() {
                    self.value(element);
                }
            }
            _ => drop(self.take(width(kind).unwrap())),
        }
        self.bytes[start..self.at].to_vec()
    }
}

impl Draft {
    /// The pieces of a valid file whose alignment is the format's default.
    pub fn read(bytes: &[u8]) -> Self {
        let mut cursor = Cursor { bytes, at: 8 };
        let (tensors, entries) = (cursor.u64(), cursor.u64());
        let entries = (0..entries)
            .map(|_| {
                let (key, kind) = (cursor.text(), cursor.u32());
                let value = cursor.value(kind);
                Entry { key, kind, value }
            })
            .collect();
        let tensors = (0..tensors)
            .map(|_| {
                let (name, dims) = (cursor.text(), cursor.u32());
                Tensor {
                    name,
                    dims: (0..dims).map(|_| cursor.u64()).collect(),
                    kind: cursor.u32(),
                    offset: cursor.u64(),
                }
            })
            .collect();
        let data = bytes[cursor.at.next_multiple_of(32)..].to_vec();
        let draft = Self {
            entries,
            tensors,
            data,
            alignment: 32,
        };
        assert!(draft.image().bytes == bytes, "a file is its pieces");
        draft
    }

    /// The file's bytes, and where each field of its header is.
    pub fn image(&self) -> Image {
        let mut out = Image {
            bytes: Vec::new(),
            fields: Vec::new(),
            data: 0,
        };
        out.put(Spot::Magic, "", b"GGUF");
        out.put(Spot::Version, "", &3u32.to_le_bytes());
        out.put(Spot::TensorCount, "", &count(&self.tensors));
        out.put(Spot::EntryCount, "", &count(&self.entries));
        for entry in &self.entries {
            out.text([Spot::KeyLength, Spot::Key], &entry.key, &text(&entry.key));
            out.put(Spot::Type, &entry.key, &entry.kind.to_le_bytes());
            out.value(entry);
        }
        for tensor in &self.tensors {
            let name = tensor.name.as_str();
            out.text([Spot::NameLength, Spot::Name], name, &text(name));
            let dims = tensor.dims.len() as u32;
            out.put(Spot::DimCount, name, &dims.to_le_bytes());
            for dim in &tensor.dims {
                out.put(Spot::Dim, name, &dim.to_le_bytes());
            }
            out.put(Spot::TensorType, name, &tensor.kind.to_le_bytes());
            out.put(Spot::Offset, name, &tensor.offset.to_le_bytes());
        }
        out.data = out.bytes.len().next_multiple_of(self.alignment);
        out.put(Spot::Padding, "", &vec![0; out.data - out.bytes.len()]);
        out.bytes.extend(&self.data);
        out
    }

    /// The same with some pieces changed.
    pub fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut draft = self.clone();
        change(&mut draft);
        draft
    }

    /// The entry of a key, whose end may be given alone.
    pub fn entry(&mut self, key: &str) -> &mut Entry {
        let found = self.entries.iter_mut().find(|e| e.key.ends_with(key));
        found.unwrap_or_else(|| panic!("the file has {key}"))
    }

    /// Gives a key a value, whether the file has it or not.
    pub fn set(&mut self, key: &str, kind: u32, value: Vec<u8>) {
        self.entries.retain(|entry| entry.key != key);
        let key = key.to_owned();
        self.entries.push(Entry { key, kind, value });
    }

    /// The strings of an array.
    pub fn strings(&self, key: &str) -> Vec<String> {
        let found = self.entries.iter().find(|e| e.key.ends_with(key));
        let bytes = &found.unwrap().value;
        let mut cursor = Cursor { bytes, at: 4 };
        (0..cursor.u64()).map(|_| cursor.text()).collect()
    }

    /// Each tensor with its bytes, padding included.
    pub fn parts(&self) -> Vec<(Tensor, Vec<u8>)> {
        let ends = self
            .tensors
            .iter()
            .skip(1)
            .map(|tensor| tensor.offset as usize);
        let ends = ends.chain([self.data.len()]);
        let parts = self.tensors.iter().zip(ends);
        let bytes = |tensor: &Tensor, end| self.data[tensor.offset as usize..end].to_vec();
        parts
            .map(|(tensor, end)| (tensor.clone(), bytes(tensor, end)))
            .collect()
    }

    /// Lays tensors out, one after the other.
    pub fn lay(&mut self, parts: Vec<(Tensor, Vec<u8>)>) {
        self.tensors.clear();
        self.data.clear();
        for (mut tensor, bytes) in parts {
            tensor.offset = self.data.len() as u64;
            self.tensors.push(tensor);
            self.data.extend(bytes);
            self.data
                .resize(self.data.len().next_multiple_of(self.alignment), 0);
        }
    }
}

fn count<T>(items: &[T]) -> [u8; 8] {
    (items.len() as u64).to_le_bytes()
}

impl Image {
    fn put(&mut self, spot: Spot, of: &str, bytes: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend(bytes);
        self.fields.push(Field {
            spot,
            of: of.to_owned(),
            at: start..self.bytes.len(),
        });
    }

    /// A string: its length, then its bytes.
    fn text(&mut self, [length, bytes]: [Spot; 2], of: &str, value: &[u8]) {
        self.put(length, of, &value[..8]);
        self.put(bytes, of, &value[8..]);
    }

    fn value(&mut self, entry: &Entry) {
        let (of, value) = (entry.key.as_str(), entry.value.as_slice());
        match entry.kind {
            STRING => self.text([Spot::TextLength, Spot::Text], of, value),
            ARRAY => {
                self.put(Spot::ElementType, of, &value[..4]);
                self.put(Spot::ArrayCount, of, &value[4..12]);
                let mut cursor = Cursor {
                    bytes: value,
                    at: 12,
                };
                let element = u32::from_le_bytes(value[..4].try_into().unwrap());
                while cursor.at < value.len() {
                    let bytes = match element {
                        ARRAY => cursor.take(value.len() - 12).to_vec(),
                        _ => cursor.value(element),
                    };
                    match element {
                        STRING => self.text([Spot::TextLength, Spot::Text], of, &bytes),
                        _ => self.put(Spot::Scalar, of, &bytes),
                    }
                }
            }
            _ => self.put(Spot::Scalar, of, value),
        }
    }

    /// The bytes with a field's number replaced, in the field's own width.
    pub fn with(&self, field: &Field, value: u64) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        let at = field.at.clone();
        let width = at.len();
        bytes[at].copy_from_slice(&value.to_le_bytes()[..width]);
        bytes
    }
}
