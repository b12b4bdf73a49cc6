//! Whether a predicate holds, and what is the case.

use super::measure::{group, partition, topic};
use super::{Compare, Facts, Predicate, Verdict};
use crate::node::BrokerId;
use crate::protocol::{GroupState, TopicName};
use crate::view::{ClusterView, TopicView, joined};

impl Predicate {
    /// Remembers how things are now, for predicates about change. Call once, when the question is put.
    pub fn begin(&mut self, facts: &dyn Facts) {
        match self {
            Predicate::LeaderChanges { partition: place, was: was @ None } => {
                *was = partition(facts.view(), place).ok().map(|partition| partition.leader);
            }
            Predicate::ControllerChanges { was: was @ None } => *was = Some(active(facts.view())),
            Predicate::Not(inner) => inner.begin(facts),
            Predicate::All(all) => {
                for one in all {
                    one.begin(facts);
                }
            }
            _ => {}
        }
    }

    /// Whether it holds now.
    #[must_use]
    pub fn judge(&self, facts: &dyn Facts) -> Verdict {
        // What is asked about may not be there: that is an answer, and it is no.
        self.try_judge(facts).unwrap_or_else(|missing| Verdict::new(false, missing))
    }

    fn try_judge(&self, facts: &dyn Facts) -> Result<Verdict, String> {
        let view = facts.view();
        Ok(match self {
            Predicate::Not(inner) => {
                let verdict = inner.judge(facts);
                Verdict::new(!verdict.holds, verdict.text)
            }
            Predicate::All(all) => {
                let mut texts = Vec::new();
                for one in all {
                    let verdict = one.judge(facts);
                    if !verdict.holds {
                        return Ok(verdict);
                    }
                    texts.push(verdict.text);
                }
                Verdict::new(true, texts.join("; "))
            }
            Predicate::Number(subject, compare, wanted) => {
                number(&subject.name(), subject.measure(facts)?, *compare, *wanted)
            }
            Predicate::AllLed(of) => all_led(view, of.as_ref())?,
            Predicate::AllInSync(of) => all_in_sync(view, of.as_ref())?,
            Predicate::Broker(broker, wanted) => {
                let found = view.brokers.iter().find(|b| b.id == *broker);
                let state = found.ok_or_else(|| format!("there is no broker {broker}"))?.state;
                Verdict::new(state == *wanted, format!("broker {broker} is {}", state.name()))
            }
            Predicate::Controller(id, wanted) => controller(view, *id, wanted)?,
            Predicate::ZooKeeper(id, wanted) => zookeeper(view, *id, wanted)?,
            Predicate::ControllerChanges { was } => {
                let now = active(view);
                let changed = now.is_some() && was.is_some_and(|was| was != now);
                Verdict::new(changed, format!("the active controller is {}", id(now)))
            }
            Predicate::Topic(name) => match topic(view, name) {
                Ok(_) => Verdict::new(true, format!("topic {name} is there")),
                Err(missing) => Verdict::new(false, missing),
            },
            Predicate::Group(name, wanted) => {
                let state = group(view, name)?.state;
                let holds = wanted == "exists" || state.name().to_ascii_lowercase() == *wanted;
                Verdict::new(holds, format!("group {name} is {}", group_state(state)))
            }
            Predicate::SamePartition(name, key) => {
                topic(view, name)?;
                same_partition(facts, name, key)
            }
            Predicate::Ran(words) => ran(facts, words),
            Predicate::Leader(..)
            | Predicate::LeaderChanges { .. }
            | Predicate::Isr(..)
            | Predicate::Replicas(..) => return self.judge_partition(view),
            Predicate::Transaction(..) | Predicate::Producer(_) | Predicate::Consumer(_) => {
                return self.judge_client(view);
            }
        })
    }

    /// What is asked about one client, or about its transaction.
    fn judge_client(&self, view: &ClusterView) -> Result<Verdict, String> {
        Ok(match self {
            Predicate::Transaction(id, wanted) => {
                let found = view.transactions.iter().find(|it| it.transactional_id == *id);
                let state = found.ok_or_else(|| format!("there is no transactional id {id}"))?.state.name();
                let holds = state.to_ascii_lowercase() == *wanted;
                Verdict::new(holds, format!("the transaction of {id} is {state}"))
            }
            Predicate::Producer(name) => {
                let mut producers = view.producers.iter().filter(|producer| producer.application);
                runs("producer", name, producers.any(|producer| producer.name == *name))
            }
            Predicate::Consumer(name) => {
                let mut consumers = view.consumers.iter().filter(|consumer| consumer.application);
                runs("consumer", name, consumers.any(|consumer| consumer.name == *name))
            }
            _ => Verdict::new(false, "nothing is asked about a client".to_owned()),
        })
    }

