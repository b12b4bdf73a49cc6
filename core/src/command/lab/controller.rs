//! `controller`: the nodes that decide who leads.

use super::{Lab, Reply, Verb, print_table};
use crate::view::ProcessState;

pub(super) const VERB: Verb = Verb {
    name: "controller",
    summary: "list the controllers",
    usage: "controller list",
    subverbs: &["list"],
    examples: &["controller list"],
    refused: "controller crash 1",
    run,
};

fn run(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    match args {
        ["list"] | [] => {
            let rows: Vec<Vec<String>> = lab
                .view()
                .controllers
                .iter()
                .map(|controller| {
                    vec![
                        controller.id.to_string(),
                        if controller.leads { "leader" } else { "follower" }.to_owned(),
                        if controller.state == ProcessState::Up { "up" } else { "not up" }.to_owned(),
                        controller.epoch.to_string(),
                        controller.metadata_end.to_string(),
                    ]
                })
                .collect();
            print_table(lab, &["CONTROLLER", "ROLE", "STATE", "EPOCH", "METADATA-END"], &rows);
            Reply::DONE
        }
        ["stop" | "start" | "crash" | "pause" | "resume", ..] => {
            VERB.refuse(lab, "controllers cannot be stopped here yet")
        }
        _ => VERB.misused(lab, "`list` may follow"),
    }
}
