//! `ledger` and `why`: what became of records, and what things came from.

use super::{Lab, Reply, Verb, print_table};
use crate::ledger::Sums;
use crate::protocol::TopicPartition;
use crate::simulation::Simulation;
use crate::view::{DeliveryView, Thing};

pub(super) const LEDGER: Verb = Verb {
    name: "ledger",
    summary: "tell what became of records, and what applications made of them",
    usage: "ledger [TOPIC | TOPIC-PARTITION]\nledger GROUP   (what an application made of the records)\nledger TOPIC-PARTITION@OFFSET   (the life of one record)",
    subverbs: &[],
    examples: &["ledger", "ledger trucks_gps", "ledger trucks_gps-1"],
    refused: "ledger trucks_gps-0@999999",
    run: ledger,
};

pub(super) const WHY: Verb = Verb {
    name: "why",
    summary: "tell how something stands and what that came from, newest first",
    usage: "why [broker] BROKER\nwhy [partition] TOPIC-PARTITION\nwhy [record] TOPIC-PARTITION@OFFSET\nwhy [group] \
            GROUP",
    subverbs: &[],
    examples: &["why 102", "why trucks_gps-1", "why notification-service"],
    refused: "why 999",
    run: why,
};

/// `orders-0` or `orders-0@5`.
fn place(word: &str) -> Option<(TopicPartition, Option<i64>)> {
    let (place, offset) = match word.split_once('@') {
        Some((place, offset)) => (place, Some(offset.parse().ok()?)),
        None => (word, None),
    };
    let (topic, number) = place.rsplit_once('-')?;
    Some((TopicPartition::new(topic, number.parse().ok().filter(|n| *n >= 0)?), offset))
}

fn exists(simulation: &Simulation, topic: &str, partition: Option<i32>) -> bool {
    let view = simulation.view();
    let known = view.topics.iter().find(|known| *known.name == *topic);
    known.is_some_and(|known| partition.is_none_or(|n| known.partitions.iter().any(|p| p.partition == n)))
}

fn ledger(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    let (topic, number) = match args {
        [] => (None, None),
        [word] => match place(word) {
            _ if exists(lab.simulation(), word, None) => (Some((*word).to_owned()), None),
            Some((tp, Some(offset))) => return life(lab, &tp, offset),
            Some((tp, None)) => (Some(tp.topic.to_string()), Some(tp.partition)),
            None => (Some((*word).to_owned()), None),
        },
        _ => return LEDGER.misused(lab, "at most one topic, partition or record may follow"),
    };
    let deliveries = lab.simulation().deliveries(args.first().copied());
    if let Some(name) = args.first()
        && !deliveries.is_empty()
        && !exists(lab.simulation(), name, None)
    {
        effects(lab, &deliveries);
        return Reply::DONE;
    }
    let mut rows = lab.simulation().fates(topic.as_deref());
    rows.retain(|(tp, _)| number.is_none_or(|number| tp.partition == number));
    if let Some(topic) = &topic
        && rows.is_empty()
        && !exists(lab.simulation(), topic, number)
    {
        return LEDGER.refuse(lab, &format!("there is no topic, partition or record {}", args.join(" ")));
    }
    if rows.is_empty() {
        lab.out("Nothing has been written yet.\n");
        return Reply::DONE;
    }
    let mut total = Sums::default();
    let mut cells = Vec::new();
    for (tp, sums) in &rows {
        total.add(sums);
        let name = if tp.partition < 0 { tp.topic.to_string() } else { tp.to_string() };
        let mut row = vec![name];
        for n in [sums.appended, sums.acknowledged, sums.lost, sums.failed, sums.unknown, sums.repeated] {
            row.push(n.to_string());
        }
        cells.push(row);
    }
    print_table(
        lab,
        &["PARTITION", "WRITTEN", "ACKNOWLEDGED", "LOST", "FAILED", "UNKNOWN", "REPEATED"],
        &cells,
    );
    in_words(lab, &total);
    effects(lab, &deliveries);
    Reply::DONE
}

