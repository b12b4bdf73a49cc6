//! What the shell prints.

use super::ZooKeeperShell;
use super::tables::Command;
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
        WatchEvent::DataWatchRemoved => "DataWatchRemoved",
        WatchEvent::ChildWatchRemoved => "ChildWatchRemoved",
        WatchEvent::PersistentWatchRemoved => "PersistentWatchRemoved",
    }
}

/// Whether a watch was taken away by the user.
pub(super) fn is_removal(event: WatchEvent) -> bool {
    use WatchEvent::{ChildWatchRemoved, DataWatchRemoved, PersistentWatchRemoved};
    matches!(event, ChildWatchRemoved | DataWatchRemoved | PersistentWatchRemoved)
}

/// ZooKeeper's word for an error.
fn code(error: ZkError) -> &'static str {
    match error {
        ZkError::NoNode => "NoNode",
        ZkError::NodeExists => "NodeExists",
        ZkError::BadVersion => "BadVersion",
        ZkError::NotEmpty => "Directory not empty",
        ZkError::NoChildrenForEphemerals => "NoChildrenForEphemerals",
        ZkError::BadArguments => "BadArguments",
        ZkError::NoWatcher => "No such watcher",
        ZkError::RuntimeInconsistency => "RuntimeInconsistency",
        ZkError::ConnectionLoss => "ConnectionLoss",
        ZkError::SessionExpired => "Session expired",
        ZkError::Unimplemented => "Unimplemented",
        ZkError::NoAuth => "NoAuth",
        ZkError::InvalidAcl => "InvalidACL",
        ZkError::AuthFailed => "AuthFailed",
    }
}

/// The message of the exception itself.
pub(super) fn message(error: ZkError, path: &str) -> String {
    format!("KeeperErrorCode = {} for {path}", code(error))
}

/// What the older shell's `get` makes of it: the exception with its class.
fn exception(error: ZkError, path: &str) -> String {
    let class = match error {
        ZkError::SessionExpired => "SessionExpired",
        error => code(error),
    };
    format!("org.apache.zookeeper.KeeperException${class}Exception: {}", message(error, path))
}

/// What the shell says of an error.
pub(super) fn error(error: ZkError, path: &str, is_old: bool) -> String {
    let before = match error {
        ZkError::NoNode => "Node does not exist: ",
        ZkError::NodeExists => "Node already exists: ",
        ZkError::NotEmpty => "Node not empty: ",
        ZkError::NoChildrenForEphemerals => "Ephemerals cannot have children: ",
        ZkError::BadVersion => "version No is not valid : ",
        ZkError::BadArguments => "Arguments are not valid : ",
        ZkError::InvalidAcl => "Acl is not valid : ",
        ZkError::NoAuth if is_old => "Authentication is not valid : ",
        ZkError::NoAuth => "Insufficient permission : ",
        _ => return message(error, path),
    };
    format!("{before}{path}")
}

fn list(names: &[String]) -> String {
    format!("[{}]", names.join(", "))
}

fn stat(io: &mut dyn Io, stat: &ZkStat) {
    let [created, modified, children] = stat.zxids;
    let [ctime, mtime] = stat.times.map(kit::java_date);
    io.print(format_args!(
        "cZxid = 0x{created:x}\nctime = {ctime}\nmZxid = 0x{modified:x}\nmtime = {mtime}\npZxid = 0x{children:x}\n\
         cversion = {}\ndataVersion = {}\naclVersion = {}\nephemeralOwner = 0x{:x}\ndataLength = {}\n\
         numChildren = {}\n",
        stat.cversion, stat.version, stat.aversion, stat.owner, stat.data_length, stat.children
    ));
}

/// What `config -c` makes of the servers: the version, and where clients may call.
fn for_clients(config: &str) -> String {
    let version = config.lines().find_map(|line| line.strip_prefix("version=")).unwrap_or_default();
    let servers = config.lines().filter(|line| line.starts_with("server."));
    let addresses: Vec<&str> = servers.map(|line| line.split_once(';').map_or("", |parts| parts.1)).collect();
    format!("{version} {}", addresses.join(","))
}

