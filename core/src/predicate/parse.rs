//! Words to a predicate.

use super::{Compare, Predicate, Subject};
use crate::node::BrokerId;
use crate::protocol::{TopicName, TopicPartition, TransactionState};
use crate::view::ProcessState;

/// The whole grammar, as `help predicate` tells it: form, and what it asks.
pub const GRAMMAR: &[(&str, &str)] = &[
    ("leader T-P == ID", "who leads partition P of topic T; also != and == none"),
    ("leader T-P changes", "somebody else leads than when the question was put"),
    ("isr T-P == ID,ID", "the in-sync replicas, in any order"),
    ("isr-size T-P >= N", "how many replicas are in sync"),
    ("replicas T-P == ID,ID", "the replicas, the preferred leader first"),
    ("no partition without leader", "every partition is led; also: no partition of T without leader"),
    ("in-sync T all", "every replica of T is in sync; also: in-sync all"),
    ("broker ID up", "also stopped, crashed, fenced, paused, stopping"),
    ("brokers up == N", "how many brokers are up"),
    ("controller ID active", "also up, stopped, crashed, paused, leader, follower, candidate, unattached …"),
    ("zookeeper N leader", "also follower, standalone, looking, serving, stopped, crashed, paused"),
    ("zookeepers serving == N", "how many ZooKeeper servers serve clients"),
    ("controller changes", "another controller is active than when the question was put"),
    ("controllers active == N", "how many controllers believe that they are the active one"),
    ("quorum-epoch >= N", "the newest epoch of the controllers"),
    ("leads ID >= N", "how many partitions a broker leads"),
    ("topic T exists", "a topic of this name is there"),
    ("partitions T == N", "how many partitions it has"),
    ("replication-factor T == N", "how many copies of each partition"),
    ("min-insync-replicas T == N", "the setting in force"),
    ("end T-P >= N", "log end offset: where the next record goes; end T-P@ID is that of one replica"),
    ("start T-P == N", "log start offset: the first record still there"),
    ("high-watermark T-P >= N", "everything below is safe; high-watermark T-P@ID as one replica knows it"),
    ("last-stable-offset T-P == N", "everything below is decided: no open transaction has written there"),
    (
        "visible T == N",
        "records that read_committed shows; also: repeated T == N, those that say what another says",
    ),
    ("transaction ID ongoing", "also empty, preparecommit, prepareabort, completecommit, completeabort"),
    ("epoch T-P >= N", "leader epoch"),
    ("records T >= N", "records in all partitions; also: records T key K >= N"),
    ("same-partition T key K", "all records with key K are in one partition"),
    (
        "group G stable",
        "also empty, preparingrebalance, completingrebalance, assigning, reconciling, dead, exists",
    ),
    ("members G == N", "how many members a group has"),
    ("idle G == N", "how many of them own no partition"),
    ("lag G T <= N", "records not yet committed by the group; also: lag G <= N"),
    ("committed G T-P >= N", "the group's committed offset"),
    (
        "sources == N",
        "how many producer applications run; also: targets == N, groups of applications that read",
    ),
    ("producer NAME running", "a producer application runs; also: consumer NAME running"),
    ("acknowledged lost == 0", "records lost although their producer was told that they were written"),
    ("acknowledged T >= N", "records whose producer was told that they are written"),
    ("lost T == 0", "acknowledged records of T that no leader has any more"),
    ("failed T == 0", "records of T whose producer gave up, and which no leader wrote"),
    ("unknown T == 0", "records of T whose producer gave up without knowing whether they were written"),
    ("duplicates T == 0", "records of T that a retry wrote once more"),
    (
        "effects G lost == 0",
        "effects of the applications of a group: also made, repeated, ignored (by a store that remembers), crashes",
    ),
    ("ran WORD …", "you ran a command with these words, and it succeeded"),
    ("not …, … and …", "turn round, join"),
];

/// Fates of records that are counted.
const FATES: [&str; 5] = ["acknowledged", "lost", "failed", "unknown", "duplicates"];

