//! The new protocol talked to by hand.

use super::*;
use crate::coordinator::group::ReplyTo;
use crate::coordinator::group::{GroupConfig, Shard, Topics};
use crate::node::{ClientId, CorrelationId, NodeId, Rng, Span};
use crate::protocol::*;

const TOPIC: Uuid = Uuid([7; 16]);

struct OneTopic;

impl Topics for OneTopic {
    fn topic_id(&self, name: &TopicName) -> Option<Uuid> {
        (**name == *"t").then_some(TOPIC)
    }
    fn name_of(&self, id: Uuid) -> Option<TopicName> {
        (id == TOPIC).then(|| "t".into())
    }
    fn partitions(&self, _: &TopicName) -> i32 {
        4
    }
    fn names(&self) -> Vec<TopicName> {
        vec!["t".into()]
    }
    fn group_setting(&self, _: &str, _: &str) -> Option<i64> {
        None
    }
    fn has_partition(&self, _: &TopicPartition) -> bool {
        true
    }
}

struct Desk {
    shard: Shard,
    now: SimTime,
    log: Vec<Record>,
}

impl Desk {
    fn new() -> Desk {
        Desk { shard: Shard::new(0), now: SimTime::ZERO, log: Vec::new() }
    }

    fn beat(&mut self, id: &str, epoch: i32, owned: Option<&[i32]>) -> ConsumerGroupHeartbeatResponse {
        let joins = epoch == 0;
        let request = ConsumerGroupHeartbeatRequest {
            group: "g".into(),
            member_id: id.into(),
            member_epoch: epoch,
            instance_id: None,
            rack: None,
            rebalance_timeout_ms: if joins { 300_000 } else { -1 },
            topics: joins.then(|| vec!["t".into()]),
            regex: None,
            server_assignor: None,
            owned: owned.map(|numbers| numbers.iter().map(|number| (TOPIC, *number)).collect()),
            client_id: "a".into(),
            client_host: "/127.0.0.1".into(),
        };
        let from = ReplyTo { node: NodeId::Client(ClientId(1)), correlation: CorrelationId(1) };
        let request = Request::ConsumerGroupHeartbeat(Box::new(request));
        let (mut rng, config) = (Rng::new(1, 1), GroupConfig::default());
        let mut output = self.shard.handle(self.now, &mut rng, &config, &OneTopic, from, request);
        self.log.append(&mut output.records);
        match output.replies.pop() {
            Some((_, Response::ConsumerGroupHeartbeat(answer))) => answer,
            other => panic!("{other:?}"),
        }
    }

    fn state(&self) -> GroupState {
        self.shard.groups().next().unwrap().state
    }

    fn wait(&mut self, span: Span) {
        let end = self.now + span;
        while let Some(at) = self.shard.next_deadline().filter(|at| *at <= end) {
            self.now = at;
            let output = self.shard.on_deadline(at, &mut Rng::new(1, 1), &GroupConfig::default(), &OneTopic);
            self.log.extend(output.records);
        }
        self.now = end;
    }
}

fn numbers(answer: &ConsumerGroupHeartbeatResponse) -> Option<Vec<i32>> {
    answer.assignment.as_ref().map(|held| held.iter().map(|(_, number)| *number).collect())
}

#[test]
fn a_second_member_gets_what_the_first_has_given_up() {
    let mut desk = Desk::new();
    let a = desk.beat("a", 0, Some(&[]));
    assert_eq!((a.member_epoch, numbers(&a)), (2, Some(vec![0, 1, 2, 3])), "alone it gets all at once");
    assert_eq!(desk.state(), GroupState::Stable);
    desk.wait(Span::secs(5));
    let b = desk.beat("b", 0, Some(&[]));
    assert_eq!((b.member_epoch, numbers(&b)), (3, Some(vec![])), "the other one has not given up anything");
    assert_eq!(desk.state(), GroupState::Reconciling);
    let a = desk.beat("a", 2, Some(&[0, 1, 2, 3]));
    assert_eq!((a.member_epoch, numbers(&a).map(|n| n.len())), (2, Some(2)), "it must give up two");
    let left = numbers(&a).unwrap();
    assert_eq!(numbers(&desk.beat("b", 3, None)), None, "that it was told does not mean that it did");
    let a = desk.beat("a", 2, Some(&left));
    assert_eq!((a.member_epoch, numbers(&a)), (3, None));
    let b = desk.beat("b", 3, None);
    let mut all = [left, numbers(&b).unwrap()].concat();
    all.sort_unstable();
    assert_eq!((all, desk.state()), (vec![0, 1, 2, 3], GroupState::Stable));
}

#[test]
fn whoever_is_silent_or_late_is_out() {
    let mut desk = Desk::new();
    desk.beat("a", 0, Some(&[]));
    desk.wait(Span::secs(44));
    assert_eq!(desk.beat("a", 2, None).error, ErrorCode::None);
    desk.wait(Span::secs(46));
    assert_eq!(desk.beat("a", 2, None).error, ErrorCode::UnknownMemberId);
    assert_eq!(desk.state(), GroupState::Empty);
    desk.beat("a", 0, Some(&[]));
    let fenced = desk.beat("a", 9, None);
    assert_eq!(fenced.error, ErrorCode::FencedMemberEpoch);
    let text = fenced.message.unwrap();
    assert!(text.starts_with("The consumer group member has a greater member epoch (9) than"), "{text}");
}

#[test]
fn another_coordinator_knows_all_that_was_written() {
    let mut desk = Desk::new();
    desk.beat("a", 0, Some(&[]));
    desk.wait(Span::secs(5));
    desk.beat("b", 0, Some(&[]));
    desk.beat("a", 2, Some(&[0, 1, 2, 3]));
    let mut heir = Shard::new(0);
    desk.log.iter().for_each(|record| heir.replay(record));
    let (old, new) = (desk.shard.groups().next().unwrap(), heir.groups().next().unwrap());
    let (old, new) = (old.modern.as_deref().unwrap(), new.modern.as_deref().unwrap());
    assert_eq!((new.group_epoch, new.target_epoch, new.state()), (3, 3, GroupState::Reconciling));
    assert_eq!((&new.targets, new.metadata_hash), (&old.targets, old.metadata_hash));
    for (id, member) in &old.members {
        let found = new.members.get(id).unwrap();
        assert_eq!((found.standing(), &found.wishes), (member.standing(), &member.wishes));
    }
}

#[test]
fn records_are_as_long_as_those_of_kafka() {
    let mut desk = Desk::new();
    desk.beat("9O8Eva0jR-6wgCjzSVXlRQ", 0, Some(&[]));
    let sizes: Vec<(usize, usize)> = desk
        .log
        .iter()
        .map(|record| (record.key.as_deref().unwrap().len(), record.value.as_deref().unwrap().len()))
        .collect();
    // Member, group, target, targets' epoch, where the member stands: seen of 4.3.0.
    assert_eq!(sizes, [(29, 30), (5, 17), (29, 38), (5, 17), (29, 67)]);
}
