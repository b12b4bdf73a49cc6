//! Joining: JoinGroup, the leader's assignment, SyncGroup, and the new share.

use super::assignor::{Assignor, AssignorMember, Group, PartitionRacks};
use super::membership::Stage;
use super::{COORDINATOR_LOGGER, Consumer, Sent};
use crate::client::network::Wanted;
use crate::client::{ClientError, Reads};
use crate::java::hash_order;
use crate::node::{Context, EventKind, Revocation, Span};
use crate::protocol::{
    ErrorCode, JoinGroupRequest, JoinGroupResponse, Request, StickyUserData, Subscription, SyncGroupRequest,
    SyncGroupResponse, TopicName, TopicPartition,
};
use crate::sorted::{SortedMap, SortedSet};

/// A broker may hold a JoinGroup back for a whole rebalance, and answer a little late.
const JOIN_PATIENCE_MORE: Span = Span::secs(5);

impl Consumer {
    /// The next step into the group, if one is needed.
    pub(super) fn drive_group(&mut self, ctx: &mut Context<'_>) {
        if self.coordinator(ctx).is_none() {
            return;
        }
        if self.group.stage == Stage::Stable && !self.group.rejoin {
            self.group.rejoin = self.must_rejoin();
        }
        match self.group.stage {
            Stage::Stable | Stage::Unjoined if self.group.rejoin => self.prepare_join(ctx),
            Stage::Committing if self.group.commits_pending == 0 => self.join(ctx),
            Stage::Assigning { version }
                if self.net.metadata.version > version || !self.net.is_update_pending() =>
            {
                self.assign(ctx);
            }
            _ => {}
        }
    }

    /// For a pattern: the topics that match now.
    pub(super) fn matching_topics(&self) -> Option<SortedSet<TopicName>> {
        let Reads::Pattern(pattern) = &self.config.reads else { return None };
        let whole = regex_lite::Regex::new(&format!("^(?:{pattern})$")).ok()?;
        let topics = self.net.metadata.topics.iter();
        let open = topics.filter(|(_, known)| !(known.is_internal && self.config.exclude_internal_topics));
        Some(open.filter(|(name, _)| whole.is_match(name)).map(|(name, _)| name.clone()).collect())
    }

    /// Whether the cluster changed so that shares are to be made anew.
    fn must_rejoin(&self) -> bool {
        // While no broker can be reached nothing is known, which is no change.
        let outdated = |snapshot: &SortedMap<_, _>| {
            self.net.metadata.is_bootstrapped() && *snapshot != self.partition_counts()
        };
        self.group.topics != self.group.joined_topics || self.group.snapshot.as_ref().is_some_and(outdated)
    }

    /// Topics of the group that are known, and the number of their partitions.
    fn partition_counts(&self) -> SortedMap<TopicName, i32> {
        let known = |name: &TopicName| {
            let topic = self.net.metadata.topics.get(name)?;
            Some((name.clone(), i32::try_from(topic.partitions.len()).ok()?))
        };
        self.group.group_topics.iter().filter_map(known).collect()
    }

    /// Whether partitions are kept during a rebalance: all its assignors can do that.
    fn is_cooperative(&self) -> bool {
        self.config.assignors.iter().all(|name| name == "cooperative-sticky")
    }

    /// What was read is committed before a new generation.
    fn prepare_join(&mut self, ctx: &mut Context<'_>) {
        if ctx.now < self.group.retry_at {
            return;
        }
        if matches!(self.config.reads, Reads::Pattern(_)) && self.net.metadata.version == 0 {
            return;
        }
        if self.config.auto_commit && self.group.is_member() && self.commit(ctx) {
            self.group.stage = Stage::Committing;
        } else if self.group.commits_pending == 0 {
            self.join(ctx);
        }
    }

    fn join(&mut self, ctx: &mut Context<'_>) {
        if ctx.now < self.group.retry_at {
            return;
        }
        let (Some(peer), Some(group)) = (self.coordinator(ctx), self.config.group.clone()) else { return };
        self.give_up(ctx);
        if !matches!(self.config.reads, Reads::Pattern(_)) {
            self.net.set_wanted(Wanted::Topics(self.group.topics.clone()));
        }
        let rack = Some(self.config.client_rack.clone()).filter(|rack| !rack.is_empty());
        let subscription = Subscription {
            topics: self.group.topics.iter().cloned().collect(),
            owned: self.positions.0.keys().cloned().collect(),
            generation: self.group.generation,
            rack,
            user_data: None,
        };
        let mut protocols = Vec::new();
        for name in &self.config.assignors {
            let user_data = match name.as_str() {
                "sticky" => self.group.sticky_note.clone(),
                "cooperative-sticky" => {
                    Some(StickyUserData { previous: None, generation: self.group.cooperative_generation })
                }
                _ => None,
            };
            protocols.push((name.clone(), Subscription { user_data, ..subscription.clone() }));
        }
        let request = Request::JoinGroup(JoinGroupRequest {
            group,
            session_timeout_ms: self.config.session_timeout_ms,
            rebalance_timeout_ms: self.config.max_poll_interval_ms,
            member_id: self.group.member_id.clone(),
            group_instance_id: self.config.group_instance_id.clone(),
            protocol_type: "consumer".to_owned(),
            protocols,
            client_id: self.config.common.client_id.clone(),
            client_host: "/127.0.0.1".to_owned(),
        });
        let patience = Span::from_config_ms(self.config.max_poll_interval_ms.into()) + JOIN_PATIENCE_MORE;
        let patience = patience.max(Span::from_config_ms(self.config.common.request_timeout_ms));
        let attempt = self.group.attempt.saturating_add(1);
        if self.net.send_within(ctx, peer, request, Sent::Join(attempt), patience).is_some() {
            self.group.attempt = attempt;
            self.group.stage = Stage::Joining;
            self.group.rejoin = false;
            self.group.heartbeat_at = None;
            self.group.joined_topics.clone_from(&self.group.topics);
        } else {
            self.group.stage = Stage::Unjoined;
        }
    }

