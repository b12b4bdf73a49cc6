//! A partition: its replicas, who was in sync when, the newest records, who reads; and one record's life.

use super::{Facts, Props, facts, gone, key, linked, opening, section, table, told, why};
use crate::action::{Action, Selection};
use crate::components::icon;
use crate::components::lesson::command;
use crate::components::twin;
use crate::layout::model::RowModel;
use crate::markup::{act, each, listed, markup};
use kafkascope_core::node::BrokerId;
use kafkascope_core::protocol::TopicPartition;
use kafkascope_core::view::{Detail, InSync, joined};
use yew::prelude::*;

/// Changes of the in-sync set that are listed.
const CHANGES: usize = 6;

/// A partition, and perhaps one of its replicas.
pub fn partition(props: &Props<'_>, tp: &TopicPartition, broker: Option<BrokerId>) -> Html {
    let topic = props.view.topics.iter().find(|topic| topic.name == tp.topic);
    let Some((row, topic)) = super::row(props.model, tp).zip(topic) else { return gone(tp.to_string()) };
    let groups = &props.model.names;
    let leader =
        row.leader.map_or_else(|| "No leader".to_owned(), |l| format!("Leader {l}, epoch {}", row.epoch));
    let chosen = row.boxes.iter().flatten().find(|b| Some(b.broker) == broker);
    let twin = chosen.map_or_else(
        || format!("{leader}. In sync: {} of {}.", row.in_sync, row.copies),
        |b| twin::replica(row, b, groups),
    );
    let detail = &props.told.detail;
    markup!(
        "{opening}{replicas}{why}{history}{records}{fate}{open}{readers}{writers}{told}",
        opening = opening(tp.to_string(), twin),
        replicas = section("Replicas", replicas(row, detail)),
        why = why(props, &tp.to_string()),
        history = history(row, detail, props.view.now.0),
        records = records(props, tp, detail),
        fate = (detail.sums.appended > 0).then(|| fate(props, tp, detail)),
        open = transactions(props, tp),
        readers = readers(row, groups),
        writers = section(
            "Who writes here",
            markup!(
                "{keys}{key}{topic}",
                keys = row.keys.is_some().then(|| markup!("<p>{keys}</p>", keys = twin::keys(row))),
                key = key::key(&topic.name, topic.partitions.len()),
                topic = linked(props, Selection::Topic(tp.topic.to_string()), "The whole topic"),
            ),
        ),
        told = told(
            props,
            &format!("kafka-topics.sh --bootstrap-server broker101:9092 --describe --topic {}", tp.topic)
        ),
    )
}

fn replicas(row: &RowModel, detail: &Detail) -> Html {
    let lines = each(row.boxes.iter().flatten(), |b| {
        let state = match b {
            b if !b.online => "offline".to_owned(),
            b if b.leads => "leads".to_owned(),
            b if b.in_sync => "in sync".to_owned(),
            b => format!("behind by {}", b.behind),
        };
        markup!(
            "<tr><th scope='row'><b class='mono'>{broker}</b> {crown}</th>\
            <td>{end}</td><td>{safe}</td><td class='w'>{state}</td></tr>",
            broker = b.broker,
            crown = b.leads.then(|| {
                markup!("<span style='display:inline-block'>{crown}</span>", crown = icon::crown(true))
            }),
            end = b.end,
            safe = b.safe,
            state,
        )
    });
    let mut epochs = Vec::new();
    for (epoch, from) in &detail.epochs {
        epochs.push(format!("{epoch} from offset {from}"));
    }
    markup!(
        "{table}{epochs}",
        table = table(&["broker", "log end", "high watermark", "state"], lines),
        epochs = (!epochs.is_empty())
            .then(|| markup!("<p>{text}</p>", text = format!("Leader epochs: {}.", joined(&epochs, ", ")))),
    )
}

/// Who led and who was in sync, as bars by broker and as a list of the last changes.
fn history(row: &RowModel, detail: &Detail, now: u64) -> Option<Html> {
    let all = &detail.in_sync;
    let first = all.first().filter(|_| all.len() > 1)?;
    let begin = first.at.0;
    let x = |at: u64| 36 + at.saturating_sub(begin).saturating_mul(250) / now.saturating_sub(begin).max(1);
    let (mut leads, mut copies, mut out) = (String::new(), String::new(), String::new());
    let mut names = Vec::new();
    let brokers: Vec<BrokerId> = row.boxes.iter().flatten().map(|b| b.broker).collect();
    for (line, broker) in (0..).zip(&brokers) {
        let y = line * 18;
        names.push(markup!("<text x='0' y={y}>{broker}</text>", y = y + 12, broker = *broker));
        for (index, span) in all.iter().enumerate() {
            let (from, to) = (x(span.at.0), x(all.get(index + 1).map_or(now, |next| next.at.0)));
            let path = match span {
                span if span.leader == Some(*broker) => &mut leads,
                span if span.isr.contains(broker) => &mut copies,
                _ => &mut out,
            };
            let w = to.saturating_sub(from).max(1);
            path.push_str(&format!("M{from} {}h{w}v12h-{w}z", y + 2));
        }
    }
    let height = brokers.len() * 18;
    let said = |span: &InSync| {
        let leader = span.leader.map_or_else(|| "nobody".to_owned(), |leader| leader.to_string());
        let isr = if span.isr.is_empty() { "nobody".to_owned() } else { joined(&span.isr, ", ") };
        markup!(
            "<tr><th scope='row' class='mono'>{at}</th><td>{leader}</td><td>{isr}</td></tr>",
            at = span.at.to_string(),
            leader,
            isr,
        )
    };
    Some(section(
        "In sync over time",
        markup!(
            "<svg class='history' width='288' height={height} aria-hidden='true'>{names}\
                <path class='heatlead' d={leads}/><path class='heat1' d={copies}/><path class='out' d={out}/>\
            </svg>\
            <p class='quiet'>strong: leads; pale: in sync; dashed: not</p>{table}",
            height,
            names = listed(names),
            leads,
            copies,
            out,
            table = table(&["since", "leader", "in sync"], each(all.iter().rev().take(CHANGES), said)),
        ),
    ))
}

