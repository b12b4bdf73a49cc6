//! Producers: delivery, repeats, failures and their words.

use super::log_lines;
use super::toy::{Toy, common};
use crate::client::{ClientCall, ClientError, ClientEvent, ClientSpec, Payload, ProducerConfig, Workload};
use crate::node::{EventKind, Span};
use crate::protocol::{Acks, ErrorCode, TopicPartition};

fn producer(change: impl FnOnce(&mut ProducerConfig)) -> Toy {
    let mut config = ProducerConfig::new(common("p", Some(101)));
    change(&mut config);
    Toy::new(ClientSpec::Producer(config), 1)
}

/// Tag and offset of every record delivered.
fn delivered(toy: &Toy) -> Vec<(u64, i64)> {
    let one = |event: &ClientEvent| match event {
        ClientEvent::Delivered { tag, offset, .. } => Some((*tag, *offset)),
        _ => None,
    };
    toy.events.iter().filter_map(one).collect()
}

fn failed(toy: &Toy) -> Vec<(u64, ClientError)> {
    let one = |event: &ClientEvent| match event {
        ClientEvent::NotDelivered { tag, error } => Some((*tag, error.clone())),
        _ => None,
    };
    toy.events.iter().filter_map(one).collect()
}

#[test]
fn records_wait_for_company_and_travel_as_one_batch() {
    let mut toy = producer(|_| {});
    toy.topic("t", &[Some(102)]);
    (0..3).for_each(|tag| toy.send(tag, "t", None, "x"));
    toy.run_until_ms(100);
    assert_eq!(delivered(&toy), [(0, 0), (1, 1), (2, 2)]);
    assert_eq!(toy.produced.iter().map(|it| (it.1, it.2)).collect::<Vec<_>>(), [(102, 3)]);
    let stamp = &toy.logs[&TopicPartition::new("t", 0)][0];
    assert_eq!((stamp.producer_id, stamp.producer_epoch, stamp.base_sequence), (7, 0, 0));
    assert_eq!(log_lines(&toy.events), []);
}

#[test]
fn a_topic_that_nobody_creates() {
    let mut toy = producer(|config| config.max_block_ms = 4_000);
    toy.send(1, "ghost", None, "lost");
    toy.run_until_ms(4_500);
    let lines = log_lines(&toy.events);
    let numbers: Vec<&str> = lines
        .iter()
        .map(|(_, line)| {
            let rest = line.strip_prefix(
                "[Producer clientId=p] The metadata response from the cluster reported a recoverable issue with correlation id ",
            );
            rest.and_then(|rest| rest.strip_suffix(" : {ghost=UNKNOWN_TOPIC_OR_PARTITION}")).unwrap_or(line)
        })
        .collect();
    assert_eq!(numbers[0], "1");
    assert!((6..=8).contains(&numbers.len()), "{lines:?}");
    let [(1, error)] = &failed(&toy)[..] else { panic!("{:?}", toy.events) };
    assert_eq!(error.message, "Topic ghost not present in metadata after 4000 ms.");
    let cause = error.cause.as_ref().map(|(class, text)| format!("{class}: {text}"));
    let expected = "org.apache.kafka.common.errors.UnknownTopicOrPartitionException: This server does not host this \
                    topic-partition.";
    assert_eq!(cause.as_deref(), Some(expected));
}

#[test]
fn a_topic_with_a_name_that_is_not_allowed() {
    let mut toy = producer(|_| {});
    toy.send(1, "not valid", None, "lost");
    toy.run_until_ms(100);
    assert_eq!(failed(&toy)[0].1.message, "Invalid topics: [not valid]");
    let lines = log_lines(&toy.events);
    assert!(lines[1].1.ends_with("Metadata response reported invalid topics [not valid]"), "{lines:?}");
}

