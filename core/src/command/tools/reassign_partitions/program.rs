//! The tool as a process: how it begins, and what it is told.

use super::args::{self, Stop};
use super::{Failure, NAME, ReassignPartitions};
use crate::client::ClientEvent;
use crate::command::process::{Io, Program, Signal};
use crate::command::tools::kit::{self, Door, Thrown};
use crate::node::ClientId;

impl ReassignPartitions {
    fn enter(&mut self, io: &mut dyn Io, opened: Result<ClientId, Thrown>) {
        let begun = opened.map_err(Failure::from).and_then(|client| {
            self.client = Some(client);
            self.begin(io)
        });
        if begun.is_err() {
            self.finish(io, begun);
        }
    }

    /// `--zookeeper`, of which the tool always says that it is going.
    fn knock(&mut self, io: &mut dyn Io) -> Result<bool, Thrown> {
        let Some(connect) = self.options.value("zookeeper")? else { return Ok(false) };
        if self.options.has("bootstrap-server") {
            io.out(
                "Warning: ignoring deprecated --zookeeper option because --bootstrap-server was specified.  The \
                 --zookeeper option will be removed in a future version of Kafka.\n",
            );
            return Ok(false);
        }
        io.out("Warning: --zookeeper is deprecated, and will be removed in a future version of Kafka.\n");
        if self.options.has("verify") {
            io.out(
                "Warning: because you are using the deprecated --zookeeper option, the results may be incomplete.  Use \
                 --bootstrap-server instead for more accurate results.\n",
            );
        }
        self.door = Some(Door::open(io, connect)?);
        Ok(true)
    }
}

impl Program for ReassignPartitions {
    fn start(&mut self, io: &mut dyn Io) {
        match args::parse(io, &self.args) {
            Ok((options, action)) => (self.options, self.action) = (options, action),
            Err(Stop::Usage(message)) => return kit::refuse(io, NAME, &message),
            Err(Stop::Version) => return kit::version(io),
            Err(Stop::Thrown(thrown)) => {
                kit::uncaught(io, &thrown);
                kit::trouble_note(io, &thrown.message);
                return io.exit(1);
            }
        }
        match self.knock(io) {
            Ok(true) => {}
            Ok(false) => {
                let opened = args::open(io, &self.options);
                self.enter(io, opened);
            }
            Err(thrown) => self.enter(io, Err(thrown)),
        }
    }

    fn on_wake(&mut self, io: &mut dyn Io) {
        if let Some(door) = self.door.take() {
            let thrown = door.too_late(io);
            self.enter(io, Err(thrown));
        } else if let Some(znodes) = self.znodes.take().filter(|znodes| !znodes.is_connected()) {
            let thrown = znodes.too_late(io);
            self.finish(io, Err(thrown.into()));
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        if let Some(door) = &mut self.door {
            if let Some(servers) = door.news(io, event) {
                self.door = None;
                let opened = kit::admin_at(io, servers, "reassign-partitions-tool");
                self.enter(io, opened);
            }
            return;
        }
        if let Some(znodes) = &mut self.znodes {
            if znodes.news(io, event) {
                znodes.close(io);
                self.ordered(io);
                self.finish(io, Ok(()));
            }
            return;
        }
        let Some(result) = kit::answer(io, self.client, event) else { return };
        let result = result.map_err(|error| Failure::from(Thrown::from(error).in_execution()));
        match result.and_then(|response| self.on_answer(io, response)) {
            Ok(false) => {}
            Ok(true) => self.finish(io, Ok(())),
            Err(failure) => self.finish(io, Err(failure)),
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }
}
