//! Orders that stand in znodes: `/admin/reassign_partitions` and `/admin/preferred_replica_election`.
//!
//! Tools up to 2.8 left their wishes there, and everybody who writes these znodes by hand is still obeyed. The first
//! loses each partition that has arrived (or cannot move) and goes with the last of them, the second goes at once.

use super::{After, ZkController, data, payload};
use crate::node::Context;
use crate::protocol::{ElectionType, TopicPartition, ZkOp, ZkOutcome};

const MOVES: &str = "/admin/reassign_partitions";
const ELECTIONS: &str = "/admin/preferred_replica_election";

/// Whether a znode is one of these.
#[must_use]
pub fn is_order(path: &str) -> bool {
    path == MOVES || path == ELECTIONS
}

impl ZkController {
    /// Looks for orders, and watches for the next ones.
    pub(super) fn look_for_orders(&mut self) {
        let ask = |path: &str| [ZkOp::Exists(path.to_owned(), true), ZkOp::Get(path.to_owned(), false)];
        self.ask([MOVES, ELECTIONS].into_iter().flat_map(ask).collect(), After::Orders);
    }

    pub(super) fn orders_read(&mut self, ctx: &mut Context<'_>, outcomes: &[ZkOutcome]) {
        if let Some((text, ..)) = data(outcomes.get(1)) {
            let fresh: Vec<_> = payload::read_moves(text)
                .into_iter()
                .filter(|(tp, replicas)| self.ordered.get(tp) != Some(replicas))
                .collect();
            for (tp, replicas) in &fresh {
                self.ordered.insert(tp.clone(), replicas.clone());
            }
            for (tp, replicas) in fresh {
                match self.movable(&tp) {
                    Ok(now) => self.begin_move(ctx, &tp, &now, &replicas),
                    Err(_) => self.arrived(&tp),
                }
            }
        }
        if let Some((text, ..)) = data(outcomes.get(3)) {
            for (tp, _) in payload::read_moves(text) {
                // Who cannot lead is passed over: nobody waits for an answer.
                let _ = self.elect_one(ctx, &tp, ElectionType::Preferred);
            }
            let op = self.fenced(ZkOp::Delete(ELECTIONS.to_owned(), -1));
            self.ops.push(op);
        }
        self.write(ctx, Vec::new());
    }

    /// A partition has its new replicas, or will never have them: its order is done.
    pub(super) fn arrived(&mut self, tp: &TopicPartition) {
        if self.ordered.remove(tp).is_none() {
            return;
        }
        let op = if self.ordered.is_empty() {
            ZkOp::Delete(MOVES.to_owned(), -1)
        } else {
            ZkOp::Set(MOVES.to_owned(), Some(payload::moves(&self.ordered)), -1)
        };
        let op = self.fenced(op);
        self.ops.push(op);
    }
}
