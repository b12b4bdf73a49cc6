//! A member of a consumer group, as its coordinator knows it.

use crate::node::{NodeId, SimTime};
use crate::protocol::{Subscription, TopicName, Uuid};
use crate::sorted::SortedMap;
use serde::Serialize;

/// Partitions in a member's hands, and the epoch in which it got each.
pub type Held = SortedMap<(Uuid, i32), i32>;

/// How far a member is from its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum MemberState {
    /// It owns what it shall own.
    Stable,
    /// It must give partitions up, and has not said that it has.
    UnrevokedPartitions,
    /// Partitions that it shall get are still in the hands of others.
    UnreleasedPartitions,
}

impl MemberState {
    const ALL: [(MemberState, i8); 3] = [
        (MemberState::Stable, 0),
        (MemberState::UnrevokedPartitions, 1),
        (MemberState::UnreleasedPartitions, 2),
    ];

    /// Its number in records.
    #[must_use]
    pub fn number(self) -> i8 {
        MemberState::ALL.iter().find(|(state, _)| *state == self).map_or(0, |(_, number)| *number)
    }

    pub(super) fn of_number(number: i8) -> Option<MemberState> {
        MemberState::ALL.iter().find(|(_, known)| *known == number).map(|(state, _)| *state)
    }
}

/// What a member says about itself and wants.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Wishes {
    /// The static member's name.
    pub instance_id: Option<String>,
    /// Its rack.
    pub rack: Option<String>,
    /// The client's id.
    pub client_id: String,
    /// Its host, as `/127.0.0.1`.
    pub client_host: String,
    /// Topics by name.
    pub topics: Vec<TopicName>,
    /// Topics by expression.
    pub regex: Option<String>,
    /// Milliseconds it may take to give partitions up (max.poll.interval.ms).
    pub rebalance_timeout_ms: i32,
    /// The server-side assignor it prefers.
    pub server_assignor: Option<String>,
    /// Of a member that speaks the classic protocol: its session timeout and its assignors.
    pub classic: Option<(i32, Vec<(String, Subscription)>)>,
}

/// One member.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConsumerMember {
    /// Its id, which the client made up.
    pub member_id: String,
    /// What it wants.
    pub wishes: Wishes,
    /// Its epoch: that of the targets it follows. -2 while a static member is away.
    pub epoch: i32,
    /// The epoch before, for a member that did not hear of the new one.
    pub previous_epoch: i32,
    /// How far it is from its target.
    pub state: MemberState,
    /// What it owns or may take.
    pub assigned: Held,
    /// What it must give up.
    pub revoking: Held,
    /// The client on the network, once it was heard of by this coordinator.
    pub node: Option<NodeId>,
    /// When it counts as gone, unless it is heard of.
    pub(in super::super) expires: Option<SimTime>,
    /// When it must have given up what it shall, or have joined again as a classic member.
    pub(in super::super) rebalance_by: Option<SimTime>,
}

impl ConsumerMember {
    /// Somebody new.
    pub(super) fn new(member_id: &str) -> ConsumerMember {
        ConsumerMember {
            member_id: member_id.to_owned(),
            wishes: Wishes { rebalance_timeout_ms: -1, ..Wishes::default() },
            epoch: 0,
            previous_epoch: -1,
            state: MemberState::Stable,
            assigned: Held::new(),
            revoking: Held::new(),
            node: None,
            expires: None,
            rebalance_by: None,
        }
    }

    /// What it is at, on its way to targets of this epoch, in plain words.
    #[must_use]
    pub fn step(&self, target_epoch: i32) -> &'static str {
        match self.state {
            _ if self.epoch == -2 => "away, its static name keeps its partitions",
            MemberState::UnrevokedPartitions => "must give up partitions",
            MemberState::UnreleasedPartitions => "waits for partitions that others still hold",
            MemberState::Stable if self.epoch < target_epoch => "has not heard of its new target",
            MemberState::Stable => "stable",
        }
    }

    /// Whether it is where this target is.
    pub(super) fn is_reconciled_to(&self, epoch: i32) -> bool {
        self.state == MemberState::Stable && self.epoch == epoch
    }

    /// A new epoch; the one before is remembered.
    pub(super) fn enter(&mut self, epoch: i32) {
        self.previous_epoch = self.epoch;
        self.epoch = epoch;
    }

    /// What the log remembers of its way, to see whether that changed.
    pub(super) fn standing(&self) -> (i32, i32, MemberState, &Held, &Held) {
        (self.epoch, self.previous_epoch, self.state, &self.assigned, &self.revoking)
    }
}
