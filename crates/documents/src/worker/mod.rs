//! The wall between a document and the program: a client, a protocol, a confined child.
//!
//! Invariants, each with its test:
//!
//! 1. The child gives up files, sockets, new processes and memory beyond its bound *before* it
//!    reads the first byte; if it cannot, it refuses to read (`confine/`).
//! 2. The client believes nothing: it numbers the pages itself, bounds what it receives, and takes
//!    anything that is not an expected line of the protocol for the child's death (`client.rs`).
//! 3. Every end is typed: an answer, a refusal, a bound reached, a death, a cancellation.
//! 4. When `open` returns, the child is gone.
//!
//! ```text
//! client                               child
//!   start, bounds as arguments  ──▶    confine itself
//!   {"version":1,"length":…}\n  ──▶    check
//!   length bytes                ──▶    parse
//!                               ◀──    {"opened":…}\n
//!                               ◀──    {"page":…}\n   as many as there are, each with the bytes
//!                                                      of its picture after it, if it has one
//!                               ◀──    "end"\n        or {"refused":…}\n, at any point
//! ```

mod child;
pub(crate) mod client;
mod confine;
mod limits;
mod process;
mod protocol;

pub use child::serve;
pub use client::open_within;
pub use limits::Limits;
pub use process::find_reader;
pub(crate) use protocol::Refusal;
