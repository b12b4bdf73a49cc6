//! Figures recorded from real Kafka: where replicas go. See `vectors.rs`.
#![allow(clippy::unwrap_used, reason = "a case that lacks a field is a failed test")]

use kafkascope_core::controller::admin_utils::{self, Begin, RackedBroker};
use kafkascope_core::controller::{Draw, UsableBroker, place};
use kafkascope_tests::vectors::{cases, id, ids, list};
use serde_json::Value;
use std::collections::VecDeque;

#[test]
fn replicas_are_placed_as_kafka_places_them() {
    let (mut agreed, mut wrong) = (0, Vec::new());
    for case in cases() {
        let problem = match case["algorithm"].as_str() {
            Some("kraft-striped") => striped(&case),
            Some("zk-adminutils") => by_admin_utils(&case),
            _ => continue,
        };
        match problem {
            None => agreed += 1,
            Some(problem) => wrong.push(format!("{}: {problem}", case["id"])),
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), agreed + wrong.len(), wrong.join("\n"));
    assert!(agreed >= 78, "only {agreed} cases were read");
}

/// The draws that Kafka made, each with its bound.
struct Recorded {
    draws: VecDeque<(u32, u32)>,
    problem: Option<String>,
}

impl Draw for Recorded {
    fn below(&mut self, bound: u32) -> u32 {
        match self.draws.pop_front() {
            Some((recorded, value)) if recorded == bound => value,
            other => {
                self.problem.get_or_insert(format!("draws below {bound} where Kafka drew {other:?}"));
                0
            }
        }
    }
}

fn rack(broker: &Value) -> Option<String> {
    broker["rack"].as_str().map(str::to_owned)
}

fn number(value: &Value) -> u32 {
    u32::try_from(value.as_u64().unwrap()).unwrap()
}

fn striped(case: &Value) -> Option<String> {
    let brokers: Vec<UsableBroker> = list(&case["brokers_in_registration_iteration_order"])
        .iter()
        .map(|broker| UsableBroker {
            id: id(&broker["id"]).unwrap(),
            rack: rack(broker),
            fenced: broker["fenced"] == true,
        })
        .collect();
    let draws = list(&case["random_draws_bound_value"]);
    let mut recorded = Recorded {
        draws: draws.iter().map(|draw| (number(&draw[0]), number(&draw[1]))).collect(),
        problem: None,
    };
    let factor = i16::try_from(case["replication_factor"].as_i64().unwrap()).unwrap();
    let found = place(&brokers, id(&case["partitions"]).unwrap(), factor, &mut recorded);
    if let Some(message) = case["expected_error"]["message"].as_str() {
        // Later versions say more at the end.
        let message = message.trim_end_matches('.');
        return match found {
            Err(why) if why.starts_with(message) => None,
            other => Some(format!("{other:?} instead of {message}")),
        };
    }
    let wanted: Vec<Vec<i32>> = list(&case["expected"]).iter().map(ids).collect();
    if let Some(problem) = recorded.problem {
        return Some(problem);
    }
    if !recorded.draws.is_empty() {
        return Some(format!("{} draws were not made", recorded.draws.len()));
    }
    (found.as_ref() != Ok(&wanted)).then(|| format!("{found:?} instead of {wanted:?}"))
}

fn by_admin_utils(case: &Value) -> Option<String> {
    let brokers: Vec<RackedBroker> =
        list(&case["brokers"]).iter().map(|broker| (id(&broker["id"]).unwrap(), rack(broker))).collect();
    let (partitions, factor) = (id(&case["partitions"]).unwrap(), id(&case["replication_factor"]).unwrap());
    let checked = admin_utils::check(&brokers, partitions, factor);
    let error = &case["expected_error"];
    if let Some(message) = error["message"].as_str() {
        let Err((code, why)) = checked else { return Some(format!("no error, but: {message}")) };
        let exception = code.map_or("AdminOperationException", |code| code.exception());
        let agrees = why == message && error["exception"] == exception;
        return (!agrees).then(|| format!("{exception} {why} instead of {error}"));
    }
    if let Err((_, why)) = checked {
        return Some(why);
    }
    if !case["rack_alternated_broker_list"].is_null() {
        let line: Vec<i32> = admin_utils::rack_alternated(&brokers).0.iter().map(|(id, _)| *id).collect();
        let wanted = ids(&case["rack_alternated_broker_list"]);
        if line != wanted {
            return Some(format!("lined up as {line:?} instead of {wanted:?}"));
        }
    }
    let at = |name: &str| usize::try_from(case[name].as_i64().unwrap().max(0)).unwrap();
    let begin = Begin {
        index: at("start_index"),
        shift: at("next_replica_shift"),
        partition: at("start_partition_id"),
    };
    let found = admin_utils::assign(&brokers, partitions, factor, begin);
    let expected = case["expected"].as_object().unwrap();
    let wanted: Vec<Vec<i32>> =
        (begin.partition..).take(expected.len()).map(|n| ids(&expected[&n.to_string()])).collect();
    (found != wanted).then(|| format!("{found:?} instead of {wanted:?}"))
}
