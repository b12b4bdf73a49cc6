//! What people ask of the machine itself: `jps`, `ps aux`, `nc -z`, `ss`, `lsof`, `systemctl`. All brokers run on one
//! machine here, and the number of a broker's process is its id.

use super::desk::Hand;
use super::process::Running;
use crate::command::lab::Lab;
use crate::command::process::Io;
use crate::command::tools::date_time;
use crate::node::{NodeId, StopHow};
use crate::simulation::Act;
use crate::view::ProcessState;

/// ZooKeeper servers are processes of these numbers and up.
pub(super) const ZOOKEEPER_FIRST: i32 = 2_180;

/// A process of the machine.
struct Server {
    pid: String,
    class: &'static str,
    name: &'static str,
    file: String,
    endpoint: String,
}

/// Runs such a program, if it is one.
pub(super) fn run(program: &mut Running, hand: &mut Hand<'_>, name: &str, args: &[String]) -> bool {
    match name {
        "jps" => jps(hand, args),
        "ps" => ps(hand, args),
        "pgrep" => pgrep(hand, args),
        "pkill" | "killall" => pkill(hand, args),
        "taskkill" => {
            let pid =
                args.windows(2).find(|pair| pair.first().is_some_and(|o| o.eq_ignore_ascii_case("/pid")));
            let Some(pid) = pid.and_then(|pair| pair.get(1)) else {
                hand.fail_with("ERROR: Invalid syntax. Neither /FI nor /PID nor /IM were specified.");
                return true;
            };
            let args = ["-9".to_owned(), pid.clone()];
            super::shell::run(program, hand, "kill", &args);
        }
        "nc" | "ncat" | "netcat" | "telnet" => connect(hand, name, args),
        "ss" | "netstat" => sockets(hand, name),
        "lsof" => lsof(hand, args),
        "systemctl" | "service" => service(hand, name, args),
        _ => return false,
    }
    true
}

fn servers(hand: &Hand<'_>) -> Vec<Server> {
    let view = Lab::view(hand);
    let mut servers = Vec::new();
    for zookeeper in &view.zookeepers {
        if !is_down(zookeeper.state) {
            servers.push(Server {
                pid: (ZOOKEEPER_FIRST + zookeeper.id).to_string(),
                class: "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                name: "QuorumPeerMain",
                file: "config/zookeeper.properties".to_owned(),
                endpoint: zookeeper.endpoint.clone(),
            });
        }
    }
    for broker in &view.brokers {
        if !is_down(broker.state) {
            let file = hand.session.settings_files.get(&broker.id).map(|(file, _)| file.clone());
            servers.push(Server {
                pid: broker.id.to_string(),
                class: "kafka.Kafka",
                name: "Kafka",
                file: file.unwrap_or_else(|| format!("config/server-{}.properties", broker.id)),
                endpoint: broker.endpoint.clone(),
            });
        }
    }
    servers
}

fn is_down(state: ProcessState) -> bool {
    matches!(state, ProcessState::Stopped | ProcessState::Crashed)
}

fn jps(hand: &mut Hand<'_>, args: &[String]) {
    let long = args.iter().any(|arg| arg.starts_with('-') && arg.contains('l'));
    let mut text = String::new();
    for server in servers(hand) {
        text.push_str(&format!("{} {}\n", server.pid, if long { server.class } else { server.name }));
    }
    text.push_str(&format!("19998 {}\n", if long { "jdk.jcmd/sun.tools.jps.Jps" } else { "Jps" }));
    Io::out(hand, &text);
    hand.exit(0);
}

