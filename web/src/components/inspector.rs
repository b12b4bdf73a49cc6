//! What was clicked, as plain tables below its sentence.

use super::icon;
use super::lesson::command;
use super::marks::marks;
use crate::action::{Action, Selection};
use crate::layout::lanes::{Entry, Target, menu};
use crate::layout::model::{RowModel, StageModel};
use crate::markup::{Fill, each, listed, markup};
use crate::shared::Shared;
use crate::words;
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
        Some(Selection::Partition(tp, broker)) => partition(props, tp, *broker),
        Some(Selection::Topic(name)) => topic(props, name),
        Some(Selection::Group(name, member)) => group(props, name, member.as_deref()),
        Some(Selection::Producer(client)) => producer(props, *client),
        Some(Selection::Event(id)) => event(props, *id),
        Some(Selection::Controllers) => controllers(props),
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
    all.extend(broker.rack.as_ref().map(|rack| ("rack", rack.to_string())));
    all.extend(broker.last_heartbeat.map(|at| ("last heartbeat", format!("{} ago", view.now.since(at)))));
    if let Some(cut) = &head.cut_off {
        all.push(("network cut", cut.clone()));
    }
    markup!(
        "{opening}{facts}{change}",
        opening = opening(format!("Broker {id}"), words::broker(head)),
        facts = section("This machine", facts(all)),
        change = faults(props, NodeId::Broker(id)),
    )
}

/// Commands for everything that can happen to a node and to the network around it.
fn faults(props: &Props<'_>, node: NodeId) -> Html {
    let (title, entries) = menu(props.model, Target::Node(node));
    let all = each(entries, |entry| match entry {
        Entry::Run(_, line) => command(&line, props.act),
        Entry::Open(_, to) => match menu(props.model, to).1.into_iter().next() {
            Some(Entry::Run(_, line)) => command(&line, props.act),
            _ => Html::default(),
        },
    });
    section(title, all)
}

fn row<'a>(model: &'a StageModel, tp: &TopicPartition) -> Option<&'a RowModel> {
    let topic = model.topics.iter().find(|t| t.name == *tp.topic)?;
    topic.rows.iter().find(|r| r.partition == *tp).map(|r| &**r)
}

