//! `kafka-verifiable-share-consumer`: reads as a member of a share group and tells of records and acknowledgements.

use super::{Event, Line, Stop};
use crate::client::{ClientCall, ClientEvent, ClientSpec, CommonConfig, ConsumedRecord, ShareConfig};
use crate::command::process::{Io, Program, Signal};
use crate::command::tools::console_share_consumer::share_settings;
use crate::command::tools::kit::argparse::{Arg, Given};
use crate::command::tools::kit::{self, Settings, Thrown};
use crate::metadata::ConfigResource;
use crate::node::{ClientId, Span};
use crate::protocol::{
    AcknowledgeType, AlterConfig, AlterOp, IncrementalAlterConfigsRequest, Request, TopicPartition,
};
use serde::Serialize;

static LINE: Line = Line {
    program: "verifiable-share-consumer",
    usage: "usage: verifiable-share-consumer
       [-h] --topic TOPIC --group-id GROUP-ID
       [--max-messages MAX-MESSAGES] [--verbose]
       [--acknowledgement-mode ACKNOWLEDGEMENT-MODE]
       [--offset-reset-strategy OFFSET-RESET-STRATEGY]
       [--command-config CONFIG-FILE]
       --bootstrap-server HOST1:PORT1[,HOST2:PORT2[...]]
",
    args: &[
        Arg::text("--bootstrap-server").required(),
        Arg::text("--topic").required(),
        Arg::text("--group-id").required(),
        Arg::number("--max-messages", "Integer"),
        Arg::flag("--verbose"),
        Arg::text("--acknowledgement-mode"),
        Arg::text("--offset-reset-strategy"),
        Arg::text("--command-config"),
    ],
    old_config: "--consumer.config",
    servers: &[],
};
const LOGGER: &str = "org.apache.kafka.tools.VerifiableShareConsumer";
const POLL: Span = Span::secs(5);

/// A consumer at work.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Run {
    client: ClientId,
    /// Sets where the group begins, if that is asked for.
    admin: Option<ClientId>,
    strategy: String,
    count: Option<usize>,
    verbose: bool,
    acknowledged: usize,
    /// What has been acknowledged since the last poll.
    pending: Vec<(TopicPartition, Vec<i64>)>,
    exits: Option<i32>,
}

/// A running `kafka-verifiable-share-consumer`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerifiableShareConsumer {
    args: Vec<String>,
    run: Option<Run>,
}

impl VerifiableShareConsumer {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> VerifiableShareConsumer {
        VerifiableShareConsumer { args: args.to_vec(), run: None }
    }

    fn open(&mut self, io: &mut dyn Io) -> Result<(), Stop> {
        let given = LINE.read(&self.args)?;
        let mode = given.get("--acknowledgement-mode").unwrap_or("auto").to_ascii_uppercase();
        if !["AUTO", "SYNC", "ASYNC"].contains(&mode.as_str()) {
            let class = "org.apache.kafka.tools.VerifiableShareConsumer.AcknowledgementMode";
            return Err(Thrown::illegal(format!("No enum constant {class}.{mode}")).into());
        }
        let config = config(io, &given)?;
        let servers = config.common.bootstrap.clone();
        let client = io.open_client(ClientSpec::Share(config));
        let strategy = given.get("--offset-reset-strategy").unwrap_or_default().to_owned();
        let mut run = Run {
            client,
            admin: None,
            strategy,
            count: given.number("--max-messages").and_then(|count| usize::try_from(count).ok()),
            verbose: given.get("--verbose").is_some(),
            acknowledged: 0,
            pending: Vec::new(),
            exits: None,
        };
        Event::new(io, "startup_complete").tell(io);
        match run.strategy.as_str() {
            "" => run.poll(io),
            "earliest" | "latest" => {
                let admin = io.open_client(ClientSpec::Admin(CommonConfig::new("adminclient-1", servers)));
                run.admin = Some(admin);
                let value = run.strategy.clone();
                let op = AlterConfig { name: "share.auto.offset.reset".to_owned(), op: AlterOp::Set, value };
                let group = ConfigResource::Group(given.get("--group-id").unwrap_or_default().to_owned());
                let request = IncrementalAlterConfigsRequest {
                    resources: vec![(group, vec![op])],
                    validate_only: false,
                };
                let request = Request::IncrementalAlterConfigs(request);
                io.call(admin, ClientCall::Admin { tag: 0, name: "incrementalAlterConfigs", request });
            }
            other => {
                let thrown = Thrown::illegal(format!("Unknown auto offset reset strategy: {other}"));
                kit::log(
                    io,
                    "ERROR",
                    "Error during processing, terminating share consumer process: ",
                    LOGGER,
                );
                io.err(&thrown.trace());
                run.close(io, 0);
            }
        }
        self.run = Some(run);
        Ok(())
    }
}

