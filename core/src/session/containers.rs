//! `docker stop kafka-2` and its kin: containers of a tutorial are the brokers of this cluster.

use super::Session;
use super::desk::Hand;
use crate::command::lab::Lab;
use crate::command::process::Io;
use crate::node::{NodeId, Reach, StopHow};
use crate::simulation::Act;
use crate::view::ProcessState;

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
    let composed = name.contains("compose") || args.first().is_some_and(|arg| arg == "compose");
    match words.as_slice() {
        ["network", "disconnect", _, names @ ..] => all(hand, "disconnect", names),
        ["network", "connect", _, names @ ..] => all(hand, "connect", names),
        ["ps" | "ls", services @ ..] => {
            let only = if composed { services } else { &[] };
            list(hand, args, only.first().copied());
        }
        ["cp", from, to] => copy(hand, from, to),
        ["logs", names @ ..] => logs(hand, names.last().copied().unwrap_or("kafka")),
        ["up", ..] | ["start"] if composed => compose(hand, name, true),
        ["down", ..] | ["stop"] if composed => compose(hand, name, false),
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

/// `docker cp plan.json kafka:/tmp/plan.json`: every container has the files of this one machine.
fn copy(hand: &mut Hand<'_>, from: &str, to: &str) {
    let inner = |path: &str| {
        let (name, rest) = path.split_once(':').unwrap_or(("", path));
        if name.starts_with(['.', '/']) { path.to_owned() } else { rest.to_owned() }
    };
    let (source, mut target) = (inner(from), inner(to));
    let bytes = hand.session.files.get(&source).map(<[u8]>::to_vec);
    let Some(bytes) = bytes.or_else(|| hand.session.sim.data_file(&source)) else {
        Io::err(hand, &format!("lstat {source}: no such file or directory\n"));
        return hand.exit(1);
    };
    if target.ends_with('/') || matches!(target.as_str(), "." | "/tmp") {
        let slash = if target.ends_with('/') { "" } else { "/" };
        target = format!("{target}{slash}{}", source.rsplit('/').next().unwrap_or_default());
    }
    match hand.session.files.put(&target, bytes) {
        Ok(()) => hand.exit(0),
        Err(why) => {
            Io::err(hand, &format!("{why}\n"));
            hand.exit(1);
        }
    }
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
    by_name(hand.session, name)
}

/// What runs in a container (`docker exec kafka-1 kafka-topics --bootstrap-server kafka-1:19092`) finds the other
/// containers by their names, whatever ports they listen on there.
pub(super) fn meet(session: &mut Session, words: &[String]) {
    let carries = words.first().is_some_and(|word| {
        matches!(word.as_str(), "docker" | "docker-compose" | "podman" | "nerdctl" | "kubectl" | "oc")
    });
    if carries {
        introduce(session, words);
    }
}

/// The hosts of a command line that are containers get these names. A function of its own: a first visit does without.
#[inline(never)]
fn introduce(session: &mut Session, words: &[String]) {
    for part in words.iter().flat_map(|word| word.split([',', '=', ' '])) {
        let Some((host, port)) = part.rsplit_once(':') else { continue };
        let Ok(port) = port.parse::<u16>() else { continue };
        let is_name = host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if !is_name || session.sim.resolve(host, port).is_some_and(|server| server.node.is_some()) {
            continue;
        }
        if let Some(node) = by_name(session, host) {
            let _ = session.sim.apply(Act::Alias(host.to_owned(), None, node));
        }
    }
}

fn by_name(session: &Session, name: &str) -> Option<NodeId> {
    let lower = name.to_ascii_lowercase();
    if !["kafka", "broker", "redpanda"].iter().any(|part| lower.contains(part)) {
        return None;
    }
    let brokers = session.sim.view().brokers;
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

/// A container: what `docker ps` tells of a broker.
struct Container {
    id: String,
    name: String,
    image: String,
    status: String,
    ports: String,
    is_up: bool,
}

fn containers(hand: &Hand<'_>) -> Vec<Container> {
    let now = hand.session.sim.now();
    let image = format!("apache/kafka:{}", hand.session.config.kafka_version);
    let mut all = Vec::new();
    for broker in Lab::view(hand).brokers {
        let name = format!("kafka-{}", broker.id);
        let spent = age(now.since(broker.since).as_millis() / 1_000);
        let status = match broker.state {
            ProcessState::Stopped => format!("Exited (143) {spent} ago"),
            ProcessState::Crashed => format!("Exited (137) {spent} ago"),
            ProcessState::Paused => format!("Up {spent} (Paused)"),
            _ => format!("Up {spent}"),
        };
        let is_up = !matches!(broker.state, ProcessState::Stopped | ProcessState::Crashed);
        let port = broker.endpoint.rsplit(':').next().unwrap_or_default();
        let ports = if is_up { format!("0.0.0.0:{port}->{port}/tcp") } else { String::new() };
        all.push(Container { id: identity(&name), name, image: image.clone(), status, ports, is_up });
    }
    all
}

/// Twelve digits that a name always has (FNV-1a).
fn identity(name: &str) -> String {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
    }
    format!("{:012x}", hash & 0xFFFF_FFFF_FFFF)
}

/// As Docker rounds it.
fn age(seconds: u64) -> String {
    match seconds {
        0 => "Less than a second".to_owned(),
        1 => "1 second".to_owned(),
        2..60 => format!("{seconds} seconds"),
        60..120 => "About a minute".to_owned(),
        120..3_600 => format!("{} minutes", seconds / 60),
        3_600..7_200 => "About an hour".to_owned(),
        _ => format!("{} hours", seconds / 3_600),
    }
}

/// `docker ps [-a] [-q] [--format '{{.Names}}']`
fn list(hand: &mut Hand<'_>, args: &[String], service: Option<&str>) {
    let has = |letter: char| {
        args.iter().any(|arg| !arg.starts_with("--") && arg.starts_with('-') && arg.contains(letter))
    };
    let all = has('a') || args.iter().any(|arg| arg == "--all");
    let format = args.windows(2).find(|pair| pair.first().is_some_and(|arg| arg == "--format"));
    let format = format.and_then(|pair| pair.get(1)).cloned();
    let format =
        format.or_else(|| args.iter().find_map(|arg| arg.strip_prefix("--format=").map(str::to_owned)));
    let age = age(hand.session.sim.now().0 / 1_000_000);
    let head = ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"].map(str::to_owned);
    let mut rows = vec![head];
    let mut text = String::new();
    // `docker compose ps SERVICE`: a name that means no broker shows none of them out.
    let wanted = service.and_then(|name| self::container(hand, name));
    for container in containers(hand).into_iter().filter(|container| all || container.is_up) {
        if wanted.and_then(NodeId::broker).is_some_and(|id| container.name != format!("kafka-{id}")) {
            continue;
        }
        let Container { id, name, image, status, ports, .. } = container;
        if let Some(format) = format.as_deref().filter(|format| format.contains("{{")) {
            let row = format.trim_start_matches("table ").replace("\\t", "\t");
            let row = row.replace("{{.Names}}", &name).replace("{{.ID}}", &id).replace("{{.Image}}", &image);
            let row =
                row.replace("{{.Name}}", &name).replace("{{.Status}}", &status).replace("{{.Ports}}", &ports);
            text.push_str(&format!("{row}\n"));
        } else if has('q') {
            text.push_str(&format!("{id}\n"));
        } else {
            let command = "\"/__cacert_entrypoin…\"".to_owned();
            rows.push([id, image, command, format!("{age} ago"), status, ports, name]);
        }
    }
    if text.is_empty() && format.is_none() && !has('q') {
        text = table(&rows);
    }
    Io::out(hand, &text);
    hand.exit(0);
}

fn table(rows: &[[String; 7]]) -> String {
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (place, cell) in row.iter().enumerate() {
            let width = rows.iter().filter_map(|row| row.get(place)).map(|cell| cell.chars().count()).max();
            line.push_str(&format!("{cell:<0$}", width.unwrap_or(0) + 3));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The line of a server's log that says that it runs; the rest of the log is not simulated.
fn logs(hand: &mut Hand<'_>, name: &str) {
    let Some(NodeId::Broker(id)) = container(hand, name) else {
        Io::err(hand, &format!("Error response from daemon: No such container: {name}\n"));
        return hand.exit(1);
    };
    let broker = Lab::view(hand).brokers.into_iter().find(|broker| broker.id == id);
    if let Some(broker) = broker.filter(|broker| broker.state == ProcessState::Up) {
        let text = super::servers::started(hand, id, broker.since.wall_ms());
        Io::out(hand, &text);
    }
    done(hand, "no more of a server's log is simulated; `events` tells what happened");
}

/// `docker compose up -d`, `docker compose down`: all brokers.
fn compose(hand: &mut Hand<'_>, name: &str, up: bool) {
    let old = name.contains("docker-compose");
    let mut lines = Vec::new();
    for broker in Lab::view(hand).brokers {
        let node = NodeId::Broker(broker.id);
        let runs = !matches!(broker.state, ProcessState::Stopped | ProcessState::Crashed);
        let changed = match (up, runs) {
            (true, false) => Lab::act(hand, Act::Start(node)).is_ok(),
            (false, true) => Lab::act(hand, Act::Stop(node, StopHow::Clean)).is_ok(),
            _ => false,
        };
        let container = format!("kafka-{}", broker.id);
        lines.push(match (old, up, changed) {
            (true, true, false) => format!("{container} is up-to-date"),
            (true, true, true) => format!("Starting {container} ... done"),
            (true, false, _) => format!("Stopping {container} ... done"),
            (false, true, false) => format!(" ✔ Container {container}  Running"),
            (false, true, true) => format!(" ✔ Container {container}  Started"),
            (false, false, _) => format!(" ✔ Container {container}  Stopped"),
        });
    }
    if !old {
        lines.insert(0, format!("[+] Running {0}/{0}", lines.len()));
    }
    Io::err(hand, &(lines.join("\n") + "\n"));
    if !up {
        Io::note(
            hand,
            "the brokers are stopped, and keep their data; `docker compose up -d` starts them again",
        );
    }
    hand.exit(0);
}
