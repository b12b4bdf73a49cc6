//! What a line takes for granted: topics, files, hosts; and what its reader types into it.

use super::verdict::Expected;
use super::words::Call;
use kafkascope_core::node::NodeId;
use kafkascope_core::session::{Session, api};

/// Brings about what a line takes for granted; returns what is typed into it.
pub fn prepare(
    session: &mut Session,
    line: &str,
    calls: &[Call],
    expected: &Expected,
) -> Option<Vec<String>> {
    for call in calls {
        hosts(session, call);
        if *expected == Expected::Success {
            topics(session, call, 3);
        }
        files(session, call);
    }
    provide(session, line, calls);
    let typed = calls.iter().find(|call| !call.is_fed).map(typed)?;
    (!typed.is_empty()).then_some(typed)
}

/// The same for a line of a walkthrough that shows what is typed: what is written to makes itself.
pub fn prepare_shown(session: &mut Session, line: &str, calls: &[Call], expected: &Expected) {
    for call in calls {
        hosts(session, call);
        let writes = call.tool == "kafka-console-producer"
            || call.tool == "rpk" && call.args.iter().any(|arg| arg == "produce")
            || matches!(call.tool.as_str(), "kcat" | "kafkacat") && (call.has("P") || call.is_fed);
        if *expected == Expected::Success && !writes {
            topics(session, call, 1);
        }
        files(session, call);
    }
    provide(session, line, calls);
}

/// Files that a line reads.
fn provide(session: &mut Session, line: &str, calls: &[Call]) {
    kcat_files(session, calls);
    server_file(session, calls);
    redirected(session, line, calls);
}

const SERVERS: [&str; 8] = [
    "bootstrap-server",
    "broker-list",
    "b",
    "zookeeper",
    "brokers",
    "bootstrap-servers",
    "bootstrap-controller",
    "X",
];

/// Whoever a tutorial's hosts are, they are servers of this cluster.
pub fn hosts(session: &mut Session, call: &Call) {
    let mut lists: Vec<(&str, &str)> = Vec::new();
    for option in SERVERS {
        for value in call.values(option) {
            lists.push((value, option));
        }
    }
    if let Some(props) = call.args.iter().find_map(|arg| arg.strip_prefix("bootstrap.servers=")) {
        lists.push((props, ""));
    }
    if call.tool == "zookeeper-shell"
        && let Some(server) = call.args.first()
    {
        lists.push((server, "zookeeper"));
    }
    for (list, option) in lists {
        let (zookeeper, controller) = (option == "zookeeper", option == "bootstrap-controller");
        let list = list.strip_prefix("brokers=").unwrap_or(list);
        let list = list.split('/').next().unwrap_or_default();
        for (place, server) in list.split(',').enumerate() {
            let is_kcat = matches!(call.tool.as_str(), "kcat" | "kafkacat");
            let (host, port) = match server.trim().rsplit_once(':') {
                Some(both) => both,
                None if is_kcat => (server.trim(), "9092"),
                None if zookeeper => (server.trim(), "2181"),
                None => continue,
            };
            let Ok(port) = port.parse::<u16>() else { continue };
            let server = session.simulation().resolve(host, port).and_then(|server| server.node);
            let known = server.is_some_and(|node| !controller || matches!(node, NodeId::Controller(_)));
            if known || host.is_empty() || host.contains(['[', ' ', '$', '=']) {
                continue;
            }
            let view = session.view();
            let target = if controller {
                view.controllers.first().map(|it| format!("localhost:{}", 9_191 + it.id))
            } else if zookeeper {
                view.zookeepers.first().map(|server| server.endpoint.clone())
            } else {
                let up = view.brokers.get(place).or(view.brokers.first());
                up.map(|broker| broker.endpoint.clone())
            };
            if let Some(target) = target {
                session.run_line(&format!("alias host {host}:{port} {target}"), None);
            }
        }
    }
}

/// Topics that a tool is told of are there, unless it is to make them.
fn topics(session: &mut Session, call: &Call, usual: u32) {
    let mut named: Vec<&str> = call.values("topic");
    match call.tool.as_str() {
        "kcat" | "kafkacat" => named = call.values("t"),
        "kafka-configs" if call.value("entity-type").is_some_and(|kind| kind.starts_with("topic")) => {
            named.extend(call.value("entity-name"));
        }
        "rpk" => {
            let words: Vec<&str> = call.args.iter().map(String::as_str).collect();
            if let [
                "topic",
                "describe" | "consume" | "produce" | "delete" | "alter-config" | "add-partitions"
                | "trim-prefix",
                topic,
                ..,
            ] = words[..]
            {
                named.push(topic);
            }
        }
        "kafka-topics" if call.has("create") => return,
        _ => {}
    }
    let alters = call.has("alter");
    let one = call.value("partition").and_then(|text| text.parse::<u32>().ok());
    for topic in named.iter().flat_map(|list| list.split(',')) {
        let (topic, parts) = topic.split_once(':').unwrap_or((topic, ""));
        let highest = parts.split(',').filter_map(|text| text.parse::<u32>().ok()).max().max(one);
        let legal = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if topic.is_empty() || !topic.chars().all(legal) {
            continue;
        }
        if topic.starts_with("__") && INTERNAL.contains(&topic) {
            used(session, topic);
            continue;
        }
        if session.view().topics.iter().any(|there| there.name.to_string() == topic) {
            continue;
        }
        let wanted = call.value("partitions").and_then(|text| text.parse::<u32>().ok());
        let count =
            if alters { 1 } else { highest.map_or(usual, |n| n.min(99) + 1).max(wanted.unwrap_or(0).min(3)) };
        let replicas = session.view().brokers.len().min(3);
        session.run_line(
            &format!(
                "kafka-topics --create --if-not-exists --topic {topic} --partitions {count} --replication-factor \
                 {replicas} --bootstrap-server localhost:9092"
            ),
            None,
        );
    }
}

