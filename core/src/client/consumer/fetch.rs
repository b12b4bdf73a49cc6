//! Fetching: one long poll at each leader, and what its answer means.

use super::positions::{Position, Reset};
use super::{Consumer, FETCH_LOGGER, Sent};
use crate::client::network::Peer;
use crate::client::{ClientError, OffsetReset};
use crate::node::{BrokerId, Context, Span};
use crate::protocol::{
    ErrorCode, FetchPartition, FetchRequest, FetchResponse, FetchedPartition, Request, TopicPartition, Uuid,
};
use crate::sorted::SortedMap;

impl Consumer {
    /// Asks every leader that is not asked yet for the partitions of which nothing is buffered.
    pub(super) fn send_fetches(&mut self, ctx: &mut Context<'_>) {
        let mut by_leader: SortedMap<BrokerId, Vec<FetchPartition>> = SortedMap::new();
        let mut lost = false;
        for (partition, position) in &self.positions.0 {
            if !position.is_ready() || self.fetcher.is_buffered(partition) {
                continue;
            }
            let leader = self.net.leader(partition).map(|(peer, epoch)| match peer {
                Peer::Broker(leader) => {
                    let known = |id| self.net.metadata.brokers.contains_key(&id);
                    let (nearest, is_lost) = self.fetcher.read_replica(partition, leader, ctx.now, &known);
                    lost |= is_lost;
                    (Peer::Broker(nearest), epoch)
                }
                other => (other, epoch),
            });
            match leader {
                Some((Peer::Broker(broker), _)) if self.fetcher.pending.contains(&broker) => {}
                Some((Peer::Broker(broker), epoch)) => {
                    let wanted = self.fetch_partition(partition, position, epoch);
                    by_leader.entry(broker).or_default().push(wanted);
                }
                _ => self.net.request_update(),
            }
        }
        if lost {
            self.net.request_update();
        }
        for (broker, wanted) in by_leader {
            let peer = Peer::Broker(broker);
            // A connection that failed wakes this consumer when it may be tried again.
            if !self.net.is_usable(peer, ctx.now) {
                continue;
            }
            let session = self.fetcher.sessions.entry(broker).or_default();
            let (partitions, forgotten) = session.next(wanted);
            let request = Request::Fetch(FetchRequest {
                replica: None,
                max_wait_ms: self.config.fetch_max_wait_ms,
                min_bytes: self.config.fetch_min_bytes,
                max_bytes: self.config.fetch_max_bytes,
                isolation: self.config.isolation,
                session_id: session.id,
                session_epoch: session.epoch,
                partitions,
                forgotten,
                rack: self.config.client_rack.clone(),
            });
            if self.net.send(ctx, peer, request, Sent::Fetch(broker)).is_some() {
                self.fetcher.pending.insert(broker);
            } else {
                session.reset();
            }
        }
    }

    fn fetch_partition(&self, partition: &TopicPartition, position: &Position, epoch: i32) -> FetchPartition {
        let topic = self.net.metadata.topics.get(&partition.topic);
        FetchPartition {
            partition: partition.clone(),
            topic_id: topic.map_or(Uuid::ZERO, |known| known.topic_id),
            fetch_offset: position.offset,
            current_leader_epoch: epoch,
            last_fetched_epoch: position.epoch,
            log_start_offset: -1,
            max_bytes: self.config.max_partition_fetch_bytes,
        }
    }

    pub(super) fn on_fetched(&mut self, ctx: &mut Context<'_>, broker: BrokerId, answer: FetchResponse) {
        self.fetcher.pending.remove(&broker);
        let Some(session) = self.fetcher.sessions.get_mut(&broker) else { return };
        if !session.answered(answer.error, answer.session_id) {
            return;
        }
        for fetched in answer.partitions {
            let session = self.fetcher.sessions.get(&broker);
            let asked =
                session.and_then(|it| it.partitions.get(&fetched.partition)).map(|it| it.fetch_offset);
            let now = self.positions.ready(&fetched.partition).map(|position| position.offset);
            // Meanwhile revoked, moved or reset: the answer is about something else.
            if asked.is_none() || asked != now || self.fetcher.is_buffered(&fetched.partition) {
                continue;
            }
            let offset = asked.unwrap_or_default();
            self.take_fetched(ctx, fetched, offset);
        }
    }

