//! What each tool of a release asks for beyond the names of its options, and what it does not take together.
//!
//! Each rule is what the real tool checks before, or without, asking the cluster; the rules know nothing of the
//! simulator.

use super::history::Release;
use super::words::Call;

/// The options of a call with their arguments, as its tool took them.
struct Given<'a> {
    call: &'a Call,
    taken: &'a [(String, String)],
    release: Release,
}

/// The reason for which the tool of a release refuses a call whose options it knows.
pub fn refused(call: &Call, taken: &[(String, String)], release: Release) -> Option<String> {
    let given = Given { call, taken, release };
    if given.has("help") || given.has("version") && release >= 200 {
        return given.has("help").then(|| "--help".to_owned());
    }
    given.servers().or_else(|| given.of_tool())
}

/// Rules of tools whose command line has no table of options.
pub fn refused_by_words(call: &Call, release: Release) -> Option<String> {
    match call.tool.as_str() {
        "kcat" | "kafkacat" => kcat(call),
        "zookeeper-shell" => zookeeper_shell(call, release),
        _ => None,
    }
}

impl Given<'_> {
    fn has(&self, name: &str) -> bool {
        self.taken.iter().any(|(other, _)| other == name)
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.taken.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    fn count(&self, names: &[&str]) -> usize {
        names.iter().filter(|name| self.has(name)).count()
    }

    /// One of these must be there.
    fn missing(&self, names: &[&str]) -> Option<String> {
        (!names.iter().any(|name| self.has(name))).then(|| format!("--{} is missing", names.join(" or --")))
    }

    /// One of these must be there if another option is.
    fn needs(&self, option: &str, names: &[&str]) -> Option<String> {
        if self.has(option) { self.missing(names) } else { None }
    }

    /// Only one of these may be there.
    fn apart(&self, names: &[&str]) -> Option<String> {
        let there: Vec<String> =
            names.iter().filter(|name| self.has(name)).map(|name| format!("--{name}")).collect();
        (there.len() > 1).then(|| there.join(" with "))
    }

    fn one_action(&self, names: &[&str]) -> Option<String> {
        (self.count(names) != 1).then(|| "one action".to_owned())
    }

    /// Java's clients want `host:port`, and nobody speaks Kafka at the port of ZooKeeper, nor the other way round.
    fn servers(&self) -> Option<String> {
        for option in ["bootstrap-server", "broker-list", "bootstrap-controller"] {
            let is_ids = matches!(self.call.tool.as_str(), "kafka-reassign-partitions" | "kafka-log-dirs");
            let Some(list) = self.value(option).filter(|_| option != "broker-list" || !is_ids) else {
                continue;
            };
            let servers: Vec<&str> =
                list.split(',').map(str::trim).filter(|server| !server.is_empty()).collect();
            let port = |server: &&str| {
                server.rsplit_once(':').and_then(|(_, port)| port.trim_end_matches('/').parse::<u16>().ok())
            };
            if servers.is_empty() || servers.iter().any(|server| port(server).is_none()) {
                return Some("a server without a port".to_owned());
            }
            if servers.iter().all(|server| port(server) == Some(2181)) {
                return Some("ZooKeeper's port where a broker is meant".to_owned());
            }
        }
        None
    }

    fn of_tool(&self) -> Option<String> {
        match self.call.tool.as_str() {
            "kafka-topics" => self.topics(),
            "kafka-console-producer" => {
                self.missing(&["topic"]).or_else(|| self.missing(&["broker-list", "bootstrap-server"]))
            }
            "kafka-console-consumer" => self.console_consumer(),
            "kafka-consumer-groups" => self.consumer_groups(),
            "kafka-configs" => self.configs(),
            "kafka-get-offsets" | "kafka.tools.GetOffsetShell" => {
                self.missing(&["bootstrap-server", "broker-list"]).or_else(|| self.time())
            }
            "kafka-leader-election" => self.leader_election(),
            "kafka-reassign-partitions" => self
                .one_action(&["generate", "execute", "verify", "cancel", "list"])
                .or_else(|| self.needs("execute", &["reassignment-json-file"]))
                .or_else(|| self.needs("verify", &["reassignment-json-file"]))
                .or_else(|| self.needs("generate", &["topics-to-move-json-file"]))
                .or_else(|| self.needs("generate", &["broker-list"])),
            "kafka-delete-records" => {
                self.missing(&["bootstrap-server"]).or_else(|| self.missing(&["offset-json-file"]))
            }
            "kafka-log-dirs" => self.missing(&["bootstrap-server"]).or_else(|| self.missing(&["describe"])),
            "kafka-dump-log" => self.missing(&["files"]),
            "kafka-acls" => self.acls(),
            "kafka-delegation-tokens" => self.delegation_tokens(),
            "kafka-storage" => self.storage(),
            "kafka-metadata-shell" if self.release >= 400 => self.missing(&["snapshot"]),
            "kafka-verifiable-producer" => self
                .value("acks")
                .filter(|acks| !["0", "1", "-1"].contains(acks))
                .map(|acks| format!("--acks {acks}"))
                .or_else(|| self.missing(&["topic"])),
            "kafka-verifiable-consumer" => self.missing(&["topic"]).or_else(|| self.missing(&["group-id"])),
            "kafka-producer-perf-test" => self
                .missing(&["topic"])
                .or_else(|| self.missing(&["num-records"]))
                .or_else(|| self.missing(&["throughput"]))
                .or_else(|| self.missing(&["record-size", "payload-file", "payload-monotonic"])),
            "kafka-consumer-perf-test" => self
                .missing(&["bootstrap-server", "broker-list", "zookeeper"])
                .or_else(|| self.missing(&["topic", "include"]))
                .or_else(|| self.missing(&["messages", "num-records"])),
            "kafka-streams-groups" => self.missing(&["bootstrap-server"]).or_else(|| {
                self.one_action(&["list", "describe", "delete", "reset-offsets", "delete-offsets"])
            }),
            "kafka-client-metrics" => self.one_action(&["alter", "list", "describe", "delete"]),
            "kafka-features" => self.missing(&["bootstrap-server", "bootstrap-controller"]),
            "kafka-replica-verification" => self.missing(&["broker-list"]),
            _ => None,
        }
    }

    fn topics(&self) -> Option<String> {
        let actions = ["create", "list", "describe", "alter", "delete"];
        let needs_topic = self.has("create") || self.has("alter") || self.has("delete");
        self.one_action(&actions)
            .or_else(|| self.missing(&["bootstrap-server", "zookeeper"]))
            .or_else(|| if needs_topic { self.missing(&["topic", "topic-id"]) } else { None })
            .or_else(|| {
                let alters = self.has("config") && self.has("alter");
                (alters && (self.release >= 400 || self.has("bootstrap-server")))
                    .then(|| "--config".to_owned())
            })
    }

    fn console_consumer(&self) -> Option<String> {
        self.missing(&["topic", "include", "whitelist", "blacklist"])
            .or_else(|| self.missing(&["bootstrap-server", "zookeeper"]))
            .or_else(|| self.needs("offset", &["partition"]))
            .or_else(|| self.needs("partition", &["topic"]))
            .or_else(|| {
                let offset = self.value("offset")?;
                let is_word = ["earliest", "latest"].iter().any(|word| offset.eq_ignore_ascii_case(word));
                let is_there = is_word || offset.parse::<i64>().is_ok_and(|offset| offset >= 0);
                (!is_there).then(|| "an offset that is none".to_owned())
            })
            .or_else(|| {
                let formatter = self.value("formatter")?;
                (!has_formatter(formatter, self.release)).then(|| format!("no class {formatter}"))
            })
    }

    fn consumer_groups(&self) -> Option<String> {
        const TARGETS: [&str; 8] = [
            "to-offset",
            "to-datetime",
            "by-duration",
            "to-earliest",
            "to-latest",
            "shift-by",
            "from-file",
            "to-current",
        ];
        let resets = self.has("reset-offsets");
        let needs_group = self.has("describe") || self.has("delete") || resets || self.has("delete-offsets");
        self.one_action(&["list", "describe", "delete", "reset-offsets", "delete-offsets"])
            .or_else(|| self.missing(&["bootstrap-server", "zookeeper"]))
            .or_else(|| if needs_group { self.missing(&["group", "all-groups"]) } else { None })
            .or_else(|| self.needs("delete-offsets", &["topic"]))
            .or_else(|| {
                if resets && !self.has("from-file") { self.missing(&["topic", "all-topics"]) } else { None }
            })
            .or_else(|| if resets { self.missing(&TARGETS) } else { None })
            .or_else(|| self.apart(&TARGETS))
            .or_else(|| self.apart(&["execute", "dry-run"]))
            .or_else(|| self.apart(&["members", "offsets", "state"]).filter(|_| self.has("describe")))
    }

    fn configs(&self) -> Option<String> {
        const SHORT: [&str; 12] = [
            "topic",
            "client",
            "user",
            "broker",
            "broker-logger",
            "ip",
            "client-metrics",
            "group",
            "client-defaults",
            "user-defaults",
            "broker-defaults",
            "ip-defaults",
        ];
        let of_topics = self.value("entity-type").is_some_and(|kind| kind != "users" && kind != "brokers");
        let named: Vec<&str> = ["entity-type"].into_iter().chain(SHORT).collect();
        self.one_action(&["alter", "describe"])
            .or_else(|| self.missing(&["bootstrap-server", "zookeeper", "bootstrap-controller"]))
            .or_else(|| {
                (self.has("zookeeper") && self.release >= 300 && of_topics).then(|| "--zookeeper".to_owned())
            })
            .or_else(|| self.apart(&["zookeeper", "bootstrap-server"]))
            .or_else(|| self.missing(&named))
            .or_else(|| self.needs("alter", &["add-config", "add-config-file", "delete-config"]))
            .or_else(|| {
                let pairs = pieces(self.value("add-config")?);
                let no_pair =
                    pairs.into_iter().find(|pair| !pair.trim().is_empty() && !pair.contains('='))?;
                Some(format!("{no_pair} is no key=value"))
            })
    }

    /// Up to 2.8 a time is a number; later it may be a word.
    fn time(&self) -> Option<String> {
        const WORDS: [&str; 6] = [
            "latest",
            "earliest",
            "max-timestamp",
            "earliest-local",
            "latest-tiered",
            "earliest-pending-upload",
        ];
        let time = self.value("time")?;
        let is_word = self.release >= 300 && WORDS.contains(&time);
        (!is_word && time.parse::<i64>().is_err()).then(|| format!("--time {time}"))
    }

    fn leader_election(&self) -> Option<String> {
        let kind = self.value("election-type").unwrap_or_default().to_ascii_lowercase();
        self.missing(&["bootstrap-server"])
            .or_else(|| self.missing(&["election-type"]))
            .or_else(|| (kind != "preferred" && kind != "unclean").then(|| "--election-type".to_owned()))
            .or_else(|| self.one_action(&["topic", "all-topic-partitions", "path-to-json-file"]))
            .or_else(|| self.needs("topic", &["partition"]))
    }

    fn acls(&self) -> Option<String> {
        let over_authorizer = ["authorizer", "authorizer-properties"];
        let pairs = self.value("authorizer-properties").unwrap_or("zookeeper.connect=x");
        self.one_action(&["add", "remove", "list"])
            .or_else(|| self.missing(&["bootstrap-server", "bootstrap-controller", "authorizer-properties"]))
            .or_else(|| {
                let both = self.has("bootstrap-server") && self.count(&over_authorizer) > 0;
                both.then(|| "--bootstrap-server with --authorizer-properties".to_owned())
            })
            .or_else(|| (!pairs.contains('=')).then(|| format!("--authorizer-properties {pairs}")))
            .or_else(|| self.needs("add", &["allow-principal", "deny-principal"]))
            .or_else(|| {
                let resources = ["topic", "group", "cluster", "delegation-token", "transactional-id"];
                let all: Vec<&str> = resources.into_iter().chain(["user-principal", "idempotent"]).collect();
                if self.has("list") { None } else { self.missing(&all) }
            })
            .or_else(|| self.needs("producer", &["topic"]))
            .or_else(|| self.needs("consumer", &["topic"]))
            .or_else(|| self.needs("consumer", &["group"]))
    }

    fn delegation_tokens(&self) -> Option<String> {
        self.missing(&["bootstrap-server"])
            .or_else(|| self.missing(&["command-config"]))
            .or_else(|| self.one_action(&["create", "renew", "expire", "describe"]))
            .or_else(|| self.needs("create", &["max-life-time-period"]))
            .or_else(|| self.needs("renew", &["hmac"]))
            .or_else(|| self.needs("expire", &["hmac"]))
            .or_else(|| self.needs("renew", &["renew-time-period"]))
            .or_else(|| self.needs("expire", &["expiry-time-period"]))
    }

    /// The files of Kafka 4 name the quorum's servers, not its voters, so the tool has to be told who they are.
    fn storage(&self) -> Option<String> {
        if self.call.args.first().is_none_or(|verb| verb != "format") {
            return None;
        }
        let file = self.value("config").or(self.value("c"))?;
        let is_of_kafka_4 = self.release >= 400
            && ["config/server.properties", "config/controller.properties"]
                .iter()
                .any(|name| file.ends_with(name));
        let told = ["standalone", "s", "initial-controllers", "I", "no-initial-controllers", "N"];
        self.missing(&["cluster-id", "t"]).or_else(|| if is_of_kafka_4 { self.missing(&told) } else { None })
    }
}

