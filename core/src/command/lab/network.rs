//! `network`: cut and mend the wires between machines.

use super::{Lab, Reply, Verb};
use crate::node::NodeId;
use crate::simulation::Act;
use crate::view::ClusterView;

pub(super) const VERB: Verb = Verb {
    name: "network",
    summary: "cut and mend the network between two machines",
    usage: "network list\nnetwork cut A B\nnetwork heal [A B]   (A, B: a broker id, controller-1, or an application's name)",
    subverbs: &["list", "cut", "heal"],
    examples: &["network cut 101 102", "network list", "network heal"],
    refused: "network cut 101 999",
    run,
};

fn run(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    let view = lab.view();
    let done = match args {
        ["list"] | [] => {
            for (a, b) in &view.cuts {
                lab.print(format_args!("cut: {a} - {b}\n"));
            }
            if view.cuts.is_empty() {
                lab.note("nothing is cut");
            }
            return Reply::DONE;
        }
        ["cut", a, b] => pair(&view, a, b).and_then(|(a, b)| lab.act(Act::Cut(a, b))),
        ["heal"] => lab.act(Act::Heal(None)),
        ["heal", a, b] => pair(&view, a, b).and_then(|pair| lab.act(Act::Heal(Some(pair)))),
        ["cut" | "heal", ..] => return VERB.misused(lab, "two machines must be named"),
        [other, ..] => return VERB.misused(lab, &format!("`{other}` is unknown")),
    };
    match done {
        Ok(_) => {
            lab.remark(format_args!("network: {} at {}", args.join(" "), lab.now()));
            Reply::DONE
        }
        Err(why) => VERB.refuse(lab, &why),
    }
}

fn pair(view: &ClusterView, a: &str, b: &str) -> Result<(NodeId, NodeId), String> {
    let (first, second) = (node(view, a)?, node(view, b)?);
    if first == second {
        return Err(format!("{a} and {b} are the same machine"));
    }
    Ok((first, second))
}

fn node(view: &ClusterView, name: &str) -> Result<NodeId, String> {
    if let Ok(id) = name.parse()
        && view.brokers.iter().any(|broker| broker.id == id)
    {
        return Ok(NodeId::Broker(id));
    }
    let controller = name.strip_prefix("controller-").and_then(|id| id.parse().ok());
    if let Some(id) = controller
        && view.controllers.iter().any(|controller| controller.id == id)
    {
        return Ok(NodeId::Controller(id));
    }
    let producer =
        view.producers.iter().find(|producer| producer.name == name).map(|producer| producer.client);
    let consumer =
        view.consumers.iter().find(|consumer| consumer.name == name).map(|consumer| consumer.client);
    match producer.or(consumer) {
        Some(client) => Ok(NodeId::Client(client)),
        None => Err(format!("there is no machine {name}")),
    }
}
