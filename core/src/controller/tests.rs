//! The rules that the controller applies to what leaders and administrators ask, one by one.

use super::{Controller, Founding};
use crate::metadata::{MetadataRecord, PartitionChange, PartitionRegistration, ServerConfig};
use crate::node::{BrokerId, Context, CorrelationId, Effect, Endpoint, NodeId, Rng, SimTime};
use crate::protocol::{
    AlterPartitionItem, AlterPartitionReassignmentsRequest, AlterPartitionRequest, ErrorCode, Request,
    Response, TopicPartition, Uuid,
};

const TOPIC: Uuid = Uuid([7; 16]);

/// Brokers 1 to 4, of which 4 is fenced, and `t-0` with replicas 1, 2, 3 and 4 in leader epoch 5, partition epoch 9.
/// A broker's epoch is its id times 10.
fn controller() -> Controller {
    let mut records = Vec::new();
    for id in 1..=4 {
        records.push(MetadataRecord::RegisterBroker {
            broker_id: id,
            incarnation: Uuid::ZERO,
            broker_epoch: i64::from(id) * 10,
            endpoint: Endpoint { host: "h".to_owned(), port: 1 },
            rack: None,
            fenced: id == 4,
        });
    }
    records.push(MetadataRecord::Topic { name: "t".into(), topic_id: TOPIC });
    records.push(MetadataRecord::Partition {
        topic_id: TOPIC,
        partition: 0,
        replicas: vec![1, 2, 3, 4],
        isr: vec![1, 2],
        leader: Some(1),
        leader_epoch: 5,
        partition_epoch: 9,
    });
    let founding = Founding {
        id: 1,
        voters: &[1],
        leader: 1,
        cluster_id: Uuid::ZERO,
        config: ServerConfig::default(),
        bootstrap: &records,
        rng: Rng::new(1, 1),
        quorum_rng: Rng::new(1, 2),
    };
    Controller::new(founding, SimTime::ZERO)
}

fn ask(controller: &mut Controller, request: Request) -> Response {
    let (mut rng, mut next, mut effects) = (Rng::new(1, 1), 1, Vec::new());
    let mut ctx = Context {
        cause: None,
        now: SimTime(1_000),
        me: NodeId::Controller(1),
        rng: &mut rng,
        next_correlation: &mut next,
        effects: &mut effects,
    };
    controller.on_request(&mut ctx, NodeId::Broker(1), CorrelationId(1), request);
    let answer = effects.into_iter().find_map(|effect| match effect {
        Effect::Response { body, .. } => Some(body),
        _ => None,
    });
    answer.expect("an answer")
}

fn state(controller: &Controller) -> PartitionRegistration {
    controller.image().partition(&TopicPartition::new("t", 0)).expect("the partition").clone()
}

/// What broker 1 asks for unless a test changes it: that 3 joins.
fn item() -> AlterPartitionItem {
    AlterPartitionItem {
        partition: TopicPartition::new("t", 0),
        leader_epoch: 5,
        partition_epoch: 9,
        new_isr: vec![(1, 10), (2, 20), (3, 30)],
        recovering: false,
    }
}

fn alter(
    controller: &mut Controller,
    broker: BrokerId,
    item: AlterPartitionItem,
) -> Result<Vec<BrokerId>, ErrorCode> {
    let request = AlterPartitionRequest {
        broker_id: broker,
        broker_epoch: i64::from(broker) * 10,
        partitions: vec![item],
    };
    let Response::AlterPartition(answer) = ask(controller, Request::AlterPartition(request)) else {
        panic!("another answer")
    };
    answer.partitions.into_iter().next().expect("one partition").1.map(|altered| altered.isr)
}

#[test]
fn a_leader_that_knows_the_present_state_gets_the_set_it_asks_for() {
    let mut controller = controller();
    assert_eq!(alter(&mut controller, 1, item()), Ok(vec![1, 2, 3]));
    let after = state(&controller);
    assert_eq!((after.leader_epoch, after.partition_epoch), (5, 10), "the leader epoch stays");
}

#[test]
fn who_knows_too_little_is_fenced_and_nothing_changes() {
    use ErrorCode::{FencedLeaderEpoch, InvalidRequest, InvalidUpdateVersion, NotController};
    let with = |change: fn(&mut AlterPartitionItem)| {
        let mut item = item();
        change(&mut item);
        item
    };
    for (broker, item, error) in [
        (1, with(|item| item.leader_epoch = 4), FencedLeaderEpoch),
        (1, with(|item| item.leader_epoch = 6), NotController),
        (1, with(|item| item.partition_epoch = 10), NotController),
        (1, with(|item| item.partition_epoch = 8), InvalidUpdateVersion),
        (2, item(), InvalidRequest),
        // The epochs are looked at before the sender.
        (2, with(|item| item.leader_epoch = 4), FencedLeaderEpoch),
        (1, with(|item| item.new_isr = vec![(1, 10), (9, -1)]), InvalidRequest),
        (1, with(|item| item.new_isr = vec![(1, 10), (2, 20), (2, 20)]), InvalidRequest),
        (1, with(|item| item.new_isr = vec![(2, 20)]), InvalidRequest),
        (1, with(|item| item.recovering = true), InvalidRequest),
    ] {
        let mut controller = controller();
        let before = state(&controller);
        assert_eq!(alter(&mut controller, broker, item.clone()), Err(error), "{item:?}");
        assert_eq!(state(&controller), before);
    }
}

