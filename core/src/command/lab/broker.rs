//! `broker`: processes of brokers.

use super::{Lab, Reply, Verb, print_table};
use crate::node::{BrokerId, StopHow};
use crate::simulation::Act;

pub(super) const VERB: Verb = Verb {
    name: "broker",
    summary: "list, stop, start, crash, freeze and add brokers",
    usage: "broker list\nbroker stop|start|crash|power-off|pause|resume|add ID … [--rack R]   (a rack for new brokers)",
    subverbs: &["list", "stop", "start", "crash", "power-off", "pause", "resume", "add"],
    examples: &["broker list", "broker crash 102", "broker start 102", "broker add 104"],
    refused: "broker stop 999",
    run,
};

fn run(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    match args {
        ["list"] | [] => {
            list(lab);
            Reply::DONE
        }
        [verb, ids @ ..] if VERB.subverbs.contains(verb) => {
            if ids.is_empty() {
                return VERB.misused(lab, &format!("which broker? `broker {verb} 101`"));
            }
            let (ids, rack) = match ids {
                [ids @ .., "--rack", rack] if *verb == "add" => (ids, Some((*rack).to_owned())),
                _ => (ids, None),
            };
            let mut brokers = Vec::new();
            for id in ids.iter().flat_map(|word| word.split(',')) {
                match id.parse::<BrokerId>() {
                    Ok(id) if id >= 0 => brokers.push(id),
                    _ => return VERB.misused(lab, &format!("`{id}` is no broker id")),
                }
            }
            for id in brokers {
                if let Err(why) = one(lab, verb, id, rack.as_ref()) {
                    return VERB.refuse(lab, &why);
                }
            }
            Reply::DONE
        }
        [other, ..] => {
            let near = super::super::registry::nearest(other, VERB.subverbs.iter().copied());
            let hint = near.map(|near| format!(", do you mean `{near}`?")).unwrap_or_default();
            VERB.misused(lab, &format!("`{other}` is unknown{hint}"))
        }
    }
}

fn one(lab: &mut dyn Lab, verb: &str, id: BrokerId, rack: Option<&String>) -> Result<(), String> {
    let (act, what) = match verb {
        "stop" => (Act::StopBroker(id, StopHow::Clean), "is asked to stop"),
        "start" => (Act::StartBroker(id), "starts"),
        "crash" => (Act::StopBroker(id, StopHow::Crash), "crashed"),
        "power-off" => (Act::StopBroker(id, StopHow::PowerOff), "has lost its power"),
        "pause" => (Act::PauseBroker(id), "is frozen"),
        "resume" => (Act::ResumeBroker(id), "goes on"),
        _ => (Act::AddBroker(id, rack.cloned()), "is new and starts"),
    };
    lab.act(act)?;
    let now = lab.now();
    lab.remark(format_args!("broker {id} {what} at {now}"));
    Ok(())
}

fn list(lab: &mut dyn Lab) {
    let view = lab.view();
    let has_racks = view.brokers.iter().any(|broker| broker.rack.is_some());
    let rows: Vec<Vec<String>> = view
        .brokers
        .iter()
        .map(|broker| {
            let state = broker.state.name();
            let mut cells = vec![
                broker.id.to_string(),
                broker.endpoint.clone(),
                state.to_owned(),
                broker.since.to_string(),
                broker.leads.to_string(),
                broker.holds.to_string(),
            ];
            if has_racks {
                cells.push(broker.rack.clone().unwrap_or_default());
            }
            cells
        })
        .collect();
    let heads = ["BROKER", "ENDPOINT", "STATE", "SINCE", "LEADS", "REPLICAS", "RACK"];
    print_table(lab, heads.get(..if has_racks { 7 } else { 6 }).unwrap_or_default(), &rows);
}
