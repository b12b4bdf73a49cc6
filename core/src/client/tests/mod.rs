//! Clients against brokers that answer by a script: no cluster, only what a client sees of one.

mod admin;
mod producer;
mod toy;
mod world;

use super::{ClientEvent, LogLine};

/// The log lines among events, as (milliseconds, message).
fn log_lines(events: &[ClientEvent]) -> Vec<(u64, String)> {
    let line = |log: &LogLine| (log.at.0 / 1_000, log.message.clone());
    events
        .iter()
        .filter_map(|event| if let ClientEvent::Log(log) = event { Some(line(log)) } else { None })
        .collect()
}