#[test]
fn a_follower_that_is_fenced_or_has_started_anew_is_ineligible() {
    for (follower, epoch) in [(4, 40), (3, 29), (3, 31)] {
        let mut item = item();
        item.new_isr = vec![(1, 10), (2, 20), (follower, epoch)];
        assert_eq!(
            alter(&mut controller(), 1, item),
            Err(ErrorCode::IneligibleReplica),
            "{follower} {epoch}"
        );
    }
    // Before KIP-903 leaders sent no epochs.
    let mut item = item();
    item.new_isr = vec![(1, -1), (3, -1)];
    assert_eq!(alter(&mut controller(), 1, item), Ok(vec![1, 3]));
}

#[test]
fn a_sender_of_another_life_is_refused_as_a_whole() {
    let request = AlterPartitionRequest { broker_id: 1, broker_epoch: 9, partitions: vec![item()] };
    let Response::AlterPartition(answer) = ask(&mut controller(), Request::AlterPartition(request)) else {
        panic!("another answer")
    };
    assert_eq!((answer.error, answer.partitions.len()), (ErrorCode::StaleBrokerEpoch, 0));
}

fn reassign(
    controller: &mut Controller,
    target: Option<Vec<BrokerId>>,
    may_resize: bool,
) -> Result<(), String> {
    let request = AlterPartitionReassignmentsRequest {
        allow_replication_factor_change: may_resize,
        partitions: vec![(TopicPartition::new("t", 0), target)],
    };
    let Response::AlterPartitionReassignments(outcomes) =
        ask(controller, Request::AlterPartitionReassignments(request))
    else {
        panic!("another answer")
    };
    outcomes
        .into_iter()
        .next()
        .expect("one outcome")
        .1
        .map_err(|(code, why)| format!("{}: {why}", code.name()))
}

#[test]
fn a_leader_that_a_finished_reassignment_removes_is_told_that_it_leads_no_more() {
    let mut controller = controller();
    assert_eq!(reassign(&mut controller, Some(vec![2, 3]), true), Ok(()));
    let moving = state(&controller);
    assert_eq!((moving.replicas, moving.removing), (vec![2, 3, 1, 4], vec![1, 4]));
    assert_eq!((moving.leader, moving.partition_epoch), (Some(1), 10), "3 is not in sync yet");
    let mut item = item();
    item.partition_epoch = 10;
    assert_eq!(alter(&mut controller, 1, item), Err(ErrorCode::NewLeaderElected));
    let after = state(&controller);
    assert_eq!((after.leader_epoch, after.is_reassigning()), (6, false));
    assert_eq!((after.replicas, after.isr, after.leader), (vec![2, 3], vec![2, 3], Some(2)));
}

#[test]
fn a_reassignment_is_called_off_only_while_it_runs_and_only_without_loss() {
    let mut controller = controller();
    assert_eq!(
        reassign(&mut controller, None, true),
        Err("NO_REASSIGNMENT_IN_PROGRESS: No partition reassignment is in progress.".to_owned())
    );
    assert_eq!(
        reassign(&mut controller, Some(vec![1, 2]), false),
        Err("INVALID_REPLICATION_FACTOR: The replication factor is changed from 4 to 2".to_owned())
    );
    assert!(
        reassign(&mut controller, Some(vec![1, 1]), true)
            .unwrap_err()
            .contains("the broker 1 more than once")
    );
    assert!(
        reassign(&mut controller, Some(vec![1, 8]), true)
            .unwrap_err()
            .contains("includes broker 8, but no such")
    );
    assert_eq!(reassign(&mut controller, Some(vec![3]), true), Ok(()));
    assert_eq!(reassign(&mut controller, None, true), Ok(()));
    let back = state(&controller);
    assert!(!back.is_reassigning());
    assert_eq!((back.replicas, back.isr), (vec![3, 1, 2, 4], vec![1, 2]));
    // All that is in sync is new: going back would lose records.
    let change = PartitionChange { adding: Some(vec![1, 2]), ..PartitionChange::default() };
    let record = MetadataRecord::PartitionChange { topic_id: TOPIC, partition: 0, change: Box::new(change) };
    controller.image.replay(&record);
    assert_eq!(
        reassign(&mut controller, None, true),
        Err("INVALID_REPLICA_ASSIGNMENT: Unable to revert partition assignment for t:0 because it would require an \
             unclean leader election."
            .to_owned())
    );
}
