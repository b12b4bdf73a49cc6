//! Which value of a setting is in force on a broker (KIP-226): a topic's own, one set for this broker, one set for all
//! brokers, the one in `server.properties`, the default. In this order, and not always under the same name.

use super::{Table, broker_config_of, of_listener};
use crate::java::scala_hash_order;
use crate::metadata::{ConfigResource, MetadataImage, Release};
use crate::node::BrokerId;
use crate::protocol::{ConfigEntry, ConfigSource, ConfigSynonym};
use crate::sorted::SortedMap;

type Settings = SortedMap<String, String>;

/// Everything that gives settings a value, as one broker sees it.
#[derive(Clone, Copy, Debug)]
pub struct Layers<'a> {
    /// The Kafka that it is of.
    pub release: Release,
    /// The broker.
    pub broker: BrokerId,
    /// What the metadata log says.
    pub image: &'a MetadataImage,
    /// Its `server.properties`.
    pub properties: &'a Settings,
}

/// The names that a setting of brokers has, the strongest first: times may be given in several units.
#[must_use]
pub fn broker_names(name: &str) -> &'static [&'static str] {
    match name {
        "log.roll.ms" | "log.roll.hours" => &["log.roll.ms", "log.roll.hours"],
        "log.roll.jitter.ms" | "log.roll.jitter.hours" => &["log.roll.jitter.ms", "log.roll.jitter.hours"],
        "log.flush.interval.ms" => &["log.flush.interval.ms", "log.flush.scheduler.interval.ms"],
        "log.retention.ms" | "log.retention.minutes" | "log.retention.hours" => {
            &["log.retention.ms", "log.retention.minutes", "log.retention.hours"]
        }
        _ => &[],
    }
}

