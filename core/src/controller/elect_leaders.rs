//! Elections that somebody asks for, and those that the controller holds by itself to give leaderships back to
//! preferred replicas (`auto.leader.rebalance.enable`). Kafka: `ReplicationControlManager.electLeaders`.

use super::{Controller, Election, PartitionChangeBuilder, TIMER_BALANCE, TIMER_UNCLEAN};
use crate::metadata::{MetadataRecord, TopicImage};
use crate::node::{Context, Span};
use crate::protocol::{
    ApiError, ElectLeadersRequest, ElectLeadersResponse, ElectionType, ErrorCode, TopicPartition,
};

/// Most elections that the controller holds by itself in one go.
const BALANCE_MAX: usize = 1_000;

impl Controller {
    pub(super) fn elect_leaders(
        &mut self,
        ctx: &mut Context<'_>,
        ask: &ElectLeadersRequest,
    ) -> ElectLeadersResponse {
        let asked = ask.partitions.clone().unwrap_or_else(|| self.all_partitions());
        let mut records = Vec::new();
        let mut partitions = Vec::new();
        for partition in asked {
            let result = match self.election_of(&partition, ask.election) {
                Ok(record) => {
                    records.push(record);
                    Ok(())
                }
                // Asked for all: those that need no election are not worth a word.
                Err((ErrorCode::ElectionNotNeeded, _)) if ask.partitions.is_none() => continue,
                Err(why) => Err(why),
            };
            partitions.push((partition, result));
        }
        self.append(ctx, records);
        ElectLeadersResponse { partitions }
    }

    fn all_partitions(&self) -> Vec<TopicPartition> {
        let mut all = Vec::new();
        for topic in self.image.topics() {
            for number in (0..).take(topic.partitions.len()) {
                all.push(TopicPartition::new(topic.name.clone(), number));
            }
        }
        all
    }

    /// The record that makes another replica the leader, or why there is none.
    fn election_of(&self, tp: &TopicPartition, kind: ElectionType) -> Result<MetadataRecord, ApiError> {
        let unknown = |what: String| (ErrorCode::UnknownTopicOrPartition, what);
        let refused = |code: ErrorCode| (code, code.message().to_owned());
        let topic = self.image.topic(&tp.topic);
        let topic = topic.ok_or_else(|| unknown(format!("No such topic as {}", tp.topic)))?;
        let partition = topic.partition(tp.partition);
        let partition = partition.ok_or_else(|| unknown(format!("No such partition as {tp}")))?;
        let is_settled = match kind {
            ElectionType::Preferred => partition.has_preferred_leader(),
            ElectionType::Unclean => partition.leader.is_some(),
        };
        if is_settled {
            return Err(refused(ErrorCode::ElectionNotNeeded));
        }
        let (election, failure) = match kind {
            ElectionType::Preferred => (Election::Preferred, ErrorCode::PreferredLeaderNotAvailable),
            ElectionType::Unclean => (Election::Unclean, ErrorCode::EligibleLeadersNotAvailable),
        };
        self.hold(topic, tp.partition, election).ok_or_else(|| refused(failure))
    }

    fn hold(&self, topic: &TopicImage, number: i32, election: Election) -> Option<MetadataRecord> {
        let partition = topic.partition(number)?;
        let acceptable = |id| self.is_active(id);
        let min_isr = self.image.effective_min_isr(topic, self.config.min_insync_replicas);
        let builder = PartitionChangeBuilder::new(partition, &acceptable, election, min_isr);
        builder.build(topic.topic_id, number)
    }

    pub(super) fn schedule_balancing(&self, ctx: &mut Context<'_>) {
        let interval_s = u64::try_from(self.config.leader_imbalance_check_interval_s).unwrap_or(0);
        if self.config.auto_leader_rebalance && interval_s > 0 {
            ctx.set_timer(Span::secs(interval_s), TIMER_BALANCE);
        }
    }

    /// Gives leaderships back to the first replicas of their lists, as far as those are in sync.
    pub(super) fn balance_leaders(&mut self, ctx: &mut Context<'_>) {
        let mut records = Vec::new();
        for topic in self.image.topics() {
            for (number, partition) in (0..).zip(&topic.partitions) {
                if !partition.has_preferred_leader() && records.len() < BALANCE_MAX {
                    records.extend(self.hold(topic, number, Election::Preferred));
                }
            }
        }
        self.append(ctx, records);
        self.schedule_balancing(ctx);
    }

    pub(super) fn schedule_unclean_elections(&self, ctx: &mut Context<'_>) {
        if self.config.unclean_election_interval_ms > 0 {
            ctx.set_timer(Span::from_config_ms(self.config.unclean_election_interval_ms), TIMER_UNCLEAN);
        }
    }

    /// Gives partitions without a leader to any live replica, where the topic's settings allow it.
    pub(super) fn elect_uncleanly(&mut self, ctx: &mut Context<'_>) {
        let mut records = Vec::new();
        for topic in self.image.topics().filter(|topic| self.allows_unclean(topic)) {
            for (number, partition) in (0..).zip(&topic.partitions) {
                if partition.leader.is_none() && records.len() < BALANCE_MAX {
                    records.extend(self.hold(topic, number, Election::Unclean));
                }
            }
        }
        self.append(ctx, records);
        self.schedule_unclean_elections(ctx);
    }
}
