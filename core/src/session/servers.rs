//! `kafka-server-start`, `-stop` and ZooKeeper's: what they do to the machines of this cluster, and the files of
//! settings that they read.

use super::api::ClusterConfig;
use super::desk::Hand;
use super::process::Running;
use super::terminal::SCRIPT;
use crate::command::lab::Lab;
use crate::command::process::Io;
use crate::command::release::Release;
use crate::node::{BrokerId, NodeId, Span, StopHow};
use crate::simulation::{Act, ServerAct};
use crate::view::ProcessState;

/// Settings that say who a server is and where it is found. A machine has its own.
const OWN: [&str; 9] = [
    "broker.id",
    "node.id",
    "process.roles",
    "listeners",
    "advertised.listeners",
    "port",
    "host.name",
    "advertised.host.name",
    "advertised.port",
];

/// The files of settings that lie in `config` at the beginning.
pub(super) fn properties(config: &ClusterConfig) -> Vec<(&'static str, String)> {
    let id = config.brokers.first().copied().unwrap_or(1);
    let common = "num.network.threads=3\nnum.io.threads=8\n\n# Where the data is kept.\n";
    let rest = "num.partitions=1\noffsets.topic.replication.factor=1\n\
                transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\n\n\
                log.retention.hours=168\nlog.segment.bytes=1073741824\nlog.retention.check.interval.ms=300000\n";
    let (voters, dynamic) =
        ("controller.quorum.voters=1@localhost:9093", "controller.quorum.bootstrap.servers=localhost:9093");
    let kraft = |roles: &str, quorum: &str, listeners: &str| {
        format!(
            "# Who this server is.\nprocess.roles={roles}\nnode.id={id}\n{quorum}\n\n\
             # Where it listens.\nlisteners={listeners}\n\
             inter.broker.listener.name=PLAINTEXT\nadvertised.listeners=PLAINTEXT://localhost:9092\n\
             controller.listener.names=CONTROLLER\n\
             listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT\n\n{common}\
             log.dirs=/tmp/kraft-combined-logs\n{rest}"
        )
    };
    // Up to 3.9 the voters are listed, but in the file for a quorum that can change; in 4 in none.
    let both = |quorum: &str| kraft("broker,controller", quorum, "PLAINTEXT://:9092,CONTROLLER://:9093");
    let broker = |quorum: &str| kraft("broker", quorum, "PLAINTEXT://localhost:9092");
    let mut files = vec![
        ("config/kraft/server.properties", both(voters)),
        ("config/kraft/reconfig-server.properties", both(dynamic)),
        ("config/kraft/broker.properties", broker(voters)),
        (
            "config/producer.properties",
            "bootstrap.servers=localhost:9092\ncompression.type=none\n".to_owned(),
        ),
        (
            "config/consumer.properties",
            "bootstrap.servers=localhost:9092\ngroup.id=test-consumer-group\n".to_owned(),
        ),
    ];
    if config.has_zookeeper() {
        files.push((
            "config/server.properties",
            format!(
                "# Who this server is: a number that no other one has.\nbroker.id={id}\n\n# Where it listens.\n\
                 #listeners=PLAINTEXT://:9092\n#advertised.listeners=PLAINTEXT://your.host.name:9092\n\n{common}\
                 log.dirs=/tmp/kafka-logs\n{rest}\nzookeeper.connect=localhost:2181\n\
                 zookeeper.connection.timeout.ms=18000\ngroup.initial.rebalance.delay.ms=0\n"
            ),
        ));
        files.push((
            "config/zookeeper.properties",
            "dataDir=/tmp/zookeeper\nclientPort=2181\nmaxClientCnxns=0\nadmin.enableServer=false\n"
                .to_owned(),
        ));
    } else {
        files.push(("config/server.properties", both(dynamic)));
        files.push(("config/broker.properties", broker(dynamic)));
        files.push(("config/controller.properties", kraft("controller", dynamic, "CONTROLLER://:9093")));
    }
    files
}