fn config(io: &mut dyn Io, given: &Given) -> Result<ShareConfig, Stop> {
    let mut settings = Settings::default();
    LINE.extend(io, given, &mut settings)?;
    let servers = kit::bootstrap(io, given.get("--bootstrap-server").unwrap_or_default())?;
    let group = given.get("--group-id").unwrap_or_default().to_owned();
    let client_id = format!("consumer-{group}-1");
    let common = kit::common_config(&settings, &client_id, servers)?;
    let topics = vec![given.get("--topic").unwrap_or_default().into()];
    let mut config = ShareConfig::new(common, group, topics);
    share_settings(&settings, &mut config)?;
    config.explicit = true;
    Ok(config)
}

impl Run {
    fn poll(&self, io: &mut dyn Io) {
        io.call(self.client, ClientCall::Poll { timeout: Some(POLL) });
    }

    fn close(&mut self, io: &mut dyn Io, code: i32) {
        self.exits = Some(code);
        io.call(self.client, ClientCall::Close);
    }

    fn on_records(&mut self, io: &mut dyn Io, records: &[ConsumedRecord]) {
        let told = std::mem::take(&mut self.pending);
        if !told.is_empty() {
            self.acknowledged += told.iter().map(|(_, offsets)| offsets.len()).sum::<usize>();
            tell(io, "offsets_acknowledged", &told, true);
        }
        for record in records {
            let (partition, offset) = (record.partition.clone(), record.offset);
            if self.verbose {
                let text = |bytes: &Option<Vec<u8>>| {
                    bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
                };
                Event::new(io, "record_data")
                    .text("key", text(&record.record.key).as_deref())
                    .text("value", text(&record.record.value).as_deref())
                    .text("topic", Some(&partition.topic))
                    .plain("partition", partition.partition)
                    .plain("offset", offset)
                    .tell(io);
            }
            match self.pending.iter_mut().find(|(other, _)| *other == partition) {
                Some((_, offsets)) => offsets.push(offset),
                None => self.pending.push((partition.clone(), vec![offset])),
            }
            let what = AcknowledgeType::Accept;
            io.call(self.client, ClientCall::Acknowledge { partition, offset, what });
        }
        if !self.pending.is_empty() {
            tell(io, "records_consumed", &self.pending, false);
        }
        if self.count.is_some_and(|count| self.acknowledged >= count) {
            return self.close(io, 0);
        }
        self.poll(io);
    }
}

/// Records of partitions, as an event.
fn tell(io: &mut dyn Io, name: &str, all: &[(TopicPartition, Vec<i64>)], with_success: bool) {
    let count: usize = all.iter().map(|(_, offsets)| offsets.len()).sum();
    let mut event = Event::new(io, name).plain("count", count);
    event.name("partitions");
    crate::json::list(&mut event.0, all, |out, (tp, offsets)| {
        out.push_str("{\"topic\":");
        crate::json::quote(out, &tp.topic);
        let (number, count) = (tp.partition, offsets.len());
        let offsets = crate::view::joined(offsets, ",");
        out.push_str(&format!(",\"partition\":{number},\"count\":{count},\"offsets\":[{offsets}]}}"));
    });
    if with_success {
        event = event.plain("success", true);
    }
    event.tell(io);
}

impl Program for VerifiableShareConsumer {
    fn start(&mut self, io: &mut dyn Io) {
        if let Err(stop) = self.open(io) {
            stop.tell(io);
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, client: ClientId, event: ClientEvent) {
        let Some(run) = &mut self.run else { return };
        match event {
            ClientEvent::Log(line) => kit::client_log(io, &line),
            ClientEvent::Answered { .. } if run.admin == Some(client) => {
                io.drop_client(client);
                run.admin = None;
                let strategy = run.strategy.clone();
                Event::new(io, "offset_reset_strategy_set")
                    .text("offsetResetStrategy", Some(&strategy))
                    .tell(io);
                if run.exits.is_none() {
                    run.poll(io);
                }
            }
            ClientEvent::Polled(records) if run.exits.is_none() => run.on_records(io, &records),
            ClientEvent::PollFailed(error) if run.exits.is_none() => {
                kit::log(
                    io,
                    "ERROR",
                    "Error during processing, terminating share consumer process: ",
                    LOGGER,
                );
                io.err(&Thrown::from(error).trace());
                run.close(io, 0);
            }
            ClientEvent::Closed => {
                Event::new(io, "shutdown_complete").tell(io);
                kit::leave(io, Some(client), run.exits.unwrap_or(0));
            }
            _ => {}
        }
    }

    /// The shutdown hook closes the consumer. A second signal does not wait for that.
    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        let code = kit::exit_code(signal);
        match &mut self.run {
            Some(run) if run.exits.is_none() => {
                if let Some(admin) = run.admin.take() {
                    io.drop_client(admin);
                }
                run.close(io, code);
            }
            run => kit::interrupted(io, run.as_ref().map(|run| run.client), signal),
        }
    }
}
