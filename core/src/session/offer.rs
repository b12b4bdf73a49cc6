//! What may follow an option, by the words before it: partitions of the topic that is named, settings and their
//! values, and the letters of kcat and the words of rpk.

use super::Session;
use super::api::Candidate;
use crate::command::tools::RPK_VERBS;
use crate::metadata::ConfigResource;
use crate::metadata::config::{
    CLIENT_QUOTAS, Check, ConfigDef, ConfigType, IP_QUOTAS, SCRAM_MECHANISMS, Table, UpdateMode,
};
use crate::view::ClusterView;

/// A call whose last option waits for its argument.
pub(super) struct Call<'a> {
    pub session: &'a Session,
    pub view: &'a ClusterView,
    pub name: &'a str,
    pub args: &'a [String],
    /// The beginning of the argument.
    pub word: &'a str,
}

/// Options whose arguments are a few usual words.
const USUAL: &[(&str, &[&str])] = &[
    ("offset", &["earliest", "latest", "0"]),
    ("partitions", &["1", "3", "6", "12"]),
    ("replication-factor", &["1", "2", "3"]),
    ("by-duration", &["PT10M", "PT1H", "P1D"]),
    ("shift-by", &["-1", "-10", "1"]),
    ("to-offset", &["0"]),
    ("max-messages", &["1", "10", "100"]),
    ("timeout-ms", &["1000", "10000"]),
    ("num-records", &["1000", "100000"]),
    ("messages", &["1000", "100000"]),
    ("record-size", &["100", "1000"]),
    ("throughput", &["-1", "100", "1000"]),
    ("acks", &["all", "1", "0"]),
    (
        "formatter",
        &[
            "org.apache.kafka.tools.consumer.DefaultMessageFormatter",
            "org.apache.kafka.tools.consumer.OffsetsMessageFormatter",
            "org.apache.kafka.tools.consumer.TransactionLogMessageFormatter",
        ],
    ),
    ("value-deserializer", &["org.apache.kafka.common.serialization.LongDeserializer"]),
    ("key-deserializer", &["org.apache.kafka.common.serialization.StringDeserializer"]),
];

/// Settings of clients with values that matter.
const OF_PRODUCERS: &[&str] = &[
    "acks=all",
    "acks=1",
    "acks=0",
    "bootstrap.servers=localhost:9092",
    "linger.ms=",
    "batch.size=",
    "compression.type=lz4",
    "enable.idempotence=true",
    "enable.idempotence=false",
    "max.in.flight.requests.per.connection=",
    "delivery.timeout.ms=",
    "partitioner.class=org.apache.kafka.clients.producer.RoundRobinPartitioner",
    "transactional.id=",
];
const OF_CONSUMERS: &[&str] = &[
    "group.id=",
    "auto.offset.reset=earliest",
    "isolation.level=read_committed",
    "group.protocol=consumer",
    "max.poll.records=",
    "session.timeout.ms=",
    "max.poll.interval.ms=",
    "enable.auto.commit=false",
    "client.id=",
    "group.instance.id=",
];

/// kcat's letters: what each is for.
const LETTERS: &[(&str, &str)] = &[
    ("-L", "list brokers, topics and partitions"),
    ("-P", "write"),
    ("-C", "read"),
    ("-G", "read as a member of a group"),
    ("-Q", "ask for offsets"),
    ("-b", "a broker of the cluster"),
    ("-t", "the topic"),
    ("-p", "the partition"),
    ("-o", "where to begin"),
    ("-e", "end at the end"),
    ("-c", "end after so many"),
    ("-f", "how records are printed"),
    ("-J", "print JSON"),
    ("-K", "what stands between key and value"),
    ("-D", "what stands between records"),
    ("-l", "a record for each line of a file"),
    ("-H", "a header"),
    ("-Z", "empty values are null"),
    ("-u", "print at once"),
    ("-q", "say less"),
    ("-X", "a setting of librdkafka's"),
    ("-F", "a file of settings"),
];

fn add(out: &mut Vec<Candidate>, insert: &str, about: &str) {
    out.push(Candidate { insert: insert.to_owned(), about: about.to_owned() });
}

fn add_all(out: &mut Vec<Candidate>, words: &[&str]) {
    for word in words {
        add(out, word, "");
    }
}

/// Where an argument stands among what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Server,
    Topic,
    Group,
    File,
}

