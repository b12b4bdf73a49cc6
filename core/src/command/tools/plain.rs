//! Tools that answer at once: those of servers, whose work the laboratory does itself, and those that are not
//! simulated yet.

use super::about;
use super::kit;
use crate::command::process::{Io, Program};
use crate::protocol::Uuid;
use serde::Serialize;

/// A tool that answers at once.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plain {
    name: String,
    args: Vec<String>,
}

impl Plain {
    /// The tool of this name with these arguments.
    #[must_use]
    pub fn new(name: &str, args: &[String]) -> Plain {
        Plain { name: name.to_owned(), args: args.to_vec() }
    }

    fn storage(&self, io: &mut dyn Io) -> i32 {
        match self.args.first().map(String::as_str) {
            Some("random-uuid") => {
                let id = random_uuid(io);
                io.print(format_args!("{id}\n"));
                0
            }
            Some("format") => self.format(io),
            Some("info") => self.info(io),
            Some("version-mapping") if self.args.len() == 1 => version_mapping(io),
            Some("feature-dependencies") => self.dependencies(io),
            Some("-h" | "--help") => {
                io.out(STORAGE_USAGE);
                0
            }
            Some(other) => {
                let message = format!(
                    "invalid choice: '{other}' (choose from 'info', 'format', 'version-mapping', \
                     'feature-dependencies', 'random-uuid')"
                );
                refuse_storage(io, &message)
            }
            None => refuse_storage(io, "too few arguments"),
        }
    }

    fn features(&self, io: &mut dyn Io) -> i32 {
        match self.args.first().map(String::as_str) {
            None => {
                io.err("Command line error: too few arguments. Type --help for help.");
                1
            }
            Some("version-mapping") if self.args.len() == 1 => version_mapping(io),
            Some("feature-dependencies") => self.dependencies(io),
            Some(_) => self.not_yet(io),
        }
    }

    /// What a feature level needs of others: nothing, for those that are told here.
    fn dependencies(&self, io: &mut dyn Io) -> i32 {
        match self.option(["--feature", "-f"]) {
            Some(feature)
                if FREE.iter().any(|(name, top)| level_of(feature, name).is_some_and(|l| l <= *top)) =>
            {
                io.print(format_args!("{feature} has no dependencies.\n"));
                0
            }
            _ => self.not_yet(io),
        }
    }

    fn option(&self, names: [&str; 2]) -> Option<&str> {
        let at = self.args.iter().position(|arg| names.contains(&arg.as_str()))?;
        self.args.get(at + 1).map(String::as_str)
    }

    /// The directories of the configuration file; the error is an exit code.
    fn directories(&self, io: &mut dyn Io) -> Result<(String, bool), i32> {
        let Some(path) = self.option(["-c", "--config"]) else {
            return Err(refuse_storage(io, "argument --config/-c is required"));
        };
        let Some(file) = io.read_file(path) else {
            io.complain(format_args!("Exception in thread \"main\" {}", kit::Thrown::no_file(path).trace()));
            return Err(1);
        };
        let settings = kit::parse_properties(&file);
        let get = |name: &str| settings.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let voters = get("controller.quorum.voters").is_some_and(|voters| !voters.is_empty());
        let directories =
            get("log.dirs").or_else(|| get("log.dir")).unwrap_or_else(|| "/tmp/kafka-logs".into());
        Ok((directories, voters))
    }

    fn format(&self, io: &mut dyn Io) -> i32 {
        let Some(id) = self.option(["-t", "--cluster-id"]) else {
            return refuse_storage(io, "argument --cluster-id/-t is required");
        };
        let (directories, voters) = match self.directories(io) {
            Ok(found) => found,
            Err(code) => return code,
        };
        let given = |name: &str| self.args.iter().any(|arg| arg == name);
        let standalone = given("--standalone") || given("-s");
        let waits = given("--no-initial-controllers") || given("-N");
        if !voters && !standalone && !waits && !given("--initial-controllers") && !given("-I") {
            io.err(
                "Because controller.quorum.voters is not set on this controller, you must specify one of the \
                 following: --standalone, --initial-controllers, or --no-initial-controllers.\n",
            );
            return 1;
        }
        if let Err(message) = Uuid::parse(id) {
            io.complain(format_args!(
                "Cluster ID string {id} does not appear to be a valid UUID: {message}\n"
            ));
            return 1;
        }
        let feature = |(name, level): &(&str, u32)| {
            format!(
                "ApiMessageAndVersion(FeatureLevelRecord(name='{name}', featureLevel={level}) at version 0)"
            )
        };
        let features: Vec<String> = FEATURES.iter().map(feature).collect();
        let features = features.join(", ");
        io.print(format_args!(
            "Bootstrap metadata: BootstrapMetadata(records=[{features}], metadataVersionLevel=30, source=format \
             command)\n"
        ));
        let kind = if standalone { "dynamic metadata voter directory" } else { "metadata directory" };
        for directory in directories.split(',').map(str::trim) {
            io.print(format_args!("Formatting {kind} {directory} with metadata.version 4.3-IV0.\n"));
        }
        io.note("the servers of this cluster were formatted when it was made: nothing was changed");
        0
    }

