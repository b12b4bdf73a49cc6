//! AlterPartition: leaders propose in-sync replicas, the controller decides (KIP-497, KIP-841, KIP-903).

use super::{Controller, PartitionChangeBuilder};
use crate::metadata::{MetadataImage, PartitionRegistration};
use crate::node::{BrokerId, Context, EventKind};
use crate::protocol::{
    AlterPartitionItem, AlterPartitionRequest, AlterPartitionResponse, AlteredPartition, ErrorCode,
};
use crate::sabotage::{self, Sabotage};

impl Controller {
    pub(super) fn alter_partition(
        &mut self,
        ctx: &mut Context<'_>,
        ask: &AlterPartitionRequest,
    ) -> AlterPartitionResponse {
        let known = self.image.brokers.get(&ask.broker_id).is_some_and(|b| b.epoch == ask.broker_epoch);
        if !known {
            return AlterPartitionResponse { error: ErrorCode::StaleBrokerEpoch, partitions: Vec::new() };
        }
        let mut partitions = Vec::with_capacity(ask.partitions.len());
        for item in &ask.partitions {
            let result = self.alter_one(ctx, ask.broker_id, item);
            if let Err(error) = result
                && error != ErrorCode::NewLeaderElected
            {
                let (partition, broker) = (item.partition.clone(), ask.broker_id);
                ctx.emit(EventKind::IsrRefused { partition, broker, error });
            }
            partitions.push((item.partition.clone(), result));
        }
        AlterPartitionResponse { error: ErrorCode::None, partitions }
    }

    fn alter_one(
        &mut self,
        ctx: &mut Context<'_>,
        sender: BrokerId,
        item: &AlterPartitionItem,
    ) -> Result<AlteredPartition, ErrorCode> {
        let topic = self.image.topic(&item.partition.topic).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        let now = topic.partition(item.partition.partition).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        check_alter(&self.image, sender, item, now)?;
        let acceptable = |id| self.is_active(id);
        let min_isr = self.image.effective_min_isr(topic, self.config.min_insync_replicas);
        let mut builder = PartitionChangeBuilder::new(now, &acceptable, self.election_mode(topic), min_isr);
        builder.target_isr = item.new_isr.iter().map(|(id, _)| *id).collect();
        builder.target_recovering = item.recovering;
        let record = builder.build(topic.topic_id, item.partition.partition);
        self.append(ctx, record.into_iter().collect());
        let state = self.image.partition(&item.partition).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        if state.leader != Some(sender) {
            // The change ended a reassignment that removed the leader: it is done, and the sender leads no more.
            return Err(ErrorCode::NewLeaderElected);
        }
        Ok(AlteredPartition {
            leader: state.leader,
            leader_epoch: state.leader_epoch,
            isr: state.isr.clone(),
            partition_epoch: state.partition_epoch,
        })
    }
}

/// Kafka's checks, in Kafka's order.
fn check_alter(
    image: &MetadataImage,
    sender: BrokerId,
    item: &AlterPartitionItem,
    now: &PartitionRegistration,
) -> Result<(), ErrorCode> {
    if item.leader_epoch > now.leader_epoch || item.partition_epoch > now.partition_epoch {
        return Err(ErrorCode::NotController);
    }
    if sabotage::on(Sabotage::StaleEpochAccepted) {
        return Ok(());
    }
    if item.leader_epoch < now.leader_epoch {
        return Err(ErrorCode::FencedLeaderEpoch);
    }
    if now.leader != Some(sender) {
        return Err(ErrorCode::InvalidRequest);
    }
    if item.partition_epoch < now.partition_epoch {
        return Err(ErrorCode::InvalidUpdateVersion);
    }
    let member = |id: BrokerId| item.new_isr.iter().filter(|(other, _)| *other == id).count();
    let sound = item.new_isr.iter().all(|(id, _)| now.replicas.contains(id) && member(*id) == 1);
    if !sound || member(sender) != 1 {
        return Err(ErrorCode::InvalidRequest);
    }
    // A leader that still recovers is alone, and who has recovered does not fall back.
    if item.recovering && (item.new_isr.len() > 1 || !now.recovering) {
        return Err(ErrorCode::InvalidRequest);
    }
    let eligible = |(id, epoch): &(BrokerId, i64)| {
        image.brokers.get(id).is_some_and(|b| b.is_active() && (*epoch == -1 || *epoch == b.epoch))
    };
    if item.new_isr.iter().all(eligible) { Ok(()) } else { Err(ErrorCode::IneligibleReplica) }
}
