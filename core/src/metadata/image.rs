//! The image: what the metadata log says so far. Every node that reads the log has one.

use super::{ConfigResource, MetadataBatch, MetadataRecord};
use crate::node::{BrokerId, Endpoint};
use crate::protocol::{FinalizedFeatures, QuotaEntity, TopicName, TopicPartition, Uuid};
use crate::sabotage::{self, Sabotage};
use crate::sorted::{SortedMap, SortedSet};
use serde::Serialize;

/// A registered broker.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BrokerRegistration {
    /// This start of its process.
    pub incarnation: Uuid,
    /// The epoch of this registration.
    pub epoch: i64,
    /// Where clients reach it.
    pub endpoint: Endpoint,
    /// Its rack.
    pub rack: Option<String>,
    /// Whether it may not lead.
    pub fenced: bool,
    /// Whether it is about to stop.
    pub in_controlled_shutdown: bool,
}

impl BrokerRegistration {
    /// Registered, unfenced and not about to stop: it may lead and be in sync.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !self.fenced && !self.in_controlled_shutdown
    }
}

/// The state of a partition (Kafka's `PartitionRegistration`).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PartitionRegistration {
    /// Replicas, the preferred leader first.
    pub replicas: Vec<BrokerId>,
    /// In-sync replicas.
    pub isr: Vec<BrokerId>,
    /// The leader, if there is one.
    pub leader: Option<BrokerId>,
    /// Raised whenever a leader is named.
    pub leader_epoch: i32,
    /// Raised with every change.
    pub partition_epoch: i32,
    /// Replicas that a reassignment adds.
    pub adding: Vec<BrokerId>,
    /// Replicas that a reassignment removes.
    pub removing: Vec<BrokerId>,
    /// Eligible leader replicas (KIP-966).
    pub elr: Vec<BrokerId>,
    /// Last known members of a lost ISR.
    pub last_known_elr: Vec<BrokerId>,
    /// Elected uncleanly and not yet recovered.
    pub recovering: bool,
}

impl PartitionRegistration {
    /// Whether the first of its replicas leads it.
    #[must_use]
    pub fn has_preferred_leader(&self) -> bool {
        self.leader == self.replicas.first().copied()
    }

    /// Whether its replicas are moving.
    #[must_use]
    pub fn is_reassigning(&self) -> bool {
        !self.adding.is_empty() || !self.removing.is_empty()
    }
}

/// A topic and its partitions, by number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TopicImage {
    /// Its name.
    pub name: TopicName,
    /// Its id.
    pub topic_id: Uuid,
    /// Its partitions: partition n at place n.
    pub partitions: Vec<PartitionRegistration>,
}

impl TopicImage {
    /// A partition by its number.
    #[must_use]
    pub fn partition(&self, partition: i32) -> Option<&PartitionRegistration> {
        self.partitions.get(usize::try_from(partition).ok()?)
    }
}

/// What a record changed, for those who have to act on it.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A partition appeared or changed.
    Partition(TopicPartition),
    /// A topic is gone.
    TopicRemoved(TopicName, Uuid),
    /// A broker appeared or changed.
    Broker(BrokerId),
    /// Settings changed.
    Config(ConfigResource),
}

/// Everything the log says.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MetadataImage {
    /// Offset of the next record to replay.
    pub next_offset: i64,
    /// Feature levels.
    pub features: SortedMap<String, i16>,
    /// Registered brokers.
    pub brokers: SortedMap<BrokerId, BrokerRegistration>,
    topics: SortedMap<TopicName, TopicImage>,
    names: SortedMap<Uuid, TopicName>,
    /// Settings.
    pub configs: SortedMap<ConfigResource, SortedMap<String, String>>,
    /// Quotas by whom they are for.
    pub quotas: SortedMap<QuotaEntity, SortedMap<String, String>>,
    /// Whom quotas are for, in the order in which they got their first: Kafka's hash tables show it.
    pub quota_order: Vec<QuotaEntity>,
    /// Users with the mechanisms of their passwords, and how often each hash is applied.
    pub scram_credentials: SortedMap<String, SortedMap<String, i32>>,
    /// The next producer id to hand out.
    pub next_producer_id: i64,
    /// Controllers that have registered.
    pub controllers: SortedSet<i32>,
    /// The controller quorum's leader and epoch.
    pub controller: Option<(i32, i32)>,
}

impl MetadataImage {
    /// That of an empty log.
    pub const EMPTY: MetadataImage = MetadataImage {
        next_offset: 0,
        features: SortedMap::new(),
        brokers: SortedMap::new(),
        topics: SortedMap::new(),
        names: SortedMap::new(),
        configs: SortedMap::new(),
        quotas: SortedMap::new(),
        quota_order: Vec::new(),
        scram_credentials: SortedMap::new(),
        next_producer_id: 0,
        controllers: SortedSet::new(),
        controller: None,
    };

    /// A topic by name.
    #[must_use]
    pub fn topic(&self, name: &str) -> Option<&TopicImage> {
        self.topics.get(name)
    }