    /// Before a member joins it gives up everything; with cooperative assignors only what it does not subscribe to any
    /// more, unless it was thrown out and all is lost.
    fn give_up(&mut self, ctx: &mut Context<'_>) {
        let mut kept = Vec::new();
        let mut why = if self.group.is_member() { Revocation::All } else { Revocation::Lost };
        if self.is_cooperative() && why == Revocation::All {
            kept = self.positions.0.keys().cloned().collect();
            kept.retain(|partition| self.group.topics.contains(&partition.topic));
            why = Revocation::Moving;
        }
        self.keep_only(ctx, &kept, why);
    }

    /// Gives up what is not among these.
    pub(super) fn keep_only(&mut self, ctx: &mut Context<'_>, kept: &[TopicPartition], why: Revocation) {
        let mut partitions = Vec::new();
        self.positions.0.retain(|partition, _| {
            let stays = kept.contains(partition);
            if !stays {
                partitions.push(partition.clone());
            }
            stays
        });
        if partitions.is_empty() {
            return;
        }
        let positions = &self.positions;
        self.fetcher.discard(|partition, _| positions.0.contains_key(partition));
        ctx.emit(EventKind::Revoked {
            group: self.config.group.clone().unwrap_or_default(),
            client: ctx.me,
            client_id: self.config.common.client_id.clone(),
            partitions,
            why,
        });
    }

    pub(super) fn on_joined(&mut self, ctx: &mut Context<'_>, attempt: u32, answer: JoinGroupResponse) {
        if attempt != self.group.attempt || self.group.stage != Stage::Joining {
            return;
        }
        match answer.error {
            ErrorCode::None => self.take_generation(ctx, answer),
            ErrorCode::MemberIdRequired => {
                self.group.give_up_join();
                self.group.member_id = answer.member_id;
            }
            error => self.on_join_error(ctx, error, "JoinGroup"),
        }
    }

    fn take_generation(&mut self, ctx: &mut Context<'_>, answer: JoinGroupResponse) {
        self.group.generation = answer.generation;
        self.group.member_id = answer.member_id;
        self.group.protocol = answer.protocol;
        self.group.heard_at = ctx.now;
        self.group.failures = 0;
        let interval = Span::from_config_ms(self.config.heartbeat_interval_ms);
        self.group.heartbeat_at = Some(ctx.now + interval);
        self.group.snapshot = None;
        let leads = answer.leader == self.group.member_id && !answer.members.is_empty();
        if !leads {
            if answer.leader == self.group.member_id {
                // A static leader that came back: the shares stand, but it watches the topics again.
                self.group.group_topics.clone_from(&self.group.topics);
                self.group.snapshot = Some(self.partition_counts());
            }
            return self.sync(ctx, Vec::new());
        }
        let members = answer.members.into_iter().map(|(member_id, group_instance_id, subscription)| {
            AssignorMember { member_id, group_instance_id, subscription }
        });
        self.group.members = members.collect();
        let topics = self.group.members.iter().flat_map(|member| &member.subscription.topics);
        self.group.group_topics = topics.cloned().collect();
        if !matches!(self.config.reads, Reads::Pattern(_)) {
            self.net.set_wanted(Wanted::Topics(self.group.group_topics.clone()));
        }
        self.group.stage = Stage::Assigning { version: self.net.metadata.version };
    }

    /// The leader shares out what all members subscribed to.
    fn assign(&mut self, ctx: &mut Context<'_>) {
        let topics = self.partition_counts();
        let mut given = std::mem::take(&mut self.group.members);
        let mut members = Vec::new();
        for id in hash_order(given.iter().map(|member| member.member_id.clone()).collect::<Vec<_>>()) {
            if let Some(at) = given.iter().position(|member| member.member_id == id) {
                members.push(given.remove(at));
            }
        }
        let racks = self.partition_racks(&topics, &members);
        let group = Group { topics: &topics, racks: &racks, members: &members };
        let assignor = Assignor::by_name(&self.group.protocol).unwrap_or(Assignor::Range);
        let shares = assignor.assign(group, &mut self.group.max_generation).into_iter().collect();
        self.group.snapshot = Some(topics);
        self.sync(ctx, shares);
    }

