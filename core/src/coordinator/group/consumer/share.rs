//! Share groups (KIP-932) at their coordinator. Members share partitions, so nobody has to give one up before another
//! gets it: a member is where its target is as soon as it is heard of. Before a partition is handed out, a share
//! coordinator has to make its state; that is asked for on the side.

use super::super::group_state::Group;
use super::super::shard::{Shard, Step};
use super::super::{GroupConfig, ReplyTo, ShareWork, Topics};
use super::heartbeat::{Refused, check_names, farewell, refused, welcome};
use super::share_records::ShareTopics;
use super::{ConsumerGroup, ConsumerMember, ConsumerRecord, Held, Wishes};
use crate::coordinator::share::simple::{self, ShareMember, TopicIdPartition};
use crate::node::{NodeId, Span};
use crate::protocol::{
    ConsumerGroupHeartbeatResponse, ErrorCode, Request, Response, ShareGroupHeartbeatRequest,
    SharePartitionKey, TopicName, Uuid,
};
use crate::sorted::{SortedMap, SortedSet};

/// An answer that carries an error.
#[must_use]
pub fn share_refusal(error: ErrorCode, message: Option<String>) -> Response {
    match super::refusal(error, message) {
        Response::ConsumerGroupHeartbeat(answer) => Response::ShareGroupHeartbeat(answer),
        other => other,
    }
}

/// A setting of the group (`share.…`), or what the broker says for all (`group.share.…`).
pub(super) fn share_setting(config: &GroupConfig, topics: &dyn Topics, group: &str, name: &str) -> i64 {
    let general = match name {
        "session.timeout.ms" => config.share_session_timeout_ms,
        "heartbeat.interval.ms" => config.share_heartbeat_interval_ms,
        _ => config.share_assignment_interval_ms,
    };
    topics.group_setting(group, &format!("share.{name}")).unwrap_or(general.into())
}

impl Shard {
    pub(in super::super) fn share_heartbeat(
        &mut self,
        step: &mut Step<'_>,
        topics: &dyn Topics,
        from: ReplyTo,
        request: &ShareGroupHeartbeatRequest,
    ) {
        let response = match self.share_beat(step, topics, from.node, request) {
            Ok(response) => Response::ShareGroupHeartbeat(response),
            Err((error, message)) => share_refusal(error, message),
        };
        step.reply(from, response);
    }

    fn share_beat(
        &mut self,
        step: &mut Step<'_>,
        topics: &dyn Topics,
        node: NodeId,
        request: &ShareGroupHeartbeatRequest,
    ) -> Result<ConsumerGroupHeartbeatResponse, Refused> {
        check_names(&request.group, &request.member_id)?;
        if request.member_epoch == 0 && request.topics.as_ref().is_none_or(Vec::is_empty) {
            let why = "SubscribedTopicNames must be set in first request.";
            return Err(refused(ErrorCode::InvalidRequest, why));
        }
        let group = self.share_group(&request.group, request.member_epoch == 0)?;
        if request.member_epoch < 0 {
            return group.leave_share_group(step, topics, &request.member_id);
        }
        group.hear_share_member(step, topics, node, request)
    }

    /// The share group of this name, made if there is none and `create` says so.
    pub(in super::super) fn share_group(&mut self, id: &str, create: bool) -> Result<&mut Group, Refused> {
        if create {
            self.group(id).become_share_group();
        }
        let Some(group) = self.groups.get_mut(id) else {
            return Err(refused(ErrorCode::GroupIdNotFound, format!("Share group {id} not found.")));
        };
        if !group.is_share_group() {
            let why = format!("Group {id} is not a share group.");
            return Err(refused(ErrorCode::GroupIdNotFound, why));
        }
        Ok(group)
    }
}

impl ConsumerGroup {
    /// Whether initialized partitions are waiting for a member.
    fn awaits_assignment(&self) -> bool {
        let Some(share) = self.share.as_deref().filter(|_| !self.members.is_empty()) else { return false };
        let mut assigned: SortedMap<Uuid, SortedSet<i32>> = SortedMap::new();
        for (topic, numbers) in self.targets.values().flatten() {
            assigned.entry(*topic).or_default().extend(numbers.iter().copied());
        }
        share
            .initialized
            .iter()
            .any(|(topic, (name, numbers))| self.subscribes_to(name) && assigned.get(topic) != Some(numbers))
    }

