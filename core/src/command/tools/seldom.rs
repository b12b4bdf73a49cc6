//! Tools that need something which no cluster here has: their command lines are read, and what is wrong with them is told
//! in their words.

use super::kit::argparse::{self, Arg};
use super::kit::commands::{Commands, Line, Sub};
use super::kit::{self, Thrown};
use super::tables::{JMX, MIRROR_MAKER};
use super::unsupported;
use crate::command::options::{Parsed, missing_required};
use crate::command::process::Io;
use crate::command::release::Release;

const DEPRECATED: &str = "This tool is deprecated and may be removed in a future major release.";

const LOCATIONS: [Arg; 3] =
    [Arg::text("--plugin-location"), Arg::text("--plugin-path"), Arg::text("--worker-config")];

static PLUGIN_PATH: Commands = Commands {
    program: "connect-plugin-path",
    about: "Looks after the plugins of Kafka Connect.",
    top: &[],
    one_of_top: false,
    subs: &[
        Sub { name: "list", about: "Lists the plugins.", args: &LOCATIONS, since: Release::V1 },
        Sub {
            name: "sync-manifests",
            about: "Writes what lets plugins be found quickly.",
            args: &[
                LOCATIONS[0],
                LOCATIONS[1],
                LOCATIONS[2],
                Arg::flag("--dry-run"),
                Arg::flag("--keep-not-found"),
            ],
            since: Release::V1,
        },
    ],
};

const MIRROR_USAGE: &str = "usage: connect-mirror-maker [-h] [--clusters CLUSTER [CLUSTER ...]]
                            mm2.properties
";

/// What such a tool prints, and its exit code; `None` if it is no such tool.
pub fn answer(io: &mut dyn Io, name: &str, args: &[String]) -> Option<i32> {
    Some(match name {
        "kafka-jmx" => jmx(io, args),
        "kafka-mirror-maker" => mirror_maker(io, args),
        "connect-standalone" => worker(
            io,
            name,
            args,
            "connect-standalone.properties [connector1.properties connector2.json ...]",
        ),
        "connect-distributed" => worker(io, name, args, "connect-distributed.properties"),
        "connect-mirror-maker" => connect_mirror_maker(io, args),
        "connect-plugin-path" => plugin_path(io, args),
        "trogdor" => trogdor(io, args),
        _ => return None,
    })
}

/// Says why the rest is not there.
fn missing(io: &mut dyn Io, name: &str) -> i32 {
    unsupported::tell(io, name).unwrap_or(1)
}

/// Takes the arguments apart; nothing if that, `--help` or `--version` was all.
fn read(
    io: &mut dyn Io,
    name: &str,
    table: &'static [crate::command::options::OptionSpec],
    args: &[String],
    about: &str,
) -> Option<Parsed> {
    match kit::opening(io, name, table, args, about) {
        Ok(options) => options,
        Err(thrown) => {
            kit::tell(io, &thrown, Release::V3);
            io.exit(1);
            None
        }
    }
}

/// Nobody here listens for JMX.
fn jmx(io: &mut dyn Io, args: &[String]) -> i32 {
    const ABOUT: &str = "Dump JMX values to standard output.";
    let Some(options) = read(io, "kafka-jmx", JMX, args, ABOUT) else { return 1 };
    let url = match options.value("jmx-url") {
        Ok(url) => url.unwrap_or_default().to_owned(),
        Err(error) => {
            kit::tell(io, &error.into(), Release::V3);
            return 1;
        }
    };
    if !url.starts_with("service:jmx:") {
        let why = "Service URL must start with service:jmx:";
        kit::tell(io, &Thrown::new("java.net.MalformedURLException", why), Release::V3);
        return 1;
    }
    let host =
        url.split("//").nth(1).and_then(|rest| rest.split([':', '/']).next()).filter(|host| !host.is_empty());
    let host = host.unwrap_or("127.0.0.1");
    let refused = format!(
        "Connection refused to host: {host}; nested exception is: \n\tjava.net.ConnectException: Connection refused"
    );
    let naming = format!(
        "javax.naming.ServiceUnavailableException [Root exception is java.rmi.ConnectException: {refused}]"
    );
    let old = io.release() <= Release::V2;
    let [dot, colon] = if old { [".", ""] } else { ["", ":"] };
    // The tool tries again and again for ten seconds; here it says so once.
    io.complain(format_args!(
        "Trying to connect to JMX url: {url}{dot}\nCould not connect to JMX url: {url}. Exception{colon} Failed to \
         retrieve RMIServer stub: {naming}.\njava.io.IOException: Failed to retrieve RMIServer stub: {naming}\nCaused \
         by: {naming}\nCaused by: java.rmi.ConnectException: {refused}\nCaused by: java.net.ConnectException: \
         Connection refused\nCould not connect to JMX url {url} after 10000 ms.\n"
    ));
    io.note("no broker here listens for JMX; what they do is shown by the page, and by: events, inspect");
    1
}

