//! A program that holds a session with ZooKeeper itself, as `zookeeper-shell` does. Clients of Kafka never do.

use super::{ClientCall, ClientEvent, Signal, ZooKeeperConfig};
use crate::node::{Context, TimerKey};
use crate::protocol::Response;
use crate::zookeeper::{ZkClient, ZkNews};
use serde::Serialize;

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ZooKeeper {
    session: ZkClient,
}

impl ZooKeeper {
    /// A session that is not open yet.
    #[must_use]
    pub fn new(config: &ZooKeeperConfig) -> ZooKeeper {
        let servers = config.servers.iter().map(|server| server.node).collect();
        let session = ZkClient::new(servers, config.place, config.timeout_ms, TimerKey::of(1), false);
        ZooKeeper { session }
    }

    /// Calls a server.
    pub fn start(&mut self, ctx: &mut Context<'_>) {
        self.session.connect(ctx);
    }

    /// The owner asks for something.
    pub fn on_call(&mut self, ctx: &mut Context<'_>, call: ClientCall) {
        match call {
            ClientCall::ZooKeeper(number, op) => self.session.ask(ctx, number, vec![op]),
            ClientCall::Close => self.session.close(ctx),
            _ => {}
        }
    }

    /// The network or a clock reports.
    pub fn on_signal(&mut self, ctx: &mut Context<'_>, signal: Signal) {
        match signal {
            Signal::Response(id, Response::ZooKeeper(response)) => {
                self.session.on_response(ctx, None, id, response);
            }
            Signal::Disconnect(from, _, why) => self.session.on_disconnect(ctx, from, why),
            Signal::Alarm(_) => self.session.on_timer(ctx),
            Signal::Response(..) => {}
        }
    }

    /// What it has to tell its owner.
    pub fn take_events(&mut self) -> Vec<ClientEvent> {
        let mut events = Vec::new();
        while let Some(news) = self.session.take_news() {
            let closed = news == ZkNews::Closed;
            events.push(ClientEvent::ZooKeeper(news));
            if closed {
                events.push(ClientEvent::Closed);
            }
        }
        events
    }
}