/// Topics that Kafka makes itself, when a group or a transaction is first used.
const INTERNAL: [&str; 2] = ["__consumer_offsets", "__transaction_state"];

/// Sees to it that an internal topic is there: the cluster of a tutorial has been used before.
pub fn used(session: &mut Session, internal: &str) {
    if session.view().topics.iter().any(|topic| topic.name.to_string() == internal) {
        return;
    }
    const SERVER: &str = "--bootstrap-server localhost:9092";
    let replicas = session.view().brokers.len().min(3);
    let topic = format!("--topic used-before --partitions 1 --replication-factor {replicas}");
    session.run_line(&format!("kafka-topics --create --if-not-exists {topic} {SERVER}"), None);
    let line = if internal == "__consumer_offsets" {
        format!("kafka-console-consumer --topic used-before --group used-before --timeout-ms 2000 {SERVER}")
    } else {
        "kafka-producer-perf-test --topic used-before --num-records 1 --record-size 1 --throughput -1 \
         --transactional-id used-before --producer-props bootstrap.servers=localhost:9092"
            .to_owned()
    };
    session.run_line(&line, None);
}

/// The brokers that belong to the cluster: a tutorial may have taken one away.
fn registered(session: &mut Session) -> Vec<String> {
    let line = "kafka-broker-api-versions --bootstrap-server localhost:9092";
    let told = session.run_line(line, None).stdout;
    let id = |line: &str| Some(line.split_once("(id: ")?.1.split(' ').next()?.to_owned());
    told.lines().filter_map(id).collect()
}

/// Files that options name.
fn files(session: &mut Session, call: &Call) {
    const PROPERTIES: [&str; 7] = [
        "command-config",
        "producer.config",
        "consumer.config",
        "admin.config",
        "add-config-file",
        "config",
        "c",
    ];
    let topic = call.value("topic").map(str::to_owned);
    let topic =
        topic.or_else(|| session.view().topics.iter().find(|t| !t.internal).map(|t| t.name.to_string()));
    let topic = topic.unwrap_or_else(|| "test".to_owned());
    let ids = if call.has("reassignment-json-file") { registered(session) } else { Vec::new() };
    for option in PROPERTIES {
        let is_storage = call.tool == "kafka-storage";
        let is_file = |path: &&str| (is_storage || path.contains(['.', '/'])) && !path.contains('=');
        for path in call.values(option).into_iter().filter(is_file) {
            let is_dynamic = ["standalone", "initial-controllers", "no-initial-controllers", "s", "I", "N"]
                .iter()
                .any(|option| call.has(option));
            let text = if is_dynamic {
                "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.bootstrap.servers=localhost:9093\n\
                 listeners=PLAINTEXT://:9092,CONTROLLER://:9093\ncontroller.listener.names=CONTROLLER\n\
                 log.dirs=/tmp/kraft-combined-logs\n"
            } else if call.tool == "kafka-storage" {
                "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@localhost:9093\n\
                 listeners=PLAINTEXT://:9092,CONTROLLER://:9093\ncontroller.listener.names=CONTROLLER\n\
                 log.dirs=/tmp/kraft-combined-logs\n"
            } else {
                "bootstrap.servers=localhost:9092\n"
            };
            missing(session, path, text);
        }
    }
    let partition = format!("{{\"topic\":\"{topic}\",\"partition\":0");
    for (option, text) in [
        (
            "reassignment-json-file",
            format!("{{\"version\":1,\"partitions\":[{partition},\"replicas\":[{}]}}]}}", ids.join(",")),
        ),
        ("topics-to-move-json-file", format!("{{\"version\":1,\"topics\":[{{\"topic\":\"{topic}\"}}]}}")),
        ("offset-json-file", format!("{{\"version\":1,\"partitions\":[{partition},\"offset\":0}}]}}")),
        ("path-to-json-file", format!("{{\"partitions\":[{partition}}}]}}")),
        ("payload-file", "one\ntwo\n".to_owned()),
        ("from-file", format!("{topic},0,0\n")),
    ] {
        for path in call.values(option) {
            if option.ends_with("json-file")
                && !session.view().topics.iter().any(|t| t.name.to_string() == topic)
            {
                session.run_line(
                    &format!(
                        "kafka-topics --create --topic {topic} --partitions 1 --replication-factor 1 \
                         --bootstrap-server localhost:9092"
                    ),
                    None,
                );
            }
            missing(session, path, &text);
        }
    }
}

