//! Processes that the host starts: none outlives it.

use std::{os::unix::process::CommandExt, process::Command};

/// The process of this command ends with the thread that starts it, however the host ends. That thread has to wait for it.
pub fn end_with_this_thread(command: &mut Command) {
    // SAFETY: between fork and exec only one system call is made, which allocates nothing and takes no lock.
    unsafe {
        command.pre_exec(|| match libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        });
    }
}
