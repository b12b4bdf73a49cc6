//! The topics tool on a stage without a cluster: answers are scripted, prints are compared.

use super::super::testing::{Stage, metadata};
use crate::client::ClientError;
use crate::protocol::{
    CreateTopicsResponse, DescribeTopicsResponse, DescribedPartition, DescribedTopic, ErrorCode, Response,
    Uuid,
};

const SERVER: &str = "kafka-topics --bootstrap-server localhost:9092";

#[test]
fn a_created_topic_is_announced() {
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{SERVER} --create --topic my.topic"));
    let created = CreateTopicsResponse { topics: vec![("my.topic".into(), Ok(Uuid([3; 16])))] };
    stage.answer(&mut tool, Response::CreateTopics(created));
    assert!(stage.out.starts_with("WARNING: Due to limitations in metric names"));
    assert!(stage.out.ends_with("\nCreated topic my.topic.\n"));
    assert_eq!((stage.exit, stage.dropped), (Some(0), 1));
}

#[test]
fn an_error_of_the_controller_goes_to_both_streams() {
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{SERVER} --create --topic t"));
    let error = (ErrorCode::TopicAlreadyExists, "Topic 't' already exists.".to_owned());
    let created = CreateTopicsResponse { topics: vec![("t".into(), Err(error))] };
    stage.answer(&mut tool, Response::CreateTopics(created));
    assert_eq!(stage.out, "Error while executing topic command : Topic 't' already exists.\n");
    assert_eq!(
        stage.err,
        "[2026-01-01 00:00:00,000] ERROR org.apache.kafka.common.errors.TopicExistsException: Topic 't' already \
         exists.\n (org.apache.kafka.tools.TopicCommand)\n"
    );
    assert_eq!(stage.exit, Some(1));
}

#[test]
fn a_list_is_sorted_and_an_empty_one_is_an_empty_line() {
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{SERVER} --list --exclude-internal"));
    stage.answer(&mut tool, metadata(&[("b", 1), ("__consumer_offsets", 50), ("a", 1)]));
    assert_eq!(stage.out, "a\nb\n");
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{SERVER} --list"));
    stage.answer(&mut tool, metadata(&[]));
    assert_eq!((stage.out.as_str(), stage.exit), ("\n", Some(0)));
}

#[test]
fn a_topic_is_described_with_its_partitions() {
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{SERVER} --describe --topic logs"));
    stage.answer(&mut tool, metadata(&[("logs", 1), ("logs2", 1)]));
    let settings =
        [("min.insync.replicas", "1"), ("retention.ms", "60000"), ("cleanup.policy", "compact,delete")];
    let topic = DescribedTopic {
        error: ErrorCode::None,
        name: "logs".into(),
        topic_id: Uuid::ZERO,
        overrides: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        partitions: vec![DescribedPartition {
            partition: 0,
            leader: None,
            replicas: vec![102, 103],
            isr: vec![],
            elr: vec![102],
            last_known_elr: vec![102],
        }],
    };
    let described = DescribeTopicsResponse { topics: vec![topic], live_brokers: vec![101] };
    stage.answer(&mut tool, Response::DescribeTopicPartitions(described));
    stage.answer(&mut tool, Response::ListPartitionReassignments(Vec::new()));
    assert_eq!(
        stage.out,
        "Topic: logs\tTopicId: AAAAAAAAAAAAAAAAAAAAAA\tPartitionCount: 1\tReplicationFactor: 2\tConfigs: \
         min.insync.replicas=1,cleanup.policy=compact,delete,retention.ms=60000\n\
         \tTopic: logs\tPartition: 0\tLeader: none\tReplicas: 102,103\tIsr: \tElr: 102\tLastKnownElr: 102\n"
    );
}

#[test]
fn options_that_do_not_fit_are_refused_with_the_table() {
    for (line, complaint) in [
        ("kafka-topics", "Create, delete, describe, or change a topic."),
        (
            "kafka-topics --list --bootstrap-server x:1 --delete",
            "Command must include exactly one action: --list, \
            --describe, --create, --alter or --delete",
        ),
        ("kafka-topics --bootstrap-server x:1 --delete", "Missing required argument \"[topic]\""),
        (
            "kafka-topics --bootstrap-server x:1 --alter --topic t",
            "Missing required argument \"[partitions]\"",
        ),
        (
            "kafka-topics --bootstrap-server x:1 --create --topic t --if-exists",
            "Option \"[if-exists]\" can't be used with option \"[create]\"",
        ),
    ] {
        let mut stage = Stage::default();
        stage.run(line);
        assert_eq!(stage.complaint(), complaint);
        assert!(stage.err.contains("\nOption   ") && stage.out.is_empty());
        assert_eq!(stage.exit, Some(1));
    }
}

#[test]
fn the_old_days_are_refused() {
    let mut stage = Stage::default();
    stage.run("kafka-topics --zookeeper localhost:2181 --list");
    assert_eq!(
        stage.err,
        "zookeeper is not a recognized option\njoptsimple.UnrecognizedOptionException: zookeeper is not a recognized \
         option\n\n"
    );
}

#[test]
fn nobody_answers_and_nobody_is_there() {
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{SERVER} --list"));
    let timeout = ClientError::timeout("Timed out waiting for a node assignment. Call: listTopics");
    stage.settle(&mut tool, Err(timeout));
    assert_eq!(
        stage.out,
        "Error while executing topic command : Timed out waiting for a node assignment. Call: listTopics\n"
    );
    let mut stage = Stage::default();
    stage.run("kafka-topics --bootstrap-server nosuchhost.invalid:9092 --list");
    assert_eq!(
        stage.err,
        "[2026-01-01 00:00:00,000] WARN Couldn't resolve server nosuchhost.invalid:9092 from bootstrap.servers as DNS \
         resolution failed for nosuchhost.invalid (org.apache.kafka.clients.ClientUtils)\nFailed to create new \
         KafkaAdminClient\norg.apache.kafka.common.KafkaException: Failed to create new KafkaAdminClient\nCaused by: \
         org.apache.kafka.common.config.ConfigException: No resolvable bootstrap urls given in \
         bootstrap.servers\n\n"
    );
    assert_eq!(stage.exit, Some(1));
}
