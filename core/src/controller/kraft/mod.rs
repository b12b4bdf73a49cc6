//! One voter of the KRaft quorum: Raft, as Kafka has it (KIP-595, KIP-996).
//!
//! Followers pull: they fetch from the leader as replicas do, and each fetch tells the leader how far they have
//! come. The high watermark is what a majority of the voters has; everything below it is for ever. Who hears nothing
//! of a leader for `controller.quorum.fetch.timeout.ms` first asks whether it would be elected (pre-vote), then
//! stands for election in the next epoch. A leader that a majority does not fetch from resigns.
//!
//! What survives a crash is the log and Kafka's `quorum-state` file: epoch, leader and vote.

mod election;
mod follower;
mod leader;
mod role;
mod snapshots;

pub use leader::{Leading, ReplicaState};
pub use role::{Role, Votes};

use crate::metadata::snapshot::Download;
use crate::metadata::{MetadataLog, MetadataRecord, ServerConfig};
use crate::node::{Context, CorrelationId, EventKind, NodeId, QuorumStep, Rng, SimTime, Span, TimerKey};
use crate::protocol::{ErrorCode, Request, Response};
use crate::sorted::SortedMap;
use serde::Serialize;

/// Alarm: the patience of the present role is over.
pub(super) const TIMER_ROLE: u16 = 10;
/// Alarm: fetch again after a failure.
pub(super) const TIMER_RETRY: u16 = 11;
/// Alarm: a long poll of the metadata log is over (argument: the node).
pub(super) const TIMER_FETCH: u16 = 12;

/// How long a voter waits before it fetches again after a failure.
const RETRY: Span = Span::millis(100);
/// How long a leader may hold back an answer to a fetch.
const FETCH_WAIT_MS: i32 = 500;
/// From which Kafka's back-off between elections grows.
const BACKOFF_BASE_MS: u32 = 50;

/// What a request to another voter was.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
enum Asked {
    Vote { pre_vote: bool },
    BeginEpoch,
    EndEpoch,
    Fetch,
    FetchSnapshot,
}

/// The long poll of a voter or a broker, held back.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct WaitingFetch {
    correlation: CorrelationId,
    offset: i64,
    known_high_watermark: i64,
}

/// A voter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quorum {
    id: i32,
    /// The voters: what the log says last, committed or not (KIP-853); before that, those of the settings.
    voters: Vec<i32>,
    configured: Vec<i32>,
    /// Whether its process is a broker, too.
    is_combined: bool,
    election_timeout: Span,
    fetch_timeout: Span,
    backoff_max_ms: u32,
    epoch: i32,
    role: Role,
    log: MetadataLog,
    /// A snapshot that it fetches from the leader.
    download: Option<Download>,
    fetch_snapshot_bytes: i32,
    high_watermark: i64,
    /// When the patience of the present role is over.
    deadline: SimTime,
    asked: SortedMap<CorrelationId, (i32, Asked)>,
    /// The voter that was last asked for records.
    fetched_from: i32,
    waiting: SortedMap<NodeId, WaitingFetch>,
    /// Log end and high watermark when the long polls were last looked at.
    told: (i64, i64),
    /// It has resigned to end: it does not stand for election again.
    leaving: bool,
    rng: Rng,
}

impl Quorum {
    /// A voter of a quorum that stands: `leader` leads in epoch 1, and everybody has the whole log.
    #[must_use]
    pub fn standing(
        id: i32,
        voters: &[i32],
        leader: i32,
        config: &ServerConfig,
        bootstrap: &[MetadataRecord],
        rng: Rng,
    ) -> Quorum {
        let mut log = MetadataLog::default();
        log.found(bootstrap);
        let span = |ms: i32| Span::from_config_ms(i64::from(ms));
        let role = if leader == id {
            Role::Leader(Box::new(Leading::begin(0, SimTime::ZERO, voters, id)))
        } else {
            Role::Follower { leader, voted: None, has_fetched: true }
        };
        Quorum {
            id,
            voters: voters.to_vec(),
            configured: voters.to_vec(),
            is_combined: config.properties.get("process.roles").is_some_and(|roles| roles.contains("broker")),
            election_timeout: span(config.quorum_election_timeout_ms),
            fetch_timeout: span(config.quorum_fetch_timeout_ms),
            backoff_max_ms: u32::try_from(config.quorum_election_backoff_max_ms).unwrap_or(0),
            epoch: log.last_epoch(),
            role,
            high_watermark: log.end_offset(),
            told: (log.end_offset(), log.end_offset()),
            log,
            download: None,
            fetch_snapshot_bytes: config.fetch_snapshot_bytes,
            deadline: SimTime::ZERO,
            asked: SortedMap::new(),
            fetched_from: leader,
            waiting: SortedMap::new(),
            leaving: false,
            rng,
        }
    }

