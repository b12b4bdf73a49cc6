//! Figures recorded from real Kafka: the assignor of share groups.
//!
//! Reads the cases of `server-simple` in `tests/data/vectors/*.json` and in the folder that KAFKASCOPE_VECTORS names.
#![allow(clippy::unwrap_used, reason = "a file that cannot be read is a failed test")]

use kafkascope_core::coordinator::share::simple::{ShareMember, TopicIdPartition, assign};
use kafkascope_core::protocol::Uuid;
use kafkascope_core::sorted::SortedMap;
use kafkascope_tests::vectors::{cases, id, ids, list};
use serde_json::Value;

fn topic(text: &str) -> Uuid {
    Uuid::parse(text).unwrap()
}

fn partitions(value: &Value) -> Vec<TopicIdPartition> {
    let mut all = Vec::new();
    for (name, numbers) in value.as_object().into_iter().flatten() {
        all.extend(ids(numbers).into_iter().map(|number| TopicIdPartition(topic(name), number)));
    }
    all.sort_unstable();
    all
}

#[test]
fn share_groups_are_assigned_as_in_kafka() {
    let mut seen = 0;
    for case in cases().iter().filter(|case| case["assignor"] == "server-simple") {
        let sizes = case["topics"].as_object().unwrap();
        let topics: SortedMap<Uuid, i32> =
            sizes.iter().map(|(name, size)| (topic(name), id(size).unwrap())).collect();
        let members: Vec<ShareMember> = list(&case["members"])
            .iter()
            .map(|member| ShareMember {
                topics: list(&member["topics"]).iter().map(|name| topic(name.as_str().unwrap())).collect(),
                current: partitions(&member["current"]),
            })
            .collect();
        let found = assign(&topics, &members);
        match case["expected_error"].as_str() {
            Some(error) => assert_eq!(found.unwrap_err(), error, "{}", case["id"]),
            None => {
                for (member, share) in list(&case["members"]).iter().zip(found.unwrap()) {
                    let wanted = partitions(&case["expected"][member["member_id"].as_str().unwrap()]);
                    assert_eq!(share, wanted, "{} {}", case["id"], member["member_id"]);
                }
            }
        }
        seen += 1;
    }
    assert!(seen >= 4, "only {seen} cases were read");
}