/// The newest records of the leader's log.
fn records(props: &Props<'_>, tp: &TopicPartition, detail: &Detail) -> Option<Html> {
    let mut lines = Vec::new();
    for record in detail.records.iter().rev() {
        let part = record.mark.map_or("", |mark| mark.name());
        lines.push(markup!(
            "<tr><th scope='row'><button class='link mono' onclick={show} data-testid={test}>{offset}</button></th>\
            <td class='w'>{key}</td><td class='v'>{part}{value}</td></tr>",
            show = act(props.act, Action::Select(Some(Selection::Record(tp.clone(), record.offset)))),
            test = format!("record-{}", record.offset),
            offset = record.offset,
            key = record.key.clone(),
            part = markup!("<b>{part} </b>", part),
            value = record.value.clone(),
        ));
    }
    let some = !lines.is_empty();
    some.then(|| section("Newest records", table(&["offset", "key", "value"], listed(lines))))
}

/// What became of the records.
fn fate(props: &Props<'_>, tp: &TopicPartition, detail: &Detail) -> Html {
    let sums = &detail.sums;
    let numbers = [
        ("written", sums.appended),
        ("acknowledged", sums.acknowledged),
        ("acknowledged, but lost", sums.lost),
        ("failed", sums.failed),
        ("unknown", sums.unknown),
        ("repeated", sums.repeated),
        ("cut off by a replica", sums.truncated),
    ];
    let mut all: Facts = Vec::new();
    for (index, (name, number)) in numbers.into_iter().enumerate() {
        if number > 0 || index < 3 {
            all.push((name, number.to_string()));
        }
    }
    section(
        "What became of its records",
        markup!(
            "{facts}{command}",
            facts = facts(all),
            command = command(&format!("ledger {tp}"), props.act)
        ),
    )
}

/// Transactions that have records here or a marker to come.
fn transactions(props: &Props<'_>, tp: &TopicPartition) -> Option<Html> {
    let mut lines = Vec::new();
    for open in props.view.transactions.iter().filter(|open| open.partitions.contains(tp)) {
        lines.push(markup!(
            "<tr><th scope='row'>{id}</th><td>{producer}</td><td class='w'>{state}</td></tr>",
            id = &open.transactional_id,
            producer = format!("{} / {}", open.producer_id, open.producer_epoch),
            state = open.state.name(),
        ));
    }
    let some = !lines.is_empty();
    some.then(|| {
        let command = command("kafka-transactions.sh --bootstrap-server broker101:9092 list", props.act);
        let table = table(&["transactional id", "producer / epoch", "state"], listed(lines));
        section("Transactions", markup!("{table}{command}", table, command))
    })
}

fn readers(row: &RowModel, groups: &[String]) -> Option<Html> {
    let number = |n: Option<i64>| n.map_or_else(|| "–".to_owned(), |n| n.to_string());
    let mut all = Vec::new();
    for (cell, group) in row.cells.iter().zip(groups) {
        if cell.member.is_some() || cell.committed.is_some() {
            all.push(markup!(
                "<tr><th scope='row'>{group}</th><td>{position}</td><td>{commit}</td><td>{lag}</td></tr>",
                group,
                position = number(cell.position),
                commit = number(cell.committed),
                lag = number(cell.lag),
            ));
        }
    }
    let some = !all.is_empty();
    some.then(|| section("Readers", table(&["group", "position", "commit", "lag"], listed(all))))
}

/// One record.
pub fn record(props: &Props<'_>, tp: &TopicPartition, offset: i64) -> Html {
    let name = format!("{tp}@{offset}");
    let Some(life) = &props.told.detail.life else {
        return opening(name, "Nothing is known of such a record, or no longer.".to_owned());
    };
    let steps = each(&life.steps, |(at, text)| {
        markup!("<tr><th scope='row' class='mono'>{at}</th><td>{text}</td></tr>", at = at.to_string(), text,)
    });
    let beside =
        |by: i64, label: &'static str| linked(props, Selection::Record(tp.clone(), offset + by), label);
    markup!(
        "{opening}{life}{why}<div class='sec actions'>{before}{all}{after}</div>",
        opening = opening(life.title.clone(), format!("Now {}. {}", life.now, props.told.detail.stands)),
        life = section(
            "Its life",
            markup!(
                "<table class='facts told'><tbody>{steps}</tbody></table>{command}",
                steps,
                command = command(&format!("ledger {name}"), props.act),
            ),
        ),
        why = why(props, &name),
        before = (offset > 0).then(|| beside(-1, "Record before")),
        all = linked(props, Selection::Partition(tp.clone(), None), "Its partition"),
        after = beside(1, "Record after"),
    )
}
