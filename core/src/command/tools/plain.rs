//! Tools that answer at once: those of servers, whose work the laboratory does itself, and those that are not
//! simulated yet.

use super::about;
pub(super) use super::storage::random_uuid;
use crate::command::process::{Io, Program};
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

/// ZooKeeper's tools are gone with ZooKeeper.
pub(super) fn no_zookeeper(io: &mut dyn Io, name: &str) {
    io.complain(format_args!("{name}: command not found\n"));
    io.note("Kafka 4 has no ZooKeeper any more: its controllers keep the metadata themselves (KRaft)");
    io.exit(127);
}

impl Program for Plain {
    fn start(&mut self, io: &mut dyn Io) {
        if io.is_3_9()
            && let Some(code) = super::kraft_age::answer(io, &self.name, &self.args)
        {
            return io.exit(code);
        }
        if let Some(code) = super::seldom::answer(io, &self.name, &self.args) {
            return io.exit(code);
        }
        let code = match self.name.as_str() {
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
    use crate::protocol::Uuid;

    #[test]
    fn tools_that_are_not_there_yet_say_so() {
        for (line, code) in [
            ("kafka-jmx --jmx-url service:jmx:x", 1),
            ("zookeeper-server-start x", 127),
            ("kafka-server-stop", 1),
        ] {
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
