//! What the page may ask, one file a noun; each command is one call of a use-case.

pub mod answer;
pub mod app;
pub mod conversation;
pub mod document;
pub mod model;
