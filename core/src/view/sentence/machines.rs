//! Machines, the network between them, and topics.

use super::{Group, Names, Told, capital, told};
use crate::node::{
    EventKind, FenceReason, LinkFault, MessageFault, NodeId, QuorumStep, Reach, Span, StopHow,
};

/// Tells what happened to a machine or a topic.
pub(super) fn tell(group: &Group<'_>, by_you: bool, names: &Names<'_>) -> Option<Told> {
    processes(group, by_you, names)
        .or_else(|| network(group, names))
        .or_else(|| brokers(group, names))
        .or_else(|| zookeeper(group))
        .or_else(|| topics(group))
        .or_else(|| quorum(&group.first.kind))
}

/// What people do to processes and wires.
fn processes(group: &Group<'_>, by_you: bool, names: &Names<'_>) -> Option<Told> {
    Some(match &group.first.kind {
        EventKind::Command { line } => told("command", false, format!("You typed `{line}`.")),
        EventKind::Stopped { node, how: StopHow::Crash } if by_you => told(
            "fault",
            true,
            format!("You crashed {}: the process is gone and told nobody.", names.of(*node)),
        ),
        EventKind::Stopped { node, how: StopHow::Crash } => {
            told("fault", true, format!("{} crashed.", capital(&names.of(*node))))
        }
        EventKind::Stopped { node, how: StopHow::PowerOff } => told(
            "fault",
            true,
            format!(
                "You cut the power of {}: what was in its memory only, and not on its disk, is gone.",
                names.of(*node)
            ),
        ),
        EventKind::Stopped { node, how: StopHow::Clean } => {
            told("fault", true, format!("{} has stopped and said good-bye.", capital(&names.of(*node))))
        }
        EventKind::Started { node } if by_you => {
            told("fault", false, format!("You started {}.", names.of(*node)))
        }
        EventKind::Started { node } => told("fault", false, format!("{} starts.", capital(&names.of(*node)))),
        EventKind::Paused { node } => told(
            "fault",
            true,
            format!("You froze {}: it runs, but does and answers nothing.", names.of(*node)),
        ),
        EventKind::Resumed { node } => told("fault", false, format!("You let {} go on.", names.of(*node))),
        _ => return None,
    })
}

/// What people do to wires and disks.
fn network(group: &Group<'_>, names: &Names<'_>) -> Option<Told> {
    let (grave, text) = match &group.first.kind {
        EventKind::DiskLost { node } => {
            (true, format!("You took the disk of {} away: whatever it held is gone.", names.of(*node)))
        }
        EventKind::DiskSlowed { node, delay: Span::ZERO } => {
            (false, format!("You made the disk of {} as fast as before.", names.of(*node)))
        }
        EventKind::DiskSlowed { node, delay } => {
            (true, format!("You slowed the disk of {}: each write takes {delay} longer.", names.of(*node)))
        }
        EventKind::Link { a, b, one_way, fault } => {
            let way = way(*a, *b, *one_way, names);
            match fault {
                LinkFault::Cut => (true, format!("You cut the network {way}.")),
                LinkFault::Heal => (false, format!("You mended the network {way}.")),
                LinkFault::Delay(Span::ZERO) => (false, format!("You took the delay {way} away.")),
                LinkFault::Delay(delay) => (true, format!("You delayed the network {way} by {delay}.")),
                LinkFault::Loss(0) => (false, format!("You ended the loss of packets {way}.")),
                LinkFault::Loss(loss) => {
                    (true, format!("You let {} of the packets {way} get lost.", percent(*loss)))
                }
            }
        }
        EventKind::Isolated { node, from } => {
            let who = names.of(*node);
            match from {
                Some(Reach::Everybody) => (true, format!("You cut {who} off from everybody.")),
                Some(Reach::Servers) => {
                    (true, format!("You cut {who} off from the other servers: clients still reach it."))
                }
                None => (false, format!("You connected {who} again.")),
            }
        }
        EventKind::Message { number, from, to, api, is_response, fault } => {
            let kind = if *is_response { "response" } else { "request" };
            let what =
                format!("{} {kind} {number} from {} to {}", api.name(), names.of(*from), names.of(*to));
            match fault {
                MessageFault::Hold => (true, format!("The network holds {what}.")),
                MessageFault::Release => (false, format!("You let {what} go on.")),
                MessageFault::Drop => (true, format!("You dropped {what}, and its connection broke.")),
            }
        }
        _ => return None,
    };
    Some(told("fault", grave, text))
}

/// `between broker 101 and broker 102`, `from broker 101 to broker 102`.
pub(in crate::view) fn way(a: NodeId, b: NodeId, one_way: bool, names: &Names<'_>) -> String {
    let (a, b) = (names.of(a), names.of(b));
    if one_way { format!("from {a} to {b}") } else { format!("between {a} and {b}") }
}

/// Thousandths as people write them: `20%`, `0.5%`.
pub(crate) fn percent(permille: u16) -> String {
    match permille % 10 {
        0 => format!("{}%", permille / 10),
        tenths => format!("{}.{tenths}%", permille / 10),
    }
}

