//! `kafka-console-share-consumer`: reads records as a member of a share group, prints them, and says of each what shall
//! become of it.

use super::console_consumer::args::one_group;
use super::console_consumer::formatter::Formatter;
use super::kit::{self, Settings, Thrown};
use super::tables::SHARE_CONSUMER;
use crate::client::{ClientCall, ClientEvent, ClientSpec, ConsumedRecord, ShareConfig};
use crate::command::options::{Parsed, missing_required};
use crate::command::process::{Io, Program, Signal};
use crate::metadata::config::Check;
use crate::node::{ClientId, SimTime, Span};
use crate::protocol::AcknowledgeType;
use serde::Serialize;

const NAME: &str = "kafka-console-share-consumer";
const LOGGER: &str = "org.apache.kafka.tools.consumer.ConsoleShareConsumer";
/// A consumer without time limit looks up so often, to know whether it waits.
const LOOK_UP: Span = Span::secs(1);
/// A member gets its partitions with its second heartbeat.
const JOINING: Span = Span::secs(8);
const SPELLINGS: [(&str, &str); 3] = [
    ("consumer-property", "command-property"),
    ("consumer-config", "command-config"),
    ("property", "formatter-property"),
];

/// A running `kafka-console-share-consumer`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConsoleShareConsumer {
    args: Vec<String>,
    formatter: Formatter,
    client: Option<ClientId>,
    /// The end is near: the exit code, and an exception to be told last.
    closing: Option<(i32, Option<String>)>,
    max_messages: Option<i32>,
    timeout: Option<Span>,
    what: AcknowledgeType,
    reject_on_error: bool,
    systest_events: bool,
    processed: u64,
    started: SimTime,
    waiting_since: SimTime,
    idle_since: Option<SimTime>,
}

enum Stop {
    Usage(String),
    /// An exception before anything is caught.
    Uncaught(Thrown),
    Failed(Thrown),
}

impl From<Thrown> for Stop {
    fn from(thrown: Thrown) -> Stop {
        Stop::Failed(thrown)
    }
}

impl From<crate::command::options::OptionError> for Stop {
    fn from(error: crate::command::options::OptionError) -> Stop {
        Stop::Usage(error.message())
    }
}

impl ConsoleShareConsumer {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> ConsoleShareConsumer {
        ConsoleShareConsumer {
            args: args.to_vec(),
            formatter: Formatter::NoOp,
            client: None,
            closing: None,
            max_messages: None,
            timeout: None,
            what: AcknowledgeType::Accept,
            reject_on_error: false,
            systest_events: false,
            processed: 0,
            started: SimTime::ZERO,
            waiting_since: SimTime::ZERO,
            idle_since: None,
        }
    }

    fn open(&mut self, io: &mut dyn Io, options: &Parsed) -> Result<(), Stop> {
        if !options.has("topic") {
            return Err(Stop::Usage("--topic is a required argument".to_owned()));
        }
        if let Some(message) = missing_required(options, &["bootstrap-server"]) {
            return Err(Stop::Usage(message));
        }
        if options.has("reject") && options.has("release") {
            return Err(Stop::Usage("At most one of --reject and --release may be specified.".to_owned()));
        }
        for (old, new) in SPELLINGS.iter().filter(|(old, _)| options.has(old)) {
            if options.has(new) {
                let message = format!("Options --{old} and --{new} cannot be specified together.");
                return Err(Stop::Usage(message));
            }
            io.print(format_args!(
                "Option --{old} is deprecated and will be removed in a future version. Use --{new} instead.\n"
            ));
        }
        let mut file = kit::load(io, options, "consumer-config").map_err(Stop::Uncaught)?;
        file.extend(kit::load(io, options, "command-config").map_err(Stop::Uncaught)?);
        let mut extra = kit::key_values(options.all("consumer-property"));
        extra.extend(kit::key_values(options.all("command-property")));
        let group = one_group(options.value("group")?, [&file, &extra], "--consumer-config", io.release());
        let group = group.map_err(Stop::Usage)?.unwrap_or_else(|| "console-share-consumer".to_owned());
        let mut settings = Settings::default();
        settings.extend(file);
        settings.extend(extra);
        let config = configure(io, options, &settings, group)?;
        self.formatter = formatter(io, options)?;
        let timeout = options.integer("timeout-ms").map_err(Thrown::from)?;
        let timeout = timeout.and_then(|ms| u64::try_from(ms).ok());
        let count = options.integer("max-messages").map_err(|error| {
            // The consumer is there already, and is told off.
            io.err("Processed a total of 0 messages\n");
            Thrown::from(error)
        })?;
        self.max_messages = count.filter(|count| *count != -1);
        self.timeout = timeout.map(Span::millis);
        self.what = match (options.has("reject"), options.has("release")) {
            (true, _) => AcknowledgeType::Reject,
            (_, true) => AcknowledgeType::Release,
            _ => AcknowledgeType::Accept,
        };
        self.reject_on_error = options.has("reject-message-on-error");
        self.systest_events = options.has("enable-systest-events");
        self.client = Some(io.open_client(ClientSpec::Share(config)));
        (self.started, self.waiting_since) = (io.now(), io.now());
        if self.has_enough() {
            self.close(io, 0, None)
        } else {
            self.poll(io)
        }
        Ok(())
    }