impl ZooKeeperShell {
    /// The server has answered the running command.
    pub(super) fn show(&mut self, io: &mut dyn Io, command: &Command, outcome: ZkOutcome) {
        let with_stat = command.has('s') || command.name == "ls2";
        match outcome {
            Err(error) => return self.show_error(io, command, error),
            Ok(ZkValue::Names(names, _)) if command.name == "whoami" => {
                io.out("Auth scheme: User\n");
                for name in names {
                    io.print(format_args!("{name}\n"));
                }
            }
            Ok(ZkValue::Names(names, numbers)) => {
                let mut names: Vec<String> =
                    names.iter().map(|name| self.unrooted(name).to_owned()).collect();
                if command.name == "ls2" {
                    names = as_kept(names);
                }
                // The older one ends the line behind the numbers.
                let behind = self.is_old && command.name == "ls" && with_stat;
                io.print(format_args!("{}{}", list(&names), if behind { "" } else { "\n" }));
                if with_stat {
                    stat(io, &numbers);
                }
                if behind {
                    io.out("\n");
                }
            }
            Ok(ZkValue::Data(data, numbers)) => {
                let data = data.as_deref().unwrap_or("null");
                if command.name == "config" && command.has('c') {
                    io.print(format_args!("{}\n", for_clients(data)));
                } else {
                    io.print(format_args!("{data}\n"));
                }
                if with_stat {
                    stat(io, &numbers);
                }
            }
            Ok(ZkValue::Stat(numbers)) => {
                if command.name == "stat" || with_stat {
                    stat(io, &numbers);
                }
            }
            Ok(ZkValue::Acl(acl, numbers)) => {
                super::acl::show(io, &acl);
                if with_stat {
                    stat(io, &numbers);
                }
            }
            Ok(ZkValue::Count(count)) => io.print(format_args!("{count}\n")),
            Ok(ZkValue::Path(path)) => io.complain(format_args!("Created {}\n", self.unrooted(&path))),
            Ok(ZkValue::Nothing) if command.name == "sync" => io.out("Sync is OK\n"),
            Ok(ZkValue::Nothing) => {}
        }
        self.done(io, 0);
    }

    fn show_error(&mut self, io: &mut dyn Io, command: &Command, error: ZkError) {
        let path = if command.name == "config" { "/zookeeper/config" } else { command.path() };
        if command.name == "get" && self.is_old {
            return self.misused(io, &exception(error, path));
        }
        if command.name == "create" && error == ZkError::InvalidAcl {
            io.complain(format_args!("{}\n", message(error, path)));
        }
        self.failed(io, error, path);
    }
}

/// The order in which a server has a znode's children: that of a Java set that began with eight places.
pub(super) fn as_kept(names: Vec<String>) -> Vec<String> {
    let mut buckets = 8_u32;
    while u32::try_from(names.len()).is_ok_and(|count| count > buckets / 4 * 3) && buckets < 1 << 20 {
        buckets *= 2;
    }
    crate::java::hash_order_in(buckets, names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_in_the_words_of_each_shell() {
        assert_eq!(error(ZkError::NoAuth, "/a", true), "Authentication is not valid : /a");
        assert_eq!(error(ZkError::NoAuth, "/a", false), "Insufficient permission : /a");
        assert_eq!(message(ZkError::InvalidAcl, "/a"), "KeeperErrorCode = InvalidACL for /a");
    }

    #[test]
    fn older_lists_come_as_the_server_keeps_them() {
        let names = ["cluster", "controller", "brokers", "c", "zookeeper", "admin"].map(str::to_owned);
        let mut sorted = names.to_vec();
        crate::sorted::sort(&mut sorted);
        assert_eq!(as_kept(sorted).len(), 6);
        assert_eq!(for_clients(""), " ");
    }
}