/// Settings between commas; brackets hold values with commas together.
fn pieces(list: &str) -> Vec<&str> {
    let (mut pieces, mut depth, mut from) = (Vec::new(), 0_u32, 0);
    for (at, c) in list.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                pieces.push(list.get(from..at).unwrap_or_default());
                from = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(list.get(from..).unwrap_or_default());
    pieces
}

/// Whether a release has a class of Kafka's that prints records; what is not Kafka's own is not judged.
fn has_formatter(class: &str, release: Release) -> bool {
    let class = class.replace('\\', "");
    if class.starts_with("org.apache.kafka.tools.consumer.") {
        release >= 308
    } else if class.starts_with("kafka.tools.") || class.starts_with("kafka.coordinator.transaction.") {
        release < 400
    } else if class.starts_with("kafka.coordinator.group.") {
        (11..400).contains(&release)
    } else if class.starts_with("kafka.coordinator.GroupMetadataManager") {
        (9..11).contains(&release)
    } else if class.starts_with("kafka.server.OffsetManager") {
        release < 9
    } else {
        true
    }
}

/// kcat reads its letters by getopt; it wants brokers, and for records a topic.
fn kcat(call: &Call) -> Option<String> {
    const WITH: &str = "GMtpbzoDKkHdFXcfsrm";
    const WITHOUT: &str = "PCLQeEOqvTuZlVhJU";
    let mut letters = String::new();
    let mut args = call.args.iter();
    let mut words = Vec::new();
    while let Some(arg) = args.next() {
        let Some(body) = arg.strip_prefix('-').filter(|body| !body.is_empty()) else {
            words.push(arg.as_str());
            continue;
        };
        for (at, letter) in body.char_indices() {
            letters.push(letter);
            if WITH.contains(letter) {
                let rest = body.get(at + letter.len_utf8()..).unwrap_or_default();
                let value = if rest.is_empty() { args.next().map(String::as_str) } else { Some(rest) };
                match value {
                    None => return Some(format!("-{letter} without an argument")),
                    Some(value) if letter == 'X' => words.push(value),
                    Some(_) => {}
                }
                break;
            }
            if !WITHOUT.contains(letter) {
                return Some(format!("-{letter}"));
            }
        }
    }
    let has = |letter: char| letters.contains(letter);
    let told = words.iter().any(|word| word.contains("bootstrap.servers=") || word.contains("broker.list="));
    if has('V') || has('h') {
        return None;
    }
    if !has('b') && !has('F') && !told {
        return Some("-b is missing".to_owned());
    }
    // Told nothing, it reads at a terminal and writes what it is fed: both want a topic.
    (!letters.contains(['L', 'Q', 'G', 'M']) && !has('t')).then(|| "-t is missing".to_owned())
}

