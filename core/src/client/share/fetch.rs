//! Acquiring records and saying what became of them: one request at a time to each leader.

use super::{Sent, ShareConsumer};
use crate::client::network::Peer;
use crate::client::{ClientError, ConsumedRecord};
use crate::node::{BrokerId, Context};
use crate::protocol::{
    AcknowledgeType, ErrorCode, Request, ShareFetchPartition, ShareFetchRequest, ShareFetchResponse,
    SharedPartition, TopicPartition, Uuid,
};
use crate::sorted::SortedMap;

impl ShareConsumer {
    /// Its partitions and those of which there is something to say, by their leaders.
    fn by_leader(&mut self, with_assigned: bool) -> SortedMap<BrokerId, Vec<(TopicPartition, Uuid)>> {
        let mut wanted: Vec<(TopicPartition, Uuid)> = Vec::new();
        let id_of = |tp: &TopicPartition| self.net.metadata.topics.get(&tp.topic).map(|known| known.topic_id);
        for tp in self.said.keys() {
            wanted.push((tp.clone(), id_of(tp).unwrap_or(Uuid::ZERO)));
        }
        let mut is_stale = false;
        for (id, number) in self.assigned.iter().filter(|_| with_assigned) {
            match self.net.metadata.topics.iter().find(|(_, known)| known.topic_id == *id) {
                Some((name, _)) => {
                    let tp = TopicPartition::new(name.clone(), *number);
                    if !self.said.contains_key(&tp) {
                        wanted.push((tp, *id));
                    }
                }
                None => is_stale = true,
            }
        }
        let mut leaders: SortedMap<BrokerId, Vec<(TopicPartition, Uuid)>> = SortedMap::new();
        for (tp, id) in wanted {
            match self.net.leader(&tp) {
                Some((Peer::Broker(leader), _)) => leaders.entry(leader).or_default().push((tp, id)),
                _ => is_stale = true,
            }
        }
        if is_stale {
            self.net.request_update();
        }
        leaders
    }

    pub(super) fn send_fetches(&mut self, ctx: &mut Context<'_>) {
        for (broker, partitions) in self.by_leader(true) {
            self.send(ctx, broker, partitions, true, false);
        }
    }

    /// Says what there is to say, and with `ends` that the sessions are over.
    pub(super) fn send_all_acknowledgements(&mut self, ctx: &mut Context<'_>, ends: bool) {
        let mut leaders = self.by_leader(false);
        if ends {
            for broker in self.sessions.keys() {
                leaders.entry(*broker).or_default();
            }
        }
        for (broker, partitions) in leaders {
            self.send(ctx, broker, partitions, false, ends);
        }
        if ends {
            // What cannot be said to anybody is released by the broker.
            self.said.clear();
        }
    }

    fn send(
        &mut self,
        ctx: &mut Context<'_>,
        broker: BrokerId,
        partitions: Vec<(TopicPartition, Uuid)>,
        fetches: bool,
        ends: bool,
    ) {
        let peer = Peer::Broker(broker);
        if self.pending.contains(&broker) || !self.net.is_usable(peer, ctx.now) {
            return;
        }
        let mut asked = Vec::new();
        for (partition, topic_id) in partitions {
            let acknowledgements = self.said.remove(&partition).unwrap_or_default();
            asked.push(ShareFetchPartition { partition, topic_id, acknowledgements });
        }
        let epoch = self.sessions.get(&broker).copied().unwrap_or(0);
        let request = Box::new(ShareFetchRequest {
            group: self.config.group.clone(),
            member_id: self.member.id.clone(),
            session_epoch: if ends { -1 } else { epoch },
            max_wait_ms: self.config.fetch_max_wait_ms,
            min_bytes: self.config.fetch_min_bytes,
            max_bytes: self.config.fetch_max_bytes,
            max_records: i32::try_from(self.config.max_poll_records).unwrap_or(i32::MAX),
            partitions: asked,
        });
        let (request, sent) = if fetches {
            (Request::ShareFetch(request), Sent::Fetch(broker))
        } else {
            (Request::ShareAcknowledge(request), Sent::Acknowledge(broker))
        };
        if self.net.send(ctx, peer, request, sent).is_some() {
            self.pending.insert(broker);
            if ends {
                self.sessions.remove(&broker);
            } else {
                self.sessions.insert(broker, epoch.checked_add(1).unwrap_or(1));
            }
        }
    }

    pub(super) fn on_fetched(&mut self, broker: BrokerId, answer: ShareFetchResponse) {
        self.pending.remove(&broker);
        if !answer.error.is_none() {
            self.sessions.remove(&broker);
            return;
        }
        for part in answer.partitions {
            self.take(part);
        }
    }

    fn take(&mut self, part: SharedPartition) {
        if let Some((leader, epoch)) = part.current_leader {
            self.net.metadata.update_leader(&part.partition, leader, epoch);
        }
        match part.error {
            ErrorCode::None => {}
            error if error.is_retriable() || error == ErrorCode::UnknownTopicId => {
                self.net.request_update();
            }
            error => return self.fail(ClientError::of(error, None)),
        }
        for (first, last, count) in part.acquired {
            let mut next = first;
            for batch in part.batches.iter().filter(|batch| !batch.is_control) {
                for (offset, record) in batch.records().filter(|(offset, _)| (first..=last).contains(offset))
                {
                    for gap in next..offset {
                        self.say(part.partition.clone(), gap, AcknowledgeType::Gap);
                    }
                    next = offset.saturating_add(1);
                    self.buffer.push(ConsumedRecord {
                        partition: part.partition.clone(),
                        offset,
                        timestamp_type: batch.timestamp_type,
                        record,
                        delivery_count: Some(count),
                    });
                }
            }
            for gap in next..=last {
                self.say(part.partition.clone(), gap, AcknowledgeType::Gap);
            }
        }
    }
}
