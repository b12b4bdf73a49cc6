//! OffsetCommit, OffsetFetch and OffsetDelete: how far a group has come.

use super::Topics;
use super::group_state::Group;
use super::records::{OffsetCommitValue, RecordKey};
use super::shard::{Shard, Step};
use crate::node::EventKind;
use crate::protocol::{
    ErrorCode, GroupState, OffsetCommitRequest, OffsetCommitResponse, OffsetDeleteRequest,
    OffsetDeleteResponse, OffsetFetchRequest, OffsetFetchResponse, OffsetToCommit, TopicPartition,
    TxnOffsetCommitRequest, Uuid,
};

impl Shard {
    pub(super) fn offset_commit(
        &mut self,
        step: &mut Step<'_>,
        topics: &dyn Topics,
        mut request: OffsetCommitRequest,
    ) -> OffsetCommitResponse {
        let refused = self.may_commit(step, &request).err();
        let offsets = std::mem::take(&mut request.offsets);
        let mut records = Vec::new();
        let mut committed = Vec::new();
        let partitions = offsets.into_iter().map(|wanted| {
            let partition = wanted.partition.clone();
            let error = match refused {
                _ if !topics.has_partition(&partition) => ErrorCode::UnknownTopicOrPartition,
                Some(error) => error,
                None if self.is_stale(topics, &request, &partition) => ErrorCode::StaleMemberEpoch,
                None if wanted.metadata.len() > step.config.offset_metadata_max_bytes as usize => {
                    ErrorCode::OffsetMetadataTooLarge
                }
                None => {
                    committed.push((partition.clone(), wanted.offset));
                    let key = RecordKey::OffsetCommit {
                        group: request.group.clone(),
                        partition: partition.clone(),
                    };
                    let value = commit_value(step, topics, wanted);
                    records.push(key.record(step.now.wall_ms(), Some(value.encode())));
                    ErrorCode::None
                }
            };
            (partition, error)
        });
        let partitions = partitions.collect();
        self.decide(step, records);
        if !committed.is_empty() {
            let group = self.groups.get(&request.group);
            let client_id = group.and_then(|group| group.client_of(&request.member_id));
            step.out.events.push(EventKind::Committed {
                client_id: client_id.unwrap_or_default(),
                group: request.group,
                offsets: committed,
            });
        }
        OffsetCommitResponse { partitions }
    }

    /// Offsets as part of a transaction: they wait for its marker.
    pub(super) fn txn_offset_commit(
        &mut self,
        step: &mut Step<'_>,
        topics: &dyn Topics,
        request: TxnOffsetCommitRequest,
    ) -> OffsetCommitResponse {
        let refused = self.may_commit_in_transaction(step, &request).err();
        let (mut records, mut partitions) = (Vec::new(), Vec::new());
        for wanted in request.offsets {
            let partition = wanted.partition.clone();
            let error = match refused {
                _ if !topics.has_partition(&partition) => ErrorCode::UnknownTopicOrPartition,
                Some(error) => error,
                None if wanted.metadata.len() > step.config.offset_metadata_max_bytes as usize => {
                    ErrorCode::OffsetMetadataTooLarge
                }
                None => {
                    let group = request.group.clone();
                    let key = RecordKey::OffsetCommit { group, partition: partition.clone() };
                    let value = commit_value(step, topics, wanted);
                    records.push(key.record(step.now.wall_ms(), Some(value.encode())));
                    ErrorCode::None
                }
            };
            partitions.push((partition, error));
        }
        let (id, epoch) = (request.producer.producer_id, request.producer.producer_epoch);
        records.iter().for_each(|record| self.replay_pending(id, record));
        step.out.transaction = Some((id, epoch));
        step.out.records.extend(records);
        OffsetCommitResponse { partitions }
    }

    /// A transaction may commit for a group without being a member; a member must be one of this generation.
    fn may_commit_in_transaction(
        &mut self,
        step: &Step<'_>,
        request: &TxnOffsetCommitRequest,
    ) -> Result<(), ErrorCode> {
        let Some(group) = self.groups.get_mut(&request.group) else {
            return if request.generation < 0 { Ok(()) } else { Err(ErrorCode::IllegalGeneration) };
        };
        let is_outsider =
            request.generation < 0 && request.member_id.is_empty() && request.group_instance_id.is_none();
        if is_outsider {
            return Ok(());
        }
        if let Some(modern) = group.modern.as_deref() {
            let member = modern.members.get(&request.member_id).ok_or(ErrorCode::UnknownMemberId)?;
            let current = request.generation == member.epoch;
            return if current { Ok(()) } else { Err(ErrorCode::StaleMemberEpoch) };
        }
        let instance = request.group_instance_id.as_deref();
        group.check_generation(&request.member_id, instance, request.generation)?;
        if let Some(member) = group.members.get_mut(&request.member_id) {
            member.heard(step.now);
        }
        Ok(())
    }

