//! Questions that a broker answers from what it knows: metadata, offsets, descriptions.

use super::Broker;
use crate::metadata::config::Table;
use crate::metadata::{ConfigResource, PartitionRegistration, TopicImage};
use crate::node::{BrokerId, Context};
use crate::protocol::{
    DescribeTopicsRequest, DescribeTopicsResponse, DescribedBroker, DescribedCluster, DescribedPartition,
    DescribedTopic, ErrorCode, IsolationLevel, ListOffsetsRequest, ListOffsetsResponse, ListedOffset,
    MetadataRequest, MetadataResponse, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, OffsetSpec,
    PartitionMetadata, Request, Response, TopicMetadata, TopicName, TopicPartition, Uuid,
    mismatched_endpoint,
};
use crate::sorted::SortedMap;

impl Broker {
    /// Requests that change nothing.
    pub(super) fn query(&self, request: &Request) -> Option<Response> {
        match request {
            Request::ListOffsets(ask) => Some(Response::ListOffsets(self.list_offsets(ask))),
            Request::OffsetForLeaderEpoch(ask) => {
                Some(Response::OffsetForLeaderEpoch(self.offset_for_leader_epoch(ask)))
            }
            Request::DescribeTopicPartitions(ask) => {
                Some(Response::DescribeTopicPartitions(self.describe_topics(ask)))
            }
            Request::DescribeLogDirs(_) => {
                let mut replicas = Vec::new();
                for (tp, replica) in &self.replicas {
                    replicas.push((tp.clone(), replica.log.size()));
                }
                Some(Response::DescribeLogDirs(vec![(self.id, crate::node::log_dir(self.id), replicas)]))
            }
            Request::DescribeCluster(ask) if ask.controllers => {
                Some(Response::DescribeCluster(Err(mismatched_endpoint(true))))
            }
            Request::DescribeCluster(ask) => {
                let mut endpoints = Vec::new();
                for (id, broker) in self.image.brokers.iter().filter(|(_, b)| ask.with_fenced || !b.fenced) {
                    endpoints.push(DescribedBroker {
                        id: *id,
                        endpoint: broker.endpoint.clone(),
                        rack: broker.rack.clone(),
                        is_fenced: broker.fenced,
                    });
                }
                let (cluster_id, controller) = (self.cluster_id, None);
                Some(Response::DescribeCluster(Ok(DescribedCluster { cluster_id, controller, endpoints })))
            }
            Request::ListConfigResources(()) => {
                let resources = self.image.configs.keys();
                Some(Response::ListConfigResources(resources.cloned().collect()))
            }
            Request::DescribeClientQuotas(ask) => {
                Some(Response::DescribeClientQuotas(self.describe_quotas(ask)))
            }
            Request::DescribeUserScramCredentials(users) => {
                Some(Response::DescribeUserScramCredentials(self.describe_credentials(users)))
            }
            Request::DescribeConfigs(ask) => Some(Response::DescribeConfigs(self.describe_configs(ask))),
            _ => None,
        }
    }

    fn live_brokers(&self) -> impl Iterator<Item = (&BrokerId, &crate::metadata::BrokerRegistration)> {
        self.image.brokers.iter().filter(|(_, broker)| !broker.fenced)
    }

    pub(super) fn metadata(&mut self, ctx: &mut Context<'_>, ask: &MetadataRequest) -> MetadataResponse {
        let topics = match &ask.topics {
            None => self.image.topics().map(|topic| self.topic_metadata(topic)).collect(),
            Some(names) => names.iter().map(|name| self.topic_by_name(ctx, name, ask)).collect(),
        };
        let brokers: Vec<_> = self.live_brokers().map(|(id, b)| (*id, b.endpoint.clone())).collect();
        // Any live broker forwards to the controller; which one is named does not matter.
        let controller_id = brokers.iter().map(|(id, _)| *id).find(|id| *id == self.id);
        let controller_id = controller_id.or_else(|| brokers.first().map(|(id, _)| *id));
        let racks = self.live_brokers().filter_map(|(id, b)| Some((*id, b.rack.clone()?))).collect();
        MetadataResponse { racks, cluster_id: self.cluster_id, brokers, controller_id, topics }
    }

