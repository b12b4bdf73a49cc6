//! What a consumer knows about its group and its place in it.

use super::assignor::AssignorMember;
use crate::client::{ConsumerConfig, Reads};
use crate::node::{BrokerId, SimTime};
use crate::protocol::{StickyUserData, TopicName};
use crate::sorted::{SortedMap, SortedSet};
use serde::Serialize;

/// How far joining has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum Stage {
    /// Not a member of the present generation.
    Unjoined,
    /// The positions are being committed before everything is given up for a new generation.
    Committing,
    /// JoinGroup is on its way.
    Joining,
    /// It leads and wants a fresh picture of the topics, older than this version, before it assigns.
    Assigning { version: u64 },
    /// SyncGroup is on its way.
    Syncing,
    /// It has its share.
    Stable,
}

/// Place in a group. Empty for a consumer without one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Membership {
    pub coordinator: Option<BrokerId>,
    pub finding: bool,
    /// Nothing is asked of a coordinator before.
    pub retry_at: SimTime,
    pub failures: u32,
    pub member_id: String,
    pub generation: i32,
    pub protocol: String,
    pub stage: Stage,
    /// Counts attempts to join, so that answers to given-up ones are passed over.
    pub attempt: u32,
    /// There is a reason to join again.
    pub rejoin: bool,
    /// The topics it subscribes to: those named, or those that match the pattern now.
    pub topics: SortedSet<TopicName>,
    /// The topics told with the last JoinGroup.
    pub joined_topics: SortedSet<TopicName>,
    /// As the leader: everybody's subscription, until the assignment is made.
    pub members: Vec<AssignorMember>,
    /// As the leader: topics of the group, and partitions of each when it assigned.
    pub group_topics: SortedSet<TopicName>,
    pub snapshot: Option<SortedMap<TopicName, i32>>,
    /// The latest generation that a sticky assignor here has heard of.
    pub max_generation: i32,
    /// What the last assignment by `sticky` was, and the generation of the last one by `cooperative-sticky`.
    pub sticky_note: Option<StickyUserData>,
    pub cooperative_generation: i32,
    pub heartbeat_at: Option<SimTime>,
    pub heartbeat_pending: bool,
    /// The coordinator last answered.
    pub heard_at: SimTime,
    pub fetching_offsets: bool,
    /// Next automatic commit.
    pub commit_at: SimTime,
    pub commits_pending: u32,
}

impl Membership {
    pub fn new(config: &ConsumerConfig) -> Membership {
        let topics = match &config.reads {
            Reads::Subscribe(topics) => topics.iter().cloned().collect(),
            Reads::Pattern(_) | Reads::Assign(_) => SortedSet::new(),
        };
        Membership {
            coordinator: None,
            finding: false,
            retry_at: SimTime::ZERO,
            failures: 0,
            member_id: String::new(),
            generation: -1,
            protocol: String::new(),
            stage: Stage::Unjoined,
            attempt: 0,
            rejoin: true,
            topics,
            joined_topics: SortedSet::new(),
            members: Vec::new(),
            group_topics: SortedSet::new(),
            snapshot: None,
            max_generation: -1,
            sticky_note: None,
            cooperative_generation: -1,
            heartbeat_at: None,
            heartbeat_pending: false,
            heard_at: SimTime::ZERO,
            fetching_offsets: false,
            commit_at: SimTime::ZERO,
            commits_pending: 0,
        }
    }

    /// The attempt to join failed; the next one follows.
    pub fn give_up_join(&mut self) {
        self.stage = Stage::Unjoined;
        self.attempt = self.attempt.saturating_add(1);
        self.rejoin = true;
        self.members.clear();
    }

    /// The coordinator does not know this member any more.
    pub fn forget_member(&mut self) {
        self.member_id.clear();
        self.forget_generation();
    }

    /// The generation is over, and this member had no part in the next one.
    pub fn forget_generation(&mut self) {
        self.generation = -1;
        self.protocol.clear();
        self.heartbeat_at = None;
        self.give_up_join();
    }

    pub fn is_member(&self) -> bool {
        self.generation >= 0 && !self.member_id.is_empty()
    }
}