/// Files that kcat reads: of settings, and of records where it writes.
fn kcat_files(session: &mut Session, calls: &[Call]) {
    const WITH_ARGUMENT: &str = "btpkoKDFXcfGHzdsrm";
    for call in calls.iter().filter(|call| matches!(call.tool.as_str(), "kcat" | "kafkacat")) {
        for path in call.values("F") {
            missing(session, path, "bootstrap.servers=localhost:9092\n");
        }
        let text = typed(call).join("\n") + "\n";
        let mut before = "";
        for arg in &call.args {
            let letter = before.strip_prefix('-').unwrap_or_default();
            let is_argument = letter.len() == 1 && WITH_ARGUMENT.contains(letter);
            if call.has("P") && !is_argument && !arg.starts_with('-') {
                missing(session, arg, &text);
            }
            before = arg;
        }
    }
}

/// The settings of a further broker, as tutorials make them: a copy of the first one's with another id and port.
fn server_file(session: &mut Session, calls: &[Call]) {
    for call in calls {
        let kind = if call.tool.starts_with("zookeeper") { "zookeeper" } else { "server" };
        if !call.tool.ends_with("-server-start") {
            continue;
        }
        let Some(path) = call.args.iter().find(|arg| !arg.starts_with('-')) else { continue };
        if session.run_line(&format!("cat '{path}'"), None).exit_code == 0 {
            continue;
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        let number = name.chars().filter(char::is_ascii_digit).collect::<String>().parse::<u16>().ok();
        let first = session.view().brokers.first().map_or(0, |broker| broker.id);
        session.run_line(&format!("cp config/{kind}.properties '{path}'"), None);
        if let (Some(number), "server") = (number.filter(|number| *number < 200), kind) {
            // Whoever counts from 0 means the one that runs already.
            let id = if number == 0 { first } else { i32::from(number) };
            let port = 9_092 + if id == first { 0 } else { number };
            for line in
                [format!("broker.id={id}"), format!("node.id={id}"), format!("listeners=PLAINTEXT://:{port}")]
            {
                session.run_line(&format!("echo '{line}' >> '{path}'"), None);
            }
        }
    }
}

/// Puts a file where none is.
fn missing(session: &mut Session, path: &str, text: &str) {
    let there = session.run_line(&format!("cat '{path}'"), None).exit_code == 0;
    if !there {
        session.put_file(path, text.as_bytes().to_vec());
    }
}

/// `< FILE` of a line.
fn redirected(session: &mut Session, line: &str, calls: &[Call]) {
    let lines = calls.iter().map(typed).find(|lines| !lines.is_empty());
    let text = lines.map_or_else(|| "one\ntwo\nthree\n".to_owned(), |lines| lines.join("\n") + "\n");
    for item in api::parse_line(line).items {
        for redirect in item.list.first.commands.iter().flat_map(|command| &command.redirects) {
            if redirect.kind == api::RedirectKind::Input
                && let Some(path) = redirect.target.literal()
            {
                missing(session, &path, &text);
            }
        }
    }
}

/// What a reader types into a tool that asks for lines.
fn typed(call: &Call) -> Vec<String> {
    let property = |name: &str| {
        let all = call.values("property").into_iter().chain(call.values("reader-property"));
        all.filter_map(|text| text.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.to_owned())
    };
    match call.tool.as_str() {
        "kafka-console-producer" => {
            let separator = property("key.separator").unwrap_or_else(|| "\t".to_owned());
            let keyed = property("parse.key").is_some_and(|value| value == "true");
            let headers =
                if property("parse.headers").is_some_and(|value| value == "true") { "h:1\t" } else { "" };
            let line = |n: u32| {
                if keyed {
                    format!("{headers}k{n}{separator}value {n}")
                } else {
                    format!("{headers}value {n}")
                }
            };
            vec![line(1), line(2)]
        }
        // Whoever is asked whether an entry may go says so, for each resource.
        "kafka-acls" if call.has("remove") && !call.has("force") => vec!["y".to_owned(); 4],
        "kcat" | "kafkacat" if call.has("P") => {
            let glued =
                call.args.iter().find_map(|arg| arg.strip_prefix("-K").filter(|rest| !rest.is_empty()));
            let separator = glued.or(call.value("K")).unwrap_or(":").replace("\\t", "\t");
            vec![format!("k{separator}value")]
        }
        "rpk" if call.args.iter().any(|arg| arg == "produce") => vec!["value".to_owned()],
        _ => Vec::new(),
    }
}
