//! Clients: the programs that use the cluster.
//!
//! A client is a node like any other. Whoever owns it (a tool at a terminal, a learner's application) hands it
//! [`ClientCall`]s and takes its [`ClientEvent`]s; what happens in between is requests, answers and alarms.

pub mod admin;
mod api;
pub mod apps;
pub mod consumer;
pub mod network;
pub mod producer;
pub mod share;
#[cfg(test)]
mod tests;
mod zookeeper;

pub use api::*;
pub use apps::{AppConfig, Commits, CrashPoint, Task};
pub use network::Signal;
pub use share::ShareConfig;

use crate::node::{ClientId, Context};
use admin::Admin;
use consumer::Consumer;
use producer::Producer;
use serde::Serialize;
use zookeeper::ZooKeeper;

/// One connected program.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Client {
    /// Its identity on the network.
    pub id: ClientId,
    /// What it was made from.
    pub spec: ClientSpec,
    /// What it is.
    pub kind: ClientKind,
}

/// The three libraries of Kafka's clients, and ZooKeeper's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum ClientKind {
    /// `AdminClient`.
    Admin(Box<Admin>),
    /// `KafkaProducer`.
    Producer(Box<Producer>),
    /// `KafkaConsumer`.
    Consumer(Box<Consumer>),
    /// ZooKeeper's own client.
    ZooKeeper(Box<ZooKeeper>),
    /// `KafkaShareConsumer`.
    Share(Box<share::ShareConsumer>),
    /// A consumer and a producer in one process.
    App(Box<apps::App>),
}

macro_rules! each {
    ($self:ident, $inner:ident => $body:expr) => {
        match &mut $self.kind {
            ClientKind::Admin($inner) => $body,
            ClientKind::Producer($inner) => $body,
            ClientKind::Consumer($inner) => $body,
            ClientKind::ZooKeeper($inner) => $body,
            ClientKind::Share($inner) => $body,
            ClientKind::App($inner) => $body,
        }
    };
}

impl Client {
    /// A client that has not started yet.
    #[must_use]
    pub fn new(id: ClientId, spec: ClientSpec) -> Client {
        let kind = match spec.clone() {
            ClientSpec::Admin(config) => ClientKind::Admin(Box::new(Admin::new(config))),
            ClientSpec::Producer(config) => ClientKind::Producer(Box::new(Producer::new(config))),
            ClientSpec::Consumer(config) => ClientKind::Consumer(Box::new(Consumer::new(config))),
            ClientSpec::ZooKeeper(config) => ClientKind::ZooKeeper(Box::new(ZooKeeper::new(&config))),
            ClientSpec::Share(config) => ClientKind::Share(Box::new(share::ShareConsumer::new(config))),
            ClientSpec::App(config) => ClientKind::App(Box::new(apps::App::new(config))),
        };
        Client { id, spec, kind }
    }

    /// Called once, when the program starts.
    pub fn start(&mut self, ctx: &mut Context<'_>) {
        each!(self, client => client.start(ctx));
    }

    /// The owner asks for something.
    pub fn on_call(&mut self, ctx: &mut Context<'_>, call: ClientCall) {
        match &mut self.kind {
            ClientKind::App(client) => client.on_call(ctx, call),
            ClientKind::Share(client) => client.on_call(ctx, call),
            ClientKind::Admin(client) => client.on_call(ctx, call),
            ClientKind::Producer(client) => client.on_call(ctx, call),
            ClientKind::Consumer(client) => client.on_call(ctx, call),
            ClientKind::ZooKeeper(client) => client.on_call(ctx, call),
        }
    }

    /// The network or a clock reports.
    pub fn on_signal(&mut self, ctx: &mut Context<'_>, signal: Signal) {
        each!(self, client => client.on_signal(ctx, signal));
    }

    /// What the client has to tell its owner, oldest first.
    pub fn take_events(&mut self) -> Vec<ClientEvent> {
        each!(self, client => client.take_events())
    }

    /// Counters and positions, for views.
    #[must_use]
    pub fn status(&self) -> ClientStatus {
        match &self.kind {
            ClientKind::Admin(_) | ClientKind::ZooKeeper(_) => ClientStatus::default(),
            ClientKind::Producer(producer) => producer.status(),
            ClientKind::Consumer(consumer) => consumer.status(),
            ClientKind::Share(consumer) => consumer.status(),
            ClientKind::App(app) => app.status(),
        }
    }

    /// `client.id`.
    #[must_use]
    pub fn client_id(&self) -> &str {
        match &self.spec {
            ClientSpec::Admin(config) => &config.client_id,
            ClientSpec::Producer(config) => &config.common.client_id,
            ClientSpec::Consumer(config) => &config.common.client_id,
            ClientSpec::ZooKeeper(_) => "zookeeper-shell",
            ClientSpec::Share(config) => &config.common.client_id,
            ClientSpec::App(config) => &config.name,
        }
    }

    /// The name of the learner's application, if this is one.
    #[must_use]
    pub fn application_name(&self) -> Option<String> {
        match &self.spec {
            ClientSpec::Admin(_) | ClientSpec::ZooKeeper(_) | ClientSpec::Share(_) => None,
            ClientSpec::Producer(config) => config.workload.as_ref().map(|w| w.name.clone()),
            ClientSpec::Consumer(config) => config.application.as_ref().map(|a| a.name.clone()),
            ClientSpec::App(config) => Some(config.name.clone()),
        }
    }
}
