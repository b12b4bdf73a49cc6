//! Settings of topics, brokers, their loggers, groups and subscriptions: listed, described, changed.

use super::super::kit::{self, Thrown};
use super::{Configs, args};
use crate::client::ClientError;
use crate::command::process::Io;
use crate::java::hash_order;
use crate::metadata::config::{Table, why_no_effect};
use crate::metadata::{ConfigResource, check_topic_name};
use crate::protocol::{
    AlterConfig, AlterOp, ApiError, ConfigEntry, ConfigSource, DescribedConfigs,
    IncrementalAlterConfigsRequest, MetadataRequest, Request, Response,
};
use serde::Serialize;

const INVALID: &str = "org.apache.kafka.common.errors.InvalidConfigurationException";

/// Which answer is awaited.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Step {
    /// What there is.
    Listed,
    /// Nothing: the brokers do not know such a list.
    Unlisted,
    /// The settings of the first of these; the rest is still to be asked for.
    Described(Vec<String>),
    /// Which groups have settings, after those that have members or offsets.
    Groups(Vec<String>),
    /// Which loggers there are, before some are changed.
    Loggers,
    /// What is set, before some of it is taken away.
    Before,
    /// Quotas, to be shown.
    Quotas,
    /// Quotas, before some are changed.
    QuotasBefore,
    /// Passwords.
    Credentials,
    /// The change is made.
    Altered,
}

impl Configs {
    fn kind(&self) -> &str {
        self.entities.first_type()
    }

    /// `topic`, `broker-logger` …: Kafka takes the last letter off.
    fn singular(&self) -> &str {
        let kind = self.kind();
        kind.get(..kind.len().saturating_sub(1)).unwrap_or(kind)
    }

    fn resource(&self, name: &str) -> Result<ConfigResource, Thrown> {
        let id = || {
            name.parse().map_err(|_| {
                let kind = self.kind();
                Thrown::illegal(format!(
                    "The entity name for {kind} must be a valid integer broker id, found: {name}"
                ))
            })
        };
        Ok(match self.kind() {
            "topics" => {
                check_topic_name(name).map_err(|why| {
                    Thrown::new("org.apache.kafka.common.errors.InvalidTopicException", why)
                })?;
                ConfigResource::Topic(name.into())
            }
            "brokers" if name.is_empty() => ConfigResource::BrokerDefault,
            "brokers" => ConfigResource::Broker(id()?),
            "broker-loggers" => ConfigResource::BrokerLogger(id()?),
            "groups" => ConfigResource::Group(name.to_owned()),
            _ => ConfigResource::ClientMetrics(name.to_owned()),
        })
    }

    pub(super) fn describe(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        match self.entities.names.first() {
            Some(name) if self.options.has("all") || name.is_empty() => {
                let names = vec![name.clone()];
                self.describe_next(io, names)?;
            }
            // Up to 3.9 nobody looked whether it is there.
            Some(name) if io.is_3_9() => {
                let names = vec![name.clone()];
                self.describe_next(io, names)?;
            }
            named => {
                if let Some(name) = named {
                    self.resource(name)?;
                }
                self.list(io);
            }
        }
        Ok(())
    }

    fn list(&mut self, io: &mut dyn Io) {
        let metadata = MetadataRequest { topics: None, allow_auto_topic_creation: false };
        match self.kind() {
            "topics" => self.ask(io, "listTopics", Request::Metadata(metadata), Step::Listed),
            "brokers" | "broker-loggers" => {
                let request = MetadataRequest { topics: Some(Vec::new()), ..metadata };
                self.ask(io, "listNodes", Request::Metadata(request), Step::Listed);
            }
            "groups" => self.ask(io, "listGroups", Request::ListGroups(()), Step::Listed),
            // Clusters with ZooKeeper have no such list: the cluster is called, and that is found out.
            "client-metrics" if io.is_3_9() => {
                let request = Request::Metadata(MetadataRequest { topics: Some(Vec::new()), ..metadata });
                self.ask(io, "listClientMetricsResources", request, Step::Unlisted);
            }
            _ => self.ask(io, "listConfigResources", Request::ListConfigResources(()), Step::Listed),
        }
    }

    /// Prints the heading of the first and asks for its settings.
    fn describe_next(&mut self, io: &mut dyn Io, names: Vec<String>) -> Result<(), Thrown> {
        let Some(name) = names.first() else { return Ok(()) };
        let resource = self.resource(name)?;
        if name.is_empty() {
            io.print(format_args!("Default configs for {} in the cluster are:\n", self.kind()));
        } else {
            let which = if self.options.has("all") { "All" } else { "Dynamic" };
            io.print(format_args!("{which} configs for {} {name} are:\n", self.singular()));
        }
        let request = Request::DescribeConfigs(vec![resource]);
        self.ask(io, "describeConfigs", request, Step::Described(names));
        Ok(())
    }