impl Call<'_> {
    fn value(&self, option: &str) -> Option<&str> {
        let place = self.args.iter().rposition(|arg| arg.trim_start_matches('-') == option)?;
        self.args.get(place + 1).map(String::as_str)
    }

    /// Candidates for the argument of `option`; whether there is more to say of it than what the tool's table says.
    pub fn argument(&self, option: &str, out: &mut Vec<Candidate>) -> bool {
        match option {
            "partition" => self.partitions(self.value("topic"), out),
            "entity-name" => self.entities(out),
            "add-config" | "config" => self.settings(out),
            "delete-config" => self.set(out),
            "broker" | "broker-id" | "broker-logger" | "id" => self.brokers(out),
            "broker-list" if matches!(self.name, "kafka-reassign-partitions" | "kafka-log-dirs") => {
                let ids: Vec<String> = self.view.brokers.iter().map(|it| it.id.to_string()).collect();
                add(out, &ids.join(","), "all brokers");
                self.brokers(out);
            }
            "producer-props" | "producer-property" => add_all(out, OF_PRODUCERS),
            "consumer-property" => add_all(out, OF_CONSUMERS),
            "command-property" if self.name.contains("produc") => add_all(out, OF_PRODUCERS),
            "command-property" => add_all(out, OF_CONSUMERS),
            "to-datetime" => {
                let time = crate::command::tools::date_time(self.session.sim.now().wall_ms());
                add(out, &time.replace(' ', "T").replace(',', "."), "now");
            }
            option => match USUAL.iter().find(|(name, _)| *name == option) {
                Some((_, words)) => add_all(out, words),
                None => return false,
            },
        }
        true
    }

    fn partitions(&self, topic: Option<&str>, out: &mut Vec<Candidate>) {
        let topics = self.view.topics.iter().filter(|it| topic.is_none_or(|name| *it.name == *name));
        for partition in topics.flat_map(|topic| &topic.partitions) {
            let about = match partition.leader {
                Some(leader) => format!("led by {leader}"),
                None => "without a leader".to_owned(),
            };
            let number = partition.partition.to_string();
            if !out.iter().any(|there| there.insert == number) {
                add(out, &number, &about);
            }
        }
    }

    fn brokers(&self, out: &mut Vec<Candidate>) {
        for broker in &self.view.brokers {
            add(out, &broker.id.to_string(), &broker.endpoint);
        }
    }

    /// The kind of things whose settings are meant: `--entity-type topics`, or `--topic`.
    fn kind(&self) -> &str {
        if self.name != "kafka-configs" {
            return "topics";
        }
        let short = |kind: &&str| self.args.iter().any(|arg| arg.starts_with(&format!("--{kind}")));
        self.value("entity-type").unwrap_or_else(|| {
            ["broker", "user", "client-metrics", "client", "group", "ip"]
                .iter()
                .find(|kind| short(kind))
                .copied()
                .unwrap_or("topics")
        })
    }

    fn entities(&self, out: &mut Vec<Candidate>) {
        match self.kind() {
            "topics" => {
                for topic in &self.view.topics {
                    add(out, &topic.name, "topic");
                }
            }
            "groups" => {
                for group in &self.view.groups {
                    add(out, &group.group, group.state.name());
                }
            }
            kind if kind.starts_with("broker") => self.brokers(out),
            _ => {}
        }
    }

    fn table(&self) -> Vec<ConfigDef> {
        let kind = self.kind();
        let table = match kind {
            _ if kind.starts_with("broker") => Table::Broker,
            _ if kind.starts_with("group") => Table::Group,
            _ if kind.starts_with("client-metrics") => Table::ClientMetrics,
            _ => Table::Topic,
        };
        let fits = |def: &ConfigDef| {
            !def.is_internal && (table != Table::Broker || def.mode != UpdateMode::ReadOnly)
        };
        table.all().filter(fits).collect()
    }

    /// `a=1,b=2`: the name of the next setting, or its value.
    fn settings(&self, out: &mut Vec<Candidate>) {
        let open = self.word.matches('[').count() > self.word.matches(']').count();
        let at = if open || self.name != "kafka-configs" { None } else { self.word.rfind(',') };
        let (done, piece) = self.word.split_at(at.map_or(0, |at| at + 1));
        let kind = self.kind();
        let quotas: Option<&[&str]> = match kind {
            _ if kind.starts_with("client-metrics") => None,
            _ if kind.starts_with("user") || kind.starts_with("client") => Some(&CLIENT_QUOTAS),
            _ if kind.starts_with("ip") => Some(&IP_QUOTAS),
            _ => None,
        };
        if let Some(quotas) = quotas {
            for name in quotas {
                add(out, &format!("{done}{name}="), "a quota");
            }
            for name in SCRAM_MECHANISMS.iter().filter(|_| kind.starts_with("user")) {
                add(out, &format!("{done}{name}=[password="), "a password");
            }
            return;
        }
        let defs = self.table();
        let Some((name, _)) = piece.split_once('=') else {
            for def in defs {
                let usual = def.default.filter(|text| !text.is_empty()).unwrap_or("no default");
                add(out, &format!("{done}{}=", def.name), usual);
            }
            return;
        };
        if let Some(def) = defs.into_iter().find(|def| def.name == name) {
            for value in values(&def) {
                let about = if def.default == Some(value) { "the default" } else { "" };
                add(out, &format!("{done}{name}={value}"), about);
            }
        }
    }

    /// Settings that are set, which is what can be deleted.
    fn set(&self, out: &mut Vec<Candidate>) {
        let named =
            self.value("entity-name").or_else(|| self.value("topic")).or_else(|| self.value("broker"));
        let named = named.unwrap_or_default();
        let resource = match (self.kind(), named.parse()) {
            (kind, Ok(id)) if kind.starts_with("broker") => ConfigResource::Broker(id),
            (kind, _) if kind.starts_with("broker") => ConfigResource::BrokerDefault,
            (kind, _) if kind.starts_with("group") => ConfigResource::Group(named.to_owned()),
            _ => ConfigResource::Topic(named.into()),
        };
        let set = self.session.sim.image().configs.get(&resource);
        for (name, value) in set.into_iter().flatten() {
            add(out, name, value);
        }
        if out.is_empty() {
            for def in self.table() {
                add(out, def.name, "");
            }
        }
    }

    /// What may follow in a line of kcat's; `None`: one of these kinds of things.
    pub fn kcat(&self, out: &mut Vec<Candidate>) -> Option<Kind> {
        match self.args.last().map_or("", String::as_str) {
            "-b" => return Some(Kind::Server),
            "-t" => return Some(Kind::Topic),
            "-G" => return Some(Kind::Group),
            "-F" | "-l" => return Some(Kind::File),
            "-p" => self.partitions(self.value("t"), out),
            "-o" => add_all(out, &["beginning", "end", "stored", "-10", "0"]),
            "-f" => add_all(
                out,
                &[
                    "'%s\\n'",
                    "'%k: %s\\n'",
                    "'%t [%p] at offset %o: key %k: %s\\n'",
                    "'Key (%K bytes): %k\\nValue (%S bytes): %s\\nTime: %T\\n--\\n'",
                ],
            ),
            "-K" => add_all(out, &[":", "'\\t'"]),
            "-s" => add_all(out, &["value=s", "value=i", "value=q", "key=s"]),
            "-c" => add_all(out, &["1", "10"]),
            "-X" => {
                add_all(
                    out,
                    &[
                        "acks=all",
                        "compression.codec=lz4",
                        "enable.idempotence=true",
                        "partitioner=murmur2_random",
                    ],
                );
                add_all(out, OF_CONSUMERS);
            }
            _ if self.args.iter().any(|arg| arg == "-G") && self.word.is_empty() => return Some(Kind::Topic),
            _ => {
                for (letter, about) in LETTERS {
                    if !self.args.iter().any(|arg| arg == letter) {
                        add(out, letter, about);
                    }
                }
            }
        }
        None
    }

    /// The same for rpk.
    pub fn rpk(&self, out: &mut Vec<Candidate>) -> Option<Kind> {
        let [first, second, rest @ ..] = self.args else {
            let mut words: Vec<&str> = Vec::new();
            for verb in RPK_VERBS {
                let (first, second) = verb.words.split_once(' ').unwrap_or((verb.words, ""));
                match self.args.first() {
                    Some(said) if said == first => words.push(second),
                    None if !words.contains(&first) => words.push(first),
                    _ => {}
                }
            }
            add_all(out, &words);
            return None;
        };
        let said = format!("{first} {second}");
        let verb = RPK_VERBS.iter().find(|verb| verb.words == said)?;
        match rest.last().map_or("", String::as_str) {
            "--brokers" => return Some(Kind::Server),
            "-g" | "--group" => return Some(Kind::Group),
            "-o" | "--offset" => {
                add_all(out, &["start", "end", "-10", "+10", "@-1h"]);
                return None;
            }
            "--to" => {
                add_all(out, &["start", "end"]);
                return None;
            }
            "-c" | "--topic-config" | "--set" => {
                self.settings(out);
                return None;
            }
            "-p" | "--partitions" if second != "create" => {
                self.partitions(rest.first().map(String::as_str), out);
                return None;
            }
            "-f" | "--format" => {
                add_all(out, &["'%k %v\\n'", "'%v\\n'", "json"]);
                return None;
            }
            _ => {}
        }
        if self.word.starts_with('-') {
            for (_, long, _) in verb.flags {
                add(out, &format!("--{long}"), "");
            }
            return None;
        }
        Some(if first == "group" { Kind::Group } else { Kind::Topic })
    }
}

/// Values that a setting may have.
fn values(def: &ConfigDef) -> Vec<&'static str> {
    let mut values: Vec<&'static str> = match (def.valid, def.kind) {
        (Check::OneOf(words) | Check::OneOfAnyCase(words), _) => words.split(',').map(str::trim).collect(),
        (_, ConfigType::Boolean) => vec!["true", "false"],
        _ => Vec::new(),
    };
    if let Some(default) = def.default.filter(|text| !text.is_empty() && !values.contains(text)) {
        values.push(default);
    }
    values
}
