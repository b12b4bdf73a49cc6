//! WriteTxnMarkers: a coordinator has decided, and the leaders write the decision into their partitions. And
//! DescribeProducers: what a partition knows of its producers.

use super::produce::{DelayedProduce, Waiting};
use super::{Broker, Replica};
use crate::node::{Context, CorrelationId, EventKind, NodeId, Span};
use crate::protocol::{
    ActiveProducer, EndMarker, ErrorCode, PartitionProduceResponse, RecordBatch, TopicName, TopicPartition,
    WriteTxnMarkersRequest,
};
use crate::sabotage::{self, Sabotage};

impl Broker {
    pub(super) fn write_markers(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        ask: &WriteTxnMarkersRequest,
    ) {
        let (mut partitions, mut appended) = (Vec::new(), Vec::new());
        let number = self.next_produce;
        self.next_produce += 1;
        for tp in &ask.partitions {
            let written = self.write_marker(ctx, tp, ask);
            let answer = PartitionProduceResponse {
                partition: tp.clone(),
                error: written.err().unwrap_or(ErrorCode::None),
                message: None,
                base_offset: -1,
                log_append_time_ms: -1,
                log_start_offset: -1,
                current_leader: None,
            };
            if let Ok(required) = written
                && let Some((_, leader)) = self.replicas.get_mut(tp).and_then(Replica::leading)
            {
                leader.waiting.entry(required).or_default().push(number);
                appended.push(tp.clone());
            }
            partitions.push(Waiting { answer, required: written.ok() });
        }
        let is_waiting = !appended.is_empty();
        let until = ctx.now + Span::from_config_ms(self.config.request_timeout_ms);
        let delayed = DelayedProduce { to: from, correlation: id, partitions, until, markers: true };
        self.produces.insert(number, delayed);
        if !is_waiting {
            return self.answer_produce(ctx, number);
        }
        self.watch_produces(ctx, until);
        for tp in appended {
            self.appended(ctx, &tp);
        }
    }

    /// Appends a marker. The offset that must be safe before the coordinator hears of it.
    fn write_marker(
        &mut self,
        ctx: &mut Context<'_>,
        tp: &TopicPartition,
        ask: &WriteTxnMarkersRequest,
    ) -> Result<i64, ErrorCode> {
        let exists = self.image.partition(tp).is_some();
        let missing =
            if exists { ErrorCode::NotLeaderOrFollower } else { ErrorCode::UnknownTopicOrPartition };
        let last_fetch = &self.follower_last_fetch;
        let (log, leader) = self.replicas.get_mut(tp).and_then(Replica::leading).ok_or(missing)?;
        if leader.is_short() {
            return Err(ErrorCode::NotEnoughReplicas);
        }
        let WriteTxnMarkersRequest { producer_id, producer_epoch, committed, coordinator_epoch, .. } = *ask;
        match log.producers().check_marker(producer_id, producer_epoch, coordinator_epoch) {
            ErrorCode::None => {}
            error => return Err(error),
        }
        if sabotage::on(Sabotage::MarkerForgotten) {
            return Ok(log.log_end());
        }
        leader.note_caught_up(log.log_end(), last_fetch);
        let marker = EndMarker { committed, coordinator_epoch };
        let batch = RecordBatch::end_marker((producer_id, producer_epoch), marker, ctx.now.wall_ms());
        let offset = log.append_as_leader(batch, leader.epoch, ctx.now.wall_ms());
        let required = log.log_end();
        if &*tp.topic == TopicName::CONSUMER_OFFSETS {
            self.transaction_of_group_ended(ctx, tp.partition, producer_id, committed);
        } else {
            ctx.emit(EventKind::Marker { partition: tp.clone(), offset, producer: (producer_id, committed) });
        }
        self.transaction_ended(tp, producer_id);
        Ok(required)
    }

    /// DescribeProducers, of any replica here.
    pub(super) fn describe_producers(&self, tp: &TopicPartition) -> Result<Vec<ActiveProducer>, ErrorCode> {
        let exists = self.image.partition(tp).is_some();
        let missing =
            if exists { ErrorCode::NotLeaderOrFollower } else { ErrorCode::UnknownTopicOrPartition };
        let replica = self.replicas.get(tp).ok_or(missing)?;
        Ok(replica.log.producers().describe())
    }
}
