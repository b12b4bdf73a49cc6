//! `events` and `history`: what happened, and what was typed.

use super::{Lab, Reply, Verb};
use crate::view::EventView;

/// The most events that are looked through.
const EVENTS_MAX: usize = 10_000;

pub(super) const EVENTS: Verb = Verb {
    name: "events",
    summary: "print the newest events, each with its cause",
    usage: "events [N]\nevents all [N]   (also every record written, copied and committed)",
    subverbs: &["all"],
    examples: &["events", "events 5", "events all 10"],
    refused: "events many",
    run: events,
};

pub(super) const HISTORY: Verb = Verb {
    name: "history",
    summary: "print the lines entered in this terminal",
    usage: "history",
    subverbs: &[],
    examples: &["history"],
    refused: "history of kafka",
    run: history,
};

fn events(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    let (all, args) = match args {
        ["all", rest @ ..] => (true, rest),
        args => (false, args),
    };
    let count = match args {
        [] => 20,
        [n] => match n.parse::<usize>() {
            Ok(n) => n.min(1_000),
            Err(_) => return EVENTS.misused(lab, &format!("`{n}` is not a number")),
        },
        _ => return EVENTS.misused(lab, "at most one number may follow"),
    };
    let routine = |event: &EventView| !event.grave && matches!(event.mark, "record" | "commit");
    let mut events = lab.events(if all { count } else { EVENTS_MAX });
    events.retain(|event| all || !routine(event));
    let skip = events.len().saturating_sub(count);
    for event in events.iter().skip(skip) {
        lab.print(format_args!("{} {}\n", event.at, event.text));
    }
    Reply::DONE
}

fn history(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    if !args.is_empty() {
        return HISTORY.misused(lab, "nothing may follow");
    }
    for (index, line) in lab.history().iter().enumerate() {
        lab.print(format_args!("{:>5}  {line}\n", index + 1));
    }
    Reply::DONE
}
