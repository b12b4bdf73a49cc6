//! Figures recorded from real Kafka: who leads, who is in sync, which epochs are raised. See `vectors.rs`.
#![allow(clippy::unwrap_used, reason = "a case that lacks a field is a failed test")]

use kafkascope_core::controller::strategy::{Strategy, choose};
use kafkascope_core::controller::{Elected, Election, PartitionChangeBuilder, Reassignment, Rules};
use kafkascope_core::metadata::{MetadataImage, MetadataRecord, PartitionRegistration};
use kafkascope_core::protocol::{TopicPartition, Uuid};
use kafkascope_tests::vectors::{cases, id, ids};
use serde_json::Value;

#[test]
fn leaders_are_chosen_as_kafka_chooses_them() {
    let (mut agreed, mut wrong) = (0, Vec::new());
    for case in cases() {
        let problem = match case["model"].as_str() {
            Some("kraft") => kraft(&case["input"], &case["expected"]),
            Some("zookeeper") => zookeeper(&case["input"], &case["expected"]),
            _ => continue,
        };
        match problem {
            None => agreed += 1,
            Some(problem) => wrong.push(format!("{}: {problem}", case["id"])),
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), agreed + wrong.len(), wrong.join("\n"));
    assert!(agreed >= 286, "only {agreed} cases were read");
}

fn version(input: &Value) -> (u32, u32, u32) {
    let text = input["metadata_version"].as_str().unwrap_or("4.3-IV0");
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok());
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next(), next())
}

fn kraft(input: &Value, expected: &Value) -> Option<String> {
    let now = PartitionRegistration {
        replicas: ids(&input["replicas"]),
        isr: ids(&input["isr"]),
        leader: id(&input["leader"]),
        leader_epoch: id(&input["leader_epoch"]).unwrap(),
        partition_epoch: id(&input["partition_epoch"]).unwrap(),
        adding: ids(&input["adding"]),
        removing: ids(&input["removing"]),
        elr: ids(&input["elr"]),
        last_known_elr: ids(&input["last_known_elr"]),
        recovering: input["leader_recovery_state"] == "RECOVERING",
    };
    let live = ids(&input["acceptable_leaders"]);
    let acceptable = |id| live.contains(&id);
    let election = match input["election"].as_str().unwrap() {
        "PREFERRED" => Election::Preferred,
        "UNCLEAN" => Election::Unclean,
        _ => Election::Online,
    };
    let min_isr = usize::try_from(input["min_isr"].as_u64().unwrap()).unwrap();
    let mut builder = PartitionChangeBuilder::new(&now, &acceptable, election, min_isr);
    let given = |name: &str| (!input[name].is_null()).then(|| ids(&input[name]));
    if let Some(isr) = given("target_isr") {
        builder.target_isr = isr;
    }
    let stands = Reassignment::of(&now);
    builder.target = Reassignment {
        replicas: given("target_replicas").unwrap_or(stands.replicas),
        adding: given("target_adding").unwrap_or(stands.adding),
        removing: given("target_removing").unwrap_or(stands.removing),
    };
    if let Some(state) = input["target_leader_recovery_state"].as_str() {
        builder.target_recovering = state == "RECOVERING";
    }
    builder.unclean_shutdown = ids(&input["unclean_shutdown_replicas"]);
    builder.rules = Rules {
        eligible_leader_replicas: input["elr_enabled"] == true,
        last_known_leader: input["use_last_known_leader"] != false,
        leader_recovery: version(input) >= (3, 2, 0),
        epoch_for_smaller_isr: version(input) < (3, 6, 0),
        remembers_every_lost_leader: version(input) >= (4, 1, 0),
        moves_end_early: version(input) >= (4, 1, 0),
    };
    if !expected["elected"].is_null() {
        let wanted = Elected {
            leader: id(&expected["elected"]).filter(|id| *id >= 0),
            unclean: expected["unclean"] == true,
        };
        let found = builder.elect();
        return (found != wanted).then(|| format!("{found:?} instead of {wanted:?}"));
    }
    let record = builder.build(Uuid::ZERO, 0);
    compare(now, record, expected)
}

