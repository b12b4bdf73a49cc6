//! What was clicked, as plain tables below its sentence, with what it came from.

mod control;
mod group;
mod key;
mod partition;

use super::lesson::command;
use super::marks::marks;
use crate::action::{Action, Selection};
use crate::components::twin;
use crate::layout::lanes::{Entry, Target, menu};
use crate::layout::model::{RowModel, StageModel};
use crate::markup::{Fill, act, copied, each, listed, markup};
use crate::session::shown::Told;
use crate::shared::Shared;
use kafkascope_core::node::{BrokerId, NodeId};
use kafkascope_core::protocol::TopicPartition;
use kafkascope_core::view::{ClusterView, EventView, Touch};
use yew::prelude::*;

/// See [`inspector`].
pub struct Props<'a> {
    /// What is inspected.
    pub selection: Option<&'a Selection>,
    /// The cluster.
    pub view: &'a ClusterView,
    /// The stage.
    pub model: &'a StageModel,
    /// What is told of it beyond the picture.
    pub told: &'a Told,
    /// Events.
    pub events: &'a [Shared<EventView>],
    /// Where actions go.
    pub act: &'a Callback<Action>,
}

/// See the module.
pub fn inspector(props: &Props<'_>) -> Html {
    let body = match props.selection {
        None => markup!(
            "<div class='sec'><h2>Inspect</h2><p>Click a machine, a box, a reader, a row's number or an event. \
            It is shown here as a table.</p></div>"
        ),
        Some(Selection::Marks) => marks(),
        Some(Selection::Broker(id)) => broker(props, *id),
        Some(Selection::Partition(tp, broker)) => partition::partition(props, tp, *broker),
        Some(Selection::Record(tp, offset)) => partition::record(props, tp, *offset),
        Some(Selection::Topic(name)) => topic(props, name),
        Some(Selection::Group(name, member)) => group::group(props, name, member.as_deref()),
        Some(Selection::Producer(client)) => producer(props, *client),
        Some(Selection::Event(id)) => event(props, *id),
        Some(Selection::Controllers(_)) => control::controllers(props),
    };
    markup!("<div data-testid='inspector'>{body}</div>", body)
}

type Facts = Vec<(&'static str, String)>;

fn facts(all: Facts) -> Html {
    let rows = each(all, |(name, value)| {
        markup!("<tr><th scope='row'>{name}</th><td>{value}</td></tr>", name, value)
    });
    markup!("<table class='facts'><tbody>{rows}</tbody></table>", rows)
}

/// A table with a head.
fn table(heads: &[&'static str], rows: Html) -> Html {
    let heads = each(heads, |head| markup!("<th>{head}</th>", head = *head));
    markup!("<table class='facts'><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>", heads, rows)
}

fn section(title: impl Fill, body: Html) -> Html {
    markup!("<div class='sec'><h3>{title}</h3>{body}</div>", title, body)
}

/// Something else to inspect.
fn linked(props: &Props<'_>, to: Selection, label: &str) -> Html {
    markup!(
        "<button class='link' onclick={show}>{label}</button>",
        show = act(props.act, Action::Select(Some(to))),
        label = copied(label),
    )
}

/// What it came from, newest first, and the command that tells the same.
fn why(props: &Props<'_>, name: &str) -> Html {
    let detail = &props.told.detail;
    let reasons = each(&detail.reasons, |reason| {
        let setting = reason.setting.as_ref();
        markup!(
            "<tr><th scope='row' class='mono'>{at}</th><td>{text}{setting}</td></tr>",
            at = reason.at.to_string(),
            text = &reason.text,
            setting = setting.map(|setting| markup!(" <code>{setting}</code>", setting)),
        )
    });
    let none =
        detail.reasons.is_empty().then_some("Nothing has happened to it: it is so from the beginning.");
    section(
        "Why",
        markup!(
            "<div data-testid='why'><p>{stands} {none}</p><table class='facts told'><tbody>{reasons}</tbody></table>\
            {command}</div>",
            stands = &detail.stands,
            none,
            reasons,
            command = command(&format!("why {name}"), props.act),
        ),
    )
}

/// The command that tells the same.
fn told(props: &Props<'_>, line: &str) -> Html {
    section("The same in Kafka's words", command(line, props.act))
}

fn opening(title: String, twin: String) -> Html {
    markup!(
        "<div class='sec'><h2 class='mono' style='font-size:17px'>{title}</h2><p>{twin}</p></div>",
        title,
        twin
    )
}

fn gone(what: String) -> Html {
    markup!("<div class='sec'><h2>{what}</h2><p>It is no longer there.</p></div>", what)
}

fn broker(props: &Props<'_>, id: BrokerId) -> Html {
    let view = props.view;
    let found = view.brokers.iter().find(|b| b.id == id).zip(props.model.brokers.iter().find(|b| b.id == id));
    let Some((broker, head)) = found else { return gone(format!("Broker {id}")) };
    let mut all = vec![
        ("state", broker.state.name().to_owned()),
        ("since", broker.since.to_string()),
        ("reached at", broker.endpoint.to_string()),
        ("leads", format!("{} (with internal topics {})", head.leads, broker.leads)),
        ("holds", format!("{} (with internal topics {})", head.holds, broker.holds)),
        ("broker epoch", broker.epoch.to_string()),
    ];
    if broker.is_controller {
        all.push(("roles", "broker and controller, in one process".to_owned()));
    }
    all.extend(broker.rack.as_ref().map(|rack| ("rack", rack.to_string())));
    all.extend(broker.last_heartbeat.map(|at| ("last heartbeat", format!("{} ago", view.now.since(at)))));
    if let Some(cut) = &head.cut_off {
        all.push(("network cut", cut.clone()));
    }
    markup!(
        "{opening}{facts}{why}{change}",
        opening = opening(format!("Broker {id}"), twin::broker(head)),
        facts = section("This machine", facts(all)),
        why = why(props, &id.to_string()),
        change = faults(props, NodeId::Broker(id)),
    )
}

/// Commands for everything that can happen to a node and to the network around it.
fn faults(props: &Props<'_>, node: NodeId) -> Html {
    let (title, entries) = menu(props.model, Target::Node(node));
    let (mut own, mut links) = (Vec::new(), Vec::new());
    for entry in entries {
        match entry {
            Entry::Run(_, line) => own.push(command(&line, props.act)),
            Entry::Open(_, to) => {
                if let Some(Entry::Run(_, line)) = menu(props.model, to).1.into_iter().next() {
                    links.push(command(&line, props.act));
                }
            }
        }
    }
    let body = markup!(
        "{own}<details><summary>Its network</summary>{links}</details>",
        own = listed(own),
        links = listed(links),
    );
    section(title, body)
}

fn row<'a>(model: &'a StageModel, tp: &TopicPartition) -> Option<&'a RowModel> {
    let topic = model.topics.iter().find(|t| t.name == *tp.topic)?;
    topic.rows.iter().find(|r| r.partition == *tp).map(|r| &**r)
}