    fn has_enough(&self) -> bool {
        self.max_messages.is_some_and(|max| u64::try_from(max).map_or(true, |max| self.processed >= max))
    }

    fn poll(&mut self, io: &mut dyn Io) {
        if let Some(client) = self.client {
            let timeout = self.timeout.unwrap_or(LOOK_UP);
            io.call(client, ClientCall::Poll { timeout: Some(timeout) });
        }
    }

    fn close(&mut self, io: &mut dyn Io, code: i32, last_words: Option<Thrown>) {
        self.closing = Some((code, last_words.map(|thrown| thrown.trace())));
        if let Some(client) = self.client {
            io.call(client, ClientCall::Close);
        }
    }

    fn say(&self, io: &mut dyn Io, record: &ConsumedRecord, what: AcknowledgeType) {
        if let Some(client) = self.client {
            let (partition, offset) = (record.partition.clone(), record.offset);
            io.call(client, ClientCall::Acknowledge { partition, offset, what });
        }
    }

    fn on_records(&mut self, io: &mut dyn Io, records: &[ConsumedRecord]) {
        if records.is_empty() {
            let waited = io.now().since(self.waiting_since);
            if self.timeout.is_some_and(|timeout| waited >= timeout) {
                return self.give_up(io, &Thrown::new("org.apache.kafka.common.errors.TimeoutException", ""));
            }
            if self.processed > 0 || io.now().since(self.started) >= JOINING {
                self.idle_since = self.idle_since.or(Some(io.now()));
            }
            return self.poll(io);
        }
        self.idle_since = None;
        for record in records {
            self.processed += 1;
            match self.formatter.write(io, record) {
                Ok(()) => self.say(io, record, self.what),
                Err(thrown) => {
                    if !self.reject_on_error {
                        return self.close(io, 1, Some(thrown));
                    }
                    let text = "Error processing message, rejecting this message: ";
                    kit::log(io, "ERROR", text, LOGGER);
                    io.err(&thrown.trace());
                    self.say(io, record, AcknowledgeType::Reject);
                }
            }
            if self.has_enough() {
                // The rest is released when the consumer says good-bye.
                return self.close(io, 0, None);
            }
        }
        self.waiting_since = io.now();
        self.poll(io);
    }

    fn give_up(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        kit::log(io, "ERROR", "Error processing message, terminating consumer process: ", LOGGER);
        io.err(&thrown.trace());
        self.close(io, 0, None);
    }

    fn finish(&mut self, io: &mut dyn Io) {
        io.complain(format_args!("Processed a total of {} messages\n", self.processed));
        let (code, last_words) = self.closing.take().unwrap_or((0, None));
        if let Some(trace) = last_words {
            kit::log(io, "ERROR", "Unknown error when running consumer: ", LOGGER);
            io.err(&trace);
        }
        if self.systest_events {
            io.out("shutdown_complete\n");
        }
        io.exit(code);
    }
}