    /// What is asked about one partition.
    fn judge_partition(&self, view: &ClusterView) -> Result<Verdict, String> {
        Ok(match self {
            Predicate::Leader(place, wanted) => {
                let leader = partition(view, place)?.leader;
                Verdict::new(leader == *wanted, format!("the leader of {place} is {}", id(leader)))
            }
            Predicate::LeaderChanges { partition: place, was } => {
                let leader = partition(view, place)?.leader;
                let changed = was.is_some_and(|was| was != leader) && leader.is_some();
                let text = match was {
                    Some(was) if changed => {
                        format!("the leader of {place} was {} and is {}", id(*was), id(leader))
                    }
                    _ => format!("the leader of {place} is {}", id(leader)),
                };
                Verdict::new(changed, text)
            }
            Predicate::Isr(place, wanted) => {
                let isr = &partition(view, place)?.isr;
                let same =
                    isr.iter().all(|id| wanted.contains(id)) && wanted.iter().all(|id| isr.contains(id));
                Verdict::new(same, format!("the in-sync replicas of {place} are {}", ids(isr)))
            }
            Predicate::Replicas(place, wanted) => {
                let mut replicas = Vec::new();
                for replica in &partition(view, place)?.replicas {
                    replicas.push(replica.broker);
                }
                Verdict::new(replicas == *wanted, format!("the replicas of {place} are {}", ids(&replicas)))
            }
            _ => Verdict::new(false, "nothing is asked about a partition".to_owned()),
        })
    }
}

fn number(name: &str, now: i64, compare: Compare, wanted: i64) -> Verdict {
    if compare.holds(now, wanted) {
        return Verdict::new(true, format!("{name} is {now}"));
    }
    let missing = match compare {
        Compare::Equal => format!("it must be {wanted}"),
        Compare::Differs => format!("it must not be {wanted}"),
        Compare::AtLeast => format!("{} more to go", wanted.saturating_sub(now)),
        Compare::Above => format!("{} more to go", wanted.saturating_sub(now).saturating_add(1)),
        Compare::AtMost => format!("{} too many", now.saturating_sub(wanted)),
        Compare::Below => format!("{} too many", now.saturating_sub(wanted).saturating_add(1)),
    };
    Verdict::new(false, format!("{name} is {now}, {missing}"))
}

fn topics<'a>(view: &'a ClusterView, of: Option<&TopicName>) -> Result<&'a [TopicView], String> {
    match of {
        Some(name) => Ok(std::slice::from_ref(topic(view, name)?)),
        None => Ok(&view.topics),
    }
}

fn all_led(view: &ClusterView, of: Option<&TopicName>) -> Result<Verdict, String> {
    let mut orphans = Vec::new();
    for topic in topics(view, of)? {
        for partition in topic.partitions.iter().filter(|partition| partition.leader.is_none()) {
            orphans.push(format!("{}-{}", topic.name, partition.partition));
        }
    }
    Ok(match few(&orphans) {
        None => Verdict::new(true, "every partition has a leader"),
        Some(list) => Verdict::new(false, format!("no leader: {list}")),
    })
}

fn all_in_sync(view: &ClusterView, of: Option<&TopicName>) -> Result<Verdict, String> {
    let mut behind = Vec::new();
    for topic in topics(view, of)? {
        for partition in &topic.partitions {
            for replica in
                partition.replicas.iter().filter(|replica| !partition.isr.contains(&replica.broker))
            {
                behind.push(format!("{}-{} on {}", topic.name, partition.partition, replica.broker));
            }
        }
    }
    Ok(match few(&behind) {
        None => Verdict::new(true, "every replica is in sync"),
        Some(list) => Verdict::new(false, format!("not in sync: {list}")),
    })
}

fn same_partition(facts: &dyn Facts, name: &TopicName, key: &str) -> Verdict {
    let counts = facts.keyed(name, key);
    let list = joined(counts.iter().map(|(p, n)| format!("{n} in partition {p}")), ", ");
    match counts.len() {
        0 => Verdict::new(false, format!("no record in {name} has the key {key}")),
        1 => Verdict::new(true, format!("records with key {key}: {list}")),
        _ => Verdict::new(false, format!("records with key {key} are in several partitions: {list}")),
    }
}

fn ran(facts: &dyn Facts, words: &[String]) -> Verdict {
    match facts.ran().iter().find(|line| says(line, words)) {
        Some(line) => Verdict::new(true, format!("you ran `{line}`")),
        None => Verdict::new(false, format!("no command with `{}` has been run yet", words.join(" "))),
    }
}

