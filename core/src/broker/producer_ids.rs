//! Producer ids: a broker takes a block of a thousand from the controller and hands them out (KIP-730).

use super::{Broker, Purpose};
use crate::node::{Context, CorrelationId, NodeId};
use crate::protocol::{
    AllocateProducerIdsRequest, AllocateProducerIdsResponse, ErrorCode, InitProducerIdRequest, Request,
    Response,
};
use serde::Serialize;

/// The block in hand, and who waits for the next one.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Block {
    next: i64,
    left: i32,
    /// Whether the next block is on its way.
    asked: bool,
    waiting: Vec<(NodeId, CorrelationId, Request)>,
}

impl Block {
    /// The next id, if there is one in hand.
    pub(super) fn take(&mut self) -> Option<i64> {
        (self.left > 0).then(|| {
            (self.next, self.left) = (self.next + 1, self.left - 1);
            self.next - 1
        })
    }
}

impl Broker {
    pub(super) fn init_producer_id(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        ask: InitProducerIdRequest,
    ) {
        if ask.transactional_id.is_some() {
            return self.on_transaction_request(ctx, from, id, Request::InitProducerId(ask));
        }
        match self.producer_ids.take() {
            Some(producer_id) => ctx.respond(from, id, Response::InitProducerId(Ok((producer_id, 0)))),
            None => self.wait_for_producer_ids(ctx, (from, id, Request::InitProducerId(ask))),
        }
    }

    /// A request that needs a producer id waits for the next block of them.
    pub(super) fn wait_for_producer_ids(
        &mut self,
        ctx: &mut Context<'_>,
        waiting: (NodeId, CorrelationId, Request),
    ) {
        self.producer_ids.waiting.push(waiting);
        if self.producer_ids.waiting.len() == 1 && !self.producer_ids.asked {
            self.producer_ids.asked = true;
            let ask = AllocateProducerIdsRequest { broker_id: self.id, broker_epoch: self.epoch() };
            let request = Request::AllocateProducerIds(ask);
            if self.ask_controller(ctx, Purpose::ProducerIds, request).is_none() {
                self.producer_ids_failed(ctx);
            }
        }
    }

    pub(super) fn on_producer_ids(&mut self, ctx: &mut Context<'_>, answer: &AllocateProducerIdsResponse) {
        self.producer_ids.asked = false;
        if !answer.error.is_none() {
            self.producer_ids_failed(ctx);
            return;
        }
        (self.producer_ids.next, self.producer_ids.left) = (answer.start, answer.len);
        for (to, id, request) in std::mem::take(&mut self.producer_ids.waiting) {
            self.on_request(ctx, to, id, request);
        }
    }

    /// Clients are told to try again.
    pub(super) fn producer_ids_failed(&mut self, ctx: &mut Context<'_>) {
        self.producer_ids.asked = false;
        let error = ErrorCode::CoordinatorLoadInProgress;
        for (to, id, request) in std::mem::take(&mut self.producer_ids.waiting) {
            let refusal = match request {
                Request::EndTxn(_) => Response::EndTxn(Err(error)),
                _ => Response::InitProducerId(Err(error)),
            };
            ctx.respond(to, id, refusal);
        }
    }
}