impl Layers<'_> {
    fn of(&self, resource: &ConfigResource) -> Option<&Settings> {
        self.image.configs_of(resource)
    }

    fn dynamic(&self, source: ConfigSource) -> Option<&Settings> {
        match source {
            ConfigSource::DynamicBroker => self.of(&ConfigResource::Broker(self.broker)),
            ConfigSource::DynamicDefaultBroker => self.of(&ConfigResource::BrokerDefault),
            ConfigSource::StaticBroker => Some(self.properties),
            _ => None,
        }
    }

    /// The properties that the broker works with: a value of a stronger place takes away all names of its setting at
    /// the weaker ones.
    #[must_use]
    pub fn in_force(&self) -> Settings {
        let mut all = self.properties.clone();
        for source in [ConfigSource::DynamicDefaultBroker, ConfigSource::DynamicBroker] {
            let Some(settings) = self.dynamic(source) else { continue };
            for (name, value) in settings {
                for other in broker_names(name) {
                    all.remove(*other);
                }
                all.insert(name.clone(), value.clone());
            }
        }
        all
    }

    /// All places that give this setting of brokers a value, the strongest first.
    #[must_use]
    pub fn synonyms(&self, name: &str) -> Vec<ConfigSynonym> {
        let own = [name];
        let known = broker_names(name);
        let listener = of_listener(name).map(|base| [name, base]);
        let names = match &listener {
            Some(names) => &names[..],
            None if known.is_empty() => &own[..],
            None => known,
        };
        let mut found = Vec::new();
        let is_sensitive = broker_config_of(self.release, name).is_none_or(|def| def.is_sensitive());
        let mut add = |source, name: &str, value: &str| {
            let value = (!is_sensitive).then(|| value.to_owned());
            found.push(ConfigSynonym { source, name: name.to_owned(), value });
        };
        for source in
            [ConfigSource::DynamicBroker, ConfigSource::DynamicDefaultBroker, ConfigSource::StaticBroker]
        {
            let Some(settings) = self.dynamic(source) else { continue };
            for name in names {
                if let Some(value) = settings.get(*name) {
                    add(source, name, value);
                }
            }
        }
        for name in names {
            if let Some(value) = Table::Broker.get_of(self.release, name).and_then(|def| def.default) {
                add(ConfigSource::Default, name, value);
            }
        }
        // What stands under another name only is not shown as a value of this one.
        let first = found.iter().position(|synonym| synonym.name == name).unwrap_or(found.len());
        found.split_off(first)
    }

    /// The value of a topic's setting in force.
    #[must_use]
    pub fn topic_value(&self, topic: &crate::protocol::TopicName, name: &str) -> Option<String> {
        let own = self.of(&ConfigResource::Topic(topic.clone())).and_then(|settings| settings.get(name));
        match own {
            Some(own) => Table::Topic.get_of(self.release, name).map(|def| def.shown(own)),
            None => self.topic_default(&self.in_force(), name),
        }
    }

    /// The value of a topic's setting in force, as a whole number; `true` is 1.
    #[must_use]
    pub fn topic_number(&self, topic: &crate::protocol::TopicName, name: &str) -> i64 {
        let value = self.topic_value(topic, name).unwrap_or_default();
        if value == "true" { 1 } else { value.parse().unwrap_or_default() }
    }

    /// What the broker settings behind a topic's setting give.
    #[must_use]
    pub fn topic_default(&self, in_force: &Settings, name: &str) -> Option<String> {
        let def = Table::Topic.get_of(self.release, name)?;
        for (behind, factor) in def.behind() {
            let given = in_force.get(behind).map(String::as_str);
            let Some(def) = Table::Broker.get_of(self.release, behind) else { continue };
            let Some(value) = given.or(def.default) else { continue };
            if factor == 1 {
                return Some(def.shown(value));
            }
            let units: i64 = value.trim().parse().ok()?;
            return Some(if units < 0 { -1 } else { units.saturating_mul(factor) }.to_string());
        }
        def.default.map(str::to_owned)
    }

    /// What brokers set for topics that say nothing, as far as it is not Kafka's default.
    #[must_use]
    pub fn topic_overrides(&self) -> Settings {
        let in_force = self.in_force();
        let mut overrides = Settings::new();
        for def in Table::Topic.all_of(self.release) {
            let synonyms = def.behind().next().map_or_else(Vec::new, |(name, _)| self.synonyms(name));
            if source_of(&synonyms) != ConfigSource::Default
                && let Some(value) = self.topic_default(&in_force, def.name)
            {
                overrides.insert(def.name.to_owned(), value);
            }
        }
        overrides
    }

    /// A topic's settings described, by name.
    #[must_use]
    pub fn describe_topic(&self, topic: &crate::protocol::TopicName) -> Vec<ConfigEntry> {
        let own = self.of(&ConfigResource::Topic(topic.clone()));
        let in_force = self.in_force();
        let mut entries = Vec::new();
        for def in Table::Topic.all_of(self.release).into_iter().filter(|def| !def.is_internal) {
            let mut synonyms = def.behind().next().map_or_else(Vec::new, |(name, _)| self.synonyms(name));
            let set = own.and_then(|own| own.get(def.name));
            let value = match set {
                Some(value) => Some(def.shown(value)),
                None => self.topic_default(&in_force, def.name),
            };
            if set.is_some() {
                let source = ConfigSource::DynamicTopic;
                synonyms.insert(0, ConfigSynonym { source, name: def.name.to_owned(), value: value.clone() });
            }
            entries.push(entry(def.name, value, false, false, synonyms));
        }
        self.in_order(entries)
    }

    /// This broker's settings described, by name.
    #[must_use]
    pub fn describe_broker(&self) -> Vec<ConfigEntry> {
        let in_force = self.in_force();
        let mut entries = Vec::new();
        for def in Table::Broker.all_of(self.release).into_iter().filter(|def| !def.is_internal) {
            let given = in_force.get(def.name).map(|value| def.shown(value));
            let value = given.or_else(|| def.default.map(str::to_owned));
            entries.push(self.broker_entry(def.name, value));
        }
        // Properties that Kafka does not know, and internal ones that somebody set.
        for (name, value) in &in_force {
            if Table::Broker.get_of(self.release, name).is_none_or(|def| def.is_internal) {
                entries.push(self.broker_entry(name, Some(value.clone())));
            }
        }
        self.in_order(entries)
    }

    /// As they are answered: by name, before 3.0 in the order of Scala's table of them.
    fn in_order(&self, entries: Vec<ConfigEntry>) -> Vec<ConfigEntry> {
        if self.release > Release::V2 {
            return by_name(entries);
        }
        let mut rest = entries;
        let mut ordered = Vec::with_capacity(rest.len());
        for name in scala_hash_order(rest.iter().map(|entry| entry.name.clone()).collect::<Vec<_>>()) {
            let at = rest.iter().position(|entry| entry.name == name);
            ordered.extend(at.map(|at| rest.swap_remove(at)));
        }
        ordered
    }

    fn broker_entry(&self, name: &str, value: Option<String>) -> ConfigEntry {
        let def = broker_config_of(self.release, name);
        let is_sensitive = def.is_none_or(|def| def.is_sensitive());
        let is_read_only = def.is_none_or(|def| def.mode == super::UpdateMode::ReadOnly);
        entry(name, value, is_sensitive, is_read_only, self.synonyms(name))
    }

    /// What is set for all brokers, by name.
    #[must_use]
    pub fn describe_default(&self) -> Vec<ConfigEntry> {
        let mut entries = Vec::new();
        for (name, value) in self.of(&ConfigResource::BrokerDefault).into_iter().flatten() {
            let value =
                broker_config_of(self.release, name).map_or_else(|| value.clone(), |def| def.shown(value));
            let mut described = self.broker_entry(name, Some(value));
            described.synonyms.retain(|synonym| synonym.source == ConfigSource::DynamicDefaultBroker);
            described.source = source_of(&described.synonyms);
            entries.push(described);
        }
        entries
    }

    /// A group's settings described, by name.
    #[must_use]
    pub fn describe_group(&self, group: &str) -> Vec<ConfigEntry> {
        let own = self.of(&ConfigResource::Group(group.to_owned()));
        let in_force = self.in_force();
        let mut entries = Vec::new();
        for def in Table::Group.all() {
            let behind = format!("group.{}", def.name);
            let mut synonyms = self.synonyms(&behind);
            if let Some(default) = def.default.filter(|_| broker_config_of(self.release, &behind).is_none()) {
                let (source, name) = (ConfigSource::Default, def.name.to_owned());
                synonyms.push(ConfigSynonym { source, name, value: Some(default.to_owned()) });
            }
            let set = own.and_then(|own| own.get(def.name));
            let value = match set {
                Some(value) => Some(def.shown(value)),
                None => in_force.get(&behind).map(String::as_str).or(def.default).map(str::to_owned),
            };
            if set.is_some() {
                let source = ConfigSource::DynamicGroup;
                synonyms.insert(0, ConfigSynonym { source, name: def.name.to_owned(), value: value.clone() });
            }
            entries.push(entry(def.name, value, false, false, synonyms));
        }
        by_name(entries)
    }

    /// A subscription to metrics described, by name.
    #[must_use]
    pub fn describe_client_metrics(&self, name: &str) -> Vec<ConfigEntry> {
        let mut entries = Vec::new();
        let own = self.of(&ConfigResource::ClientMetrics(name.to_owned()));
        for def in Table::ClientMetrics.all() {
            let set = own.and_then(|own| own.get(def.name));
            let value = set.map(String::as_str).or(def.default).map(str::to_owned);
            let mut synonyms = Vec::new();
            if set.is_some() {
                let (source, name) = (ConfigSource::DynamicClientMetrics, def.name.to_owned());
                synonyms.push(ConfigSynonym { source, name, value: value.clone() });
            }
            entries.push(entry(def.name, value, false, false, synonyms));
        }
        entries
    }
}

fn entry(
    name: &str,
    value: Option<String>,
    is_sensitive: bool,
    is_read_only: bool,
    synonyms: Vec<ConfigSynonym>,
) -> ConfigEntry {
    let source = source_of(&synonyms);
    let value = value.filter(|_| !is_sensitive);
    ConfigEntry { name: name.to_owned(), value, source, is_sensitive, is_read_only, synonyms }
}

fn source_of(synonyms: &[ConfigSynonym]) -> ConfigSource {
    synonyms.first().map_or(ConfigSource::Default, |synonym| synonym.source)
}

fn by_name(mut entries: Vec<ConfigEntry>) -> Vec<ConfigEntry> {
    crate::sorted::sort_by(&mut entries, |a, b| a.name.cmp(&b.name));
    entries
}
