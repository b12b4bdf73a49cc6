//! What a client believes about the cluster: brokers, topics, leaders. Usually a little out of date.
//!
//! A client asks any broker it can reach, keeps the answer until it is too old or something contradicts it, and
//! never lets an older leader epoch overwrite a newer one (KIP-320).

use super::backoff::backoff;
use crate::client::{ClientError, CommonConfig};
use crate::node::{BrokerId, Endpoint, Rng, SimTime, Span};
use crate::protocol::{ErrorCode, MetadataResponse, PartitionMetadata, TopicName, TopicPartition, Uuid};
use crate::sorted::{SortedMap, SortedSet};
use serde::Serialize;

/// Which topics a client asks about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Wanted {
    /// These; possibly none, when only the brokers matter.
    Topics(SortedSet<TopicName>),
    /// All of them (administrators, pattern subscriptions).
    All,
}

/// One topic as the client knows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KnownTopic {
    /// Its id.
    pub topic_id: Uuid,
    /// Whether it is one of Kafka's own.
    pub is_internal: bool,
    /// Its partitions, by number.
    pub partitions: Vec<PartitionMetadata>,
}

/// The cache, and when it shall be renewed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Metadata {
    /// The cluster's id, once known.
    pub cluster_id: Option<Uuid>,
    /// Live brokers and where they listen; empty until a bootstrap server has answered.
    pub brokers: SortedMap<BrokerId, Endpoint>,
    /// Racks of those brokers that have one.
    pub racks: SortedMap<BrokerId, String>,
    /// The broker named as controller.
    pub controller: Option<BrokerId>,
    /// Topics known.
    pub topics: SortedMap<TopicName, KnownTopic>,
    /// Topics that the last answer could not tell, and why.
    pub errors: SortedMap<TopicName, ErrorCode>,
    /// What is asked for.
    pub(super) wanted: Wanted,
    /// Counts the answers taken in.
    pub version: u64,
    pub(super) update_needed: bool,
    pub(super) in_flight: bool,
    not_before: SimTime,
    expires: SimTime,
    failures: u32,
    equivalents: u32,
}

/// What an answer changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MetadataChange {
    /// Topics that could not be told, and why.
    pub errors: Vec<(TopicName, ErrorCode)>,
    /// Partitions whose leader differs from what the client believed.
    pub changed: Vec<(TopicPartition, Option<BrokerId>)>,
}

impl MetadataChange {
    /// What `poll` throws if a topic has a name that no topic can have.
    pub fn invalid_topics(&self) -> Option<ClientError> {
        let invalid = invalid_topics(&self.errors)?;
        Some(ClientError::of(ErrorCode::InvalidTopicException, Some(format!("Invalid topics: {invalid}"))))
    }
}

/// The topics among these whose names are refused, as Java prints a set.
pub(super) fn invalid_topics(errors: &[(TopicName, ErrorCode)]) -> Option<String> {
    let is_invalid = |error: &&(TopicName, ErrorCode)| error.1 == ErrorCode::InvalidTopicException;
    let invalid: Vec<&str> = errors.iter().filter(is_invalid).map(|(topic, _)| &**topic).collect();
    (!invalid.is_empty()).then(|| format!("[{}]", invalid.join(", ")))
}

impl Metadata {
    pub(super) fn new(wanted: Wanted, first_update: SimTime) -> Metadata {
        Metadata {
            cluster_id: None,
            brokers: SortedMap::new(),
            racks: SortedMap::new(),
            controller: None,
            topics: SortedMap::new(),
            errors: SortedMap::new(),
            wanted,
            version: 0,
            update_needed: true,
            in_flight: false,
            not_before: first_update,
            expires: SimTime::ZERO,
            failures: 0,
            equivalents: 0,
        }
    }

    /// Whether a broker has told the client who is who.
    #[must_use]
    pub fn is_bootstrapped(&self) -> bool {
        !self.brokers.is_empty()
    }

    /// What is known of a partition.
    #[must_use]
    pub fn partition(&self, partition: &TopicPartition) -> Option<&PartitionMetadata> {
        let index = usize::try_from(partition.partition).ok()?;
        let partitions = &self.topics.get(&partition.topic)?.partitions;
        // Partitions are numbered without gaps; the search is for answers that left one out.
        partitions
            .get(index)
            .filter(|found| found.partition == partition.partition)
            .or_else(|| partitions.iter().find(|found| found.partition == partition.partition))
    }

