//! The tool on a stage: what it asks, what it prints.

use crate::client::ClientCall;
use crate::command::tools::testing::Stage;
use crate::protocol::{
    AlterPartitionReassignmentsRequest, DescribeTopicsResponse, DescribedPartition, DescribedTopic,
    ErrorCode, OngoingReassignment, Request, Response, TopicPartition, Uuid,
};

const TOOL: &str = "kafka-reassign-partitions --bootstrap-server localhost:9092";

fn stage(file: &str) -> Stage {
    let mut stage = Stage::default();
    stage.files.insert("plan.json".to_owned(), file.as_bytes().to_vec());
    stage
}

fn described(live: &[i32]) -> Response {
    let partition = DescribedPartition {
        partition: 0,
        leader: Some(101),
        replicas: vec![101, 102],
        isr: vec![101, 102],
        elr: vec![],
        last_known_elr: vec![],
    };
    let topic = DescribedTopic {
        error: ErrorCode::None,
        name: "t".into(),
        topic_id: Uuid::ZERO,
        overrides: [].into(),
        partitions: vec![partition],
    };
    Response::DescribeTopicPartitions(DescribeTopicsResponse {
        topics: vec![topic],
        live_brokers: live.to_vec(),
    })
}

fn moving() -> Response {
    Response::ListPartitionReassignments(vec![OngoingReassignment {
        partition: TopicPartition::new("t", 0),
        replicas: vec![103, 101, 102],
        adding: vec![103],
        removing: vec![102],
    }])
}

const PLAN: &str =
    r#"{"partitions": [{"topic": "t", "partition": 0, "replicas": [103, 101]}], "version": 1}"#;

