//! `explain`.

use super::{Lab, Reply, Verb};
use crate::command::advice::Scene;
use crate::command::explain;

pub(super) const VERB: Verb = Verb {
    name: "explain",
    summary: "tell what every part of a command line does",
    usage: "explain LINE",
    subverbs: &[],
    examples: &["explain kafka-topics --describe --topic gps | grep Leader > leaders.txt"],
    refused: "explain",
    run,
};

fn run(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    let line = args.join(" ");
    if line.trim().is_empty() {
        return VERB.misused(lab, "the line that is to be explained is missing");
    }
    let view = lab.view();
    let scene = Scene {
        release: lab.release(),
        topics: view.topics.iter().map(|topic| topic.name.to_string()).collect(),
        groups: view.groups.iter().map(|group| group.group.to_string()).collect(),
    };
    let told = explain::text(&line, &scene);
    lab.out(&told);
    Reply::DONE
}