    /// Records that make targets for the present epoch, if that is needed and not too soon after the last time.
    fn share_targets(&self, step: &Step<'_>, topics: &dyn Topics, interval_ms: i64) -> Vec<ConsumerRecord> {
        let (mut records, now) = (Vec::new(), step.now.wall_ms());
        let too_soon = self.target_timestamp != 0 && now < self.target_timestamp.saturating_add(interval_ms);
        let Some(share) = self.share.as_deref() else { return records };
        if self.target_epoch >= self.group_epoch || too_soon {
            return records;
        }
        let is_ready = |topic: &Uuid, number: i32| {
            share.initialized.get(topic).is_some_and(|(_, numbers)| numbers.contains(&number))
        };
        let members = self.members_in_order();
        let (mut known, mut all): (SortedMap<Uuid, i32>, Vec<ShareMember>) = Default::default();
        for member in &members {
            let mut wanted = Vec::new();
            for name in &member.wishes.topics {
                let id = topics.topic_id(name).filter(|id| share.initialized.contains_key(id));
                if let Some(id) = id {
                    known.insert(id, topics.partitions(name));
                    wanted.push(id);
                }
            }
            let mut current = Vec::new();
            for (topic, numbers) in self.targets.get(&member.member_id).into_iter().flatten() {
                current.extend(numbers.iter().map(|number| TopicIdPartition(*topic, *number)));
            }
            all.push(ShareMember { topics: wanted, current });
        }
        let shares = simple::assign(&known, &all).unwrap_or_default();
        for (member, share) in members.iter().zip(shares) {
            let mut target = super::super::assignor::Partitions::new();
            for TopicIdPartition(topic, number) in share {
                if is_ready(&topic, number) {
                    target.entry(topic).or_default().push(number);
                }
            }
            target.values_mut().for_each(|numbers| crate::sorted::sort(numbers));
            if self.targets.get(&member.member_id) != Some(&target) {
                records.push(ConsumerRecord::Target(member.member_id.clone(), Some(target)));
            }
        }
        records.push(ConsumerRecord::TargetEpoch(Some((self.group_epoch, now))));
        records
    }
}

impl Group {
    /// Whether its members speak the protocol of share groups.
    #[must_use]
    pub fn is_share_group(&self) -> bool {
        self.modern.as_deref().is_some_and(|modern| modern.share.is_some())
    }

    /// Makes it a share group, if nobody has used it as another one.
    pub(in super::super) fn become_share_group(&mut self) {
        let unused = self.members.is_empty() && self.offsets.is_empty() && self.protocol_type.is_none();
        if self.modern.is_none() && unused && self.pending.is_empty() {
            let share = Some(Box::default());
            self.modern = Some(Box::new(ConsumerGroup { share, ..ConsumerGroup::default() }));
        }
    }

    fn hear_share_member(
        &mut self,
        step: &mut Step<'_>,
        topics: &dyn Topics,
        node: NodeId,
        request: &ShareGroupHeartbeatRequest,
    ) -> Result<ConsumerGroupHeartbeatResponse, Refused> {
        let Some(modern) = self.modern.as_deref() else { return Err((ErrorCode::GroupIdNotFound, None)) };
        let id = &request.member_id;
        let known = modern.members.get(id);
        let most = usize::try_from(step.config.share_max_size).unwrap_or(usize::MAX);
        if known.is_none() && modern.members.len() >= most {
            let why = format!("The share group has reached its maximum capacity of {most} members.");
            return Err(refused(ErrorCode::GroupMaxSizeReached, why));
        }
        match known {
            None if request.member_epoch != 0 => {
                let why = format!("Member {id} is not a member of group {}.", self.id);
                return Err(refused(ErrorCode::UnknownMemberId, why));
            }
            Some(member) => check_epoch(member, request.member_epoch)?,
            None => {}
        }
        let before = known.cloned().unwrap_or_else(|| ConsumerMember::new(id));
        let is_new = known.is_none();
        let mut wanted = request.topics.clone().unwrap_or_else(|| before.wishes.topics.clone());
        crate::sorted::sort(&mut wanted);
        let wishes = Wishes {
            rack: request.rack.clone().or_else(|| before.wishes.rack.clone()),
            client_id: request.client_id.clone(),
            client_host: request.client_host.clone(),
            topics: wanted,
            ..before.wishes.clone()
        };
        let wants_other = is_new || wishes.topics != before.wishes.topics;
        let pending = modern.target_epoch >= modern.group_epoch && modern.awaits_assignment();
        let why = match (is_new, wants_other, pending) {
            (true, _, _) => format!("{} joined", wishes.client_id),
            (false, true, _) => format!("{} changed its subscription", wishes.client_id),
            (false, false, true) => "partitions may be read now".to_owned(),
            (false, false, false) => "its topics changed".to_owned(),
        };
        if is_new || wishes != before.wishes {
            self.note(step, ConsumerRecord::Member(id.clone(), Some(Box::new(wishes))));
        }
        self.raise_epoch(step, topics, wants_other || pending, &why);
        let interval = share_setting(step.config, topics, &self.id, "assignment.interval.ms");
        let records = self.modern.as_deref().map(|modern| modern.share_targets(step, topics, interval));
        for record in records.into_iter().flatten() {
            self.note(step, record);
        }
        let member = self.settle_share_member(step, id, is_new).unwrap_or_else(|| before.clone());
        let session = share_setting(step.config, topics, &self.id, "session.timeout.ms");
        let interval = share_setting(step.config, topics, &self.id, "heartbeat.interval.ms");
        if let Some(known) = self.consumer_member(id) {
            known.node = Some(node);
            known.expires = Some(step.now + Span::from_config_ms(session));
        }
        self.initialize_partitions(step, topics);
        let changed = request.topics.is_some() || !before.assigned.keys().eq(member.assigned.keys());
        Ok(welcome(&member, interval, changed))
    }

