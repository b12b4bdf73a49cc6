//! `controller`: the nodes that decide who leads.

use super::{Lab, Reply, Verb, print_table};
use crate::node::{NodeId, StopHow};
use crate::simulation::Act;

pub(super) const VERB: Verb = Verb {
    name: "controller",
    summary: "list, stop, start, crash, freeze and add controllers",
    usage: "controller list\ncontroller stop|start|restart|crash|pause|resume ID …\ncontroller add ID …   (it observes until kafka-metadata-quorum adds it)",
    subverbs: &["list", "stop", "start", "restart", "crash", "pause", "resume", "add"],
    examples: &["controller list", "controller crash 1", "controller pause 1"],
    refused: "controller crash 99",
    run,
};

fn run(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    match args {
        ["list"] | [] => {
            list(lab);
            Reply::DONE
        }
        [verb, ids @ ..] if VERB.subverbs.contains(verb) => {
            let Some(controllers) = numbers(ids) else {
                return VERB.misused(lab, &format!("which controller? `controller {verb} 1`"));
            };
            for id in controllers {
                let (act, what) = one(verb, id);
                if let Err(why) = lab.act(act) {
                    return VERB.refuse(lab, &why);
                }
                lab.remark(format_args!("controller {id} {what} at {}", lab.now()));
            }
            Reply::DONE
        }
        [other, ..] => VERB.misused(lab, &format!("`{other}` is unknown")),
    }
}

/// `1`, `1 2` or `1,2`.
fn numbers(words: &[&str]) -> Option<Vec<i32>> {
    let mut ids = Vec::new();
    for word in words.iter().flat_map(|word| word.split(',')) {
        ids.push(word.parse().ok()?);
    }
    (!ids.is_empty()).then_some(ids)
}

fn one(verb: &str, id: i32) -> (Act, &'static str) {
    match verb {
        "stop" => (Act::Stop(NodeId::Controller(id), StopHow::Clean), "is asked to stop"),
        "start" => (Act::Start(NodeId::Controller(id)), "starts"),
        "restart" => (Act::Restart(NodeId::Controller(id)), "is asked to stop, and starts again"),
        "crash" => (Act::Stop(NodeId::Controller(id), StopHow::Crash), "crashed"),
        "add" => (Act::AddController(id), "is new and starts"),
        "pause" => (Act::Pause(NodeId::Controller(id)), "is frozen"),
        _ => (Act::Resume(NodeId::Controller(id)), "goes on"),
    }
}

fn list(lab: &mut dyn Lab) {
    let known = |offset: i64| if offset < 0 { "?".to_owned() } else { offset.to_string() };
    let node = |id: Option<i32>| id.map_or("-".to_owned(), |id| id.to_string());
    let mut rows = Vec::new();
    for controller in &lab.view().controllers {
        rows.push(vec![
            controller.id.to_string(),
            match (controller.leads, controller.role) {
                (true, _) => "leader, active",
                (_, "") => "-",
                (_, role) => role,
            }
            .to_owned(),
            controller.state.name().to_owned(),
            controller.epoch.to_string(),
            node(controller.leader),
            node(controller.voted),
            controller.metadata_end.to_string(),
            known(controller.high_watermark),
            controller.lag.to_string(),
        ]);
    }
    let heads =
        ["CONTROLLER", "ROLE", "STATE", "EPOCH", "LEADER", "VOTED", "LOG-END", "HIGH-WATERMARK", "LAG"];
    print_table(lab, &heads, &rows);
}
