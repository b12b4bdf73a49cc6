//! First positions: committed offsets from the coordinator, ends of logs from the leaders.

use super::positions::{Phase, Position, Reset};
use super::{Consumer, OFFSET_LOGGER, Sent};
use crate::client::network::Peer;
use crate::client::{ClientError, OffsetReset};
use crate::node::{Context, EventKind, Span};
use crate::protocol::{
    ErrorCode, ListOffsetsRequest, ListOffsetsResponse, OffsetFetchRequest, OffsetFetchResponse, Request,
    TopicPartition,
};
use crate::sorted::SortedMap;

impl Consumer {
    /// The next step towards a position in every partition.
    pub(super) fn drive_positions(&mut self, ctx: &mut Context<'_>) {
        self.fetch_committed(ctx);
        self.ask_leaders(ctx);
    }

    fn fetch_committed(&mut self, ctx: &mut Context<'_>) {
        if self.group.fetching_offsets || ctx.now < self.group.retry_at {
            return;
        }
        let wanted = self.positions.initializing();
        if wanted.is_empty() {
            return;
        }
        let (Some(peer), Some(group)) = (self.coordinator(ctx), self.config.group.clone()) else { return };
        let request = Request::OffsetFetch(OffsetFetchRequest {
            group,
            partitions: Some(wanted),
            require_stable: true,
        });
        let purpose = Sent::OffsetFetch(self.group.attempt);
        self.group.fetching_offsets = self.net.send(ctx, peer, request, purpose).is_some();
    }

    pub(super) fn on_committed_offsets(
        &mut self,
        ctx: &mut Context<'_>,
        attempt: u32,
        answer: OffsetFetchResponse,
    ) {
        self.group.fetching_offsets = false;
        match answer.error {
            ErrorCode::None => {}
            ErrorCode::NotCoordinator | ErrorCode::CoordinatorNotAvailable => {
                return self.lose_coordinator(ctx);
            }
            error if error.is_retriable() => return self.wait_for_coordinator(ctx),
            error => return self.fail(ClientError::of(error, None)),
        }
        if attempt != self.group.attempt {
            return;
        }
        let mut lost = Vec::new();
        for (partition, offset, epoch) in answer.partitions {
            let Some(position) = self.positions.0.get_mut(&partition) else { continue };
            if position.phase != Phase::Initializing {
                continue;
            }
            match (offset, self.config.offset_reset) {
                (0.., _) => *position = Position::at(offset, epoch),
                (_, OffsetReset::Earliest) => *position = Position::reset(Reset::Earliest),
                (_, OffsetReset::Latest) => *position = Position::reset(Reset::Latest),
                (_, OffsetReset::None) => lost.push(partition.clone()),
            }
        }
        if !lost.is_empty() {
            let lost: Vec<String> =
                crate::java::hash_order(lost).into_iter().map(|partition| partition.to_string()).collect();
            self.fail(ClientError {
                code: None,
                class: "org.apache.kafka.clients.consumer.NoOffsetForPartitionException".to_owned(),
                message: format!(
                    "Undefined offset with no reset policy for partitions: [{}]",
                    lost.join(", ")
                ),
                cause: None,
            });
        }
    }

    /// Asks each leader for the ends of its logs.
    fn ask_leaders(&mut self, ctx: &mut Context<'_>) {
        let mut by_leader: SortedMap<Peer, Vec<(TopicPartition, i32, Reset)>> = SortedMap::new();
        for (partition, position) in &self.positions.0 {
            let Phase::Resetting { to, retry_at } = position.phase else { continue };
            if retry_at > ctx.now {
                continue;
            }
            match self.net.leader(partition) {
                Some((peer, epoch)) => {
                    by_leader.entry(peer).or_default().push((partition.clone(), epoch, to));
                }
                None => self.net.request_update(),
            }
        }
        for (peer, wanted) in by_leader {
            let (mut asked, mut partitions) = (Vec::new(), Vec::new());
            for (partition, epoch, to) in &wanted {
                asked.push(partition.clone());
                partitions.push((partition.clone(), *epoch, to.spec()));
            }
            let request =
                Request::ListOffsets(ListOffsetsRequest { isolation: self.config.isolation, partitions });
            if self.net.send(ctx, peer, request, Sent::ListOffsets(asked)).is_none() {
                continue;
            }
            for (partition, _, to) in wanted {
                if let Some(position) = self.positions.0.get_mut(&partition) {
                    position.phase = Phase::Asked { to };
                }
            }
        }
    }

    pub(super) fn on_listed(
        &mut self,
        ctx: &mut Context<'_>,
        asked: &[TopicPartition],
        answer: ListOffsetsResponse,
    ) {
        for listed in answer.partitions {
            let Some(position) = self.positions.0.get_mut(&listed.partition) else { continue };
            let Phase::Asked { to } = position.phase else { continue };
            if listed.error.is_none() && listed.offset >= 0 {
                // Without the epoch: Kafka does not check a position that it has just looked up.
                let from = position.offset;
                *position = Position::at(listed.offset, -1);
                ctx.emit(EventKind::PositionReset {
                    client: ctx.me,
                    client_id: self.config.common.client_id.clone(),
                    partition: listed.partition,
                    from,
                    offset: listed.offset,
                    policy: to.name(),
                });
            } else if listed.error == ErrorCode::UnknownTopicOrPartition {
                let text = format!(
                    "Received unknown topic or partition error in ListOffset request for partition {}",
                    listed.partition
                );
                self.net.warn(ctx.now, &text, OFFSET_LOGGER);
            }
        }
        // Whatever got no offset is asked for again, of a leader known better.
        self.retry_resets(ctx, asked);
    }

    pub(super) fn retry_resets(&mut self, ctx: &mut Context<'_>, asked: &[TopicPartition]) {
        let retry_at = ctx.now + Span::from_config_ms(self.config.common.retry_backoff_ms);
        for partition in asked {
            let Some(position) = self.positions.0.get_mut(partition) else { continue };
            if let Phase::Asked { to } = position.phase {
                position.phase = Phase::Resetting { to, retry_at };
                self.net.request_update();
            }
        }
    }
}
