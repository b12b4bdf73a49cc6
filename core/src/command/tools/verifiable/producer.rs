//! `kafka-verifiable-producer`: writes 0, 1, 2 and so on, and tells what was acknowledged.

use super::{Event, Line, Stop};
use crate::client::{ClientCall, ClientError, ClientEvent, ClientSpec, ProducerConfig};
use crate::command::process::{Io, Program, Signal};
use crate::command::tools::console_producer::args::configure;
use crate::command::tools::kit::argparse::{Arg, Given};
use crate::command::tools::kit::rate::{Pace, decimal, pause_us};
use crate::command::tools::kit::{self, Settings};
use crate::node::{ClientId, SimTime};
use crate::protocol::{Record, TopicPartition};
use crate::sorted::SortedMap;
use serde::Serialize;

/// Records on their way at a time. A real producer is held back by its buffer.
const ON_THE_WAY_MAX: usize = 2_000;
/// Records of one run: the logs, and a line for each record, are kept in memory.
const RECORDS_MAX: u64 = 500_000;

static LINE: Line = Line {
    program: "verifiable-producer",
    usage: "usage: verifiable-producer [-h] --topic TOPIC [--max-messages MAX-MESSAGES]
                           [--throughput THROUGHPUT] [--acks ACKS]
                           [--producer.config CONFIG-FILE]
                           [--message-create-time CREATE-TIME]
                           [--value-prefix VALUE-PREFIX]
                           [--repeating-keys REPEATING-KEYS]
                           [--command-config CONFIG-FILE]
                           --bootstrap-server HOST1:PORT1[,HOST2:PORT2[...]]
",
    args: &[
        Arg::text("--topic").required(),
        Arg::text("--bootstrap-server"),
        Arg::number("--max-messages", "Integer"),
        Arg::number("--throughput", "Integer"),
        Arg::choice("--acks", &["0", "1", "-1"]),
        Arg::text("--producer.config"),
        Arg::number("--message-create-time", "Long"),
        Arg::number("--value-prefix", "Integer"),
        Arg::number("--repeating-keys", "Integer"),
        Arg::text("--command-config"),
    ],
    old_config: "--producer.config",
    servers: &["--bootstrap-server"],
};

/// Up to Kafka 3.9.
static OLD_LINE: Line = Line {
    program: "verifiable-producer",
    usage: "usage: verifiable-producer [-h] --topic TOPIC [--max-messages MAX-MESSAGES]
                           [--throughput THROUGHPUT] [--acks ACKS]
                           [--producer.config CONFIG_FILE]
                           [--message-create-time CREATETIME]
                           [--value-prefix VALUE-PREFIX]
                           [--repeating-keys REPEATING-KEYS]
                           (--bootstrap-server HOST1:PORT1[,HOST2:PORT2[...]]
                           | --broker-list HOST1:PORT1[,HOST2:PORT2[...]])
",
    args: &[
        Arg::text("--topic").required(),
        Arg::text("--bootstrap-server").group(1),
        Arg::text("--broker-list").group(1),
        Arg::number("--max-messages", "Integer"),
        Arg::number("--throughput", "Integer"),
        Arg::choice("--acks", &["0", "1", "-1"]),
        Arg::text("--producer.config"),
        Arg::number("--message-create-time", "Long"),
        Arg::number("--value-prefix", "Integer"),
        Arg::number("--repeating-keys", "Integer"),
    ],
    old_config: "--producer.config",
    servers: &["--bootstrap-server", "--broker-list"],
};

/// The command line of the release that is spoken.
fn line(io: &dyn Io) -> &'static Line {
    if io.is_3_9() { &OLD_LINE } else { &LINE }
}

/// A producer at work.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Run {
    client: ClientId,
    topic: String,
    /// How many records; `None` for no end.
    count: Option<u64>,
    throughput: i64,
    prefix: Option<i64>,
    /// The number of keys, and the next one.
    keys: Option<(i64, i64)>,
    create_time: Option<i64>,
    start: SimTime,
    pace: Pace,
    sent: u64,
    acked: u64,
    /// Keys and values on their way.
    on_the_way: SortedMap<u64, (Option<String>, String)>,
    /// The end is near: the exit code.
    exits: Option<i32>,
}

/// A running `kafka-verifiable-producer`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerifiableProducer {
    args: Vec<String>,
    run: Option<Run>,
}

impl VerifiableProducer {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> VerifiableProducer {
        VerifiableProducer { args: args.to_vec(), run: None }
    }

    fn open(&mut self, io: &mut dyn Io) -> Result<(), Stop> {
        let given = line(io).read(&self.args)?;
        let config = config(io, &given)?;
        let client = io.open_client(ClientSpec::Producer(config));
        let throughput = given.number("--throughput").unwrap_or(-1);
        let asked = given.number("--max-messages").and_then(|count| u64::try_from(count).ok());
        if asked.is_some_and(|asked| asked > RECORDS_MAX) {
            io.note(&format!(
                "the logs are kept in memory: {RECORDS_MAX} records are written at most; `help fidelity` says more"
            ));
        }
        let now = io.now();
        let mut run = Run {
            client,
            topic: given.get("--topic").unwrap_or_default().to_owned(),
            count: asked.map(|asked| asked.min(RECORDS_MAX)),
            throughput,
            prefix: given.number("--value-prefix"),
            keys: given.number("--repeating-keys").map(|count| (count, 0)),
            create_time: given.number("--message-create-time").filter(|time| *time != -1),
            start: now,
            pace: Pace::new(pause_us(&throughput.to_string()), now),
            sent: 0,
            acked: 0,
            on_the_way: SortedMap::new(),
            exits: None,
        };
        Event::new(io, "startup_complete").tell(io);
        run.go_on(io);
        self.run = Some(run);
        Ok(())
    }
}

