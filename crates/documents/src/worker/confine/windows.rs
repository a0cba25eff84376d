//! Windows: the client puts the child into a Job Object before it sends the first byte.

#![allow(unsafe_code, reason = "the Job Object functions of the Windows API")]

use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::os::windows::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::{env, ptr};

use windows_sys::Win32::Foundation::ERROR_NOT_ENOUGH_QUOTA;
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_ACTIVE_PROCESS,
    JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
    JOB_OBJECT_LIMIT_PROCESS_MEMORY, JOB_OBJECT_LIMIT_PROCESS_TIME, JOB_OBJECT_UILIMIT_DESKTOP,
    JOB_OBJECT_UILIMIT_EXITWINDOWS, JOB_OBJECT_UILIMIT_GLOBALATOMS, JOB_OBJECT_UILIMIT_HANDLES,
    JOB_OBJECT_UILIMIT_READCLIPBOARD, JOB_OBJECT_UILIMIT_WRITECLIPBOARD,
    JOBOBJECT_BASIC_UI_RESTRICTIONS, JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JOBOBJECTINFOCLASS,
    JobObjectBasicUIRestrictions, JobObjectExtendedLimitInformation, SetInformationJobObject,
};
use windows_sys::Win32::System::Threading::{BELOW_NORMAL_PRIORITY_CLASS, CREATE_NO_WINDOW};

use crate::worker::limits::Limits;

/// No console window, no hurry, and the one variable that system libraries look for.
pub(in crate::worker) fn prepare(command: &mut Command) {
    command.creation_flags(CREATE_NO_WINDOW | BELOW_NORMAL_PRIORITY_CLASS);
    if let Some(root) = env::var_os("SystemRoot") {
        command.env("SystemRoot", root);
    }
}

/// The job that holds the child. Closing it ends the child.
pub(in crate::worker) struct Bounds(#[allow(dead_code, reason = "closed on drop")] OwnedHandle);

impl Bounds {
    pub(in crate::worker) fn around(child: &Child, limits: &Limits) -> io::Result<Self> {
        // SAFETY: null attributes and name are documented as "default" and "none".
        let job = unsafe { CreateJobObjectW(ptr::null(), ptr::null()) };
        if job.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: `job` was just created, is not null, and is owned by nobody else.
        let job = unsafe { OwnedHandle::from_raw_handle(job) };

        let mut bounds = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        let basic = &mut bounds.BasicLimitInformation;
        basic.LimitFlags = JOB_OBJECT_LIMIT_ACTIVE_PROCESS
            | JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION
            | JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
            | JOB_OBJECT_LIMIT_PROCESS_MEMORY
            | JOB_OBJECT_LIMIT_PROCESS_TIME;
        basic.ActiveProcessLimit = 1;
        // In units of 100 ns.
        basic.PerProcessUserTimeLimit = limits.processor.as_secs() as i64 * 10_000_000;
        bounds.ProcessMemoryLimit = limits.memory as usize;
        set(&job, JobObjectExtendedLimitInformation, &bounds)?;

        let screen = JOBOBJECT_BASIC_UI_RESTRICTIONS {
            UIRestrictionsClass: JOB_OBJECT_UILIMIT_DESKTOP
                | JOB_OBJECT_UILIMIT_EXITWINDOWS
                | JOB_OBJECT_UILIMIT_GLOBALATOMS
                | JOB_OBJECT_UILIMIT_HANDLES
                | JOB_OBJECT_UILIMIT_READCLIPBOARD
                | JOB_OBJECT_UILIMIT_WRITECLIPBOARD,
        };
        set(&job, JobObjectBasicUIRestrictions, &screen)?;

        // SAFETY: both handles are open for the duration of the call.
        let done = unsafe { AssignProcessToJobObject(job.as_raw_handle(), child.as_raw_handle()) };
        if done == 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(Self(job))
        }
    }
}

fn set<T>(job: &OwnedHandle, class: JOBOBJECTINFOCLASS, value: &T) -> io::Result<()> {
    let size = size_of::<T>() as u32;
    // SAFETY: `value` is a live, initialised structure of `size` bytes, the one that `class`
    // names, and the call only reads it.
    let done = unsafe {
        SetInformationJobObject(
            job.as_raw_handle(),
            class,
            ptr::from_ref(value).cast(),
            size,
        )
    };
    if done == 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// The client bounds it from outside, before it can read a byte.
pub(in crate::worker) fn confine_self(_limits: &Limits) -> io::Result<()> {
    Ok(())
}

pub(in crate::worker) fn ended_by_time(status: ExitStatus) -> bool {
    status.code() == Some(ERROR_NOT_ENOUGH_QUOTA as i32)
}

/// A refused allocation aborts and says so; no status stands for it.
pub(in crate::worker) fn ended_by_memory(_status: ExitStatus) -> bool {
    false
}
