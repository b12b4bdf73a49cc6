//! Forwarding: in KRaft any broker takes administrative requests and hands them to the controller (KIP-590).

use super::{Broker, Purpose};
use crate::node::{Context, CorrelationId, NodeId};
use crate::protocol::{CreateTopicsRequest, NewTopic, Request, Response, TopicName};
use crate::sorted::SortedMap;
use serde::Serialize;

/// A request on its way to the controller, and who gets the answer (nobody, for the broker's own).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Forward {
    reply_to: Option<(NodeId, CorrelationId)>,
    request: Request,
}

impl Broker {
    pub(super) fn forward(
        &mut self,
        ctx: &mut Context<'_>,
        reply_to: Option<(NodeId, CorrelationId)>,
        request: Request,
    ) {
        let number = self.next_forward;
        self.next_forward += 1;
        self.forwards.insert(number, Forward { reply_to, request });
        self.forward_again(ctx, number);
    }

    pub(super) fn forward_again(&mut self, ctx: &mut Context<'_>, number: u64) {
        if let Some(forward) = self.forwards.get(&number) {
            let request = forward.request.clone();
            self.ask(ctx, self.controller, Purpose::Forward(number), request);
        }
    }

    pub(super) fn on_forwarded(&mut self, ctx: &mut Context<'_>, number: u64, answer: Response) {
        if let Some(Forward { reply_to: Some((to, id)), .. }) = self.forwards.remove(&number) {
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
        }
        let ask = CreateTopicsRequest { topics: vec![topic], validate_only: false };
        self.forward(ctx, None, Request::CreateTopics(ask));
    }
}