/// A producer without retries, unless the file says otherwise.
fn config(io: &mut dyn Io, given: &Given) -> Result<ProducerConfig, Stop> {
    let mut settings = Settings::default();
    let servers = given.get("--bootstrap-server").or(given.get("--broker-list")).unwrap_or_default();
    settings.set("bootstrap.servers", servers);
    settings.set("acks", given.get("--acks").unwrap_or("-1"));
    settings.set("retries", "0");
    line(io).extend(io, given, &mut settings)?;
    let mut config = configure(&settings)?;
    let servers = settings.get("bootstrap.servers").unwrap_or_default();
    let servers = kit::client_servers(io, servers, "Failed to construct kafka producer")?;
    config.common = kit::common_config(&settings, "producer-1", servers)?;
    Ok(config)
}

impl Run {
    /// Sends what is due now.
    fn go_on(&mut self, io: &mut dyn Io) {
        while self.exits.is_none() {
            if self.count.is_some_and(|count| self.sent >= count) {
                return self.close(io, 0);
            }
            if self.on_the_way.len() >= ON_THE_WAY_MAX || self.is_spent() {
                return;
            }
            if let Some(wait) = self.pace.wait(io.now()) {
                return io.wake_after(wait);
            }
            self.send(io);
        }
    }

    /// Whether a run without an end has written all that there is room for.
    fn is_spent(&self) -> bool {
        self.sent >= RECORDS_MAX
    }

    fn send(&mut self, io: &mut dyn Io) {
        let (number, now) = (self.sent, io.now());
        let mut key = None;
        if let Some((count, next)) = &mut self.keys {
            key = Some(next.to_string());
            *next = if *next + 1 == *count { 0 } else { *next + 1 };
        }
        let mut value = self.prefix.map(|prefix| format!("{prefix}.")).unwrap_or_default();
        value.push_str(&number.to_string());
        let record = Record {
            timestamp: self.create_time.unwrap_or(-1),
            key: key.as_ref().map(|key| key.clone().into_bytes()),
            value: Some(value.clone().into_bytes()),
            headers: Vec::new(),
        };
        if let Some(time) = &mut self.create_time {
            *time += i64::try_from(now.since(self.start).as_millis()).unwrap_or(0);
        }
        self.on_the_way.insert(number, (key, value));
        self.sent += 1;
        let topic = self.topic.as_str().into();
        io.call(self.client, ClientCall::Send { tag: number, topic, partition: None, record });
        self.pace.sent(number, now);
    }

    fn close(&mut self, io: &mut dyn Io, code: i32) {
        self.exits = Some(code);
        io.call(self.client, ClientCall::Close);
    }

    fn on_written(&mut self, io: &mut dyn Io, tag: u64, partition: &TopicPartition, offset: i64) {
        let Some((key, value)) = self.on_the_way.remove(&tag) else { return };
        self.acked += 1;
        Event::new(io, "producer_send_success")
            .text("key", key.as_deref())
            .text("value", Some(&value))
            .plain("offset", offset)
            .plain("partition", partition.partition)
            .text("topic", Some(&partition.topic))
            .tell(io);
    }

    fn on_failure(&mut self, io: &mut dyn Io, tag: u64, error: &ClientError) {
        let Some((key, value)) = self.on_the_way.remove(&tag) else { return };
        Event::new(io, "producer_send_error")
            .text("topic", Some(&self.topic))
            .text("key", key.as_deref())
            .text("value", Some(&value))
            .text("exception", Some(&format!("class {}", error.class)))
            .text("message", Some(&error.message))
            .tell(io);
    }

    fn tell_all(&self, io: &mut dyn Io) {
        Event::new(io, "shutdown_complete").tell(io);
        let ms = io.now().since(self.start).as_millis().max(1);
        let rate = decimal(u128::from(self.acked) * 1_000, ms.into(), 14);
        let rate = rate.trim_end_matches('0');
        let rate = if rate.ends_with('.') { format!("{rate}0") } else { rate.to_owned() };
        Event::new(io, "tool_data")
            .plain("sent", self.sent)
            .plain("acked", self.acked)
            .plain("target_throughput", self.throughput)
            .plain("avg_throughput", rate)
            .tell(io);
    }
}

impl Program for VerifiableProducer {
    fn start(&mut self, io: &mut dyn Io) {
        if let Err(stop) = self.open(io) {
            stop.tell(io);
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        let Some(run) = &mut self.run else { return };
        match event {
            ClientEvent::Log(line) => kit::client_log(io, &line),
            ClientEvent::Delivered { tag, partition, offset } => {
                run.on_written(io, tag, &partition, offset);
                run.go_on(io);
            }
            ClientEvent::NotDelivered { tag, error } => {
                run.on_failure(io, tag, &error);
                run.go_on(io);
            }
            ClientEvent::Closed => {
                run.tell_all(io);
                let (client, code) = (run.client, run.exits.unwrap_or(0));
                kit::leave(io, Some(client), code);
            }
            _ => {}
        }
    }

    fn on_wake(&mut self, io: &mut dyn Io) {
        if let Some(run) = &mut self.run {
            run.go_on(io);
        }
    }

    /// The shutdown hook flushes, and tells a summary. A second signal does not wait for that.
    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        let code = kit::exit_code(signal);
        match &mut self.run {
            Some(run) if run.exits.is_none() => run.close(io, code),
            run => kit::interrupted(io, run.as_ref().map(|run| run.client), signal),
        }
    }
}
