//! Which settings there are (Kafka's `ConfigDef`s), as one text for each kind of thing that has settings.
//!
//! A line is `name`, type and mode, default, valid values, and for topics the broker settings behind it. The texts
//! were taken from Kafka 4.3.0, stand in its order of definition, and are read when somebody asks: settings are asked
//! about by people, not by records.
//!
//! What was otherwise in 3.9.1 and 2.8.2 stands in texts of its own (`older_*.tsv`): first the releases, `3`, `2` or
//! both, then a line as above, or only a name, perhaps with a `*` at its end: there was no such setting yet.

use super::value::{self, Check, ConfigType};
use crate::metadata::Release;

/// When a change of a broker's setting takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateMode {
    /// When the broker starts again.
    ReadOnly,
    /// At once, for all brokers or for one.
    ClusterWide,
    /// At once, for one broker.
    PerBroker,
}

/// A setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigDef {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: ConfigType,
    /// When a change takes effect; of brokers.
    pub mode: UpdateMode,
    /// Kafka does not show it.
    pub is_internal: bool,
    /// Its value where nobody sets it; `None` is Java's null.
    pub default: Option<&'static str>,
    /// Whether somebody has to set it.
    pub is_required: bool,
    /// Which values it may have.
    pub valid: Check,
    /// The broker settings that give the default, the strongest first, each with the factor to this one's unit.
    behind: &'static str,
}

impl ConfigDef {
    /// Checks a value; the error is Kafka's sentence.
    pub fn check(&self, value: &str) -> Result<(), String> {
        value::check(self.name, value, self.kind, self.valid)
    }

    /// The same setting before Kafka 4: KIP-1030 raised the least size of a segment from 14 bytes to 1 MiB.
    #[must_use]
    pub fn before_kip_1030(self) -> ConfigDef {
        match self.name {
            "segment.bytes" | "log.segment.bytes" => ConfigDef { valid: Check::read("14.."), ..self },
            _ => self,
        }
    }

    /// A value as Kafka shows it after reading it.
    #[must_use]
    pub fn shown(&self, value: &str) -> String {
        value::shown(self.kind, value)
    }

    /// Whether its value is nobody's business.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        self.kind == ConfigType::Password
    }

    /// The broker settings that give the default, the strongest first, each with the factor to this one's unit.
    pub fn behind(&self) -> impl Iterator<Item = (&'static str, i64)> + use<> {
        self.behind.split(',').filter(|name| !name.is_empty()).map(|each| {
            let (name, factor) = each.split_once('*').unwrap_or((each, "1"));
            (name, factor.parse().unwrap_or(1))
        })
    }

    fn read(line: &'static str) -> ConfigDef {
        let mut parts = line.split('\t');
        let name = parts.next().unwrap_or_default();
        let kind = parts.next().unwrap_or_default();
        let default = parts.next().unwrap_or_default();
        let valid = parts.next().unwrap_or_default();
        ConfigDef {
            name,
            kind: ConfigType::of_letter(kind.as_bytes().first().copied().unwrap_or_default()),
            mode: match kind.as_bytes().get(1) {
                Some(b'c') => UpdateMode::ClusterWide,
                Some(b'p') => UpdateMode::PerBroker,
                _ => UpdateMode::ReadOnly,
            },
            is_internal: kind.ends_with('i'),
            default: Some(default).filter(|text| !matches!(*text, "~" | "!")),
            is_required: default == "!",
            valid: Check::read(valid),
            behind: parts.next().unwrap_or_default(),
        }
    }
}

/// Things that have settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Brokers and controllers.
    Broker,
    /// Topics.
    Topic,
    /// Groups.
    Group,
    /// Subscriptions to metrics of clients.
    ClientMetrics,
}

impl Table {
    fn text(self) -> &'static str {
        match self {
            Table::Broker => include_str!("broker.tsv"),
            Table::Topic => include_str!("topic.tsv"),
            Table::Group => include_str!("group.tsv"),
            Table::ClientMetrics => include_str!("client_metrics.tsv"),
        }
    }

    /// What was otherwise in older releases.
    fn older(self) -> &'static str {
        match self {
            Table::Broker => include_str!("older_broker.tsv"),
            Table::Topic => include_str!("older_topic.tsv"),
            Table::Group | Table::ClientMetrics => "",
        }
    }

    /// What was otherwise in this release: names, and for settings that there were their lines.
    fn older_of(self, release: Release) -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
        let age = match release {
            Release::V1 | Release::V2 => '2',
            Release::V3 => '3',
            Release::V4 => '4',
        };
        let lines = self.older().lines().filter_map(|line| line.split_once('\t'));
        lines.filter(move |(ages, _)| ages.contains(age)).map(|(_, line)| match line.split_once('\t') {
            Some((name, _)) => (name, Some(line)),
            None => (line, None),
        })
    }

    /// All settings of a release.
    #[must_use]
    pub fn all_of(self, release: Release) -> Vec<ConfigDef> {
        if release == Release::V4 {
            return self.all().collect();
        }
        let mut all = Vec::new();
        for def in self.all().filter(|def| !def.is_internal) {
            all.extend(self.get_of(release, def.name));
        }
        for (name, line) in self.older_of(release) {
            if !all.iter().any(|def| def.name == name) {
                all.extend(line.map(ConfigDef::read));
            }
        }
        all
    }

    /// The setting of this name in a release.
    #[must_use]
    pub fn get_of(self, release: Release, name: &str) -> Option<ConfigDef> {
        if release == Release::V4 {
            return self.get(name);
        }
        let means = |pattern: &str| match pattern.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => pattern == name,
        };
        match self.older_of(release).find(|(pattern, _)| means(pattern)) {
            Some((_, line)) => line.map(ConfigDef::read),
            None => self.get(name),
        }
    }

    /// All its settings.
    pub fn all(self) -> impl Iterator<Item = ConfigDef> {
        self.text().lines().map(ConfigDef::read)
    }

    /// The setting of this name.
    #[must_use]
    pub fn get(self, name: &str) -> Option<ConfigDef> {
        let text = self.text();
        let at = match text.strip_prefix(name) {
            Some(rest) if rest.starts_with('\t') => 0,
            // One search through the text is much faster than a look at each line.
            _ => text.find(&format!("\n{name}\t"))? + 1,
        };
        text.get(at..)?.lines().next().map(ConfigDef::read)
    }
}