    /// The racks of all replicas, if any member tells its own.
    fn partition_racks(
        &self,
        topics: &SortedMap<TopicName, i32>,
        members: &[AssignorMember],
    ) -> PartitionRacks {
        let mut racks = PartitionRacks::new();
        if members.iter().all(|member| member.subscription.rack.is_none()) {
            return racks;
        }
        let metadata = &self.net.metadata;
        for (name, topic) in metadata.topics.iter().filter(|(name, _)| topics.contains_key(*name)) {
            for partition in &topic.partitions {
                let known = partition.replicas.iter().filter_map(|broker| metadata.racks.get(broker));
                racks
                    .insert(TopicPartition::new(name.clone(), partition.partition), known.cloned().collect());
            }
        }
        racks
    }

    fn sync(&mut self, ctx: &mut Context<'_>, assignments: Vec<(String, Vec<TopicPartition>)>) {
        let (Some(peer), Some(group)) = (self.coordinator(ctx), self.config.group.clone()) else {
            return self.group.give_up_join();
        };
        let request = Request::SyncGroup(SyncGroupRequest {
            group,
            generation: self.group.generation,
            member_id: self.group.member_id.clone(),
            group_instance_id: self.config.group_instance_id.clone(),
            assignments,
        });
        let patience = Span::from_config_ms(self.config.max_poll_interval_ms.into()) + JOIN_PATIENCE_MORE;
        let patience = patience.max(Span::from_config_ms(self.config.common.request_timeout_ms));
        let attempt = self.group.attempt;
        if self.net.send_within(ctx, peer, request, Sent::Sync(attempt), patience).is_some() {
            self.group.stage = Stage::Syncing;
        } else {
            self.group.give_up_join();
        }
    }

    pub(super) fn on_synced(&mut self, ctx: &mut Context<'_>, attempt: u32, answer: SyncGroupResponse) {
        if attempt != self.group.attempt || self.group.stage != Stage::Syncing {
            return;
        }
        if !answer.error.is_none() {
            return self.on_join_error(ctx, answer.error, "SyncGroup");
        }
        self.group.stage = Stage::Stable;
        self.group.heard_at = ctx.now;
        self.group.commit_at = ctx.now + Span::from_config_ms(self.config.auto_commit_interval_ms);
        let generation = self.group.generation;
        match self.group.protocol.as_str() {
            "sticky" => {
                let previous = Some(answer.assignment.clone());
                self.group.sticky_note = Some(StickyUserData { previous, generation });
            }
            "cooperative-sticky" => self.group.cooperative_generation = generation,
            _ => {}
        }
        // Only with cooperative assignors is anything owned here: what is to go to others is given up now, and they
        // get it in the next generation.
        let had = self.positions.0.len();
        self.keep_only(ctx, &answer.assignment, Revocation::Moving);
        self.group.rejoin |= self.positions.0.len() < had;
        self.take_share(ctx, answer.assignment);
    }

    /// The share of this member is another one now.
    pub(super) fn take_share(&mut self, ctx: &mut Context<'_>, share: Vec<TopicPartition>) {
        self.positions.assign(&share);
        ctx.emit(EventKind::Assigned {
            group: self.config.group.clone().unwrap_or_default(),
            client: ctx.me,
            client_id: self.config.common.client_id.clone(),
            generation: self.group.generation,
            partitions: share,
            may_wait: self.config.new_protocol || self.group.protocol == "cooperative-sticky",
        });
    }

    fn on_join_error(&mut self, ctx: &mut Context<'_>, error: ErrorCode, api: &str) {
        match error {
            ErrorCode::UnknownMemberId => self.group.forget_member(),
            ErrorCode::IllegalGeneration => self.group.forget_generation(),
            ErrorCode::RebalanceInProgress => self.group.give_up_join(),
            ErrorCode::CoordinatorNotAvailable | ErrorCode::NotCoordinator => {
                self.group.give_up_join();
                self.lose_coordinator(ctx);
            }
            error if error.is_retriable() => {
                self.group.give_up_join();
                self.wait_for_coordinator(ctx);
            }
            error => {
                self.group.give_up_join();
                let text = match error {
                    ErrorCode::FencedInstanceId => {
                        let instance = self.config.group_instance_id.clone().unwrap_or_default();
                        format!(
                            "{api} failed: The group instance id {instance} has been fenced by another instance"
                        )
                    }
                    error => format!("{api} failed due to fatal error: {}", error.message()),
                };
                self.net.error(ctx.now, &text, COORDINATOR_LOGGER);
                self.fail(ClientError::of(error, None));
            }
        }
    }
}