fn topic(props: &Props<'_>, name: &str) -> Html {
    let Some(topic) = props.view.topics.iter().find(|t| *t.name == *name) else {
        return gone(name.to_owned());
    };
    let copies = format!("{} partitions, {} copies each.", topic.partitions.len(), topic.replication_factor);
    let fates = each(&props.told.fates, |(tp, sums)| {
        markup!(
            "<tr><th scope='row'>{tp}</th><td>{written}</td><td>{acknowledged}</td><td>{lost}</td>\
            <td>{repeated}</td></tr>",
            tp = tp.partition,
            written = sums.appended,
            acknowledged = sums.acknowledged,
            lost = sums.lost,
            repeated = sums.repeated,
        )
    });
    let fates = table(&["partition", "written", "acked", "lost", "repeated"], fates);
    let ledger = command(&format!("ledger {name}"), props.act);
    markup!(
        "{opening}{facts}{key}{fates}",
        opening = opening(name.to_owned(), copies),
        facts = section(
            "This topic",
            facts(vec![
                ("topic id", topic.topic_id.to_string()),
                ("min.insync.replicas", topic.min_insync_replicas.to_string()),
            ])
        ),
        key = section("Keys", key::key(name, topic.partitions.len())),
        fates = section("What became of its records", markup!("{fates}{ledger}", fates, ledger)),
    )
}

fn producer(props: &Props<'_>, client: u32) -> Html {
    let Some(p) = props.view.producers.iter().find(|p| p.client.0 == client) else {
        return gone(format!("client {client}"));
    };
    let status = &p.status;
    let mut all = vec![
        ("acks", p.acks.to_string()),
        ("enable.idempotence", p.idempotent.to_string()),
        ("sent", status.sent.to_string()),
        ("acknowledged", status.acknowledged.to_string()),
        ("waiting", status.waiting.to_string()),
        ("given up", status.failed.to_string()),
    ];
    all.extend(p.topic.as_ref().map(|t| ("topic", t.to_string())));
    all.extend(
        status.retrying.map(|(broker, attempt)| ("waits for", format!("broker {broker}, attempt {attempt}"))),
    );
    let said = format!("Writes; {} of {} records are acknowledged.", status.acknowledged, status.sent);
    let others = each(props.view.producers.iter().filter(|other| other.client != p.client), |other| {
        markup!("<li>{link}</li>", link = linked(props, Selection::Producer(other.client.0), &other.name))
    });
    markup!(
        "{opening}{facts}{keys}{others}{faults}",
        opening = opening(p.name.clone(), said),
        facts = section("This producer", facts(all)),
        keys = (!p.keys.is_empty())
            .then(|| { section("Its keys", markup!("<p class='mono'>{keys}</p>", keys = p.keys.join(" "))) }),
        others = (props.view.producers.len() > 1)
            .then(|| section("Who else writes", markup!("<ul>{others}</ul>", others))),
        faults = faults(props, NodeId::Client(p.client)),
    )
}

fn event(props: &Props<'_>, id: u64) -> Html {
    let Some(event) = props.events.iter().find(|e| e.id.0 == id) else { return gone(format!("Event {id}")) };
    let touches = event.touches.iter().map(|touch| match touch {
        Touch::Node(node) => ("machine or client", node.to_string()),
        Touch::Partition(tp) => ("partition", tp.to_string()),
        Touch::Topic(name) => ("topic", name.to_string()),
        Touch::Group(name) => ("group", name.to_string()),
    });
    markup!(
        "{opening}{touches}",
        opening = opening(event.at.to_string(), event.text.clone()),
        touches = (!event.touches.is_empty()).then(|| section("It is about", facts(touches.collect()))),
    )
}
