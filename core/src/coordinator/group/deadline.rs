//! What happens because time passes: silent members, the end of waiting, old offsets.

use super::group_state::Group;
use super::records::RecordKey;
use super::shard::{Shard, Step};
use super::{GroupConfig, Output, Topics};
use crate::node::{Rng, SimTime, Span};
use crate::protocol::GroupState;

impl Shard {
    /// When [`Shard::on_deadline`] must be called next, if nothing else happens before.
    #[must_use]
    pub fn next_deadline(&self) -> Option<SimTime> {
        if self.groups.is_empty() {
            return None;
        }
        self.groups.values().filter_map(Group::next_deadline).chain(self.next_cleanup).min()
    }

    /// Does what is due.
    pub fn on_deadline(
        &mut self,
        now: SimTime,
        _rng: &mut Rng,
        config: &GroupConfig,
        topics: &dyn Topics,
    ) -> Output {
        let mut out = Output::default();
        let mut step = Step { now, config, out: &mut out };
        for group in self.groups.values_mut() {
            group.on_deadline(&mut step);
            group.modern_due(&mut step, topics);
        }
        if self.next_cleanup.is_some_and(|at| at <= now) {
            self.next_cleanup = Some(now + Span::from_config_ms(config.offsets_retention_check_interval_ms));
            self.clean_up(&mut step);
        }
        out
    }

    /// Offsets that nobody has needed for long go, and groups without members and offsets.
    pub(super) fn clean_up(&mut self, step: &mut Step<'_>) {
        let mut records = Vec::new();
        let timestamp = step.now.wall_ms();
        for group in self.groups.values() {
            let expired: Vec<_> =
                group.offsets.keys().filter(|tp| group.expired(step, tp)).cloned().collect();
            let left = group.offsets.len() - expired.len();
            records.extend(expired.into_iter().map(|partition| {
                RecordKey::OffsetCommit { group: group.id.clone(), partition }.record(timestamp, None)
            }));
            // A share group stays until somebody deletes it.
            if group.is_share_group() {
                continue;
            }
            if left == 0 && group.is(GroupState::Empty) && group.pending.is_empty() {
                match group.modern.as_deref() {
                    Some(modern) => {
                        let gone = modern.tombstones();
                        records.extend(gone.iter().map(|record| group.written(record, timestamp)));
                    }
                    None => {
                        let key = RecordKey::GroupMetadata { group: group.id.clone() };
                        records.push(key.record(timestamp, None));
                    }
                }
            }
        }
        self.decide(step, records);
    }
}

impl Group {
    fn next_deadline(&self) -> Option<SimTime> {
        let waiting = [self.join_deadline.map(|deadline| deadline.at), self.sync_deadline];
        let members = self.members.values().filter_map(super::Member::deadline);
        let members = members.chain(self.modern_deadline());
        members.chain(self.pending.values().copied()).chain(waiting.into_iter().flatten()).min()
    }

    fn on_deadline(&mut self, step: &mut Step<'_>) {
        let now = step.now;
        let due = |at: Option<SimTime>| at.is_some_and(|at| at <= now);
        let before = self.pending.len();
        self.pending.retain(|_, at| *at > now);
        if self.pending.len() < before {
            self.complete_join_if_ready(step);
        }
        // The end of a rebalance comes first: it lets go members that have waited for it just long enough.
        if self.join_deadline.is_some_and(|deadline| deadline.at <= step.now) {
            self.on_join_deadline(step);
        }
        let silent: Vec<String> =
            self.members.values().filter(|m| due(m.deadline())).map(|m| m.member_id.clone()).collect();
        for member_id in silent {
            let patience = self.members.get(&member_id).map_or(0, |m| m.session_timeout_ms);
            step.out.setting = Some(format!("session.timeout.ms={patience}"));
            self.remove(step, &member_id, &format!("was not heard of for {} s", patience / 1_000));
        }
        if self.sync_deadline.is_some_and(|at| at <= step.now) {
            self.on_sync_deadline(step);
        }
    }

    /// Some member never asked for its share: it is taken out and the others share anew.
    fn on_sync_deadline(&mut self, step: &mut Step<'_>) {
        self.sync_deadline = None;
        let late = std::mem::take(&mut self.pending_sync);
        let gone = self.drop_members(|member| late.contains(&member.member_id));
        if !gone.is_empty() {
            step.out.setting = Some(format!("max.poll.interval.ms={}", self.rebalance_timeout_ms()));
            self.rebalance(step, &format!("{} did not ask for a share", gone.join(", ")));
        }
    }

    fn expired(&self, step: &Step<'_>, partition: &crate::protocol::TopicPartition) -> bool {
        let Some(offset) = self.offsets.get(partition) else { return false };
        let since = match (&self.protocol_type, self.state) {
            // The new protocol does not look at the group's state.
            _ if self.modern.is_some() && self.subscribes_to(&partition.topic) => return false,
            _ if self.modern.is_some() => offset.commit_timestamp,
            (None, _) => offset.commit_timestamp,
            (Some(_), GroupState::Empty) => self.state_since_ms.max(offset.commit_timestamp),
            (Some(_), GroupState::Stable) if !self.subscribes_to(&partition.topic) => offset.commit_timestamp,
            _ => return false,
        };
        step.now.wall_ms().saturating_sub(since) >= step.config.offsets_retention_ms
    }
}