fn mirror_maker(io: &mut dyn Io, args: &[String]) -> i32 {
    const NAME: &str = "kafka-mirror-maker";
    const LOGGER: &str = "kafka.tools.MirrorMaker$";
    const ABOUT: &str = "This tool helps to continuously copy data between two Kafka clusters.";
    if io.release() > Release::V2 {
        kit::log(io, "WARN", DEPRECATED, LOGGER);
    }
    let outcome = match kit::opening(io, NAME, MIRROR_MAKER, args, ABOUT) {
        Ok(None) => return 1,
        Ok(Some(options)) => {
            if let Some(message) = missing_required(&options, &["consumer.config", "producer.config"]) {
                kit::usage(io, NAME, &message);
                return 1;
            }
            kit::load(io, &options, "consumer.config")
                .and_then(|_| kit::load(io, &options, "producer.config"))
        }
        Err(thrown) => Err(thrown),
    };
    let Err(thrown) = outcome else { return missing(io, NAME) };
    kit::log(io, "ERROR", "Exception when starting mirror maker.", LOGGER);
    let threads = match io.release() {
        Release::V3 | Release::V4 => "mirrorMakerThreads",
        Release::V1 | Release::V2 => "kafka$tools$MirrorMaker$$mirrorMakerThreads",
    };
    io.complain(format_args!(
        "{}Exception in thread \"main\" java.lang.NullPointerException: Cannot invoke \
         \"scala.collection.immutable.Seq.foreach(scala.Function1)\" because the return value of \
         \"kafka.tools.MirrorMaker$.{threads}()\" is null\n",
        thrown.trace()
    ));
    1
}

/// A worker of Kafka Connect reads its file first.
fn worker(io: &mut dyn Io, name: &str, args: &[String], files: &str) -> i32 {
    let Some(file) = args.iter().find(|word| *word != "-daemon") else {
        io.print(format_args!("USAGE: {name}.sh [-daemon] {files}\n"));
        return 1;
    };
    if matches!(file.as_str(), "-h" | "--help") {
        io.note(&format!("{name} takes the file of a worker: {files}"));
        return 1;
    }
    if io.read_file(file).is_some() {
        return missing(io, name);
    }
    let class = match (io.release(), name) {
        (Release::V3 | Release::V4, _) => "AbstractConnectCli",
        (_, "connect-standalone") => "ConnectStandalone",
        _ => "ConnectDistributed",
    };
    let logger = format!("org.apache.kafka.connect.cli.{class}");
    kit::log(io, "ERROR", "Stopping due to error", &logger);
    io.err(&Thrown::no_file(file).trace());
    2
}

fn connect_mirror_maker(io: &mut dyn Io, args: &[String]) -> i32 {
    const NAME: &str = "connect-mirror-maker";
    if args.iter().all(|word| word == "-daemon") {
        io.out("USAGE: connect-mirror-maker.sh [-daemon] mm2.properties\n");
        return 1;
    }
    let wrong = match argparse::parse(args, &[Arg::texts("--clusters")]) {
        Ok((given, _)) if given.help => {
            io.print(format_args!("{MIRROR_USAGE}\nCopies topics between clusters.\n"));
            return 255;
        }
        Ok((_, [])) => "too few arguments".to_owned(),
        Ok((_, [_, more, ..])) => argparse::unrecognized(more, &[]),
        Ok((_, [file])) => match io.read_file(file) {
            Some(_) => return missing(io, NAME),
            None => format!("argument config: Insufficient permissions to read file: '{file}'"),
        },
        Err(message) => message,
    };
    io.complain(format_args!("{MIRROR_USAGE}{}", argparse::error(NAME, &wrong)));
    255
}

fn plugin_path(io: &mut dyn Io, args: &[String]) -> i32 {
    let refusal = match PLUGIN_PATH.read(args, &[], io.release()) {
        Line::Help(text) => {
            io.out(&text);
            return 1;
        }
        Line::Wrong(usage, message) => PLUGIN_PATH.refusal(&usage, &message),
        Line::Run(_, _, given) if LOCATIONS.iter().any(|place| given.get(place.name).is_some()) => {
            return missing(io, "connect-plugin-path");
        }
        Line::Run(..) => PLUGIN_PATH.refusal(
            "usage: connect-plugin-path [-h] {list,sync-manifests} ...\n",
            "Must specify at least one --plugin-location, --plugin-path, or --worker-config",
        ),
    };
    io.err(&refusal);
    1
}

fn trogdor(io: &mut dyn Io, args: &[String]) -> i32 {
    match args.first().map(String::as_str) {
        None | Some("help") => {
            io.out(
                "The Trogdor fault injector.\n\nUsage:\n  trogdor.sh [action] [options]\n\nActions:\n  agent: An agent on a \
                 machine.\n  coordinator: The coordinator of the agents.\n  client: Asks the coordinator.\n  \
                 agent-client: Asks an agent.\n  help: Shows this text.\n",
            );
            0
        }
        Some("agent" | "coordinator" | "client" | "agent-client") => missing(io, "trogdor"),
        Some(action) => {
            io.print(format_args!("Unknown action '{action}'.  Type 'trogdor.sh help' for help.\n"));
            1
        }
    }
}
