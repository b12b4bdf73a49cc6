//! What work costs: processor time, so that a busy machine does not change it, and memory.

use std::time::{Duration, Instant};

/// A clock that was started.
pub struct Clock {
    wall: Instant,
    processor: Option<u64>,
}

/// Nanoseconds that this thread has had a processor, where the system tells (Linux).
fn processor() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

impl Clock {
    /// Starts.
    pub fn start() -> Clock {
        Clock { wall: Instant::now(), processor: processor() }
    }

    /// What has been used so far: of the processor, else by the clock on the wall.
    pub fn used(&self) -> Duration {
        match (self.processor, processor()) {
            (Some(before), Some(now)) => Duration::from_nanos(now.saturating_sub(before)),
            _ => self.wall.elapsed(),
        }
    }
}

/// Bytes of memory in use, where the system tells.
pub fn memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1_024)
}
