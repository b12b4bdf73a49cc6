//! Topics: made, given more partitions, deleted.

use super::{Controller, UsableBroker, place};
use crate::metadata::{ConfigResource, MetadataRecord, TopicImage, check_topic_name};
use crate::node::{BrokerId, Context, EventKind};
use crate::protocol::{
    ApiError, CreatePartitionsRequest, CreateTopicsRequest, CreateTopicsResponse, DeleteTopicsRequest,
    ErrorCode, NewTopic, TopicName, TopicsResponse, Uuid,
};

/// Most partitions that one simulated cluster takes, replicas not counted: more would not fit a browser.
const PARTITIONS_MAX: i32 = 20_000;

/// Most partitions that one request makes, and most metadata records that it writes.
const BATCH_MAX: usize = 10_000;

pub(super) fn refuse<T>(code: ErrorCode, message: impl Into<String>) -> Result<T, ApiError> {
    Err((code, message.into()))
}

fn check_batch(records: usize) -> Result<(), ApiError> {
    if records <= BATCH_MAX {
        return Ok(());
    }
    refuse(ErrorCode::PolicyViolation, "Unable to perform excessively large batch operation.")
}

impl Controller {
    pub(super) fn create_topics(
        &mut self,
        ctx: &mut Context<'_>,
        ask: &CreateTopicsRequest,
    ) -> CreateTopicsResponse {
        let mut topics = Vec::with_capacity(ask.topics.len());
        let count = |topic: &NewTopic| match &topic.assignment {
            Some(lists) => lists.len(),
            None => usize::try_from(topic.partitions.unwrap_or(self.config.num_partitions)).unwrap_or(0),
        };
        let too_many = ask.topics.iter().map(count).fold(0, usize::saturating_add) > BATCH_MAX;
        for topic in &ask.topics {
            let result = if too_many {
                let why = "Excessively large number of partitions per request.";
                refuse(ErrorCode::PolicyViolation, why)
            } else {
                self.create_topic(ctx, topic, ask.validate_only)
            };
            topics.push((topic.name.clone(), result));
        }
        CreateTopicsResponse { topics }
    }

    fn create_topic(
        &mut self,
        ctx: &mut Context<'_>,
        new: &NewTopic,
        validate_only: bool,
    ) -> Result<Uuid, ApiError> {
        check_topic_name(&new.name).or_else(|why| refuse(ErrorCode::InvalidTopicException, why))?;
        if self.image.topic(&new.name).is_some() {
            return refuse(ErrorCode::TopicAlreadyExists, format!("Topic '{}' already exists.", new.name));
        }
        let folded = new.name.replace('.', "_");
        if let Some(other) = self.image.topics().find(|t| t.name.replace('.', "_") == folded) {
            let why = format!("Topic '{}' collides with existing topic: {}", new.name, other.name);
            return refuse(ErrorCode::InvalidTopicException, why);
        }
        crate::metadata::config::validate_topic_configs(&new.configs, crate::metadata::Release::V4)
            .or_else(|problem| refuse(ErrorCode::InvalidConfig, problem.message()))?;
        let assignment = match &new.assignment {
            Some(lists) => self.check_assignment(lists, None)?,
            None => self.automatic_assignment(new)?,
        };
        check_batch(1 + new.configs.len() + assignment.len())?;
        self.check_room(assignment.len())?;
        let topic_id = Uuid(self.rng.bytes16());
        if validate_only {
            return Ok(topic_id);
        }
        let mut records = vec![MetadataRecord::Topic { name: new.name.clone(), topic_id }];
        for (name, value) in &new.configs {
            records.push(MetadataRecord::Config {
                resource: ConfigResource::Topic(new.name.clone()),
                name: name.clone(),
                value: Some(value.clone()),
            });
        }
        ctx.emit(EventKind::TopicCreated {
            topic: new.name.clone(),
            partitions: i32::try_from(assignment.len()).unwrap_or(i32::MAX),
            replication_factor: assignment.first().map_or(0, |r| i16::try_from(r.len()).unwrap_or(i16::MAX)),
        });
        records.extend(self.partition_records(topic_id, 0, assignment));
        self.append(ctx, records);
        Ok(topic_id)
    }

