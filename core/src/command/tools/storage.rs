//! `kafka-storage`: formats the directories of a server, on the small file system.

use super::features::{dependencies, mapping, name_and_level, unknown_version};
use super::kit::argparse::{Arg, Given};
use super::kit::commands::{Commands, Line, Sub};
use super::kit::{self, Thrown};
use super::tables::STORAGE;
use crate::command::process::{Io, Program};
use crate::command::release::Release;
use crate::java::hash_order;
use crate::metadata::features;
use crate::protocol::Uuid;
use crate::sorted::SortedMap;
use serde::Serialize;

const CONFIG: Arg = Arg::text("--config").short("-c").required();
const RELEASE: Arg = Arg::text("--release-version").short("-r").since(Release::V3);
const FEATURE: Arg = Arg::text("--feature").short("-f").since(Release::V3);

static COMMANDS: Commands = Commands {
    program: "kafka-storage",
    about: "Looks after the directories of a server.",
    top: &[],
    one_of_top: false,
    subs: &[
        Sub {
            name: "info",
            about: "Shows what is known about the directories.",
            args: &[CONFIG],
            since: Release::V1,
        },
        Sub {
            name: "format",
            about: "Formats the directories.",
            args: &[
                CONFIG,
                Arg::text("--cluster-id").short("-t").required(),
                Arg::text("--add-scram").short("-S").since(Release::V3),
                Arg::flag("--ignore-formatted").short("-g"),
                RELEASE,
                FEATURE,
                Arg::flag("--standalone").short("-s").group(1).since(Release::V3),
                Arg::flag("--no-initial-controllers").short("-N").group(1).since(Release::V3),
                Arg::text("--initial-controllers").short("-I").group(1).since(Release::V3),
            ],
            since: Release::V1,
        },
        Sub {
            name: "version-mapping",
            about: "Shows with which levels clusters of a release begin.",
            args: &[RELEASE],
            since: Release::V4,
        },
        Sub {
            name: "feature-dependencies",
            about: "Shows which levels a level needs.",
            args: &[FEATURE.required()],
            since: Release::V4,
        },
        Sub { name: "random-uuid", about: "Prints a new id.", args: &[], since: Release::V1 },
    ],
};

/// `kafka-storage`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Storage {
    args: Vec<String>,
}

/// Why nothing comes of it.
enum End {
    /// One sentence.
    Terse(String),
    Thrown(Thrown),
}

impl From<Thrown> for End {
    fn from(thrown: Thrown) -> End {
        End::Thrown(thrown)
    }
}

fn terse<T>(message: impl Into<String>) -> Result<T, End> {
    Err(End::Terse(message.into()))
}

