//! Verbs over nodes of one kind: what `broker`, and every other kind of server, can have done to its process and disk.

use super::{Lab, Reply, Verb, span};
use crate::command::registry::nearest;
use crate::node::{NodeId, Span, StopHow};
use crate::simulation::Act;

/// What can be done to the process and the disk of any server.
pub(super) const FAULTS: &[&str] =
    &["stop", "start", "restart", "crash", "power-off", "pause", "resume", "lose-disk", "disk"];

/// How a new node of a kind is made: of its id and its rack.
pub(super) type Add = fn(i32, Option<String>) -> Act;

/// Does `WORD ID …`, with the ids made to nodes by `node`. `add` is an act that only this kind of node knows.
pub(super) fn run(
    verb: &Verb,
    lab: &mut dyn Lab,
    args: &[&str],
    node: fn(i32) -> NodeId,
    add: Option<Add>,
) -> Reply {
    let Some((word, rest)) = args.split_first() else { return Reply::DONE };
    if !(FAULTS.contains(word) || add.is_some() && *word == "add") {
        let near = nearest(word, verb.subverbs.iter().copied());
        let hint = near.map(|near| format!(", do you mean `{near}`?")).unwrap_or_default();
        return verb.misused(lab, &format!("`{word}` is unknown{hint}"));
    }
    let mut ids = Vec::new();
    let (mut delay, mut rack) = (None, None);
    let mut words = rest.iter();
    while let Some(arg) = words.next() {
        if *word == "disk" && *arg == "--delay" {
            match words.next().map(|text| span(text)) {
                Some(Ok(time)) => delay = Some(time),
                Some(Err(why)) => return verb.misused(lab, &why),
                None => return verb.misused(lab, "`--delay` needs a time, as in `--delay 200ms`"),
            }
            continue;
        }
        if *word == "add" && *arg == "--rack" {
            rack = words.next().map(|rack| (*rack).to_owned());
            continue;
        }
        for id in arg.split(',') {
            match id.parse::<i32>() {
                Ok(id) if id >= 0 => ids.push(id),
                _ => return verb.misused(lab, &format!("`{id}` is no {} id", verb.name)),
            }
        }
    }
    if ids.is_empty() {
        return verb.misused(lab, &format!("which {}? `{} {word} 101`", verb.name, verb.name));
    }
    if *word == "disk" && delay.is_none() {
        return verb.misused(lab, "how slow? `--delay 200ms`, `--delay 0` for a healthy one");
    }
    for id in ids {
        let (act, what) = match add {
            Some(add) if *word == "add" => (add(id, rack.clone()), "is new and starts"),
            _ => act(word, node(id), delay.unwrap_or_default()),
        };
        if let Err(why) = lab.act(act) {
            return verb.refuse(lab, &why);
        }
        let now = lab.now();
        lab.remark(format_args!("{} {what} at {now}", node(id)));
    }
    Reply::DONE
}

fn act(word: &str, node: NodeId, delay: Span) -> (Act, &'static str) {
    match word {
        "stop" => (Act::Stop(node, StopHow::Clean), "is asked to stop"),
        "start" => (Act::Start(node), "starts"),
        "restart" => (Act::Restart(node), "is asked to stop, and starts again"),
        "crash" => (Act::Stop(node, StopHow::Crash), "crashed"),
        "power-off" => (Act::Stop(node, StopHow::PowerOff), "has lost its power"),
        "pause" => (Act::Pause(node), "is frozen"),
        "resume" => (Act::Resume(node), "goes on"),
        "lose-disk" => (Act::LoseDisk(node), "lost its disk; a start formats a new one"),
        _ if delay == Span::ZERO => (Act::SlowDisk(node, delay), "has a healthy disk"),
        _ => (Act::SlowDisk(node, delay), "has a slow disk"),
    }
}
