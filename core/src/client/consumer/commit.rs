//! Commits: telling the coordinator how far this consumer came.

use super::membership::Stage;
use super::{COORDINATOR_LOGGER, Consumer, Sent};
use crate::client::ClientEvent;
use crate::client::network::Peer;
use crate::java::hash_order;
use crate::node::{Context, Span};
use crate::protocol::{
    ErrorCode, OffsetCommitRequest, OffsetCommitResponse, OffsetToCommit, Request, TopicPartition,
};

impl Consumer {
    fn commits_by_itself(&self) -> bool {
        self.config.auto_commit && self.config.group.is_some()
    }

    /// The automatic commit, if it is due.
    pub(super) fn drive_commits(&mut self, ctx: &mut Context<'_>) {
        // Partitions kept during a rebalance are not committed before it is over.
        let joining = matches!(self.group.stage, Stage::Joining | Stage::Assigning { .. } | Stage::Syncing);
        let due = ctx.now >= self.group.commit_at && !joining;
        if !self.commits_by_itself() || !due || self.positions.0.is_empty() {
            return;
        }
        self.group.commit_at = ctx.now + Span::from_config_ms(self.config.auto_commit_interval_ms);
        if self.coordinator(ctx).is_none() {
            self.group.commit_at = ctx.now + Span::from_config_ms(self.config.common.retry_backoff_ms);
        } else if !self.subscribes() || self.group.is_member() {
            self.commit(ctx);
        }
    }

    /// The commit that the owner waits for.
    pub(super) fn drive_sync(&mut self, ctx: &mut Context<'_>) {
        if self.sync != Some(false) || ctx.now < self.group.retry_at || self.coordinator(ctx).is_none() {
            return;
        }
        let is_lost = self.subscribes() && !self.group.is_member();
        if is_lost || self.committable().is_empty() {
            self.sync = None;
            self.events.push(ClientEvent::Committed(!is_lost));
        } else if self.commit(ctx) {
            self.sync = Some(true);
        }
    }

    /// `commitAsync` of all positions: nobody hears of its answer.
    pub fn commit_async(&mut self, ctx: &mut Context<'_>) {
        if self.sync.is_none() && (!self.subscribes() || self.group.is_member()) {
            self.commit(ctx);
        }
        self.drive(ctx);
    }

    /// `commitSync` of one partition's offset. Ends in [`ClientEvent::Committed`].
    pub fn commit_one(&mut self, ctx: &mut Context<'_>, partition: TopicPartition, offset: i64) {
        (self.sync, self.only) = (Some(false), Some((partition, offset)));
        self.drive(ctx);
    }

    /// What is to be committed: all positions, or the one that was asked for.
    fn committable(&self) -> Vec<(TopicPartition, i64, i32)> {
        let mut positions = self.positions.consumed();
        if let Some((only, offset)) = &self.only {
            positions.retain(|(partition, ..)| partition == only);
            for position in &mut positions {
                position.1 = *offset;
            }
        }
        positions
    }

    /// Sends all positions to the coordinator, if it is known. Whether an answer will come.
    pub(super) fn commit(&mut self, ctx: &mut Context<'_>) -> bool {
        let positions = self.committable();
        let (Some(broker), Some(group)) = (self.group.coordinator, self.config.group.clone()) else {
            return false;
        };
        if positions.is_empty() {
            return false;
        }
        let (mut told, mut offsets) = (Vec::new(), Vec::new());
        for (partition, offset, leader_epoch) in positions {
            told.push((partition.clone(), offset));
            offsets.push(OffsetToCommit { partition, offset, leader_epoch, metadata: String::new() });
        }
        let request = Request::OffsetCommit(OffsetCommitRequest {
            group,
            generation: self.group.generation,
            member_id: self.group.member_id.clone(),
            group_instance_id: self.config.group_instance_id.clone(),
            offsets,
        });
        let purpose = Sent::Commit(told, self.group.generation);
        let sent = self.net.send(ctx, Peer::Broker(broker), request, purpose).is_some();
        self.group.commits_pending += u32::from(sent);
        sent
    }