/// `ps`, `ps aux`, `ps -ef`.
fn ps(hand: &mut Hand<'_>, args: &[String]) {
    let letters: String = args.concat();
    let bsd = letters.contains('u') || letters.contains("ax");
    let full = letters.contains('f');
    let mut text = String::from(match (bsd, full) {
        (true, _) => "USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n",
        (_, true) => "UID          PID    PPID  C STIME TTY          TIME CMD\n",
        _ => "    PID TTY          TIME CMD\n",
    });
    for server in servers(hand) {
        let Server { pid, class, file, .. } = server;
        let command = format!("java -Xmx1G -Xms1G -server {class} {file}");
        text.push_str(&match (bsd, full) {
            (true, _) => {
                format!("learner  {pid:>7}  1.0  5.0 1048576 524288 pts/0  Sl   13:53   0:01 {command}\n")
            }
            (_, true) => format!("learner  {pid:>7}       1  1 13:53 pts/0    00:00:01 {command}\n"),
            _ => format!("{pid:>7} pts/0    00:00:01 java {class} {file}\n"),
        });
    }
    Io::out(hand, &text);
    Io::note(hand, "the number of a broker's process is its id: `kill ID` ends it");
    hand.exit(0);
}

fn matching(hand: &Hand<'_>, args: &[String]) -> Vec<String> {
    let words: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let Some(word) = words.last() else { return Vec::new() };
    let matches = |server: &Server| {
        format!("java {} {}", server.class, server.file).to_lowercase().contains(&word.to_lowercase())
    };
    servers(hand).into_iter().filter(matches).map(|server| server.pid).collect()
}

fn pgrep(hand: &mut Hand<'_>, args: &[String]) {
    let pids = matching(hand, args);
    let text: String = pids.iter().map(|pid| format!("{pid}\n")).collect();
    Io::out(hand, &text);
    hand.exit(i32::from(pids.is_empty()));
}

fn pkill(hand: &mut Hand<'_>, args: &[String]) {
    let hard = args.iter().any(|arg| matches!(arg.as_str(), "-9" | "-KILL" | "-SIGKILL"));
    let how = if hard { StopHow::Crash } else { StopHow::Clean };
    let pids = matching(hand, args);
    for pid in &pids {
        let _ = stop(hand, pid, how);
    }
    hand.exit(i32::from(pids.is_empty()));
}

/// Ends the server with this number of a process.
pub(super) fn stop(hand: &mut Hand<'_>, pid: &str, how: StopHow) -> Result<bool, String> {
    let Ok(number) = pid.parse::<i32>() else { return Ok(false) };
    let view = Lab::view(hand);
    if let Some(server) = view.zookeepers.iter().find(|server| ZOOKEEPER_FIRST + server.id == number) {
        let act = Act::ZooKeeper(server.id, crate::simulation::ServerAct::Stop(how));
        return Lab::act(hand, act).map(|_| true);
    }
    match view.brokers.iter().find(|broker| broker.id.to_string() == pid) {
        Some(broker) => Lab::act(hand, Act::Stop(NodeId::Broker(broker.id), how)).map(|_| true),
        None => Ok(false),
    }
}

/// Whether somebody listens there; the error is for a host that does not exist.
fn listens(hand: &Hand<'_>, host: &str, port: u16) -> Result<bool, ()> {
    let found = Io::resolve(hand, host, port).map_err(|_| ())?;
    let view = Lab::view(hand);
    let endpoint = format!(":{port}");
    let keeper = view.zookeepers.iter().any(|s| s.endpoint.ends_with(&endpoint) && !is_down(s.state));
    let up = |id: i32| view.brokers.iter().any(|broker| broker.id == id && !is_down(broker.state));
    Ok(match found.node {
        Some(NodeId::Broker(id)) => up(id),
        Some(_) => true,
        None => keeper,
    })
}

