//! Figures recorded from real Kafka: assignments of all assignors, group partitions and Java's hash orders.
//!
//! Reads `tests/data/vectors/*.json` and every such file of the folder that KAFKASCOPE_VECTORS names. Cases of
//! kinds that are not simulated yet are counted, not failed.
#![allow(clippy::unwrap_used, reason = "a file that cannot be read is a failed test")]

use kafkascope_core::client::consumer::assignor::{Assignor, AssignorMember, Group, PartitionRacks};
use kafkascope_core::coordinator::group::assignor::{Partitions, Spec, Subscriber, assign};
use kafkascope_core::coordinator::group::partition_for;
use kafkascope_core::java::{JavaHash, hash_order, string_hash};
use kafkascope_core::protocol::{StickyUserData, Subscription, TopicName, TopicPartition, Uuid};
use kafkascope_core::sorted::SortedMap;
use kafkascope_tests::vectors::{files, list};
use serde_json::Value;
use std::collections::BTreeSet;

#[derive(Default)]
struct Tally {
    agreed: u32,
    skipped: u32,
    wrong: Vec<String>,
}

impl Tally {
    fn note(&mut self, agrees: Option<Result<(), String>>) {
        match agrees {
            Some(Ok(())) => self.agreed += 1,
            Some(Err(why)) => self.wrong.push(why),
            None => self.skipped += 1,
        }
    }
}

