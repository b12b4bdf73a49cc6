//! What a voter is at a moment, by the names of Kafka's quorum states.

use super::Leading;
use serde::Serialize;

/// Answers to a call for votes. Who calls votes for itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Votes {
    /// Who said yes.
    pub granted: Vec<i32>,
    /// Who said no.
    pub rejected: Vec<i32>,
}

impl Votes {
    pub(super) fn of(candidate: i32) -> Votes {
        Votes { granted: vec![candidate], rejected: Vec::new() }
    }

    pub(super) fn count(&mut self, voter: i32, granted: bool) {
        let list = if granted { &mut self.granted } else { &mut self.rejected };
        if !list.contains(&voter) {
            list.push(voter);
        }
    }
}

/// A voter's state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Role {
    /// It knows no leader of its epoch that it could fetch from.
    Unattached {
        /// For whom it voted.
        voted: Option<i32>,
        /// The leader, if it resigned.
        leader: Option<i32>,
    },
    /// It has lost its leader and asks the others whether they would elect it (KIP-996).
    Prospective {
        /// For whom it voted.
        voted: Option<i32>,
        /// The leader that it lost.
        leader: Option<i32>,
        /// What the others say.
        votes: Votes,
        /// Which attempt this is.
        attempt: u32,
    },
    /// It stands for election.
    Candidate {
        /// What the others say.
        votes: Votes,
        /// Which attempt this is.
        attempt: u32,
        /// It has lost and waits before it tries again.
        backing_off: bool,
    },
    /// It follows a leader.
    Follower {
        /// Whom.
        leader: i32,
        /// For whom it voted.
        voted: Option<i32>,
        /// Whether the leader has answered it.
        has_fetched: bool,
    },
    /// It leads.
    Leader(Box<Leading>),
    /// It led this epoch and leads it no longer.
    Resigned {
        /// Who has not heard of it.
        unacknowledged: Vec<i32>,
    },
}

impl Role {
    /// Kafka's name of the state.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Role::Unattached { .. } => "unattached",
            Role::Prospective { .. } => "prospective",
            Role::Candidate { .. } => "candidate",
            Role::Follower { .. } => "follower",
            Role::Leader(_) => "leader",
            Role::Resigned { .. } => "resigned",
        }
    }

    /// The leader that a voter of this role knows; `me` is the voter.
    #[must_use]
    pub fn leader(&self, me: i32) -> Option<i32> {
        match self {
            Role::Unattached { leader, .. } | Role::Prospective { leader, .. } => *leader,
            Role::Candidate { .. } => None,
            Role::Follower { leader, .. } => Some(*leader),
            Role::Leader(_) | Role::Resigned { .. } => Some(me),
        }
    }

    /// For whom a voter of this role voted; `me` is the voter.
    #[must_use]
    pub fn voted(&self, me: i32) -> Option<i32> {
        match self {
            Role::Unattached { voted, .. }
            | Role::Prospective { voted, .. }
            | Role::Follower { voted, .. } => *voted,
            Role::Candidate { .. } | Role::Leader(_) | Role::Resigned { .. } => Some(me),
        }
    }

    /// What it keeps of a leadership.
    #[must_use]
    pub fn leading(&self) -> Option<&Leading> {
        match self {
            Role::Leader(leading) => Some(leading),
            _ => None,
        }
    }
}
