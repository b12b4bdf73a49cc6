//! Administrators: unreachable clusters, leaderless partitions, calls without answer.

use super::log_lines;
use super::toy::{Toy, common};
use crate::client::{ClientCall, ClientEvent, ClientSpec};
use crate::protocol::{
    CreateTopicsRequest, ErrorCode, IsolationLevel, ListOffsetsRequest, MetadataRequest, OffsetSpec, Request,
    Response, TopicPartition,
};

fn admin(node: Option<i32>, timeout_ms: i64, seed: u64) -> Toy {
    let mut config = common("adminclient-1", node);
    config.default_api_timeout_ms = timeout_ms;
    Toy::new(ClientSpec::Admin(config), seed)
}

fn ask(toy: &mut Toy, name: &'static str, request: Request) {
    toy.call(ClientCall::Admin { tag: 1, name, request });
}

fn list_topics() -> Request {
    Request::Metadata(MetadataRequest { topics: None, allow_auto_topic_creation: false })
}

#[test]
fn nobody_listens_at_the_bootstrap_address() {
    for (seed, node) in [(1, None), (2, None), (3, Some(109))] {
        let mut toy = admin(node, 3_000, seed);
        ask(&mut toy, "listTopics", list_topics());
        toy.run_until_ms(10_000);
        let lines = log_lines(&toy.events);
        let text = "[AdminClient clientId=adminclient-1] Connection to node -1 (localhost/127.0.0.1:9092) could not be \
                    established. Node may not be available.";
        assert!(lines.iter().all(|(_, line)| line == text), "{lines:?}");
        let first = lines[0].0;
        let waits: Vec<u64> = lines.iter().map(|(at, _)| (at - first) / 100).collect();
        assert_eq!(waits[..2], [0, 1], "{waits:?}");
        assert!((6..=8).contains(&waits.iter().filter(|wait| **wait < 30).count()), "{waits:?}");
        let last = toy.events.iter().rev().find(|event| matches!(event, ClientEvent::Answered { .. }));
        let Some(ClientEvent::Answered { tag: 1, result: Err(error) }) = last else { panic!("{last:?}") };
        assert_eq!(error.message, "Timed out waiting for a node assignment. Call: listTopics");
    }
}

#[test]
fn topics_are_listed_by_any_broker() {
    let mut toy = admin(Some(102), 60_000, 1);
    toy.topic("t", &[Some(101)]);
    ask(&mut toy, "listTopics", list_topics());
    toy.run_until_ms(100);
    let [ClientEvent::Answered { tag: 1, result: Ok(Response::Metadata(answer)) }] = &toy.events[..] else {
        panic!("{:?}", toy.events)
    };
    assert_eq!(answer.topics.len(), 1);
}

#[test]
fn a_call_without_answer_ends_at_its_deadline() {
    let mut toy = admin(Some(101), 10_000, 1);
    let request = CreateTopicsRequest { topics: vec![], validate_only: false };
    ask(&mut toy, "createTopics", Request::CreateTopics(request));
    toy.run_until_ms(12_000);
    let [ClientEvent::Answered { result: Err(error), .. }] = &toy.events[..] else {
        panic!("{:?}", toy.events)
    };
    let text = &error.message;
    assert!(
        text.starts_with("Call(callName=createTopics, deadlineMs=1767225610000, tries=1, nextAllowedTryMs="),
        "{text}"
    );
    assert!(text.ends_with(" timed out at 1767225610000 after 1 attempt(s)"), "{text}");
}

#[test]
fn offsets_of_led_partitions_come_in_spite_of_a_leaderless_one() {
    let mut toy = admin(Some(101), 5_000, 1);
    toy.topic("gd", &[Some(101), None, Some(103)]);
    let wanted = |number| (TopicPartition::new("gd", number), -1, OffsetSpec::Latest);
    let partitions = vec![wanted(0), wanted(1), wanted(2)];
    let request = ListOffsetsRequest { isolation: IsolationLevel::ReadUncommitted, partitions };
    ask(&mut toy, "listOffsets", Request::ListOffsets(request));
    toy.run_until_ms(4_900);
    assert_eq!(toy.events, []);
    toy.run_until_ms(5_100);
    let [
        ClientEvent::PartitionFailed { partition, error, .. },
        ClientEvent::Answered { result: Ok(answer), .. },
    ] = &toy.events[..]
    else {
        panic!("{:?}", toy.events)
    };
    assert_eq!(*partition, TopicPartition::new("gd", 1));
    assert!(
        error.message.starts_with("Call(callName=listOffsets(api=METADATA), deadlineMs="),
        "{}",
        error.message
    );
    let Response::ListOffsets(answer) = answer else { panic!("{answer:?}") };
    let offsets: Vec<_> = answer.partitions.iter().map(|it| (it.error, it.offset)).collect();
    assert_eq!(offsets, [(ErrorCode::None, 10), (ErrorCode::RequestTimedOut, -1), (ErrorCode::None, 12)]);
}

#[test]
fn groups_are_asked_of_every_broker() {
    let mut toy = admin(Some(101), 5_000, 1);
    ask(&mut toy, "listGroups", Request::ListGroups(()));
    toy.run_until_ms(100);
    assert!(matches!(
        &toy.events[..],
        [ClientEvent::Answered { result: Ok(Response::ListGroups(Ok(_))), .. }]
    ));
    toy.call(ClientCall::Close);
    assert_eq!(toy.events.last(), Some(&ClientEvent::Closed));
}
