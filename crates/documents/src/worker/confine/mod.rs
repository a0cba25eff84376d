//! What the child can never do, by the operating system's word.
//!
//! | | Linux | Windows | elsewhere |
//! |---|---|---|---|
//! | memory, processor time | the child's own rlimits | the client's Job Object | the client's deadline |
//! | files, sockets, programs | rlimits, then seccomp | one process in the job | — |
//! | dies with the client | parent-death signal | kill on job close | its pipe closes |
//!
//! Each system's file gives the same six names: `prepare` and [`Bounds::around`] on the client's
//! side, `confine_self` on the child's, `ended_by_time` and `ended_by_memory` on its status.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(super) use linux::*;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(super) use windows::*;

#[cfg(not(any(target_os = "linux", windows)))]
mod elsewhere;
#[cfg(not(any(target_os = "linux", windows)))]
pub(super) use elsewhere::*;
