//! `setquota`, `listquota` and `delquota`: all that a quota is are znodes below `/zookeeper/quota`.

use super::ZooKeeperShell;
use super::crash;
use super::tables::{Command, wrong_path};
use crate::command::process::Io;
use crate::protocol::{ZkError, ZkOp, ZkOutcome, ZkValue};
use crate::zookeeper::quota::{self, LIMITS, QUOTA, STATS};
use std::fmt::{Display, Formatter};

/// What such a znode says; -1 where it says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Track {
    count: i64,
    bytes: i64,
    /// Of bytes and of znodes; those of 3.5 do not know it.
    hard: Option<(i64, i64)>,
}

impl Track {
    fn of(text: &str) -> Track {
        let number = |name: &str| quota::number(text, name);
        let hard = (number("byteHardLimit"), number("countHardLimit"));
        Track {
            count: number("count").unwrap_or(-1),
            bytes: number("bytes").unwrap_or(-1),
            hard: (hard != (None, None)).then_some((hard.0.unwrap_or(-1), hard.1.unwrap_or(-1))),
        }
    }

    /// Sets what the option says.
    fn set(&mut self, command: &Command, value: i64) {
        let (bytes, count) = self.hard.unwrap_or((-1, -1));
        match command.flags.chars().next() {
            Some('n') => self.count = value,
            Some('b') => self.bytes = value,
            Some('N') => self.hard = Some((bytes, value)),
            Some('B') => self.hard = Some((value, count)),
            _ => {}
        }
    }

    /// What the newer shell says of limits that are exceeded already.
    fn warn(self, io: &mut dyn Io, stats: Track) {
        let (bytes, count) = self.hard.unwrap_or((-1, -1));
        let exceeds = |limit: i64, is: i64| limit > -1 && limit < is;
        if exceeds(self.count, stats.count) || exceeds(count, stats.count) {
            let is = stats.count;
            io.print(format_args!(
                "[Warning]: the count quota you create is less than the existing count:{is}\n"
            ));
        }
        if exceeds(self.bytes, stats.bytes) || exceeds(bytes, stats.bytes) {
            let is = stats.bytes;
            io.print(format_args!(
                "[Warning]: the bytes quota you create is less than the existing bytes:{is}\n"
            ));
        }
    }
}

impl Display for Track {
    fn fmt(&self, to: &mut Formatter<'_>) -> std::fmt::Result {
        write!(to, "count={},bytes={}", self.count, self.bytes)?;
        match self.hard {
            Some((bytes, count)) => write!(to, "=;byteHardLimit={bytes};countHardLimit={count}"),
            None => Ok(()),
        }
    }
}

impl ZooKeeperShell {
    /// Where the quota of a command's path is, as the server knows it.
    fn quota_of(&self, command: &Command) -> String {
        self.rooted(&format!("{QUOTA}{}", command.path()))
    }

    /// Begins with a plan, unless the path of the limits cannot be one.
    fn plan_quota(&mut self, io: &mut dyn Io, command: Command, plan: Vec<ZkOp>) {
        if let Some(why) = wrong_path(&format!("{QUOTA}{}/{LIMITS}", command.path())) {
            return self.misused(io, &why);
        }
        self.found.clear();
        self.noted = None;
        self.plan = plan.into();
        self.go_on(io, command);
    }

    pub(super) fn list_quota(&mut self, io: &mut dyn Io, command: Command) {
        io.complain(format_args!("absolute path is {QUOTA}{}/{LIMITS}\n", command.path()));
        let quota = self.quota_of(&command);
        let plan = [LIMITS, STATS].map(|name| ZkOp::Get(format!("{quota}/{name}"), false)).to_vec();
        self.plan_quota(io, command, plan);
    }

    pub(super) fn delete_quota(&mut self, io: &mut dyn Io, command: Command) {
        let quota = self.quota_of(&command);
        let mut plan = vec![ZkOp::Exists(format!("{quota}/{LIMITS}"), false)];
        plan.push(if command.flags.is_empty() {
            ZkOp::Children(quota, false)
        } else {
            ZkOp::Get(format!("{quota}/{LIMITS}"), false)
        });
        self.plan_quota(io, command, plan);
    }

