//! The consumer group tool on a stage without a cluster: answers are scripted, prints are compared.

use super::super::testing::Stage;
use crate::client::ClientCall;
use crate::protocol::{
    DescribeTopicsResponse, DescribedGroup, DescribedMember, DescribedPartition, DescribedTopic, ErrorCode,
    GroupKind, GroupState, ListOffsetsResponse, ListedGroup, ListedOffset, OffsetCommitResponse,
    OffsetFetchResponse, Request, Response, TopicPartition, Uuid,
};

const LINE: &str = "kafka-consumer-groups --bootstrap-server localhost:9092";

fn group(id: &str, state: GroupState, members: Vec<DescribedMember>) -> DescribedGroup {
    DescribedGroup {
        error: ErrorCode::None,
        group: id.to_owned(),
        kind: GroupKind::Classic,
        state,
        generation: 1,
        target_epoch: -1,
        protocol_type: "consumer".to_owned(),
        protocol: if state == GroupState::Stable { "range".to_owned() } else { String::new() },
        members,
    }
}

fn member(client: &str, partitions: &[i32]) -> DescribedMember {
    DescribedMember {
        member_id: format!("{client}-495a9c79-078b-439e-a3cf-0840e0b39ab1"),
        group_instance_id: None,
        client_id: client.to_owned(),
        client_host: "/127.0.0.1".to_owned(),
        assignment: partitions.iter().map(|number| TopicPartition::new("t", *number)).collect(),
        epoch: None,
        target: None,
        is_upgraded: None,
    }
}

fn offsets(pairs: &[(i32, i64)]) -> Response {
    let listed = |(number, offset): &(i32, i64)| ListedOffset {
        partition: TopicPartition::new("t", *number),
        error: ErrorCode::None,
        offset: *offset,
        timestamp: -1,
        leader_epoch: 0,
    };
    Response::ListOffsets(ListOffsetsResponse { partitions: pairs.iter().map(listed).collect() })
}

fn committed(pairs: &[(i32, i64)]) -> Response {
    let partitions =
        pairs.iter().map(|(number, offset)| (TopicPartition::new("t", *number), *offset, 0)).collect();
    Response::OffsetFetch(OffsetFetchResponse { error: ErrorCode::None, partitions })
}

fn topic(partitions: i32) -> Response {
    let partition = |partition| DescribedPartition {
        partition,
        leader: Some(101),
        replicas: vec![101],
        isr: vec![101],
        elr: Vec::new(),
        last_known_elr: Vec::new(),
    };
    let topic = DescribedTopic {
        error: if partitions == 0 { ErrorCode::UnknownTopicOrPartition } else { ErrorCode::None },
        name: "t".into(),
        topic_id: Uuid::ZERO,
        overrides: crate::sorted::SortedMap::new(),
        partitions: (0..partitions).map(partition).collect(),
    };
    Response::DescribeTopicPartitions(DescribeTopicsResponse { topics: vec![topic], live_brokers: vec![101] })
}

#[test]
fn groups_are_listed_with_their_states() {
    let kind = GroupKind::Classic;
    let listed =
        |id: &str, state| ListedGroup { group: id.into(), kind, protocol_type: "consumer".into(), state };
    let answer = || {
        Response::ListGroups(Ok(vec![
            listed("audit", GroupState::Stable),
            listed("billing", GroupState::Empty),
        ]))
    };
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{LINE} --list"));
    stage.answer(&mut tool, answer());
    assert_eq!(stage.out, "audit\nbilling\n");
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{LINE} --list --state empty"));
    stage.answer(&mut tool, answer());
    assert_eq!(
        stage.out,
        "GROUP                     STATE               \nbilling                   Empty               \n"
    );
}

#[test]
fn the_lag_of_a_group_is_shown_by_partition() {
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{LINE} --describe --group g"));
    let members = vec![member("a", &[]), member("b", &[1, 0])];
    stage.answer(&mut tool, Response::DescribeGroups(vec![group("g", GroupState::Stable, members)]));
    stage.answer(&mut tool, committed(&[(0, 2), (3, 1)]));
    stage.answer(&mut tool, offsets(&[(0, 5), (1, 0), (3, 1)]));
    assert_eq!(
        stage.out,
        "
GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             \
CONSUMER-ID                            HOST            CLIENT-ID
g               t               0          2               5               3               \
b-495a9c79-078b-439e-a3cf-0840e0b39ab1 /127.0.0.1      b
g               t               1          -               0               -               \
b-495a9c79-078b-439e-a3cf-0840e0b39ab1 /127.0.0.1      b
g               t               3          1               1               0               \
-                                      -               -
"
    );
    assert_eq!(stage.exit, Some(0));
}

