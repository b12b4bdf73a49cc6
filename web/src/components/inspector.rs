//! What was clicked, as plain tables below its sentence.

use super::icon;
use super::lesson::command;
use super::marks::marks;
use crate::action::{Action, Selection};
use crate::layout::model::{RowModel, StageModel};
use crate::words;
use kafkascope_core::node::BrokerId;
use kafkascope_core::protocol::TopicPartition;
use kafkascope_core::view::{ClusterView, EventView, ProcessState, Touch};
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
    pub events: &'a [EventView],
    /// Where actions go.
    pub act: &'a Callback<Action>,
}

/// See the module.
pub fn inspector(props: &Props<'_>) -> Html {
    let body = match props.selection {
        None => html! {
            <div class="sec">
                <h2>{ "Inspect" }</h2>
                <p>{ "Click a machine, a box, a reader, a row's number or an event. It is shown here as a table." }</p>
            </div>
        },
        Some(Selection::Marks) => marks(),
        Some(Selection::Broker(id)) => broker(props, *id),
        Some(Selection::Partition(tp, broker)) => partition(props, tp, *broker),
        Some(Selection::Topic(name)) => topic(props, name),
        Some(Selection::Group(name, member)) => group(props, name, member.as_deref()),
        Some(Selection::Producer(client)) => producer(props, *client),
        Some(Selection::Event(id)) => event(props, *id),
        Some(Selection::Controllers) => controllers(props),
    };
    html! { <div data-testid="inspector">{ body }</div> }
}

type Facts = Vec<(String, String)>;

fn fact(name: &str, value: impl ToString) -> (String, String) {
    (name.to_owned(), value.to_string())
}

fn facts(all: Facts) -> Html {
    html! {
        <table class="facts"><tbody>
            { for all.into_iter().map(|(name, value)| html! { <tr><th scope="row">{ name }</th><td>{ value }</td></tr> }) }
        </tbody></table>
    }
}

fn section(title: &str, body: Html) -> Html {
    html! { <div class="sec"><h3>{ title }</h3>{ body }</div> }
}

fn opening(title: String, twin: String) -> Html {
    html! { <div class="sec"><h2 class="mono" style="font-size:17px">{ title }</h2><p>{ twin }</p></div> }
}

fn gone(what: String) -> Html {
    html! { <div class="sec"><h2>{ what }</h2><p>{ "It is no longer there." }</p></div> }
}

fn broker(props: &Props<'_>, id: BrokerId) -> Html {
    let view = props.view;
    let found = view.brokers.iter().find(|b| b.id == id).zip(props.model.brokers.iter().find(|b| b.id == id));
    let Some((broker, head)) = found else { return gone(format!("Broker {id}")) };
    let mut all = vec![
        fact("state", words::state(broker.state)),
        fact("since", broker.since),
        fact("reached at", &broker.endpoint),
        fact("leads", format!("{} (with internal topics {})", head.leads, broker.leads)),
        fact("holds", format!("{} (with internal topics {})", head.holds, broker.holds)),
        fact("broker epoch", broker.epoch),
    ];
    all.extend(broker.rack.as_ref().map(|rack| fact("rack", rack)));
    all.extend(broker.last_heartbeat.map(|at| fact("last heartbeat", format!("{} ago", view.now.since(at)))));
    let cut = view.cuts.iter().filter(|(a, b)| a.broker() == Some(id) || b.broker() == Some(id));
    let cut: Vec<String> = cut.map(|(a, b)| format!("{a} / {b}")).collect();
    if !cut.is_empty() {
        all.push(fact("network cut", cut.join(", ")));
    }
    let verb = match broker.state {
        ProcessState::Stopped | ProcessState::Crashed => "start",
        ProcessState::Paused => "resume",
        _ => "stop",
    };
    html! {<>
        { opening(format!("Broker {id}"), words::broker(head)) }
        { section("This machine", facts(all)) }
        { section("What would change it now", command(&format!("broker {verb} {id}"), props.act)) }
    </>}
}