    fn info(&self, io: &mut dyn Io) -> i32 {
        let directories = match self.directories(io) {
            Ok((directories, _)) => directories,
            Err(code) => return code,
        };
        io.out("Found problem:\n");
        for directory in directories.split(',').map(str::trim) {
            io.print(format_args!("  {directory} does not exist\n"));
        }
        io.out("\n");
        io.note("the servers of this cluster keep their data outside the small file system");
        1
    }

    fn server_start(&self, io: &mut dyn Io) -> i32 {
        if self.args.is_empty() {
            io.out("USAGE: kafka-server-start.sh [-daemon] server.properties [--override property=value]*\n");
        }
        io.note(
            "the brokers of this cluster run already; one that was stopped is started with: broker start 102",
        );
        1
    }

    fn not_yet(&self, io: &mut dyn Io) -> i32 {
        let about = about::info(&self.name).map_or("", |info| info.about);
        io.note(&format!("{} is not simulated yet ({about})", self.name));
        1
    }
}

/// Features without dependencies, and their highest levels.
const FREE: [(&str, u32); 4] =
    [("group.version", 1), ("share.version", 1), ("streams.version", 1), ("transaction.version", 2)];

/// The level in `name=level`, if it is about this feature.
fn level_of(feature: &str, name: &str) -> Option<u32> {
    feature.strip_prefix(name)?.strip_prefix('=')?.parse().ok()
}

/// The feature levels of a new cluster of this release.
fn version_mapping(io: &mut dyn Io) -> i32 {
    io.out(
        "metadata.version=30 (4.3-IV0)\nkraft.version=1\ntransaction.version=2\ngroup.version=1\n\
         eligible.leader.replicas.version=1\nshare.version=1\nstreams.version=1\n",
    );
    0
}

const STORAGE_USAGE: &str =
    "usage: kafka-storage [-h] {info,format,version-mapping,feature-dependencies,random-uuid} ...\n";

/// Feature levels of a new cluster of 4.3.
const FEATURES: [(&str, u32); 6] = [
    ("metadata.version", 30),
    ("eligible.leader.replicas.version", 1),
    ("group.version", 1),
    ("share.version", 1),
    ("streams.version", 1),
    ("transaction.version", 2),
];

fn refuse_storage(io: &mut dyn Io, message: &str) -> i32 {
    io.complain(format_args!("{STORAGE_USAGE}kafka-storage: error: {message}\n"));
    1
}

/// ZooKeeper's tools are gone with ZooKeeper.
pub(super) fn no_zookeeper(io: &mut dyn Io, name: &str) {
    io.complain(format_args!("{name}: command not found\n"));
    io.note("Kafka 4 has no ZooKeeper any more: its controllers keep the metadata themselves (KRaft)");
    io.exit(127);
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

impl Program for Plain {
    fn start(&mut self, io: &mut dyn Io) {
        if io.is_3_9()
            && let Some(code) = super::kraft_age::answer(io, &self.name, &self.args)
        {
            return io.exit(code);
        }
        let code = match self.name.as_str() {
            "kafka-storage" => self.storage(io),
            "kafka-features" => self.features(io),
            "kafka-server-start" => self.server_start(io),
            "kafka-server-stop" => {
                io.note("a broker of this cluster is stopped with: broker stop 102");
                1
            }
            name if name.starts_with("zookeeper-") => return no_zookeeper(io, name),
            name => super::unsupported::tell(io, name).unwrap_or_else(|| self.not_yet(io)),
        };
        io.exit(code);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Stage, metadata};
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
        stage.files.insert("s.properties".into(), b"log.dirs=dyn-logs\n".to_vec());
        stage.run("kafka-storage format -t 4L6g3nShT-eMCtK--X86sw -c s.properties");
        assert!(stage.err.starts_with("Because controller.quorum.voters is not set on this controller"));
        let mut stage = Stage { files: stage.files, ..Stage::default() };
        stage.run("kafka-storage format -t 4L6g3nShT-eMCtK--X86sw -c s.properties --standalone");
        assert!(stage.out.ends_with(
            "\nFormatting dynamic metadata voter directory dyn-logs with metadata.version 4.3-IV0.\n"
        ));
    }

    #[test]
    fn tools_that_are_not_there_yet_say_so() {
        for (line, code) in [("kafka-jmx", 1), ("zookeeper-server-start x", 127), ("kafka-server-stop", 1)] {
            let mut stage = Stage::default();
            stage.run(line);
            assert_eq!((stage.notes.len(), stage.exit), (1, Some(code)), "{line}");
        }
    }

    #[test]
    fn the_cluster_tells_its_id() {
        let mut stage = Stage::default();
        let mut tool = stage.run("kafka-cluster cluster-id -b localhost:9092");
        stage.answer(&mut tool, metadata(&[]));
        assert_eq!(stage.out, format!("Cluster ID: {}\n", Uuid([7; 16])));
        let mut stage = Stage::default();
        stage.run("kafka-cluster");
        assert!(stage.err.ends_with("kafka-cluster: error: too few arguments\n"));
    }
}