#[test]
fn too_few_replicas_are_tried_as_often_as_allowed() {
    let mut toy = producer(|config| config.retries = 3);
    toy.topic("demo", &[Some(101)]);
    toy.errors = vec![ErrorCode::NotEnoughReplicas; 4].into();
    (0..2).for_each(|tag| toy.send(tag, "demo", None, "x"));
    toy.run_until_ms(3_000);
    let lines: Vec<String> = log_lines(&toy.events).into_iter().map(|(_, line)| line).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    for (line, left) in lines.iter().zip([2, 1, 0]) {
        let end =
            format!("on topic-partition demo-0, retrying ({left} attempts left). Error: NOT_ENOUGH_REPLICAS");
        assert!(line.ends_with(&end), "{line}");
    }
    let failed = failed(&toy);
    assert_eq!(failed.len(), 2);
    assert_eq!(
        failed[0].1.message,
        "Messages are rejected since there are fewer in-sync replicas than required."
    );
    assert!(toy.emitted.iter().any(|event| matches!(event, EventKind::ProducerGaveUp { records: 2, .. })));
}

#[test]
fn a_leader_crashes_and_another_takes_over() {
    let mut toy = producer(|_| {});
    toy.topic("t", &[Some(102)]);
    toy.send(0, "t", None, "before");
    toy.run_until_ms(100);
    toy.mute.insert(102);
    toy.send(1, "t", None, "lost on the way");
    toy.run_until_ms(120);
    toy.logs.get_mut(&TopicPartition::new("t", 0)).unwrap().truncate(1);
    toy.crash(102);
    toy.topic("t", &[None]);
    toy.send(2, "t", None, "meanwhile");
    toy.run_until_ms(5_000);
    assert_eq!(delivered(&toy), [(0, 0)]);
    toy.topics.insert("t".into(), vec![(Some(103), 1)]);
    toy.run_until_ms(8_000);
    assert_eq!(delivered(&toy), [(0, 0), (1, 1), (2, 2)]);
    let log = &toy.logs[&TopicPartition::new("t", 0)];
    assert_eq!(log.iter().map(|batch| batch.base_sequence).collect::<Vec<_>>(), [0, 1, 2]);
    let lines = log_lines(&toy.events);
    assert!(
        lines[0].1.ends_with("Error: NETWORK_EXCEPTION. Error Message: Disconnected from node 102"),
        "{lines:?}"
    );
    let recovered = toy.emitted.iter().filter(|event| matches!(event, EventKind::ProducerRecovered { .. }));
    assert_eq!(recovered.count(), 1);
}

#[test]
fn a_moved_leader_is_believed_at_once() {
    let mut toy = producer(|_| {});
    toy.topic("t", &[Some(102)]);
    toy.send(0, "t", None, "a");
    toy.run_until_ms(100);
    toy.topics.insert("t".into(), vec![(Some(103), 1)]);
    toy.send(1, "t", None, "b");
    toy.run_until_ms(125);
    assert_eq!(
        delivered(&toy),
        [(0, 0), (1, 1)],
        "the answer names the new leader, so nothing is waited for"
    );
}

#[test]
fn a_partition_without_leader_uses_up_the_time() {
    let mut toy = producer(|config| config.delivery_timeout_ms = 4_000);
    toy.topic("t", &[None, Some(101)]);
    (0..3).for_each(|tag| toy.send(tag, "t", Some(0), "x"));
    toy.send(3, "t", Some(1), "x");
    toy.run_until_ms(5_000);
    assert_eq!(delivered(&toy), [(3, 0)]);
    let failed = failed(&toy);
    let text = "Expiring 3 record(s) for t-0:4000 ms has passed since batch creation. The request has not been sent, \
                or no server response has been received yet.";
    assert_eq!(
        failed.iter().map(|(tag, error)| (*tag, &*error.message)).collect::<Vec<_>>(),
        [(0, text), (1, text), (2, text)]
    );
}

#[test]
fn a_record_too_large_is_not_sent() {
    let mut toy = producer(|_| {});
    toy.topic("t", &[Some(101)]);
    toy.send(0, "t", None, &"x".repeat(1_100_000));
    toy.run_until_ms(100);
    assert_eq!(
        failed(&toy)[0].1.message,
        "The message is 1100088 bytes when serialized which is larger than 1048576, which is the value of the \
         max.request.size configuration."
    );
}