    fn topic_by_name(
        &mut self,
        ctx: &mut Context<'_>,
        name: &TopicName,
        ask: &MetadataRequest,
    ) -> TopicMetadata {
        if let Some(topic) = self.image.topic(name) {
            return self.topic_metadata(topic);
        }
        let valid = crate::metadata::check_topic_name(name).is_ok();
        let made = valid && ask.allow_auto_topic_creation && self.config.auto_create_topics;
        if made {
            self.auto_create(ctx, name);
        }
        let error = match (valid, made && self.zk.is_some()) {
            (false, _) => ErrorCode::InvalidTopicException,
            // Over ZooKeeper it is made at once, and lacks a leader only.
            (true, true) => ErrorCode::LeaderNotAvailable,
            (true, false) => ErrorCode::UnknownTopicOrPartition,
        };
        TopicMetadata {
            error,
            name: name.clone(),
            topic_id: Uuid::ZERO,
            is_internal: name.is_internal(),
            partitions: Vec::new(),
        }
    }

    fn topic_metadata(&self, topic: &TopicImage) -> TopicMetadata {
        let live = |id: &BrokerId| self.image.brokers.get(id).is_some_and(|b| !b.fenced);
        let partition = |(number, p): (i32, &PartitionRegistration)| {
            let leader = p.leader.filter(|id| live(id));
            PartitionMetadata {
                error: if leader.is_some() { ErrorCode::None } else { ErrorCode::LeaderNotAvailable },
                partition: number,
                leader,
                leader_epoch: p.leader_epoch,
                replicas: p.replicas.clone(),
                isr: p.isr.clone(),
                offline_replicas: p.replicas.iter().copied().filter(|id| !live(id)).collect(),
            }
        };
        TopicMetadata {
            error: ErrorCode::None,
            name: topic.name.clone(),
            topic_id: topic.topic_id,
            is_internal: topic.name.is_internal(),
            partitions: (0..).zip(&topic.partitions).map(partition).collect(),
        }
    }

    fn list_offsets(&self, ask: &ListOffsetsRequest) -> ListOffsetsResponse {
        let one = |(tp, epoch, spec): &(TopicPartition, i32, OffsetSpec)| {
            let found = self.list_offset(tp, *epoch, *spec, ask.isolation);
            let (offset, timestamp, leader_epoch) = found.unwrap_or((-1, -1, -1));
            let error = found.err().unwrap_or(ErrorCode::None);
            ListedOffset { partition: tp.clone(), error, offset, timestamp, leader_epoch }
        };
        ListOffsetsResponse { partitions: ask.partitions.iter().map(one).collect() }
    }

    fn list_offset(
        &self,
        tp: &TopicPartition,
        epoch: i32,
        spec: OffsetSpec,
        isolation: IsolationLevel,
    ) -> Result<(i64, i64, i32), ErrorCode> {
        let known = self.image.partition(tp).is_some();
        let missing = if known { ErrorCode::NotLeaderOrFollower } else { ErrorCode::UnknownTopicOrPartition };
        let replica = self.replicas.get(tp).ok_or(missing)?;
        let leader = replica.leader().ok_or(missing)?;
        check_epoch(epoch, leader.epoch)?;
        let high_watermark = replica.log.high_watermark();
        // A new leader does not know yet how much of the old epochs is safe.
        let latest = matches!(spec, OffsetSpec::Latest);
        if latest && high_watermark < leader.epoch_start {
            return Err(ErrorCode::OffsetNotAvailable);
        }
        let upper = match isolation {
            IsolationLevel::ReadCommitted => replica.log.last_stable_offset(),
            IsolationLevel::ReadUncommitted => high_watermark,
        };
        Ok(replica.log.offset_for(spec, upper))
    }