/// `kafka-server-start [-daemon] FILE [--override NAME=VALUE]*`.
pub(super) fn start(program: &mut Running, hand: &mut Hand<'_>, args: &[String]) {
    let daemon = args.iter().any(|arg| arg == "-daemon");
    let file = args.iter().find(|arg| !arg.starts_with('-'));
    let Some(file) = file else {
        Io::out(
            hand,
            "USAGE: kafka-server-start.sh [-daemon] server.properties [--override property=value]*\n",
        );
        return hand.exit(1);
    };
    let Some(bytes) = Io::read_file(hand, file) else {
        Io::note(hand, "`ls config` shows the files of settings that are here");
        return hand.fail_with(&format!("java.nio.file.NoSuchFileException: {file}"));
    };
    let mut settings = Vec::new();
    for line in String::from_utf8_lossy(&bytes).lines().map(str::trim) {
        if let (false, Some((name, value))) = (line.starts_with(['#', '!']), line.split_once('=')) {
            settings.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    for pair in args.windows(2) {
        if let [option, value] = pair
            && option == "--override"
            && let Some((name, value)) = value.split_once('=')
        {
            settings.push((name.to_owned(), value.to_owned()));
        }
    }
    let id = match value(&settings, &["node.id", "broker.id"]).unwrap_or("-1").parse::<BrokerId>() {
        Ok(id) if id >= 0 => id,
        _ => return hand.fail_with("kafka-server-start: node.id must be given, and not be negative"),
    };
    let roles = value(&settings, &["process.roles"]).unwrap_or_default();
    if roles.contains("controller") && !roles.contains("broker") {
        return begin_controller(hand, id);
    }
    let dirs = value(&settings, &["log.dirs", "log.dir"]).unwrap_or("/tmp/kafka-logs").to_owned();
    match begin(hand, id, settings, file) {
        Ok(true) => {
            hand.session.settings_files.insert(id, (file.clone(), dirs));
            *program = Running::Server(id, false);
            hand.desk.alarm = Some(hand.session.sim.now() + Span::millis(100));
            if daemon {
                hand.exit(0);
            }
        }
        Ok(false) => {
            hand.session.settings_files.insert(id, (file.clone(), dirs));
            hand.exit(0);
        }
        Err(Some(why)) => hand.fail_with(&why),
        Err(None) => hand.exit(1),
    }
}

/// The last value of the first of these names that has one.
fn value<'a>(settings: &'a [(String, String)], names: &[&str]) -> Option<&'a str> {
    let last = |wanted: &&str| settings.iter().rev().find(|(name, _)| name == wanted);
    names.iter().find_map(last).map(|(_, value)| value.as_str())
}

/// The port in `PLAINTEXT://host:9093,CONTROLLER://…`, or in `port`.
fn port(settings: &[(String, String)]) -> u16 {
    let listeners = value(settings, &["listeners", "advertised.listeners"]).unwrap_or_default();
    let client = listeners.split(',').find(|listener| !listener.trim().starts_with("CONTROLLER"));
    let text = client.and_then(|listener| listener.rsplit_once(':')).map(|(_, port)| port.trim());
    text.or_else(|| value(settings, &["port"])).and_then(|text| text.parse().ok()).unwrap_or(9092)
}

/// Starts a controller, in the background: it is new, or was stopped, or runs already.
fn begin_controller(hand: &mut Hand<'_>, id: i32) {
    let view = Lab::view(hand);
    let act = match view.controllers.iter().find(|controller| controller.id == id) {
        None => Act::AddController(id),
        Some(it) if matches!(it.state, ProcessState::Stopped | ProcessState::Crashed) => {
            Act::Start(NodeId::Controller(id))
        }
        Some(_) => {
            Io::note(
                hand,
                &format!("controller {id} runs already: it was started together with this cluster"),
            );
            return hand.exit(0);
        }
    };
    match Lab::act(hand, act) {
        Ok(_) => {
            let port = crate::metadata::form::controller_endpoint(id).port;
            Io::note(
                hand,
                &format!("controller {id} starts; it listens on localhost:{port}, whatever the file says"),
            );
            hand.exit(0);
        }
        Err(why) => hand.fail_with(&why),
    }
}

