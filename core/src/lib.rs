//! A Kafka cluster that people can see, break and understand, as one deterministic value.
#![warn(missing_docs)]

pub mod broker;
pub mod client;
pub mod command;
pub mod controller;
pub mod coordinator;
pub mod java;
pub mod language;
pub mod ledger;
pub mod lesson;
pub mod log;
pub mod metadata;
pub mod node;
pub mod predicate;
pub mod protocol;
pub mod session;
pub mod simulation;
pub mod view;