#[test]
fn a_batch_too_large_for_the_broker_is_split() {
    let mut toy = producer(|_| {});
    toy.topic("t", &[Some(101)]);
    toy.errors = vec![ErrorCode::MessageTooLarge; 2].into();
    (0..4).for_each(|tag| toy.send(tag, "t", None, "word"));
    toy.run_until_ms(1_000);
    assert_eq!(delivered(&toy), [(0, 0), (1, 1), (2, 2), (3, 3)]);
    let log = &toy.logs[&TopicPartition::new("t", 0)];
    assert!(log.len() > 1, "{log:?}");
    assert!(log_lines(&toy.events)[0].1.contains("splitting and retrying (2147483647 attempts left)"));
}

#[test]
fn without_acks_a_record_is_done_when_it_leaves() {
    let mut toy = producer(|config| (config.acks, config.idempotence) = (Acks::None, false));
    toy.topic("t", &[Some(101)]);
    toy.send(0, "t", None, "x");
    toy.call(ClientCall::Flush);
    toy.run_until_ms(50);
    assert_eq!(delivered(&toy), [(0, -1)]);
    assert!(toy.events.contains(&ClientEvent::Flushed));
    assert_eq!(toy.logs[&TopicPartition::new("t", 0)][0].producer_id, -1);
}

#[test]
fn an_unreachable_bootstrap_server_is_told_twice() {
    let mut config = ProducerConfig::new(common("p", None));
    config.max_block_ms = 2_500;
    let mut toy = Toy::new(ClientSpec::Producer(config), 1);
    toy.send(0, "t", None, "x");
    toy.run_until_ms(3_000);
    let lines: Vec<String> = log_lines(&toy.events).into_iter().map(|(_, line)| line).collect();
    assert_eq!(
        lines[0],
        "[Producer clientId=p] Connection to node -1 (localhost/127.0.0.1:9092) could not be established. Node may not \
         be available."
    );
    assert_eq!(
        lines[1],
        "[Producer clientId=p] Bootstrap broker localhost:9092 (id: -1 rack: null isFenced: false) disconnected"
    );
    let error = &failed(&toy)[0].1;
    assert_eq!((&*error.message, &error.cause), ("Topic t not present in metadata after 2500 ms.", &None));
}

#[test]
fn an_application_sends_for_hours_and_closes() {
    let workload = Workload {
        name: "trucks".into(),
        topic: "truck-events".into(),
        keys: (1..=20).map(|number| format!("truck-{number:02}")).collect(),
        interval: Span::secs(1),
        burst: 1,
        payload: Payload::TruckPosition,
        limit: None,
        transactions: (Span::ZERO, 0),
    };
    let mut toy = producer(|config| config.workload = Some(workload));
    toy.topic("truck-events", &[Some(101), Some(102), Some(103)]);
    toy.run_until_ms(7_200_500);
    let records: i32 = toy.produced.iter().map(|it| it.2).sum();
    assert_eq!(records, 7_200);
    assert_eq!(toy.events, [], "an application does not tell of single records");
    toy.call(ClientCall::Close);
    toy.run_until_ms(7_201_000);
    assert_eq!(toy.events, [ClientEvent::Closed]);
}
#[test]
fn a_dead_leader_is_called_in_vain_until_the_cluster_notices() {
    let mut toy = producer(|_| {});
    toy.topic("t", &[Some(102)]);
    toy.send(0, "t", None, "before");
    toy.run_until_ms(100);
    toy.crash(102);
    toy.still_listed.insert(102);
    toy.send(1, "t", None, "meanwhile");
    toy.run_until_ms(9_000);
    toy.topics.insert("t".into(), vec![(Some(103), 1)]);
    toy.run_until_ms(11_000);
    assert_eq!(delivered(&toy), [(0, 0), (1, 1)]);
    let lines = log_lines(&toy.events);
    let text = "[Producer clientId=p] Connection to node 102 (/127.0.0.1:9093) could not be established. Node may not \
                be available.";
    assert!(lines.iter().all(|(_, line)| line == text), "no attempt is used up: {lines:?}");
    let gaps: Vec<u64> = lines.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    assert!(gaps[0] < 100 && gaps.last().is_some_and(|gap| (800..=1_010).contains(gap)), "{gaps:?}");
}