/// What is counted of applications.
const EFFECTS: [&str; 5] = ["made", "lost", "repeated", "ignored", "crashes"];

/// Reads a predicate. The error is a sentence about the words that were not understood.
pub fn parse(words: &[String]) -> Result<Predicate, String> {
    if !words.iter().any(|word| word == "and") {
        return one(words);
    }
    let mut all = Vec::new();
    for part in words.split(|word| word == "and") {
        all.push(one(part)?);
    }
    Ok(Predicate::All(all))
}

fn one(words: &[String]) -> Result<Predicate, String> {
    let list: Vec<&str> = words.iter().map(String::as_str).collect();
    match list.as_slice() {
        [] => Err("a predicate must follow, as `records orders >= 3`".to_owned()),
        // One level is enough; more would only be a riddle.
        ["not", "not", ..] => Err("`not not` says nothing".to_owned()),
        ["not", ..] => Ok(Predicate::Not(Box::new(one(words.get(1..).unwrap_or_default())?))),
        ["ran", _, ..] => Ok(Predicate::Ran(words.get(1..).unwrap_or_default().to_vec())),
        list => match simple(list)? {
            Some(predicate) => Ok(predicate),
            None => number(list),
        },
    }
}

fn simple(list: &[&str]) -> Result<Option<Predicate>, String> {
    Ok(Some(match list {
        ["leader", place, "changes"] => Predicate::LeaderChanges { partition: partition(place)?, was: None },
        ["leader", place, "==", "none"] => Predicate::Leader(partition(place)?, None),
        ["leader", place, "==", id] => Predicate::Leader(partition(place)?, Some(broker(id)?)),
        ["leader", place, "!=", "none"] => {
            Predicate::Not(Box::new(Predicate::Leader(partition(place)?, None)))
        }
        ["leader", place, "!=", id] => {
            Predicate::Not(Box::new(Predicate::Leader(partition(place)?, Some(broker(id)?))))
        }
        ["isr", place, "==", ids] => Predicate::Isr(partition(place)?, brokers(ids)?),
        ["replicas", place, "==", ids] => Predicate::Replicas(partition(place)?, brokers(ids)?),
        ["no", "partition", "without", "leader"] => Predicate::AllLed(None),
        ["no", "partition", "of", name, "without", "leader"] => Predicate::AllLed(Some(topic(name)?)),
        ["in-sync", "all"] => Predicate::AllInSync(None),
        ["in-sync", name, "all"] => Predicate::AllInSync(Some(topic(name)?)),
        ["broker", id, state] => Predicate::Broker(broker(id)?, process_state(state)?),
        ["controller", "changes"] => Predicate::ControllerChanges { was: None },
        ["zookeeper", id, word] => Predicate::ZooKeeper(broker(id)?, zookeeper_word(word)?),
        ["controller", id, word] => Predicate::Controller(broker(id)?, controller_word(word)?),
        ["topic", name, "exists"] => Predicate::Topic(topic(name)?),
        ["no", "topic", name] | ["topic", name, "gone"] => {
            Predicate::Not(Box::new(Predicate::Topic(topic(name)?)))
        }
        ["group", group, state] => Predicate::Group((*group).to_owned(), group_state(state)?),
        ["transaction", id, state] => Predicate::Transaction((*id).to_owned(), transaction_state(state)?),
        ["producer", name, "running"] => Predicate::Producer((*name).to_owned()),
        ["consumer", name, "running"] => Predicate::Consumer((*name).to_owned()),
        ["same-partition", name, "key", key] => Predicate::SamePartition(topic(name)?, (*key).to_owned()),
        _ => return Ok(None),
    }))
}

fn number(list: &[&str]) -> Result<Predicate, String> {
    let [head @ .., sign, value] = list else { return Err(unknown(list)) };
    let compare = match *sign {
        "==" | "=" => Compare::Equal,
        "!=" => Compare::Differs,
        ">=" => Compare::AtLeast,
        "<=" => Compare::AtMost,
        ">" => Compare::Above,
        "<" => Compare::Below,
        _ => return Err(unknown(list)),
    };
    let subject = subject(head)?.ok_or_else(|| unknown(list))?;
    let value = value.parse().map_err(|_| format!("`{value}` is not a whole number"))?;
    Ok(Predicate::Number(subject, compare, value))
}