/// ZooKeeper's shell: commands that a release no longer has, and those that want a path.
fn zookeeper_shell(call: &Call, release: Release) -> Option<String> {
    let mut words = call.args.iter().skip_while(|word| *word == "-server").skip(1);
    let command = words.next()?;
    let wants_path = ["ls", "get", "stat", "create", "delete", "deleteall", "set", "ls2", "rmr"];
    match command.as_str() {
        "rmr" | "ls2" if release >= 300 => Some(format!("{command} is gone")),
        command if wants_path.contains(&command) && words.next().is_none() => {
            Some(format!("{command} without a path"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::history::{History, Verdict};
    use super::super::words;
    use super::*;

    fn why(line: &str, release: Release) -> Option<String> {
        let history = History::new();
        let call = words::calls(line, &history, &|_| String::new()).remove(0);
        match history.judge(&call.tool, &call.args, release) {
            Verdict::Taken(taken) => refused(&call, &taken, release),
            Verdict::Unknown => refused_by_words(&call, release),
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn tools_refuse_what_does_not_fit_together() {
        const GROUPS: &str =
            "kafka-consumer-groups --bootstrap-server h:1 --group g --topic t --reset-offsets";
        for (line, release, refused) in [
            (format!("{GROUPS} --to-earliest --execute"), 208, false),
            (format!("{GROUPS} --to-earliest --shift-by 2 --execute"), 208, true),
            (format!("{GROUPS} --execute"), 208, true),
            ("kafka-console-consumer --bootstrap-server h:1 --topic t --offset 3".to_owned(), 403, true),
            ("kafka-console-consumer --bootstrap-server h --topic t".to_owned(), 403, true),
            ("kafka-topics --list --bootstrap-server h:2181".to_owned(), 208, true),
            ("kafka-storage format -t x -c config/server.properties".to_owned(), 309, false),
            ("kafka-storage format -t x -c config/server.properties".to_owned(), 403, true),
            ("kafka-storage format -t x -c config/server.properties --standalone".to_owned(), 403, false),
            ("kcat -b h -C -t t -end".to_owned(), 403, true),
            ("kcat -b h -Ct t -e".to_owned(), 403, false),
            ("kcat -C -b h".to_owned(), 403, true),
            ("zookeeper-shell h:1 rmr /a".to_owned(), 208, false),
            ("zookeeper-shell h:1 rmr /a".to_owned(), 309, true),
        ] {
            assert_eq!(why(&line, release).is_some(), refused, "{line}");
        }
    }

    #[test]
    fn settings_are_pairs_and_brackets_hold_lists() {
        const LINE: &str = "kafka-configs --bootstrap-server h:1 --topic t --alter --add-config";
        assert_eq!(why(&format!("{LINE} cleanup.policy=[delete,compact],x="), 403), None);
        let why = why(&format!("{LINE} cleanup.policy=delete,compact"), 403);
        assert_eq!(why, Some("compact is no key=value".to_owned()));
    }
}
