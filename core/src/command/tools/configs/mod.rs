//! `kafka-configs`: shows and changes the settings of topics, brokers, groups, clients, users and addresses.

mod args;
mod quotas;
mod resources;
mod zookeeper;

use super::kit::{self, Thrown, Znodes};
use super::tables::CONFIGS;
use crate::client::{ClientCall, ClientEvent};
use crate::command::options::Parsed;
use crate::command::process::{Io, Program, Signal};
use crate::node::{ClientId, SimTime, Span};
use crate::protocol::Request;
use args::{Entities, Stop};
use resources::Step;
pub(super) use resources::api_error;
use serde::Serialize;

const NAME: &str = "kafka-configs";
const ABOUT: &str = "This tool helps to manipulate and describe entity config for a topic, client, user, broker, ip, \
                     client-metrics or group";

/// So long it waits.
const PATIENCE: Span = Span::secs(30);

/// A running `kafka-configs`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Configs {
    args: Vec<String>,
    options: Parsed,
    entities: Entities,
    client: Option<ClientId>,
    /// The session of `--zookeeper`, and whether everything is said and only to be written.
    znodes: Option<Znodes>,
    wrote: bool,
    step: Step,
    /// Until when settings have to be there.
    patience: Option<SimTime>,
}

impl Configs {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> Configs {
        Configs {
            args: args.to_vec(),
            options: Parsed::default(),
            entities: Entities::default(),
            client: None,
            znodes: None,
            wrote: false,
            step: Step::Listed,
            patience: None,
        }
    }

    fn ask(&mut self, io: &mut dyn Io, name: &'static str, request: Request, step: Step) {
        self.step = step;
        if let Some(client) = self.client {
            io.call(client, ClientCall::Admin { tag: 0, name, request });
        }
        // For what it wants to know the tool does not wait as long as its client does.
        if ["describeConfigs", "describeClientQuotas", "describeUserScramCredentials"].contains(&name) {
            self.patience = Some(io.now() + PATIENCE);
            io.wake_after(PATIENCE);
        }
    }

    fn open(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        if self.knock(io)? {
            return Ok(());
        }
        self.client = Some(kit::open_admin(io, &self.options, "adminclient-1")?);
        self.begin(io)
    }

    fn begin(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        if self.options.has("alter") && self.entities.types.len() != self.entities.names.len() {
            return Err(Thrown::illegal("An entity name must be specified for every entity type"));
        }
        match (self.options.has("alter"), self.is_about_quotas()) {
            (true, true) => self.alter_quotas(io),
            (true, false) => self.alter(io),
            (false, true) => self.describe_quotas(io),
            (false, false) => self.describe(io),
        }
    }

    /// Ends the tool. What the user did wrong is told in a sentence, everything else with its trace.
    fn fail(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        let is_plain = thrown.class == "java.lang.IllegalArgumentException"
            || thrown.class == "org.apache.kafka.common.errors.InvalidConfigurationException"
            || thrown.class == "org.apache.kafka.common.errors.InvalidTopicException"
            || thrown.class.starts_with("joptsimple.");
        if is_plain {
            io.complain(format_args!("{}\n", thrown.message));
        } else {
            let args = self.args.join(" ");
            io.complain(format_args!(
                "Error while executing config command with args '{args}'\n{}",
                thrown.trace()
            ));
        }
        kit::trouble_note(io, &thrown.message);
        kit::leave(io, self.client.take(), 1);
    }

    fn go_on(&mut self, io: &mut dyn Io, outcome: Result<bool, Thrown>) {
        match outcome {
            Ok(false) => {}
            Ok(true) => kit::leave(io, self.client.take(), 0),
            Err(thrown) => self.fail(io, &thrown),
        }
    }
}

impl Program for Configs {
    fn start(&mut self, io: &mut dyn Io) {
        match Parsed::parse(CONFIGS, &self.args, io.release()) {
            Ok(options) => self.options = options,
            Err(error) => return self.fail(io, &Thrown::from(error)),
        }
        if self.options.is_empty || self.options.has("help") {
            return kit::refuse(io, NAME, ABOUT);
        }
        if self.options.has("version") {
            return kit::version(io);
        }
        match args::check(&self.options, &self.args, io.release()) {
            Ok(entities) => self.entities = entities,
            Err(Stop::Usage(message)) => return kit::refuse(io, NAME, &message),
            Err(Stop::Sentence(message)) => return self.fail(io, &Thrown::illegal(message)),
        }
        if let Err(thrown) = self.open(io) {
            self.fail(io, &thrown);
        }
    }

    fn on_wake(&mut self, io: &mut dyn Io) {
        if let Some(znodes) = self.znodes.take_if(|znodes| !znodes.is_connected()) {
            let thrown = znodes.too_late(io);
            return self.fail(io, &thrown);
        }
        if self.patience.take_if(|until| *until <= io.now()).is_some() && self.client.is_some() {
            self.fail(io, &Thrown::new("java.util.concurrent.TimeoutException", ""));
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        if self.znodes.is_some() {
            return self.on_znodes(io, event);
        }
        let Some(result) = kit::answer(io, self.client, event) else { return };
        self.patience = None;
        let outcome = match result {
            Ok(response) => self.on_answer(io, response),
            Err(error) => Err(Thrown::from(error).in_execution()),
        };
        self.go_on(io, outcome);
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }
}