fn configure(
    io: &mut dyn Io,
    options: &Parsed,
    settings: &Settings,
    group: String,
) -> Result<ShareConfig, Thrown> {
    let servers = kit::bootstrap(io, options.value("bootstrap-server")?.unwrap_or_default())?;
    let common = kit::common_config(settings, "console-share-consumer", servers)?;
    let topics = vec![options.value("topic")?.unwrap_or_default().into()];
    let mut config = ShareConfig::new(common, group, topics);
    share_settings(settings, &mut config)?;
    config.explicit = true;
    Ok(config)
}

/// Settings that share consumers have beside those of all clients.
pub(super) fn share_settings(settings: &Settings, config: &mut ShareConfig) -> Result<(), Thrown> {
    let from_zero = Check::AtLeast(0);
    settings.int_as("max.poll.records", Check::AtLeast(1), &mut config.max_poll_records)?;
    settings.int("fetch.min.bytes", from_zero, &mut config.fetch_min_bytes)?;
    settings.int("fetch.max.bytes", from_zero, &mut config.fetch_max_bytes)?;
    settings.int("fetch.max.wait.ms", from_zero, &mut config.fetch_max_wait_ms)?;
    settings.get("client.rack").unwrap_or_default().trim().clone_into(&mut config.client_rack);
    Ok(())
}

fn formatter(io: &mut dyn Io, options: &Parsed) -> Result<Formatter, Stop> {
    let mut settings = Settings::default();
    settings.extend(kit::load(io, options, "formatter-config")?);
    for (option, setting) in
        [("key-deserializer", "key.deserializer"), ("value-deserializer", "value.deserializer")]
    {
        if let Some(class) = options.value(option)?.filter(|class| !class.is_empty()) {
            settings.set(setting, class);
        }
    }
    settings.extend(kit::key_values(options.all("property")));
    settings.extend(kit::key_values(options.all("formatter-property")));
    let class = options.value("formatter")?.unwrap_or_default();
    Formatter::new(io, class, &settings).ok_or_else(|| Stop::Usage(class.to_owned()))
}

impl Program for ConsoleShareConsumer {
    fn start(&mut self, io: &mut dyn Io) {
        let options = match Parsed::parse(SHARE_CONSUMER, &self.args, io.release()) {
            Ok(options) => options,
            Err(error) => return kit::refuse(io, NAME, &error.message()),
        };
        if options.is_empty || options.has("help") {
            let about = "This tool helps to read data from Kafka topics using share groups and outputs it to standard \
                         output.";
            return kit::refuse(io, NAME, about);
        }
        if options.has("version") {
            return kit::version(io);
        }
        match self.open(io, &options) {
            Ok(()) => {}
            Err(Stop::Usage(message)) => kit::refuse(io, NAME, &message),
            Err(Stop::Uncaught(thrown)) => {
                kit::uncaught(io, &thrown);
                io.exit(1);
            }
            Err(Stop::Failed(thrown)) => {
                kit::log(io, "ERROR", "Unknown error when running consumer: ", LOGGER);
                io.err(&thrown.trace());
                io.exit(1);
            }
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, client: ClientId, event: ClientEvent) {
        match event {
            ClientEvent::Log(line) => kit::client_log(io, &line),
            ClientEvent::Polled(records) if self.closing.is_none() => self.on_records(io, &records),
            ClientEvent::PollFailed(error) if self.closing.is_none() => {
                self.give_up(io, &Thrown::from(error));
            }
            ClientEvent::Closed => {
                io.drop_client(client);
                self.client = None;
                self.finish(io);
            }
            _ => {}
        }
    }

    /// The consumer says good-bye first. A second signal does not wait for that.
    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        if self.closing.is_some() || self.client.is_none() {
            return kit::interrupted(io, self.client.take(), signal);
        }
        self.close(io, kit::exit_code(signal), None);
    }

    fn idle_since(&self) -> Option<SimTime> {
        self.idle_since
    }

    fn streams(&self) -> bool {
        self.timeout.is_none()
    }
}
