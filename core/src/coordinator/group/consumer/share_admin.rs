//! What administrators do to the start offsets of share groups, and how a group goes: each is a question to share
//! coordinators, and an answer when they have answered.

use super::super::shard::{Shard, Step};
use super::super::{GroupConfig, Output, ReplyTo, ShareAnswer, ShareWork, Topics};
use super::heartbeat::Refused;
use super::{ConsumerRecord, NamedPartitions};
use crate::node::SimTime;
use crate::protocol::{
    ErrorCode, GroupState, Request, Response, ShareOffset, ShareOffsetsRequest, ShareOffsetsResponse,
    SharePartitionKey, ShareState, TopicName, TopicPartition,
};
use crate::sorted::SortedSet;

/// An answer that is an error of the whole group.
#[must_use]
pub fn no_share_offsets(error: ErrorCode, message: Option<String>) -> ShareOffsetsResponse {
    ShareOffsetsResponse { error: Some((error, message)), partitions: Vec::new() }
}

fn unknown() -> ShareOffset {
    let code = ErrorCode::UnknownTopicOrPartition;
    Err((code, Some(code.message().to_owned())))
}

impl Shard {
    fn empty_share_group(&mut self, id: &str, create: bool) -> Result<&mut super::super::Group, Refused> {
        let group = self.share_group(id, create)?;
        if group.state != GroupState::Empty {
            return Err((ErrorCode::NonEmptyGroup, None));
        }
        Ok(group)
    }

    /// DescribeShareGroupOffsets.
    pub(in super::super) fn describe_share_offsets(
        &mut self,
        step: &mut Step<'_>,
        from: ReplyTo,
        ask: &ShareOffsetsRequest,
    ) {
        let group = match self.share_group(&ask.group, false) {
            Ok(group) => group,
            Err((error, message)) => {
                let answer = no_share_offsets(error, message);
                return step.reply(from, Response::DescribeShareGroupOffsets(answer));
            }
        };
        let share = group.modern.as_deref().and_then(|modern| modern.share.as_deref());
        let (mut requests, mut partitions) = (Vec::new(), Vec::new());
        for (topic_id, (name, numbers)) in share.into_iter().flat_map(|share| &share.initialized) {
            for partition in numbers {
                let key = SharePartitionKey {
                    group: ask.group.clone(),
                    topic_id: *topic_id,
                    partition: *partition,
                };
                requests.push((key.clone(), Request::ReadShareGroupStateSummary(key)));
                partitions.push((TopicPartition::new(name.clone(), *partition), Ok((-1, -1, -1))));
            }
        }
        let answer = ShareOffsetsResponse { error: None, partitions };
        if requests.is_empty() {
            return step.reply(from, Response::DescribeShareGroupOffsets(answer));
        }
        let answer = Some(ShareAnswer::Described(from, answer));
        step.out.share_work.push(ShareWork { group: ask.group.clone(), requests, answer });
    }

    /// AlterShareGroupOffsets: the partitions begin anew.
    pub(in super::super) fn alter_share_offsets(
        &mut self,
        step: &mut Step<'_>,
        topics: &dyn Topics,
        from: ReplyTo,
        ask: &ShareOffsetsRequest,
    ) {
        let is_new = !self.groups.contains_key(&ask.group);
        let group = match self.empty_share_group(&ask.group, true) {
            Ok(group) => group,
            Err((error, message)) => {
                let answer = no_share_offsets(error, message);
                return step.reply(from, Response::AlterShareGroupOffsets(answer));
            }
        };
        if is_new && let Some(modern) = group.modern.as_deref() {
            let record = ConsumerRecord::Group(Some((modern.group_epoch, modern.metadata_hash)));
            group.note(step, record);
        }
        let Some(modern) = group.modern.as_deref() else { return };
        let epoch = modern.group_epoch;
        let Some(mut share) = modern.share.clone() else { return };
        let (mut requests, mut partitions) = (Vec::new(), Vec::new());
        for (tp, offset) in &ask.offsets {
            let id = topics.topic_id(&tp.topic).filter(|_| topics.has_partition(tp));
            let Some(topic_id) = id else {
                partitions.push((tp.clone(), unknown()));
                continue;
            };
            let slot =
                share.initializing.entry(topic_id).or_insert_with(|| (tp.topic.clone(), SortedSet::new()));
            slot.1.insert(tp.partition);
            let key = SharePartitionKey { group: ask.group.clone(), topic_id, partition: tp.partition };
            requests.push((key.clone(), Request::InitializeShareGroupState((key, epoch, *offset))));
            partitions.push((tp.clone(), Ok((*offset, 0, 0))));
        }
        group.note(step, ConsumerRecord::ShareTopics(Some(share)));
        let answer = ShareOffsetsResponse { error: None, partitions };
        if requests.is_empty() {
            return step.reply(from, Response::AlterShareGroupOffsets(answer));
        }
        let answer = Some(ShareAnswer::Altered(from, answer));
        step.out.share_work.push(ShareWork { group: ask.group.clone(), requests, answer });
    }

