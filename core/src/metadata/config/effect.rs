//! Which settings change something here, and why the others do not. All of them are known, checked, kept and shown.

use super::Table;
use crate::metadata::ServerConfig;

/// Settings of topics that change something, beside those of brokers that [`ServerConfig`] holds.
const OF_TOPICS: &str = " cleanup.policy max.message.bytes message.timestamp.type min.insync.replicas \
                         message.timestamp.before.max.ms message.timestamp.after.max.ms segment.bytes segment.ms \
                         segment.index.bytes index.interval.bytes flush.messages flush.ms retention.bytes \
                         retention.ms file.delete.delay.ms delete.retention.ms min.compaction.lag.ms \
                         max.compaction.lag.ms min.cleanable.dirty.ratio leader.replication.throttled.replicas \
                         follower.replication.throttled.replicas \
                         unclean.leader.election.enable ";
/// Settings of groups that change something.
const OF_GROUPS: &str = " consumer.session.timeout.ms consumer.heartbeat.interval.ms consumer.assignment.interval.ms \
     share.session.timeout.ms share.heartbeat.interval.ms share.assignment.interval.ms share.auto.offset.reset \
     share.record.lock.duration.ms share.delivery.count.limit share.partition.max.record.locks \
     share.isolation.level ";
/// What a broker says about itself.
const OF_BROKERS: &str =
    " broker.id node.id process.roles listeners controller.listener.names listener.security.protocol.map ";

/// Parts of names, and why settings with such a name change nothing.
const REASONS: &[(&str, &str)] = &[
    ("remote. local.retention tiered", "there is no tiered storage here"),
    ("share", "of share groups only members, locks, deliveries and the size of their topic are simulated"),
    ("streams", "there are no streams groups here"),
    ("transaction txn", "of transactions only timeouts, expiry and the size of their topic are simulated"),
    ("compression", "batches are not really compressed here"),
    (
        "ssl. sasl. principal. token authorizer security. authentication reauth SCRAM",
        "nobody has to prove who they are here",
    ),
    (
        "quota byte_rate request_percentage mutation_rate creation_rate",
        "nobody is slowed down by quotas here",
    ),
    ("throttled", "copies are held back by their leaders here"),
    ("threads thread.", "work does not wait for threads here"),
    ("metric interval.ms match", "nobody collects metrics here"),
    ("controller. metadata.", "the controllers of this cluster have fixed habits"),
    ("group.consumer group.coordinator", "coordinators are simulated no closer"),
    ("log. segment preallocate internal.", "disks are simulated no closer"),
    ("socket connections queued idle listener purgatory", "connections and queues have no limits here"),
    (".class config.providers", "no classes can be plugged in here"),
];

/// Why a setting changes nothing here; `None` if it does change something.
#[must_use]
pub fn why_no_effect(name: &str) -> Option<&'static str> {
    let is_in = |list: &str, name: &str| list.contains(&format!(" {name} "));
    if ServerConfig::names().contains(&name)
        || is_in(OF_TOPICS, name)
        || is_in(OF_GROUPS, name)
        || is_in(OF_BROKERS, name)
    {
        return None;
    }
    for def in Table::Topic.all() {
        if is_in(OF_TOPICS, def.name) && def.behind().any(|(behind, _)| behind == name) {
            return None;
        }
    }
    for (parts, why) in REASONS {
        if parts.split(' ').any(|part| name.contains(part)) {
            return Some(why);
        }
    }
    Some("nothing that is simulated here depends on it")
}

/// All settings of topics, brokers and groups by what becomes of them: the reason, and the names. Those that change
/// something come first, with an empty reason.
#[must_use]
pub fn by_effect() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut groups: Vec<(&'static str, Vec<&'static str>)> = vec![("", Vec::new())];
    for table in [Table::Topic, Table::Broker, Table::Group] {
        for def in table.all().filter(|def| !def.is_internal) {
            let why = why_no_effect(def.name).unwrap_or_default();
            match groups.iter_mut().find(|(reason, _)| *reason == why) {
                Some((_, names)) if names.contains(&def.name) => {}
                Some((_, names)) => names.push(def.name),
                None => groups.push((why, vec![def.name])),
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_effect_says_why() {
        assert_eq!(why_no_effect("min.insync.replicas"), None);
        assert_eq!(why_no_effect("log.cleanup.policy"), None);
        assert_eq!(why_no_effect("message.max.bytes"), None);
        assert_eq!(why_no_effect("num.io.threads"), Some("work does not wait for threads here"));
        assert_eq!(why_no_effect("compression.type"), Some("batches are not really compressed here"));
        assert_eq!(why_no_effect("producer_byte_rate"), Some("nobody is slowed down by quotas here"));
    }

    #[test]
    fn every_setting_is_told_once() {
        let told: usize = by_effect().iter().map(|(_, names)| names.len()).sum();
        let mut all = crate::sorted::SortedSet::new();
        for table in [Table::Topic, Table::Broker, Table::Group] {
            for def in table.all().filter(|def| !def.is_internal) {
                all.insert(def.name);
            }
        }
        assert_eq!(told, all.len());
    }
}
