//! Scripts that not every Kafka has, and `kafka-run-class` with the classes behind the scripts.

use super::Tool;
use crate::client::ClientEvent;
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::node::{ClientId, SimTime};
use serde::Serialize;

/// A script that may not be there, or the script that runs a class.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dated {
    name: String,
    args: Vec<String>,
    inner: Option<Tool>,
}

/// The first release and the last one of those that can be spoken.
type Life = Option<(Release, Release)>;

/// Scripts with the releases that have them, and what to type in the others.
const SCRIPTS: &[(&str, Life, &str)] = &[
    (
        "kafka-preferred-replica-election",
        V2_ONLY,
        "gone since Kafka 3.0: kafka-leader-election --election-type preferred",
    ),
    ("kafka-mirror-maker", OLD, "gone since Kafka 4.0: connect-mirror-maker"),
    (
        "kafka-consumer-offset-checker",
        None,
        "gone since Kafka 1.0: kafka-consumer-groups --describe --group NAME",
    ),
    ("kafka-replay-log-producer", None, "gone since Kafka 2.0"),
    (
        "kafka-simple-consumer-shell",
        None,
        "gone since Kafka 2.0: kafka-console-consumer --partition N --offset N",
    ),
    ("kafka-metadata-quorum", SINCE_3, "there since Kafka 3.3"),
    ("kafka-transactions", SINCE_3, "there since Kafka 3.0"),
    ("kafka-e2e-latency", SINCE_3, "there since Kafka 3.6"),
    ("kafka-jmx", SINCE_3, "there since Kafka 3.6: kafka-run-class kafka.tools.JmxTool"),
    ("kafka-client-metrics", SINCE_3, "there since Kafka 3.7"),
    ("kafka-groups", V4_ONLY, "there since Kafka 4.0: kafka-consumer-groups --list"),
    ("kafka-share-groups", V4_ONLY, "there since Kafka 4.0"),
    ("kafka-console-share-consumer", V4_ONLY, "there since Kafka 4.0"),
    ("kafka-share-consumer-perf-test", V4_ONLY, "there since Kafka 4.0"),
    ("kafka-verifiable-share-consumer", V4_ONLY, "there since Kafka 4.0"),
    ("kafka-streams-groups", V4_ONLY, "there since Kafka 4.1"),
];

const V2_ONLY: Life = Some((Release::V1, Release::V2));
const OLD: Life = Some((Release::V1, Release::V3));
const SINCE_3: Life = Some((Release::V3, Release::V4));
const V4_ONLY: Life = Some((Release::V4, Release::V4));

