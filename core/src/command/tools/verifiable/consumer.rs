//! `kafka-verifiable-consumer`: reads as a member of a group and tells of rebalances, records and commits.

use super::{Event, Line, Stop};
use crate::client::{ClientCall, ClientEvent, ClientSpec, ConsumedRecord, ConsumerConfig, Reads};
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::command::tools::console_consumer::config::connected;
use crate::command::tools::kit::argparse::{Arg, Given};
use crate::command::tools::kit::{self, Settings, Thrown};
use crate::java::hash_order;
use crate::node::ClientId;
use crate::protocol::TopicPartition;
use serde::Serialize;

static LINE: Line = Line {
    program: "verifiable-consumer",
    usage: "usage: verifiable-consumer [-h] --topic TOPIC
                           [--group-protocol GROUP-PROTOCOL]
                           [--group-remote-assignor GROUP-REMOTE-ASSIGNOR]
                           --group-id GROUP-ID
                           [--group-instance-id GROUP-INSTANCE-ID]
                           [--max-messages MAX-MESSAGES]
                           [--session-timeout TIMEOUT-MS] [--verbose]
                           [--enable-autocommit]
                           [--reset-policy RESET-POLICY]
                           [--assignment-strategy ASSIGNMENT-STRATEGY]
                           [--consumer.config CONFIG-FILE]
                           [--command-config CONFIG-FILE]
                           --bootstrap-server HOST1:PORT1[,HOST2:PORT2[...]]
",
    args: &[
        Arg::text("--bootstrap-server").required(),
        Arg::text("--topic").required(),
        Arg::text("--group-protocol"),
        Arg::text("--group-remote-assignor"),
        Arg::text("--group-id").required(),
        Arg::text("--group-instance-id"),
        Arg::number("--max-messages", "Integer"),
        Arg::number("--session-timeout", "Integer"),
        Arg::flag("--verbose"),
        Arg::flag("--enable-autocommit"),
        Arg::text("--reset-policy"),
        Arg::text("--assignment-strategy"),
        Arg::text("--consumer.config"),
        Arg::text("--command-config"),
    ],
    old_config: "--consumer.config",
    servers: &[],
};

/// The last lines of the usage up to Kafka 3.9.
macro_rules! old_usage {
    ($group:literal) => {
        concat!(
            "usage: verifiable-consumer [-h] --topic TOPIC",
            $group,
            "--group-id GROUP_ID
                           [--group-instance-id GROUP_INSTANCE_ID]
                           [--max-messages MAX-MESSAGES]
                           [--session-timeout TIMEOUT_MS] [--verbose]
                           [--enable-autocommit]
                           [--reset-policy RESETPOLICY]
                           [--assignment-strategy ASSIGNMENTSTRATEGY]
                           [--consumer.config CONFIG_FILE]
                           (--bootstrap-server HOST1:PORT1[,HOST2:PORT2[...]]
                           | --broker-list HOST1:PORT1[,HOST2:PORT2[...]])
"
        )
    };
}

/// Arguments up to Kafka 3.9; those of the second kind of groups are there since 3.7.
static OLD_ARGS: [Arg; 14] = [
    Arg::text("--topic").required(),
    Arg::text("--group-id").required(),
    Arg::text("--bootstrap-server").group(1),
    Arg::text("--broker-list").group(1),
    Arg::text("--group-instance-id"),
    Arg::number("--max-messages", "Integer"),
    Arg::number("--session-timeout", "Integer"),
    Arg::flag("--verbose"),
    Arg::flag("--enable-autocommit"),
    Arg::text("--reset-policy"),
    Arg::text("--assignment-strategy"),
    Arg::text("--consumer.config"),
    Arg::text("--group-protocol"),
    Arg::text("--group-remote-assignor"),
];

static LINE_3_9: Line = Line {
    program: "verifiable-consumer",
    usage: old_usage!(
        "
                           [--group-protocol GROUP_PROTOCOL]
                           [--group-remote-assignor GROUP_REMOTE_ASSIGNOR]
                           "
    ),
    args: &OLD_ARGS,
    old_config: "--consumer.config",
    servers: &["--bootstrap-server", "--broker-list"],
};

static LINE_2_8: Line = Line { usage: old_usage!(" "), args: OLD_ARGS.split_at(12).0, ..LINE_3_9 };

