//! The console consumer on a stage without a cluster: answers are scripted, prints are compared.

use super::super::testing::Stage;
use crate::client::{ClientCall, ClientEvent, ClientSpec, ConsumedRecord, OffsetReset, Reads, StartPosition};
use crate::command::process::{Program, Signal};
use crate::node::Span;
use crate::protocol::{Record, TimestampType, TopicPartition};

const LINE: &str = "kafka-console-consumer --bootstrap-server localhost:9092";

fn record(offset: i64, key: Option<&str>, value: Option<&str>) -> ConsumedRecord {
    let bytes = |text: Option<&str>| text.map(|text| text.as_bytes().to_vec());
    ConsumedRecord {
        partition: TopicPartition::new("t", 2),
        offset,
        timestamp_type: TimestampType::CreateTime,
        record: Record { timestamp: 7, key: bytes(key), value: bytes(value), headers: Vec::new() },
        delivery_count: None,
    }
}

#[test]
fn records_are_printed_until_there_are_enough() {
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{LINE} --topic t --from-beginning --max-messages 2"));
    assert!(stage.err.starts_with("The consumer rebalance protocol (KIP-848) is production-ready!"));
    let ClientSpec::Consumer(config) = &stage.opened[0] else { panic!("a consumer") };
    assert_eq!(config.group.as_deref(), Some("console-consumer-50000"));
    assert_eq!((config.auto_commit, config.offset_reset), (false, OffsetReset::Earliest));
    stage.calls.clear();
    let records = vec![record(0, None, Some("a")), record(1, None, None), record(2, None, Some("c"))];
    stage.tell(&mut tool, ClientEvent::Polled(records));
    assert_eq!(stage.out, "a\nnull\n");
    let seek = ClientCall::Seek { partition: TopicPartition::new("t", 2), offset: 2 };
    assert_eq!(stage.calls, [seek, ClientCall::Close]);
    stage.tell(&mut tool, ClientEvent::Closed);
    assert!(stage.err.ends_with("\nProcessed a total of 2 messages\n"));
    assert_eq!(stage.exit, Some(0));
}

#[test]
fn columns_stand_in_kafkas_order() {
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!(
        "{LINE} --topic t --partition 2 --offset 1 --formatter-property print.key=true --formatter-property \
         print.timestamp=true --formatter-property print.partition=true --formatter-property print.offset=true \
         --formatter-property print.epoch=true --formatter-property print.headers=true --formatter-property \
         null.literal=NIL"
    ));
    let ClientSpec::Consumer(config) = &stage.opened[0] else { panic!("a consumer") };
    assert_eq!(config.reads, Reads::Assign(vec![(TopicPartition::new("t", 2), StartPosition::At(1))]));
    let mut second = record(2, None, None);
    second.record.headers = vec![("h".into(), Some(b"1".to_vec())), ("g".into(), None)];
    stage.tell(&mut tool, ClientEvent::Polled(vec![record(1, Some("k"), Some("v")), second]));
    assert_eq!(
        stage.out,
        "CreateTime:7\tPartition:2\tOffset:1\tEpoch:NOT_PRESENT\tNO_HEADERS\tk\tv\n\
         CreateTime:7\tPartition:2\tOffset:2\tEpoch:NOT_PRESENT\th:1,g:NIL\tNIL\tNIL\n"
    );
    assert_eq!(stage.err, "");
}

#[test]
fn silence_ends_a_consumer_with_a_time_limit() {
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{LINE} --topic t --group g --timeout-ms 3000"));
    assert!(!tool.streams());
    assert_eq!(stage.calls.pop_back(), Some(ClientCall::Poll { timeout: Some(Span::secs(3)) }));
    stage.now += Span::secs(3);
    stage.err.clear();
    stage.tell(&mut tool, ClientEvent::Polled(Vec::new()));
    stage.tell(&mut tool, ClientEvent::Closed);
    assert_eq!(
        stage.err,
        "[2026-01-01 00:00:03,000] ERROR Error processing message, terminating consumer process:  \
         (org.apache.kafka.tools.consumer.ConsoleConsumer)\norg.apache.kafka.common.errors.TimeoutException\n\
         Processed a total of 0 messages\n"
    );
    assert_eq!(stage.exit, Some(0));
}