fn row<'a>(model: &'a StageModel, tp: &TopicPartition) -> Option<&'a RowModel> {
    let topic = model.topics.iter().find(|t| t.name == *tp.topic)?;
    topic.rows.iter().find(|r| r.partition == *tp).map(|r| &**r)
}

fn partition(props: &Props<'_>, tp: &TopicPartition, broker: Option<BrokerId>) -> Html {
    let Some(row) = row(props.model, tp) else { return gone(tp.to_string()) };
    let groups: Vec<String> = props.model.groups.iter().map(|g| g.name.clone()).collect();
    let leader =
        row.leader.map_or_else(|| "No leader".to_owned(), |l| format!("Leader {l}, epoch {}", row.epoch));
    let chosen = row.boxes.iter().flatten().find(|b| Some(b.broker) == broker);
    let twin = chosen.map_or_else(
        || format!("{leader}. In sync: {} of {}.", row.in_sync, row.copies),
        |b| words::replica(row, b, &groups),
    );
    let lines = row.boxes.iter().flatten().map(|b| {
        let state = match b {
            b if !b.online => "offline".to_owned(),
            b if b.leads => "leads".to_owned(),
            b if b.in_sync => "in sync".to_owned(),
            b => format!("behind by {}", b.behind),
        };
        html! {
            <tr>
                <th scope="row"><b class="mono">{ b.broker }</b>{ " " }if b.leads { <span style="display:inline-block">{ icon::crown(true) }</span> }</th>
                <td>{ b.end }</td><td>{ b.safe }</td><td class="w">{ state }</td>
            </tr>
        }
    });
    let readers =
        row.cells.iter().zip(&groups).filter(|(cell, _)| cell.member.is_some() || cell.committed.is_some());
    let readers: Vec<Html> = readers.map(|(cell, group)| {
        let number = |n: Option<i64>| n.map_or_else(|| "–".to_owned(), |n| n.to_string());
        html! {
            <tr><th scope="row">{ group }</th><td>{ number(cell.position) }</td><td>{ number(cell.committed) }</td><td>{ number(cell.lag) }</td></tr>
        }
    }).collect();
    html! {<>
        { opening(tp.to_string(), twin) }
        { section("Replicas", html! {
            <table class="facts">
                <thead><tr><th>{ "broker" }</th><th>{ "log end" }</th><th>{ "high watermark" }</th><th>{ "state" }</th></tr></thead>
                <tbody>{ for lines }</tbody>
            </table>
        }) }
        if !readers.is_empty() {
            { section("Readers", html! {
                <table class="facts">
                    <thead><tr><th>{ "group" }</th><th>{ "position" }</th><th>{ "commit" }</th><th>{ "lag" }</th></tr></thead>
                    <tbody>{ for readers }</tbody>
                </table>
            }) }
        }
        if row.keys.is_some() { { section("Who writes here", html! { <p>{ words::keys(row) }</p> }) } }
        { section("The same in Kafka's words", command(
            &format!("kafka-topics.sh --bootstrap-server broker101:9092 --describe --topic {}", tp.topic), props.act)) }
        { about(props, &|touch| matches!(touch, Touch::Partition(other) if other == tp)) }
    </>}
}

fn topic(props: &Props<'_>, name: &str) -> Html {
    let Some(topic) = props.view.topics.iter().find(|t| *t.name == *name) else {
        return gone(name.to_owned());
    };
    html! {<>
        { opening(name.to_owned(), format!("{} partitions, {} copies each.", topic.partitions.len(), topic.replication_factor)) }
        { section("This topic", facts(vec![
            fact("topic id", topic.topic_id),
            fact("min.insync.replicas", topic.min_insync_replicas),
        ])) }
    </>}
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
    let lines = group.members.iter().map(|m| {
        let chosen = Some(m.client_id.as_str()) == member;
        html! {
            <tr><th scope="row">if chosen { <b>{ &m.client_id }</b> } else { { &m.client_id } }</th><td>{ owns(&m.assignment) }</td></tr>
        }
    });
    html! {<>
        { opening(name.to_owned(), twin) }
        { section("This group", facts(vec![
            fact("state", if group.coordinator.is_none() { "unknown" } else { group.state.name() }),
            fact("generation", group.generation),
            fact("assignor", &group.protocol),
            fact("coordinator", group.coordinator.map_or_else(|| "none".to_owned(), |b| format!("broker {b}"))),
        ])) }
        { section("Members and what they own", html! { <table class="facts"><tbody>{ for lines }</tbody></table> }) }
        { section("The same in Kafka's words", command(
            &format!("kafka-consumer-groups.sh --bootstrap-server broker101:9092 --describe --group {name}"), props.act)) }
        { about(props, &|touch| matches!(touch, Touch::Group(other) if other == name)) }
    </>}
}

