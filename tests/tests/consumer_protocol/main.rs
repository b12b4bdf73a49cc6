//! The consumer client and the group coordinator, face to face: one broker of a few lines stands between them.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod world;

use kafkascope_core::client::{
    ClientCall, ClientKind, ConsumerApp, ConsumerConfig, OffsetReset, Reads, StartPosition,
};
use kafkascope_core::node::{EventKind, Span};
use kafkascope_core::protocol::{ApiKey, GroupState};
use world::{World, t};

#[test]
fn a_lone_consumer_reads_commits_and_leaves() {
    let mut world = World::new(2);
    world.produce(0, &["a", "b"]);
    world.produce(1, &["c"]);
    let node = world.add(1, World::member("c"));
    world.run(Span::millis(2_900));
    assert_eq!(world.values(node), [""; 0], "the group waits for other members");
    world.run(Span::millis(200));
    // Partitions of one poll come in the order of the client's hash map: 1 before 0.
    assert_eq!(world.values(node), ["c", "a", "b"]);
    world.produce(1, &["d"]);
    world.run(Span::millis(5));
    assert_eq!(world.values(node), ["c", "a", "b", "d"]);
    assert_eq!((world.committed(0), world.committed(1)), (None, None), "nothing is committed yet");
    world.run(Span::secs(5));
    assert_eq!((world.committed(0), world.committed(1)), (Some(2), Some(2)));
    world.produce(0, &["e"]);
    world.run(Span::millis(5));
    world.call(node, ClientCall::Seek { partition: t(1), offset: 1 });
    world.call(node, ClientCall::Close);
    world.run(Span::millis(50));
    assert!(world.has_closed(node));
    assert_eq!((world.committed(0), world.committed(1)), (Some(3), Some(1)), "close commits, after the seek");
    let group = world.shard.groups().next().unwrap();
    assert_eq!((group.state, group.generation), (GroupState::Empty, 2));
    assert_eq!(world.errors(), [""; 0]);
    let before = world.requests.len();
    world.run(Span::secs(20));
    assert_eq!(world.requests.len(), before, "a closed consumer is silent");
}

#[test]
fn an_idle_consumer_costs_two_fetches_a_second() {
    let mut world = World::new(3);
    let node = world.add(1, World::member("c"));
    world.run(Span::secs(10));
    let (fetches, all) = (world.count(node, ApiKey::Fetch), world.requests.len());
    world.run(Span::secs(30));
    assert_eq!(world.count(node, ApiKey::Fetch) - fetches, 60);
    assert_eq!(world.requests.len() - all, 60 + 10 + 6, "fetches, heartbeats and commits");
}

#[test]
fn members_share_and_take_over() {
    let mut world = World::new(4);
    let a = world.add(1, World::member("a"));
    let b = world.add(2, World::member("b"));
    world.run(Span::secs(8));
    assert_eq!((world.owned(a), world.owned(b)), (vec![0, 1], vec![2, 3]));
    let c = world.add(3, World::member("c"));
    world.run(Span::secs(4));
    assert_eq!((world.owned(a), world.owned(b), world.owned(c)), (vec![0, 1], vec![2], vec![3]));
    world.call(a, ClientCall::Close);
    world.run(Span::secs(4));
    assert_eq!((world.owned(b), world.owned(c)), (vec![0, 1], vec![2, 3]));
    world.clients.remove(&b);
    world.run(Span::secs(40));
    assert_eq!(world.owned(c), [2, 3], "a killed member keeps its partitions for a session");
    world.run(Span::secs(10));
    assert_eq!(world.owned(c), [0, 1, 2, 3]);
    assert_eq!(world.errors(), [""; 0]);
}

#[test]
fn new_partitions_make_the_leader_join_again() {
    let mut world = World::new(1);
    let mut config = World::member("c");
    config.common.metadata_max_age_ms = 4_000;
    let node = world.add(1, config);
    world.run(Span::secs(6));
    assert_eq!(world.owned(node), [0]);
    world.partitions.insert(t(1), Vec::new());
    world.run(Span::secs(6));
    assert_eq!(world.owned(node), [0, 1]);
}

