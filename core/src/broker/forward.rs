//! Forwarding: in KRaft any broker takes administrative requests and hands them to the controller (KIP-590).

use super::{Broker, Purpose, RETRY, timer};
use crate::node::{BrokerId, Context, CorrelationId, Disconnect, NodeId, SimTime, Span, TimerKey};
use crate::protocol::{AlteredConfigs, ApiKey, CreateTopicsRequest, NewTopic, Request, Response, TopicName};
use crate::sorted::SortedMap;
use serde::Serialize;

/// How long a broker tries to forward a request.
const PATIENCE: Span = Span::secs(60);

/// A request on its way to the controller, and who gets the answer (nobody, for the broker's own).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Forward {
    reply_to: Option<(NodeId, CorrelationId)>,
    request: Request,
    /// When the broker gives up on it.
    until: SimTime,
    /// Whether the controller has it.
    sent: bool,
    /// What this broker answers by itself, of a request to change settings.
    answered: AlteredConfigs,
}

impl Broker {
    /// Asks another broker for what somebody waits for. After `request.timeout.ms` it is given up.
    pub(super) fn ask_broker(
        &mut self,
        ctx: &mut Context<'_>,
        broker: BrokerId,
        purpose: Purpose,
        request: Request,
    ) {
        let id = self.ask(ctx, NodeId::Broker(broker), purpose, request);
        let patience = Span::from_config_ms(self.config.request_timeout_ms);
        ctx.set_timer(patience, TimerKey { kind: timer::CONTROLLER, arg: id.0 });
    }

    /// An answer is overdue. A connection to another broker is closed, with everything that was asked on it.
    pub(super) fn overdue(&mut self, ctx: &mut Context<'_>, id: CorrelationId) {
        let to = |purpose: &Purpose| match purpose {
            Purpose::Verify(_, broker) => Some((*broker, ApiKey::AddPartitionsToTxn)),
            Purpose::Markers(markers) => Some((markers.leader, ApiKey::WriteTxnMarkers)),
            Purpose::ShareState(_, _, broker) => Some((*broker, ApiKey::WriteShareGroupState)),
            _ => None,
        };
        let mut unanswered = vec![id];
        if let Some((broker, api)) = self.purposes.get(&id).and_then(to) {
            ctx.hang_up(NodeId::Broker(broker), api);
            unanswered.clear();
            for (id, purpose) in &self.purposes {
                if to(purpose) == Some((broker, api)) {
                    unanswered.push(*id);
                }
            }
        }
        let me = NodeId::Broker(self.id);
        for id in unanswered {
            self.on_disconnect(ctx, me, id, Disconnect::Lost);
        }
    }

    pub(super) fn forward(
        &mut self,
        ctx: &mut Context<'_>,
        reply_to: Option<(NodeId, CorrelationId)>,
        request: Request,
    ) {
        let number = self.next_forward;
        self.next_forward += 1;
        let until = ctx.now + PATIENCE;
        self.forwards.insert(number, Forward { reply_to, request, until, sent: false, answered: Vec::new() });
        self.forward_again(ctx, number);
    }

    /// Forwards what is left of a request to change settings, of which the rest has its answer already.
    pub(super) fn forward_rest(
        &mut self,
        ctx: &mut Context<'_>,
        reply_to: (NodeId, CorrelationId),
        request: Request,
        answered: AlteredConfigs,
    ) {
        let number = self.next_forward;
        self.forward(ctx, Some(reply_to), request);
        if let Some(forward) = self.forwards.get_mut(&number) {
            forward.answered = answered;
        }
    }

    pub(super) fn forward_again(&mut self, ctx: &mut Context<'_>, number: u64) {
        let Some(forward) = self.forwards.get(&number).filter(|forward| !forward.sent) else { return };
        if forward.until <= ctx.now {
            // The client has given up, too.
            self.forwards.remove(&number);
            return;
        }
        let request = forward.request.clone();
        let sent = self.ask_controller(ctx, Purpose::Forward(number), request).is_some();
        if let Some(forward) = self.forwards.get_mut(&number) {
            forward.sent = sent;
        }
    }

