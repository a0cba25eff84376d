//! Linux: the child bounds itself with rlimits, then closes the door behind it with seccomp.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, Signal, getrlimit, nice, set_dumpable_behavior,
    set_parent_process_death_signal, setrlimit,
};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter_all_threads,
};

use crate::worker::limits::Limits;

/// The child sees to itself.
pub(in crate::worker) fn prepare(_command: &mut Command) {}

/// Nothing is needed from outside.
pub(in crate::worker) struct Bounds;

impl Bounds {
    pub(in crate::worker) fn around(_child: &Child, _limits: &Limits) -> io::Result<Self> {
        Ok(Self)
    }
}

/// Gives up, for the whole process and for good: memory and time beyond `limits`, new files,
/// sockets, programs, threads, a core dump, outliving the client.
pub(in crate::worker) fn confine_self(limits: &Limits) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    nice(10)?;
    let seconds = limits.processor.as_secs();
    // Past the soft bound comes SIGXCPU, which `ended_by_time` knows; the hard one is a net.
    bound(Resource::Cpu, seconds, seconds + 5)?;
    bound(Resource::As, limits.memory, limits.memory)?;
    bound(Resource::Core, 0, 0)?;
    bound(Resource::Fsize, 0, 0)?;
    bound(Resource::Nproc, 0, 0)?;
    bound(Resource::Nofile, 3, 3)?; // Its three pipes, and no other descriptor ever.
    apply_filter_all_threads(&filter().map_err(io::Error::other)?).map_err(io::Error::other)
}

fn bound(resource: Resource, soft: u64, hard: u64) -> io::Result<()> {
    // A system that is stricter already stays so.
    let ceiling = getrlimit(resource).maximum.unwrap_or(u64::MAX);
    let (current, maximum) = (Some(soft.min(ceiling)), Some(hard.min(ceiling)));
    Ok(setrlimit(resource, Rlimit { current, maximum })?)
}

/// The system calls of a program that computes between two pipes. Any other answers "not
/// permitted", and no page of memory becomes executable.
fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
    const ALLOWED: &[libc::c_long] = &[
        // pipes
        libc::SYS_read,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_close,
        // memory
        libc::SYS_brk,
        libc::SYS_mremap,
        libc::SYS_munmap,
        libc::SYS_madvise,
        // the threads that exist, their signals and their end
        libc::SYS_futex,
        libc::SYS_sched_yield,
        libc::SYS_sigaltstack,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_restart_syscall,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_tgkill,
        libc::SYS_exit,
        libc::SYS_exit_group,
        // clock and chance
        libc::SYS_clock_gettime,
        libc::SYS_getrandom,
    ];
    let not_executable = || -> Result<_, seccompiler::BackendError> {
        let execute = libc::PROT_EXEC as u64;
        let operator = SeccompCmpOp::MaskedEq(execute);
        let condition = SeccompCondition::new(2, SeccompCmpArgLen::Dword, operator, 0)?;
        Ok(vec![SeccompRule::new(vec![condition])?])
    };
    let mut rules: Vec<_> = ALLOWED.iter().map(|&call| (call, Vec::new())).collect();
    rules.push((libc::SYS_mmap, not_executable()?));
    rules.push((libc::SYS_mprotect, not_executable()?));
    SeccompFilter::new(
        rules.into_iter().collect(),
        SeccompAction::Errno(libc::EPERM as u32),
        SeccompAction::Allow,
        std::env::consts::ARCH.try_into()?,
    )?
    .try_into()
}

pub(in crate::worker) fn ended_by_time(status: ExitStatus) -> bool {
    status.signal() == Some(libc::SIGXCPU)
}

/// SIGKILL is the system's when memory runs out; ours is never asked about.
pub(in crate::worker) fn ended_by_memory(status: ExitStatus) -> bool {
    status.signal() == Some(libc::SIGKILL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::os::unix::net::UnixStream;
    use std::process::Command;
    use std::thread;

    #[test]
    fn behind_the_filter_nothing_opens() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let opened = move || {
            [
                ("a file", std::fs::File::open("/etc/hostname").is_ok()),
                ("a folder", std::fs::read_dir("/").is_ok()),
                (
                    "a new file",
                    std::fs::write("/tmp/clocher-filter-test", "x").is_ok(),
                ),
                ("a connection", TcpStream::connect(address).is_ok()),
                ("a datagram socket", UdpSocket::bind("127.0.0.1:0").is_ok()),
                ("a local socket", UnixStream::pair().is_ok()),
                ("a program", Command::new("/bin/true").status().is_ok()),
                ("a thread", thread::Builder::new().spawn(|| {}).is_ok()),
            ]
        };
        assert!(
            opened().iter().all(|(_, opened)| *opened),
            "without the filter all of it works"
        );
        let _ = std::fs::remove_file("/tmp/clocher-filter-test");
        // The filter holds for the thread that takes it, and the test goes on in another.
        let behind = thread::spawn(move || {
            seccompiler::apply_filter(&filter().unwrap()).unwrap();
            let room: Vec<u8> = vec![7; 64 << 20];
            assert_eq!(
                room.iter().map(|&byte| usize::from(byte)).sum::<usize>(),
                7 * (64 << 20)
            );
            opened()
        });
        for (what, opened) in behind.join().unwrap() {
            assert!(!opened, "{what} was opened behind the filter");
        }
    }
}