fn producer(props: &Props<'_>, client: u32) -> Html {
    let Some(p) = props.view.producers.iter().find(|p| p.client.0 == client) else {
        return gone(format!("client {client}"));
    };
    let status = &p.status;
    let mut all = vec![
        fact("acks", p.acks),
        fact("sent", status.sent),
        fact("acknowledged", status.acknowledged),
        fact("waiting", status.waiting),
        fact("given up", status.failed),
    ];
    all.extend(p.topic.as_ref().map(|t| fact("topic", t)));
    all.extend(
        status
            .retrying
            .map(|(broker, attempt)| fact("waits for", format!("broker {broker}, attempt {attempt}"))),
    );
    let keys =
        (!p.keys.is_empty()).then(|| section("Its keys", html! { <p class="mono">{ p.keys.join(" ") }</p> }));
    html! {<>
        { opening(p.name.clone(), format!("Writes; {} of {} records are acknowledged.", status.acknowledged, status.sent)) }
        { section("This producer", facts(all)) }
        { for keys }
    </>}
}

fn event(props: &Props<'_>, id: u64) -> Html {
    let Some(event) = props.events.iter().find(|e| e.id.0 == id) else { return gone(format!("Event {id}")) };
    let touches = event.touches.iter().map(|touch| match touch {
        Touch::Node(node) => fact("machine or client", node),
        Touch::Partition(tp) => fact("partition", tp),
        Touch::Topic(name) => fact("topic", name),
        Touch::Group(name) => fact("group", name),
    });
    html! {<>
        { opening(event.at.to_string(), event.text.clone()) }
        if !event.touches.is_empty() { { section("It is about", facts(touches.collect())) } }
    </>}
}

fn controllers(props: &Props<'_>) -> Html {
    let lines = props.view.controllers.iter().map(|c| {
        let role = if c.leads { "leads" } else { "follows" };
        html! {
            <tr><th scope="row">{ format!("controller {}", c.id) }</th><td class="w">{ words::state(c.state) }</td><td class="w">{ role }</td><td>{ c.epoch }</td><td>{ c.metadata_end }</td></tr>
        }
    });
    html! {<>
        <div class="sec">
            <h2>{ "The control plane" }</h2>
            <p>{ "The controller decides who leads each partition. Brokers tell it that they are alive by heartbeats; one that is silent too long is fenced." }</p>
        </div>
        { section("Controllers", html! {
            <table class="facts">
                <thead><tr><th>{ "" }</th><th>{ "state" }</th><th>{ "role" }</th><th>{ "epoch" }</th><th>{ "log end" }</th></tr></thead>
                <tbody>{ for lines }</tbody>
            </table>
        }) }
        { section("The cluster", facts(vec![
            fact("cluster id", props.view.cluster_id),
            fact("brokers", props.view.brokers.len()),
            fact("topics", props.view.topics.len()),
        ])) }
    </>}
}

/// The newest events about something.
fn about(props: &Props<'_>, is: &dyn Fn(&Touch) -> bool) -> Html {
    let all: Vec<&EventView> = props.events.iter().filter(|e| e.touches.iter().any(is)).collect();
    if all.is_empty() {
        return Html::default();
    }
    let newest = all.iter().rev().take(5).rev().map(|e| html! { <tr><th scope="row" class="mono">{ e.at.to_string() }</th><td class="w" style="text-align:left">{ &e.text }</td></tr> });
    section(
        &format!("Events about it: {}", all.len()),
        html! { <table class="facts"><tbody>{ for newest }</tbody></table> },
    )
}