    /// Members of the generation may commit, and outsiders while nobody is in the group.
    fn may_commit(&mut self, step: &Step<'_>, request: &OffsetCommitRequest) -> Result<(), ErrorCode> {
        let Some(group) = self.groups.get_mut(&request.group) else {
            return if request.generation < 0 { Ok(()) } else { Err(ErrorCode::IllegalGeneration) };
        };
        let outsider =
            request.generation < 0 && request.member_id.is_empty() && request.group_instance_id.is_none();
        if group.is(GroupState::Empty) && request.generation < 0 {
            return Ok(());
        }
        if outsider {
            return Err(ErrorCode::UnknownMemberId);
        }
        if let Some(modern) = group.modern.as_deref() {
            let member = modern.members.get(&request.member_id).ok_or(ErrorCode::UnknownMemberId)?;
            let is_classic = member.wishes.classic.is_some();
            let newer = if is_classic { ErrorCode::IllegalGeneration } else { ErrorCode::StaleMemberEpoch };
            return if request.generation > member.epoch { Err(newer) } else { Ok(()) };
        }
        let instance = request.group_instance_id.as_deref();
        group.check_generation(&request.member_id, instance, request.generation)?;
        if group.is(GroupState::CompletingRebalance) {
            return Err(ErrorCode::RebalanceInProgress);
        }
        if let Some(member) = group.members.get_mut(&request.member_id) {
            member.heard(step.now);
        }
        Ok(())
    }

    /// Whether a member of a group of the new protocol got this partition later than in the epoch it tells, or has it
    /// not at all.
    fn is_stale(
        &self,
        topics: &dyn Topics,
        request: &OffsetCommitRequest,
        partition: &TopicPartition,
    ) -> bool {
        let modern = self.groups.get(&request.group).and_then(|group| group.modern.as_deref());
        let Some(member) = modern.and_then(|modern| modern.members.get(&request.member_id)) else {
            return false;
        };
        if request.generation == member.epoch {
            return false;
        }
        let id = topics.topic_id(&partition.topic).unwrap_or_default();
        let key = (id, partition.partition);
        let held = member.assigned.get(&key).or_else(|| member.revoking.get(&key));
        held.is_none_or(|epoch| request.generation < *epoch)
    }

    pub(super) fn offset_fetch(&self, request: &OffsetFetchRequest) -> OffsetFetchResponse {
        let offsets = self.groups.get(&request.group).map(|group| &group.offsets);
        let is_wanted =
            |tp: &TopicPartition| request.partitions.as_ref().is_none_or(|wanted| wanted.contains(tp));
        let mut pending = self.pending.values().flatten();
        if request.require_stable && pending.any(|(group, tp, _)| *group == request.group && is_wanted(tp)) {
            return OffsetFetchResponse { error: ErrorCode::UnstableOffsetCommit, partitions: Vec::new() };
        }
        let found = |tp: &TopicPartition| {
            let offset = offsets.and_then(|offsets| offsets.get(tp));
            (tp.clone(), offset.map_or(-1, |o| o.offset), offset.map_or(-1, |o| o.leader_epoch))
        };
        let partitions = match &request.partitions {
            Some(wanted) => wanted.iter().map(found).collect(),
            None => offsets.into_iter().flat_map(|offsets| offsets.keys()).map(found).collect(),
        };
        OffsetFetchResponse { error: ErrorCode::None, partitions }
    }

    pub(super) fn offset_delete(
        &mut self,
        step: &mut Step<'_>,
        topics: &dyn Topics,
        request: &OffsetDeleteRequest,
    ) -> OffsetDeleteResponse {
        let Some(group) = self.groups.get(&request.group) else {
            return OffsetDeleteResponse { error: ErrorCode::GroupIdNotFound, partitions: Vec::new() };
        };
        if group.modern.is_none()
            && !group.members.is_empty()
            && group.protocol_type.as_deref() != Some("consumer")
        {
            return OffsetDeleteResponse { error: ErrorCode::NonEmptyGroup, partitions: Vec::new() };
        }
        let mut records = Vec::new();
        let partitions = request.partitions.iter().map(|partition| {
            let error = if !topics.has_partition(partition) {
                ErrorCode::UnknownTopicOrPartition
            } else if group.subscribes_to(&partition.topic) {
                ErrorCode::GroupSubscribedToTopic
            } else {
                records.extend(group.forget_offset(step, partition));
                ErrorCode::None
            };
            (partition.clone(), error)
        });
        let partitions = partitions.collect();
        self.decide(step, records);
        let is_over = self.groups.get(&request.group).is_some_and(|group| group.offsets.is_empty());
        if is_over && topics.forgets_groups() {
            self.delete_group(step, request.group.clone());
        }
        OffsetDeleteResponse { error: ErrorCode::None, partitions }
    }
}

impl Group {
    /// The client id of a member.
    fn client_of(&self, member_id: &str) -> Option<String> {
        let modern = self.modern.as_deref().and_then(|modern| modern.members.get(member_id));
        let classic = self.members.get(member_id).map(|member| &member.client_id);
        classic.or(modern.map(|member| &member.wishes.client_id)).cloned()
    }

    /// The record that takes a committed offset back, if there is one.
    pub(super) fn forget_offset(
        &self,
        step: &Step<'_>,
        partition: &TopicPartition,
    ) -> Option<crate::protocol::Record> {
        self.offsets.get(partition)?;
        let key = RecordKey::OffsetCommit { group: self.id.clone(), partition: partition.clone() };
        Some(key.record(step.now.wall_ms(), None))
    }
}

fn commit_value(step: &Step<'_>, topics: &dyn Topics, wanted: OffsetToCommit) -> OffsetCommitValue {
    OffsetCommitValue {
        offset: wanted.offset,
        leader_epoch: wanted.leader_epoch,
        metadata: wanted.metadata,
        commit_timestamp: step.now.wall_ms(),
        // The coordinator of clusters with ZooKeeper did not know ids of topics.
        topic_id: match topics.forgets_groups() {
            true => Uuid::ZERO,
            false => topics.topic_id(&wanted.partition.topic).unwrap_or_default(),
        },
    }
}