    /// A topic by id.
    #[must_use]
    pub fn topic_by_id(&self, id: Uuid) -> Option<&TopicImage> {
        self.topics.get(self.names.get(&id)?)
    }

    /// Puts a topic in, or over the one of its name.
    pub fn put_topic(&mut self, topic: TopicImage) {
        self.remove_topic(&topic.name.clone());
        self.names.insert(topic.topic_id, topic.name.clone());
        self.topics.insert(topic.name.clone(), topic);
    }

    /// Takes a topic out; whether there was one.
    pub fn remove_topic(&mut self, name: &TopicName) -> bool {
        let Some(topic) = self.topics.remove(name) else { return false };
        self.names.remove(&topic.topic_id);
        self.configs.remove(&ConfigResource::Topic(name.clone()));
        true
    }

    /// Puts a partition of a topic that is there in its place.
    pub fn set_partition(&mut self, tp: &TopicPartition, state: PartitionRegistration) {
        let Some(topic) = self.topics.get_mut(&tp.topic) else { return };
        let Ok(at) = usize::try_from(tp.partition) else { return };
        if at >= topic.partitions.len() {
            topic.partitions.resize(at + 1, PartitionRegistration::default());
        }
        if let Some(place) = topic.partitions.get_mut(at) {
            *place = state;
        }
    }

    /// Puts a partition in its place, with a topic of this id around it.
    pub fn put_partition(&mut self, tp: &TopicPartition, topic_id: Uuid, state: PartitionRegistration) {
        if self.topics.get(&tp.topic).is_none_or(|topic| topic.topic_id != topic_id) {
            self.put_topic(TopicImage { name: tp.topic.clone(), topic_id, partitions: Vec::new() });
        }
        self.set_partition(tp, state);
    }

    /// All topics, by name.
    pub fn topics(&self) -> impl Iterator<Item = &TopicImage> {
        self.topics.values()
    }

    /// One partition.
    #[must_use]
    pub fn partition(&self, tp: &TopicPartition) -> Option<&PartitionRegistration> {
        self.topics.get(&*tp.topic)?.partition(tp.partition)
    }

    /// The settings of something, if it has any.
    #[must_use]
    pub fn configs_of(&self, resource: &ConfigResource) -> Option<&SortedMap<String, String>> {
        self.configs.get(resource)
    }

    /// Its feature levels, as servers tell them.
    #[must_use]
    pub fn finalized_features(&self) -> FinalizedFeatures {
        let levels = self.features.iter().map(|(name, level)| (name.clone(), *level)).collect();
        FinalizedFeatures { epoch: self.next_offset - 1, levels }
    }

    /// A setting of a topic: its own, else the cluster-wide dynamic default of the broker setting behind it.
    #[must_use]
    pub fn topic_config(&self, topic: &TopicName, name: &str) -> Option<&str> {
        let of = |resource: &ConfigResource| self.configs.get(resource)?.get(name).map(String::as_str);
        of(&ConfigResource::Topic(topic.clone())).or_else(|| of(&ConfigResource::BrokerDefault))
    }

    /// `min.insync.replicas` in force for a topic, on a server whose properties say `otherwise`.
    #[must_use]
    pub fn min_insync_replicas(&self, topic: &TopicName, otherwise: i32) -> i32 {
        let set = self.topic_config(topic, "min.insync.replicas");
        set.and_then(|value| value.parse().ok()).unwrap_or(otherwise)
    }

    /// `min.insync.replicas` of a topic as the controller applies it: at most the copies of its first partition.
    #[must_use]
    pub fn effective_min_isr(&self, topic: &TopicImage, otherwise: i32) -> usize {
        let copies = topic.partitions.first().map_or(0, |first| first.replicas.len());
        usize::try_from(self.min_insync_replicas(&topic.name, otherwise)).unwrap_or(1).min(copies)
    }

    /// Replays what was written together. No-op records change nothing but the offset.
    pub fn replay_batch(&mut self, batch: &MetadataBatch) {
        for record in &batch.records {
            self.replay(record);
        }
        if batch.idle.is_some() {
            self.next_offset = batch.end_offset();
        }
    }

