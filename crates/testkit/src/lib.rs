//! For tests alone: a sealed home, and where the test data are.
//!
//! Nothing here is used by a crate's `src/` outside its test modules.

#![forbid(unsafe_code)]
#![allow(
    clippy::panic,
    reason = "a test that cannot be set up fails at once, and says why"
)]

mod data;
mod home;

pub use data::{demonstration_model, fixture, repository, yardstick};
pub use home::SealedHome;
