//! The producer's metrics at the end of a measurement.

use super::Test;
use crate::command::process::Io;
use crate::command::tools::kit::print_metrics;

impl Test {
    /// Those that can be told from what the tool has seen.
    pub(super) fn print_metrics(&self, io: &mut dyn Io) {
        let count = self.stats.count();
        let failed = self.sent.saturating_sub(count);
        let (client, topic) = (self.client_id.as_str(), self.topic.as_str());
        let mut metrics = Vec::new();
        for (group, tags) in
            [("producer-metrics", String::new()), ("producer-topic-metrics", format!(", topic={topic}"))]
        {
            for (name, value) in [("record-error-total", failed), ("record-send-total", count)] {
                metrics.push((format!("{group}:{name}:{{client-id={client}{tags}}}"), value * 1_000));
            }
        }
        print_metrics(io, &metrics);
    }
}