    pub(super) fn on_commit(
        &mut self,
        ctx: &mut Context<'_>,
        offsets: &[(TopicPartition, i64)],
        generation: i32,
        answer: &OffsetCommitResponse,
    ) {
        self.group.commits_pending = self.group.commits_pending.saturating_sub(1);
        if self.sync == Some(true) {
            let error = answer.partitions.iter().map(|(_, error)| *error).find(|error| !error.is_none());
            self.sync = error.filter(|error| error.is_retriable()).map(|_| false);
            if self.sync.is_none() {
                self.events.push(ClientEvent::Committed(error.is_none()));
            }
        }
        let failed = answer.partitions.iter().filter(|(_, error)| !error.is_none());
        for (partition, error) in failed {
            let offset = offsets.iter().find(|(tp, _)| tp == partition).map_or(-1, |(_, offset)| *offset);
            let text = format!(
                "Offset commit failed on partition {partition} at offset {offset}: {}",
                error.message()
            );
            if error.is_retriable() {
                self.net.warn(ctx.now, &text, COORDINATOR_LOGGER);
                let pause = Span::from_config_ms(self.config.common.retry_backoff_ms);
                self.group.commit_at = self.group.commit_at.min(ctx.now + pause);
            } else {
                self.net.error(ctx.now, &text, COORDINATOR_LOGGER);
            }
            let current = generation == self.group.generation;
            match error {
                ErrorCode::CoordinatorNotAvailable
                | ErrorCode::NotCoordinator
                | ErrorCode::RequestTimedOut => {
                    return self.lose_coordinator(ctx);
                }
                ErrorCode::RebalanceInProgress if current => self.group.rejoin = true,
                // The next heartbeat says what is to be done.
                _ if self.config.new_protocol => {}
                ErrorCode::UnknownMemberId if current => return self.group.forget_member(),
                ErrorCode::IllegalGeneration if current => return self.group.forget_generation(),
                _ => {}
            }
        }
    }

    /// The last commit cannot even be tried: somebody who is in no group has nothing to say about its offsets.
    pub(super) fn warn_of_lost_commit(&mut self, ctx: &Context<'_>) {
        let consumed = self.positions.consumed();
        let mut offsets = String::new();
        for partition in hash_order(consumed.iter().map(|(partition, ..)| partition.clone())) {
            let Some((_, offset, epoch)) = consumed.iter().find(|(other, ..)| *other == partition) else {
                continue;
            };
            let epoch = if *epoch < 0 { "null".to_owned() } else { epoch.to_string() };
            offsets.push_str(if offsets.is_empty() { "" } else { ", " });
            offsets.push_str(&format!(
                "{partition}=OffsetAndMetadata{{offset={offset}, leaderEpoch={epoch}, metadata=''}}"
            ));
        }
        let why = if self.group.stage == Stage::Unjoined {
            "Offset commit cannot be completed since the consumer is not part of an active group for auto partition \
             assignment; it is likely that the consumer was kicked out of the group."
        } else {
            "Offset commit cannot be completed since the consumer is undergoing a rebalance for auto partition \
             assignment. You can try completing the rebalance by calling poll() and then retry the operation."
        };
        let text = format!("Synchronous auto-commit of offsets {{{offsets}}} failed: {why}");
        self.net.warn(ctx.now, &text, COORDINATOR_LOGGER);
    }

    pub(super) fn on_commit_failed(&mut self, ctx: &mut Context<'_>) {
        self.group.commits_pending = self.group.commits_pending.saturating_sub(1);
        if self.sync.is_some() {
            self.sync = Some(false);
        }
        let pause = Span::from_config_ms(self.config.common.retry_backoff_ms);
        self.group.commit_at = self.group.commit_at.min(ctx.now + pause);
        self.lose_coordinator(ctx);
    }
}
