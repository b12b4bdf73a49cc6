//! A real Apache Kafka as plain jars, and which class each of its tools is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The jars of one version.
pub struct Kafka {
    /// Its version.
    pub version: String,
    libs: PathBuf,
}

/// The file that has Maven fetch Kafka with its tools.
const POM: &str = "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"><modelVersion>4.0.0</modelVersion>\
    <groupId>kafkascope</groupId><artifactId>record</artifactId><version>1</version><packaging>pom</packaging>\
    <dependencies>DEPENDENCIES</dependencies></project>\n";

const LOG4J_1: &str = "log4j.rootLogger=LEVEL, stderr\nlog4j.appender.stderr=org.apache.log4j.ConsoleAppender\n\
    log4j.appender.stderr.Target=System.err\nlog4j.appender.stderr.layout=org.apache.log4j.PatternLayout\n\
    log4j.appender.stderr.layout.ConversionPattern=[%d] %p %m (%c)%n\n";

const LOG4J_2: &str = "Configuration:\n  Appenders:\n    Console: { name: STDERR, target: SYSTEM_ERR, \
    PatternLayout: { pattern: \"[%d] %p %m (%c)%n\" } }\n  Loggers:\n    Root: { level: LEVEL, AppenderRef: [ { ref: \
    STDERR } ] }\n";

/// Tools whose class never moved.
const CLASSES: &[(&str, &str)] = &[
    ("kafka-configs", "kafka.admin.ConfigCommand"),
    ("kafka-storage", "kafka.tools.StorageTool"),
    ("kafka-metadata-shell", "org.apache.kafka.shell.MetadataShell"),
    ("kafka-producer-perf-test", "org.apache.kafka.tools.ProducerPerformance"),
    ("kafka-verifiable-producer", "org.apache.kafka.tools.VerifiableProducer"),
    ("kafka-verifiable-consumer", "org.apache.kafka.tools.VerifiableConsumer"),
    ("kafka-run-class", ""),
    ("connect-standalone", "org.apache.kafka.connect.cli.ConnectStandalone"),
    ("connect-distributed", "org.apache.kafka.connect.cli.ConnectDistributed"),
    ("connect-mirror-maker", "org.apache.kafka.connect.mirror.MirrorMaker"),
];

/// Tools that came, went or whose class moved: up to 2.8, in 3.x, since 4.0. An empty class: there was none.
const MOVED: &[(&str, [&str; 3])] = &[
    ("kafka-topics", ["kafka.admin.TopicCommand", "org.apache.kafka.tools.TopicCommand", "="]),
    (
        "kafka-console-consumer",
        ["kafka.tools.ConsoleConsumer", "org.apache.kafka.tools.consumer.ConsoleConsumer", "="],
    ),
    (
        "kafka-console-producer",
        ["kafka.tools.ConsoleProducer", "=", "org.apache.kafka.tools.ConsoleProducer"],
    ),
    (
        "kafka-consumer-groups",
        [
            "kafka.admin.ConsumerGroupCommand",
            "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
            "=",
        ],
    ),
    ("kafka-get-offsets", ["kafka.tools.GetOffsetShell", "org.apache.kafka.tools.GetOffsetShell", "="]),
    (
        "kafka-reassign-partitions",
        [
            "kafka.admin.ReassignPartitionsCommand",
            "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
            "=",
        ],
    ),
    (
        "kafka-delete-records",
        ["kafka.admin.DeleteRecordsCommand", "org.apache.kafka.tools.DeleteRecordsCommand", "="],
    ),
    (
        "kafka-leader-election",
        ["kafka.admin.LeaderElectionCommand", "org.apache.kafka.tools.LeaderElectionCommand", "="],
    ),
    ("kafka-log-dirs", ["kafka.admin.LogDirsCommand", "org.apache.kafka.tools.LogDirsCommand", "="]),
    ("kafka-features", ["kafka.admin.FeatureCommand", "org.apache.kafka.tools.FeatureCommand", "="]),
    ("kafka-dump-log", ["kafka.tools.DumpLogSegments", "=", "org.apache.kafka.tools.DumpLogSegments"]),
    ("kafka-metadata-quorum", ["", "org.apache.kafka.tools.MetadataQuorumCommand", "="]),
    (
        "kafka-consumer-perf-test",
        ["kafka.tools.ConsumerPerformance", "org.apache.kafka.tools.ConsumerPerformance", "="],
    ),
    (
        "kafka-broker-api-versions",
        ["kafka.admin.BrokerApiVersionsCommand", "=", "org.apache.kafka.tools.BrokerApiVersionsCommand"],
    ),
    ("kafka-acls", ["kafka.admin.AclCommand", "=", "org.apache.kafka.tools.AclCommand"]),
    ("kafka-cluster", ["kafka.tools.ClusterTool", "org.apache.kafka.tools.ClusterTool", "="]),
    (
        "kafka-delegation-tokens",
        ["kafka.admin.DelegationTokenCommand", "org.apache.kafka.tools.DelegationTokenCommand", "="],
    ),
    (
        "kafka-streams-application-reset",
        ["kafka.tools.StreamsResetter", "org.apache.kafka.tools.StreamsResetter", "="],
    ),
    (
        "kafka-replica-verification",
        ["kafka.tools.ReplicaVerificationTool", "org.apache.kafka.tools.ReplicaVerificationTool", "="],
    ),
    ("kafka-mirror-maker", ["kafka.tools.MirrorMaker", "=", ""]),
    ("kafka-preferred-replica-election", ["kafka.admin.PreferredReplicaLeaderElectionCommand", "", ""]),
    ("kafka-transactions", ["", "org.apache.kafka.tools.TransactionsCommand", "="]),
    ("kafka-client-metrics", ["", "org.apache.kafka.tools.ClientMetricsCommand", "="]),
    ("kafka-groups", ["", "", "org.apache.kafka.tools.GroupsCommand"]),
    ("kafka-share-groups", ["", "", "org.apache.kafka.tools.consumer.group.ShareGroupCommand"]),
    ("kafka-streams-groups", ["", "", "org.apache.kafka.tools.streams.StreamsGroupCommand"]),
    ("kafka-console-share-consumer", ["", "", "org.apache.kafka.tools.consumer.ConsoleShareConsumer"]),
    ("kafka-share-consumer-perf-test", ["", "", "org.apache.kafka.tools.ShareConsumerPerformance"]),
    ("kafka-verifiable-share-consumer", ["", "", "org.apache.kafka.tools.VerifiableShareConsumer"]),
    ("connect-plugin-path", ["", "org.apache.kafka.tools.ConnectPluginPath", "="]),
    ("zookeeper-shell", ["org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka -server", "=", ""]),
    ("kafka-jmx", ["kafka.tools.JmxTool", "org.apache.kafka.tools.JmxTool", "="]),
    ("kafka-e2e-latency", ["kafka.tools.EndToEndLatency", "org.apache.kafka.tools.EndToEndLatency", "="]),
];