#[test]
fn applications_poll_by_themselves_and_take_their_time() {
    let mut world = World::new(1);
    world.produce(0, &["x"; 1_200]);
    let mut config = World::member("app");
    config.application = Some(ConsumerApp { name: "app".into(), work_per_record: Span::millis(2) });
    let node = world.add(1, config);
    let read = |world: &World| match &world.clients[&node].kind {
        ClientKind::Consumer(consumer) => consumer.status().consumed,
        _ => 0,
    };
    world.run(Span::millis(3_100));
    assert_eq!(read(&world), 500, "one poll");
    world.run(Span::millis(950));
    assert_eq!(read(&world), 1_000, "500 records took a second");
    world.run(Span::secs(3));
    assert_eq!(read(&world), 1_200);
}

#[test]
fn without_reset_policy_poll_throws() {
    let mut world = World::new(1);
    let none = |config| ConsumerConfig { offset_reset: OffsetReset::None, ..config };
    world.add(1, none(World::member("c")));
    world.add(2, none(World::config("d", None, Reads::Assign(vec![(t(0), StartPosition::At(50))]))));
    world.run(Span::secs(10));
    assert_eq!(
        world.errors(),
        [
            "org.apache.kafka.clients.consumer.OffsetOutOfRangeException: Fetch position \
             FetchPosition{offset=50, offsetEpoch=Optional.empty, \
             currentLeader=LeaderAndEpoch{leader=Optional[localhost:9092 (id: 101 rack: null isFenced: false)], \
             epoch=0}} is out of range for partition t-0",
            "org.apache.kafka.clients.consumer.NoOffsetForPartitionException: Undefined offset with no reset \
             policy for partitions: [t-0]",
        ]
    );
}

#[test]
fn out_of_range_falls_back_to_the_policy() {
    let mut world = World::new(1);
    world.produce(0, &["a", "b"]);
    let node = world.add(2, World::config("d", None, Reads::Assign(vec![(t(0), StartPosition::At(50))])));
    world.run(Span::secs(1));
    assert_eq!(world.values(node), ["a", "b"]);
    assert!(
        world
            .happened
            .iter()
            .any(|event| matches!(event, EventKind::PositionReset { policy: "earliest", .. }))
    );
}

#[test]
fn a_pattern_reads_what_matches_its_whole_name() {
    let mut world = World::new(1);
    let some = world.add(1, World::config("c", Some("g"), Reads::Pattern("[s-u]".into())));
    let none = world.add(2, World::config("d", Some("g"), Reads::Pattern("t.+".into())));
    world.run(Span::secs(8));
    assert_eq!((world.owned(some), world.owned(none)), (vec![0], vec![]));
}

#[test]
fn a_consumer_survives_its_coordinator() {
    let mut world = World::new(1);
    let node = world.add(1, World::member("c"));
    world.run(Span::secs(5));
    world.down = true;
    world.run(Span::secs(20));
    world.down = false;
    world.produce(0, &["after"]);
    world.run(Span::secs(3));
    assert_eq!(world.values(node), ["after"]);
    assert_eq!(world.count(node, ApiKey::JoinGroup), 2, "its session outlived the coordinator's absence");
    world.down = true;
    world.run(Span::secs(60));
    world.pass_deadline();
    world.down = false;
    world.produce(0, &["again"]);
    world.run(Span::secs(8));
    assert_eq!(world.values(node).last().unwrap(), "again");
    assert!(world.count(node, ApiKey::JoinGroup) > 2, "it had been dropped and joined anew");
}

#[test]
fn the_second_process_of_a_static_member_fences_the_first() {
    let mut world = World::new(1);
    let config = || ConsumerConfig { group_instance_id: Some("same".into()), ..World::member("c") };
    let first = world.add(1, config());
    world.run(Span::secs(5));
    assert_eq!(world.owned(first), [0]);
    let second = world.add(2, config());
    world.run(Span::secs(4));
    assert_eq!(world.owned(second), [0], "it takes over at once");
    assert_eq!(
        world.errors(),
        [
            "[Consumer instanceId=same, clientId=c, groupId=g] Caught fenced group.instance.id Optional[same] \
             error in heartbeat thread",
            "org.apache.kafka.common.errors.FencedInstanceIdException: The broker rejected this static consumer \
             since another consumer with the same group.instance.id has registered with a different member.id.",
        ]
    );
    assert_eq!(world.shard.groups().next().unwrap().generation, 1);
}