/// `nc -zv HOST PORT`, `echo ruok | nc HOST PORT`, `telnet HOST PORT`
fn connect(hand: &mut Hand<'_>, name: &str, args: &[String]) {
    let mut words = Vec::new();
    let mut skip = false;
    for arg in args {
        if !std::mem::take(&mut skip) && !arg.starts_with('-') {
            words.push(arg.as_str());
        }
        skip = matches!(arg.as_str(), "-w" | "-q" | "-i");
    }
    let letters: String = args.iter().filter(|arg| arg.starts_with('-')).cloned().collect();
    let (Some(host), Some(port)) = (words.first(), words.get(1).and_then(|port| port.parse::<u16>().ok()))
    else {
        return hand.fail_with(&format!("{name}: a host and a port must be given"));
    };
    match listens(hand, host, port) {
        Err(()) => {
            let why =
                format!("{name}: getaddrinfo for host \"{host}\" port {port}: Name or service not known");
            hand.fail_with(&why)
        }
        Ok(false) if name == "telnet" => {
            Io::out(hand, "Trying 127.0.0.1...\n");
            hand.fail_with("telnet: Unable to connect to remote host: Connection refused");
        }
        Ok(false) => {
            if letters.contains('v') {
                let why = format!(
                    "nc: connect to {host} (127.0.0.1) port {port} (tcp) failed: Connection refused\n"
                );
                Io::err(hand, &why);
            }
            hand.exit(1);
        }
        Ok(true) if name == "telnet" => {
            Io::out(hand, &format!("Trying 127.0.0.1...\nConnected to {host}.\nEscape character is '^]'.\n"));
            hand.exit(0);
        }
        Ok(true) => {
            if letters.contains('v') {
                let text = format!("Connection to {host} (127.0.0.1) {port} port [tcp/*] succeeded!\n");
                Io::err(hand, &text);
            }
            let asked: Vec<u8> = std::mem::take(&mut hand.desk.input).into();
            let asked = String::from_utf8_lossy(&asked).trim().to_owned();
            match asked.as_str() {
                _ if letters.contains('z') => {}
                "ruok" if !Lab::view(hand).zookeepers.is_empty() => Io::out(hand, "imok"),
                "" => Io::note(hand, "the port is open; Kafka's own tools speak to it"),
                other => {
                    let why = format!("{name}: not simulated: the answer to `{other}`");
                    return hand.fail_with(&why);
                }
            }
            hand.exit(0);
        }
    }
}

fn port_of(server: &Server) -> &str {
    server.endpoint.rsplit(':').next().unwrap_or_default()
}

/// `ss -ltnp`, `netstat -tlnp`
fn sockets(hand: &mut Hand<'_>, name: &str) {
    let netstat = name == "netstat";
    let mut text = String::from(if netstat {
        "Active Internet connections (only servers)\nProto Recv-Q Send-Q Local Address           Foreign Address         \
         State       PID/Program name\n"
    } else {
        "State    Recv-Q   Send-Q     Local Address:Port     Peer Address:Port  Process\n"
    });
    for server in servers(hand) {
        let (port, pid) = (port_of(&server), &server.pid);
        text.push_str(&if netstat {
            format!("tcp6       0      0 {:<23} :::*                    LISTEN      {pid}/java\n", format!(":::{port}"))
        } else {
            format!(
                "LISTEN   0        50         {:>18}     *:*                users:((\"java\",pid={pid},fd=1))\n",
                format!("*:{port}")
            )
        });
    }
    Io::out(hand, &text);
    hand.exit(0);
}

/// `lsof -i :9092`
fn lsof(hand: &mut Hand<'_>, args: &[String]) {
    let joined = args.join(" ");
    let wanted: String = match joined.rsplit_once(':') {
        Some((_, port)) => port.chars().take_while(char::is_ascii_digit).collect(),
        None => String::new(),
    };
    let quiet = args.iter().any(|arg| arg.starts_with("-t") || arg.starts_with("-ti"));
    let mut text = String::new();
    for server in servers(hand).iter().filter(|server| wanted.is_empty() || port_of(server) == wanted) {
        let (port, pid) = (port_of(server), &server.pid);
        text.push_str(&if quiet {
            format!("{pid}\n")
        } else {
            format!("java    {pid:>7} learner  150u  IPv6  {:>6}      0t0  TCP *:{port} (LISTEN)\n", 40_000)
        });
    }
    if text.is_empty() {
        return hand.exit(1);
    }
    if !quiet {
        text.insert_str(0, "COMMAND     PID    USER   FD   TYPE  DEVICE SIZE/OFF NODE NAME\n");
    }
    Io::out(hand, &text);
    hand.exit(0);
}