fn subject(head: &[&str]) -> Result<Option<Subject>, String> {
    Ok(Some(match head {
        [what @ ("end" | "high-watermark"), place] if place.contains('@') => {
            let (place, id) = place.split_once('@').unwrap_or((place, ""));
            let (place, id) = (partition(place)?, broker(id)?);
            if *what == "end" { Subject::EndAt(place, id) } else { Subject::HighWatermarkAt(place, id) }
        }
        ["end", place] => Subject::End(partition(place)?),
        ["start", place] => Subject::Start(partition(place)?),
        ["high-watermark", place] => Subject::HighWatermark(partition(place)?),
        ["last-stable-offset", place] => Subject::LastStableOffset(partition(place)?),
        ["visible", name] => Subject::Visible(topic(name)?),
        ["repeated", name] => Subject::Repeated(topic(name)?),
        ["epoch", place] => Subject::LeaderEpoch(partition(place)?),
        ["isr-size", place] => Subject::IsrSize(partition(place)?),
        ["records", name] => Subject::Records(topic(name)?),
        ["records", name, "key", key] => Subject::RecordsWithKey(topic(name)?, (*key).to_owned()),
        ["partitions", name] => Subject::Partitions(topic(name)?),
        ["replication-factor", name] => Subject::ReplicationFactor(topic(name)?),
        ["min-insync-replicas", name] => Subject::MinInsyncReplicas(topic(name)?),
        ["members", group] => Subject::Members((*group).to_owned()),
        ["idle", group] => Subject::Idle((*group).to_owned()),
        ["lag", group] => Subject::Lag((*group).to_owned(), None),
        ["lag", group, name] => Subject::Lag((*group).to_owned(), Some(topic(name)?)),
        ["committed", group, place] => Subject::Committed((*group).to_owned(), partition(place)?),
        ["acknowledged", "lost"] => Subject::AcknowledgedLost,
        [fate @ ("acknowledged" | "lost" | "failed" | "unknown" | "duplicates"), name] => {
            let known = FATES.iter().find(|known| *known == fate);
            Subject::Fate(known.copied().unwrap_or_default(), topic(name)?)
        }
        ["effects", group, what] => match EFFECTS.iter().find(|known| *known == what) {
            Some(what) => Subject::Effect((*group).to_owned(), what),
            None => return Err(format!("effects are {}, never `{what}`", EFFECTS.join(", "))),
        },
        ["leads", id] => Subject::Leads(broker(id)?),
        ["brokers", "up"] => Subject::BrokersUp,
        ["sources"] => Subject::Sources,
        ["targets"] => Subject::Targets,
        ["zookeepers", "serving"] => Subject::ZooKeepersServing,
        ["controllers", "active"] => Subject::ControllersActive,
        ["quorum-epoch"] => Subject::QuorumEpoch,
        _ => return Ok(None),
    }))
}

fn zookeeper_word(word: &str) -> Result<String, String> {
    let words = [
        "serving",
        "leader",
        "follower",
        "standalone",
        "looking",
        "starting",
        "stopped",
        "crashed",
        "paused",
    ];
    if words.contains(&word) {
        Ok(word.to_owned())
    } else {
        Err(format!("a ZooKeeper server is never `{word}`"))
    }
}

fn controller_word(word: &str) -> Result<String, String> {
    let words = [
        "active",
        "up",
        "stopped",
        "crashed",
        "paused",
        "leader",
        "follower",
        "candidate",
        "prospective",
        "unattached",
        "resigned",
    ];
    if words.contains(&word) { Ok(word.to_owned()) } else { Err(format!("a controller is never `{word}`")) }
}