    /// Replays one record.
    pub fn replay(&mut self, record: &MetadataRecord) -> Option<Change> {
        self.next_offset += 1;
        match record {
            MetadataRecord::FeatureLevel { name, level: 0 } => {
                self.features.remove(name);
                None
            }
            MetadataRecord::FeatureLevel { name, level } => {
                self.features.insert(name.clone(), *level);
                None
            }
            MetadataRecord::RegisterBroker { .. }
            | MetadataRecord::BrokerRegistrationChange { .. }
            | MetadataRecord::UnregisterBroker { .. } => self.replay_broker(record),
            MetadataRecord::Topic { name, topic_id } => {
                self.names.insert(*topic_id, name.clone());
                let image = TopicImage { name: name.clone(), topic_id: *topic_id, partitions: Vec::new() };
                self.topics.insert(name.clone(), image);
                None
            }
            MetadataRecord::Partition { .. } | MetadataRecord::PartitionChange { .. } => {
                self.replay_partition(record)
            }
            MetadataRecord::RemoveTopic { topic_id } => {
                let name = self.names.remove(topic_id)?;
                self.topics.remove(&name);
                self.configs.remove(&ConfigResource::Topic(name.clone()));
                Some(Change::TopicRemoved(name, *topic_id))
            }
            MetadataRecord::Config { resource, name, value } => {
                put(&mut self.configs, resource, name, value.as_ref());
                Some(Change::Config(resource.clone()))
            }
            MetadataRecord::ClientQuota { entity, key, value } => {
                put(&mut self.quotas, entity, key, value.as_ref());
                if !self.quotas.contains_key(entity) {
                    self.quota_order.retain(|other| other != entity);
                } else if !self.quota_order.contains(entity) {
                    self.quota_order.push(entity.clone());
                }
                None
            }
            MetadataRecord::UserScramCredential { user, mechanism, iterations } => {
                put(&mut self.scram_credentials, user, mechanism, iterations.as_ref());
                None
            }
            MetadataRecord::ProducerIds { next, .. } => {
                self.next_producer_id = *next;
                None
            }
            MetadataRecord::Voters { .. }
            | MetadataRecord::NoOp
            | MetadataRecord::BeginTransaction
            | MetadataRecord::EndTransaction => None,
            MetadataRecord::RegisterController { id, .. } => {
                self.controllers.insert(*id);
                None
            }
            MetadataRecord::LeaderChange { leader, epoch, .. } => {
                self.controller = Some((*leader, *epoch));
                None
            }
        }
    }

    fn replay_broker(&mut self, record: &MetadataRecord) -> Option<Change> {
        match record {
            MetadataRecord::RegisterBroker {
                broker_id,
                incarnation,
                broker_epoch,
                endpoint,
                rack,
                fenced,
            } => {
                let registration = BrokerRegistration {
                    incarnation: *incarnation,
                    epoch: *broker_epoch,
                    endpoint: endpoint.clone(),
                    rack: rack.clone(),
                    fenced: *fenced,
                    in_controlled_shutdown: false,
                };
                self.brokers.insert(*broker_id, registration);
                Some(Change::Broker(*broker_id))
            }
            MetadataRecord::BrokerRegistrationChange {
                broker_id, fenced, in_controlled_shutdown, ..
            } => {
                let broker = self.brokers.get_mut(broker_id)?;
                broker.fenced = fenced.unwrap_or(broker.fenced);
                broker.in_controlled_shutdown =
                    in_controlled_shutdown.unwrap_or(broker.in_controlled_shutdown);
                Some(Change::Broker(*broker_id))
            }
            MetadataRecord::UnregisterBroker { broker_id } => {
                self.brokers.remove(broker_id)?;
                Some(Change::Broker(*broker_id))
            }
            _ => None,
        }
    }

    fn replay_partition(&mut self, record: &MetadataRecord) -> Option<Change> {
        match record {
            MetadataRecord::Partition {
                topic_id,
                partition,
                replicas,
                isr,
                leader,
                leader_epoch,
                partition_epoch,
            } => {
                let topic = self.topics.get_mut(self.names.get(topic_id)?)?;
                topic.partitions.push(PartitionRegistration {
                    replicas: replicas.clone(),
                    isr: isr.clone(),
                    leader: *leader,
                    leader_epoch: *leader_epoch,
                    partition_epoch: *partition_epoch,
                    ..PartitionRegistration::default()
                });
                Some(Change::Partition(TopicPartition { topic: topic.name.clone(), partition: *partition }))
            }
            MetadataRecord::PartitionChange { topic_id, partition, change } => {
                let topic = self.topics.get_mut(self.names.get(topic_id)?)?;
                let state = topic.partitions.get_mut(usize::try_from(*partition).ok()?)?;
                state.partition_epoch += 1;
                if let Some(leader) = change.leader {
                    state.leader = leader;
                    state.leader_epoch += i32::from(!sabotage::on(Sabotage::EpochNotBumped));
                }
                for (new, old) in [
                    (&change.isr, &mut state.isr),
                    (&change.replicas, &mut state.replicas),
                    (&change.removing, &mut state.removing),
                    (&change.adding, &mut state.adding),
                    (&change.elr, &mut state.elr),
                    (&change.last_known_elr, &mut state.last_known_elr),
                ] {
                    if let Some(new) = new {
                        old.clone_from(new);
                    }
                }
                state.recovering = change.recovering.unwrap_or(state.recovering);
                Some(Change::Partition(TopicPartition { topic: topic.name.clone(), partition: *partition }))
            }
            _ => None,
        }
    }
}

/// Sets or takes away what something has under a name; what has nothing left is gone.
fn put<K: Ord + Clone, V: Clone>(
    all: &mut SortedMap<K, SortedMap<String, V>>,
    whose: &K,
    name: &String,
    value: Option<&V>,
) {
    let settings = all.entry(whose.clone()).or_default();
    match value {
        Some(value) => settings.insert(name.clone(), value.clone()),
        None => settings.remove(name),
    };
    if settings.is_empty() {
        all.remove(whose);
    }
}
