//! The control plane: controllers and what they have written down, or ZooKeeper's servers, sessions and znodes.

use super::{Props, facts, faults, linked, section, table};
use crate::action::Selection;
use crate::components::lesson::command;
use crate::markup::{each, markup};
use kafkascope_core::node::NodeId;
use kafkascope_core::view::{ClusterView, ZkSessionView, ZnodeView, joined};
use yew::prelude::*;

/// The ensemble, the broker that it names, and a znode.
fn ensemble(props: &Props<'_>) -> Html {
    let lines = each(&props.view.zookeepers, |server| {
        markup!(
            "<tr><th scope='row'>{name}</th><td class='w'>{role}</td><td>{epoch}</td><td>{zxid}</td>\
            <td>{sessions}</td></tr>",
            name = server.id,
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
    let mut cluster = vec![("controller", controller)];
    cluster.extend(whole(props.view));
    let (node, open) =
        props.told.ensemble.as_ref().map_or((None, None), |(node, open)| (Some(node), Some(open)));
    markup!(
        "<div class='sec'>\
            <h2>The control plane</h2>\
            <p>ZooKeeper keeps the metadata: a write counts once a majority of its servers has it. The broker that \
            made the znode /controller decides who leads. A broker is alive as long as its session is.</p>\
        </div>\
        {servers}{cluster}{znode}{sessions}{faults}",
        servers = section("Servers", table(&["id", "role", "epoch", "zxid", "clients"], lines)),
        cluster = section("The cluster", facts(cluster)),
        znode = node.map(|node| znode(props, node)),
        sessions = open.map(|open| sessions(open)),
        faults = each(&props.view.zookeepers, |server| faults(props, NodeId::ZooKeeper(server.id))),
    )
}

/// One znode: the way to it, its data, its children.
fn znode(props: &Props<'_>, node: &ZnodeView) -> Html {
    let mut way = vec![linked(props, Selection::Controllers(String::new()), "/")];
    let mut path = String::new();
    for name in node.path.split('/').filter(|name| !name.is_empty()) {
        path.push('/');
        path.push_str(name);
        way.push(linked(props, Selection::Controllers(path.clone()), &format!(" {name} ")));
    }
    let here = if path.is_empty() { "/" } else { &path };
    let children = each(&node.children, |(name, below)| {
        let at = format!("{path}/{name}");
        markup!(
            "<tr><th scope='row'>{link}</th><td>{below}</td></tr>",
            link = linked(props, Selection::Controllers(at), name),
            below = (*below > 0).then(|| format!("{below} below")),
        )
    });
    let mut about = vec![
        ("data version", node.version.to_string()),
        ("czxid, mzxid", format!("0x{:x}, 0x{:x}", node.zxids[0], node.zxids[1])),
    ];
    if node.owner != 0 {
        about.push(("ephemeral, goes with", format!("0x{:x}", node.owner)));
    }
    markup!(
        "<div class='sec' data-testid='znode'><h3>Znodes</h3><p class='mono way'>{way}</p>{data}\
            <table class='facts'><tbody>{children}</tbody></table>{about}{command}</div>",
        way = crate::markup::listed(way),
        data = node.data.as_ref().map(|data| markup!("<pre class='data'>{data}</pre>", data)),
        children,
        about = facts(about),
        command = command(&format!("zookeeper-shell.sh localhost:2181 get -s {here}"), props.act),
    )
}

fn sessions(open: &[ZkSessionView]) -> Html {
    let lines = each(open, |session| {
        markup!(
            "<tr><th scope='row' class='mono'>{id}</th><td class='w'>{timeout}</td><td>{paths}</td></tr>",
            id = format!("0x{:x}", session.id),
            timeout = session.timeout_ms,
            paths = joined(&session.ephemerals, ", "),
        )
    });
    section("Sessions", table(&["id", "ms", "ephemeral znodes"], lines))
}

/// See the module.
pub fn controllers(props: &Props<'_>) -> Html {
    if !props.view.zookeepers.is_empty() {
        return ensemble(props);
    }
    let lines = each(&props.view.controllers, |c| {
        markup!(
            "<tr><th scope='row'>{name}</th><td class='w'>{state}</td><td class='w'>{role}</td>\
            <td>{epoch}</td><td>{voted}</td><td>{end}</td><td>{committed}</td><td>{lag}</td></tr>",
            name = c.id,
            state = c.state.name(),
            role = if c.leads { "active" } else { c.role },
            epoch = c.epoch,
            voted = c.voted.map_or_else(|| "–".to_owned(), |id| id.to_string()),
            end = c.metadata_end,
            committed = c.high_watermark,
            lag = c.lag,
        )
    });
    let brokers = each(props.view.brokers.iter().take(12), |b| {
        let heard = b.last_heartbeat.map(|at| format!("{} ago", props.view.now.since(at)));
        markup!(
            "<tr><th scope='row' class='mono'>{id}</th><td class='w'>{state}</td><td>{epoch}</td><td>{heard}</td></tr>",
            id = b.id,
            state = b.state.name(),
            epoch = if b.epoch < 0 { "–".to_owned() } else { b.epoch.to_string() },
            heard = heard.unwrap_or_else(|| "–".to_owned()),
        )
    });
    markup!(
        "<div class='sec'>\
            <h2>The control plane</h2>\
            <p>The active controller decides who leads each partition, once a majority of the controllers has \
            written it down. Brokers tell it that they are alive by heartbeats; one that is silent too long is \
            fenced.</p>\
        </div>\
        {controllers}{brokers}{cluster}{told}{faults}",
        controllers = section(
            "Controllers",
            table(&["id", "state", "role", "epoch", "voted", "end", "safe", "lag"], lines)
        ),
        brokers = section("Brokers", table(&["id", "state", "epoch", "heartbeat"], brokers)),
        cluster = section("The cluster", facts(whole(props.view))),
        told = super::told(
            props,
            "kafka-metadata-quorum.sh --bootstrap-server broker101:9092 describe --status"
        ),
        faults = each(&props.view.controllers, |c| faults(props, NodeId::Controller(c.id))),
    )
}

/// The cluster in figures.
fn whole(view: &ClusterView) -> Vec<(&'static str, String)> {
    let (mut partitions, mut leaderless, mut short) = (0, 0, 0);
    for partition in view.topics.iter().flat_map(|topic| &topic.partitions) {
        partitions += 1;
        leaderless += u32::from(partition.leader.is_none());
        short += u32::from(partition.isr.len() < partition.replicas.len());
    }
    vec![
        ("cluster id", view.cluster_id.to_string()),
        ("topics", view.topics.len().to_string()),
        ("partitions", partitions.to_string()),
        ("without a leader", leaderless.to_string()),
        ("short of a copy", short.to_string()),
    ]
}