/// The classes behind the scripts: in 2.8, in 3.9 and in 4.3. `=` is the same as before, nothing is none.
const CLASSES: &[(&str, [&str; 3])] = &[
    ("kafka-topics", ["kafka.admin.TopicCommand", "org.apache.kafka.tools.TopicCommand", "="]),
    (
        "kafka-console-producer",
        ["kafka.tools.ConsoleProducer", "=", "org.apache.kafka.tools.ConsoleProducer"],
    ),
    (
        "kafka-console-consumer",
        ["kafka.tools.ConsoleConsumer", "org.apache.kafka.tools.consumer.ConsoleConsumer", "="],
    ),
    (
        "kafka-consumer-groups",
        [
            "kafka.admin.ConsumerGroupCommand",
            "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
            "=",
        ],
    ),
    ("kafka-configs", ["kafka.admin.ConfigCommand", "=", "="]),
    ("kafka-get-offsets", ["kafka.tools.GetOffsetShell", "org.apache.kafka.tools.GetOffsetShell", "="]),
    ("kafka-dump-log", ["kafka.tools.DumpLogSegments", "=", "org.apache.kafka.tools.DumpLogSegments"]),
    (
        "kafka-reassign-partitions",
        [
            "kafka.admin.ReassignPartitionsCommand",
            "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
            "=",
        ],
    ),
    (
        "kafka-leader-election",
        ["kafka.admin.LeaderElectionCommand", "org.apache.kafka.tools.LeaderElectionCommand", "="],
    ),
    ("kafka-preferred-replica-election", ["kafka.admin.PreferredReplicaLeaderElectionCommand", "", ""]),
    (
        "kafka-delete-records",
        ["kafka.admin.DeleteRecordsCommand", "org.apache.kafka.tools.DeleteRecordsCommand", "="],
    ),
    ("kafka-log-dirs", ["kafka.admin.LogDirsCommand", "org.apache.kafka.tools.LogDirsCommand", "="]),
    (
        "kafka-broker-api-versions",
        ["kafka.admin.BrokerApiVersionsCommand", "=", "org.apache.kafka.tools.BrokerApiVersionsCommand"],
    ),
    ("kafka-acls", ["kafka.admin.AclCommand", "=", "org.apache.kafka.tools.AclCommand"]),
    ("kafka-features", ["kafka.admin.FeatureCommand", "org.apache.kafka.tools.FeatureCommand", "="]),
    ("kafka-storage", ["kafka.tools.StorageTool", "=", "="]),
    ("kafka-cluster", ["kafka.tools.ClusterTool", "org.apache.kafka.tools.ClusterTool", "="]),
    ("kafka-metadata-quorum", ["", "org.apache.kafka.tools.MetadataQuorumCommand", "="]),
    ("kafka-transactions", ["", "org.apache.kafka.tools.TransactionsCommand", "="]),
    ("kafka-groups", ["", "", "org.apache.kafka.tools.GroupsCommand"]),
    ("kafka-metadata-shell", ["org.apache.kafka.shell.MetadataShell", "=", "="]),
    ("kafka-producer-perf-test", ["org.apache.kafka.tools.ProducerPerformance", "=", "="]),
    (
        "kafka-consumer-perf-test",
        ["kafka.tools.ConsumerPerformance", "org.apache.kafka.tools.ConsumerPerformance", "="],
    ),
    ("kafka-verifiable-producer", ["org.apache.kafka.tools.VerifiableProducer", "=", "="]),
    ("kafka-verifiable-consumer", ["org.apache.kafka.tools.VerifiableConsumer", "=", "="]),
    ("kafka-jmx", ["kafka.tools.JmxTool", "org.apache.kafka.tools.JmxTool", "="]),
    ("kafka-e2e-latency", ["kafka.tools.EndToEndLatency", "org.apache.kafka.tools.EndToEndLatency", "="]),
    (
        "kafka-replica-verification",
        ["kafka.tools.ReplicaVerificationTool", "org.apache.kafka.tools.ReplicaVerificationTool", "="],
    ),
    (
        "kafka-streams-application-reset",
        ["kafka.tools.StreamsResetter", "org.apache.kafka.tools.StreamsResetter", "="],
    ),
    (
        "kafka-delegation-tokens",
        ["kafka.admin.DelegationTokenCommand", "org.apache.kafka.tools.DelegationTokenCommand", "="],
    ),
    ("kafka-mirror-maker", ["kafka.tools.MirrorMaker", "=", ""]),
    ("kafka-server-start", ["kafka.Kafka", "=", "="]),
    ("zookeeper-shell", ["org.apache.zookeeper.ZooKeeperMain", "=", ""]),
    ("zookeeper-shell", ["org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka", "=", ""]),
    ("zookeeper-server-start", ["org.apache.zookeeper.server.quorum.QuorumPeerMain", "=", ""]),
    ("connect-standalone", ["org.apache.kafka.connect.cli.ConnectStandalone", "=", "="]),
    ("connect-distributed", ["org.apache.kafka.connect.cli.ConnectDistributed", "=", "="]),
    ("connect-mirror-maker", ["org.apache.kafka.connect.mirror.MirrorMaker", "=", "="]),
    ("streams-wordcount", ["org.apache.kafka.streams.examples.wordcount.WordCountDemo", "=", "="]),
    ("streams-examples", ["org.apache.kafka.streams.examples.pipe.PipeDemo", "=", "="]),
];

/// Classes that 3.9 has under their old name too, which it warns of.
const OLD_NAMES: [(&str, &str); 5] = [
    ("kafka.tools.JmxTool", "kafka-jmx"),
    ("kafka.tools.StreamsResetter", "kafka-streams-application-reset"),
    ("kafka.tools.ClusterTool", "kafka-cluster"),
    ("kafka.tools.EndToEndLatency", "kafka-e2e-latency"),
    ("kafka.admin.FeatureCommand", "kafka-features"),
];

