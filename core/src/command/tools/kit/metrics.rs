//! `--print-metrics`: the table of a client's metrics, as far as the simulation keeps them.

use super::rate::decimal;
use crate::command::process::Io;

/// Prints metrics in the order of their names: name with its tags, and value in thousandths.
pub fn print_metrics(io: &mut dyn Io, metrics: &[(String, u64)]) {
    let width = metrics.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut text = String::from("\n");
    let mut row = |name: &str, between: &str, value: &str| {
        text.push_str(name);
        (name.chars().count()..width).for_each(|_| text.push(' '));
        text.push_str(between);
        text.push_str(value);
        text.push('\n');
    };
    row("Metric Name", "   ", "Value");
    for (name, value) in metrics {
        row(name, " : ", &decimal(u128::from(*value), 1_000, 3));
    }
    io.out(&text);
}
