//! Mistakes that end the shell: exceptions that nobody catches. As everywhere, their frames are left out.

use super::ZooKeeperShell;
use crate::command::process::Io;

/// An exception that ends the shell.
pub(super) fn crash(shell: &mut ZooKeeperShell, io: &mut dyn Io, exception: &str) {
    io.complain(format_args!("Exception in thread \"main\" {exception}\n"));
    shell.leave(io, 1);
}

/// A number that is none.
pub(super) fn no_number(shell: &mut ZooKeeperShell, io: &mut dyn Io, text: &str) {
    crash(shell, io, &format!("java.lang.NumberFormatException: For input string: \"{text}\""));
}
