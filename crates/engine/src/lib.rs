//! The engine: a GGUF file becomes [`Model`], and a [`Session`] of it speaks.
//!
//! ```text
//! file → gguf (checked header, memory map) → config, vocabulary → weights → Model (immutable, shared)
//!                                                                            ↓
//!                          tokens in → Session (one conversation's keys and values) → text out
//! ```
//!
//! Modules in reading order: [`gguf`] reads and writes the file format and trusts nothing in it;
//! `config` and `vocabulary` interpret the metadata; `turn` is a conversation; `tokenizer`,
//! `detokenizer` and `template` turn it into tokens and back; `prompt` is what is read; `graph` is
//! what differs between architectures; `weights`, `format`, `linear`, `rotary`, `cache` and `forward`
//! compute; [`vision`] makes cells of a picture, with `dense` for its products;
//! `model`, `session`, `sampling` and `grammar` are what callers use; [`plan`] tells what fits in
//! memory; [`synth`] writes files of a true shape with random weights, and [`bench`] measures.
//!
//! The engine knows no task, no document and no database. The file's chat template is never
//! executed, and a control token never comes out of text: see [`Model::render`].
#![deny(unsafe_code)]

pub mod bench;
mod cache;
mod config;
mod dense;
mod detokenizer;
mod error;
mod format;
mod forward;
pub mod gguf;
mod grammar;
mod graph;
mod linear;
pub mod memory;
mod model;
mod packed;
pub mod plan;
mod prompt;
mod rotary;
mod sampling;
mod session;
pub mod synth;
mod template;
mod tokenizer;
mod turn;
pub mod vision;
mod vocabulary;
mod weights;

pub use cache::CacheKind;
pub use error::EngineError;
pub use grammar::Grammar;
pub use kernels::Level;
pub use model::{Model, ModelInfo};
pub use prompt::{Picture, Prompt};
pub use sampling::{Decoding, Sampling};
pub use session::{Generation, Reserve, Session, Step, Stop};
pub use template::Template;
pub use turn::{Part, Reply, Tool, ToolCall, ToolResult, Turn};
pub use vision::{Grid, Pixels, Vision, VisionInfo};

/// A token's index in its model's vocabulary.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct TokenId(pub u32);