    /// There is a new active controller.
    pub(super) fn forward_all_again(&mut self, ctx: &mut Context<'_>) {
        for number in self.forwards.keys().copied().collect::<Vec<_>>() {
            self.forward_again(ctx, number);
        }
    }

    pub(super) fn forward_failed(&mut self, ctx: &mut Context<'_>, number: u64) {
        if let Some(forward) = self.forwards.get_mut(&number) {
            forward.sent = false;
            ctx.set_timer(RETRY, TimerKey { kind: timer::FORWARD, arg: number });
        }
    }

    pub(super) fn on_forwarded(&mut self, ctx: &mut Context<'_>, number: u64, mut answer: Response) {
        if matches!(answer, Response::Envelope(_)) {
            // That controller is not the active one any more.
            return self.forward_failed(ctx, number);
        }
        if let Some(Forward { reply_to: Some((to, id)), mut answered, .. }) = self.forwards.remove(&number) {
            if let Response::IncrementalAlterConfigs(results) = &mut answer {
                results.append(&mut answered);
            }
            ctx.respond(to, id, answer);
        }
    }

    /// Asks the controller for a topic that a client mentioned, or that Kafka needs for itself.
    pub(super) fn auto_create(&mut self, ctx: &mut Context<'_>, name: &TopicName) {
        let under_way = |f: &Forward| match &f.request {
            Request::CreateTopics(ask) => f.reply_to.is_none() && ask.topics.iter().any(|t| t.name == *name),
            _ => false,
        };
        if self.forwards.values().any(under_way) {
            return;
        }
        let mut topic = NewTopic {
            name: name.clone(),
            partitions: None,
            replication_factor: None,
            assignment: None,
            configs: SortedMap::new(),
        };
        if &**name == TopicName::CONSUMER_OFFSETS {
            topic.partitions = Some(self.config.offsets_topic_num_partitions);
            topic.replication_factor = Some(self.config.offsets_topic_replication_factor);
            let configs = [
                ("cleanup.policy", "compact"),
                ("compression.type", "producer"),
                ("segment.bytes", "104857600"),
            ];
            topic.configs = configs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        } else if &**name == TopicName::TRANSACTION_STATE {
            topic.partitions = Some(self.config.transaction_topic_num_partitions);
            topic.replication_factor = Some(self.config.transaction_topic_replication_factor);
            let min_isr = self.config.transaction_topic_min_isr.to_string();
            let configs = [
                ("cleanup.policy", "compact"),
                ("compression.type", "uncompressed"),
                ("min.insync.replicas", &min_isr),
                ("segment.bytes", "104857600"),
                ("unclean.leader.election.enable", "false"),
            ];
            topic.configs = configs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        }
        if &**name == TopicName::SHARE_GROUP_STATE {
            topic.partitions = Some(self.config.share_state_topic_num_partitions);
            topic.replication_factor = Some(self.config.share_state_topic_replication_factor);
            let min_isr = self.config.share_state_topic_min_isr.to_string();
            let configs = [
                ("cleanup.policy", "delete"),
                ("compression.type", "producer"),
                ("min.insync.replicas", &min_isr),
                ("retention.ms", "-1"),
                ("segment.bytes", "104857600"),
            ];
            topic.configs = configs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        }
        let ask = CreateTopicsRequest { topics: vec![topic], validate_only: false };
        self.forward(ctx, None, Request::CreateTopics(ask));
    }
}

/// Whether any broker takes a request of this kind and hands it to the controller.
pub(super) fn is_forwarded(request: &Request) -> bool {
    matches!(
        request,
        Request::CreateTopics(_)
            | Request::DeleteTopics(_)
            | Request::CreatePartitions(_)
            | Request::ElectLeaders(_)
            | Request::AlterPartitionReassignments(_)
            | Request::ListPartitionReassignments(_)
            | Request::AlterClientQuotas(_)
            | Request::AlterUserScramCredentials(_)
            | Request::UpdateFeatures(_)
            | Request::DescribeQuorum(())
            | Request::UnregisterBroker(_)
            | Request::AddRaftVoter(_)
            | Request::RemoveRaftVoter(_)
    )
}