fn compare(now: PartitionRegistration, record: Option<MetadataRecord>, expected: &Value) -> Option<String> {
    let Some(record) = record else {
        return (expected["change"] == true).then(|| "no change".to_owned());
    };
    if expected["change"] != true {
        return Some(format!("a change: {record:?}"));
    }
    let MetadataRecord::PartitionChange { change, .. } = &record else { return Some("no change".to_owned()) };
    let fields = [
        ("adding", change.adding.is_some()),
        ("elr", change.elr.is_some()),
        ("isr", change.isr.is_some()),
        ("last_known_elr", change.last_known_elr.is_some()),
        ("leader", change.leader.is_some()),
        ("recovery", change.recovering.is_some()),
        ("removing", change.removing.is_some()),
        ("replicas", change.replicas.is_some()),
    ];
    let fields: Vec<&str> = fields.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect();
    let mut wanted: Vec<&str> =
        expected["record_fields"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    // Where a replica lies on its broker's disks is not simulated.
    wanted.retain(|name| *name != "directories");
    if fields != wanted {
        return Some(format!("the record has {fields:?} instead of {wanted:?}"));
    }
    let after = replayed(now, &record);
    let lists = [
        ("isr", &after.isr),
        ("replicas", &after.replicas),
        ("adding", &after.adding),
        ("removing", &after.removing),
        ("elr", &after.elr),
        ("last_known_elr", &after.last_known_elr),
    ];
    for (name, found) in lists {
        if !expected[name].is_null() && ids(&expected[name]) != *found {
            return Some(format!("{name} {found:?} instead of {}", expected[name]));
        }
    }
    let recovery = if after.recovering { "RECOVERING" } else { "RECOVERED" };
    if expected["leader_recovery_state"].as_str().is_some_and(|state| state != recovery) {
        return Some(format!("it is {recovery}"));
    }
    let found = (after.leader, after.leader_epoch, after.partition_epoch);
    let wanted = (
        id(&expected["leader"]),
        id(&expected["leader_epoch"]).unwrap(),
        id(&expected["partition_epoch"]).unwrap(),
    );
    (found != wanted).then(|| format!("leader and epochs {found:?} instead of {wanted:?}"))
}

/// The partition after the record, by replaying it over one that stands as `now`.
fn replayed(now: PartitionRegistration, record: &MetadataRecord) -> PartitionRegistration {
    let mut image = MetadataImage::default();
    image.replay(&MetadataRecord::Topic { name: "t".into(), topic_id: Uuid::ZERO });
    image.replay(&MetadataRecord::Partition {
        topic_id: Uuid::ZERO,
        partition: 0,
        replicas: now.replicas.clone(),
        isr: now.isr.clone(),
        leader: now.leader,
        leader_epoch: now.leader_epoch,
        partition_epoch: now.partition_epoch,
    });
    let mut change = kafkascope_core::metadata::PartitionChange::default();
    (change.adding, change.removing) = (Some(now.adding), Some(now.removing));
    (change.elr, change.last_known_elr) = (Some(now.elr), Some(now.last_known_elr));
    change.recovering = Some(now.recovering);
    // This one raises the partition's epoch too.
    image.replay(&MetadataRecord::PartitionChange {
        topic_id: Uuid::ZERO,
        partition: 0,
        change: Box::new(change),
    });
    image.replay(record);
    let mut after = image.partition(&TopicPartition::new("t", 0)).unwrap().clone();
    after.partition_epoch -= 1;
    after
}

fn zookeeper(input: &Value, expected: &Value) -> Option<String> {
    let strategy = match input["strategy"].as_str().unwrap() {
        "offline" => Strategy::Offline { unclean: input["unclean"] == true },
        "reassign" => Strategy::Reassign,
        "preferred" => Strategy::Preferred,
        _ => Strategy::ControlledShutdown,
    };
    let (live, stopping) = (ids(&input["live"]), ids(&input["shutting_down"]));
    let found =
        choose(strategy, &ids(&input["assignment"]), &ids(&input["isr"]), &|id| live.contains(&id), &|id| {
            stopping.contains(&id)
        });
    let agrees = match &found {
        None => expected["leader"].is_null() && expected["leader_epoch_bumped"] == false,
        Some(chosen) => {
            let unclean = expected["unclean"].as_bool().unwrap_or(false);
            let isr = ids(&expected["isr"]);
            id(&expected["leader"]) == Some(chosen.leader) && isr == chosen.isr && unclean == chosen.unclean
        }
    };
    (!agrees).then(|| format!("{found:?} instead of {expected}"))
}