/// What applications made of the records: a row for each group, and what the numbers mean.
fn effects(lab: &mut dyn Lab, deliveries: &[DeliveryView]) {
    if deliveries.is_empty() {
        return;
    }
    let (mut rows, mut total) = (Vec::new(), [0; 3]);
    for it in deliveries {
        let mut row = vec![it.group.clone(), it.promise.to_owned(), it.from.clone(), it.to.clone()];
        let numbers = [it.lost, it.repeated, it.ignored];
        for n in [u64::from(it.crashes), it.records, it.effects].iter().chain(&numbers) {
            row.push(n.to_string());
        }
        for (sum, n) in total.iter_mut().zip(numbers) {
            *sum += n;
        }
        rows.push(row);
    }
    let heads = [
        "APPLICATION",
        "PROMISE",
        "FROM",
        "TO",
        "CRASHES",
        "COMMITTED",
        "EFFECTS",
        "LOST",
        "REPEATED",
        "IGNORED",
    ];
    print_table(lab, &heads, &rows);
    let sentences = [
        "Lost effects: they are committed as done, but were never done; nobody reads them again.",
        "Repeated effects: they were done, then read again from an older commit, and done again.",
        "Ignored: they came again, and the store remembered that it has them.",
    ];
    for (count, sentence) in total.iter().zip(sentences) {
        if *count > 0 {
            lab.print(format_args!("{sentence}\n"));
        }
    }
    if total == [0; 3] {
        lab.out("Every record that is committed as done had its effect once.\n");
    }
}

fn in_words(lab: &mut dyn Lab, total: &Sums) {
    let Sums { acknowledged, lost, failed, unknown, repeated, .. } = *total;
    let kept = match lost {
        0 => "and none is lost".to_owned(),
        _ => format!("but {lost} of them are lost: no leader has them any more"),
    };
    lab.print(format_args!(
        "Acknowledged: {acknowledged}. Their producers were told that they are written, {kept}.\n"
    ));
    let sentences = [
        (failed, "Failed", "Their producers were told so, and no leader wrote them."),
        (unknown, "Unknown", "Their producers gave up without an answer: a leader may have written them."),
        (repeated, "Repeated", "A retry wrote them once more: their producer is not idempotent."),
    ];
    for (count, word, meaning) in sentences {
        if count > 0 {
            lab.print(format_args!("{word}: {count}. {meaning}\n"));
        }
    }
}

fn life(lab: &mut dyn Lab, tp: &TopicPartition, offset: i64) -> Reply {
    match lab.simulation().life(tp, offset) {
        Ok(life) => {
            lab.print(format_args!("{}\n", life.title));
            for (at, text) in life.steps {
                lab.print(format_args!("{at} {text}\n"));
            }
            lab.print(format_args!("now: {}\n", life.now));
            Reply::DONE
        }
        Err(missing) => LEDGER.refuse(lab, &missing),
    }
}

fn why(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    // A group may be called as a broker or a partition is: the kind in front decides.
    let (kind, word) = match args {
        [word] => ("", *word),
        [kind @ ("broker" | "partition" | "record" | "group"), word] => (*kind, *word),
        _ => return WHY.misused(lab, "one broker, partition, record or group must follow"),
    };
    let thing = match (kind, word.parse(), place(word)) {
        ("" | "broker", Ok(broker), _) => Thing::Broker(broker),
        ("" | "record", _, Some((tp, Some(offset)))) => Thing::Record(tp, offset),
        ("partition", _, Some((tp, None))) => Thing::Partition(tp),
        ("", _, Some((tp, None))) if exists(lab.simulation(), &tp.topic, Some(tp.partition)) => {
            Thing::Partition(tp)
        }
        ("" | "group", ..) => Thing::Group(word.to_owned()),
        _ => return WHY.misused(lab, &format!("`{word}` names no {kind}")),
    };
    match lab.simulation().why(&thing) {
        Ok((stands, reasons)) => {
            lab.print(format_args!("{stands}\n"));
            for reason in &reasons {
                let setting = reason.setting.as_ref().map(|it| format!(" [{it}]")).unwrap_or_default();
                lab.print(format_args!("{} {}{setting}\n", reason.at, reason.text));
            }
            if reasons.is_empty() {
                lab.note("nothing is in the event list about it: it is so from the beginning");
            }
            Reply::DONE
        }
        Err(missing) => WHY.refuse(lab, &missing),
    }
}