/// Starts the process; whether there is a new one. The error is why not, if that was not printed yet.
fn begin(
    hand: &mut Hand<'_>,
    id: BrokerId,
    mut settings: Vec<(String, String)>,
    file: &str,
) -> Result<bool, Option<String>> {
    let view = Lab::view(hand);
    let port = port(&settings);
    let at = format!(":{port}");
    let runs = |state| !matches!(state, ProcessState::Stopped | ProcessState::Crashed);
    if let Some(broker) = view.brokers.iter().find(|broker| broker.id == id)
        && runs(broker.state)
    {
        let started = hand.session.settings_files.get(&id).map(|(file, _)| file.as_str());
        let name = |file: &str| file.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        if started.map_or_else(|| is_its_own(file, id), |started| name(started) == name(file)) {
            Io::note(hand, &format!("broker {id} runs already: it was started together with this cluster"));
            return Ok(false);
        }
        Io::note(
            hand,
            &format!(
                "{file} still says that it is broker {id}, which runs: a further one has another node.id (broker.id), \
                 another port in listeners, and another log.dirs"
            ),
        );
    }
    let users = |broker: &&crate::view::BrokerView| runs(broker.state) && broker.endpoint.ends_with(&at);
    if let Some(other) = view.brokers.iter().find(users) {
        if other.id != id {
            let text =
                format!("broker {} listens on {}: give the new one another port", other.id, other.endpoint);
            Io::note(hand, &text);
        }
        let text = in_use(hand, id, port);
        Io::out(hand, &text);
        return Err(None);
    }
    let known = crate::metadata::config::broker_config;
    settings.retain(|(name, _)| {
        let of_quorum = name.starts_with("controller.") || name.starts_with("zookeeper.");
        !OWN.contains(&name.as_str()) && !of_quorum && known(name).is_some()
    });
    if view.brokers.iter().any(|broker| broker.id == id) {
        Lab::act(hand, Act::Configure(id, settings)).map_err(Some)?;
        return Lab::act(hand, Act::Start(NodeId::Broker(id))).map(|_| true).map_err(Some);
    }
    Lab::act(hand, Act::AddServer(id, port, settings)).map(|_| true).map_err(Some)
}

/// Whether a file may be the one that a running broker was started from: one that comes with a release, or a copy
/// that is not numbered as another broker's.
fn is_its_own(file: &str, id: BrokerId) -> bool {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let number: String = name.chars().filter(char::is_ascii_digit).collect();
    number.is_empty() || number.parse() == Ok(id)
}

/// What the log of a server says whose port somebody else has, without the frames of its stacks.
fn in_use(hand: &Hand<'_>, id: BrokerId, port: u16) -> String {
    let time = crate::command::tools::date_time(Io::now(hand).wall_ms());
    let bind = "org.apache.kafka.common.KafkaException: Socket server failed to bind to 0.0.0.0";
    let bind = format!("{bind}:{port}: Address already in use.");
    let mut causes = vec![bind, "java.net.BindException: Address already in use".to_owned()];
    let mut text = String::new();
    let mut error = |head: &str, causes: &[String]| {
        let stack = if causes.is_empty() { String::new() } else { causes.join("\nCaused by: ") + "\n" };
        text.push_str(&format!("[{time}] ERROR {head}\n{stack}"));
    };
    let release = Io::release(hand);
    let of_zookeeper = format!(
        "[KafkaServer id={id}] Fatal error during KafkaServer startup. Prepare to shutdown (kafka.server.KafkaServer)"
    );
    if release < Release::V3 {
        error(&of_zookeeper, &causes);
        error("Exiting Kafka. (kafka.Kafka$)", &[]);
        return text;
    }
    let is_4 = release >= Release::V4;
    let listener = if is_4 { "PLAINTEXT" } else { "ListenerName(PLAINTEXT)" };
    let acceptor = format!("Unable to start acceptor for {listener}");
    error(&format!("{acceptor} (kafka.network.DataPlaneAcceptor)"), &causes);
    causes.insert(0, format!("java.lang.RuntimeException: {acceptor}"));
    let waits = "Received a fatal error while waiting for";
    if is_4 {
        let waits = format!("{waits} all of the SocketServer Acceptors to be started");
        error(&format!("[BrokerServer id={id}] {waits} (kafka.server.BrokerServer)"), &causes);
        causes.insert(0, format!("java.lang.RuntimeException: {waits}"));
        let fatal = "Fatal error during broker startup. Prepare to shutdown (kafka.server.BrokerServer)";
        error(&format!("[BrokerServer id={id}] {fatal}"), &causes);
    } else {
        causes.insert(
            0,
            format!("java.util.concurrent.CompletionException: java.lang.RuntimeException: {acceptor}"),
        );
        causes.insert(
            0,
            format!("java.lang.RuntimeException: {waits} the SocketServer Acceptors to be started."),
        );
        error(&of_zookeeper, &causes);
    }
    error("Exiting Kafka due to fatal exception during startup. (kafka.Kafka$)", &causes);
    text
}

