//! Levels of a server's loggers (KIP-412): kept by the process, gone when it ends.

use crate::metadata::Release;
use crate::protocol::{AlterConfig, AlterOp, ApiError, ConfigEntry, ConfigSource, ErrorCode};
use crate::sorted::SortedMap;
use serde::Serialize;

const LEVELS: [&str; 6] = ["DEBUG", "ERROR", "FATAL", "INFO", "TRACE", "WARN"];
/// A logger that is there while a broker holds replicas.
pub const OF_PARTITIONS: &str = "kafka.cluster.Partition";
/// The logger above all others.
const ROOT: &str = "root";
const LEVEL_AT_START: &str = "INFO";

/// The loggers of a process.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Loggers {
    is_controller: bool,
    levels: SortedMap<String, String>,
}

impl Loggers {
    /// Those of a controller without a broker.
    #[must_use]
    pub fn of_controller() -> Loggers {
        Loggers { is_controller: true, levels: SortedMap::new() }
    }

    /// The loggers of a server that has just started, and whether each is there only while it holds replicas.
    fn names(&self, release: Release) -> impl Iterator<Item = (&'static str, bool)> + use<> {
        let other = if self.is_controller { "b" } else { "c" };
        table(release).lines().filter_map(move |line| match line.split_once(':') {
            Some((only, _)) if only == other => None,
            Some((only, name)) => Some((name, only == "r")),
            None => Some((line, false)),
        })
    }

    /// Names and levels. A logger is there once its class was used.
    #[must_use]
    pub fn describe(&self, release: Release, is_used: &dyn Fn(&str) -> bool) -> Vec<ConfigEntry> {
        let mut loggers = Vec::new();
        let root = self.levels.get(ROOT).map_or(LEVEL_AT_START, String::as_str);
        for (name, of_replicas) in self.names(release) {
            if !is_used(if of_replicas { OF_PARTITIONS } else { name }) {
                continue;
            }
            let level = self.levels.get(name).map_or(root, String::as_str);
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

    /// Sets levels and takes them away; all that is asked for, or nothing.
    pub fn set(
        &mut self,
        release: Release,
        ops: &[AlterConfig],
        validate_only: bool,
    ) -> Result<(), ApiError> {
        for op in ops {
            let (name, level) = (&op.name, &op.value);
            let exists = self.names(release).any(|(logger, _)| logger == name);
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
                    AlterOp::Set => self.levels.insert(op.name.clone(), op.value.clone()),
                    _ => self.levels.remove(&op.name),
                };
            }
        }
        Ok(())
    }
}

/// Names; behind `b:` those of brokers only, behind `c:` those of controllers only, behind `r:` those of replicas.
#[inline(never)]
fn table(release: Release) -> &'static str {
    // Known while the program is compiled, it would be put wherever this is called.
    std::hint::black_box(match release {
        Release::V1 | Release::V2 => include_str!("loggers_2_8.txt"),
        Release::V3 => include_str!("loggers_3_9.txt"),
        Release::V4 => include_str!("loggers.txt"),
    })
}
