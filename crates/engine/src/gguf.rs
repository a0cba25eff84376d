//! The GGUF file format: read with every count, length and offset checked, and written.
//!
//! Specification: ggml's `docs/gguf.md`. Versions 2 and 3 (the same but for big-endian files, which
//! are refused). The bounds are those of `trust.md` §1: each answers a real flaw of another loader.

mod header;
mod keys;
mod kind;
pub(crate) mod map;
mod value;
pub mod write;

pub use header::{Header, TensorInfo};
pub use kind::Kind;
pub use value::{Array, Value};