    /// The member takes what its target says.
    fn settle_share_member(&mut self, step: &mut Step<'_>, id: &str, is_new: bool) -> Option<ConsumerMember> {
        let modern = self.modern.as_deref()?;
        let mut member = modern.members.get(id)?.clone();
        let epoch = modern.target_epoch;
        if member.epoch == epoch && !is_new {
            return Some(member);
        }
        let mut assigned = Held::new();
        for (topic, numbers) in modern.targets.get(id).into_iter().flatten() {
            for number in numbers {
                assigned.insert((*topic, *number), epoch);
            }
        }
        member.assigned = assigned;
        member.enter(epoch);
        self.note(step, ConsumerRecord::standing(&member));
        let client = member.wishes.client_id.clone();
        self.tell_modern(step, format!("{client} shares what its target says"));
        Some(member)
    }

    fn leave_share_group(
        &mut self,
        step: &mut Step<'_>,
        topics: &dyn Topics,
        id: &str,
    ) -> Result<ConsumerGroupHeartbeatResponse, Refused> {
        let member = self.consumer_member(id).map(|member| member.wishes.client_id.clone());
        let Some(name) = member else {
            let why = format!("Member {id} is not a member of group {}.", self.id);
            return Err(refused(ErrorCode::UnknownMemberId, why));
        };
        self.fence(step, topics, &[id.to_owned()], &format!("{name} left"));
        Ok(farewell(id, -1))
    }

    /// Has share coordinators make the state of partitions that members subscribe to.
    fn initialize_partitions(&mut self, step: &mut Step<'_>, topics: &dyn Topics) {
        let Some(modern) = self.modern.as_deref() else { return };
        let mut wanted: SortedSet<TopicName> = SortedSet::new();
        wanted.extend(modern.members.values().flat_map(|member| member.wishes.topics.iter().cloned()));
        let Some(mut share) = modern.share.clone() else { return };
        let mut requests = Vec::new();
        for name in wanted {
            let Some(id) = topics.topic_id(&name) else { continue };
            for partition in 0..topics.partitions(&name) {
                let has = |named: &super::NamedPartitions| {
                    named.get(&id).is_some_and(|(_, numbers)| numbers.contains(&partition))
                };
                if has(&share.initializing) || has(&share.initialized) {
                    continue;
                }
                let slot = share.initializing.entry(id).or_insert_with(|| (name.clone(), SortedSet::new()));
                slot.1.insert(partition);
                let key = SharePartitionKey { group: self.id.clone(), topic_id: id, partition };
                requests
                    .push((key.clone(), Request::InitializeShareGroupState((key, modern.group_epoch, -1))));
            }
        }
        if !requests.is_empty() {
            self.note(step, ConsumerRecord::ShareTopics(Some(share)));
            step.out.share_work.push(ShareWork { group: self.id.clone(), requests, answer: None });
        }
    }

    /// Share coordinators have made the state of these partitions.
    pub(super) fn partitions_initialized(&mut self, step: &mut Step<'_>, keys: &[SharePartitionKey]) {
        let Some(mut share) = self.modern.as_deref().and_then(|modern| modern.share.clone()) else { return };
        let ShareTopics { initializing, initialized, .. } = &mut *share;
        for key in keys {
            let Some((name, numbers)) = initializing.get_mut(&key.topic_id) else { continue };
            if numbers.remove(&key.partition) {
                let slot =
                    initialized.entry(key.topic_id).or_insert_with(|| (name.clone(), SortedSet::new()));
                slot.1.insert(key.partition);
            }
        }
        initializing.retain(|_, (_, numbers)| !numbers.is_empty());
        self.note(step, ConsumerRecord::ShareTopics(Some(share)));
    }
}

fn check_epoch(member: &ConsumerMember, epoch: i32) -> Result<(), Refused> {
    let current = member.epoch;
    if epoch == 0 || epoch == current || epoch == member.previous_epoch && epoch < current {
        return Ok(());
    }
    let why = if epoch > current {
        format!(
            "The share group member has a greater member epoch ({epoch}) than the one known by the group coordinator \
             ({current}). The member must abandon all its partitions and rejoin."
        )
    } else {
        format!(
            "The share group member has a smaller member epoch ({epoch}) than the one known by the group coordinator \
             ({current}), and it does not match the previous member epoch ({}). The member must abandon all its \
             partitions and rejoin.",
            member.previous_epoch
        )
    };
    Err(refused(ErrorCode::FencedMemberEpoch, why))
}