    fn take_fetched(&mut self, ctx: &mut Context<'_>, fetched: FetchedPartition, offset: i64) {
        let partition = fetched.partition;
        if let Some((leader, epoch)) = fetched.current_leader {
            self.net.metadata.update_leader(&partition, leader, epoch);
        }
        if let Some(nearest) = fetched.preferred_read_replica {
            let until = ctx.now + Span::from_config_ms(self.config.common.metadata_max_age_ms);
            self.fetcher.nearest.insert(partition, (nearest, until));
            return;
        }
        let was_follower = !fetched.error.is_none() && self.fetcher.nearest.remove(&partition).is_some();
        match fetched.error {
            // The follower may only be behind: the leader knows better.
            ErrorCode::OffsetOutOfRange if was_follower => {}
            ErrorCode::None => match fetched.diverging_epoch {
                Some((epoch, end)) => self.go_back(&partition, epoch, end),
                None if fetched.batches.is_empty() => {}
                None => self.fetcher.store(partition, offset, fetched.batches, fetched.aborted),
            },
            ErrorCode::OffsetOutOfRange => self.out_of_range(&partition, offset),
            ErrorCode::UnknownTopicOrPartition => {
                let text =
                    format!("Received unknown topic or partition error in fetch for partition {partition}");
                self.net.warn(ctx.now, &text, FETCH_LOGGER);
                self.net.request_update();
            }
            ErrorCode::UnknownTopicId => {
                let text = format!("Received unknown topic ID error in fetch for partition {partition}");
                self.net.warn(ctx.now, &text, FETCH_LOGGER);
                self.net.request_update();
            }
            ErrorCode::UnknownLeaderEpoch => {}
            error if error.is_retriable() => self.net.request_update(),
            error => self.fail(ClientError::of(error, None)),
        }
    }

    /// Records that were read are on no leader any more: go on where the logs part.
    fn go_back(&mut self, partition: &TopicPartition, epoch: i32, end: i64) {
        let Some(position) = self.positions.0.get_mut(partition) else { return };
        *position = Position::at(end.min(position.offset), epoch);
    }

    fn out_of_range(&mut self, partition: &TopicPartition, offset: i64) {
        let to = match self.config.offset_reset {
            OffsetReset::Earliest => Reset::Earliest,
            OffsetReset::Latest => Reset::Latest,
            OffsetReset::None => {
                let message = self.out_of_range_message(partition, offset);
                return self.fail(ClientError {
                    code: None,
                    class: "org.apache.kafka.clients.consumer.OffsetOutOfRangeException".to_owned(),
                    message,
                    cause: None,
                });
            }
        };
        // What was asked for is kept, to tell why.
        self.positions.0.insert(partition.clone(), Position { offset, ..Position::reset(to) });
    }

    fn out_of_range_message(&self, partition: &TopicPartition, offset: i64) -> String {
        let (leader, epoch) = self.net.leader(partition).map_or(("empty".to_owned(), -1), |(peer, epoch)| {
            (format!("[{}]", self.net.describe(peer)), epoch)
        });
        let read = self.positions.ready(partition).map_or(-1, |position| position.epoch);
        let read = if read < 0 { ".empty".to_owned() } else { format!("[{read}]") };
        let leader = if leader == "empty" { ".empty".to_owned() } else { leader };
        format!(
            "Fetch position FetchPosition{{offset={offset}, offsetEpoch=Optional{read}, \
             currentLeader=LeaderAndEpoch{{leader=Optional{leader}, epoch={epoch}}}}} is out of range for \
             partition {partition}"
        )
    }
}
