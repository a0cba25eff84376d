//! Writing GGUF, version 3: the header at once, then the tensors' bytes as they come.

use std::io::{self, Write};

use super::Kind;
use super::value::id;

const ALIGNMENT: u64 = 32;

/// A metadata value to write.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // the format's own names
pub enum Field {
    U32(u32),
    F32(f32),
    Bool(bool),
    Str(String),
    Strings(Vec<String>),
    I32s(Vec<i32>),
    F32s(Vec<f32>),
}

/// A tensor to write.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Name.
    pub name: String,
    /// Dimensions, the innermost first.
    pub dims: Vec<u64>,
    /// Type.
    pub kind: Kind,
}

impl Plan {
    /// Bytes of the tensor; an error if its rows are not whole blocks.
    pub fn bytes(&self) -> io::Result<u64> {
        self.kind
            .tensor_bytes(&self.dims)
            .ok_or_else(|| invalid("a tensor's rows are not whole blocks"))
    }

    /// Its place in the file, the padding included.
    pub(crate) fn place(&self) -> io::Result<u64> {
        Ok(self.bytes()?.next_multiple_of(ALIGNMENT))
    }
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

/// A file being written: give the tensors' bytes to [`Write`], in the order of the plan, then
/// [`Writer::finish`]. Padding between tensors is the writer's.
pub struct Writer<W> {
    out: W,
    /// Bytes still due of each tensor, the current one last.
    due: Vec<u64>,
    /// Bytes written of the current tensor.
    done: u64,
}

impl<W: Write> Writer<W> {
    /// Writes the header.
    pub fn begin(mut out: W, fields: &[(String, Field)], plan: &[Plan]) -> io::Result<Self> {
        let mut header = Vec::new();
        header.extend(b"GGUF");
        header.extend(3u32.to_le_bytes());
        header.extend((plan.len() as u64).to_le_bytes());
        header.extend((fields.len() as u64).to_le_bytes());
        for (key, field) in fields {
            string(&mut header, key);
            value(&mut header, field);
        }
        let mut offset = 0;
        let mut due = Vec::with_capacity(plan.len());
        for tensor in plan {
            string(&mut header, &tensor.name);
            header.extend((tensor.dims.len() as u32).to_le_bytes());
            tensor
                .dims
                .iter()
                .for_each(|dim| header.extend(dim.to_le_bytes()));
            header.extend(tensor.kind.id().to_le_bytes());
            header.extend(u64::to_le_bytes(offset));
            let bytes = tensor.bytes()?;
            offset += tensor.place()?;
            due.push(bytes);
        }
        header.resize(header.len().next_multiple_of(ALIGNMENT as usize), 0);
        out.write_all(&header)?;
        due.reverse();
        Ok(Self { out, due, done: 0 })
    }

    /// Ends the file; an error if bytes are still due.
    pub fn finish(mut self) -> io::Result<W> {
        if !self.due.is_empty() {
            return Err(invalid("tensors are missing"));
        }
        self.out.flush()?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Writer<W> {
    /// Writes into the current tensor; never beyond its end.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let due = *self.due.last().ok_or_else(|| invalid("too many bytes"))?;
        let count = bytes.len().min((due - self.done) as usize);
        self.out.write_all(&bytes[..count])?;
        self.done += count as u64;
        if self.done == due {
            let padding = due.next_multiple_of(ALIGNMENT) - due;
            self.out
                .write_all(&[0; ALIGNMENT as usize][..padding as usize])?;
            self.due.pop();
            self.done = 0;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn string(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

fn value(out: &mut Vec<u8>, field: &Field) {
    let array = |out: &mut Vec<u8>, element: u32, count: usize| {
        out.extend(id::ARRAY.to_le_bytes());
        out.extend(element.to_le_bytes());
        out.extend((count as u64).to_le_bytes());
    };
    match field {
        Field::U32(x) => out.extend([id::U32.to_le_bytes(), x.to_le_bytes()].concat()),
        Field::F32(x) => out.extend([id::F32.to_le_bytes(), x.to_le_bytes()].concat()),
        Field::Bool(x) => {
            out.extend(id::BOOL.to_le_bytes());
            out.push(u8::from(*x));
        }
        Field::Str(text) => {
            out.extend(id::STR.to_le_bytes());
            string(out, text);
        }
        Field::Strings(texts) => {
            array(out, id::STR, texts.len());
            texts.iter().for_each(|text| string(out, text));
        }
        Field::I32s(xs) => {
            array(out, id::I32, xs.len());
            xs.iter().for_each(|x| out.extend(x.to_le_bytes()));
        }
        Field::F32s(xs) => {
            array(out, id::F32, xs.len());
            xs.iter().for_each(|x| out.extend(x.to_le_bytes()));
        }
    }
}
