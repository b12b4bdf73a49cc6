//! All groups of one partition of `__consumer_offsets`.

use super::consumer::{ConsumerRecord, decode_share};
use super::group_state::{CommittedOffset, Group};
use super::records::{GroupMetadataValue, OffsetCommitValue, RecordKey};
use super::{GroupConfig, Output, ReplyTo, Topics};
use crate::node::{EventKind, Rng, SimTime, Span};
use crate::protocol::{ErrorCode, Record, RecordBatch, Request, Response, TopicName, TopicPartition};
use crate::sorted::SortedMap;
use serde::Serialize;

/// The moment, the settings and the outbox of one step.
pub(super) struct Step<'a> {
    pub now: SimTime,
    pub config: &'a GroupConfig,
    pub out: &'a mut Output,
}

impl Step<'_> {
    pub(super) fn reply(&mut self, to: ReplyTo, response: Response) {
        self.out.replies.push((to, response));
    }
}

/// The coordinator of the groups whose names hash to one partition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shard {
    /// The partition of `__consumer_offsets`.
    pub partition: i32,
    pub(super) groups: SortedMap<String, Group>,
    /// Offsets that open transactions would commit, by producer id.
    pub(super) pending: SortedMap<i64, Vec<(String, TopicPartition, CommittedOffset)>>,
    pub(super) next_cleanup: Option<SimTime>,
}

impl Shard {
    /// A coordinator that knows no group yet.
    #[must_use]
    pub fn new(partition: i32) -> Shard {
        Shard { partition, groups: SortedMap::new(), pending: SortedMap::new(), next_cleanup: None }
    }

    /// The groups by name.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    /// A batch found in the partition's log. What a transaction wrote counts once its marker says so.
    pub fn replay_batch(&mut self, batch: &RecordBatch) {
        if let Some(marker) = batch.marker() {
            self.transaction_ended(batch.producer_id, marker.committed);
            return;
        }
        for (_, record) in batch.records() {
            if batch.is_transactional {
                self.replay_pending(batch.producer_id, &record);
            } else {
                self.replay(&record);
            }
        }
    }

    pub(super) fn replay_pending(&mut self, producer_id: i64, record: &Record) {
        let key = record.key.as_deref().and_then(RecordKey::decode);
        let value = record.value.as_deref().and_then(OffsetCommitValue::decode);
        if let (Some(RecordKey::OffsetCommit { group, partition }), Some((_, value))) = (key, value) {
            self.group(&group);
            self.pending.entry(producer_id).or_default().push((group, partition, value.into()));
        }
    }

    /// A transaction that committed offsets here is over: they count now, or never. What to tell people.
    pub fn transaction_ended(&mut self, producer_id: i64, committed: bool) -> Vec<EventKind> {
        let mut events = Vec::new();
        for (group, partition, offset) in self.pending.remove(&producer_id).unwrap_or_default() {
            if committed {
                let (offsets, client_id) =
                    (vec![(partition.clone(), offset.offset)], "the transaction".to_owned());
                self.group(&group).offsets.insert(partition, offset);
                events.push(EventKind::Committed { group, client_id, offsets });
            }
        }
        events
    }

    /// A record of the partition: found in the log, or just decided. Records of other kinds are passed over.
    pub fn replay(&mut self, record: &Record) {
        if let Some((group, record)) = ConsumerRecord::decode(record) {
            if self.groups.contains_key(&group) || !record.is_tombstone() {
                self.group(&group).replay_consumer(record);
            }
            return;
        }
        // Most groups are none that share, and what reads their records is seldom needed.
        let is_shared = record.key.as_deref().is_some_and(|key| matches!(key, [0, 10..=15, ..]));
        if let Some((group, record)) = is_shared.then(|| decode_share(record)).flatten() {
            if self.groups.contains_key(&group) || !record.is_tombstone() {
                let group = self.group(&group);
                if !record.is_tombstone() && group.modern.is_none() {
                    group.become_share_group();
                }
                group.replay_consumer(record);
            }
            return;
        }
        let Some(key) = record.key.as_deref().and_then(RecordKey::decode) else { return };
        match (key, record.value.as_deref()) {
            (RecordKey::OffsetCommit { group, partition }, Some(value)) => {
                let Some((_, value)) = OffsetCommitValue::decode(value) else { return };
                self.group(&group).offsets.insert(partition, value.into());
            }
            (RecordKey::OffsetCommit { group, partition }, None) => {
                if let Some(group) = self.groups.get_mut(&group) {
                    group.offsets.remove(&partition);
                }
            }
            (RecordKey::GroupMetadata { group }, Some(value)) => {
                let Some((_, value)) = GroupMetadataValue::decode(value) else { return };
                self.group(&group).replay(&value);
            }
            (RecordKey::GroupMetadata { group }, None) => {
                self.groups.remove(&group);
            }
        }
    }

    /// The partition has been replayed by its new leader: every member gets a whole session to be heard of.
    pub fn loaded(&mut self, now: SimTime, config: &GroupConfig, topics: &dyn Topics) -> Output {
        for group in self.groups.values_mut() {
            group.members.values_mut().for_each(|member| member.heard(now));
            group.modern_loaded(now, config, topics);
        }
        let check = GroupConfig::default().offsets_retention_check_interval_ms;
        self.next_cleanup = Some(now + Span::from_config_ms(check));
        Output::default()
    }

