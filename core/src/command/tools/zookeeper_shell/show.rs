//! What the shell prints.

use super::ZooKeeperShell;
use super::commands::Command;
use crate::command::process::Io;
use crate::command::tools::kit;
use crate::protocol::{WatchEvent, ZkError, ZkOutcome, ZkStat, ZkValue};

/// The block that a watch prints.
pub(super) fn watch(io: &mut dyn Io, state: &str, kind: &str, path: &str) {
    io.print(format_args!("\nWATCHER::\n\nWatchedEvent state:{state} type:{kind} path:{path}\n"));
}

pub(super) fn event(event: WatchEvent) -> &'static str {
    match event {
        WatchEvent::NodeCreated => "NodeCreated",
        WatchEvent::NodeDeleted => "NodeDeleted",
        WatchEvent::NodeDataChanged => "NodeDataChanged",
        WatchEvent::NodeChildrenChanged => "NodeChildrenChanged",
        WatchEvent::PersistentWatchRemoved => "PersistentWatchRemoved",
    }
}

pub(super) fn error(error: ZkError, path: &str) -> String {
    let (before, between) = match error {
        ZkError::NoNode => ("Node does not exist", ": "),
        ZkError::NodeExists => ("Node already exists", ": "),
        ZkError::NotEmpty => ("Node not empty", ": "),
        ZkError::NoChildrenForEphemerals => ("Ephemerals cannot have children", ": "),
        ZkError::BadVersion => ("version No is not valid", " : "),
        ZkError::ConnectionLoss => ("KeeperErrorCode = ConnectionLoss", " for "),
        ZkError::SessionExpired => ("KeeperErrorCode = Session expired", " for "),
        ZkError::NoWatcher => ("KeeperErrorCode = No such watcher", " for "),
        ZkError::BadArguments => ("KeeperErrorCode = BadArguments", " for "),
        ZkError::Unimplemented => ("KeeperErrorCode = Unimplemented", " for "),
        ZkError::RuntimeInconsistency => ("KeeperErrorCode = RuntimeInconsistency", " for "),
    };
    format!("{before}{between}{path}")
}

fn list(names: &[String]) -> String {
    format!("[{}]", names.join(", "))
}

fn stat(io: &mut dyn Io, stat: &ZkStat) {
    let [created, modified, children] = stat.zxids;
    let [ctime, mtime] = stat.times.map(kit::java_date);
    io.print(format_args!(
        "cZxid = 0x{created:x}\nctime = {ctime}\nmZxid = 0x{modified:x}\nmtime = {mtime}\npZxid = 0x{children:x}\n\
         cversion = {}\ndataVersion = {}\naclVersion = 0\nephemeralOwner = 0x{:x}\ndataLength = {}\nnumChildren = \
         {}\n",
        stat.cversion, stat.version, stat.owner, stat.data_length, stat.children
    ));
}

impl ZooKeeperShell {
    /// The server has answered the running command.
    pub(super) fn show(&mut self, io: &mut dyn Io, command: &Command, outcome: ZkOutcome) {
        let value = match outcome {
            Ok(value) => value,
            Err(error) if !self.to_visit.is_empty() => return self.not_visited(io, error),
            Err(error) => {
                let path = if command.name == "config" { "/zookeeper/config" } else { command.path() };
                return self.failed(io, error, path);
            }
        };
        let with_stat = command.has('s');
        match value {
            ZkValue::Names(names, _) if !self.to_visit.is_empty() => {
                return self.visited(io, command, &names);
            }
            ZkValue::Names(names, numbers) => {
                let names: Vec<String> = names.iter().map(|name| self.unrooted(name).to_owned()).collect();
                io.print(format_args!("{}\n", list(&names)));
                if with_stat {
                    stat(io, &numbers);
                }
            }
            ZkValue::Data(data, numbers) => {
                io.print(format_args!("{}\n", data.as_deref().unwrap_or("null")));
                if with_stat {
                    stat(io, &numbers);
                }
            }
            ZkValue::Stat(numbers) => match command.name.as_str() {
                "getAcl" => {
                    io.out("'world,'anyone\n: cdrwa\n");
                    if with_stat {
                        stat(io, &numbers);
                    }
                }
                "stat" => stat(io, &numbers),
                _ if with_stat => stat(io, &numbers),
                _ => {}
            },
            ZkValue::Count(count) => io.print(format_args!("{count}\n")),
            ZkValue::Path(path) => io.complain(format_args!("Created {}\n", self.unrooted(&path))),
            ZkValue::Nothing if command.name == "sync" => io.out("Sync is OK\n"),
            ZkValue::Nothing if command.name == "deleteall" => return self.delete_next(io),
            ZkValue::Nothing => {}
        }
        self.done(io, 0);
    }
}
