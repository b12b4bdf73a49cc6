//! Mistakes that end the shell: exceptions that nobody catches, with where they come from.

use super::ZooKeeperShell;
use super::tables::Command;
use crate::command::process::Io;

const MAIN: &str = "org.apache.zookeeper.ZooKeeperMain";
const WITH_TLS: &str = "org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka";

/// Prints an exception with its innermost frames and those of every command, and ends the shell.
fn crash(shell: &mut ZooKeeperShell, io: &mut dyn Io, exception: &str, frames: &[&str], at: u32) {
    io.complain(format_args!("Exception in thread \"main\" {exception}\n"));
    for frame in frames {
        io.complain(format_args!("\tat {frame}\n"));
    }
    let (process, line, interactive, single) = match shell.is_old {
        true => (587, 371, 357, 362),
        false => (367, 359, 345, 350),
    };
    io.complain(format_args!("\tat {MAIN}.processZKCmd(ZooKeeperMain.java:{at})\n"));
    let tls = "ZooKeeperMainWithTlsSupportForKafka.scala";
    io.complain(format_args!("\tat {WITH_TLS}.processZKCmd({tls}:68)\n"));
    io.complain(format_args!("\tat {MAIN}.processCmd(ZooKeeperMain.java:{process})\n"));
    if shell.interactive {
        io.complain(format_args!("\tat {MAIN}.executeLine(ZooKeeperMain.java:{line})\n"));
        io.complain(format_args!("\tat {MAIN}.run(ZooKeeperMain.java:{interactive})\n"));
    } else {
        io.complain(format_args!("\tat {MAIN}.run(ZooKeeperMain.java:{single})\n"));
    }
    io.complain(format_args!("\tat {WITH_TLS}$.main({tls}:45)\n\tat {WITH_TLS}.main({tls})\n"));
    shell.leave(io, 1);
}

/// Where a command is carried out.
fn exec(shell: &ZooKeeperShell) -> u32 {
    if shell.is_old { 656 } else { 438 }
}

const FOR_INPUT: &str =
    "java.base/java.lang.NumberFormatException.forInputString(NumberFormatException.java:67)";
const PARSE: &str = "java.base/java.lang.Integer.parseInt(Integer.java:668)";

/// A number that is none.
fn number(text: &str) -> String {
    format!("java.lang.NumberFormatException: For input string: \"{text}\"")
}

/// `-v` with something that is no number.
pub(super) fn version(shell: &mut ZooKeeperShell, io: &mut dyn Io, command: &Command) {
    let (class, old, new) = match command.name.as_str() {
        "delete" => ("DeleteCommand", 77, 81),
        "set" => ("SetCommand", 64, 69),
        _ => ("SetAclCommand", 73, 76),
    };
    let line = if shell.is_old { old } else { new };
    let place = format!("org.apache.zookeeper.cli.{class}.exec({class}.java:{line})");
    let frames = [FOR_INPUT, PARSE, "java.base/java.lang.Integer.parseInt(Integer.java:786)", &place];
    let exception = number(command.value.as_deref().unwrap_or_default());
    let at = exec(shell);
    crash(shell, io, &exception, &frames, at);
}

/// `redo` of something that is no number.
pub(super) fn redo(shell: &mut ZooKeeperShell, io: &mut dyn Io, text: &str) {
    let frames = [
        FOR_INPUT,
        PARSE,
        "java.base/java.lang.Integer.valueOf(Integer.java:973)",
        "java.base/java.lang.Integer.decode(Integer.java:1458)",
    ];
    let at = if shell.is_old { 617 } else { 397 };
    crash(shell, io, &number(text), &frames, at);
}

/// Why the older `setquota` cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unset {
    /// There is no such znode.
    NoNode,
    /// One below it has a quota.
    Child,
    /// It, or one above it, has one.
    Parent,
}

/// The older `setquota` throws what it finds wrong.
pub(super) fn quota(
    shell: &mut ZooKeeperShell,
    io: &mut dyn Io,
    command: &Command,
    why: Unset,
    message: &str,
) {
    const CLASS: &str = "org.apache.zookeeper.cli.SetQuotaCommand";
    let mut frames = Vec::new();
    if why == Unset::Parent {
        frames.push(format!("{CLASS}.checkIfParentQuota(SetQuotaCommand.java:210)"));
    }
    let line = match why {
        Unset::NoNode => 105,
        Unset::Child => 121,
        Unset::Parent => 130,
    };
    frames.push(format!("{CLASS}.createQuota(SetQuotaCommand.java:{line})"));
    let line = if command.has('b') { 73 } else { 81 };
    frames.push(format!("{CLASS}.exec(SetQuotaCommand.java:{line})"));
    let frames: Vec<&str> = frames.iter().map(String::as_str).collect();
    let at = exec(shell);
    crash(shell, io, &format!("java.lang.IllegalArgumentException: {message}"), &frames, at);
}

/// The older `setquota` with something that is no number.
pub(super) fn quota_value(shell: &mut ZooKeeperShell, io: &mut dyn Io, command: &Command) {
    const PLACE: [&str; 2] = [
        "org.apache.zookeeper.cli.SetQuotaCommand.exec(SetQuotaCommand.java:71)",
        "org.apache.zookeeper.cli.SetQuotaCommand.exec(SetQuotaCommand.java:79)",
    ];
    let [bytes, znodes] = PLACE;
    let frames = match command.has('b') {
        true => [
            FOR_INPUT,
            "java.base/java.lang.Long.parseLong(Long.java:711)",
            "java.base/java.lang.Long.parseLong(Long.java:836)",
            bytes,
        ],
        false => [FOR_INPUT, PARSE, "java.base/java.lang.Integer.parseInt(Integer.java:786)", znodes],
    };
    let at = exec(shell);
    crash(shell, io, &number(command.value.as_deref().unwrap_or_default()), &frames, at);
}
