//! A group's way from the classic protocol to the new one and back, while its members read on.

use super::super::Topics;
use super::super::group_state::Group;
use super::super::member::Member;
use super::super::records::RecordKey;
use super::super::shard::Step;
use super::heartbeat::{Refused, refused};
use super::{ConsumerGroup, ConsumerMember, ConsumerRecord, Wishes};
use crate::protocol::{ErrorCode, GroupState, TopicPartition, Uuid};

impl Group {
    /// Makes it a group of the new protocol, if it is none. A classic one takes its members along, if these speak of
    /// topics as consumers do.
    pub(super) fn become_consumer_group(
        &mut self,
        step: &mut Step<'_>,
        topics: &dyn Topics,
    ) -> Result<(), Refused> {
        if self.is_share_group() {
            let why = format!("Group {} is not a consumer group.", self.id);
            return Err(refused(ErrorCode::GroupIdNotFound, why));
        }
        if self.modern.is_some() {
            return Ok(());
        }
        let mut modern = ConsumerGroup::default();
        if self.members.is_empty() && self.is(GroupState::Empty) {
            if self.protocol_type.is_some() {
                self.drop_classic_record(step);
            }
            self.modern = Some(Box::new(modern));
            return Ok(());
        }
        let obstacle = self.obstacle(step);
        if !obstacle.is_empty() {
            let id = &self.id;
            let why = format!("Cannot upgrade classic group {id} to consumer group because {obstacle}.");
            return Err(refused(ErrorCode::GroupIdNotFound, why));
        }
        // Whoever waits for others is told to come again.
        for member in self.members.values_mut() {
            member.refuse(step.out, ErrorCode::RebalanceInProgress);
        }
        self.drop_classic_record(step);
        modern.promised = std::mem::take(&mut self.pending).into_keys().collect();
        let members = std::mem::take(&mut self.members);
        let protocol = self.protocol.clone().unwrap_or_default();
        let epoch = self.generation;
        self.modern = Some(Box::new(modern));
        let mut all: Vec<ConsumerMember> = Vec::new();
        for member in members.into_values() {
            all.push(upgraded(&member, &protocol, epoch, topics));
        }
        for member in &all {
            let wishes = Some(Box::new(member.wishes.clone()));
            self.note(step, ConsumerRecord::Member(member.member_id.clone(), wishes));
        }
        let hash = self
            .modern
            .as_deref()
            .map_or(0, |modern| modern.hash_of(modern.members.values().map(|member| &member.wishes), topics));
        self.note(step, ConsumerRecord::Group(Some((epoch, hash))));
        for member in &all {
            let mut target = super::super::assignor::Partitions::new();
            for (topic, number) in member.assigned.keys() {
                target.entry(*topic).or_default().push(*number);
            }
            self.note(step, ConsumerRecord::Target(member.member_id.clone(), Some(target)));
        }
        self.note(step, ConsumerRecord::TargetEpoch(Some((epoch, 0))));
        for mut member in all {
            self.note(step, ConsumerRecord::standing(&member));
            if let Some(known) = self.consumer_member(&member.member_id) {
                (known.node, known.expires) = (member.node.take(), member.expires);
            }
        }
        (self.join_deadline, self.sync_deadline) = (None, None);
        self.pending_sync.clear();
        (self.protocol, self.leader) = (None, None);
        Ok(())
    }

    /// What keeps a classic group from changing over; empty if nothing does.
    fn obstacle(&self, step: &Step<'_>) -> &'static str {
        let most = usize::try_from(step.config.consumer_max_size).unwrap_or(usize::MAX);
        if !step.config.upgrades {
            "online upgrade is disabled"
        } else if self.protocol_type.as_deref() != Some("consumer") {
            "the group does not use the consumer embedded protocol"
        } else if self.members.len() > most {
            "the group size exceeds the consumer group maximum size"
        } else {
            ""
        }
    }

    /// A group without members may speak the classic protocol again.
    pub(in super::super) fn drop_empty_consumer_group(&mut self, step: &mut Step<'_>) {
        let Some(modern) = self.modern.take() else { return };
        for record in modern.tombstones() {
            step.out.records.push(record.record(&self.id, step.now.wall_ms()));
        }
        let mut fresh = Group::new(&self.id);
        std::mem::swap(&mut fresh.offsets, &mut self.offsets);
        fresh.state_since_ms = step.now.wall_ms();
        *self = fresh;
    }

    fn drop_classic_record(&self, step: &mut Step<'_>) {
        let key = RecordKey::GroupMetadata { group: self.id.clone() };
        step.out.records.push(key.record(step.now.wall_ms(), None));
    }

    /// Makes it a classic group again, whose members share anew.
    pub(super) fn become_classic_group(&mut self, step: &mut Step<'_>, topics: &dyn Topics, why: &str) {
        let Some(modern) = self.modern.take() else { return };
        for record in modern.tombstones() {
            step.out.records.push(record.record(&self.id, step.now.wall_ms()));
        }
        self.generation = modern.group_epoch;
        self.protocol_type = Some("consumer".to_owned());
        self.leader = None;
        let mut shares = crate::sorted::SortedMap::new();
        for member in modern.members.values() {
            let Some((session, protocols)) = &member.wishes.classic else { continue };
            let share = named(member.assigned.keys(), topics);
            shares.insert(member.member_id.clone(), share.clone());
            let entry = self.next_entry();
            self.insert(Member::downgraded(member, *session, protocols.clone(), share, entry));
        }
        self.protocol = self.select_protocol();
        self.enter(step.now, GroupState::Stable);
        for member in self.members.values_mut() {
            member.heard(step.now);
        }
        let value = self.stored(&shares);
        self.write(step, &value);
        self.rebalance(step, &format!("{why}, and only members of the classic protocol are left"));
    }
}

/// A classic member as one of the new protocol's groups.
fn upgraded(member: &Member, protocol: &str, epoch: i32, topics: &dyn Topics) -> ConsumerMember {
    let subscription = member.subscription(protocol);
    let subscription = if member.knows(protocol) {
        subscription
    } else {
        member.protocols.first().map(|(_, told)| told.clone()).unwrap_or_default()
    };
    let mut upgraded = ConsumerMember {
        wishes: Wishes {
            instance_id: member.group_instance_id.clone(),
            rack: subscription.rack.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            topics: subscription.topics,
            regex: None,
            rebalance_timeout_ms: member.rebalance_timeout_ms,
            server_assignor: None,
            classic: Some((member.session_timeout_ms, member.protocols.clone())),
        },
        epoch,
        previous_epoch: epoch,
        node: member.node,
        expires: member.expires,
        ..ConsumerMember::new(&member.member_id)
    };
    for tp in &member.assignment {
        if let Some(id) = topics.topic_id(&tp.topic) {
            upgraded.assigned.insert((id, tp.partition), epoch);
        }
    }
    upgraded
}

/// Partitions by the names of their topics.
pub(super) fn named<'a>(
    held: impl Iterator<Item = &'a (Uuid, i32)>,
    topics: &dyn Topics,
) -> Vec<TopicPartition> {
    let mut partitions = Vec::new();
    for (id, number) in held {
        if let Some(topic) = topics.name_of(*id) {
            partitions.push(TopicPartition::new(topic, *number));
        }
    }
    crate::sorted::sort(&mut partitions);
    partitions
}