    /// Answers a request about groups of this partition. Requests of other kinds get no reply.
    pub fn handle(
        &mut self,
        now: SimTime,
        rng: &mut Rng,
        config: &GroupConfig,
        topics: &dyn Topics,
        from: ReplyTo,
        request: Request,
    ) -> Output {
        let mut out = Output::default();
        if self.next_cleanup.is_none() {
            self.next_cleanup = Some(now + Span::from_config_ms(config.offsets_retention_check_interval_ms));
        }
        let mut step = Step { now, config, out: &mut out };
        match request {
            Request::ConsumerGroupHeartbeat(request) => {
                self.consumer_heartbeat(&mut step, topics, from, &request);
            }
            Request::ShareGroupHeartbeat(request) => self.share_heartbeat(&mut step, topics, from, &request),
            Request::DescribeShareGroupOffsets(ask) => self.describe_share_offsets(&mut step, from, &ask),
            Request::AlterShareGroupOffsets(ask) => self.alter_share_offsets(&mut step, topics, from, &ask),
            Request::DeleteShareGroupOffsets(ask) => {
                self.delete_share_offsets(&mut step, topics, from, &ask);
            }
            Request::JoinGroup(request) => self.join_group(&mut step, rng, topics, from, request),
            Request::SyncGroup(request) => self.sync_group(&mut step, topics, from, &request),
            Request::Heartbeat(request) => {
                let error = self.heartbeat(&step, from, &request);
                step.reply(from, Response::Heartbeat(error));
            }
            Request::LeaveGroup(request) => {
                let error = self.leave_group(&mut step, topics, &request);
                step.reply(from, Response::LeaveGroup(error));
            }
            Request::OffsetCommit(request) => {
                let response = self.offset_commit(&mut step, topics, request);
                step.reply(from, Response::OffsetCommit(response));
            }
            Request::TxnOffsetCommit(request) => {
                let response = self.txn_offset_commit(&mut step, topics, request);
                step.reply(from, Response::TxnOffsetCommit(response));
            }
            Request::OffsetFetch(request) => {
                let response = self.offset_fetch(&request);
                step.reply(from, Response::OffsetFetch(response));
            }
            Request::DescribeGroups(groups) => {
                let response = groups.iter().map(|id| self.describe_group(topics, id)).collect();
                step.reply(from, Response::DescribeGroups(response));
            }
            Request::ListGroups(()) => step.reply(from, Response::ListGroups(Ok(self.list_groups()))),
            // Questions about several groups come one by one.
            Request::DeleteGroups(groups)
                if groups.first().is_some_and(|id| self.delete_share_state(&mut step, from, id)) => {}
            Request::DeleteGroups(groups) => {
                let response = groups.into_iter().map(|id| self.delete_group(&mut step, id)).collect();
                step.reply(from, Response::DeleteGroups(response));
            }
            Request::OffsetDelete(request) => {
                let response = self.offset_delete(&mut step, topics, &request);
                step.reply(from, Response::OffsetDelete(response));
            }
            _ => {}
        }
        out
    }

    /// The partition has another leader now: who waits for an answer must look for the new coordinator.
    pub fn unloaded(&mut self) -> Output {
        let mut out = Output::default();
        for member in self.groups.values_mut().flat_map(|group| group.members.values_mut()) {
            member.refuse(&mut out, ErrorCode::NotCoordinator);
        }
        out
    }

    /// The topic is gone, and so are the offsets that groups committed for it. The coordinator of clusters with
    /// ZooKeeper looks for groups without members and offsets then (`sweeps`), the new one does so in time.
    pub fn on_topic_deleted(
        &mut self,
        now: SimTime,
        config: &GroupConfig,
        topic: &TopicName,
        sweeps: bool,
    ) -> Output {
        let mut out = Output::default();
        for group in self.groups.values() {
            for partition in group.offsets.keys().filter(|tp| &tp.topic == topic) {
                let key = RecordKey::OffsetCommit { group: group.id.clone(), partition: partition.clone() };
                out.records.push(key.record(now.wall_ms(), None));
            }
        }
        out.records.iter().for_each(|record| self.replay(record));
        let mut step = Step { now, config, out: &mut out };
        self.share_groups_lose_topic(&mut step, topic);
        if sweeps {
            self.clean_up(&mut Step { now, config, out: &mut out });
        }
        out
    }

    /// The group of this name, made if there is none.
    pub(super) fn group(&mut self, id: &str) -> &mut Group {
        self.groups.entry(id.to_owned()).or_insert_with(|| Group::new(id))
    }

    /// The group of this name, for a member that believes in it.
    pub(super) fn known(&mut self, id: &str) -> Result<&mut Group, ErrorCode> {
        self.groups.get_mut(id).ok_or(ErrorCode::UnknownMemberId)
    }

    /// Writes decided records down.
    pub(super) fn decide(&mut self, step: &mut Step<'_>, records: Vec<Record>) {
        records.iter().for_each(|record| self.replay(record));
        step.out.records.extend(records);
    }
}
