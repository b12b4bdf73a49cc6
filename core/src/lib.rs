//! A Kafka cluster that people can see, break and understand, as one deterministic value.
//!
//! ```text
//!   lines, keys, time ──► session ──► simulation ──► nodes: controller, brokers, clients
//!                            │            │
//!                            ▼            ▼
//!                        terminals   views, events
//! ```
//!
//! A shell (the page, the REPL, a test) holds a [`session::Session`], hands it inputs and reads what there is to
//! show. Nothing here reads a clock, draws chance from outside, or prints: the same inputs give the same bytes.
//!
//! - what Kafka is made of: [`node`], [`protocol`], [`log`], [`metadata`], [`controller`], [`broker`],
//!   [`coordinator`], [`client`], [`zookeeper`]
//! - the world it runs in: [`simulation`], [`invariant`], [`ledger`], [`view`], [`predicate`]
//! - how people talk to it: [`language`], [`command`], [`lesson`], [`session`]
//! - where it differs from Kafka: [`fidelity`]
#![warn(missing_docs)]
#![cfg_attr(quick, feature(optimize_attribute))]

pub mod broker;
pub mod client;
pub mod command;
pub mod controller;
pub mod coordinator;
pub mod fidelity;
pub mod invariant;
pub mod java;
pub mod json;
pub mod language;
pub mod ledger;
pub mod lesson;
pub mod log;
pub mod metadata;
pub mod node;
pub mod predicate;
pub mod protocol;
pub mod sabotage;
pub mod session;
pub mod simulation;
pub mod sorted;
pub mod view;
pub mod zookeeper;
