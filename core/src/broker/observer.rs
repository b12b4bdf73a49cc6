//! Reading the metadata log: a broker is an observer of the controllers' quorum (KIP-595).
//!
//! It fetches from the leader by long polls. When the leader does not answer it asks any voter, and each of them
//! tells whom it follows. So the broker also learns who the active controller is: registration, heartbeats, ISR
//! changes and what clients ask for go there.

use super::{Broker, Purpose, timer};
use crate::metadata::snapshot::Download;
use crate::node::{Context, CorrelationId, NodeId, Span, TimerKey};
use crate::protocol::{ApiKey, ErrorCode, MetadataFetchRequest, MetadataFetchResponse, Request};
use serde::Serialize;

/// How long a broker's poll of the metadata log may be held back.
const METADATA_WAIT_MS: i32 = 500;
/// How long it waits before it asks another voter.
const RETRY: Span = Span::millis(200);

/// What a broker knows of the quorum.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Observer {
    voters: Vec<i32>,
    leader: Option<i32>,
    epoch: i32,
    /// A snapshot that it fetches from the leader.
    pub(super) download: Option<Download>,
    /// The voter that was asked last, and the number of the question.
    asked: i32,
    waits_for: Option<CorrelationId>,
}

impl Observer {
    pub(super) fn new(voters: Vec<i32>) -> Observer {
        let asked = voters.first().copied().unwrap_or(0);
        Observer { voters, leader: None, epoch: 0, download: None, asked, waits_for: None }
    }

    /// The quorum has stood for a while.
    pub(super) fn knows(&mut self, leader: i32, epoch: i32) {
        (self.leader, self.epoch) = (Some(leader), epoch);
        self.asked = leader;
    }

    /// The active controller, as far as it knows.
    pub(super) fn controller(&self) -> Option<NodeId> {
        self.leader.map(NodeId::Controller)
    }

    fn next_voter(&self) -> i32 {
        let next = self.voters.iter().copied().find(|id| *id > self.asked);
        next.or_else(|| self.voters.first().copied()).unwrap_or(0)
    }

    /// An answer came.
    pub(super) fn heard(&mut self) {
        self.waits_for = None;
    }

    /// Takes over what a voter says; whether that is a leader that was not known.
    pub(super) fn learns(&mut self, leader: Option<i32>, epoch: i32) -> bool {
        if epoch < self.epoch || (epoch == self.epoch && (leader.is_none() || leader == self.leader)) {
            return false;
        }
        (self.leader, self.epoch) = (leader, epoch);
        self.download = None;
        leader.is_some()
    }
}

impl Broker {
    /// Fetches on from the leader, or from the next voter if there is none.
    pub(super) fn fetch_metadata(&mut self, ctx: &mut Context<'_>) {
        if self.zk.is_some() {
            return;
        }
        let voter = self.observer.leader.unwrap_or_else(|| self.observer.next_voter());
        self.fetch_metadata_from(ctx, voter);
    }

    fn fetch_metadata_from(&mut self, ctx: &mut Context<'_>, voter: i32) {
        let request = match self.observer.download {
            Some(download) if self.observer.leader == Some(voter) => {
                Request::FetchSnapshot(download.next(self.observer.epoch, self.config.fetch_snapshot_bytes))
            }
            _ => Request::MetadataFetch(MetadataFetchRequest {
                current_leader_epoch: self.observer.epoch,
                fetch_offset: self.metadata.end_offset(),
                last_fetched_epoch: self.metadata.last_epoch(),
                high_watermark: self.image.next_offset,
                max_wait_ms: METADATA_WAIT_MS,
            }),
        };
        self.observer.asked = voter;
        let to = NodeId::Controller(voter);
        let id = self.ask(ctx, to, Purpose::Metadata, request);
        self.observer.waits_for = Some(id);
        let patience = Span::from_config_ms(i64::from(self.config.quorum_request_timeout_ms));
        ctx.set_timer(patience, TimerKey::of(timer::METADATA));
    }

    /// The leader does not answer: any voter may know the next one.
    pub(super) fn fetch_metadata_again(&mut self, ctx: &mut Context<'_>) {
        if let Some(id) = self.observer.waits_for.take() {
            self.purposes.remove(&id);
            ctx.hang_up(NodeId::Controller(self.observer.asked), ApiKey::MetadataFetch);
        }
        self.fetch_metadata_from(ctx, self.observer.next_voter());
    }

    pub(super) fn discover_controller(&mut self, ctx: &mut Context<'_>) {
        if self.observer.waits_for.is_none() {
            self.fetch_metadata_from(ctx, self.observer.next_voter());
        }
    }

    pub(super) fn metadata_fetch_failed(&mut self, ctx: &mut Context<'_>) {
        self.observer.waits_for = None;
        ctx.set_timer(RETRY, TimerKey::of(timer::METADATA));
    }

    pub(super) fn on_metadata_fetched(&mut self, ctx: &mut Context<'_>, answer: &MetadataFetchResponse) {
        self.observer.waits_for = None;
        let is_new_leader = self.observer.learns(answer.leader, answer.epoch);
        if is_new_leader {
            self.controller_found(ctx);
        }
        if self.lifecycle.epoch() < 0 {
            // It takes its roles from a log that has its registration, not from one that knows its last life.
            if self.observer.leader.is_none() {
                ctx.set_timer(RETRY, TimerKey::of(timer::METADATA));
            }
        } else if let Some(id) = answer.snapshot {
            self.begin_download(ctx, id);
        } else if answer.error == ErrorCode::None {
            let is_new = self.image.next_offset < self.metadata.end_offset();
            self.metadata.append_fetched(&answer.batches);
            if is_new {
                self.replay_own_log(ctx);
            } else {
                self.on_metadata(ctx, &answer.batches);
            }
            self.care_for_metadata(ctx);
        } else if is_new_leader {
            self.fetch_metadata(ctx);
        } else {
            ctx.set_timer(RETRY, TimerKey::of(timer::METADATA));
        }
    }

    /// Asks the active controller. `None` if it is not known: [`Broker::controller_found`] will ask again.
    pub(super) fn ask_controller(
        &mut self,
        ctx: &mut Context<'_>,
        purpose: Purpose,
        request: Request,
    ) -> Option<CorrelationId> {
        let controller = match &self.zk {
            Some(zk) => zk.controller_node(),
            None => self.observer.controller(),
        }?;
        let patience = match purpose {
            Purpose::Registration | Purpose::Heartbeat => self.beat_timeout(),
            _ => Span::from_config_ms(i64::from(self.config.controller_socket_timeout_ms)),
        };
        let id = self.ask(ctx, controller, purpose, request);
        ctx.set_timer(patience, TimerKey { kind: timer::CONTROLLER, arg: id.0 });
        Some(id)
    }

    /// There is a new active controller: whatever waits for one is asked.
    pub(super) fn controller_found(&mut self, ctx: &mut Context<'_>) {
        if self.lifecycle.epoch() < 0 {
            self.register(ctx);
        } else {
            self.heartbeat(ctx);
        }
        self.send_alter_partition(ctx);
        self.forward_all_again(ctx);
    }
}