    pub(super) fn alter(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        let added = args::additions(io, &self.options)?;
        kit::warn_of_format(io, added.iter().map(|(name, value)| (name, value)));
        let deleted = args::deletions(&self.options);
        let name = self.entities.names.first().cloned().unwrap_or_default();
        let resource = self.resource(&name)?;
        if matches!(resource, ConfigResource::BrokerLogger(_)) {
            let request = Request::DescribeConfigs(vec![resource]);
            self.ask(io, "describeConfigs", request, Step::Loggers);
            return Ok(());
        }
        // Up to 3.9 only what is set can be taken away, so that is looked at first.
        if io.is_3_9() {
            self.ask(io, "describeConfigs", Request::DescribeConfigs(vec![resource]), Step::Before);
            return Ok(());
        }
        self.send_changes(io, resource, added, deleted);
        Ok(())
    }

    /// Changes settings, of which those that are taken away have to be set.
    fn change_set(&mut self, io: &mut dyn Io, described: DescribedConfigs) -> Result<(), Thrown> {
        let name = self.entities.names.first().cloned().unwrap_or_default();
        let source = self.source(&name);
        for (resource, result) in described {
            let known = result.map_err(api_error)?;
            let added = args::additions(io, &self.options)?;
            let deleted = args::deletions(&self.options);
            let is_set =
                |name: &&String| known.iter().any(|entry| entry.name == **name && entry.source == source);
            let unset: Vec<&str> = deleted.iter().filter(|name| !is_set(name)).map(String::as_str).collect();
            if !unset.is_empty() {
                return Err(Thrown::new(INVALID, format!("Invalid config(s): {}", unset.join(","))));
            }
            self.send_changes(io, resource, added, deleted);
        }
        Ok(())
    }

    fn send_changes(
        &mut self,
        io: &mut dyn Io,
        resource: ConfigResource,
        added: Vec<(String, String)>,
        deleted: Vec<String>,
    ) {
        let mut ops = Vec::new();
        for (name, value) in added {
            // A file or a list that names a setting twice means the last.
            ops.retain(|op: &AlterConfig| op.name != name);
            ops.push(AlterConfig { name, op: AlterOp::Set, value });
        }
        for name in deleted {
            ops.push(AlterConfig { name, op: AlterOp::Delete, value: String::new() });
        }
        let ask = IncrementalAlterConfigsRequest { resources: vec![(resource, ops)], validate_only: false };
        self.ask(io, "incrementalAlterConfigs", Request::IncrementalAlterConfigs(ask), Step::Altered);
    }

