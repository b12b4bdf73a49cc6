//! A Kafka cluster that people can see, break and understand, as one deterministic value.
#![warn(missing_docs)]

pub mod java;
pub mod metadata;
pub mod node;
pub mod protocol;
pub mod view;
pub mod session;
pub mod coordinator;
pub mod client;
pub mod log;
pub mod controller;
pub mod broker;
pub mod fidelity;
pub mod ledger;
pub mod invariant;
pub mod simulation;
pub mod command;
pub mod language;
pub mod lesson;
pub mod predicate;
