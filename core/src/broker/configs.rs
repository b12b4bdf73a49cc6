//! Settings on a broker: described in answers, checked before the controller gets them, in force once the metadata log
//! brings them. Kafka: `ConfigHelper`, `ConfigAdminManager`, `DynamicBrokerConfig`.

use super::Broker;
use super::replica::Replica;
use crate::java::{HashOrder, hash_order, hash_order_in};
use crate::log::LogConfig;
use crate::metadata::config::{Layers, OF_PARTITIONS, check_broker_change};
use crate::metadata::{ConfigResource, Release};
use crate::node::{BrokerId, Context, CorrelationId, NodeId};
use crate::protocol::{
    AlterConfig, ApiError, ConfigEntry, DescribeClientQuotasRequest, DescribedConfigs, DescribedCredentials,
    DescribedQuotas, ErrorCode, IncrementalAlterConfigsRequest, Request, Response, TopicName, TopicPartition,
};

impl Broker {
    /// Everything that gives settings a value here.
    pub(super) fn layers(&self) -> Layers<'_> {
        Layers {
            release: self.config.release,
            broker: self.id,
            image: &self.image,
            properties: &self.config.properties,
        }
    }

    /// Settings of this broker or of all brokers changed.
    pub(super) fn reconfigure(&mut self) {
        let layers = self.layers();
        let in_force = layers.in_force();
        let config = self.config.with(&in_force);
        let defaults = LogConfig::read(&|name| layers.topic_default(&in_force, name));
        self.config = config;
        self.configure_all_logs(defaults);
        let all: Vec<TopicPartition> = self.replicas.keys().cloned().collect();
        self.renew_min_isr(&all);
    }

    /// Settings of a topic changed.
    pub(super) fn topic_config_changed(&mut self, topic: &TopicName) {
        self.configure_logs(topic);
        let of_topic: Vec<TopicPartition> =
            self.replicas.keys().filter(|tp| tp.topic == *topic).cloned().collect();
        self.renew_min_isr(&of_topic);
    }

    /// `min.insync.replicas` as it acts on a partition: of the topic, else of this broker. Since 3.7 (KIP-966) it is
    /// never more than there are replicas.
    pub(super) fn min_isr(&self, topic: &TopicName, replicas: usize) -> u32 {
        let configured = self.image.min_insync_replicas(topic, self.config.min_insync_replicas);
        let configured = u32::try_from(configured).unwrap_or(1);
        if self.config.release < Release::V3 {
            return configured;
        }
        configured.min(u32::try_from(replicas).unwrap_or(u32::MAX))
    }

    /// Leaders may need more or fewer in-sync replicas now. That alone makes nothing safe: a leader looks at its high
    /// watermark again with the next record, fetch of a follower or change of the partition.
    fn renew_min_isr(&mut self, partitions: &[TopicPartition]) {
        for tp in partitions {
            let leader = self.replicas.get(tp).and_then(Replica::leader);
            let Some(replicas) = leader.map(|leader| leader.followers.len() + 1) else { continue };
            let min_isr = self.min_isr(&tp.topic, replicas);
            if let Some((_, leader)) = self.replicas.get_mut(tp).and_then(Replica::leading) {
                leader.min_isr = min_isr;
            }
        }
    }

    pub(super) fn describe_configs(&self, ask: &[ConfigResource]) -> DescribedConfigs {
        let mut described = Vec::with_capacity(ask.len());
        for resource in ask {
            described.push((resource.clone(), self.describe_config(resource)));
        }
        described
    }

    fn describe_config(&self, resource: &ConfigResource) -> Result<Vec<ConfigEntry>, ApiError> {
        let layers = self.layers();
        match resource {
            ConfigResource::Topic(topic) if self.image.topic(topic).is_none() => {
                Err((ErrorCode::UnknownTopicOrPartition, String::new()))
            }
            ConfigResource::Topic(topic) => Ok(layers.describe_topic(topic)),
            ConfigResource::BrokerDefault => Ok(layers.describe_default()),
            ConfigResource::Broker(id) if *id != self.id => {
                let me = self.id;
                let why = format!("Unexpected broker id, expected {me} or empty string, but received {id}");
                Err((ErrorCode::InvalidRequest, why))
            }
            ConfigResource::Broker(_) => Ok(layers.describe_broker()),
            ConfigResource::BrokerLogger(id) => {
                self.check_own(*id)?;
                let holds = !self.replicas.is_empty();
                Ok(self.loggers.describe(self.config.release, &|name| holds || name != OF_PARTITIONS))
            }
            ConfigResource::Group(group) => Ok(layers.describe_group(group)),
            ConfigResource::ClientMetrics(_) if self.zk.is_some() => {
                let why = "Config type client-metrics is only supported on KRaft clusters";
                Err((ErrorCode::InvalidRequest, why.to_owned()))
            }
            ConfigResource::ClientMetrics(name) => Ok(layers.describe_client_metrics(name)),
        }
    }

    /// Quotas of those who fit, in the order of Java's map of them.
    pub(super) fn describe_quotas(&self, ask: &DescribeClientQuotasRequest) -> DescribedQuotas {
        let mut found = Vec::new();
        // With KRaft they are kept in a table that is made anew with each change.
        let order = &self.image.quota_order;
        let all = match &self.zk {
            Some(_) => hash_order(self.image.quotas.keys().cloned()),
            None => hash_order_in(HashOrder::sized(order.len()).buckets(), order.iter().cloned()),
        };
        for entity in all {
            let fits = ask.components.iter().all(|(kind, wanted)| {
                entity.0.get(kind).is_some_and(|name| wanted.as_ref().is_none_or(|wanted| wanted == name))
            });
            if fits && entity.0.len() == ask.components.len() {
                let quotas = self.image.quotas.get(&entity).cloned().unwrap_or_default();
                found.push((entity, quotas));
            }
        }
        found
    }

    /// The passwords of these users, of all if none is named; a user without password is left out.
    pub(super) fn describe_credentials(&self, users: &[String]) -> DescribedCredentials {
        let all = self.image.scram_credentials.iter();
        all.filter(|(user, _)| users.is_empty() || users.contains(user))
            .map(|(user, mechanisms)| (user.clone(), mechanisms.clone()))
            .collect()
    }

    fn check_own(&self, id: BrokerId) -> Result<(), ApiError> {
        if id == self.id {
            return Ok(());
        }
        let why = format!("Unexpected broker id, expected {}, but received {id}", self.id);
        Err((ErrorCode::InvalidRequest, why))
    }

    pub(super) fn alter_configs(
        &mut self,
        ctx: &mut Context<'_>,
        asker: (NodeId, CorrelationId),
        ask: IncrementalAlterConfigsRequest,
    ) {
        let (mut answered, mut rest) = (Vec::new(), Vec::new());
        for (resource, ops) in ask.resources {
            match self.preprocess(&resource, &ops, ask.validate_only) {
                Ok(false) => rest.push((resource, ops)),
                Ok(true) => answered.push((resource, Ok(()))),
                Err(why) => answered.push((resource, Err(why))),
            }
        }
        if rest.is_empty() {
            ctx.respond(asker.0, asker.1, Response::IncrementalAlterConfigs(answered));
            return;
        }
        let rest = IncrementalAlterConfigsRequest { resources: rest, validate_only: ask.validate_only };
        if self.zk.is_some() {
            return self.zk_alter_configs(ctx, asker, rest, answered);
        }
        self.forward_rest(ctx, asker, Request::IncrementalAlterConfigs(rest), answered);
    }

    /// What this broker checks by itself, and whether that was all there is to do.
    fn preprocess(
        &mut self,
        resource: &ConfigResource,
        ops: &[AlterConfig],
        validate_only: bool,
    ) -> Result<bool, ApiError> {
        for (place, op) in ops.iter().enumerate() {
            if ops.iter().take(place).any(|earlier| earlier.name == op.name) {
                // Brokers with ZooKeeper name them.
                let end = match self.config.release {
                    Release::V4 => String::new(),
                    _ => format!(" : {}", op.name),
                };
                return Err((ErrorCode::InvalidRequest, format!("Error due to duplicate config keys{end}")));
            }
        }
        match resource {
            ConfigResource::BrokerLogger(id) => {
                self.check_own(*id)?;
                self.loggers.set(self.config.release, ops, validate_only).map(|()| true)
            }
            ConfigResource::Broker(id) => {
                self.check_own(*id)?;
                self.check_change(resource, ops, &id.to_string())
            }
            ConfigResource::BrokerDefault => self.check_change(resource, ops, ""),
            _ => Ok(false),
        }
    }

    /// Whether these settings may change while brokers run; 2.8 said of which they are.
    fn check_change(
        &self,
        resource: &ConfigResource,
        ops: &[AlterConfig],
        name: &str,
    ) -> Result<bool, ApiError> {
        let checked = check_broker_change(&self.layers(), resource, ops);
        checked.map(|()| false).map_err(|(code, why)| match self.config.release {
            Release::V1 | Release::V2 => {
                let of = format!("ConfigResource(type=BROKER, name='{name}')");
                (code, format!("Invalid config value for resource {of}: {why}"))
            }
            Release::V3 | Release::V4 => (code, why),
        })
    }
}
