//! A group: its state among all states, who owns what, what moved last, and how far it has read.

use super::{Props, facts, faults, gone, opening, section, table, told, why};
use crate::components::lesson::command;
use crate::layout::model::GroupHead;
use crate::markup::{classes, each, listed, markup};
use crate::words::plural;
use kafkascope_core::node::NodeId;
use kafkascope_core::protocol::TopicPartition;
use kafkascope_core::view::{GroupView, MemberView};
use yew::prelude::*;

/// The states of a group, in the order in which it goes through them.
const CLASSIC: [&str; 5] = ["Empty", "PreparingRebalance", "CompletingRebalance", "Stable", "Dead"];
/// The same in the protocol of KIP-848.
const CONSUMER: [&str; 5] = ["Empty", "Assigning", "Reconciling", "Stable", "Dead"];
/// The same of a share group.
const SHARE: [&str; 3] = ["Empty", "Stable", "Dead"];
/// Partitions whose offsets are listed.
const PARTITIONS: usize = 60;

/// A group, and perhaps one of its members.
pub fn group(props: &Props<'_>, name: &str, member: Option<&str>) -> Html {
    let Some(group) = props.view.groups.iter().find(|g| g.group == name) else {
        return gone(name.to_owned());
    };
    let chosen = group.members.iter().find(|m| Some(m.client_id.as_str()) == member);
    let twin = match chosen {
        Some(member) => format!("{} owns {}.", member.client_id, owns(&member.assignment)),
        None if group.coordinator.is_none() => {
            "No broker coordinates it now: its members read on, but cannot commit.".to_owned()
        }
        None => format!(
            "{}, generation {}, {}.",
            group.state.name(),
            group.generation,
            plural(group.members.len(), "member")
        ),
    };
    let coordinator = group.coordinator.map_or_else(|| "none".to_owned(), |b| format!("broker {b}"));
    let mut all = vec![
        ("protocol", group.kind.name().to_owned()),
        ("generation or epoch", group.generation.to_string()),
        ("assignor", group.protocol.clone()),
        ("coordinator", coordinator),
    ];
    all.extend(group.target_epoch.map(|epoch| ("epoch of the targets", epoch.to_string())));
    let is_shared = group.kind.name() == "Share";
    let tool = if is_shared { "kafka-share-groups" } else { "kafka-consumer-groups" };
    let head = props.model.groups.iter().find(|head| head.name == name);
    markup!(
        "{opening}{facts}{delivery}{members}{moves}{offsets}{why}{told}{faults}",
        opening = opening(name.to_owned(), twin),
        facts = section("Its state", markup!("{states}{facts}", states = states(group), facts = facts(all))),
        delivery = delivery(props, name),
        members = members(group, chosen),
        moves = head.and_then(moves),
        offsets = offsets(props, group).or_else(|| shared(group)),
        why = why(props, name),
        told = told(props, &format!("{tool}.sh --bootstrap-server broker101:9092 --describe --group {name}")),
        faults = chosen.and_then(|m| m.client).map(|client| faults(props, NodeId::Client(client))),
    )
}

/// All states, with the one it is in.
fn states(group: &GroupView) -> Html {
    let now = if group.coordinator.is_none() { "" } else { group.state.name() };
    let all: &[&str] = match group.kind.name() {
        "Consumer" => &CONSUMER,
        "Share" => &SHARE,
        _ => &CLASSIC,
    };
    let states = each(all, |state| {
        let state = *state;
        let here = state == now;
        markup!(
            "<li class={class} aria-current={here}>{state}</li>",
            class = classes(&[("here", here)]),
            here,
            state,
        )
    });
    markup!("<ol class='states' data-testid='group-states'>{states}</ol>", states)
}

fn members(group: &GroupView, chosen: Option<&MemberView>) -> Html {
    let lines = each(&group.members, |m| {
        let name = &m.client_id;
        let bold = chosen.is_some_and(|chosen| chosen.member_id == m.member_id);
        markup!(
            "<tr><th scope='row'>{name}<div class='quiet'>{step}{epoch}</div></th><td>{owns}{gives}{target}</td></tr>",
            name = if bold { markup!("<b>{name}</b>", name) } else { markup!("{name}", name) },
            step = m.step,
            epoch = m.epoch.map(|epoch| format!(", epoch {epoch}")),
            owns = owns(&m.assignment),
            gives = more("must give up", &m.revoking),
            target = more("shall own", if m.target == m.assignment { &[] } else { &m.target }),
        )
    });
    section(
        "Members and what they own",
        markup!("<table class='facts'><tbody>{lines}</tbody></table>", lines),
    )
}