/// How brokers come and go in the eyes of the controller.
fn brokers(group: &Group<'_>, names: &Names<'_>) -> Option<Told> {
    Some(match &group.first.kind {
        EventKind::BrokerRegistered { broker, epoch } => told(
            "fault",
            false,
            format!("Broker {broker} registered with the controller (epoch {epoch}); it may not lead yet."),
        ),
        EventKind::BrokerFenced { broker, reason } => {
            let who = group.first.node.map_or("the controller".to_owned(), |node| names.of(node));
            match reason {
                FenceReason::SessionExpired => told(
                    "fault",
                    true,
                    format!("Because no heartbeat of broker {broker} came in time, {who} fenced it."),
                ),
                FenceReason::Asked => {
                    told("fault", false, format!("Because broker {broker} asked to stop, {who} fenced it."))
                }
                FenceReason::ZnodeGone => told(
                    "fault",
                    true,
                    format!("Because /brokers/ids/{broker} is gone, {who} counts broker {broker} as dead."),
                ),
                FenceReason::Registered => told(
                    "fault",
                    false,
                    format!(
                        "Because broker {broker} has just registered, {who} keeps it fenced until it has caught up."
                    ),
                ),
            }
        }
        EventKind::BrokerUnfenced { broker } => told(
            "fault",
            false,
            format!("Because broker {broker} has caught up with the metadata, it may serve."),
        ),
        EventKind::ControlledShutdown { broker, moved } => told(
            "fault",
            false,
            format!(
                "Broker {broker} wants to stop, so {} first.",
                match moved {
                    0 => "it hands over what it leads".to_owned(),
                    1 => "1 leadership moves away".to_owned(),
                    n => format!("{n} leaderships move away"),
                }
            ),
        ),
        _ => return None,
    })
}

/// The ensemble, and the controller that it names.
fn zookeeper(group: &Group<'_>) -> Option<Told> {
    Some(match &group.first.kind {
        EventKind::ZooKeeperLeads { server, followers: 0, .. } => {
            told("election", false, format!("ZooKeeper server {server} serves, all by itself."))
        }
        EventKind::ZooKeeperLeads { server, epoch, followers } => told(
            "election",
            false,
            format!(
                "ZooKeeper server {server} leads the ensemble in epoch {epoch}: with {followers} behind it, it has \
                 a majority, and serves."
            ),
        ),
        EventKind::ZooKeeperLooking { server } => told(
            "election",
            true,
            format!(
                "ZooKeeper server {server} has no leader with a majority: it cuts its clients off and serves nothing."
            ),
        ),
        EventKind::ZooKeeperSessionExpired { session, paths } => {
            let gone = match &paths[..] {
                [] => "it had no ephemeral znodes".to_owned(),
                [path] => format!("its ephemeral znode {path} goes with it"),
                paths => format!("its ephemeral znodes go with it: {}", paths.join(", ")),
            };
            told(
                "fault",
                !paths.is_empty(),
                format!(
                    "Because nothing was heard of session 0x{session:x} for its timeout, the leader ends it; {gone}."
                ),
            )
        }
        EventKind::BrokerZnode { broker, epoch } => told(
            "fault",
            false,
            format!(
                "The controller sees /brokers/ids/{broker}: broker {broker} is alive, with broker epoch {epoch}."
            ),
        ),
        EventKind::BrokerZnodeTaken { broker } => told(
            "fault",
            true,
            format!(
                "Broker {broker} cannot register: /brokers/ids/{broker} still belongs to the session of its last life, \
                 so it ends. It can be started again when that session has run out."
            ),
        ),
        EventKind::ControllerElected { broker, epoch } => told(
            "election",
            false,
            format!(
                "Broker {broker} was the first to make the znode /controller: it is the controller, in epoch {epoch}."
            ),
        ),
        _ => return None,
    })
}

/// The quorum of controllers.
fn quorum(kind: &EventKind) -> Option<Told> {
    let EventKind::Quorum { controller, epoch, step } = kind else { return None };
    let (grave, what) = match step {
        QuorumStep::PreVote => {
            (true, "hears nothing of a leader and asks the others whether they would elect it (pre-vote).".to_owned())
        }
        QuorumStep::Candidate => (false, format!("stands for election in epoch {epoch}.")),
        QuorumStep::Voted { candidate } => (false, format!("votes for {candidate} in epoch {epoch}.")),
        QuorumStep::Elected => (false, format!("has the votes of a majority: it leads the quorum in epoch {epoch}.")),
        QuorumStep::Active => {
            (false, "is the active controller: its first record is committed, sessions of brokers begin anew.".to_owned())
        }
        QuorumStep::QuorumLost => {
            (true, "resigns: a majority of the voters has not fetched from it for 1.5 × controller.quorum.fetch.timeout.ms.".to_owned())
        }
        QuorumStep::Resigned => (false, "resigns before it ends, so that the others elect at once.".to_owned()),
        QuorumStep::Truncated { from, to } => {
            (true, format!("cut its metadata log back from {from} to {to}: those records were never committed."))
        }
    };
    Some(told("fault", grave, format!("Controller {controller} {what}")))
}

/// Topics.
fn topics(group: &Group<'_>) -> Option<Told> {
    Some(match &group.first.kind {
        EventKind::TopicCreated { topic, partitions, replication_factor } => {
            let copies = if *replication_factor == 1 {
                "1 copy".to_owned()
            } else {
                format!("{replication_factor} copies")
            };
            let parts =
                if *partitions == 1 { "1 partition".to_owned() } else { format!("{partitions} partitions") };
            told("topic", false, format!("The controller made topic {topic}: {parts}, {copies} of each."))
        }
        EventKind::TopicDeleted { topic } => {
            told("topic", false, format!("The controller deleted topic {topic}."))
        }
        EventKind::PartitionsAdded { topic, before, now } => told(
            "topic",
            false,
            format!(
                "Topic {topic} has {now} partitions instead of {before}: keys may go elsewhere from now on."
            ),
        ),
        EventKind::ConfigChanged { whose, name, value } => told(
            "topic",
            false,
            match value {
                Some(value) => format!("The setting {name} of {whose} is {value} now."),
                None => format!("The setting {name} of {whose} was taken away."),
            },
        ),
        _ => return None,
    })
}