    /// Called once when the world begins.
    pub(super) fn start(&mut self, ctx: &mut Context<'_>) {
        match self.role {
            Role::Leader(_) => self.schedule_leader(ctx),
            _ => {
                self.wait(ctx, self.fetch_timeout);
                self.fetch(ctx, self.fetched_from);
            }
        }
    }

    /// The process starts again, over the log and the `quorum-state` file that the last one left.
    pub(super) fn restart(&mut self, ctx: &mut Context<'_>) {
        self.asked.clear();
        self.waiting.clear();
        self.leaving = false;
        self.restore(ctx);
        let is_alone = self.voters == [self.id];
        self.high_watermark = if is_alone { self.high_watermark } else { -1 };
        let (leader, voted) = (self.role.leader(self.id), self.role.voted(self.id));
        if is_alone {
            return self.become_prospective(ctx);
        }
        match leader {
            // It led this epoch, but what it wrote in it last may be lost: it must not lead it again.
            Some(leader) if leader == self.id => self.become_resigned(ctx, Vec::new()),
            Some(leader) => self.become_follower(ctx, self.epoch, leader),
            None => {
                self.role = Role::Unattached { voted, leader: None };
                let patience = self.random_election_timeout();
                self.wait(ctx, patience);
                self.fetch_from_any(ctx);
            }
        }
    }

    /// Its log.
    #[must_use]
    pub fn log(&self) -> &MetadataLog {
        &self.log
    }

    /// Its log, for what has to be done to it besides reading and writing.
    pub(super) fn log_mut(&mut self) -> &mut MetadataLog {
        &mut self.log
    }

    /// Its epoch.
    #[must_use]
    pub fn epoch(&self) -> i32 {
        self.epoch
    }

    /// What it is at present.
    #[must_use]
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// The voters.
    #[must_use]
    pub fn voters(&self) -> &[i32] {
        &self.voters
    }

    /// Offset up to which, as far as it knows, the log is committed; -1 if it does not know.
    #[must_use]
    pub fn high_watermark(&self) -> i64 {
        self.high_watermark
    }

    /// The leader that it knows.
    #[must_use]
    pub fn leader(&self) -> Option<i32> {
        self.role.leader(self.id)
    }

    /// For whom it voted in this epoch.
    #[must_use]
    pub fn voted(&self) -> Option<i32> {
        self.role.voted(self.id)
    }

    /// Whether it has a vote; else it only observes.
    #[must_use]
    pub fn is_voter(&self) -> bool {
        self.voters.contains(&self.id)
    }

    /// Reads the voters from the log again.
    fn renew_voters(&mut self) {
        self.voters = match self.log.voters() {
            Some((voters, _)) => voters.to_vec(),
            None => self.configured.clone(),
        };
    }

    /// Whether the last change of voters is not committed yet.
    pub(super) fn changes_voters(&self) -> bool {
        self.log.voters().is_some_and(|(_, end)| end > self.high_watermark)
    }

    fn majority(&self) -> usize {
        self.voters.len() / 2 + 1
    }

    fn others(&self) -> Vec<i32> {
        self.voters.iter().copied().filter(|id| *id != self.id).collect()
    }

    fn random_election_timeout(&mut self) -> Span {
        let ms = u32::try_from(self.election_timeout.as_millis()).unwrap_or(u32::MAX);
        self.election_timeout + Span::millis(u64::from(self.rng.below(ms)))
    }

    /// Sets the alarm of the present role.
    fn wait(&mut self, ctx: &mut Context<'_>, patience: Span) {
        self.deadline = ctx.now + patience;
        ctx.set_timer(patience, TimerKey::of(TIMER_ROLE));
    }

    fn ask(&mut self, ctx: &mut Context<'_>, to: i32, what: Asked, request: Request) {
        let id = ctx.request(NodeId::Controller(to), request);
        self.asked.insert(id, (to, what));
    }