    pub(super) fn set_quota(&mut self, io: &mut dyn Io, command: Command) {
        let value = command.value.as_deref().unwrap_or_default();
        let znodes = command.has('n') || command.has('N');
        let value = value.parse::<i64>().ok().filter(|value| !znodes || i32::try_from(*value).is_ok());
        if self.is_old {
            if value.is_none() {
                return crash::no_number(self, io, command.value.as_deref().unwrap_or_default());
            }
        } else {
            let why = match value {
                _ if command.path().starts_with(QUOTA) => {
                    Some("cannot set a quota under the path: /zookeeper/quota")
                }
                None => Some("NumberFormatException happens when parsing the option value"),
                Some(..=0) if znodes => Some("the num quota must be greater than zero"),
                Some(..0) => Some("the bytes quota must be greater than or equal to zero"),
                Some(_) => None,
            };
            if let Some(why) = why {
                io.complain(format_args!("{why}\n"));
                return self.done(io, 0);
            }
        }
        if let Some(why) = wrong_path(&format!("{QUOTA}{}", command.path())) {
            return self.misused(io, &why);
        }
        let quota = self.quota_of(&command);
        let (root, mut above) = (self.rooted(QUOTA), vec![self.rooted(QUOTA)]);
        for (at, _) in command.path().match_indices('/').skip(1) {
            above.push(format!("{root}{}", command.path().get(..at).unwrap_or_default()));
        }
        let mut plan = vec![ZkOp::Exists(self.rooted(command.path()), false)];
        let looked_at = above.iter().skip(1).cloned();
        plan.push(ZkOp::Children(quota.clone(), false));
        plan.extend(looked_at.map(|path| ZkOp::Children(path, false)));
        above.push(quota.clone());
        plan.extend(above.into_iter().map(|path| match self.is_old && path != root {
            true => ZkOp::create(path, None),
            false => ZkOp::Exists(path, false),
        }));
        plan.push(ZkOp::Exists(format!("{quota}/{LIMITS}"), false));
        self.plan_quota(io, command, plan);
    }

    /// The limits that a new quota has.
    fn new_limits(&self, command: &Command) -> Track {
        let hard = (!self.is_old).then_some((-1, -1));
        let mut track = Track { count: -1, bytes: -1, hard };
        track.set(command, value(command));
        track
    }

    /// An answer on the way.
    pub(super) fn quota_step(&mut self, io: &mut dyn Io, command: Command, op: ZkOp, outcome: ZkOutcome) {
        match command.name.as_str() {
            "listquota" => self.listed_quota(io, command, op, outcome),
            "delquota" => self.deleted_quota(io, command, op, outcome),
            _ => self.have_set_quota(io, command, op, outcome),
        }
    }

    fn listed_quota(&mut self, io: &mut dyn Io, command: Command, op: ZkOp, outcome: ZkOutcome) {
        match (op, outcome) {
            (ZkOp::Get(path, _), Ok(ZkValue::Data(data, _))) => {
                let what = if path.ends_with(LIMITS) { "quota" } else { "stat" };
                let track = Track::of(data.as_deref().unwrap_or_default());
                io.print(format_args!("Output {what} for {} {track}\n", command.path()));
                self.go_on(io, command);
            }
            (_, Err(ZkError::NoNode)) => {
                io.complain(format_args!("quota for {} does not exist.\n", command.path()));
                self.done(io, 0);
            }
            (op, Err(error)) => self.quota_failed(io, &op, error),
            _ => self.go_on(io, command),
        }
    }

    fn deleted_quota(&mut self, io: &mut dyn Io, command: Command, op: ZkOp, outcome: ZkOutcome) {
        match (op, outcome) {
            (ZkOp::Exists(..), Err(ZkError::NoNode)) => {
                io.print(format_args!("Quota does not exist for {}\n", command.path()));
                return self.done(io, 0);
            }
            (ZkOp::Get(path, _), Ok(ZkValue::Data(data, _))) => {
                let mut track = Track::of(data.as_deref().unwrap_or_default());
                track.set(&command, -1);
                self.plan.push_back(ZkOp::Set(path, Some(track.to_string()), -1));
            }
            (ZkOp::Children(path, _), Ok(ZkValue::Names(names, _))) => {
                if names.is_empty() && path != self.rooted(QUOTA) {
                    // What is empty now goes as well, and what is above it.
                    let above = crate::zookeeper::parent(&path).0.to_owned();
                    self.plan.push_back(ZkOp::Delete(path, -1));
                    self.plan.push_back(ZkOp::Children(above, false));
                } else if self.noted.is_none() {
                    self.plan.extend(names.iter().map(|name| ZkOp::Delete(format!("{path}/{name}"), -1)));
                    self.plan.push_back(ZkOp::Children(path, false));
                }
                self.noted = Some(String::new());
            }
            (op, Err(error)) => return self.quota_failed(io, &op, error),
            _ => {}
        }
        self.go_on(io, command);
    }

