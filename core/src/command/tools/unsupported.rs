//! Programs around Kafka that tutorials use and that are not simulated: each says what is missing, and ends with 1.

use crate::command::process::Io;

const REGISTRY: &str = "it needs a Schema Registry, and this cluster has none; kafka-console-producer and \
                        kafka-console-consumer write and read the same topics as text";
const CONNECT: &str = "Kafka Connect workers and connectors are not simulated; records come and go by the console \
                       tools, producer and consumer";
const MIRROR: &str = "it needs a second cluster, and there is one";
const STREAMS: &str = "Kafka Streams applications are not simulated";
const KSQL: &str = "ksqlDB is not simulated: it is a server of its own on top of Kafka Streams";

/// Name, what it does, and why it does not do it here.
pub static UNSUPPORTED: &[(&str, &str, &str)] = &[
    (
        "confluent",
        "Confluent's own command line",
        "it speaks to Confluent's platform, which is not simulated",
    ),
    ("connect-distributed", "runs a Kafka Connect worker of a group of workers", CONNECT),
    ("connect-mirror-maker", "copies topics between clusters with MirrorMaker 2", MIRROR),
    ("connect-plugin-path", "checks the plugins of Kafka Connect", CONNECT),
    ("connect-standalone", "runs a single Kafka Connect worker", CONNECT),
    ("kafka-avro-console-consumer", "Confluent's: reads Avro records", REGISTRY),
    ("kafka-avro-console-producer", "Confluent's: writes Avro records", REGISTRY),
    ("kafka-json-schema-console-consumer", "Confluent's: reads records with a JSON schema", REGISTRY),
    ("kafka-json-schema-console-producer", "Confluent's: writes records with a JSON schema", REGISTRY),
    ("kafka-protobuf-console-consumer", "Confluent's: reads Protobuf records", REGISTRY),
    ("kafka-protobuf-console-producer", "Confluent's: writes Protobuf records", REGISTRY),
    ("kafka-rest-start", "Confluent's: starts the REST proxy", "the REST proxy is not simulated"),
    ("ksql", "the old name of the shell of ksqlDB", KSQL),
    ("ksql-server-start", "starts a server of ksqlDB", KSQL),
    (
        "schema-registry-start",
        "Confluent's: starts the Schema Registry",
        "the Schema Registry is not simulated",
    ),
    ("streams-examples", "the examples of Kafka Streams", STREAMS),
    ("kafka-mirror-maker", "copied topics between clusters, up to Kafka 3.9", MIRROR),
    (
        "trogdor",
        "injects faults for system tests",
        "its agents are not simulated; the laboratory's own verbs break things",
    ),
    (
        "zookeeper-security-migration",
        "moved the znodes of Kafka to secure ones, up to Kafka 3.9",
        "znodes have no access lists here",
    ),
];

/// Tells why; the exit code.
pub fn tell(io: &mut dyn Io, name: &str) -> Option<i32> {
    let (_, _, why) = UNSUPPORTED.iter().find(|(other, ..)| *other == name)?;
    io.complain(format_args!("{name} is not simulated: {why}\n"));
    Some(1)
}