fn partition(props: &Props<'_>, tp: &TopicPartition, broker: Option<BrokerId>) -> Html {
    let Some(row) = row(props.model, tp) else { return gone(tp.to_string()) };
    let groups = &props.model.names;
    let leader =
        row.leader.map_or_else(|| "No leader".to_owned(), |l| format!("Leader {l}, epoch {}", row.epoch));
    let chosen = row.boxes.iter().flatten().find(|b| Some(b.broker) == broker);
    let twin = chosen.map_or_else(
        || format!("{leader}. In sync: {} of {}.", row.in_sync, row.copies),
        |b| words::replica(row, b, groups),
    );
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
    markup!(
        "{opening}{replicas}{readers}{writers}{told}{about}",
        opening = opening(tp.to_string(), twin),
        replicas = section("Replicas", table(&["broker", "log end", "high watermark", "state"], lines)),
        readers = readers(row, groups),
        writers = row
            .keys
            .is_some()
            .then(|| section("Who writes here", markup!("<p>{keys}</p>", keys = words::keys(row)))),
        told = told(
            props,
            &format!("kafka-topics.sh --bootstrap-server broker101:9092 --describe --topic {}", tp.topic)
        ),
        about = about(props, &|touch| matches!(touch, Touch::Partition(other) if other == tp)),
    )
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

fn topic(props: &Props<'_>, name: &str) -> Html {
    let Some(topic) = props.view.topics.iter().find(|t| *t.name == *name) else {
        return gone(name.to_owned());
    };
    let copies = format!("{} partitions, {} copies each.", topic.partitions.len(), topic.replication_factor);
    markup!(
        "{opening}{facts}",
        opening = opening(name.to_owned(), copies),
        facts = section(
            "This topic",
            facts(vec![
                ("topic id", topic.topic_id.to_string()),
                ("min.insync.replicas", topic.min_insync_replicas.to_string()),
            ])
        ),
    )
}

fn group(props: &Props<'_>, name: &str, member: Option<&str>) -> Html {
    let Some(group) = props.view.groups.iter().find(|g| g.group == name) else {
        return gone(name.to_owned());
    };
    let owns =
        |all: &[TopicPartition]| all.iter().map(|tp| tp.partition.to_string()).collect::<Vec<_>>().join(" ");
    let twin = match member.and_then(|m| group.members.iter().find(|x| x.client_id == m)) {
        Some(member) => format!("{} owns {}.", member.client_id, owns(&member.assignment)),
        None if group.coordinator.is_none() => {
            "No broker coordinates it now: its members read on, but cannot commit.".to_owned()
        }
        None => format!(
            "{}, generation {}, {} members.",
            group.state.name(),
            group.generation,
            group.members.len()
        ),
    };
    let lines = each(&group.members, |m| {
        let chosen = Some(m.client_id.as_str()) == member;
        let name = &m.client_id;
        markup!(
            "<tr><th scope='row'>{name}</th><td>{owns}</td></tr>",
            name = if chosen { markup!("<b>{name}</b>", name) } else { markup!("{name}", name) },
            owns = owns(&m.assignment),
        )
    });
    let coordinator = group.coordinator.map_or_else(|| "none".to_owned(), |b| format!("broker {b}"));
    let state = if group.coordinator.is_none() { "unknown" } else { group.state.name() };
    let all = vec![
        ("state", state.to_owned()),
        ("generation", group.generation.to_string()),
        ("assignor", group.protocol.to_string()),
        ("coordinator", coordinator),
    ];
    markup!(
        "{opening}{facts}{members}{told}{about}{faults}",
        opening = opening(name.to_owned(), twin),
        facts = section("This group", facts(all)),
        members = section(
            "Members and what they own",
            markup!("<table class='facts'><tbody>{lines}</tbody></table>", lines)
        ),
        told = told(
            props,
            &format!("kafka-consumer-groups.sh --bootstrap-server broker101:9092 --describe --group {name}")
        ),
        about = about(props, &|touch| matches!(touch, Touch::Group(other) if other == name)),
        faults = group
            .members
            .iter()
            .find(|m| Some(m.client_id.as_str()) == member)
            .and_then(|m| m.client)
            .map(|client| faults(props, NodeId::Client(client))),
    )
}

fn producer(props: &Props<'_>, client: u32) -> Html {
    let Some(p) = props.view.producers.iter().find(|p| p.client.0 == client) else {
        return gone(format!("client {client}"));
    };
    let status = &p.status;
    let mut all = vec![
        ("acks", p.acks.to_string()),
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
    markup!(
        "{opening}{facts}{keys}{faults}",
        opening = opening(p.name.clone(), said),
        facts = section("This producer", facts(all)),
        keys = (!p.keys.is_empty())
            .then(|| { section("Its keys", markup!("<p class='mono'>{keys}</p>", keys = p.keys.join(" "))) }),
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

/// The ensemble, and the broker that it names.
fn ensemble(props: &Props<'_>) -> Html {
    let lines = each(&props.view.zookeepers, |server| {
        markup!(
            "<tr><th scope='row'>{name}</th><td class='w'>{role}</td><td>{epoch}</td><td>{zxid}</td>\
            <td>{sessions}</td></tr>",
            name = format!("zookeeper {}", server.id),
            role = server.role,
            epoch = server.epoch,
            zxid = format!("0x{:x}", server.zxid),
            sessions = server.sessions,
        )
    });
    let controller = match props.view.elected_controller {
        Some((broker, epoch)) => format!("broker {broker}, in epoch {epoch}"),
        None => "none".to_owned(),
    };
    markup!(
        "<div class='sec'>\
            <h2>The control plane</h2>\
            <p>ZooKeeper keeps the metadata: a write counts once a majority of its servers has it. The broker that \
            made the znode /controller decides who leads. A broker is alive as long as its session is.</p>\
        </div>\
        {servers}{cluster}",
        servers = section("Servers", table(&["", "role", "epoch", "zxid", "clients"], lines)),
        cluster = section("Cluster", facts(vec![("controller", controller)])),
    )
}

fn controllers(props: &Props<'_>) -> Html {
    if !props.view.zookeepers.is_empty() {
        return ensemble(props);
    }
    let lines = each(&props.view.controllers, |c| {
        markup!(
            "<tr><th scope='row'>{name}</th><td class='w'>{state}</td><td class='w'>{role}</td>\
            <td>{epoch}</td><td>{voted}</td><td>{end}</td><td>{committed}</td><td>{lag}</td></tr>",
            name = format!("controller {}", c.id),
            state = c.state.name(),
            role = if c.leads { "active" } else { c.role },
            epoch = c.epoch,
            voted = c.voted.map_or_else(|| "–".to_owned(), |id| id.to_string()),
            end = c.metadata_end,
            committed = c.high_watermark,
            lag = c.lag,
        )
    });
    let cluster = vec![
        ("cluster id", props.view.cluster_id.to_string()),
        ("brokers", props.view.brokers.len().to_string()),
        ("topics", props.view.topics.len().to_string()),
    ];
    markup!(
        "<div class='sec'>\
            <h2>The control plane</h2>\
            <p>The active controller decides who leads each partition, once a majority of the controllers has \
            written it down. Brokers tell it that they are alive by heartbeats; one that is silent too long is \
            fenced.</p>\
        </div>\
        {controllers}{cluster}{faults}",
        controllers = section(
            "Controllers",
            table(&["", "state", "role", "epoch", "voted", "log end", "committed", "lag"], lines)
        ),
        cluster = section("The cluster", facts(cluster)),
        faults = each(&props.view.controllers, |c| faults(props, NodeId::Controller(c.id))),
    )
}

/// The newest events about something.
fn about(props: &Props<'_>, is: &dyn Fn(&Touch) -> bool) -> Option<Html> {
    let all: Vec<_> = props.events.iter().filter(|e| e.touches.iter().any(is)).collect();
    if all.is_empty() {
        return None;
    }
    let newest = each(all.iter().skip(all.len().saturating_sub(5)), |e| {
        markup!(
            "<tr><th scope='row' class='mono'>{at}</th><td class='w' style='text-align:left'>{text}</td></tr>",
            at = e.at.to_string(),
            text = &e.text,
        )
    });
    let table = markup!("<table class='facts'><tbody>{newest}</tbody></table>", newest);
    Some(section(format!("Events about it: {}", all.len()), table))
}