    fn automatic_assignment(&mut self, new: &NewTopic) -> Result<Vec<Vec<BrokerId>>, ApiError> {
        let partitions = new.partitions.unwrap_or(self.config.num_partitions);
        let factor = new.replication_factor.unwrap_or(self.config.default_replication_factor);
        if partitions <= 0 {
            let why = "Number of partitions was set to an invalid non-positive value.";
            return refuse(ErrorCode::InvalidPartitions, why);
        }
        if factor <= 0 {
            let why = "Replication factor must be larger than 0, or -1 to use the default value.";
            return refuse(ErrorCode::InvalidReplicationFactor, why);
        }
        self.check_room(usize::try_from(partitions).unwrap_or(usize::MAX))?;
        self.place(partitions, factor)
    }

    fn place(&mut self, partitions: i32, factor: i16) -> Result<Vec<Vec<BrokerId>>, ApiError> {
        let usable: Vec<UsableBroker> = self
            .image
            .brokers
            .iter()
            .map(|(id, b)| UsableBroker { id: *id, rack: b.rack.clone(), fenced: !b.is_active() })
            .collect();
        place(&usable, partitions, factor, &mut self.rng).or_else(|why| {
            let why = format!("Unable to replicate the partition {factor} time(s): {why}");
            refuse(ErrorCode::InvalidReplicationFactor, why)
        })
    }

    fn check_room(&self, more: usize) -> Result<(), ApiError> {
        let now: usize = self.image.topics().map(|t| t.partitions.len()).sum();
        let limit = usize::try_from(PARTITIONS_MAX).unwrap_or(usize::MAX);
        if now.saturating_add(more) > limit {
            let why = format!(
                "This simulated cluster holds at most {PARTITIONS_MAX} partitions; it has {now} now."
            );
            return refuse(ErrorCode::PolicyViolation, why);
        }
        Ok(())
    }

    /// Checks replica lists that somebody gave, in Kafka's words.
    fn check_assignment(
        &self,
        lists: &[Vec<BrokerId>],
        factor: Option<usize>,
    ) -> Result<Vec<Vec<BrokerId>>, ApiError> {
        let invalid = |why: String| refuse(ErrorCode::InvalidReplicaAssignment, why);
        let mut factor = factor;
        for (number, replicas) in lists.iter().enumerate() {
            self.check_replicas(replicas)?;
            let before = *factor.get_or_insert(replicas.len());
            if before != replicas.len() {
                return invalid(format!(
                    "The manual partition assignment includes a partition with {} replica(s), but this is not \
                     consistent with previous partitions, which have {before} replica(s).",
                    replicas.len()
                ));
            }
            if !replicas.iter().any(|id| self.is_active(*id)) {
                return invalid(format!(
                    "All brokers specified in the manual partition assignment for partition {number} are fenced \
                     or in controlled shutdown."
                ));
            }
        }
        Ok(lists.to_vec())
    }

    /// Checks one replica list that somebody gave.
    pub(super) fn check_replicas(&self, replicas: &[BrokerId]) -> Result<(), ApiError> {
        let invalid = |why: String| refuse(ErrorCode::InvalidReplicaAssignment, why);
        if replicas.is_empty() {
            return invalid("The manual partition assignment includes an empty replica list.".to_owned());
        }
        let mut sorted = replicas.to_vec();
        crate::sorted::sort(&mut sorted);
        let mut before = None;
        for id in sorted {
            if !self.image.brokers.contains_key(&id) {
                return invalid(format!(
                    "The manual partition assignment includes broker {id}, but no such broker is registered."
                ));
            }
            if before.replace(id) == Some(id) {
                return invalid(format!(
                    "The manual partition assignment includes the broker {id} more than once."
                ));
            }
        }
        Ok(())
    }

