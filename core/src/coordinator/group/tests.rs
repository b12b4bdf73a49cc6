//! A coordinator talked to by hand.

use super::*;
use crate::node::{ClientId, Rng, SimTime, Span};
use crate::protocol::*;

struct AllTopics;

impl Topics for AllTopics {
    fn topic_id(&self, _: &TopicName) -> Option<Uuid> {
        Some(Uuid([7; 16]))
    }
    fn name_of(&self, _: Uuid) -> Option<TopicName> {
        Some("t".into())
    }
    fn partitions(&self, _: &TopicName) -> i32 {
        4
    }
    fn names(&self) -> Vec<TopicName> {
        vec!["t".into(), "other".into()]
    }
    fn group_setting(&self, _: &str, _: &str) -> Option<i64> {
        None
    }
    fn has_partition(&self, partition: &TopicPartition) -> bool {
        partition.topic != "nowhere".into()
    }
}

/// A shard with its log and its clock.
struct Desk {
    shard: Shard,
    rng: Rng,
    config: GroupConfig,
    now: SimTime,
    asked: u64,
    log: Vec<Record>,
    replies: Vec<(u64, Response)>,
    events: Vec<EventKind>,
}

impl Desk {
    fn new() -> Desk {
        Desk {
            shard: Shard::new(0),
            rng: Rng::new(1, 1),
            config: GroupConfig::default(),
            now: SimTime::ZERO,
            asked: 0,
            log: Vec::new(),
            replies: Vec::new(),
            events: Vec::new(),
        }
    }

    fn take(&mut self, output: Output) {
        self.log.extend(output.records);
        self.replies.extend(output.replies.into_iter().map(|(to, reply)| (to.correlation.0, reply)));
        self.events.extend(output.events);
    }

    /// Asks, and returns the number of the question.
    fn ask(&mut self, request: Request) -> u64 {
        self.asked += 1;
        let from = ReplyTo { node: NodeId::Client(ClientId(1)), correlation: CorrelationId(self.asked) };
        let output = self.shard.handle(self.now, &mut self.rng, &self.config, &AllTopics, from, request);
        self.take(output);
        self.asked
    }

    /// Lets time pass, deadline by deadline.
    fn wait(&mut self, span: Span) {
        let end = self.now + span;
        while let Some(at) = self.shard.next_deadline().filter(|at| *at <= end) {
            assert!(at >= self.now, "a deadline of the past: {at} at {}", self.now);
            self.now = at;
            let output = self.shard.on_deadline(at, &mut self.rng, &self.config, &AllTopics);
            self.take(output);
        }
        self.now = end;
    }

    fn reply(&mut self, number: u64) -> Option<Response> {
        let index = self.replies.iter().position(|(to, _)| *to == number)?;
        Some(self.replies.remove(index).1)
    }

    fn joined(&mut self, number: u64) -> Option<JoinGroupResponse> {
        match self.reply(number)? {
            Response::JoinGroup(answer) => Some(answer),
            other => panic!("{other:?}"),
        }
    }

    fn synced(&mut self, number: u64) -> Option<SyncGroupResponse> {
        match self.reply(number)? {
            Response::SyncGroup(answer) => Some(answer),
            other => panic!("{other:?}"),
        }
    }

    fn join(&mut self, member_id: &str, client: &str, instance: Option<&str>) -> u64 {
        let subscription =
            Subscription { topics: vec!["t".into()], generation: -1, ..Subscription::default() };
        self.ask(Request::JoinGroup(JoinGroupRequest {
            group: "g".into(),
            session_timeout_ms: 45_000,
            rebalance_timeout_ms: 300_000,
            member_id: member_id.into(),
            group_instance_id: instance.map(str::to_owned),
            protocol_type: "consumer".into(),
            protocols: vec![("range".into(), subscription)],
            client_id: client.into(),
            client_host: "/127.0.0.1".into(),
        }))
    }

    /// A dynamic member asks to be let in, twice as it must; the question that waits.
    fn enter(&mut self, client: &str) -> (String, u64) {
        let first = self.join("", client, None);
        let answer = self.joined(first).unwrap();
        assert_eq!(answer.error, ErrorCode::MemberIdRequired);
        assert!(answer.member_id.starts_with(&format!("{client}-")), "{}", answer.member_id);
        let number = self.join(&answer.member_id, client, None);
        (answer.member_id, number)
    }

    fn sync(&mut self, member_id: &str, generation: i32, shares: &[(&str, i32)]) -> u64 {
        let assignments = shares.iter().map(|(id, number)| ((*id).to_owned(), vec![t(*number)])).collect();
        self.ask(Request::SyncGroup(SyncGroupRequest {
            group: "g".into(),
            generation,
            member_id: member_id.into(),
            group_instance_id: None,
            assignments,
        }))
    }

