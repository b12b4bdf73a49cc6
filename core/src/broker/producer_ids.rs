//! Producer ids: a broker takes a block of a thousand from the controller and hands them out (KIP-730).

use super::{Broker, Purpose};
use crate::node::{Context, CorrelationId, NodeId};
use crate::protocol::{
    AllocateProducerIdsRequest, AllocateProducerIdsResponse, ErrorCode, Request, Response,
};
use serde::Serialize;

/// The block in hand, and who waits for the next one.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Block {
    next: i64,
    left: i32,
    /// Whether the next block is on its way.
    asked: bool,
    waiting: Vec<(NodeId, CorrelationId)>,
}

impl Broker {
    pub(super) fn init_producer_id(&mut self, ctx: &mut Context<'_>, from: NodeId, id: CorrelationId) {
        if self.producer_ids.left > 0 {
            self.hand_out(ctx, from, id);
            return;
        }
        self.producer_ids.waiting.push((from, id));
        if self.producer_ids.waiting.len() == 1 && !self.producer_ids.asked {
            self.producer_ids.asked = true;
            let ask = AllocateProducerIdsRequest { broker_id: self.id, broker_epoch: self.epoch() };
            let request = Request::AllocateProducerIds(ask);
            if self.ask_controller(ctx, Purpose::ProducerIds, request).is_none() {
                self.producer_ids_failed(ctx);
            }
        }
    }

    fn hand_out(&mut self, ctx: &mut Context<'_>, to: NodeId, id: CorrelationId) {
        let block = &mut self.producer_ids;
        let producer_id = block.next;
        (block.next, block.left) = (block.next + 1, block.left - 1);
        ctx.respond(to, id, Response::InitProducerId(Ok((producer_id, 0))));
    }

    pub(super) fn on_producer_ids(&mut self, ctx: &mut Context<'_>, answer: &AllocateProducerIdsResponse) {
        self.producer_ids.asked = false;
        if !answer.error.is_none() {
            self.producer_ids_failed(ctx);
            return;
        }
        (self.producer_ids.next, self.producer_ids.left) = (answer.start, answer.len);
        for (to, id) in std::mem::take(&mut self.producer_ids.waiting) {
            self.init_producer_id(ctx, to, id);
        }
    }

    /// Clients are told to try again.
    pub(super) fn producer_ids_failed(&mut self, ctx: &mut Context<'_>) {
        self.producer_ids.asked = false;
        for (to, id) in std::mem::take(&mut self.producer_ids.waiting) {
            ctx.respond(to, id, Response::InitProducerId(Err(ErrorCode::CoordinatorLoadInProgress)));
        }
    }
}
