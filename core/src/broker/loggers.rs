//! Levels of a broker's loggers (KIP-412): kept by the process, gone when it ends.

use super::Broker;
use crate::protocol::{AlterConfig, AlterOp, ApiError, ConfigEntry, ConfigSource, ErrorCode};

const LEVELS: [&str; 6] = ["DEBUG", "ERROR", "FATAL", "INFO", "TRACE", "WARN"];
/// The logger of replicas.
const OF_PARTITIONS: &str = "kafka.cluster.Partition";
/// The logger above all others.
const ROOT: &str = "root";
const LEVEL_AT_START: &str = "INFO";

impl Broker {
    pub(super) fn describe_loggers(&self) -> Vec<ConfigEntry> {
        let mut loggers = Vec::new();
        let root = self.log_levels.get(ROOT).map_or(LEVEL_AT_START, String::as_str);
        for name in names().lines() {
            // A logger is there once its class was used.
            if name == OF_PARTITIONS && self.replicas.is_empty() {
                continue;
            }
            let level = self.log_levels.get(name).map_or(root, String::as_str);
            loggers.push(ConfigEntry {
                name: name.to_owned(),
                value: Some(level.to_owned()),
                source: ConfigSource::DynamicBrokerLogger,
                is_sensitive: false,
                is_read_only: false,
                synonyms: Vec::new(),
            });
        }
        loggers
    }

    pub(super) fn set_log_levels(
        &mut self,
        ops: &[AlterConfig],
        validate_only: bool,
    ) -> Result<(), ApiError> {
        for op in ops {
            let (name, level) = (&op.name, &op.value);
            let exists = names().lines().any(|logger| logger == name);
            match op.op {
                AlterOp::Append | AlterOp::Subtract => {
                    let why =
                        format!("{} operation is not allowed for the BROKER_LOGGER resource", op.op.name());
                    return Err((ErrorCode::InvalidRequest, why));
                }
                _ if !exists => {
                    let why = format!("Logger {name} does not exist!");
                    return Err((ErrorCode::InvalidConfig, why));
                }
                AlterOp::Set if !LEVELS.contains(&level.as_str()) => {
                    let why = format!(
                        "Cannot set the log level of {name} to {level} as it is not a supported log level. Valid log \
                         levels are {}",
                        LEVELS.join(", ")
                    );
                    return Err((ErrorCode::InvalidConfig, why));
                }
                AlterOp::Delete if name == ROOT => {
                    let why = format!("Removing the log level of the {ROOT} logger is not allowed");
                    return Err((ErrorCode::InvalidRequest, why));
                }
                _ => {}
            }
        }
        if !validate_only {
            for op in ops {
                match op.op {
                    AlterOp::Set => self.log_levels.insert(op.name.clone(), op.value.clone()),
                    _ => self.log_levels.remove(&op.name),
                };
            }
        }
        Ok(())
    }
}

/// The loggers of a broker of 4.3.0 that has just started.
#[inline(never)]
fn names() -> &'static str {
    // Known while the program is compiled, it would be put wherever this is called.
    std::hint::black_box(include_str!("loggers.txt"))
}