    fn have_set_quota(&mut self, io: &mut dyn Io, command: Command, op: ZkOp, outcome: ZkOutcome) {
        let quota = self.quota_of(&command);
        match (op, outcome) {
            (ZkOp::Exists(path, _), Err(ZkError::NoNode)) => {
                if path == self.rooted(command.path()) {
                    let message = format!("{} does not exist.", command.path());
                    return self.no_quota(io, &message);
                }
                if path == format!("{quota}/{LIMITS}") {
                    let limits = self.new_limits(&command).to_string();
                    self.plan.push_back(ZkOp::create(path.clone(), Some(limits)));
                    let nothing = Track { count: 0, bytes: 0, hard: None }.to_string();
                    self.plan.push_back(ZkOp::create(format!("{quota}/{STATS}"), Some(nothing)));
                    if !self.is_old {
                        let both = [LIMITS, STATS].map(|name| ZkOp::Get(format!("{quota}/{name}"), false));
                        self.plan.extend(both);
                        self.noted = None;
                    }
                } else {
                    self.plan.push_front(ZkOp::create(path.clone(), None));
                    if path == self.rooted(QUOTA) {
                        self.plan.push_front(ZkOp::create(self.rooted("/zookeeper"), None));
                    }
                }
            }
            (ZkOp::Exists(path, _), Ok(_)) if path == format!("{quota}/{LIMITS}") => {
                self.plan.extend([LIMITS, STATS].map(|name| ZkOp::Get(format!("{quota}/{name}"), false)));
                self.merges = true;
            }
            (ZkOp::Get(path, _), Ok(ZkValue::Data(data, _))) => self.got(io, &command, &path, data),
            (ZkOp::Children(path, _), Ok(ZkValue::Names(names, _))) => {
                if let Some(message) = self.other_quota(&command, &quota, &path, &names) {
                    return self.no_quota(io, &message);
                }
            }
            (ZkOp::Children(..), Err(ZkError::NoNode)) | (ZkOp::Create { .. }, Err(ZkError::NodeExists)) => {}
            (op, Err(error)) => return self.quota_failed(io, &op, error),
            _ => {}
        }
        self.go_on(io, command);
    }

    /// Limits and then stats were read.
    fn got(&mut self, io: &mut dyn Io, command: &Command, path: &str, data: Option<String>) {
        if path.ends_with(LIMITS) {
            self.noted = data;
            return;
        }
        let mut limits = Track::of(self.noted.as_deref().unwrap_or_default());
        if self.merges {
            self.merges = false;
            limits.set(command, value(command));
            let limits_at = path.replace(STATS, LIMITS);
            self.plan.push_back(ZkOp::Set(limits_at, Some(limits.to_string()), -1));
        }
        limits.warn(io, Track::of(data.as_deref().unwrap_or_default()));
    }

    /// Whether a quota below or above is in the way; in the newer shell those far below as well.
    fn other_quota(
        &mut self,
        command: &Command,
        quota: &str,
        path: &str,
        names: &[String],
    ) -> Option<String> {
        let whose = command.path();
        let has = names.iter().any(|name| name == LIMITS);
        let root = self.rooted(QUOTA);
        let seen = path.strip_prefix(root.as_str()).unwrap_or(path);
        if self.is_old {
            let child = names.iter().find(|name| path == quota && !name.starts_with("zookeeper_"));
            return match child {
                Some(child) => Some(format!("{whose} has child {child} which has a quota")),
                None if has => Some(format!("{whose} has a parent {QUOTA}{seen} which has a quota")),
                None => None,
            };
        }
        if path == quota || path.strip_prefix(quota).is_some_and(|rest| rest.starts_with('/')) {
            if has && path != quota {
                return Some(format!("{whose} has a child {seen} which has a quota"));
            }
            let deeper = names.iter().filter(|name| !name.starts_with("zookeeper_"));
            for op in deeper.rev().map(|name| ZkOp::Children(format!("{path}/{name}"), false)) {
                self.plan.push_front(op);
            }
            return None;
        }
        has.then(|| format!("{whose} has a parent {seen} which has a quota"))
    }

    /// A quota cannot be set.
    fn no_quota(&mut self, io: &mut dyn Io, message: &str) {
        self.plan.clear();
        if self.is_old {
            crash::crash(self, io, &format!("java.lang.IllegalArgumentException: {message}"));
        } else {
            self.misused(io, message);
        }
    }

    fn quota_failed(&mut self, io: &mut dyn Io, op: &ZkOp, error: ZkError) {
        self.plan.clear();
        let path = match op {
            ZkOp::Exists(path, _)
            | ZkOp::Get(path, _)
            | ZkOp::Children(path, _)
            | ZkOp::Create { path, .. }
            | ZkOp::Set(path, ..)
            | ZkOp::Delete(path, _) => self.unrooted(path).to_owned(),
            _ => String::new(),
        };
        self.failed(io, error, &path);
    }
}

/// The number of the option.
fn value(command: &Command) -> i64 {
    command.value.as_deref().and_then(|value| value.parse().ok()).unwrap_or(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_written_as_each_shell_writes_them() {
        let new = "count=2,bytes=6=;byteHardLimit=12;countHardLimit=3";
        assert_eq!(Track::of(new).to_string(), new);
        assert_eq!(Track::of("count=2,bytes=-1").to_string(), "count=2,bytes=-1");
        let mut track = Track::of(new);
        track.set(&Command { flags: "N".into(), ..Command::default() }, -1);
        assert_eq!(track.hard, Some((12, -1)));
    }
}