/// The setting of topics of this name.
#[must_use]
pub fn topic_config(name: &str) -> Option<ConfigDef> {
    Table::Topic.get(name)
}

/// The setting of brokers of this name. One for a listener (`listener.name.internal.ssl.protocol`) is defined as the
/// general one is.
#[must_use]
pub fn broker_config(name: &str) -> Option<ConfigDef> {
    Table::Broker.get(of_listener(name).unwrap_or(name))
}

/// The same in a release.
#[must_use]
pub fn broker_config_of(release: Release, name: &str) -> Option<ConfigDef> {
    Table::Broker.get_of(release, of_listener(name).unwrap_or(name))
}

/// The general name of a setting for one listener.
#[must_use]
pub fn of_listener(name: &str) -> Option<&str> {
    name.strip_prefix("listener.name.")?.split_once('.').map(|(_, base)| base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_settings_of_kafka_are_there() {
        let shown = |table: Table| table.all().filter(|def| !def.is_internal).count();
        assert_eq!(shown(Table::Broker), 340);
        assert_eq!((shown(Table::Topic), shown(Table::Group), shown(Table::ClientMetrics)), (33, 17, 3));
    }

    #[test]
    fn older_releases_have_theirs() {
        let shown = |table: Table, release| {
            table.all_of(release).iter().filter(|def: &&ConfigDef| !def.is_internal).count()
        };
        // Of 3.9.1 and 2.8.2 the share coordinator's two, which a recording's cluster was given, are none.
        assert_eq!((shown(Table::Broker, Release::V3), shown(Table::Topic, Release::V3)), (314, 36));
        assert_eq!((shown(Table::Broker, Release::V2), shown(Table::Topic, Release::V2)), (218, 26));
        let default = |release, name| Table::Topic.get_of(release, name).and_then(|def| def.default);
        assert_eq!(default(Release::V2, "message.format.version"), Some("2.8-IV1"));
        assert_eq!(default(Release::V4, "message.format.version"), None);
        assert_eq!(default(Release::V2, "compression.zstd.level"), None);
        assert_eq!(default(Release::V3, "compression.zstd.level"), Some("3"));
        assert_eq!(broker_config_of(Release::V2, "controller.quorum.voters"), None);
    }

    #[test]
    fn every_default_is_valid_and_shown_as_it_is() {
        for release in [Release::V2, Release::V3] {
            for def in [Table::Broker, Table::Topic].into_iter().flat_map(|table| table.all_of(release)) {
                if let Some(default) = def.default.filter(|_| !def.is_required && def.name != "process.roles")
                {
                    assert_eq!(def.shown(default), default, "{}", def.name);
                }
                for (name, _) in def.behind() {
                    assert!(broker_config_of(release, name).is_some(), "{name}");
                }
            }
        }
        for table in [Table::Broker, Table::Topic, Table::Group, Table::ClientMetrics] {
            for def in table.all() {
                if let Some(default) = def.default.filter(|_| !def.is_required) {
                    assert_eq!(def.check(default), Ok(()), "{}", def.name);
                    assert_eq!(def.shown(default), default, "{}", def.name);
                }
                assert_eq!(table.get(def.name), Some(def));
                for (name, _) in def.behind() {
                    assert!(broker_config(name).is_some(), "{name}");
                }
            }
        }
    }

    #[test]
    fn a_line_says_everything_about_a_setting() {
        let def = broker_config("log.cleaner.min.cleanable.ratio").unwrap();
        assert_eq!(
            (def.kind, def.mode, def.default),
            (ConfigType::Double, UpdateMode::ClusterWide, Some("0.5"))
        );
        assert_eq!(def.valid, Check::Between(0, 1));
        let behind: Vec<_> = topic_config("retention.ms").unwrap().behind().collect();
        assert_eq!(
            behind,
            [("log.retention.ms", 1), ("log.retention.minutes", 60_000), ("log.retention.hours", 3_600_000)]
        );
        assert_eq!(broker_config("listener.name.internal.ssl.protocol").unwrap().name, "ssl.protocol");
        assert_eq!(broker_config("log.retention"), None);
    }
}
