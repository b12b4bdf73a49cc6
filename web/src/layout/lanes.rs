//! What is wrong with the network, and what can be done about it: lanes below the heads, and the entries of menus.
//!
//! A lane is drawn for each pair of nodes whose network is not as it should be, and for each message that is held.

use super::model::StageModel;
use kafkascope_core::node::{NodeId, Reach, Span};
use kafkascope_core::view::{ClusterView, LinkView, ProcessState};

/// Lanes that are drawn; `network list` tells the others.
pub const MOST_LANES: usize = 5;
/// Nodes to which a menu leads.
const MOST_NODES: usize = 12;

/// What a menu is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A machine or a client.
    Node(NodeId),
    /// The network between two of them.
    Link(NodeId, NodeId),
    /// A message that is held.
    Message(u64),
}

/// A line of a menu: a command to be run, or another menu to be opened.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// Words, and the command.
    Run(String, String),
    /// Words, and what the menu is about then.
    Open(String, Target),
}

/// A lane.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// One end.
    pub a: NodeId,
    /// The other end.
    pub b: NodeId,
    /// Its look: `cut`, `late`, `lossy` or `held`.
    pub class: &'static str,
    /// Whether only the way from `a` to `b` is meant.
    pub one_way: bool,
    /// What stands on it.
    pub text: String,
    /// The same in a sentence.
    pub said: String,
    /// What its menu is about.
    pub target: Target,
}

/// All lanes: held messages first, then links.
#[must_use]
pub fn lanes(view: &ClusterView) -> Vec<Lane> {
    let mut all = Vec::new();
    let name = |node: NodeId| view.node_name(node);
    for message in &view.held {
        let kind = if message.is_response { "response" } else { "request" };
        let text = format!("{} {kind} {}", message.api.name(), message.id);
        let (a, b) = (message.from, message.to);
        let said = format!("Held: {text} from {} to {}.", name(a), name(b));
        let target = Target::Message(message.id);
        all.push(Lane { a, b, class: "held", one_way: true, text, said, target });
    }
    for link in &view.links {
        let mut back = *link;
        (back.from, back.to) = (link.to, link.from);
        let both = view.links.contains(&back);
        if both && link.from > link.to {
            continue;
        }
        let (class, text) = state(link);
        let (a, b) = (link.from, link.to);
        let joint = if both { "and" } else { "to" };
        let said = format!("Network from {} {joint} {}: {text}.", name(a), name(b));
        all.push(Lane { a, b, class, one_way: !both, text, said, target: Target::Link(a, b) });
    }
    all
}

fn state(link: &LinkView) -> (&'static str, String) {
    if link.cut {
        return ("cut", "cut".to_owned());
    }
    let mut text = String::new();
    if link.delay != Span::ZERO {
        text = format!("+{}", link.delay);
    }
    if link.loss > 0 {
        text.push_str(if text.is_empty() { "" } else { ", " });
        text.push_str(&format!("{}.{}% lost", link.loss / 10, link.loss % 10));
    }
    (if link.loss > 0 { "lossy" } else { "late" }, text.replace(".0%", "%"))
}

/// What a menu is called, and what it offers.
#[must_use]
pub fn menu(model: &StageModel, target: Target) -> (String, Vec<Entry>) {
    let name = |node: NodeId| {
        let found = model.nodes.iter().find(|(known, _)| *known == node);
        found.map_or_else(|| node.to_string(), |(_, name)| name.clone())
    };
    let mut all = Vec::new();
    let mut run = |label: &str, command: String| all.push(Entry::Run(label.to_owned(), command));
    match target {
        Target::Message(number) => {
            run("Let it go on", format!("network release {number}"));
            run("Drop it, and its connection", format!("network drop {number}"));
            (format!("Message {number}"), all)
        }
        Target::Link(a, b) => {
            let (x, y) = (name(a), name(b));
            let troubled = |lane: &&Lane| (lane.a, lane.b) == (a, b) || (lane.a, lane.b) == (b, a);
            if model.lanes.iter().any(|lane| troubled(&lane) && lane.class != "held") {
                run("Mend", format!("network heal {x} {y}"));
            }
            run("Cut", format!("network cut {x} {y}"));
            run("Cut one way", format!("network cut {x} {y} --one-way"));
            run("Cut the way back", format!("network cut {y} {x} --one-way"));
            run("Delay", format!("network delay {x} {y} 100ms"));
            run("Lose packets", format!("network drop {x} {y} 20%"));
            run("Hold the next message", format!("network hold {x} {y}"));
            run("Hold the next one back", format!("network hold {y} {x}"));
            (format!("Between {x} and {y}"), all)
        }
        Target::Node(node) => {
            let me = name(node);
            process(model, node, &me, &mut run);
            if model.isolated.iter().any(|(other, _)| *other == node) {
                run("Connect again", format!("network heal {me}"));
            } else {
                if !node.is_client() {
                    run("Isolate from servers", format!("network isolate {me} --from servers"));
                }
                run("Isolate from everybody", format!("network isolate {me}"));
            }
            for (other, name) in model.nodes.iter().filter(|(other, _)| *other != node).take(MOST_NODES) {
                // Clients talk to servers only.
                if !(node.is_client() && other.is_client()) {
                    all.push(Entry::Open(format!("Network to {name}"), Target::Link(node, *other)));
                }
            }
            (format!("What can happen to {me}"), all)
        }
    }
}

