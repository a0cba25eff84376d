//! The store from outside: what a stolen folder shows, every accident of its keys, crashes, a
//! full disk, a second process. One binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]
#![allow(clippy::print_stdout, reason = "how a child tells its parent")]

mod accidents;
mod at_rest;
mod child;
mod crash;
#[cfg(windows)]
mod credential_manager;
#[cfg(target_os = "linux")]
mod disk_full;
mod folder;
mod original;
mod second_process;
mod slots;
#[cfg(target_os = "linux")]
mod system_keychain;
