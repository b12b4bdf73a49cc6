//! What a leader keeps of share groups: the partitions that it shares out, the sessions of their members, and requests
//! that wait.

use super::Broker;
use crate::coordinator::share::{Limits, SharePartition};
use crate::metadata::ConfigResource;
use crate::node::{CorrelationId, NodeId, SimTime, Span};
use crate::protocol::{
    ErrorCode, OffsetSpec, SharePartitionKey, SharedPartition, TopicPartition, WriteShareStateRequest,
};
use crate::sorted::SortedMap;
use serde::Serialize;

/// A member of a group, by the names of both.
pub(super) type Owner = (String, String);

/// What a member wants of this broker.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Session {
    pub node: NodeId,
    pub epoch: i32,
    pub partitions: Vec<TopicPartition>,
}

/// A ShareFetch or ShareAcknowledge that is not answered yet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Waiting {
    pub owner: Owner,
    pub from: NodeId,
    pub id: CorrelationId,
    /// Whether it was a ShareFetch, and whether it fetches.
    pub is_fetch: bool,
    pub fetches: bool,
    /// Whether it ends the session, once its acknowledgements are written down.
    pub ends: bool,
    pub until: SimTime,
    pub max_bytes: u64,
    pub max_records: u32,
    /// Acknowledgements that are being written down.
    pub writes: u32,
    /// What is known of partitions so far: why an acknowledgement failed, why nothing is fetched.
    pub told: SortedMap<TopicPartition, SharedPartition>,
}

/// Changes on their way to the share coordinator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Change {
    pub ask: WriteShareStateRequest,
    pub tp: TopicPartition,
    /// The request that waits for it.
    pub waiting: Option<u64>,
}

/// A partition in a group; its state is missing while the share coordinator is asked for it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Shared {
    pub tp: TopicPartition,
    pub state: Option<SharePartition>,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Leading {
    pub shared: SortedMap<SharePartitionKey, Shared>,
    pub sessions: SortedMap<Owner, Session>,
    pub waiting: SortedMap<u64, Waiting>,
    pub next_waiting: u64,
}

/// What is told of a partition about which there is nothing to tell.
pub(super) fn nothing(tp: &TopicPartition) -> SharedPartition {
    SharedPartition {
        partition: tp.clone(),
        error: ErrorCode::None,
        acknowledge_error: ErrorCode::None,
        current_leader: None,
        batches: Vec::new(),
        acquired: Vec::new(),
    }
}

impl Broker {
    /// The partitions that this broker shares out, by group.
    pub fn shared_partitions(&self) -> impl Iterator<Item = (&str, &TopicPartition, &SharePartition)> {
        let all = self.sharing.leading.shared.iter();
        all.filter_map(|(key, shared)| Some((key.group.as_str(), &shared.tp, shared.state.as_ref()?)))
    }

    fn group_config_value(&self, group: &str, name: &str) -> Option<&str> {
        let configs = self.image.configs_of(&ConfigResource::Group(group.to_owned()))?;
        configs.get(name).map(String::as_str)
    }

    pub(super) fn share_limits(&self, group: &str) -> Limits {
        let number = |name: &str, general: i32| {
            let own = self.group_config_value(group, name).and_then(|value| value.parse().ok());
            own.unwrap_or(general)
        };
        let lock = number("share.record.lock.duration.ms", self.config.group_share_record_lock_duration_ms);
        let deliveries = number("share.delivery.count.limit", self.config.group_share_delivery_count_limit);
        let most =
            number("share.partition.max.record.locks", self.config.group_share_partition_max_record_locks);
        Limits {
            lock: Span::from_config_ms(lock.into()),
            deliveries: i16::try_from(deliveries).unwrap_or(5),
            in_flight: most.unsigned_abs(),
        }
    }

    /// Whether a group is not shown what is undecided or aborted (`share.isolation.level`).
    pub(super) fn shares_committed(&self, group: &str) -> bool {
        self.group_config_value(group, "share.isolation.level") == Some("read_committed")
    }

    /// Where a group begins with a partition (`share.auto.offset.reset`).
    pub(super) fn share_start(&self, now: SimTime, group: &str, tp: &TopicPartition) -> i64 {
        let Some(replica) = self.replicas.get(tp) else { return 0 };
        let end = replica.log.high_watermark();
        match self.group_config_value(group, "share.auto.offset.reset") {
            Some("earliest") => replica.log.log_start(),
            Some(value) => match value.strip_prefix("by_duration:").and_then(crate::java::duration) {
                Some(ms) => {
                    let since = now.wall_ms().saturating_sub(ms);
                    let (offset, ..) = replica.log.offset_for(OffsetSpec::Timestamp(since), end);
                    if offset < 0 { end } else { offset }
                }
                None => end,
            },
            None => end,
        }
    }
}