#[test]
fn recorded_figures_agree() {
    let mut total = 0;
    let mut wrong = Vec::new();
    for file in files() {
        let text = std::fs::read_to_string(&file).unwrap();
        let data: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let mut tally = Tally::default();
        for case in list(&data["cases"]) {
            tally.note(assignment(case).or_else(|| target(case)).or_else(|| java_order(case)));
        }
        for case in list(&data["consumer_groups"]).iter().chain(list(&data["transactional_ids"])) {
            tally.note(group_partition(case));
        }
        let Tally { agreed, skipped, wrong: w } = tally;
        println!("{}: {agreed} cases agree, {skipped} of other kinds, {} differ", file.display(), w.len());
        total += agreed;
        wrong.extend(w);
    }
    println!("{total} cases agree");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(total > 30, "only {total} cases were read");
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A client assignor's case: members and topics in, shares out. Inside a topic the order counts.
fn assignment(case: &Value) -> Option<Result<(), String>> {
    let assignor = Assignor::by_name(case["assignor"].as_str()?)?;
    if list(&case["members"]).iter().any(|member| !member["rack"].is_null()) {
        return None; // The figures do not tell where replicas stand.
    }
    let ordered = matches!(assignor, Assignor::Range | Assignor::RoundRobin);
    let topics: SortedMap<TopicName, i32> =
        case["topics"].as_object()?.iter().filter_map(topic_size).collect();
    let members: Vec<AssignorMember> =
        list(&case["members"]).iter().map(|given| member(given, assignor)).collect();
    let group = Group { topics: &topics, racks: &PartitionRacks::new(), members: &members };
    let found = assignor.assign(group, &mut number(&case["instance_max_generation_before"]));
    let wanted = case["expected"].as_object()?;
    let ids: BTreeSet<&String> = wanted.keys().collect();
    let mut agrees = ids == found.keys().collect();
    for (id, partitions) in wanted {
        let mut wanted: Vec<String> = list(partitions).iter().map(text).collect();
        let mut found: Vec<String> = found.get(id).into_iter().flatten().map(ToString::to_string).collect();
        // Topics come in an order of their own; the sort is stable, so partitions keep theirs.
        let topic = |name: &String| name.rsplit_once('-').map(|(topic, _)| topic.to_owned());
        wanted.sort_by_key(topic);
        found.sort_by_key(topic);
        if !ordered {
            wanted.sort();
            found.sort();
        }
        agrees = agrees && wanted == found;
    }
    Some(if agrees { Ok(()) } else { Err(format!("{}: assigned {found:?}", text(&case["id"]))) })
}

/// A server-side assignor's case: by topic ids.
fn target(case: &Value) -> Option<Result<(), String>> {
    let name = case["assignor"].as_str()?.strip_prefix("server-")?;
    if !["uniform", "range"].contains(&name) {
        return None;
    }
    let id = |text: &str| Uuid::parse(text).unwrap();
    let sizes = case["topics"].as_object()?.iter().map(|(topic, size)| (id(topic), number(size)));
    let topics: SortedMap<Uuid, i32> = sizes.filter(|(_, size)| *size >= 0).collect();
    let partitions = |value: &Value| -> Partitions {
        let numbers = |list: &[Value]| list.iter().map(number).collect();
        let topics = value.as_object().into_iter().flatten();
        topics.map(|(topic, given)| (id(topic), numbers(list(given)))).collect()
    };
    let subscriber = |member: &Value| Subscriber {
        member_id: text(&member["member_id"]),
        instance_id: member["group_instance_id"].as_str().map(str::to_owned),
        topics: list(&member["topics"]).iter().map(|topic| id(&text(topic))).collect(),
        current: partitions(&member["current"]).into_iter().collect(),
    };
    let members: Vec<Subscriber> = list(&case["members"]).iter().map(subscriber).collect();
    let found = assign(name, Spec { topics: &topics, members: &members });
    let wanted = match case["expected_error"].as_str() {
        Some(error) => Err(error.to_owned()),
        None => {
            let wanted = &case["expected"];
            let of = |member: &Subscriber| wanted.get(&member.member_id).map(&partitions);
            Ok(members.iter().filter_map(of).collect())
        }
    };
    Some(if found == wanted {
        Ok(())
    } else {
        Err(format!("{}: {found:?} not {wanted:?}", text(&case["id"])))
    })
}

fn topic_size((name, size): (&String, &Value)) -> Option<(TopicName, i32)> {
    Some((name.as_str().into(), i32::try_from(size.as_i64()?).ok()?))
}

fn member(member: &Value, assignor: Assignor) -> AssignorMember {
    let topics = list(&member["topics"]).iter().map(|topic| text(topic).into()).collect();
    let owned: Vec<TopicPartition> = list(&member["owned"]).iter().map(partition).collect();
    let generation = number(&member["generation"]);
    let mut subscription = Subscription { topics, generation, ..Subscription::default() };
    match assignor {
        Assignor::Sticky => {
            subscription.user_data = Some(StickyUserData { previous: Some(owned), generation });
        }
        Assignor::CooperativeSticky => subscription.owned = owned,
        Assignor::Range | Assignor::RoundRobin => {}
    }
    AssignorMember {
        member_id: text(&member["member_id"]),
        group_instance_id: member["group_instance_id"].as_str().map(str::to_owned),
        subscription,
    }
}

fn number(value: &Value) -> i32 {
    value.as_i64().and_then(|number| i32::try_from(number).ok()).unwrap_or(-1)
}

fn partition(value: &Value) -> TopicPartition {
    let name = text(value);
    let (topic, number) = name.rsplit_once('-').unwrap();
    TopicPartition::new(topic, number.parse().unwrap())
}

fn java_order(case: &Value) -> Option<Result<(), String>> {
    fn check<T: JavaHash + PartialEq + std::fmt::Debug>(wanted: Vec<T>, given: Vec<T>) -> Result<(), String> {
        let found = hash_order(given);
        if found == wanted { Ok(()) } else { Err(format!("walked {found:?} instead of {wanted:?}")) }
    }
    let (given, wanted) = (list(&case["inserted_in_order"]), list(&case["iteration_order"]));
    let partition = |item: &Value| {
        TopicPartition::new(text(&item[0]), i32::try_from(item[1].as_i64().unwrap_or(-1)).unwrap_or(-1))
    };
    match case["kind"].as_str()? {
        "String" => Some(check(wanted.iter().map(text).collect(), given.iter().map(text).collect())),
        "TopicPartition" => {
            Some(check(wanted.iter().map(partition).collect(), given.iter().map(partition).collect()))
        }
        _ => None,
    }
}

fn group_partition(case: &Value) -> Option<Result<(), String>> {
    let (id, hash) = (case["id"].as_str()?, case["hash_code"].as_i64()?);
    let found = (i64::from(string_hash(id)), i64::from(partition_for(id, 50)));
    let wanted = (hash, case["partition_of_50"].as_i64()?);
    Some(if found == wanted { Ok(()) } else { Err(format!("{id:?}: {found:?} instead of {wanted:?}")) })
}