/// Whether a line holds all these words, however its options were joined to their values.
fn says(line: &str, words: &[String]) -> bool {
    let mut said: Vec<String> = Vec::new();
    for word in line.split_whitespace() {
        let word = word.trim_matches(['\'', '"']);
        said.push(word.to_owned());
        if word.starts_with("--")
            && let Some((option, value)) = word.split_once('=')
        {
            said.extend([option.to_owned(), value.to_owned()]);
        }
    }
    words.iter().all(|word| said.contains(word))
}

/// At most five names, and how many more there are.
fn few(names: &[String]) -> Option<String> {
    let shown = names.get(..5).unwrap_or(names).join(", ");
    match names.len() {
        0 => None,
        1..=5 => Some(shown),
        all => Some(format!("{shown} and {} more", all - 5)),
    }
}

fn id(leader: Option<BrokerId>) -> String {
    leader.map_or_else(|| "none".to_owned(), |id| id.to_string())
}

/// The controller that decides: of several that believe it, the one of the newest epoch.
fn active(view: &ClusterView) -> Option<i32> {
    if let Some((broker, _)) = view.elected_controller {
        return Some(broker);
    }
    let claims = view.controllers.iter().filter(|controller| controller.leads);
    claims.max_by_key(|controller| controller.epoch).map(|controller| controller.id)
}

fn runs(what: &str, name: &str, runs: bool) -> Verdict {
    Verdict::new(runs, format!("{what} {name} {}", if runs { "runs" } else { "does not run" }))
}

fn zookeeper(view: &ClusterView, id: i32, wanted: &str) -> Result<Verdict, String> {
    let found = view.zookeepers.iter().find(|server| server.id == id);
    let found = found.ok_or_else(|| format!("there is no ZooKeeper server {id}"))?;
    let holds = if wanted == "serving" { found.serves } else { found.role == wanted };
    Ok(Verdict::new(holds, format!("ZooKeeper server {id} is {}", found.role)))
}

fn controller(view: &ClusterView, id: i32, wanted: &str) -> Result<Verdict, String> {
    if !view.zookeepers.is_empty() {
        let text = match view.elected_controller {
            Some((broker, epoch)) => format!("broker {broker} is the controller, in epoch {epoch}"),
            None => "no broker is the controller".to_owned(),
        };
        let is = view.elected_controller.is_some_and(|(broker, _)| broker == id);
        return Ok(Verdict::new(is && wanted == "active", text));
    }
    let found = view.controllers.iter().find(|controller| controller.id == id);
    let found = found.ok_or_else(|| format!("there is no controller {id}"))?;
    let holds = match wanted {
        "active" => found.leads,
        wanted => found.role == wanted || found.state.name() == wanted,
    };
    let role = if found.leads { "the active one" } else { found.role };
    let comma = if role.is_empty() { "" } else { ", " };
    Ok(Verdict::new(holds, format!("controller {id} is {}{comma}{role}", found.state.name())))
}

fn ids(list: &[BrokerId]) -> String {
    joined(list, ",")
}