#[test]
fn members_are_shown_with_what_they_own() {
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{LINE} --describe --group g --members --verbose"));
    let members = vec![member("a", &[]), member("b", &[1, 0])];
    stage.answer(&mut tool, Response::DescribeGroups(vec![group("g", GroupState::Stable, members)]));
    assert_eq!(
        stage.out,
        "
GROUP           CONSUMER-ID                            HOST            CLIENT-ID       #PARTITIONS     \
CURRENT-EPOCH   CURRENT-ASSIGNMENT   TARGET-EPOCH    TARGET-ASSIGNMENT   
g               a-495a9c79-078b-439e-a3cf-0840e0b39ab1 /127.0.0.1      a               0               \
-               -                    -               -                   
g               b-495a9c79-078b-439e-a3cf-0840e0b39ab1 /127.0.0.1      b               2               \
-               t:0,1                -               -                   
"
    );
}

#[test]
fn a_group_that_nobody_knows_is_an_error_with_exit_code_0() {
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{LINE} --describe --group nobody"));
    let mut gone = group("nobody", GroupState::Dead, Vec::new());
    gone.error = ErrorCode::GroupIdNotFound;
    stage.answer(&mut tool, Response::DescribeGroups(vec![gone]));
    assert_eq!(
        stage.out,
        "\nError: Executing consumer group command failed due to \
         org.apache.kafka.common.errors.GroupIdNotFoundException: Group nobody not found.\n"
    );
    assert_eq!(
        (stage.complaint().starts_with("java.util.concurrent.ExecutionException: "), stage.exit),
        (true, Some(0))
    );
}

#[test]
fn offsets_are_shifted_and_kept_inside_the_log() {
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{LINE} --group g --reset-offsets --shift-by 10 --topic t --execute"));
    stage.answer(&mut tool, Response::DescribeGroups(vec![group("g", GroupState::Empty, Vec::new())]));
    stage.answer(&mut tool, topic(1));
    stage.answer(&mut tool, committed(&[(0, 1)]));
    stage.answer(&mut tool, offsets(&[(0, 0)]));
    stage.answer(&mut tool, offsets(&[(0, 4)]));
    let Some(ClientCall::Admin { request: Request::OffsetCommit(request), .. }) = stage.calls.front() else {
        panic!("a commit")
    };
    assert_eq!((request.generation, request.offsets[0].offset), (-1, 4));
    let done = OffsetCommitResponse { partitions: vec![(TopicPartition::new("t", 0), ErrorCode::None)] };
    stage.answer(&mut tool, Response::OffsetCommit(done));
    assert_eq!(
        stage.out,
        "\nGROUP           TOPIC           PARTITION  NEW-OFFSET\ng               t               0          4\n"
    );
    assert_eq!(
        stage.err,
        "[2026-01-01 00:00:00,000] WARN New offset (11) is higher than latest offset for topic partition t-0. Value \
         will be set to 4 (org.apache.kafka.tools.OffsetsUtils)\n"
    );
}

#[test]
fn a_plan_is_exported_and_nothing_is_written() {
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{LINE} --group new --reset-offsets --to-earliest --topic t --export"));
    let mut unknown = group("new", GroupState::Dead, Vec::new());
    unknown.error = ErrorCode::GroupIdNotFound;
    stage.answer(&mut tool, Response::DescribeGroups(vec![unknown]));
    stage.answer(&mut tool, topic(2));
    stage.answer(&mut tool, offsets(&[(0, 0), (1, 0)]));
    assert_eq!((stage.out.as_str(), stage.exit), ("t,1,0\nt,0,0\n\n", Some(0)));
    assert!(
        stage
            .complaint()
            .starts_with("WARN: No action will be performed as the --execute option is missing. In")
    );
}

#[test]
fn a_reset_needs_an_inactive_group_and_a_known_topic() {
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{LINE} --group g --reset-offsets --to-latest --topic t --execute"));
    stage.answer(&mut tool, Response::DescribeGroups(vec![group("g", GroupState::Stable, Vec::new())]));
    assert_eq!(
        stage.out,
        "\nError: Assignments can only be reset if the group 'g' is inactive, but the current state is Stable.\n\n\
         GROUP           TOPIC           PARTITION  NEW-OFFSET\n"
    );
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{LINE} --group g --reset-offsets --to-latest --topic t --execute"));
    stage.answer(&mut tool, Response::DescribeGroups(vec![group("g", GroupState::Empty, Vec::new())]));
    stage.answer(&mut tool, topic(0));
    assert_eq!(
        stage.out,
        "\nError: Executing consumer group command failed due to This server does not host this topic-partition.\n"
    );
}

#[test]
fn deleting_groups_tells_which_could_not_be() {
    let mut stage = Stage::default();
    let mut tool = stage.run(&format!("{LINE} --delete --group g --group h"));
    let outcome = vec![("g".to_owned(), ErrorCode::NonEmptyGroup), ("h".to_owned(), ErrorCode::None)];
    stage.answer(&mut tool, Response::DeleteGroups(outcome));
    assert_eq!(
        stage.out,
        "\nError: Deletion of some consumer groups failed:\n* Group 'g' could not be deleted due to: \
         org.apache.kafka.common.errors.GroupNotEmptyException: The group is not empty.\n\nThese consumer groups were \
         deleted successfully: 'h'\n"
    );
}