/// What else is to be said of a member's partitions, if there are some.
fn more(what: &'static str, all: &[TopicPartition]) -> Option<Html> {
    (!all.is_empty()).then(|| markup!("<div class='quiet'>{what} {all}</div>", what, all = owns(all)))
}

/// `trucks_gps 0 1 2`, topic by topic.
fn owns(all: &[TopicPartition]) -> String {
    let mut text = String::new();
    let mut topic = None;
    for tp in all {
        if topic != Some(&tp.topic) {
            text.push_str(if topic.is_some() { "; " } else { "" });
            text.push_str(&tp.topic);
            topic = Some(&tp.topic);
        }
        text.push(' ');
        text.push_str(&tp.partition.to_string());
    }
    if text.is_empty() { "nothing".to_owned() } else { text }
}

/// What the runs of all applications did, beside each other: what was promised, and what came of it.
fn delivery(props: &Props<'_>, name: &str) -> Option<Html> {
    let runs = &props.told.deliveries;
    let lines = each(runs, |run| {
        let bad = |count: u64| if count > 0 { "bad" } else { "" };
        let here = run.group == name;
        markup!(
            "<tr aria-current={here}><th scope='row'>{group} <span class='quiet'>{promise}</span></th><td>{records}</td>\
            <td class={lost_class}>{lost}</td><td class={repeated_class}>{repeated}</td></tr>",
            here,
            group = &run.group,
            promise = run.promise.replace('_', " "),
            records = run.records,
            lost_class = bad(run.lost),
            lost = run.lost,
            repeated_class = bad(run.repeated),
            repeated = run.repeated,
        )
    });
    (!runs.is_empty()).then(|| {
        let table = table(&["application", "done", "lost", "repeated"], lines);
        let command = command(&format!("ledger {name}"), props.act);
        section(
            "Delivery: effects counted",
            markup!("<div data-testid='delivery'>{table}{command}</div>", table, command),
        )
    })
}

/// What changed hands in the last rebalance.
fn moves(head: &GroupHead) -> Option<Html> {
    let moved = head.shares.moved.as_ref()?;
    let lines = each(&moved.what, |(tp, from, to)| {
        let who = |who: &Option<String>| who.clone().unwrap_or_else(|| "nobody".to_owned());
        markup!(
            "<tr><th scope='row'>{tp}</th><td>{from}</td><td>{to}</td></tr>",
            tp = tp.to_string(),
            from = who(from),
            to = who(to),
        )
    });
    let title = format!(
        "Moved in generation {}: {} of {}",
        moved.generation,
        moved.what.len(),
        head.shares.owners.len()
    );
    Some(section(title, table(&["partition", "from", "to"], lines)))
}

/// What members of a share group have of each partition now, and what is done.
fn shared(group: &GroupView) -> Option<Html> {
    let mut lines = Vec::new();
    for (tp, lent) in group.shared.iter().take(PARTITIONS) {
        lines.push(markup!(
            "<tr><th scope='row'>{tp}</th><td>{from}</td><td>{acquired}</td><td>{available}</td><td>{done}</td>\
            <td>{deliveries}</td></tr>",
            tp = tp.to_string(),
            from = lent.from,
            acquired = lent.acquired,
            available = lent.available,
            done = lent.done,
            deliveries = i32::from(lent.deliveries),
        ));
    }
    let some = !lines.is_empty();
    let heads = &["", "start", "acquired", "given back", "done", "deliveries"];
    some.then(|| section("Records lent to members", table(heads, listed(lines))))
}

/// Committed offset and lag of each partition.
fn offsets(props: &Props<'_>, group: &GroupView) -> Option<Html> {
    let mut lines = Vec::new();
    for (tp, committed) in group.committed.iter().take(PARTITIONS) {
        let topic = props.view.topics.iter().find(|topic| topic.name == tp.topic);
        let found = topic.and_then(|topic| topic.partitions.iter().find(|p| p.partition == tp.partition));
        let leader = found.and_then(|p| p.replicas.iter().find(|r| Some(r.broker) == p.leader));
        let position = props.view.consumers.iter().filter(|c| c.group.as_deref() == Some(&*group.group));
        let position = position.filter_map(|c| c.status.positions.get(tp).filter(|at| **at >= 0)).next();
        lines.push(markup!(
            "<tr><th scope='row'>{tp}</th><td>{position}</td><td>{committed}</td><td>{safe}</td><td>{lag}</td></tr>",
            tp = tp.to_string(),
            position = position.copied().map(|at| at.to_string()),
            committed = *committed,
            safe = leader.map(|r| r.high_watermark.to_string()),
            lag = leader.map(|r| (r.high_watermark - committed).max(0).to_string()),
        ));
    }
    let some = !lines.is_empty();
    let heads = &["", "position", "commit", "safe", "lag"];
    some.then(|| section("How far it has read", table(heads, listed(lines))))
}