    /// The leader of a partition that can be reached by an address, and its epoch.
    #[must_use]
    pub fn leader(&self, partition: &TopicPartition) -> Option<(BrokerId, i32)> {
        let known = self.partition(partition)?;
        let leader = known.leader.filter(|leader| self.brokers.contains_key(leader))?;
        Some((leader, known.leader_epoch))
    }

    /// Takes over a leader named in an error (KIP-951), if it is newer than what is known. Says whether it was.
    pub fn update_leader(&mut self, partition: &TopicPartition, leader: BrokerId, epoch: i32) -> bool {
        if !self.brokers.contains_key(&leader) {
            return false;
        }
        let Some(topic) = self.topics.get_mut(&partition.topic) else { return false };
        let found = topic.partitions.iter_mut().find(|known| known.partition == partition.partition);
        let Some(known) = found else { return false };
        if known.leader_epoch >= epoch {
            return false;
        }
        (known.leader, known.leader_epoch, known.error) = (Some(leader), epoch, ErrorCode::None);
        true
    }

    /// When the next request is due.
    pub(super) fn due_at(&self) -> SimTime {
        let wish = if self.update_needed { SimTime::ZERO } else { self.expires };
        if self.in_flight { SimTime::NEVER } else { wish.max(self.not_before) }
    }

    pub(super) fn request_now(&mut self) {
        self.update_needed = true;
        self.equivalents = 0;
        self.not_before = SimTime::ZERO;
    }

    pub(super) fn failed(&mut self, now: SimTime, rng: &mut Rng, config: &CommonConfig) {
        self.in_flight = false;
        self.update_needed = true;
        let wait = backoff(rng, config.retry_backoff_ms, config.retry_backoff_max_ms, self.failures);
        self.failures = self.failures.saturating_add(1);
        self.not_before = now + wait;
    }

    /// Forgets the cluster: the bootstrap servers are asked again (KIP-1102).
    pub(super) fn forget(&mut self) {
        self.brokers.clear();
        self.topics.clear();
        self.controller = None;
        self.update_needed = true;
    }

    pub(super) fn update(
        &mut self,
        now: SimTime,
        rng: &mut Rng,
        config: &CommonConfig,
        answer: MetadataResponse,
    ) -> MetadataChange {
        self.in_flight = false;
        self.failures = 0;
        self.version += 1;
        self.update_needed = false;
        self.expires = now + Span::from_config_ms(config.metadata_max_age_ms);
        let known_before = self.topics.len();
        let change = self.take_in(answer);
        let progress = !change.changed.is_empty() || self.topics.len() != known_before;
        // Answers that bring nothing new are asked for ever more slowly.
        let wait = backoff(rng, config.retry_backoff_ms, config.retry_backoff_max_ms, self.equivalents);
        self.equivalents = if progress { 0 } else { self.equivalents.saturating_add(1) };
        self.not_before = now + wait;
        change
    }

    fn take_in(&mut self, answer: MetadataResponse) -> MetadataChange {
        let mut change = MetadataChange::default();
        self.cluster_id = Some(answer.cluster_id);
        self.controller = answer.controller_id;
        self.brokers = answer.brokers.into_iter().collect();
        self.racks = answer.racks;
        let mut topics = SortedMap::new();
        for topic in answer.topics {
            if !topic.error.is_none() {
                self.update_needed |= topic.error.refreshes_metadata();
                change.errors.push((topic.name, topic.error));
                continue;
            }
            let before = self.topics.get(&topic.name).filter(|known| known.topic_id == topic.topic_id);
            let mut partitions = topic.partitions;
            for new in &mut partitions {
                let old = before
                    .and_then(|known| known.partitions.iter().find(|old| old.partition == new.partition));
                if let Some(old) = old {
                    if old.leader_epoch > new.leader_epoch {
                        new.clone_from(old);
                    } else if old.leader != new.leader {
                        let partition = TopicPartition::new(topic.name.clone(), new.partition);
                        change.changed.push((partition, new.leader));
                    }
                }
                self.update_needed |= new.error.refreshes_metadata();
            }
            let known = KnownTopic { topic_id: topic.topic_id, is_internal: topic.is_internal, partitions };
            topics.insert(topic.name, known);
        }
        self.topics = topics;
        self.errors = change.errors.iter().cloned().collect();
        change
    }
}