#[test]
fn files_that_are_no_plan_are_refused() {
    for (file, complaint) in [
        ("", "Error: The input string shouldn't be empty"),
        ("{}", "Error: Partition reassignment list cannot be empty"),
        ("[1]", "Error: Expected JSON object, received [1]"),
        (r#"{"version":2}"#, "Error: Not supported version field value 2"),
        (r#"{"partitions":{}}"#, "Error: Expected JSON array, received {}"),
        (r#"{"partitions":[{"topic":"t"}]}"#, "Error: No such field exists: `partition`"),
        (
            r#"{"partitions":[{"topic":"t","partition":0,"replicas":[]}]}"#,
            "Error: Partition replica list cannot be empty",
        ),
        (
            r#"{"partitions":[{"topic":"t","partition":"0","replicas":[]}]}"#,
            "Error: Expected `Integer` value, received \"0\"",
        ),
        (
            r#"{"partitions":[{"topic":"t","partition":0,"replicas":[1,2],"log_dirs":["any"]}]}"#,
            "Error: Size of replicas list [1, 2] is different from size of log dirs list [any] for partition t-0",
        ),
        (
            r#"{"partitions":[{"topic":"t","partition":0,"replicas":[1,2,1]}]}"#,
            "Error: Partition replica lists may not contain duplicate entries: t-0 contains multiple entries for 1",
        ),
        (
            r#"{"partitions":[{"topic":"t","partition":0,"replicas":[1]},{"topic":"t","partition":0,"replicas":[2]}]}"#,
            "Error: Partition reassignment contains duplicate topic partitions: t-0",
        ),
    ] {
        let mut stage = stage(file);
        stage.run(&format!("{TOOL} --execute --reassignment-json-file plan.json"));
        assert_eq!(stage.out.lines().next(), Some(complaint), "{file}");
        assert_eq!((stage.exit, stage.err.as_str()), (Some(1), ""), "{file}");
    }
}

#[test]
fn options_must_fit_the_action() {
    for (options, complaint) in [
        ("--list --throttle 5", "Option \"[throttle]\" can't be used with action \"[list]\""),
        (
            "--list --bootstrap-controller c:1",
            "Please don't specify both --bootstrap-server and --bootstrap-controller",
        ),
        ("--generate --topics-to-move-json-file f", "Missing required argument \"[broker-list]\""),
    ] {
        let mut stage = Stage::default();
        stage.run(&format!("{TOOL} {options}"));
        assert_eq!(stage.complaint(), complaint);
        assert_eq!(stage.exit, Some(1));
    }
}

#[test]
fn moves_under_way_are_listed_and_called_off() {
    let mut list = Stage::default();
    let mut tool = list.run(&format!("{TOOL} --list"));
    list.answer(&mut tool, moving());
    let row = "t-0: replicas: 103,101,102. adding: 103. removing: 102.";
    assert_eq!(list.out, format!("Current partition reassignments:\n{row}\n"));
    let mut stage = stage(PLAN);
    let mut tool =
        stage.run(&format!("{TOOL} --cancel --preserve-throttles --reassignment-json-file plan.json"));
    stage.answer(&mut tool, moving());
    let Some(ClientCall::Admin { request: Request::AlterPartitionReassignments(ask), .. }) =
        stage.calls.front()
    else {
        panic!("{:?}", stage.calls)
    };
    assert_eq!(ask.partitions, [(TopicPartition::new("t", 0), None)]);
    stage.answer(
        &mut tool,
        Response::AlterPartitionReassignments(vec![(TopicPartition::new("t", 0), Ok(()))]),
    );
    assert_eq!(
        stage.out,
        "Successfully cancelled partition reassignment for: t-0\nNone of the specified partition moves are active."
    );
    assert_eq!(stage.exit, Some(0));
}

#[test]
fn verify_tells_moves_that_are_over_from_those_that_never_were() {
    for (plan, told) in [
        (
            PLAN,
            "There is no active reassignment of partition t-0, but replica set is 101,102 rather than 103,101.",
        ),
        (
            r#"{"partitions": [{"topic": "t", "partition": 0, "replicas": [101, 102]}]}"#,
            "Reassignment of partition t-0 is completed.",
        ),
    ] {
        let mut stage = stage(plan);
        let mut tool =
            stage.run(&format!("{TOOL} --verify --preserve-throttles --reassignment-json-file plan.json"));
        stage.answer(&mut tool, Response::ListPartitionReassignments(Vec::new()));
        stage.answer(&mut tool, described(&[101, 102]));
        assert_eq!(stage.out, format!("Status of partition reassignment:\n{told}\n\n"));
        assert_eq!(stage.exit, Some(0));
    }
}

#[test]
fn a_change_of_the_number_of_copies_can_be_forbidden() {
    let mut stage = stage(PLAN);
    let mut tool = stage.run(&format!(
        "{TOOL} --execute --disallow-replication-factor-change --additional --reassignment-json-file plan.json"
    ));
    stage.answer(&mut tool, Response::ListPartitionReassignments(Vec::new()));
    let Response::Metadata(mut metadata) = crate::command::tools::testing::metadata(&[]) else { panic!() };
    let endpoint = crate::node::Endpoint { host: "h".to_owned(), port: 1 };
    metadata.brokers = [101, 102, 103].map(|id| (id, endpoint.clone())).to_vec();
    stage.answer(&mut tool, Response::Metadata(metadata));
    stage.answer(&mut tool, described(&[101, 103]));
    assert_eq!(
        stage.out,
        "Current partition replica assignment\n\n{\"version\":1,\"partitions\":[{\"topic\":\"t\",\"partition\":0,\
         \"replicas\":[101,102],\"log_dirs\":[\"/tmp/kafka-logs-101\",\"any\"]}]}\n\nSave this to use as the \
         --reassignment-json-file option during rollback\n"
    );
    let Some(ClientCall::Admin { request: Request::AlterPartitionReassignments(ask), .. }) =
        stage.calls.front()
    else {
        panic!("{:?}", stage.calls)
    };
    assert_eq!(
        *ask,
        AlterPartitionReassignmentsRequest {
            allow_replication_factor_change: false,
            partitions: vec![(TopicPartition::new("t", 0), Some(vec![103, 101]))],
        }
    );
    stage.out.clear();
    let why =
        (ErrorCode::InvalidReplicationFactor, "The replication factor is changed from 1 to 2".to_owned());
    stage.answer(
        &mut tool,
        Response::AlterPartitionReassignments(vec![(TopicPartition::new("t", 0), Err(why))]),
    );
    let told = "Error reassigning partition(s):\nt-0: The replication factor is changed from 1 to 2\n";
    assert_eq!((stage.out.as_str(), stage.exit), (told, Some(1)));
}
