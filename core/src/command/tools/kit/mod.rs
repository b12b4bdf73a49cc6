//! What all tools share: log lines, exceptions as Java prints them, property files, connecting.

pub mod argparse;
pub mod commands;
mod connect;
mod door;
pub mod jackson;
mod metrics;
mod pattern;
mod print;
mod properties;
pub mod rate;
mod settings;
mod table;
mod thrown;
pub mod znodes;

pub use connect::{
    admin_at, bootstrap, client_servers, common_config, has_ports, load, open_admin, open_admin_at,
    open_admin_with,
};
pub use door::{Door, ZkServers};
pub use metrics::print_metrics;
pub use pattern::{pattern, topic_filter, whole};
pub use print::{
    answer, client_log, date_time, java_date, log, trouble_note, uncaught, usage, version, warn_of_format,
};
pub use properties::{key_values, parse as parse_properties};
pub use settings::Settings;
pub use table::{Column, table};
pub use thrown::Thrown;
pub use znodes::{ZkRead, Znodes};

use crate::command::options::{OptionSpec, Parsed};
use crate::command::process::{Io, Signal};
use crate::command::release::Release;
use crate::node::ClientId;

/// What most tools do first: takes the arguments apart and answers `--help` and `--version`. Nothing if that was all.
pub fn opening(
    io: &mut dyn Io,
    tool: &str,
    table: &'static [OptionSpec],
    args: &[String],
    about: &str,
) -> Result<Option<Parsed>, Thrown> {
    let options = Parsed::parse(table, args, io.release())?;
    if options.is_empty || options.has("help") {
        refuse(io, tool, about);
    } else if options.has("version") {
        version(io);
    } else {
        return Ok(Some(options));
    }
    Ok(None)
}

/// What is said of servers without ports.
#[must_use]
pub fn wrong_ports(release: Release) -> &'static str {
    match release {
        Release::V1 | Release::V2 => "Please provide valid host:port like host1:9091,host2:9092\n ",
        Release::V3 | Release::V4 => "Please provide valid host:port like host1:9091,host2:9092\n",
    }
}

/// Ends a tool whose options are wrong: a sentence, the option table, exit code 1.
pub fn refuse(io: &mut dyn Io, tool: &str, message: &str) {
    usage(io, tool, message);
    io.exit(1);
}

/// Tells of an exception: as Java does of one that nobody catches, or, since the release in which the tool catches it,
/// by its sentence, its trace and an empty line.
pub fn tell(io: &mut dyn Io, thrown: &Thrown, caught_since: Release) {
    if io.release() >= caught_since {
        io.complain(format_args!("{}\n{}\n", thrown.message, thrown.trace()));
    } else {
        uncaught(io, thrown);
    }
    trouble_note(io, &thrown.message);
}

/// Ends a tool that was stopped from outside; its client is gone at once.
pub fn interrupted(io: &mut dyn Io, client: Option<ClientId>, signal: Signal) {
    leave(io, client, exit_code(signal));
}

/// Ends a tool together with the client it may have.
pub fn leave(io: &mut dyn Io, client: Option<ClientId>, code: i32) {
    if let Some(client) = client {
        io.drop_client(client);
    }
    io.exit(code);
}

/// The exit code of a process that a signal ended.
#[must_use]
pub fn exit_code(signal: Signal) -> i32 {
    match signal {
        Signal::Interrupt => 130,
        Signal::Terminate => 143,
        Signal::Kill => 137,
    }
}