/// A `metadata.version`, and features with their levels.
type Levels = (i16, Vec<(&'static str, i16)>);

/// The first voters and their directories.
type Voters = SortedMap<i32, Uuid>;

/// A server's settings, as far as they matter here.
struct Server {
    node: i32,
    is_controller: bool,
    has_voters: bool,
    /// As they are listed.
    directories: Vec<String>,
    metadata_directory: String,
}

impl Storage {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> Storage {
        Storage { args: args.to_vec() }
    }
}

fn run(io: &mut dyn Io, name: &str, given: &Given) -> Result<i32, End> {
    match name {
        "info" => {
            let server = server(io, given)?;
            return Ok(info(io, &server));
        }
        "format" => {
            let server = server(io, given)?;
            format(io, &server, given)?;
        }
        "version-mapping" => mapping(io, given.get("--release-version")).map_err(End::Terse)?,
        "feature-dependencies" => {
            for text in given.values.get("--feature").into_iter().flatten() {
                needed(io, text)?;
            }
        }
        _ => {
            let id = random_uuid(io);
            io.print(format_args!("{id}\n"));
        }
    }
    Ok(0)
}

fn needed(io: &mut dyn Io, text: &str) -> Result<(), End> {
    let Some((name, version)) = text.split_once('=') else {
        return terse(format!(
            "Invalid feature format: {text}. Expected format: 'feature=version' (e.g. 'group.version=1')"
        ));
    };
    let Ok(level) = version.parse::<i16>() else {
        return terse(format!("Invalid version format: {version} for feature {name}"));
    };
    match features::feature(name) {
        Some(feature) if !(0..=feature.max).contains(&level) => {
            terse(format!("Feature level {level} is not supported for feature {name}"))
        }
        _ => dependencies(io, name, level).map_err(End::Terse),
    }
}

/// Reads the server's configuration file.
fn server(io: &mut dyn Io, given: &Given) -> Result<Server, Thrown> {
    let path = given.get("--config").unwrap_or_default();
    let file = io.read_file(path).ok_or_else(|| Thrown::no_file(path))?;
    let settings: SortedMap<String, String> = kit::parse_properties(&file).into_iter().collect();
    let get = |name: &str| settings.get(name).map(String::as_str);
    let missing = |name: &str| {
        Thrown::config(format!("Missing required configuration \"{name}\" which has no default value."))
    };
    let roles = get("process.roles").ok_or_else(|| missing("process.roles"))?;
    let node = get("node.id").ok_or_else(|| missing("node.id"))?;
    let node = node.trim().parse().map_err(|_| {
        Thrown::config(format!("Invalid value {node} for configuration node.id: Not a number of type INT"))
    })?;
    let listed = get("log.dirs").or_else(|| get("log.dir")).unwrap_or("/tmp/kafka-logs");
    let mut directories: Vec<String> = Vec::new();
    for directory in listed.split(',').map(str::trim).filter(|directory| !directory.is_empty()) {
        if !directories.iter().any(|other| other == directory) {
            directories.push(directory.to_owned());
        }
    }
    let metadata_directory = match get("metadata.log.dir") {
        Some(directory) => directory.to_owned(),
        None => directories.first().cloned().unwrap_or_default(),
    };
    if !directories.contains(&metadata_directory) {
        directories.push(metadata_directory.clone());
    }
    Ok(Server {
        node,
        is_controller: roles.split(',').any(|role| role.trim() == "controller"),
        has_voters: get("controller.quorum.voters").is_some_and(|voters| !voters.trim().is_empty()),
        directories,
        metadata_directory,
    })
}

/// What `meta.properties` of a directory says; nothing if it is not formatted.
fn meta_properties(io: &dyn Io, directory: &str) -> Option<SortedMap<String, String>> {
    let bytes = io.read_file(&format!("{directory}/meta.properties"))?;
    let found: SortedMap<String, String> = kit::parse_properties(&bytes).into_iter().collect();
    let mut known = SortedMap::new();
    for name in ["broker.id", "cluster.id", "directory.id", "node.id"] {
        if let Some(value) = found.get(name) {
            known.insert(name.to_owned(), value.clone());
        }
    }
    // A file of before KRaft has no version.
    known.insert("version".to_owned(), found.get("version").map_or("0", String::as_str).to_owned());
    Some(known)
}

fn info(io: &mut dyn Io, server: &Server) -> i32 {
    let (mut found, mut problems, mut first) = (Vec::new(), Vec::new(), None);
    let mut directories = server.directories.clone();
    crate::sorted::sort(&mut directories);
    for directory in &directories {
        if !io.has_folder(directory) {
            problems.push(format!("{directory} does not exist"));
            continue;
        }
        found.push(directory.clone());
        let Some(properties) = meta_properties(io, directory) else {
            problems.push(format!("{directory} is not formatted."));
            continue;
        };
        match &first {
            None => first = Some(properties),
            Some(first) if first.get("cluster.id") != properties.get("cluster.id") => {
                problems.push("Mismatched cluster IDs between storage directories.".to_owned());
            }
            Some(first) if first.get("node.id") != properties.get("node.id") => {
                problems.push("Mismatched node IDs between storage directories.".to_owned());
            }
            Some(_) => {}
        }
    }
    if first.as_ref().is_some_and(|first| first.get("version").is_some_and(|version| version == "0")) {
        problems.push(
            "The kafka configuration file appears to be for a cluster in KRaft mode, but the directories are formatted \
             for legacy mode."
                .to_owned(),
        );
    }
    listed(io, ["Found log directory:", "Found log directories:"], &found);
    if let Some(first) = first {
        let pairs: Vec<String> = first.iter().map(|(name, value)| format!("{name}={value}")).collect();
        io.print(format_args!("Found metadata: {{{}}}\n\n", pairs.join(", ")));
    }
    listed(io, ["Found problem:", "Found problems:"], &problems);
    i32::from(!problems.is_empty())
}

fn listed(io: &mut dyn Io, [one, several]: [&str; 2], lines: &[String]) {
    if !lines.is_empty() {
        let head = if lines.len() == 1 { one } else { several };
        io.print(format_args!("{head}\n  {}\n\n", lines.join("\n  ")));
    }
}

/// `1@localhost:9093:DIRECTORY,…` as the directories of the first voters.
fn voters(text: &str) -> Result<Voters, Thrown> {
    let mut voters = SortedMap::new();
    for voter in text.split(',').map(str::trim).filter(|voter| !voter.is_empty()) {
        let (id, rest) =
            voter.split_once('@').ok_or_else(|| Thrown::illegal("No @ found in dynamic voter string."))?;
        let id =
            id.parse().map_err(|_| Thrown::illegal("Failed to parse node id in dynamic voter string."))?;
        let after_host = match rest.strip_prefix('[') {
            Some(address) => address.split_once("]:").map(|(_, rest)| rest),
            None => rest.split_once(':').map(|(_, rest)| rest),
        };
        let after_host =
            after_host.ok_or_else(|| Thrown::illegal("No colon following hostname could be found."))?;
        let (port, directory) = after_host
            .split_once(':')
            .ok_or_else(|| Thrown::illegal("No colon following port could be found."))?;
        if port.parse::<u16>().is_err() {
            return Err(Thrown::illegal("Failed to parse port in dynamic voter string."));
        }
        let directory = Uuid::parse(directory)
            .map_err(|_| Thrown::illegal("Failed to parse directory ID in dynamic voter string."))?;
        voters.insert(id, directory);
    }
    Ok(voters)
}

/// The voters of a dynamic quorum, if it shall be one.
fn initial_voters(io: &mut dyn Io, server: &Server, given: &Given) -> Result<Option<Voters>, End> {
    let has = |name: &str| given.get(name).is_some();
    if server.has_voters && (has("--standalone") || has("--initial-controllers")) {
        return terse(
            "You cannot specify controller.quorum.voters and format the node with --initial-controllers or \
             --standalone. If you want to use dynamic quorum, please remove controller.quorum.voters and specify \
             controller.quorum.bootstrap.servers instead.",
        );
    }
    if let Some(text) = given.get("--initial-controllers") {
        return Ok(Some(voters(text)?));
    }
    if has("--standalone") {
        if !server.is_controller {
            return terse("You can only use --standalone on a controller.");
        }
        let id = random_uuid(io);
        return Ok(Some(SortedMap::from_iter([(server.node, id)])));
    }
    if server.is_controller && !server.has_voters && !has("--no-initial-controllers") {
        return terse(
            "Because controller.quorum.voters is not set on this controller, you must specify one of the following: \
             --standalone, --initial-controllers, or --no-initial-controllers.",
        );
    }
    Ok(None)
}

/// The `metadata.version`, and the feature records of the new cluster.
fn levels(server: &Server, given: &Given) -> Result<Levels, End> {
    let release = given.get("--release-version");
    let mut metadata = features::METADATA_LEVEL;
    if let Some(release) = release {
        let known = features::metadata_level(release).filter(|level| *level <= features::METADATA_LEVEL);
        match known {
            Some(level) => metadata = level,
            None => return terse(unknown_version(release, false)),
        }
    }
    let mut asked: SortedMap<&str, i16> = SortedMap::new();
    for text in given.values.get("--feature").into_iter().flatten() {
        let exception = |why| Thrown::new("java.lang.RuntimeException", why);
        let (name, level) = name_and_level(text).map_err(exception)?;
        asked.insert(name, level);
    }
    if let Some(level) = asked.remove(features::METADATA_VERSION) {
        if release.is_some() {
            return terse(
                "Use --release-version instead of --feature metadata.version=X to avoid ambiguity.",
            );
        }
        metadata = level;
    }
    for (name, level) in &asked {
        let Some(feature) = features::feature(name) else {
            let mut known: Vec<&str> = features::FEATURES.iter().map(|feature| feature.name).collect();
            crate::sorted::sort(&mut known);
            return terse(format!(
                "Unsupported feature: {name}. Supported features are: {}",
                known.join(", ")
            ));
        };
        if !(0..=feature.max).contains(level) {
            let why = format!("No feature:{name} with feature level {level}");
            return Err(Thrown::illegal(why).into());
        }
    }
    kraft_level(server, given, asked.get(features::KRAFT_VERSION).copied())?;
    for feature in &features::FEATURES {
        let level = asked.get(feature.name).copied().unwrap_or_else(|| feature.level_at(metadata));
        if let Some(needed) = feature.needs.filter(|needed| level == feature.max && metadata < *needed) {
            let why = format!(
                "{} could not be set to {level} because it depends on metadata.version level {needed}",
                feature.name
            );
            return Err(Thrown::illegal(why).into());
        }
    }
    Ok((metadata, features::bootstrap(metadata, &|name| asked.get(name).copied())))
}

/// Whether the level of `kraft.version` that was asked for goes with the rest.
fn kraft_level(server: &Server, given: &Given, asked: Option<i16>) -> Result<(), End> {
    let is_dynamic = !server.has_voters
        && ["--standalone", "--initial-controllers", "--no-initial-controllers"]
            .iter()
            .any(|name| given.get(name).is_some());
    match asked {
        Some(0) if is_dynamic => terse(
            "Cannot set kraft.version to 0 if controller.quorum.voters is empty and one of the flags --standalone, \
             --initial-controllers, or --no-initial-controllers is used. For dynamic controllers support, try removing \
             the --feature flag for kraft.version.",
        ),
        Some(level) if level > 0 && !is_dynamic => terse(format!(
            "Cannot set kraft.version to {level} unless controller.quorum.voters is empty and one of the flags \
             --standalone, --initial-controllers, or --no-initial-controllers is used. For dynamic controllers support, \
             try using one of --standalone, --initial-controllers, or --no-initial-controllers and removing \
             controller.quorum.voters."
        )),
        _ => Ok(()),
    }
}

fn format(io: &mut dyn Io, server: &Server, given: &Given) -> Result<(), End> {
    let (metadata, records) = levels(server, given)?;
    let voters = initial_voters(io, server, given)?;
    let cluster_id = given.get("--cluster-id").unwrap_or_default();
    let (mut formatted, mut empty) = (Vec::new(), Vec::new());
    for directory in hash_order(server.directories.iter().map(String::as_str)) {
        let path = format!("{directory}/meta.properties");
        let Some(found) = meta_properties(io, directory) else {
            empty.push(directory);
            continue;
        };
        formatted.push(directory);
        let exception = |why| Err(Thrown::new("java.lang.RuntimeException", why).into());
        if let Some(id) = found.get("cluster.id").filter(|id| *id != cluster_id) {
            return exception(format!("Invalid cluster.id in: {path}. Expected {cluster_id}, but read {id}"));
        }
        if let Some(id) = found.get("node.id").filter(|id| **id != server.node.to_string()) {
            return exception(format!(
                "Stored node id {id} doesn't match previous node id {} in {path}. If you moved your data, make sure \
                 your configured node id matches. If you intend to create a new node, you should remove all data in \
                 your data directories.",
                server.node
            ));
        }
    }
    if let Some(first) = formatted.first().filter(|_| given.get("--ignore-formatted").is_none()) {
        return terse(format!(
            "Log directory {first} is already formatted. Use --ignore-formatted to ignore this directory and format \
             the others."
        ));
    }
    if empty.is_empty() {
        io.out("All of the log directories are already formatted.\n");
        return Ok(());
    }
    let told: Vec<String> = records
        .iter()
        .map(|(name, level)| {
            format!(
                "ApiMessageAndVersion(FeatureLevelRecord(name='{name}', featureLevel={level}) at version 0)"
            )
        })
        .collect();
    io.print(format_args!(
        "Bootstrap metadata: BootstrapMetadata(records=[{}], metadataVersionLevel={metadata}, source=format \
         command)\n",
        told.join(", ")
    ));
    for directory in empty {
        let own = voters.as_ref().and_then(|voters| voters.get(&server.node).copied());
        let is_metadata = directory == server.metadata_directory;
        let kind = match (&voters, own) {
            _ if !is_metadata => "data directory",
            (None, _) => "metadata directory",
            (_, Some(_)) => "dynamic metadata voter directory",
            _ => "dynamic metadata directory",
        };
        let version = features::metadata_name(metadata).unwrap_or_default();
        io.print(format_args!("Formatting {kind} {directory} with metadata.version {version}.\n"));
        let id = match own.filter(|_| is_metadata) {
            Some(id) => id,
            None => random_uuid(io),
        };
        write(io, server, directory, (cluster_id, id), &records)?;
    }
    Ok(())
}

/// Writes what a formatted directory holds.
fn write(
    io: &mut dyn Io,
    server: &Server,
    directory: &str,
    (cluster_id, id): (&str, Uuid),
    records: &[(&'static str, i16)],
) -> Result<(), End> {
    let now = io.now().wall_ms();
    let date = kit::java_date(now);
    let text = format!(
        "#\n#{date}\nnode.id={}\ndirectory.id={id}\nversion=1\ncluster.id={cluster_id}\n",
        server.node
    );
    io.write_file(&format!("{directory}/meta.properties"), text.into_bytes()).map_err(End::Terse)?;
    let bytes = features::checkpoint(records, now);
    io.write_file(&format!("{directory}/bootstrap.checkpoint"), bytes).map_err(End::Terse)
}

/// A random id that does not begin with a dash, which tools would take for an option.
pub(super) fn random_uuid(io: &mut dyn Io) -> Uuid {
    let mut bytes = [0; 16];
    for byte in &mut bytes {
        *byte = u8::try_from(io.chance(256)).unwrap_or(0);
    }
    // The first letter stands for the upper six bits; a dash is 62.
    if let Some(first) = bytes.first_mut().filter(|first| **first >> 2 == 62) {
        *first &= 0x7f;
    }
    Uuid(bytes)
}

impl Program for Storage {
    fn start(&mut self, io: &mut dyn Io) {
        let outcome = match COMMANDS.read(&self.args, STORAGE, io.release()) {
            Line::Run(name, _, given) => run(io, name, &given),
            Line::Help(text) => {
                io.out(&text);
                Ok(i32::from(io.release() <= Release::V2))
            }
            Line::Wrong(usage, message) => {
                io.err(&COMMANDS.refusal(&usage, &message));
                Ok(1)
            }
        };
        let code = match outcome {
            Ok(code) => code,
            Err(End::Terse(message)) => {
                io.complain(format_args!("{message}\n"));
                1
            }
            Err(End::Thrown(thrown)) => {
                kit::uncaught(io, &thrown);
                1
            }
        };
        io.exit(code);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Stage;
    use super::*;

    #[test]
    fn an_id_is_random_and_never_begins_with_a_dash() {
        let mut stage = Stage::default();
        stage.run("kafka-storage random-uuid");
        assert_eq!(stage.out.trim_end().len(), 22);
        assert!(Uuid::parse(stage.out.trim_end()).is_ok());
        assert_eq!(stage.exit, Some(0));
    }

    #[test]
    fn formatting_needs_voters_or_a_choice() {
        let mut stage = Stage::default();
        stage.files.insert(
            "s.properties".into(),
            b"process.roles=controller\nnode.id=1\nlog.dirs=dyn-logs\n".to_vec(),
        );
        stage.run("kafka-storage format -t 4L6g3nShT-eMCtK--X86sw -c s.properties");
        assert!(stage.err.starts_with("Because controller.quorum.voters is not set on this controller"));
        let mut stage = Stage { files: stage.files, ..Stage::default() };
        stage.run("kafka-storage format -t 4L6g3nShT-eMCtK--X86sw -c s.properties --standalone");
        assert!(stage.out.ends_with(
            "\nFormatting dynamic metadata voter directory dyn-logs with metadata.version 4.3-IV0.\n"
        ));
        assert_eq!(stage.files.get("dyn-logs/bootstrap.checkpoint").map(Vec::len), Some(411));
        let mut stage = Stage { files: stage.files, ..Stage::default() };
        stage.run("kafka-storage format -t 4L6g3nShT-eMCtK--X86sw -c s.properties --standalone");
        assert!(stage.err.starts_with("Log directory dyn-logs is already formatted."));
    }

    #[test]
    fn what_excludes_each_other_is_told_as_argparse4j_does() {
        let mut stage = Stage::default();
        stage.run("kafka-storage format -t x -c y --standalone --no-initial-controllers");
        assert_eq!(
            stage.err,
            "usage: kafka-storage format [-h] --config CONFIG --cluster-id CLUSTER_ID
                     [--add-scram ADD_SCRAM] [--ignore-formatted]
                     [--release-version RELEASE_VERSION]
                     [--feature FEATURE] [--standalone |
                     --no-initial-controllers |
                     --initial-controllers INITIAL_CONTROLLERS]
kafka-storage: error:  argument  --no-initial-controllers/-N:  not  allowed
with argument --standalone/-s
"
        );
    }
}