impl Kafka {
    /// The jars of `$KAFKA_HOME/libs`, or those that Maven fetches once into the cache folder of Kafkascope.
    pub fn find(version: &str) -> Result<Kafka, String> {
        let of = |libs: PathBuf| Kafka { version: version.to_owned(), libs };
        if let Some(home) = std::env::var_os("KAFKA_HOME") {
            return Ok(of(PathBuf::from(home).join("libs")));
        }
        let cache = match std::env::var_os("KAFKASCOPE_CACHE") {
            Some(folder) => PathBuf::from(folder),
            None => {
                let home = std::env::home_dir().ok_or("there is no home folder to keep jars in")?;
                std::env::var_os("XDG_CACHE_HOME")
                    .map_or(home.join(".cache"), PathBuf::from)
                    .join("kafkascope")
            }
        };
        let libs = cache.join(format!("kafka-{version}-all"));
        if !libs.exists() {
            fetch(version, &libs)?;
        }
        Ok(of(libs))
    }

    /// Whether its clusters have ZooKeeper.
    pub fn has_zookeeper(&self) -> bool {
        self.age() < 2
    }

    /// 0 up to 2.8, 1 for 3.x, 2 since 4.0.
    fn age(&self) -> usize {
        match self.version.as_bytes().first() {
            Some(b'0'..=b'2') => 0,
            Some(b'3') => 1,
            _ => 2,
        }
    }

    /// The tools of this version with their classes.
    pub fn tools(&self) -> Vec<(&'static str, String)> {
        let mut tools: Vec<(&str, String)> =
            CLASSES.iter().map(|(tool, class)| (*tool, (*class).to_owned())).collect();
        for (tool, classes) in MOVED {
            let at = (0..=self.age()).rev().find(|at| classes[*at] != "=").unwrap_or(0);
            if !classes[at].is_empty() {
                tools.push((tool, classes[at].to_owned()));
            }
        }
        tools
    }

    /// Files that tell the loggers of tools and servers where to write; returns Java's option for one of them.
    pub fn logging(&self, folder: &Path, level: &str) -> Result<String, String> {
        let (text, ending, option) = match self.age() {
            2 => (LOG4J_2, "yaml", "-Dlog4j2.configurationFile="),
            _ => (LOG4J_1, "properties", "-Dlog4j.configuration=file:"),
        };
        let file = folder.join(format!("log-{level}.{ending}"));
        fs::write(&file, text.replace("LEVEL", level))
            .map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(format!("{option}{}", file.display()))
    }

    /// The class path.
    pub fn class_path(&self) -> String {
        format!("{}/*", self.libs.display())
    }
}

fn fetch(version: &str, libs: &Path) -> Result<(), String> {
    let mut dependencies = String::new();
    let is_old = version.starts_with(['0', '1', '2', '3']);
    for (group, artifact, version) in [
        ("org.apache.kafka", "kafka_2.13", version),
        ("org.apache.kafka", "kafka-tools", version),
        ("org.apache.kafka", "kafka-shell", version),
        ("org.apache.kafka", "connect-runtime", version),
        ("org.apache.kafka", "connect-mirror", version),
        ("org.apache.kafka", "trogdor", version),
        ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.25.4"),
    ] {
        // Up to 3.9 Kafka brings its own logger.
        if !is_old || matches!(artifact, "kafka_2.13" | "kafka-tools") {
            dependencies.push_str(&format!(
                "<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>\
                 </dependency>"
            ));
        }
    }
    let part = libs.with_extension("part");
    let pom = libs.with_extension("pom.xml");
    let parent = libs.parent().ok_or("the cache has no folder")?;
    fs::create_dir_all(parent).map_err(|error| error.to_string())?;
    fs::write(&pom, POM.replace("DEPENDENCIES", &dependencies)).map_err(|error| error.to_string())?;
    let status = Command::new("mvn")
        .args(["-q", "-f"])
        .arg(&pom)
        .arg("dependency:copy-dependencies")
        .arg(format!("-DoutputDirectory={}", part.display()))
        .status()
        .map_err(|error| format!("Maven (mvn) fetches Kafka, or KAFKA_HOME names one: {error}"))?;
    if !status.success() {
        return Err(format!("Maven could not fetch Kafka {version}"));
    }
    fs::rename(&part, libs).map_err(|error| error.to_string())
}
