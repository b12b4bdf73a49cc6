//! `docker stop kafka-2` and its kin: containers of a tutorial are the brokers of this cluster.

use super::desk::Hand;
use crate::command::lab::Lab;
use crate::command::process::Io;
use crate::node::{NodeId, Reach, StopHow};
use crate::simulation::Act;

/// What is done to containers, and to which part of a command line it applies.
const VERBS: [&str; 7] = ["stop", "start", "restart", "kill", "pause", "unpause", "rm"];

/// Runs `docker …` or `docker-compose …`.
pub(super) fn run(hand: &mut Hand<'_>, name: &str, args: &[String]) {
    let mut words: Vec<&str> = Vec::new();
    let mut skip = false;
    for arg in args {
        let valued = matches!(arg.as_str(), "-f" | "-t" | "--time" | "-s" | "--signal" | "-p" | "--file");
        if !std::mem::take(&mut skip) && !arg.starts_with('-') && arg != "compose" && arg != "container" {
            words.push(arg);
        }
        skip = valued;
    }
    match words.as_slice() {
        ["network", "disconnect", _, names @ ..] => all(hand, "disconnect", names),
        ["network", "connect", _, names @ ..] => all(hand, "connect", names),
        ["ps" | "ls", ..] => list(hand),
        ["logs", ..] => done(hand, "brokers keep no log files here; `events` tells what happened"),
        [verb, names @ ..] if VERBS.contains(verb) && !names.is_empty() => all(hand, verb, names),
        _ => done(
            hand,
            &format!("`{name}` is not needed here: the cluster runs already, and the tools are at hand"),
        ),
    }
}

fn done(hand: &mut Hand<'_>, why: &str) {
    Io::note(hand, why);
    hand.exit(0);
}

fn all(hand: &mut Hand<'_>, verb: &str, names: &[&str]) {
    let mut code = 0;
    for name in names {
        let Some(node) = container(hand, name) else {
            Io::err(hand, &format!("Error response from daemon: No such container: {name}\n"));
            code = 1;
            continue;
        };
        let act = match verb {
            "stop" => Act::Stop(node, StopHow::Clean),
            "start" => Act::Start(node),
            "restart" => Act::Restart(node),
            "pause" => Act::Pause(node),
            "unpause" => Act::Resume(node),
            "disconnect" => Act::Isolate(node, Reach::Everybody),
            "connect" => Act::Heal(vec![node]),
            _ => Act::Stop(node, StopHow::Crash),
        };
        match Lab::act(hand, act) {
            Ok(_) => {
                Io::out(hand, &format!("{name}\n"));
                Io::note(hand, &format!("{name} is {node} here"));
            }
            Err(why) => {
                Io::err(hand, &format!("Error response from daemon: {why}\n"));
                code = 1;
            }
        }
    }
    if code == 1 {
        Io::note(hand, "`docker ps` shows the containers that there are: one for each broker");
    }
    hand.exit(code);
}

/// The broker that a container's name means: by its own name, or by the number at its end.
fn container(hand: &Hand<'_>, name: &str) -> Option<NodeId> {
    if let Some(node) = hand.session.sim.resolve(name, 9092).and_then(|server| server.node) {
        return Some(node);
    }
    let lower = name.to_ascii_lowercase();
    if !["kafka", "broker", "redpanda"].iter().any(|part| lower.contains(part)) {
        return None;
    }
    let brokers = Lab::view(hand).brokers;
    let digits: String = lower.chars().rev().take_while(char::is_ascii_digit).collect();
    let digits: String = digits.chars().rev().collect();
    let number: i32 = match digits.as_str() {
        "" => 1,
        digits => digits.parse().ok()?,
    };
    if let Some(broker) = brokers.iter().find(|broker| broker.id == number) {
        return Some(NodeId::Broker(broker.id));
    }
    let place = usize::try_from(number.max(1) - 1).ok()?;
    brokers.get(place).map(|broker| NodeId::Broker(broker.id))
}

fn list(hand: &mut Hand<'_>) {
    let mut text = String::from("NAMES          STATUS     PORTS\n");
    for broker in Lab::view(hand).brokers {
        let name = format!("kafka-{}", broker.id);
        text.push_str(&format!("{name:<15}{:<11}{}\n", broker.state.name(), broker.endpoint));
    }
    Io::out(hand, &text);
    hand.exit(0);
}