/// The command line of the release that is spoken.
fn line(io: &dyn Io) -> &'static Line {
    match io.release() {
        Release::V4 => &LINE,
        Release::V3 => &LINE_3_9,
        Release::V1 | Release::V2 => &LINE_2_8,
    }
}
const RANGE: &str = "org.apache.kafka.clients.consumer.RangeAssignor";
const LOGGER: &str = "org.apache.kafka.tools.VerifiableConsumer";
/// What a member is told that has no place in its group any more.
const COMMIT_FAILED: &str = "Offset commit cannot be completed since the consumer is not part of an active group for \
    auto partition assignment; it is likely that the consumer was kicked out of the group.";

/// Records of a partition in one poll: how many, the first and the last offset.
type Summary = (TopicPartition, u64, i64, i64);

/// A consumer at work.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Run {
    client: ClientId,
    count: Option<u64>,
    verbose: bool,
    auto_commit: bool,
    consumed: u64,
    /// What is being committed.
    committing: Vec<Summary>,
    exits: Option<i32>,
}

/// A running `kafka-verifiable-consumer`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerifiableConsumer {
    args: Vec<String>,
    run: Option<Run>,
}

impl VerifiableConsumer {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> VerifiableConsumer {
        VerifiableConsumer { args: args.to_vec(), run: None }
    }

    fn open(&mut self, io: &mut dyn Io) -> Result<(), Stop> {
        let given = line(io).read(&self.args)?;
        let config = config(io, &given)?;
        let client = io.open_client(ClientSpec::Consumer(config));
        let mut run = Run {
            client,
            count: given.number("--max-messages").and_then(|count| u64::try_from(count).ok()),
            verbose: given.get("--verbose").is_some(),
            auto_commit: given.get("--enable-autocommit").is_some(),
            consumed: 0,
            committing: Vec::new(),
            exits: None,
        };
        Event::new(io, "startup_complete").tell(io);
        run.go_on(io);
        self.run = Some(run);
        Ok(())
    }
}

fn config(io: &mut dyn Io, given: &Given) -> Result<ConsumerConfig, Stop> {
    let mut settings = Settings::default();
    line(io).extend(io, given, &mut settings)?;
    let protocol = given.get("--group-protocol").unwrap_or("classic").to_ascii_lowercase();
    match protocol.as_str() {
        "classic" => {
            let class = given.get("--assignment-strategy").unwrap_or(RANGE);
            settings.set("partition.assignment.strategy", class);
        }
        "consumer" => {
            if let Some(assignor) = given.get("--group-remote-assignor") {
                settings.set("group.remote.assignor", assignor);
            }
        }
        other => {
            let name = other.to_ascii_uppercase();
            let message = format!("No enum constant org.apache.kafka.clients.consumer.GroupProtocol.{name}");
            return Err(Thrown::illegal(message).into());
        }
    }
    settings.set("group.protocol", protocol);
    for (arg, setting) in [
        ("--session-timeout", "session.timeout.ms"),
        ("--group-id", "group.id"),
        ("--group-instance-id", "group.instance.id"),
    ] {
        if let Some(value) = given.get(arg) {
            settings.set(setting, value);
        }
    }
    settings.set("enable.auto.commit", given.get("--enable-autocommit").map_or("false", |_| "true"));
    settings.set("auto.offset.reset", given.get("--reset-policy").unwrap_or("earliest"));
    let servers = given.get("--bootstrap-server").or(given.get("--broker-list")).unwrap_or_default();
    let group = given.get("--group-id").unwrap_or_default();
    let client_id = match given.get("--group-instance-id") {
        Some(instance) => format!("consumer-{group}-{instance}"),
        None => format!("consumer-{group}-1"),
    };
    let topic = given.get("--topic").unwrap_or_default();
    let mut config = connected(io, &settings, Reads::Subscribe(vec![topic.into()]), servers, &client_id)?;
    config.tells_rebalances = true;
    Ok(config)
}

impl Run {
    fn go_on(&mut self, io: &mut dyn Io) {
        if self.exits.is_some() {
            return;
        }
        if self.count.is_some_and(|count| self.consumed >= count) {
            return self.close(io, 0);
        }
        io.call(self.client, ClientCall::Poll { timeout: None });
    }