    fn heartbeat(&mut self, member_id: &str, generation: i32) -> ErrorCode {
        let number = self.ask(Request::Heartbeat(HeartbeatRequest {
            group: "g".into(),
            generation,
            member_id: member_id.into(),
            group_instance_id: None,
        }));
        match self.reply(number) {
            Some(Response::Heartbeat(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    fn leave(&mut self, member_id: &str) -> ErrorCode {
        let request =
            LeaveGroupRequest { group: "g".into(), member_id: member_id.into(), group_instance_id: None };
        let number = self.ask(Request::LeaveGroup(request));
        match self.reply(number) {
            Some(Response::LeaveGroup(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    fn commit(&mut self, member_id: &str, generation: i32, topic: &str, offset: i64) -> ErrorCode {
        let partition = TopicPartition::new(topic, 0);
        let number = self.ask(Request::OffsetCommit(OffsetCommitRequest {
            group: "g".into(),
            generation,
            member_id: member_id.into(),
            group_instance_id: None,
            offsets: vec![OffsetToCommit { partition, offset, leader_epoch: 0, metadata: String::new() }],
        }));
        match self.reply(number) {
            Some(Response::OffsetCommit(answer)) => answer.partitions[0].1,
            other => panic!("{other:?}"),
        }
    }

    fn group(&self) -> &Group {
        self.shard.groups().next().unwrap()
    }

    fn stands(&self) -> (GroupState, i32, usize) {
        (self.group().state, self.group().generation, self.group().members.len())
    }

    /// Two members in a stable generation 1: the leader first.
    fn pair() -> (Desk, String, String) {
        let mut desk = Desk::new();
        let (a, a_joins) = desk.enter("a");
        let (b, b_joins) = desk.enter("b");
        desk.wait(Span::secs(6));
        let (answer, other) = (desk.joined(a_joins).unwrap(), desk.joined(b_joins).unwrap());
        assert_eq!((answer.leader.as_str(), answer.members.len()), (a.as_str(), 2));
        assert_eq!((other.generation, other.members.len()), (1, 0));
        let b_syncs = desk.sync(&b, 1, &[]);
        assert!(desk.synced(b_syncs).is_none(), "waits for the leader");
        let a_syncs = desk.sync(&a, 1, &[(&a, 0), (&b, 1)]);
        assert_eq!(desk.synced(a_syncs).unwrap().assignment, [t(0)]);
        assert_eq!(desk.synced(b_syncs).unwrap().assignment, [t(1)]);
        assert_eq!(desk.stands(), (GroupState::Stable, 1, 2));
        (desk, a, b)
    }
}

fn t(partition: i32) -> TopicPartition {
    TopicPartition::new("t", partition)
}

fn group_values(log: &[Record]) -> Vec<GroupMetadataValue> {
    let groups = log.iter().filter(|record| {
        matches!(RecordKey::decode(record.key.as_deref().unwrap()), Some(RecordKey::GroupMetadata { .. }))
    });
    groups.filter_map(|record| Some(GroupMetadataValue::decode(record.value.as_deref()?)?.1)).collect()
}

#[test]
fn a_lone_member_comes_commits_and_goes() {
    let mut desk = Desk::new();
    let (member, joins) = desk.enter("c");
    assert!(desk.joined(joins).is_none(), "the initial delay is not over");
    desk.wait(Span::millis(2_999));
    assert!(desk.joined(joins).is_none());
    desk.wait(Span::millis(1));
    let answer = desk.joined(joins).unwrap();
    assert_eq!((answer.generation, answer.protocol.as_str()), (1, "range"));
    let syncs = desk.sync(&member, 1, &[(&member, 0)]);
    assert_eq!(desk.synced(syncs).unwrap().assignment, [t(0)]);
    assert_eq!(desk.commit(&member, 1, "t", 5), ErrorCode::None);
    assert_eq!(desk.leave(&member), ErrorCode::None);
    assert_eq!(desk.stands(), (GroupState::Empty, 2, 0));

    // As a real coordinator writes it: the empty group, the generation, the offset, the empty group again.
    assert_eq!(desk.log.len(), 4);
    let values = group_values(&desk.log);
    let told: Vec<_> =
        values.iter().map(|v| (v.protocol_type.as_str(), v.generation, v.members.len())).collect();
    assert_eq!(told, [("", 0, 0), ("consumer", 1, 1), ("consumer", 2, 0)]);
    assert_eq!(values[1].leader.as_ref(), Some(&member));
    assert_eq!((&values[2].leader, &values[2].protocol), (&None, &None));
    let delay = values[1].current_state_timestamp - values[0].current_state_timestamp;
    assert_eq!(delay, 3_000);
}

#[test]
fn a_second_member_makes_the_first_join_again() {
    let mut desk = Desk::new();
    let (a, a_joins) = desk.enter("a");
    desk.wait(Span::secs(3));
    desk.joined(a_joins).unwrap();
    desk.sync(&a, 1, &[(&a, 0)]);
    let (b, b_joins) = desk.enter("b");
    assert_eq!(desk.stands(), (GroupState::PreparingRebalance, 1, 2));
    assert!(desk.joined(b_joins).is_none());
    assert_eq!(desk.commit(&a, 1, "t", 3), ErrorCode::None, "the old generation may still commit");
    assert_eq!(desk.heartbeat(&a, 1), ErrorCode::RebalanceInProgress);
    let a_joins = desk.join(&a, "a", None);
    assert_eq!(desk.joined(b_joins).unwrap().members.len(), 0);
    assert_eq!(desk.joined(a_joins).unwrap().members.len(), 2);
    assert_eq!(desk.stands(), (GroupState::CompletingRebalance, 2, 2));
    assert_eq!(desk.commit(&a, 2, "t", 3), ErrorCode::RebalanceInProgress);
    assert_eq!(desk.heartbeat(&b, 1), ErrorCode::IllegalGeneration);
}

#[test]
fn the_initial_delay_grows_while_members_come() {
    let mut desk = Desk::new();
    let (_, a) = desk.enter("a");
    desk.wait(Span::secs(2));
    let (_, b) = desk.enter("b");
    desk.wait(Span::secs(2));
    assert!(desk.joined(a).is_none(), "the second member extends the delay by 3 s");
    desk.wait(Span::secs(2));
    assert!(desk.joined(a).is_some() && desk.joined(b).is_some());
}

#[test]
fn a_leaving_member_hands_over_at_once() {
    let (mut desk, a, b) = Desk::pair();
    assert_eq!(desk.leave(&a), ErrorCode::None);
    assert_eq!(desk.stands(), (GroupState::PreparingRebalance, 1, 1));
    assert_eq!(desk.group().leader.as_ref(), Some(&b), "the one that stays leads");
    assert_eq!(desk.heartbeat(&a, 1), ErrorCode::UnknownMemberId);
    let joins = desk.join(&b, "b", None);
    assert_eq!(desk.joined(joins).unwrap().generation, 2);
}

#[test]
fn a_silent_member_is_dropped_after_its_session() {
    let (mut desk, a, b) = Desk::pair();
    for _ in 0..14 {
        desk.wait(Span::secs(3));
        assert_eq!(desk.heartbeat(&a, 1), ErrorCode::None);
    }
    assert_eq!(desk.stands(), (GroupState::Stable, 1, 2), "42 s of silence are borne");
    desk.wait(Span::secs(3));
    assert_eq!(desk.stands(), (GroupState::PreparingRebalance, 1, 1));
    assert!(!desk.group().members.contains_key(&b));
    let told = desk.events.iter().any(
        |event| matches!(event, EventKind::GroupChanged { why, .. } if why == "b was not heard of for 45 s"),
    );
    assert!(told, "{:?}", desk.events);
}

#[test]
fn who_does_not_join_again_is_dropped_after_the_rebalance_timeout() {
    let (mut desk, a, b) = Desk::pair();
    let (c, _) = desk.enter("c");
    let joins = desk.join(&a, "a", None);
    for _ in 0..29 {
        desk.wait(Span::secs(10));
        assert_eq!(desk.heartbeat(&b, 1), ErrorCode::RebalanceInProgress);
        assert!(desk.joined(joins).is_none());
    }
    desk.wait(Span::secs(10));
    assert_eq!(desk.joined(joins).unwrap().generation, 2);
    assert_eq!(desk.group().members.keys().collect::<Vec<_>>(), [&a, &c]);
    assert_eq!(desk.heartbeat(&b, 1), ErrorCode::UnknownMemberId);
}

#[test]
fn an_id_that_nobody_comes_back_with_expires() {
    let mut desk = Desk::new();
    desk.join("", "a", None);
    assert_eq!(desk.group().pending.len(), 1);
    desk.wait(Span::secs(45));
    assert_eq!(desk.group().pending.len(), 0);
}

#[test]
fn a_static_member_comes_back_without_a_rebalance() {
    let mut desk = Desk::new();
    let joins = desk.join("", "c", Some("one"));
    desk.wait(Span::secs(3));
    let old = desk.joined(joins).unwrap().member_id;
    assert!(old.starts_with("one-"), "{old}");
    desk.sync(&old, 1, &[(&old, 0)]);
    let again = desk.join("", "other", Some("one"));
    let answer = desk.joined(again).unwrap();
    assert_eq!((answer.error, answer.generation), (ErrorCode::None, 1));
    assert_ne!(answer.member_id, old);
    assert_eq!(desk.stands(), (GroupState::Stable, 1, 1));
    assert_eq!(desk.group().members[&answer.member_id].client_id, "c", "Kafka keeps the first client id");
    let syncs = desk.sync(&answer.member_id, 1, &[]);
    assert_eq!(desk.synced(syncs).unwrap().assignment, [t(0)]);
    let number = desk.ask(Request::Heartbeat(HeartbeatRequest {
        group: "g".into(),
        generation: 1,
        member_id: old,
        group_instance_id: Some("one".into()),
    }));
    assert_eq!(desk.reply(number), Some(Response::Heartbeat(ErrorCode::FencedInstanceId)));
    assert_eq!(group_values(&desk.log).len(), 3, "the new id is written down");
}

#[test]
fn a_new_leader_of_the_partition_knows_all_that_was_written() {
    let (mut desk, a, b) = Desk::pair();
    assert_eq!(desk.commit(&a, 1, "t", 9), ErrorCode::None);
    let mut heir = Shard::new(0);
    desk.log.iter().for_each(|record| heir.replay(record));
    heir.loaded(desk.now, &GroupConfig::default(), &AllTopics);
    let (old, new) = (desk.group(), heir.groups().next().unwrap());
    assert_eq!(new.state, GroupState::Stable);
    assert_eq!((new.generation, &new.leader, &new.protocol), (old.generation, &old.leader, &old.protocol));
    assert_eq!((&new.protocol_type, new.state_since_ms), (&old.protocol_type, old.state_since_ms));
    assert_eq!(new.shares(), old.shares());
    assert_eq!(new.offsets, old.offsets);
    assert_eq!(new.members[&b].subscription("range"), old.members[&b].subscription("range"));
    desk.shard = heir;
    assert_eq!(desk.heartbeat(&b, 1), ErrorCode::None, "members go on");
    desk.wait(Span::secs(45));
    assert_eq!(desk.stands(), (GroupState::Empty, 2, 0), "who is not heard of again is dropped");
}

#[test]
fn who_waits_is_sent_on_when_the_coordinator_moves() {
    let mut desk = Desk::new();
    let (_, joins) = desk.enter("a");
    let output = desk.shard.unloaded();
    desk.take(output);
    assert_eq!(desk.joined(joins).unwrap().error, ErrorCode::NotCoordinator);
}

#[test]
fn outsiders_may_commit_only_while_nobody_is_in() {
    let mut desk = Desk::new();
    assert_eq!(desk.commit("", -1, "t", 4), ErrorCode::None);
    assert_eq!(desk.stands(), (GroupState::Empty, 0, 0));
    assert_eq!(desk.commit("", -1, "nowhere", 4), ErrorCode::UnknownTopicOrPartition);
    assert_eq!(desk.commit("x", 3, "t", 4), ErrorCode::UnknownMemberId);
    let (mut desk, a, _) = Desk::pair();
    assert_eq!(desk.commit("", -1, "t", 4), ErrorCode::UnknownMemberId);
    assert_eq!(desk.commit(&a, 0, "t", 4), ErrorCode::IllegalGeneration);
    assert!(desk.group().offsets.is_empty());
}

#[test]
fn a_deleted_topic_takes_its_offsets_along() {
    let mut desk = Desk::new();
    desk.commit("", -1, "t", 4);
    let output = desk.shard.on_topic_deleted(desk.now, &GroupConfig::default(), &"t".into(), false);
    assert_eq!(output.records.len(), 1);
    assert_eq!(output.records[0].value, None);
    assert!(desk.group().offsets.is_empty());
    desk.wait(Span::secs(600));
    assert_eq!(desk.shard.groups().count(), 0, "an empty group without offsets goes at the next check");
    assert_eq!(desk.shard.next_deadline(), None);
}

#[test]
fn a_group_with_members_is_not_deleted() {
    let (mut desk, a, b) = Desk::pair();
    let number = desk.ask(Request::DeleteGroups(vec!["g".into(), "h".into()]));
    let refused = vec![("g".into(), ErrorCode::NonEmptyGroup), ("h".into(), ErrorCode::GroupIdNotFound)];
    assert_eq!(desk.reply(number), Some(Response::DeleteGroups(refused)));
    desk.leave(&a);
    desk.leave(&b);
    let number = desk.ask(Request::DeleteGroups(vec!["g".into()]));
    assert_eq!(desk.reply(number), Some(Response::DeleteGroups(vec![("g".into(), ErrorCode::None)])));
    assert_eq!(desk.shard.groups().count(), 0);
}
