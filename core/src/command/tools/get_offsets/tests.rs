//! The offsets tool on a stage without a cluster: answers are scripted, prints are compared.

use super::super::testing::{Stage, metadata};
use crate::client::ClientError;
use crate::protocol::{
    DescribeTopicsResponse, DescribedPartition, DescribedTopic, ErrorCode, ListOffsetsResponse, ListedOffset,
    Response, TopicPartition, Uuid,
};

const LINE: &str = "kafka-get-offsets --bootstrap-server localhost:9092";

fn described(name: &str, partitions: i32) -> Response {
    let partition = |partition| DescribedPartition {
        partition,
        leader: Some(101),
        replicas: vec![101],
        isr: vec![101],
        elr: Vec::new(),
        last_known_elr: Vec::new(),
    };
    let topic = DescribedTopic {
        error: ErrorCode::None,
        name: name.into(),
        topic_id: Uuid::ZERO,
        overrides: crate::sorted::SortedMap::new(),
        partitions: (0..partitions).map(partition).collect(),
    };
    Response::DescribeTopicPartitions(DescribeTopicsResponse { topics: vec![topic], live_brokers: vec![101] })
}

fn listed(topic: &str, rows: &[(i32, i64, ErrorCode)]) -> Response {
    let row = |(number, offset, error): &(i32, i64, ErrorCode)| ListedOffset {
        partition: TopicPartition::new(topic, *number),
        error: *error,
        offset: *offset,
        timestamp: -1,
        leader_epoch: 0,
    };
    Response::ListOffsets(ListOffsetsResponse { partitions: rows.iter().map(row).collect() })
}

#[test]
fn rows_are_sorted_as_text_and_missing_ones_left_out() {
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{LINE} --topic t --time 5"));
    stage.answer(&mut tool, metadata(&[("t", 11), ("other", 1)]));
    stage.answer(&mut tool, described("t", 11));
    let none = ErrorCode::None;
    stage.answer(&mut tool, listed("t", &[(2, 7, none), (10, 3, none), (1, -1, none), (0, 4, none)]));
    assert_eq!((stage.out.as_str(), stage.exit), ("t:0:4\nt:10:3\nt:2:7\n", Some(0)));
}

#[test]
fn a_partition_without_leader_is_skipped() {
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{LINE} --topic t"));
    stage.answer(&mut tool, metadata(&[("t", 1)]));
    stage.answer(&mut tool, described("t", 1));
    stage.answer(&mut tool, listed("t", &[(0, -1, ErrorCode::LeaderNotAvailable)]));
    assert!(
        stage.err.starts_with("Skip getting offsets for topic-partition t-0 due to error: org.apache.kafka.")
    );
    assert_eq!(stage.exit, Some(0));
}

#[test]
fn mistakes_are_told_in_the_words_of_the_tool() {
    for (rest, complaint) in [
        (
            "--time foo",
            "Error occurred: Malformed time argument foo. Please use -1 or latest / -2 or earliest / -3 or \
            max-timestamp / -4 or earliest-local / -5 or latest-tiered / -6 or earliest-pending-upload, or a specified \
            long format timestamp",
        ),
        ("--topic-partitions", "Error occurred: Option topic-partitions requires an argument"),
        ("--broker-list x", "Error occurred: broker-list is not a recognized option"),
    ] {
        let mut stage = Stage::default();
        stage.run(&format!("{LINE} {rest}"));
        assert_eq!(stage.err, format!("{complaint}\n"));
        assert_eq!(stage.exit, Some(1));
    }
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{LINE} --topic nope"));
    stage.answer(&mut tool, metadata(&[("t", 1)]));
    assert_eq!(
        stage.err,
        "Error occurred: Could not match any topic-partitions with the specified filters\n"
    );
    let mut stage = Stage::default();
    let mut tool = stage.run(LINE);
    stage.settle(
        &mut tool,
        Err(ClientError::timeout("Timed out waiting for a node assignment. Call: listTopics")),
    );
    assert!(
        stage.err.starts_with("Error occurred: org.apache.kafka.common.errors.TimeoutException: Timed out")
    );
    assert_eq!(stage.exit, Some(1));
}