#[test]
fn a_streaming_consumer_knows_when_it_is_idle_and_leaves_on_ctrl_c() {
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{LINE} --topic t"));
    assert!(tool.streams() && tool.idle_since().is_none());
    stage.tell(&mut tool, ClientEvent::Polled(Vec::new()));
    assert_eq!(tool.idle_since(), None, "it may still be joining");
    stage.tell(&mut tool, ClientEvent::Polled(vec![record(0, None, Some("a"))]));
    stage.now += Span::secs(1);
    stage.tell(&mut tool, ClientEvent::Polled(Vec::new()));
    assert_eq!(tool.idle_since(), Some(stage.now));
    tool.on_signal(&mut stage, Signal::Terminate);
    stage.tell(&mut tool, ClientEvent::Closed);
    assert_eq!(stage.exit, Some(143));
    assert!(stage.err.ends_with("\nProcessed a total of 1 messages\n"));
}

#[test]
fn a_value_of_the_wrong_length_ends_the_tool_or_is_skipped() {
    let long = "--value-deserializer org.apache.kafka.common.serialization.LongDeserializer";
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{LINE} --topic t --partition 2 {long}"));
    stage.tell(&mut tool, ClientEvent::Polled(vec![record(0, None, Some("abc"))]));
    stage.tell(&mut tool, ClientEvent::Closed);
    assert_eq!(
        stage.err,
        "Processed a total of 1 messages\n[2026-01-01 00:00:00,000] ERROR Unknown error when running consumer:  \
         (org.apache.kafka.tools.consumer.ConsoleConsumer)\norg.apache.kafka.common.errors.SerializationException: \
         Size of data received by LongDeserializer is not 8\n"
    );
    assert_eq!(stage.exit, Some(1));
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{LINE} --topic t --partition 2 --skip-message-on-error {long}"));
    let records = vec![record(0, None, Some("abc")), record(1, None, Some("\0\0\0\0\0\0\0\u{7}"))];
    stage.tell(&mut tool, ClientEvent::Polled(records));
    assert_eq!((stage.out.as_str(), stage.exit), ("7\n", None));
}

#[test]
fn mistakes_are_told_in_the_words_of_the_tool() {
    for (rest, complaint) in [
        ("", "Exactly one of the following arguments is required: [topic], [include]"),
        ("--topic t --offset earliest", "The partition is required when offset is specified."),
        ("--include d.* --partition 0", "The topic is required when partition is specified."),
        ("--topic t --partition 0 --group g", "Options group and partition cannot be specified together."),
        (
            "--topic t --property a=b --formatter-property c=d",
            "Options --property and --formatter-property cannot be specified together.",
        ),
        (
            "--topic t --partition 0 --offset -5",
            "The provided offset value '-5' is incorrect. Valid values are 'earliest', 'latest', or a non-negative \
             long.",
        ),
        ("--topic t --formatter kafka.tools.DefaultMessageFormatter", "kafka.tools.DefaultMessageFormatter"),
        (
            "--topic t --from-beginning --command-property auto.offset.reset=latest",
            "Can't simultaneously specify --from-beginning and 'auto.offset.reset=latest', please remove one option",
        ),
        (
            "--topic t --command-config missing.properties",
            "Exception in thread \"main\" java.nio.file.NoSuchFileException: missing.properties",
        ),
    ] {
        let mut stage = Stage::default();
        stage.run(&format!("{LINE} {rest}"));
        assert_eq!((stage.complaint(), stage.exit), (complaint, Some(1)));
    }
    let mut stage = Stage::default();
    stage.run(&format!("{LINE} --include *bad"));
    assert!(stage.err.ends_with(
        "] ERROR Unknown error when running consumer:  (org.apache.kafka.tools.consumer.ConsoleConsumer)\n\
         java.util.regex.PatternSyntaxException: Dangling meta character '*' near index 0\n*bad\n^\n"
    ));
}