    fn offset_for_leader_epoch(&self, ask: &OffsetForLeaderEpochRequest) -> OffsetForLeaderEpochResponse {
        let one = |(tp, current, epoch): &(TopicPartition, i32, i32)| {
            let found = self.end_of_epoch(tp, *current, *epoch);
            let error = found.err().unwrap_or(ErrorCode::None);
            let (epoch, end) = found.unwrap_or((-1, -1));
            (tp.clone(), error, epoch, end)
        };
        OffsetForLeaderEpochResponse { partitions: ask.partitions.iter().map(one).collect() }
    }

    /// The largest epoch at or below `epoch` in a log that is led here, and its end.
    fn end_of_epoch(&self, tp: &TopicPartition, current: i32, epoch: i32) -> Result<(i32, i64), ErrorCode> {
        let known = self.image.partition(tp).is_some();
        let missing = if known { ErrorCode::NotLeaderOrFollower } else { ErrorCode::UnknownTopicOrPartition };
        let replica = self.replicas.get(tp).ok_or(missing)?;
        check_epoch(current, replica.leader().ok_or(missing)?.epoch)?;
        Ok(replica.log.epochs().end_offset_for(epoch, replica.log.log_end()).unwrap_or((-1, -1)))
    }

    fn describe_topics(&self, ask: &DescribeTopicsRequest) -> DescribeTopicsResponse {
        let missing = |name: &TopicName| DescribedTopic {
            error: ErrorCode::UnknownTopicOrPartition,
            name: name.clone(),
            topic_id: Uuid::ZERO,
            overrides: SortedMap::new(),
            partitions: Vec::new(),
        };
        // What brokers set is the same for all topics, and worked out once.
        let of_broker = self.layers().topic_overrides();
        let describe = |topic: &TopicImage| self.describe_topic(topic, &of_broker);
        let topics = match &ask.topics {
            None => self.image.topics().map(describe).collect(),
            Some(names) => names
                .iter()
                .map(|name| self.image.topic(name).map_or_else(|| missing(name), describe))
                .collect(),
        };
        DescribeTopicsResponse { topics, live_brokers: self.live_brokers().map(|(id, _)| *id).collect() }
    }

    fn describe_topic(&self, topic: &TopicImage, of_broker: &SortedMap<String, String>) -> DescribedTopic {
        let mut overrides = of_broker.clone();
        let own = self.image.configs_of(&ConfigResource::Topic(topic.name.clone()));
        for (name, value) in own.into_iter().flatten() {
            let def = Table::Topic.get_of(self.config.release, name);
            let value = def.map_or_else(|| value.clone(), |def| def.shown(value));
            overrides.insert(name.clone(), value);
        }
        let partition = |(number, p): (i32, &PartitionRegistration)| DescribedPartition {
            partition: number,
            leader: p.leader,
            replicas: p.replicas.clone(),
            isr: p.isr.clone(),
            elr: p.elr.clone(),
            last_known_elr: p.last_known_elr.clone(),
        };
        DescribedTopic {
            error: ErrorCode::None,
            name: topic.name.clone(),
            topic_id: topic.topic_id,
            overrides,
            partitions: (0..).zip(&topic.partitions).map(partition).collect(),
        }
    }
}

/// The leader epoch that an asker believes in (-1 for none) against the one in force: older is fenced, newer is not
/// known here yet.
pub(super) fn check_epoch(asked: i32, known: i32) -> Result<(), ErrorCode> {
    if asked >= 0 && asked < known {
        return Err(ErrorCode::FencedLeaderEpoch);
    }
    if asked > known { Err(ErrorCode::UnknownLeaderEpoch) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_epochs_are_fenced_and_newer_ones_unknown() {
        assert_eq!(check_epoch(-1, 3), Ok(()));
        assert_eq!(check_epoch(3, 3), Ok(()));
        assert_eq!(check_epoch(2, 3), Err(ErrorCode::FencedLeaderEpoch));
        assert_eq!(check_epoch(4, 3), Err(ErrorCode::UnknownLeaderEpoch));
    }
}