/// What the log of a server says when it runs.
pub(super) fn started(hand: &Hand<'_>, id: BrokerId, wall_ms: i64) -> String {
    let time = crate::command::tools::date_time(wall_ms);
    let (name, what, class) = if hand.session.sim.has_zookeeper() {
        ("KafkaServer id", "started", "KafkaServer")
    } else {
        ("KafkaRaftServer nodeId", "Kafka Server started", "KafkaRaftServer")
    };
    format!("[{time}] INFO [{name}={id}] {what} (kafka.server.{class})\n")
}

/// Looks after a server in the foreground: tells when it runs, and ends with its process. A script goes on then.
pub(super) fn watch(id: BrokerId, told: &mut bool, hand: &mut Hand<'_>) {
    let view = Lab::view(hand);
    let state = view.brokers.iter().find(|broker| broker.id == id).map(|broker| broker.state);
    if state == Some(ProcessState::Up) && !*told {
        *told = true;
        let text = started(hand, id, Io::now(hand).wall_ms());
        Io::out(hand, &text);
        if hand.terminal() == SCRIPT && hand.desk.stops_itself {
            return hand.exit(0);
        }
    }
    match state {
        None | Some(ProcessState::Stopped | ProcessState::Crashed) => hand.exit(0),
        Some(_) => hand.desk.alarm = Some(hand.session.sim.now() + Span::millis(100)),
    }
}

/// `kafka-server-stop`: all brokers of this machine, or the one that `--node-id` names.
pub(super) fn stop(hand: &mut Hand<'_>, args: &[String]) {
    let named = args.windows(2).find_map(|pair| match pair {
        [option, id] if option == "--node-id" => id.parse::<BrokerId>().ok(),
        _ => None,
    });
    let mut any = false;
    for broker in Lab::view(hand).brokers {
        let runs = !matches!(broker.state, ProcessState::Stopped | ProcessState::Crashed);
        if runs && named.is_none_or(|id| id == broker.id) {
            any |= Lab::act(hand, Act::Stop(NodeId::Broker(broker.id), StopHow::Clean)).is_ok();
        }
    }
    if any {
        Io::note(
            hand,
            "it stops all brokers of a machine, and here all run on one; `broker stop ID` stops one",
        );
        return hand.exit(0);
    }
    Io::out(hand, "No kafka server to stop\n");
    hand.exit(1);
}

/// `zookeeper-server-start FILE` and `zookeeper-server-stop`.
pub(super) fn zookeeper(hand: &mut Hand<'_>, name: &str, args: &[String]) {
    let servers = Lab::view(hand).zookeepers;
    let starts = name == "zookeeper-server-start";
    let file = args.iter().find(|arg| !arg.starts_with('-'));
    let mut port = "2181".to_owned();
    if starts {
        let Some(file) = file else {
            Io::out(hand, "USAGE: zookeeper-server-start.sh [-daemon] zookeeper.properties\n");
            return hand.exit(1);
        };
        let Some(bytes) = Io::read_file(hand, file) else {
            return hand.fail_with(&format!("java.lang.IllegalArgumentException: {file} file is missing"));
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let given = text.lines().filter_map(|line| line.trim().strip_prefix("clientPort=")).next_back();
        port = given.unwrap_or(&port).trim().to_owned();
    }
    let at = format!(":{port}");
    let mut any = false;
    for server in servers.iter().filter(|server| !starts || server.endpoint.ends_with(&at)) {
        let act = if starts { ServerAct::Start } else { ServerAct::Stop(StopHow::Clean) };
        let done = Lab::act(hand, Act::ZooKeeper(server.id, act)).is_ok();
        if starts && !done {
            Io::note(hand, &format!("ZooKeeper server {} runs already", server.id));
        }
        any |= done || starts;
    }
    match (any, starts) {
        (true, _) => hand.exit(0),
        (false, true) => {
            hand.fail_with(&format!("zookeeper-server-start: not simulated: a new server on port {port}"));
        }
        (false, false) => {
            Io::out(hand, "No zookeeper server to stop\n");
            hand.exit(1);
        }
    }
}