    pub(super) fn on_answer(&mut self, io: &mut dyn Io, response: Response) -> Result<bool, Thrown> {
        match (self.step.clone(), response) {
            (Step::Unlisted, _) => {
                let class = "org.apache.kafka.common.errors.UnsupportedVersionException";
                let why = "The node does not support LIST_CLIENT_METRICS_RESOURCES";
                Err(Thrown::new(class, why).in_execution())
            }
            (Step::Listed, Response::ListGroups(groups)) => {
                let groups = groups.unwrap_or_default().into_iter().map(|group| group.group).collect();
                let request = Request::ListConfigResources(());
                self.ask(io, "listConfigResources", request, Step::Groups(groups));
                Ok(false)
            }
            (Step::Listed | Step::Groups(_), response) => {
                let names = self.listed(response);
                let Some(name) = self.entities.names.first().cloned() else {
                    self.describe_next(io, names.clone())?;
                    return Ok(names.is_empty());
                };
                if !names.contains(&name) {
                    let kind = self.singular();
                    io.print(format_args!(
                        "The {kind} '{name}' doesn't exist and doesn't have dynamic config.\n"
                    ));
                    return Ok(true);
                }
                self.describe_next(io, vec![name])?;
                Ok(false)
            }
            (Step::Described(mut names), Response::DescribeConfigs(described)) => {
                let name = names.remove(0);
                for (_, result) in described {
                    self.print(io, &name, result.map_err(api_error)?);
                }
                self.describe_next(io, names.clone())?;
                Ok(names.is_empty())
            }
            (Step::Loggers, Response::DescribeConfigs(described)) => {
                self.change_loggers(io, described).map(|()| false)
            }
            (Step::Before, Response::DescribeConfigs(described)) => {
                self.change_set(io, described).map(|()| false)
            }
            (Step::Quotas, Response::DescribeClientQuotas(found)) => Ok(self.print_quotas(io, found)),
            (Step::QuotasBefore, Response::DescribeClientQuotas(found)) => {
                self.change_quotas(io, &found)?;
                Ok(false)
            }
            (Step::Credentials, Response::DescribeUserScramCredentials(found)) => {
                self.print_credentials(io, found);
                Ok(true)
            }
            (
                Step::Altered,
                Response::AlterClientQuotas(outcome) | Response::AlterUserScramCredentials(outcome),
            ) => self.quota_outcome(io, outcome),
            (Step::Altered, Response::IncrementalAlterConfigs(results)) => {
                for (_, result) in results {
                    result.map_err(api_error)?;
                }
                self.completed(io);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Changes levels of loggers, all of which have to be there.
    fn change_loggers(&mut self, io: &mut dyn Io, described: DescribedConfigs) -> Result<(), Thrown> {
        for (resource, result) in described {
            let known = result.map_err(api_error)?;
            let added = args::additions(io, &self.options)?;
            let deleted = args::deletions(&self.options);
            let mut unknown = Vec::new();
            for name in deleted.iter().chain(added.iter().map(|(name, _)| name)) {
                if !known.iter().any(|entry| entry.name == *name) {
                    unknown.push(name.as_str());
                }
            }
            if !unknown.is_empty() {
                let message = format!("Invalid broker logger(s): {}", unknown.join(","));
                return Err(Thrown::new(INVALID, message));
            }
            self.send_changes(io, resource, added, deleted);
        }
        Ok(())
    }

    /// A note for what was set and changes nothing here.
    pub(super) fn note_effects(&self, io: &mut dyn Io) {
        let Ok(added) = args::additions(io, &self.options) else { return };
        for (name, _) in added {
            let is_known = Table::Broker.get(&name).or_else(|| Table::Topic.get(&name)).is_some();
            if self.kind() != "broker-loggers"
                && (is_known || !self.kind().starts_with("broker"))
                && let Some(why) = why_no_effect(&name)
            {
                io.note(&format!("{name} is kept and shown, but changes nothing: {why}"));
            }
        }
    }

    pub(super) fn completed(&self, io: &mut dyn Io) {
        self.note_effects(io);
        match self.entities.names.first().filter(|name| !name.is_empty()) {
            Some(name) => {
                io.print(format_args!("Completed updating config for {} {name}.\n", self.singular()))
            }
            None => io.print(format_args!(
                "Completed updating default config for {} in the cluster.\n",
                self.kind()
            )),
        }
    }

    /// The names of what there is; brokers are followed by what is set for all of them.
    fn listed(&self, response: Response) -> Vec<String> {
        match response {
            Response::Metadata(metadata) if self.kind() == "topics" => {
                hash_order(metadata.topics.iter().map(|topic| topic.name.to_string()))
            }
            Response::Metadata(metadata) => {
                let mut ids: Vec<String> = metadata.brokers.iter().map(|(id, _)| id.to_string()).collect();
                ids.push(String::new());
                ids
            }
            Response::ListConfigResources(resources) => {
                let mut names = match &self.step {
                    Step::Groups(groups) => groups.clone(),
                    _ => Vec::new(),
                };
                for resource in resources {
                    match (self.kind(), resource) {
                        ("groups", ConfigResource::Group(name))
                        | ("client-metrics", ConfigResource::ClientMetrics(name))
                            if !names.contains(&name) =>
                        {
                            names.push(name);
                        }
                        _ => {}
                    }
                }
                hash_order(names)
            }
            _ => Vec::new(),
        }
    }

    /// Where what is set for just this one comes from.
    fn source(&self, name: &str) -> ConfigSource {
        match self.kind() {
            "topics" => ConfigSource::DynamicTopic,
            "brokers" if name.is_empty() => ConfigSource::DynamicDefaultBroker,
            "brokers" => ConfigSource::DynamicBroker,
            "groups" => ConfigSource::DynamicGroup,
            "client-metrics" => ConfigSource::DynamicClientMetrics,
            _ => ConfigSource::DynamicBrokerLogger,
        }
    }

    /// Prints what is asked for: all of it, or what is set for just this one.
    fn print(&self, io: &mut dyn Io, name: &str, entries: Vec<ConfigEntry>) {
        let wanted = self.source(name);
        let all = self.options.has("all");
        let mut text = String::new();
        for entry in entries {
            if !all && entry.source != wanted {
                continue;
            }
            let mut synonyms = Vec::new();
            for synonym in &entry.synonyms {
                let value = synonym.value.as_deref().unwrap_or("null");
                synonyms.push(format!("{}:{}={value}", synonym.source.name(), synonym.name));
            }
            text.push_str(&format!(
                "  {}={} sensitive={} synonyms={{{}}}\n",
                entry.name,
                entry.value.as_deref().unwrap_or("null"),
                entry.is_sensitive,
                synonyms.join(", ")
            ));
        }
        io.out(&text);
    }
}

pub(in crate::command::tools) fn api_error((code, message): ApiError) -> Thrown {
    let mut error = ClientError::of(code, Some(message));
    if error.message.is_empty() {
        // An answer's empty sentence is still a sentence.
        error.class.push_str(": ");
    }
    Thrown::from(error).in_execution()
}