    /// DeleteShareGroupOffsets: the group forgets topics.
    pub(in super::super) fn delete_share_offsets(
        &mut self,
        step: &mut Step<'_>,
        topics: &dyn Topics,
        from: ReplyTo,
        ask: &ShareOffsetsRequest,
    ) {
        let group = match self.empty_share_group(&ask.group, false) {
            Ok(group) => group,
            Err((error, message)) => {
                let answer = no_share_offsets(error, message);
                return step.reply(from, Response::DeleteShareGroupOffsets(answer));
            }
        };
        let share = group.modern.as_deref().and_then(|modern| modern.share.clone());
        let Some(mut share) = share else { return };
        let (mut requests, mut partitions) = (Vec::new(), Vec::new());
        for (tp, _) in &ask.offsets {
            let id = topics.topic_id(&tp.topic);
            let Some((topic_id, (_, numbers))) = id.and_then(|id| Some((id, share.initialized.remove(&id)?)))
            else {
                let code = ErrorCode::UnknownTopicOrPartition;
                let why =
                    if id.is_some() { "There is no offset information to delete." } else { code.message() };
                partitions.push((tp.clone(), Err((code, Some(why.to_owned())))));
                continue;
            };
            share.deleting.insert(topic_id, tp.topic.clone());
            partitions.push((tp.clone(), Ok((-1, -1, -1))));
            for partition in numbers {
                let key = SharePartitionKey { group: ask.group.clone(), topic_id, partition };
                requests.push((key.clone(), Request::DeleteShareGroupState(key)));
            }
        }
        let answer = ShareOffsetsResponse { error: None, partitions };
        if requests.is_empty() {
            return step.reply(from, Response::DeleteShareGroupOffsets(answer));
        }
        group.note(step, ConsumerRecord::ShareTopics(Some(share)));
        let answer = Some(ShareAnswer::Deleted(from, answer));
        step.out.share_work.push(ShareWork { group: ask.group.clone(), requests, answer });
    }

    /// Share coordinators have answered what a step of this shard asked of them.
    pub fn on_share_answers(
        &mut self,
        now: SimTime,
        config: &GroupConfig,
        work: ShareWork,
        states: Vec<ShareState>,
    ) -> Output {
        let mut out = Output::default();
        let mut step = Step { now, config, out: &mut out };
        let mut done = Vec::new();
        for ((key, _), state) in work.requests.iter().zip(&states) {
            if state.error.is_none() {
                done.push(key.clone());
            }
        }
        let group = self.groups.get_mut(&work.group).filter(|group| group.is_share_group());
        match work.answer {
            None => {
                if let Some(group) = group {
                    group.partitions_initialized(&mut step, &done);
                }
            }
            Some(ShareAnswer::Altered(to, mut answer)) => {
                if let Some(group) = group {
                    group.partitions_initialized(&mut step, &done);
                }
                let known = answer.partitions.iter_mut().filter(|(_, outcome)| outcome.is_ok());
                for ((_, outcome), state) in known.zip(states) {
                    if !state.error.is_none() {
                        *outcome = Err((state.error, None));
                    }
                }
                step.reply(to, Response::AlterShareGroupOffsets(answer));
            }
            Some(ShareAnswer::Described(to, mut answer)) => {
                for ((_, outcome), state) in answer.partitions.iter_mut().zip(states) {
                    *outcome = match state.error {
                        ErrorCode::None => Ok((state.start_offset, state.leader_epoch, state.complete)),
                        error => Err((error, None)),
                    };
                }
                step.reply(to, Response::DescribeShareGroupOffsets(answer));
            }
            Some(ShareAnswer::Deleted(to, answer)) => {
                if let Some(group) = group
                    && let Some(mut share) = group.modern.as_deref().and_then(|modern| modern.share.clone())
                {
                    for key in &done {
                        share.deleting.remove(&key.topic_id);
                    }
                    group.note(&mut step, ConsumerRecord::ShareTopics(Some(share)));
                }
                step.reply(to, Response::DeleteShareGroupOffsets(answer));
            }
            Some(ShareAnswer::GroupDeleted(to)) => {
                let outcome = self.delete_group(&mut step, work.group);
                step.reply(to, Response::DeleteGroups(vec![outcome]));
            }
        }
        out
    }

    /// DeleteGroups of a share group: first its state at share coordinators goes. Whether there is any.
    pub(in super::super) fn delete_share_state(
        &mut self,
        step: &mut Step<'_>,
        from: ReplyTo,
        id: &str,
    ) -> bool {
        let group = self.groups.get(id).filter(|group| group.state == GroupState::Empty);
        let share = group.and_then(|group| group.modern.as_deref()?.share.as_deref());
        let mut requests = Vec::new();
        let mut add = |named: &NamedPartitions| {
            for (topic_id, (_, numbers)) in named {
                for partition in numbers {
                    let key = SharePartitionKey {
                        group: id.to_owned(),
                        topic_id: *topic_id,
                        partition: *partition,
                    };
                    requests.push((key.clone(), Request::DeleteShareGroupState(key)));
                }
            }
        };
        if let Some(share) = share {
            add(&share.initialized);
            add(&share.initializing);
        }
        if requests.is_empty() {
            return false;
        }
        let answer = Some(ShareAnswer::GroupDeleted(from));
        step.out.share_work.push(ShareWork { group: id.to_owned(), requests, answer });
        true
    }

    /// A topic is gone: share groups know its partitions no more.
    pub(in super::super) fn share_groups_lose_topic(&mut self, step: &mut Step<'_>, topic: &TopicName) {
        for group in self.groups.values_mut() {
            let Some(mut share) = group.modern.as_deref().and_then(|modern| modern.share.clone()) else {
                continue;
            };
            let before = share.clone();
            share.initialized.retain(|_, (name, _)| name != topic);
            share.initializing.retain(|_, (name, _)| name != topic);
            if share != before {
                group.note(step, ConsumerRecord::ShareTopics(Some(share)));
                group.tell_modern(step, format!("topic {topic} is gone"));
            }
        }
    }
}
