//! The producer's metrics at the end of a measurement.

use super::Test;
use crate::command::process::Io;
use crate::command::tools::kit::print_metrics;

impl Test {
    /// Those that can be told from what the tool has seen.
    pub(super) fn print_metrics(&self, io: &mut dyn Io) {
        let (count, bytes, _, max_ms) = self.stats.totals();
        let mut metrics = Vec::new();
        let (client, topic) = (self.client_id.as_str(), self.topic.as_str());
        let failed = self.sent.saturating_sub(count);
        for (name, value) in
            [("record-error-total", failed), ("record-send-total", count), ("request-latency-max", max_ms)]
        {
            metrics.push((format!("producer-metrics:{name}:{{client-id={client}}}"), value * 1_000));
        }
        for (name, value) in
            [("byte-total", bytes), ("record-error-total", failed), ("record-send-total", count)]
        {
            let name = format!("producer-topic-metrics:{name}:{{client-id={client}, topic={topic}}}");
            metrics.push((name, value * 1_000));
        }
        print_metrics(io, &metrics);
    }
}