/// The class of a row in a release.
fn class_in(row: &[&'static str; 3], release: Release) -> &'static str {
    let at = match release {
        Release::V1 | Release::V2 => 0,
        Release::V3 => 1,
        Release::V4 => 2,
    };
    row.iter().take(at + 1).rev().copied().find(|class| *class != "=").unwrap_or_default()
}

impl Dated {
    /// The script of this name, if it is one of those that come and go, or runs a class.
    #[must_use]
    pub fn new(name: &str, args: &[String]) -> Option<Dated> {
        let is_here = name == "kafka-run-class" || SCRIPTS.iter().any(|(script, ..)| *script == name);
        is_here.then(|| Dated { name: name.to_owned(), args: args.to_vec(), inner: None })
    }

    /// Names of scripts that are gone in every release that can be spoken, with what to type instead.
    pub fn gone() -> impl Iterator<Item = (&'static str, &'static str)> {
        SCRIPTS
            .iter()
            .filter(|(_, life, _)| *life != SINCE_3 && *life != V4_ONLY)
            .map(|(name, _, why)| (*name, *why))
    }

    fn class(&mut self, io: &mut dyn Io) {
        let mut words = self.args.as_slice();
        while let [first, rest @ ..] = words
            && first.starts_with('-')
        {
            words = if first == "-name" { rest.get(1..).unwrap_or_default() } else { rest };
        }
        let [class, args @ ..] = words else {
            io.err(
                "Usage: java [options] <mainclass> [args...]\n           (to execute a class)\n   or  java [options] -jar \
                 <jarfile> [args...]\n           (to execute a jar file)\n",
            );
            return io.exit(1);
        };
        let release = io.release();
        let old_name = OLD_NAMES.iter().find(|(old, _)| *old == class && release == Release::V3);
        if let Some((_, tool)) = old_name {
            io.err(
                "WARNING: The 'kafka.tools' package is deprecated and will change to 'org.apache.kafka.tools' in the next \
                 major release.\n",
            );
            self.inner = Tool::of_class(tool, args);
            return;
        }
        if let Some((tool, _)) = CLASSES.iter().find(|(_, row)| class_in(row, release) == class) {
            let skip =
                usize::from(*tool == "zookeeper-shell" && args.first().is_some_and(|word| word == "-server"));
            self.inner = Tool::of_class(tool, args.get(skip..).unwrap_or_default());
            return;
        }
        io.complain(format_args!(
            "Error: Could not find or load main class {class}\nCaused by: java.lang.ClassNotFoundException: {class}\n"
        ));
        let moved = CLASSES.iter().find(|(_, row)| row.iter().any(|other| other == class));
        match moved.map(|(tool, row)| (*tool, class_in(row, release))) {
            Some((tool, "")) => io.note(&format!("Kafka {} has no {tool}", release.name())),
            Some((tool, now)) => {
                io.note(&format!("in Kafka {} this class is {now}; its script is {tool}", release.name()));
            }
            None => {
                let short = class.rsplit('.').next().unwrap_or_default();
                match short {
                    "ConsumerOffsetChecker" => {
                        io.note("gone since Kafka 1.0: kafka-consumer-groups --describe --group NAME");
                    }
                    _ => io.note("there is no such class behind any script of Kafka's that is known here"),
                }
            }
        }
        io.exit(1);
    }
}

impl Program for Dated {
    fn start(&mut self, io: &mut dyn Io) {
        if self.name == "kafka-run-class" {
            self.class(io);
        } else if let Some((_, life, why)) = SCRIPTS.iter().find(|(script, ..)| *script == self.name) {
            let release = io.release();
            if life.is_some_and(|(since, until)| since <= release && release <= until) {
                self.inner = Tool::of_class(&self.name, &self.args);
            } else {
                io.complain(format_args!("{}: command not found\n", self.name));
                io.note(&format!("{} is {why}; this is Kafka {}", self.name, release.name()));
                return io.exit(127);
            }
        }
        if let Some(inner) = &mut self.inner {
            inner.start(io);
        }
    }

    fn on_input(&mut self, io: &mut dyn Io) {
        if let Some(inner) = &mut self.inner {
            inner.on_input(io);
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, client: ClientId, event: ClientEvent) {
        if let Some(inner) = &mut self.inner {
            inner.on_client(io, client, event);
        }
    }

    fn on_wake(&mut self, io: &mut dyn Io) {
        if let Some(inner) = &mut self.inner {
            inner.on_wake(io);
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        match &mut self.inner {
            Some(inner) => inner.on_signal(io, signal),
            None => io.exit(super::kit::exit_code(signal)),
        }
    }

    fn reads_input(&self) -> bool {
        self.inner.as_ref().is_some_and(Tool::reads_input)
    }

    fn idle_since(&self) -> Option<SimTime> {
        self.inner.as_ref().and_then(Tool::idle_since)
    }

    fn streams(&self) -> bool {
        self.inner.as_ref().is_some_and(Tool::streams)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Stage;
    use super::*;

    #[test]
    fn a_class_is_where_the_release_has_it() {
        for (release, line, found) in [
            (Release::V2, "kafka-run-class kafka.tools.GetOffsetShell", true),
            (Release::V2, "kafka-run-class org.apache.kafka.tools.GetOffsetShell", false),
            (Release::V3, "kafka-run-class kafka.tools.DumpLogSegments", true),
            (Release::V4, "kafka-run-class kafka.tools.GetOffsetShell", false),
            (Release::V4, "kafka-run-class -name x org.apache.kafka.tools.GetOffsetShell", true),
        ] {
            let mut stage = Stage { release, ..Stage::default() };
            stage.run(line);
            assert_eq!(!stage.err.contains("ClassNotFoundException"), found, "{line}");
            assert_eq!((stage.exit, stage.notes.len()), (Some(1), usize::from(!found)), "{line}");
        }
    }

    #[test]
    fn a_script_that_is_not_there_says_since_when() {
        let mut stage = Stage::default();
        stage.run("kafka-preferred-replica-election --zookeeper localhost:2181");
        assert_eq!(
            (stage.exit, stage.complaint()),
            (Some(127), "kafka-preferred-replica-election: command not found")
        );
        assert!(stage.notes[0].contains("gone since Kafka 3.0"));
    }
}
