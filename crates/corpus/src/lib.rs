//! The commune's library: a document becomes passages that keep their page, a question becomes
//! the passages that answer it, and an answer becomes citations.
//!
//! A passage keeps document and page from the first step to the last: a citation is that key,
//! never recomputed. This crate knows documents and the database; it never knows the model.

#![forbid(unsafe_code)]

pub mod chunk;
pub mod cite;
pub mod search;
pub mod words;
