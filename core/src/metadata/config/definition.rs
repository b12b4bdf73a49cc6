//! Which settings there are (Kafka's `ConfigDef`s), as one text for each kind of thing that has settings.
//!
//! A line is `name`, type and mode, default, valid values, and for topics the broker settings behind it. The texts
//! were taken from Kafka 4.3.0, stand in its order of definition, and are read when somebody asks: settings are asked about by people, not by records.

use super::value::{self, Check, ConfigType};

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
    fn every_default_is_valid_and_shown_as_it_is() {
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
