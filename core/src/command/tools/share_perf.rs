//! `kafka-share-consumer-perf-test`: reads records as a member of a share group and measures how fast they come.

use super::console_share_consumer::share_settings;
use super::consumer_perf::date::DateFormat;
use super::kit::rate::decimal;
use super::kit::{self, Settings, Thrown};
use super::tables::SHARE_PERF;
use crate::client::{ClientCall, ClientEvent, ClientSpec, ConsumedRecord, ShareConfig};
use crate::command::options::{Parsed, both_refused, missing_required};
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::node::{ClientId, SimTime, Span};
use crate::protocol::AcknowledgeType;
use serde::Serialize;

const NAME: &str = "kafka-share-consumer-perf-test";
/// The tool polls so long at a time.
const POLL: Span = Span::millis(100);
const MEGABYTE: u128 = 1_048_576;

/// A measurement under way.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Test {
    client: ClientId,
    date: DateFormat,
    wanted: u64,
    timeout_ms: u64,
    start: SimTime,
    consumed_at: SimTime,
    records: u64,
    bytes: u64,
    exits: Option<i32>,
}

/// A running `kafka-share-consumer-perf-test`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SharePerf {
    args: Vec<String>,
    test: Option<Test>,
}

impl SharePerf {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> SharePerf {
        SharePerf { args: args.to_vec(), test: None }
    }

    fn open(&mut self, io: &mut dyn Io, options: &Parsed) -> Result<(), Thrown> {
        for (old, new) in [("messages", "num-records"), ("consumer.config", "command-config")] {
            if options.has(old) {
                io.print(format_args!("Warning: --{old} is deprecated. Use --{new} instead.\n"));
            }
        }
        if !options.has("hide-header") {
            io.out(
                "start.time, end.time, data.consumed.in.MB, MB.sec, nMsg.sec, data.consumed.in.nMsg, fetch.time.ms\n",
            );
        }
        options.check_numbers()?;
        let natural = |name: &str| {
            let number = options.number(name)?.and_then(|number| u64::try_from(number).ok());
            Ok::<u64, Thrown>(number.unwrap_or(0))
        };
        if natural("threads")? == 0 {
            return Err(Thrown::illegal(""));
        }
        let mut settings = Settings::default();
        settings.extend(kit::load(io, options, "consumer.config")?);
        settings.extend(kit::load(io, options, "command-config")?);
        settings.extend(kit::key_values(options.all("command-property")));
        let servers = kit::bootstrap(io, options.value("bootstrap-server")?.unwrap_or_default())?;
        let common = kit::common_config(&settings, "perf-share-consumer-client", servers)?;
        let group = options.value("group")?.unwrap_or_default().to_owned();
        let topics = vec![options.value("topic")?.unwrap_or_default().into()];
        let mut config = ShareConfig::new(common, group, topics);
        share_settings(&settings, &mut config)?;
        config.explicit = true;
        let wanted = natural(if options.has("messages") { "messages" } else { "num-records" })?;
        let (timeout_ms, start) = (natural("timeout")?, io.now());
        let date = DateFormat::new(options.value("date-format")?.unwrap_or_default())?;
        let client = io.open_client(ClientSpec::Share(config));
        let test = Test {
            client,
            date,
            wanted,
            timeout_ms,
            start,
            consumed_at: start,
            records: 0,
            bytes: 0,
            exits: None,
        };
        test.poll(io);
        self.test = Some(test);
        Ok(())
    }
}

impl Test {
    fn poll(&self, io: &mut dyn Io) {
        io.call(self.client, ClientCall::Poll { timeout: Some(POLL) });
    }

    fn on_records(&mut self, io: &mut dyn Io, records: &[ConsumedRecord]) {
        let now = io.now();
        if !records.is_empty() {
            self.consumed_at = now;
        }
        for each in records {
            let length = |bytes: &Option<Vec<u8>>| {
                bytes.as_ref().map_or(0, |bytes| u64::try_from(bytes.len()).unwrap_or(0))
            };
            self.records += 1;
            self.bytes += length(&each.record.key) + length(&each.record.value);
            let (partition, offset, what) = (each.partition.clone(), each.offset, AcknowledgeType::Accept);
            io.call(self.client, ClientCall::Acknowledge { partition, offset, what });
        }
        let waits = now.since(self.consumed_at).as_millis() <= self.timeout_ms;
        if self.records < self.wanted && waits {
            return self.poll(io);
        }
        if self.records < self.wanted {
            io.print(format_args!(
                "WARNING: Exiting before consuming the expected number of records: timeout ({} ms) exceeded. You can use \
                 the --timeout option to increase the timeout.\n",
                self.timeout_ms
            ));
        }
        let ms = now.since(self.start).as_millis();
        let rate = |amount: u64, unit: u128| decimal(u128::from(amount) * 1_000, u128::from(ms) * unit, 4);
        let [start, end] = [self.start, now].map(|time| self.date.format(time.wall_ms()));
        io.print(format_args!(
            "{start}, {end}, {}, {}, {}, {}, {ms}\n",
            decimal(self.bytes.into(), MEGABYTE, 4),
            rate(self.bytes, MEGABYTE),
            rate(self.records, 1),
            self.records,
        ));
        self.close(io, 0);
    }

    fn close(&mut self, io: &mut dyn Io, code: i32) {
        self.exits = Some(code);
        io.call(self.client, ClientCall::Close);
    }
}

/// An exception: its sentence, its trace, an empty line.
fn complain(io: &mut dyn Io, thrown: &Thrown) {
    if thrown.message.is_empty() {
        return io.complain(format_args!("null\n{}\n", thrown.trace()));
    }
    kit::tell(io, thrown, Release::V4);
}

/// What is missing or does not go together.
fn misfit(options: &Parsed) -> Option<String> {
    let both = "Exactly one of the following arguments is required: [messages], [num-records]";
    missing_required(options, &["topic", "bootstrap-server"])
        .or_else(|| (options.has("messages") == options.has("num-records")).then(|| both.to_owned()))
        .or_else(|| both_refused(options, "consumer.config", &["command-config"]))
}

impl Program for SharePerf {
    fn start(&mut self, io: &mut dyn Io) {
        const ABOUT: &str = "This tool is used to verify the share consumer performance.";
        let options = match kit::opening(io, NAME, SHARE_PERF, &self.args, ABOUT) {
            Ok(Some(options)) => options,
            Ok(None) => return,
            Err(thrown) => return kit::refuse(io, NAME, &thrown.message),
        };
        if let Some(message) = misfit(&options) {
            return kit::refuse(io, NAME, &message);
        }
        if let Err(thrown) = self.open(io, &options) {
            complain(io, &thrown);
            io.exit(1);
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        let Some(test) = &mut self.test else { return };
        match event {
            ClientEvent::Log(line) => kit::client_log(io, &line),
            ClientEvent::Polled(records) if test.exits.is_none() => test.on_records(io, &records),
            ClientEvent::PollFailed(error) if test.exits.is_none() => {
                complain(io, &Thrown::from(error));
                test.close(io, 1);
            }
            ClientEvent::Closed => {
                let code = test.exits.unwrap_or(0);
                kit::leave(io, self.test.take().map(|test| test.client), code);
            }
            _ => {}
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.test.take().map(|test| test.client), signal);
    }
}
