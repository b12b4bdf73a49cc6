//! The console producer on a stage without a cluster: answers are scripted, prints are compared.

use super::super::testing::Stage;
use crate::client::{ClientCall, ClientError, ClientEvent, ClientSpec};
use crate::command::process::{Program, Signal};
use crate::protocol::{ErrorCode, TopicPartition};

const LINE: &str = "kafka-console-producer --bootstrap-server localhost:9092 --topic t";

fn values(stage: &Stage) -> Vec<String> {
    let value = |call: &ClientCall| match call {
        ClientCall::Send { record, .. } => {
            String::from_utf8(record.value.clone().unwrap_or_default()).unwrap()
        }
        other => format!("{other:?}"),
    };
    stage.calls.iter().map(value).collect()
}

#[test]
fn lines_become_records_and_the_end_closes() {
    let mut stage = Stage { terminal: true, ..Stage::default() };
    let mut tool = stage.run(LINE);
    assert!(tool.reads_input() && stage.out == ">");
    stage.input.extend([b"one".to_vec(), b"two".to_vec()]);
    tool.on_input(&mut stage);
    tool.on_wake(&mut stage);
    stage.ended = true;
    tool.on_input(&mut stage);
    assert_eq!(values(&stage), ["one", "two", "Close"]);
    stage.tell(&mut tool, ClientEvent::Closed);
    assert_eq!((stage.out.as_str(), stage.exit), (">>>", Some(0)));
    let ClientSpec::Producer(config) = &stage.opened[0] else { panic!("a producer") };
    assert_eq!((config.linger_ms, config.retries, config.common.request_timeout_ms), (1_000, 3, 1_500));
}

#[test]
fn a_failure_is_logged_and_a_synchronous_one_ends_the_tool() {
    let error = ClientError::of(ErrorCode::NotEnoughReplicas, None);
    let mut stage = Stage::default();
    stage.input.push_back(b"x".to_vec());
    let mut tool = stage.run(LINE);
    stage.tell(&mut tool, ClientEvent::NotDelivered { tag: 0, error: error.clone() });
    assert_eq!(
        stage.err,
        "[2026-01-01 00:00:00,000] ERROR Error when sending message to topic t with key: null, value: 1 bytes with \
         error: (org.apache.kafka.clients.producer.internals.ErrorLoggingCallback)\n\
         org.apache.kafka.common.errors.NotEnoughReplicasException: Messages are rejected since there are fewer \
         in-sync replicas than required.\n"
    );
    let mut stage = Stage::default();
    stage.input.extend([b"a".to_vec(), b"b".to_vec(), b"c".to_vec()]);
    let mut tool = stage.run(&format!("{LINE} --sync"));
    let partition = TopicPartition::new("t", 0);
    stage.tell(&mut tool, ClientEvent::Delivered { tag: 0, partition, offset: 0 });
    stage.tell(&mut tool, ClientEvent::NotDelivered { tag: 1, error });
    stage.tell(&mut tool, ClientEvent::Closed);
    assert_eq!(values(&stage), ["a", "b", "Close"]);
    assert!(
        stage
            .err
            .starts_with("java.util.concurrent.ExecutionException: org.apache.kafka.common.errors.NotEn")
    );
    assert_eq!(stage.exit, Some(1));
}

#[test]
fn what_stands_before_a_bad_line_is_sent() {
    let mut stage = Stage::default();
    stage.input.extend([b"k:v".to_vec(), b"bad".to_vec(), b"k:w".to_vec()]);
    let mut tool = stage.run(&format!("{LINE} --property parse.key=true --property key.separator=:"));
    tool.on_wake(&mut stage);
    assert_eq!(values(&stage), ["v", "Close"]);
    assert_eq!(
        stage.err,
        "org.apache.kafka.common.KafkaException: No key separator found on line number 2: 'bad'\n"
    );
    assert_eq!(
        stage.out,
        "Warning: --property is deprecated and will be removed in a future version. Use --reader-property instead.\n"
    );
}

#[test]
fn mistakes_are_told_in_the_words_of_the_tool() {
    for (line, complaint, has_table) in [
        ("kafka-console-producer --topic t", "Error while validating the bootstrap address", true),
        (
            "kafka-console-producer --bootstrap-server localhost --topic t",
            "Please provide valid host:port like host1:9091,host2:9092",
            true,
        ),
        (
            "kafka-console-producer --bootstrap-server localhost:9092",
            "Missing required argument \"[topic]\"",
            true,
        ),
        ("kafka-console-producer --broker-list x --topic t", "broker-list is not a recognized option", true),
        (
            "kafka-console-producer --bootstrap-server x:1 --topic t --batch-size many",
            "Cannot parse argument 'many' of option batch-size",
            false,
        ),
        (
            "kafka-console-producer --bootstrap-server x:1 --topic t --request-required-acks foo",
            "org.apache.kafka.common.config.ConfigException: Invalid value foo for configuration acks: String must be \
             one of: all, -1, 0, 1",
            false,
        ),
        (
            "kafka-console-producer --bootstrap-server x:1 --topic t --compression-codec brotli",
            "org.apache.kafka.common.config.ConfigException: Invalid value brotli for configuration compression.type: \
             String must be one of: none, gzip, snappy, lz4, zstd",
            false,
        ),
        (
            "kafka-console-producer --bootstrap-server x:1 --topic t --command-config no.properties",
            "java.nio.file.NoSuchFileException: no.properties",
            false,
        ),
    ] {
        let mut stage = Stage::default();
        stage.run(line);
        assert_eq!(stage.complaint(), complaint);
        assert_eq!(stage.err.contains("\nOption   "), has_table, "{line}");
        assert_eq!(stage.exit, Some(1), "{line}");
    }
}

#[test]
fn ctrl_c_delivers_what_was_sent() {
    let mut stage = Stage::default();
    let mut tool = stage.run(LINE);
    tool.on_signal(&mut stage, Signal::Interrupt);
    assert_eq!((values(&stage).last().map(String::as_str), stage.exit), (Some("Close"), None));
    stage.tell(&mut tool, ClientEvent::Closed);
    assert_eq!(stage.exit, Some(130));
}