    fn emit(&self, ctx: &mut Context<'_>, step: QuorumStep) {
        ctx.emit(EventKind::Quorum { controller: self.id, epoch: self.epoch, step });
    }

    /// A request of another node about the quorum; gives back what is none.
    pub(super) fn on_request(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        request: Request,
    ) -> Option<Request> {
        let response = match request {
            Request::Vote(ask) => Response::Vote(self.on_vote(ctx, &ask)),
            Request::BeginQuorumEpoch(ask) => Response::BeginQuorumEpoch(self.on_begin_epoch(ctx, &ask)),
            Request::EndQuorumEpoch(ask) => Response::EndQuorumEpoch(self.on_end_epoch(ctx, &ask)),
            Request::MetadataFetch(ask) => {
                self.on_fetch(ctx, from, id, &ask);
                return None;
            }
            Request::FetchSnapshot(ask) => Response::FetchSnapshot(self.on_fetch_snapshot(ctx, from, &ask)),
            other => return Some(other),
        };
        ctx.respond(from, id, response);
        None
    }

    /// An answer to one of its own requests.
    pub(super) fn on_response(&mut self, ctx: &mut Context<'_>, id: CorrelationId, response: Response) {
        let Some((from, what)) = self.asked.remove(&id) else { return };
        match (what, response) {
            (Asked::Vote { pre_vote }, Response::Vote(answer)) => {
                let used_up = self.follow_answer(ctx, answer.error, answer.leader, answer.epoch);
                if !used_up {
                    self.on_voted(ctx, from, pre_vote, answer.granted);
                }
            }
            (Asked::BeginEpoch, Response::BeginQuorumEpoch(answer)) => {
                self.follow_answer(ctx, answer.error, answer.leader, answer.epoch);
            }
            (Asked::EndEpoch, Response::EndQuorumEpoch(answer)) => {
                if !self.follow_answer(ctx, answer.error, answer.leader, answer.epoch)
                    && let Role::Resigned { unacknowledged } = &mut self.role
                {
                    unacknowledged.retain(|voter| *voter != from);
                }
            }
            (Asked::Fetch, Response::MetadataFetch(answer)) => self.on_fetched(ctx, from, &answer),
            (Asked::FetchSnapshot, Response::FetchSnapshot(answer)) => {
                self.on_snapshot_fetched(ctx, from, &answer);
            }
            _ => {}
        }
    }

    /// One of its requests will not be answered.
    pub(super) fn on_disconnect(&mut self, ctx: &mut Context<'_>, id: CorrelationId) {
        if let Some((_, Asked::Fetch | Asked::FetchSnapshot)) = self.asked.remove(&id) {
            ctx.set_timer(RETRY, TimerKey::of(TIMER_RETRY));
        }
    }

    /// An alarm rang.
    pub(super) fn on_timer(&mut self, ctx: &mut Context<'_>, key: TimerKey) {
        match key.kind {
            TIMER_ROLE => self.patience_over(ctx),
            TIMER_RETRY => self.fetch_from_any(ctx),
            _ => self.long_poll_over(ctx, key.arg),
        }
    }

    /// Draws from an answer what it says of leader and epoch. Whether the answer is used up by that.
    fn follow_answer(
        &mut self,
        ctx: &mut Context<'_>,
        error: ErrorCode,
        leader: Option<i32>,
        epoch: i32,
    ) -> bool {
        if epoch < self.epoch || error == ErrorCode::UnknownLeaderEpoch {
            return true;
        }
        let settles = epoch > self.epoch || !error.is_none();
        let news = leader.is_some_and(|id| id != self.id) && self.role.leader(self.id).is_none();
        if settles || news {
            self.follow(ctx, leader, epoch);
            return true;
        }
        false
    }

    /// Goes on in a newer epoch, or follows the leader that was not known.
    fn follow(&mut self, ctx: &mut Context<'_>, leader: Option<i32>, epoch: i32) {
        match leader.filter(|id| *id != self.id) {
            Some(leader) if epoch > self.epoch || (epoch == self.epoch && self.leader().is_none()) => {
                self.become_follower(ctx, epoch, leader);
            }
            None if epoch > self.epoch => self.become_unattached(ctx, epoch),
            _ => {}
        }
    }
}
