//! Settings on the controller: changes become records of the metadata log. Kafka: `ConfigurationControlManager` and
//! `ControllerConfigurationValidator`.

use super::Controller;
use super::liveness::Target;
use crate::metadata::config::{Layers, Table, altered, check_group, validate_topic_configs};
use crate::metadata::{ConfigResource, MetadataRecord, Release, ServerConfig, check_topic_name};
use crate::node::{Context, EventKind};
use crate::protocol::{
    AlterConfig, AlterOp, AlteredConfigs, ApiError, ErrorCode, IncrementalAlterConfigsRequest, TopicName,
};
use crate::sorted::SortedMap;

const MIN_ISR: &str = "min.insync.replicas";

impl Controller {
    pub(super) fn alter_configs(
        &mut self,
        ctx: &mut Context<'_>,
        ask: &IncrementalAlterConfigsRequest,
    ) -> AlteredConfigs {
        let mut results = Vec::with_capacity(ask.resources.len());
        for (resource, ops) in &ask.resources {
            let result = self.altered_records(resource, ops).map(|records| {
                if !ask.validate_only {
                    self.append_configs(ctx, records);
                }
            });
            results.push((resource.clone(), result));
        }
        results
    }

    /// The records of a change, or why it cannot be made: then nothing of it is.
    fn altered_records(
        &self,
        resource: &ConfigResource,
        ops: &[AlterConfig],
    ) -> Result<Vec<MetadataRecord>, ApiError> {
        let table = match resource {
            ConfigResource::Topic(_) => Table::Topic,
            ConfigResource::Group(_) => Table::Group,
            ConfigResource::ClientMetrics(_) => Table::ClientMetrics,
            _ => Table::Broker,
        };
        self.check_elr(resource, ops)?;
        let before = self.image.configs_of(resource);
        let after = altered(before, table, ops);
        self.check_settings(resource, &after)?;
        let of_broker = matches!(resource, ConfigResource::Broker(_) | ConfigResource::BrokerDefault);
        let mut records = Vec::new();
        for op in ops {
            let (old, new) = (before.and_then(|before| before.get(&op.name)), after.get(&op.name));
            // Brokers load files again when a setting is set to what it was.
            if old != new || of_broker {
                records.push(MetadataRecord::Config {
                    resource: resource.clone(),
                    name: op.name.clone(),
                    value: new.cloned(),
                });
            }
        }
        Ok(records)
    }

    /// With eligible leader replicas there has to be one `min.insync.replicas` for all brokers.
    fn check_elr(&self, resource: &ConfigResource, ops: &[AlterConfig]) -> Result<(), ApiError> {
        let is_on =
            self.image.features.get("eligible.leader.replicas.version").is_some_and(|level| *level > 0);
        let Some(op) = ops.iter().find(|op| is_on && op.name == MIN_ISR) else { return Ok(()) };
        let why = match resource {
            ConfigResource::Broker(_) => {
                "Broker-level min.insync.replicas cannot be altered while ELR is enabled."
            }
            ConfigResource::BrokerDefault if op.op == AlterOp::Delete => {
                "Cluster-level min.insync.replicas cannot be removed while ELR is enabled."
            }
            _ => return Ok(()),
        };
        Err((ErrorCode::InvalidConfig, why.to_owned()))
    }

    fn check_settings(
        &self,
        resource: &ConfigResource,
        after: &SortedMap<String, String>,
    ) -> Result<(), ApiError> {
        let invalid = |why: String| Err((ErrorCode::InvalidConfig, why));
        match resource {
            ConfigResource::Topic(topic) => {
                check_topic_name(topic).map_err(|why| (ErrorCode::InvalidTopicException, why))?;
                validate_topic_configs(after, Release::V4).or_else(|problem| invalid(problem.message()))?;
                if self.image.topic(topic).is_none() {
                    let why = format!("The topic '{topic}' does not exist.");
                    return Err((ErrorCode::UnknownTopicOrPartition, why));
                }
                Ok(())
            }
            ConfigResource::Group(_) => {
                let ServerConfig { release, properties, .. } = &self.config;
                let layers = Layers { release: *release, broker: self.id, image: &self.image, properties };
                check_group(after, &layers.in_force()).or_else(invalid)
            }
            ConfigResource::ClientMetrics(_) => crate::metadata::config::check_client_metrics(after),
            ConfigResource::Broker(_) | ConfigResource::BrokerDefault | ConfigResource::BrokerLogger(_) => {
                Ok(())
            }
        }
    }

    fn append_configs(&mut self, ctx: &mut Context<'_>, records: Vec<MetadataRecord>) {
        let mut changed = Vec::new();
        for record in &records {
            if let MetadataRecord::Config { resource, name, value } = record {
                if name == MIN_ISR {
                    changed.push(resource.clone());
                }
                let before = self.image.configs_of(resource).and_then(|before| before.get(name));
                // Tools also take away what is not there.
                if before != value.as_ref() {
                    ctx.emit(EventKind::ConfigChanged {
                        whose: resource.to_string(),
                        name: name.clone(),
                        value: value.clone(),
                    });
                }
            }
        }
        let has_eligible = || {
            self.image
                .topics()
                .any(|topic| topic.partitions.iter().any(|partition| !partition.elr.is_empty()))
        };
        let mut records = records;
        if !changed.is_empty() && has_eligible() {
            // What follows from the settings stands in one batch with them.
            let before = self.image.clone();
            for record in &records {
                self.image.replay(record);
            }
            let mut more = Vec::new();
            for resource in changed {
                let topic = match resource {
                    ConfigResource::Topic(topic) => Some(topic),
                    _ => None,
                };
                more.append(&mut self.eligible_changes(topic.as_ref()));
            }
            self.image = before;
            records.append(&mut more);
        }
        self.append(ctx, records);
    }

    /// Fewer replicas may be enough now: then nobody is eligible beside the in-sync replicas.
    fn eligible_changes(&self, topic: Option<&TopicName>) -> Vec<MetadataRecord> {
        self.partition_changes(
            |image, partition| {
                let concerned = !partition.elr.is_empty() && topic.is_none_or(|topic| *topic == image.name);
                concerned.then(|| Target { isr: partition.isr.clone(), unclean_shutdown: Vec::new() })
            },
            None,
        )
    }
}
