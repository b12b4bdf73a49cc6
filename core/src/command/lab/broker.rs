//! `broker`: processes and disks of brokers.

use super::{Lab, Reply, Verb, node, print_table};
use crate::node::{NodeId, Span};
use crate::simulation::Act;

pub(super) const VERB: Verb = Verb {
    name: "broker",
    summary: "list, stop, start, crash, freeze and add brokers, lose and slow their disks",
    usage: "broker list\nbroker stop|start|restart|crash|power-off|pause|resume|lose-disk ID …\nbroker add ID … [--rack R]   (a rack for new brokers)\nbroker disk ID … --delay TIME   (each write takes so much longer; 0: healthy)",
    subverbs: &[
        "list",
        "stop",
        "start",
        "restart",
        "crash",
        "power-off",
        "pause",
        "resume",
        "add",
        "lose-disk",
        "disk",
    ],
    examples: &[
        "broker list",
        "broker crash 102",
        "broker start 102",
        "broker add 104",
        "broker disk 101 --delay 200ms",
        "broker lose-disk 103",
    ],
    refused: "broker stop 999",
    run,
};

fn run(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    match args {
        ["list"] | [] => {
            list(lab);
            Reply::DONE
        }
        _ => node::run(&VERB, lab, args, NodeId::Broker, Some(Act::AddBroker)),
    }
}

fn list(lab: &mut dyn Lab) {
    let view = lab.view();
    let has_racks = view.brokers.iter().any(|broker| broker.rack.is_some());
    let has_roles = view.brokers.iter().any(|broker| broker.is_controller);
    let rows: Vec<Vec<String>> = view
        .brokers
        .iter()
        .map(|broker| {
            let mut state = broker.state.name().to_owned();
            if broker.disk_delay != Span::ZERO {
                state.push_str(&format!(", disk +{}", broker.disk_delay));
            }
            let mut cells = vec![
                broker.id.to_string(),
                broker.endpoint.clone(),
                state,
                broker.since.to_string(),
                broker.leads.to_string(),
                broker.holds.to_string(),
            ];
            if has_roles {
                cells.push(if broker.is_controller { "broker,controller" } else { "broker" }.to_owned());
            }
            if has_racks {
                cells.push(broker.rack.clone().unwrap_or_default());
            }
            cells
        })
        .collect();
    let mut heads = vec!["BROKER", "ENDPOINT", "STATE", "SINCE", "LEADS", "REPLICAS"];
    heads.extend(
        [(has_roles, "ROLES"), (has_racks, "RACK")].iter().filter(|(has, _)| *has).map(|(_, head)| *head),
    );
    print_table(lab, &heads, &rows);
}