/// `systemctl start kafka`, `service kafka start`: the first broker, or ZooKeeper's first server.
fn service(hand: &mut Hand<'_>, name: &str, args: &[String]) {
    let mut words: Vec<&str> = args.iter().map(String::as_str).filter(|arg| !arg.starts_with('-')).collect();
    if name == "service" && words.len() > 1 {
        words.swap(0, 1);
    }
    let (verb, unit) = match words.as_slice() {
        ["daemon-reload" | "enable" | "disable" | "list-units", ..] => return hand.exit(0),
        [verb, unit, ..] => (*verb, unit.trim_end_matches(".service")),
        _ => return hand.fail_with(&format!("{name}: not simulated: `{}`", args.join(" "))),
    };
    let view = Lab::view(hand);
    let found = if unit.contains("zookeeper") {
        view.zookeepers.first().map(|server| (server.state, NodeId::Controller(0), server.id))
    } else if unit.contains("kafka") || unit.contains("confluent-server") {
        view.brokers.first().map(|broker| (broker.state, NodeId::Broker(broker.id), 0))
    } else {
        None
    };
    let Some((state, node, keeper)) = found else {
        return hand.fail_with(&format!("Failed to {verb} {unit}.service: Unit {unit}.service not found."));
    };
    let is_keeper = unit.contains("zookeeper");
    if is_keeper && matches!(verb, "start" | "stop" | "restart") {
        use crate::simulation::ServerAct;
        if verb != "start" {
            let _ = Lab::act(hand, Act::ZooKeeper(keeper, ServerAct::Stop(StopHow::Clean)));
        }
        if verb != "stop" {
            let _ = Lab::act(hand, Act::ZooKeeper(keeper, ServerAct::Start));
        }
        return hand.exit(0);
    }
    match verb {
        "start" | "stop" | "restart" => {
            let act = match verb {
                "stop" if is_down(state) => return hand.exit(0),
                "stop" => Act::Stop(node, StopHow::Clean),
                "start" if !is_down(state) => return hand.exit(0),
                "restart" if !is_down(state) => Act::Restart(node),
                _ => Act::Start(node),
            };
            match Lab::act(hand, act) {
                Ok(_) => {
                    let others = view.brokers.len() > 1;
                    if others {
                        Io::note(
                            hand,
                            &format!("{unit} is {node} here; `broker {verb} ID` does it to another one"),
                        );
                    }
                    hand.exit(0);
                }
                Err(why) => hand.fail_with(&why),
            }
        }
        "status" | "is-active" => status(hand, verb, unit, !is_down(state)),
        verb => hand.fail_with(&format!("{name}: not simulated: `{verb}`")),
    }
}

/// `systemctl status UNIT`, `systemctl is-active UNIT`
fn status(hand: &mut Hand<'_>, verb: &str, unit: &str, up: bool) {
    if verb == "is-active" {
        Io::out(hand, if up { "active\n" } else { "inactive\n" });
    } else {
        let word = if up { "active (running)" } else { "inactive (dead)" };
        let mark = if up { "●" } else { "○" };
        let time = date_time(Io::now(hand).wall_ms());
        let time = time.split(',').next().unwrap_or_default();
        let loaded = format!("loaded (/etc/systemd/system/{unit}.service; enabled)");
        let text =
            format!("{mark} {unit}.service\n     Loaded: {loaded}\n     Active: {word}, as of {time} UTC\n");
        Io::out(hand, &text);
    }
    hand.exit(if up { 0 } else { 3 });
}