    /// Records of new partitions: live replicas are in sync from the start, the first of them leads.
    fn partition_records(
        &self,
        topic_id: Uuid,
        first: i32,
        lists: Vec<Vec<BrokerId>>,
    ) -> Vec<MetadataRecord> {
        (first..)
            .zip(lists)
            .map(|(partition, replicas)| {
                let isr: Vec<BrokerId> = replicas.iter().copied().filter(|id| self.is_active(*id)).collect();
                MetadataRecord::Partition {
                    topic_id,
                    partition,
                    leader: isr.first().copied(),
                    isr,
                    replicas,
                    leader_epoch: 0,
                    partition_epoch: 0,
                }
            })
            .collect()
    }

    pub(super) fn delete_topics(
        &mut self,
        ctx: &mut Context<'_>,
        ask: &DeleteTopicsRequest,
    ) -> TopicsResponse {
        let mut topics = Vec::with_capacity(ask.topics.len());
        for name in &ask.topics {
            topics.push((name.clone(), self.delete_topic(ctx, name)));
        }
        TopicsResponse { topics }
    }

    fn delete_topic(&mut self, ctx: &mut Context<'_>, name: &TopicName) -> Result<(), ApiError> {
        if !self.config.delete_topics {
            return refuse(ErrorCode::TopicDeletionDisabled, ErrorCode::TopicDeletionDisabled.message());
        }
        let Some(topic) = self.image.topic(name) else {
            let code = ErrorCode::UnknownTopicOrPartition;
            return refuse(code, code.message());
        };
        let topic_id = topic.topic_id;
        ctx.emit(EventKind::TopicDeleted { topic: name.clone() });
        self.append(ctx, vec![MetadataRecord::RemoveTopic { topic_id }]);
        Ok(())
    }

    pub(super) fn create_partitions(
        &mut self,
        ctx: &mut Context<'_>,
        ask: &CreatePartitionsRequest,
    ) -> TopicsResponse {
        let result = self.add_partitions(ctx, ask);
        TopicsResponse { topics: vec![(ask.topic.clone(), result)] }
    }

    fn add_partitions(
        &mut self,
        ctx: &mut Context<'_>,
        ask: &CreatePartitionsRequest,
    ) -> Result<(), ApiError> {
        let Some(topic) = self.image.topic(&ask.topic) else {
            let code = ErrorCode::UnknownTopicOrPartition;
            return refuse(code, code.message());
        };
        let (topic_id, before) = (topic.topic_id, i32::try_from(topic.partitions.len()).unwrap_or(i32::MAX));
        let factor = topic.partitions.first().map_or(0, |p| p.replicas.len());
        if ask.total == before {
            return refuse(ErrorCode::InvalidPartitions, format!("Topic already has {before} partition(s)."));
        }
        if ask.total < before {
            let why = format!(
                "The topic {} currently has {before} partition(s); {} would not be an increase.",
                ask.topic, ask.total
            );
            return refuse(ErrorCode::InvalidPartitions, why);
        }
        let more = ask.total - before;
        let records = usize::try_from(more).unwrap_or(usize::MAX);
        if check_batch(records).is_err() {
            // Nothing in Kafka expects this of such a request.
            let code = ErrorCode::UnknownServerError;
            return refuse(code, code.message());
        }
        self.check_room(records)?;
        let lists = match &ask.assignment {
            Some(lists) if i32::try_from(lists.len()) != Ok(more) => {
                let why = format!(
                    "Attempted to add {more} additional partition(s), but only {} assignment(s) were specified.",
                    lists.len()
                );
                return refuse(ErrorCode::InvalidReplicaAssignment, why);
            }
            Some(lists) => self.check_assignment(lists, Some(factor))?,
            None => self.place(more, i16::try_from(factor).unwrap_or(i16::MAX))?,
        };
        ctx.emit(EventKind::PartitionsAdded { topic: ask.topic.clone(), before, now: ask.total });
        let records = self.partition_records(topic_id, before, lists);
        self.append(ctx, records);
        Ok(())
    }

    /// The topic of this name, for views.
    #[must_use]
    pub fn topic(&self, name: &str) -> Option<&TopicImage> {
        self.image.topic(name)
    }
}