/// What can be done to a process and its disk as they stand.
fn process(model: &StageModel, node: NodeId, name: &str, run: &mut dyn FnMut(&str, String)) {
    let Some((_, noun, state)) = model.processes.iter().find(|(other, ..)| *other == node) else { return };
    let verbs: &[(&str, &str)] = match state {
        _ if node.is_client() => &[("Stop cleanly", "stop"), ("Crash (kill -9)", "crash")],
        ProcessState::Up | ProcessState::Fenced | ProcessState::Stopping => &[
            ("Stop cleanly", "stop"),
            ("Crash (kill -9)", "crash"),
            ("Pause (freeze)", "pause"),
            ("Restart", "restart"),
        ],
        ProcessState::Paused => &[("Resume", "resume"), ("Crash (kill -9)", "crash")],
        ProcessState::Stopped | ProcessState::Crashed => &[("Start", "start")],
    };
    let id = match node {
        NodeId::Controller(id) | NodeId::ZooKeeper(id) => id.to_string(),
        _ => name.to_owned(),
    };
    for (label, verb) in verbs {
        run(label, format!("{noun} {verb} {id}"));
    }
    let Some(head) = model.brokers.iter().find(|head| NodeId::Broker(head.id) == node) else { return };
    run("Cut its power", format!("broker power-off {id}"));
    run("Lose the disk", format!("broker lose-disk {id}"));
    if head.slow_disk {
        run("Make the disk healthy", format!("broker disk {id} --delay 0"));
    } else {
        run("Slow the disk", format!("broker disk {id} --delay 200ms"));
    }
}

/// Whom a broker cannot reach, or who cannot reach it.
#[must_use]
pub fn cut_off(me: NodeId, view: &ClusterView) -> Option<String> {
    let mut others: Vec<String> = Vec::new();
    for (node, reach) in &view.isolated {
        if *node == me {
            others.push(if *reach == Reach::Servers { "the other servers" } else { "everybody" }.to_owned());
        }
    }
    for link in &view.links {
        let other = if link.from == me { link.to } else { link.from };
        let name = view.node_name(other);
        if link.cut && (link.from == me || link.to == me) && !others.contains(&name) {
            others.push(name);
        }
    }
    (!others.is_empty()).then(|| others.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(from: NodeId, to: NodeId, cut: bool, delay: Span, loss: u16) -> LinkView {
        LinkView { from, to, cut, delay, loss }
    }

    #[test]
    fn a_broker_knows_whom_it_cannot_reach() {
        let cut = |from, to| link(from, to, true, Span::ZERO, 0);
        let (a, b, c) = (NodeId::Broker(101), NodeId::Broker(102), NodeId::Broker(103));
        let links = vec![cut(NodeId::Controller(1), a), cut(a, c), cut(c, a), cut(b, c)];
        let view = ClusterView { links, ..ClusterView::default() };
        assert_eq!(cut_off(a, &view).as_deref(), Some("controller 1, broker 103"));
        assert_eq!(cut_off(c, &view).as_deref(), Some("broker 101, broker 102"));
        assert_eq!(cut_off(NodeId::Broker(104), &view), None);
    }

    #[test]
    fn a_lane_for_each_pair_and_one_way_is_told_apart() {
        let (a, b) = (NodeId::Broker(101), NodeId::Broker(102));
        let links = vec![
            link(a, b, false, Span::millis(50), 0),
            link(a, NodeId::Controller(1), false, Span::millis(5), 205),
            link(b, a, false, Span::millis(50), 0),
        ];
        let all = lanes(&ClusterView { links, ..ClusterView::default() });
        let told: Vec<_> = all.iter().map(|l| (l.class, l.one_way, l.text.as_str())).collect();
        assert_eq!(told, [("late", false, "+50 ms"), ("lossy", true, "+5 ms, 20.5% lost")]);
    }

    #[test]
    fn every_entry_is_a_command_or_leads_on() {
        let nodes =
            vec![(NodeId::Broker(101), "101".to_owned()), (NodeId::Controller(1), "controller-1".to_owned())];
        let processes = vec![
            (NodeId::Broker(101), "broker", ProcessState::Up),
            (NodeId::Controller(1), "controller", ProcessState::Up),
        ];
        let model = StageModel { nodes, processes, ..StageModel::default() };
        let (title, all) = menu(&model, Target::Node(NodeId::Controller(1)));
        assert_eq!(title, "What can happen to controller-1");
        let last = Entry::Open(
            "Network to 101".to_owned(),
            Target::Link(NodeId::Controller(1), NodeId::Broker(101)),
        );
        assert_eq!((all.len(), all.last()), (7, Some(&last)));
        assert_eq!(all.first(), Some(&Entry::Run("Stop cleanly".to_owned(), "controller stop 1".to_owned())));
        let (_, link) = menu(&model, Target::Link(NodeId::Broker(101), NodeId::Controller(1)));
        assert!(link.contains(&Entry::Run("Cut".to_owned(), "network cut 101 controller-1".to_owned())));
    }
}