    fn close(&mut self, io: &mut dyn Io, code: i32) {
        self.exits = Some(code);
        io.call(self.client, ClientCall::Close);
    }

    fn on_records(&mut self, io: &mut dyn Io, records: &[ConsumedRecord]) {
        let mut partitions: Vec<TopicPartition> = Vec::new();
        for record in records {
            if !partitions.contains(&record.partition) {
                partitions.push(record.partition.clone());
            }
        }
        let mut summaries: Vec<Summary> = Vec::new();
        for tp in hash_order(partitions) {
            let (mut count, mut first, mut last) = (0, -1, -1);
            for record in records.iter().filter(|record| record.partition == tp) {
                if self.count.is_some_and(|max| self.consumed >= max) {
                    // What is too much is not read: the next one gets it.
                    let partition = tp.clone();
                    io.call(self.client, ClientCall::Seek { partition, offset: record.offset });
                    break;
                }
                if count == 0 {
                    first = record.offset;
                }
                (count, last, self.consumed) = (count + 1, record.offset, self.consumed + 1);
                if self.verbose {
                    tell_record(io, record);
                }
            }
            if count > 0 {
                summaries.push((tp, count, first, last));
            }
        }
        let mut rows = Vec::new();
        for (tp, count, first, last) in &summaries {
            let count = i64::try_from(*count).unwrap_or(i64::MAX);
            rows.push((tp.clone(), vec![("count", count), ("minOffset", *first), ("maxOffset", *last)]));
        }
        Event::new(io, "records_consumed")
            .plain("count", records.len())
            .partitions("partitions", &rows)
            .tell(io);
        if self.auto_commit {
            return self.go_on(io);
        }
        self.committing = summaries;
        io.call(self.client, ClientCall::Commit);
    }

    fn on_committed(&mut self, io: &mut dyn Io, done: bool) {
        let mut rows = Vec::new();
        for (tp, _, _, last) in std::mem::take(&mut self.committing) {
            rows.push((tp, vec![("offset", last + 1)]));
        }
        let mut event = Event::new(io, "offsets_committed").partitions("offsets", &rows);
        if !done {
            event = event.text("error", Some(COMMIT_FAILED));
        }
        event.plain("success", done).tell(io);
        self.go_on(io);
    }
}

fn tell_record(io: &mut dyn Io, record: &ConsumedRecord) {
    let text =
        |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    Event::new(io, "record_data")
        .text("key", text(&record.record.key).as_deref())
        .text("value", text(&record.record.value).as_deref())
        .text("topic", Some(&record.partition.topic))
        .plain("partition", record.partition.partition)
        .plain("offset", record.offset)
        .tell(io);
}

impl Program for VerifiableConsumer {
    fn start(&mut self, io: &mut dyn Io) {
        if let Err(stop) = self.open(io) {
            stop.tell(io);
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        let Some(run) = &mut self.run else { return };
        match event {
            ClientEvent::Log(line) => kit::client_log(io, &line),
            ClientEvent::Rebalanced(assigned, partitions) => {
                let name = if assigned { "partitions_assigned" } else { "partitions_revoked" };
                let rows: Vec<_> = partitions.into_iter().map(|tp| (tp, Vec::new())).collect();
                Event::new(io, name).partitions("partitions", &rows).tell(io);
            }
            ClientEvent::Polled(records) if run.exits.is_none() => run.on_records(io, &records),
            ClientEvent::Committed(done) if run.exits.is_none() => run.on_committed(io, done),
            ClientEvent::PollFailed(error) if run.exits.is_none() => {
                kit::log(io, "ERROR", "Error during processing, terminating consumer process: ", LOGGER);
                io.err(&Thrown::from(error).trace());
                run.close(io, 0);
            }
            ClientEvent::Closed => {
                Event::new(io, "shutdown_complete").tell(io);
                let (client, code) = (run.client, run.exits.unwrap_or(0));
                if code == 0 {
                    // The shutdown hook runs after the work is done, too.
                    Event::new(io, "shutdown_requested").tell(io);
                }
                kit::leave(io, Some(client), code);
            }
            _ => {}
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        match &mut self.run {
            Some(run) if run.exits.is_none() => {
                Event::new(io, "shutdown_requested").tell(io);
                run.close(io, kit::exit_code(signal));
            }
            run => kit::interrupted(io, run.as_ref().map(|run| run.client), signal),
        }
    }
}