fn group_state(state: GroupState) -> &'static str {
    match state {
        GroupState::Empty => "empty",
        GroupState::PreparingRebalance => "gathering its members",
        GroupState::CompletingRebalance => "waiting for its assignment",
        GroupState::Assigning => "about to get a new target",
        GroupState::Reconciling => "on its way to its target",
        GroupState::Stable => "stable",
        GroupState::Dead => "dead",
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::sorted::SortedMap;
    use crate::view::{BrokerView, PartitionView, ReplicaView};

    struct Here(ClusterView, Vec<String>);

    impl Facts for Here {
        fn view(&self) -> &ClusterView {
            &self.0
        }
        fn acknowledged_lost(&self) -> u64 {
            2
        }
        fn fate(&self, _: &str) -> crate::ledger::Sums {
            crate::ledger::Sums { acknowledged: 9, lost: 2, failed: 1, ..Default::default() }
        }
        fn visible(&self, _: &str) -> (u64, u64) {
            (0, 0)
        }
        fn delivery(&self, _: &str) -> Option<crate::view::DeliveryView> {
            None
        }
        fn keyed(&self, _: &str, key: &str) -> SortedMap<i32, u64> {
            if key == "a" { SortedMap::from([(1, 3)]) } else { SortedMap::from([(0, 1), (1, 1)]) }
        }
        fn ran(&self) -> &[String] {
            &self.1
        }
    }

    fn here() -> Here {
        let replica = |broker, log_end, in_sync| ReplicaView {
            epoch_start: 0,
            broker,
            log_start: 0,
            log_end,
            high_watermark: 4,
            last_stable_offset: 4,
            open_transactions: Vec::new(),
            segments: vec![0],
            bytes: 0,
            recovery_point: 0,
            in_sync,
            online: true,
        };
        let partition = PartitionView {
            partition: 0,
            leader: Some(101),
            leader_epoch: 3,
            replicas: vec![replica(101, 6, true), replica(102, 4, false)],
            isr: vec![101],
            elr: Vec::new(),
            marks: Vec::new(),
        };
        let topic = TopicView {
            name: "t".into(),
            topic_id: crate::protocol::Uuid::ZERO,
            internal: false,
            replication_factor: 2,
            min_insync_replicas: 1,
            partitions: vec![partition],
        };
        let broker = BrokerView {
            is_controller: false,
            id: 102,
            endpoint: String::new(),
            rack: None,
            state: crate::view::ProcessState::Crashed,
            since: crate::node::SimTime::ZERO,
            epoch: 1,
            leads: 0,
            holds: 1,
            last_heartbeat: None,
            session_ends: None,
            disk_delay: crate::node::Span::ZERO,
        };
        let view = ClusterView { topics: vec![topic], brokers: vec![broker], ..ClusterView::default() };
        Here(view, vec!["kafka-topics --list --x=y 'x'".to_owned()])
    }

    #[test]
    fn verdicts_say_what_is_the_case_and_what_is_missing() {
        let cases = [
            ("records t >= 6", true, "the number of records in t is 6"),
            ("records t > 6", false, "the number of records in t is 6, 1 more to go"),
            ("end t-0 == 5", false, "the log end offset of t-0 is 6, it must be 5"),
            ("high-watermark t-1 == 5", false, "t has 1 partitions and none with number 1"),
            ("leader t-0 == 101", true, "the leader of t-0 is 101"),
            ("leader t-0 changes", false, "the leader of t-0 is 101"),
            ("leader t-0 != none", true, "the leader of t-0 is 101"),
            ("isr t-0 == 102,101", false, "the in-sync replicas of t-0 are 101"),
            ("replicas t-0 == 101,102", true, "the replicas of t-0 are 101,102"),
            ("in-sync t all", false, "not in sync: t-0 on 102"),
            ("no partition without leader", true, "every partition has a leader"),
            ("broker 102 crashed", true, "broker 102 is crashed"),
            ("broker 9 up", false, "there is no broker 9"),
            ("topic x exists", false, "there is no topic x"),
            ("no topic x", true, "there is no topic x"),
            ("group g stable", false, "there is no group g"),
            ("same-partition t key a", true, "records with key a: 3 in partition 1"),
            (
                "same-partition t key b",
                false,
                "records with key b are in several partitions: 1 in partition 0, 1 in partition 1",
            ),
            ("records t key a >= 3", true, "the number of records with key a in t is 3"),
            ("acknowledged lost == 0", false, "the number of acknowledged records lost is 2, it must be 0"),
            ("acknowledged t == 9", true, "the number of acknowledged records of t is 9"),
            ("lost t == 0", false, "the number of lost records of t is 2, it must be 0"),
            (
                "failed t == 1 and unknown t == 0",
                true,
                "the number of failed records of t is 1; the number of unknown records of t is 0",
            ),
            ("duplicates x == 0", false, "there is no topic x"),
            ("ran kafka-topics --x y", true, "you ran `kafka-topics --list --x=y 'x'`"),
            (
                "ran kafka-topics --describe",
                false,
                "no command with `kafka-topics --describe` has been run yet",
            ),
            ("topic t exists and records t >= 9", false, "the number of records in t is 6, 3 more to go"),
        ];
        for (text, holds, words) in cases {
            let list: Vec<String> = text.split(' ').map(str::to_owned).collect();
            let mut question = parse(&list).unwrap();
            question.begin(&here());
            let verdict = question.judge(&here());
            assert_eq!((verdict.holds, verdict.text.as_str()), (holds, words), "{text}");
        }
    }

    #[test]
    fn a_change_is_seen_against_the_moment_of_the_question() {
        let list: Vec<String> = "leader t-0 changes".split(' ').map(str::to_owned).collect();
        let mut question = parse(&list).unwrap();
        question.begin(&here());
        let mut later = here();
        later.0.topics[0].partitions[0].leader = None;
        assert!(!question.judge(&later).holds, "a partition without leader has not got a new one");
        later.0.topics[0].partitions[0].leader = Some(102);
        assert_eq!(question.judge(&later).text, "the leader of t-0 was 101 and is 102");
    }
}