/// Nothing fits: name the form that begins alike.
fn unknown(list: &[&str]) -> String {
    let said = list.join(" ");
    let first = list.first().copied().unwrap_or_default();
    match GRAMMAR.iter().find(|(form, _)| form.split(' ').next() == Some(first)) {
        Some((form, _)) => format!("`{said}` is not understood; the form is `{form}`"),
        None => format!("`{said}` is not understood; `help predicate` tells what can be asked"),
    }
}

fn topic(name: &str) -> Result<TopicName, String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name.len() > 249 || !name.chars().all(legal) {
        return Err(format!("`{name}` is no name of a topic"));
    }
    Ok(name.into())
}

fn partition(place: &str) -> Result<TopicPartition, String> {
    let wrong = || format!("`{place}` is no partition; write topic and number as `orders-0`");
    let (name, number) = place.rsplit_once('-').ok_or_else(wrong)?;
    let number: i32 = number.parse().map_err(|_| wrong())?;
    Ok(TopicPartition::new(topic(name)?, number))
}

fn broker(id: &str) -> Result<BrokerId, String> {
    id.parse().map_err(|_| format!("`{id}` is no broker id"))
}

fn brokers(ids: &str) -> Result<Vec<BrokerId>, String> {
    let mut brokers = Vec::new();
    for id in ids.split(',') {
        brokers.push(broker(id)?);
    }
    Ok(brokers)
}

fn process_state(word: &str) -> Result<ProcessState, String> {
    Ok(match word {
        "up" => ProcessState::Up,
        "fenced" => ProcessState::Fenced,
        "stopping" => ProcessState::Stopping,
        "stopped" => ProcessState::Stopped,
        "crashed" => ProcessState::Crashed,
        "paused" => ProcessState::Paused,
        _ => {
            return Err(format!(
                "a broker is up, fenced, stopping, stopped, crashed or paused, never `{word}`"
            ));
        }
    })
}

fn transaction_state(word: &str) -> Result<String, String> {
    let state = word.to_ascii_lowercase();
    let names = TransactionState::ALL.map(|state| state.name().to_ascii_lowercase());
    if names.contains(&state) {
        Ok(state)
    } else {
        Err(format!("a transaction is {}, never `{word}`", names.join(", ")))
    }
}

fn group_state(word: &str) -> Result<String, String> {
    const STATES: [&str; 8] = [
        "stable",
        "empty",
        "preparingrebalance",
        "completingrebalance",
        "assigning",
        "reconciling",
        "dead",
        "exists",
    ];
    let state = word.to_ascii_lowercase();
    if STATES.contains(&state.as_str()) {
        return Ok(state);
    }
    Err(format!("a group is {}, never `{word}`", STATES.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Predicate, String> {
        parse(&text.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn every_form_of_the_grammar_is_read() {
        for (form, _) in GRAMMAR {
            if form.starts_with("not") {
                continue;
            }
            let text = form
                .replace("T-P", "orders-0")
                .replace("ID,ID", "101,102")
                .replace("ID", "101")
                .replace("WORD …", "kafka-topics --list")
                .split(' ')
                .map(|word| match word {
                    "T" => "orders",
                    "G" => "billing",
                    "N" => "3",
                    "K" => "truck-07",
                    "NAME" => "fleet",
                    other => other,
                })
                .collect::<Vec<_>>()
                .join(" ");
            assert!(read(&text).is_ok(), "{text}: {:?}", read(&text));
        }
        assert!(
            matches!(read("not topic a exists and records a-b > 1"), Ok(Predicate::All(all)) if all.len() == 2)
        );
    }

    #[test]
    fn what_is_not_understood_is_answered_with_the_form() {
        assert_eq!(
            read("leader x").unwrap_err(),
            "`leader x` is not understood; the form is `leader T-P == ID`"
        );
        assert!(read("leader x == 1").unwrap_err().contains("orders-0"));
        assert!(read("records a >= many").unwrap_err().contains("whole number"));
        assert!(read("so what").unwrap_err().contains("help predicate"));
        assert!(read("broker 101 tired").unwrap_err().contains("tired"));
        assert!(parse(&[]).is_err());
    }
}
