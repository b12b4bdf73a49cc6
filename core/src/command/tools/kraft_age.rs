//! Tools of the KRaft age, asked in a cluster of 3.9 with ZooKeeper: its brokers know no quorum of controllers, no
//! feature levels to raise and no registrations to take back.

use super::kit::{self, Thrown};
use super::tables::OLD_FEATURES;
use crate::command::options::{Parsed, table};
use crate::command::process::Io;
use crate::command::release::Release;
use crate::node::NodeId;

const ERRORS: &str = "org.apache.kafka.common.errors.";

/// What such a tool prints, and its exit code; `None` if it is no such tool or would be told something else.
pub fn answer(io: &mut dyn Io, name: &str, args: &[String]) -> Option<i32> {
    let has = |word: &str| args.iter().any(|arg| arg == word);
    match name {
        "kafka-features" if io.release() <= Release::V2 => Some(features_2_8(io, args)),
        "kafka-cluster"
            if has("unregister")
                && has("--bootstrap-server")
                && (has_number(args, "--id") || io.release() <= Release::V2 && !has("--id")) =>
        {
            io.out("The target cluster does not support the broker unregistration API.\n");
            Some(0)
        }
        _ => None,
    }
}

/// What a question about the quorum comes to: `door` are the servers, and whether they shall be controllers. Nothing is
/// known of servers that do not listen.
pub fn quorum(io: &mut dyn Io, (servers, controllers): (&str, bool), is_status: bool) -> Option<i32> {
    let first = servers.split(',').next().and_then(|server| server.trim().rsplit_once(':'));
    let listens = first.is_some_and(|(host, port)| {
        let port = port.parse().unwrap_or(0);
        io.resolve(host, port).is_ok_and(|server| matches!(server.node, Some(NodeId::Broker(_))))
    });
    if !listens {
        return None;
    }
    if !controllers {
        let class = format!("{ERRORS}UnsupportedVersionException");
        return Some(failed(io, Thrown::new(&class, "The node does not support DESCRIBE_QUORUM")));
    }
    let message =
        "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER";
    let thrown = Thrown::new(&format!("{ERRORS}MismatchedEndpointTypeException"), message);
    kit::log(
        io,
        "WARN",
        "[AdminClient clientId=adminclient-1] Metadata update failed due to mismatched endpoint type error",
        "org.apache.kafka.clients.admin.internals.AdminMetadataManager",
    );
    if is_status {
        io.complain(format_args!("{}\n", thrown.head()));
    }
    Some(failed(io, thrown))
}

/// Whether an option has a number.
fn has_number(args: &[String], option: &str) -> bool {
    args.windows(2)
        .any(|pair| matches!(pair, [name, value] if name == option && value.parse::<i32>().is_ok()))
}

/// `kafka-features` up to 2.8, which raises and lowers all levels at once, if there are any.
fn features_2_8(io: &mut dyn Io, args: &[String]) -> i32 {
    let options = match Parsed::parse(OLD_FEATURES, args, io.release()) {
        Ok(options) => options,
        Err(error) => {
            kit::tell(io, &error.into(), Release::V3);
            return 1;
        }
    };
    let has = |name: &str| options.has(name);
    if has("version") && !has("help") {
        kit::version(io);
        return 0;
    }
    let message = if options.is_empty || has("help") {
        "This command describes and updates finalized feature versions. "
    } else if ["describe", "upgrade-all", "downgrade-all"].iter().filter(|action| has(action)).count() != 1 {
        "Command must include exactly one action: --describe, --upgrade-all, --downgrade-all."
    } else if !has("bootstrap-server") {
        "Missing required argument \"[bootstrap-server]\""
    } else if has("dry-run") && has("describe") {
        "Command can contain --dry-run option only when either --upgrade-all or --downgrade-all actions are provided."
    } else {
        return 0;
    };
    io.complain(format_args!("{message}\n{}", table::render(OLD_FEATURES, io.release())));
    1
}

/// An exception that came out of a future, as these tools tell it.
fn failed(io: &mut dyn Io, thrown: Thrown) -> i32 {
    let thrown = thrown.in_execution();
    io.complain(format_args!("{}\n{}\n", thrown.message, thrown.trace()));
    1
}
