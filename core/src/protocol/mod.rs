//! Kafka's requests, answers, records and error codes, by Kafka's own names and numbers.
//!
//! Nodes talk in nothing else. The types carry the fields that matter to behaviour, so that a codec for real
//! sockets can be added beside them.

mod admin;
mod batch;
mod cluster;
mod compress;
mod config;
mod data;
mod encode;
mod error;
mod group;
mod push;
mod quorum;
mod quota;
mod share;
mod storage;
mod topic;
mod transaction;
pub mod varint;
mod zookeeper;

use crate::metadata::ConfigResource;
use crate::node::BrokerId;
pub use admin::*;
pub use batch::{BATCH_OVERHEAD, BatchBuilder, EndMarker, Record, RecordBatch, RecordRef, TimestampType};
pub use cluster::*;
pub use compress::Codec;
pub use config::*;
pub use data::*;
pub use encode::crc32c;
pub use error::ErrorCode;
pub use group::*;
pub use push::*;
pub use quorum::*;
pub use quota::*;
use serde::Serialize;
pub use share::*;
pub use storage::*;
pub use topic::{TopicName, TopicPartition, Uuid};
pub use transaction::*;
pub use zookeeper::*;

/// Where an FNV-1a hash begins.
pub const FNV1A_START: u64 = 0xcbf2_9ce4_8422_2325;

/// A short, portable hash of bytes (FNV-1a): for digests, never for partitioning.
#[must_use]
pub fn fnv1a(bytes: &[u8]) -> u64 {
    fnv1a_on(FNV1A_START, bytes)
}

/// The hash of what gave `hash`, followed by these bytes.
#[must_use]
pub fn fnv1a_on(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The id that formatting gave a server's directory.
#[must_use]
pub fn directory_id(server: i32) -> Uuid {
    let first = fnv1a(crate::node::log_dir(server).as_bytes());
    let second = fnv1a_on(first, b"/");
    let mut bytes = [0; 16];
    for (byte, drawn) in bytes.iter_mut().zip(first.to_be_bytes().into_iter().chain(second.to_be_bytes())) {
        *byte = drawn;
    }
    Uuid(bytes)
}

macro_rules! apis {
    ($($api:ident($request:ty => $response:ty) $key:literal,)*) => {
        /// A question, by the name of Kafka's API.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[expect(missing_docs, reason = "the names are Kafka's; each type says what it is")]
        pub enum Request { $($api($request),)* }

        /// An answer, by the name of Kafka's API.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[expect(missing_docs, reason = "the names are Kafka's; each type says what it is")]
        pub enum Response { $($api($response),)* }

        /// The APIs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[expect(missing_docs, reason = "the names are Kafka's")]
        pub enum ApiKey { $($api,)* }

        impl Request {
            /// Which API this is a question of.
            #[must_use]
            pub fn api(&self) -> ApiKey { match self { $(Request::$api(_) => ApiKey::$api,)* } }
        }

        impl Response {
            /// Which API this is an answer of.
            #[must_use]
            pub fn api(&self) -> ApiKey { match self { $(Response::$api(_) => ApiKey::$api,)* } }
        }

        impl ApiKey {
            /// All of them.
            pub const ALL: &[ApiKey] = &[$(ApiKey::$api,)*];
            /// Kafka's name.
            #[must_use]
            pub fn name(self) -> &'static str { match self { $(ApiKey::$api => stringify!($api),)* } }
            /// Kafka's number.
            #[must_use]
            pub fn key(self) -> i16 { match self { $(ApiKey::$api => $key,)* } }
        }
    };
}

apis! {
    Produce(ProduceRequest => ProduceResponse) 0,
    Fetch(FetchRequest => FetchResponse) 1,
    ListOffsets(ListOffsetsRequest => ListOffsetsResponse) 2,
    Metadata(MetadataRequest => MetadataResponse) 3,
    LeaderAndIsr(LeaderAndIsrRequest => ErrorCode) 4,
    StopReplica(StopReplicaRequest => (ErrorCode, bool)) 5,
    UpdateMetadata(UpdateMetadataRequest => ErrorCode) 6,
    ControlledShutdown(ControlledShutdownRequest => ControlledShutdownResponse) 7,
    OffsetCommit(OffsetCommitRequest => OffsetCommitResponse) 8,
    OffsetFetch(OffsetFetchRequest => OffsetFetchResponse) 9,
    FindCoordinator(FindCoordinatorRequest => FindCoordinatorResponse) 10,
    JoinGroup(JoinGroupRequest => JoinGroupResponse) 11,
    Heartbeat(HeartbeatRequest => ErrorCode) 12,
    LeaveGroup(LeaveGroupRequest => ErrorCode) 13,
    SyncGroup(SyncGroupRequest => SyncGroupResponse) 14,
    DescribeGroups(Vec<String> => Vec<DescribedGroup>) 15,
    ListGroups(() => Result<Vec<ListedGroup>, ErrorCode>) 16,
    ApiVersions(bool => Option<FinalizedFeatures>) 18,
    CreateTopics(CreateTopicsRequest => CreateTopicsResponse) 19,
    DeleteTopics(DeleteTopicsRequest => TopicsResponse) 20,
    DeleteRecords(DeleteRecordsRequest => Vec<DeletedRecords>) 21,
    InitProducerId(InitProducerIdRequest => Result<(i64, i16), ErrorCode>) 22,
    OffsetForLeaderEpoch(OffsetForLeaderEpochRequest => OffsetForLeaderEpochResponse) 23,
    DescribeConfigs(Vec<ConfigResource> => DescribedConfigs) 32,
    AddPartitionsToTxn(AddPartitionsToTxnRequest => Vec<(TopicPartition, ErrorCode)>) 24,
    EndTxn(EndTxnRequest => Result<(i64, i16), ErrorCode>) 26,
    WriteTxnMarkers(WriteTxnMarkersRequest => Vec<(TopicPartition, ErrorCode)>) 27,
    TxnOffsetCommit(TxnOffsetCommitRequest => OffsetCommitResponse) 28,
    CreatePartitions(CreatePartitionsRequest => TopicsResponse) 37,
    DescribeLogDirs(Vec<BrokerId> => LogDirs) 35,
    DeleteGroups(Vec<String> => Vec<(String, ErrorCode)>) 42,
    ElectLeaders(ElectLeadersRequest => ElectLeadersResponse) 43,
    IncrementalAlterConfigs(IncrementalAlterConfigsRequest => AlteredConfigs) 44,
    AlterPartitionReassignments(AlterPartitionReassignmentsRequest => Vec<PartitionOutcome>) 45,
    ListPartitionReassignments(Option<Vec<TopicPartition>> => Vec<OngoingReassignment>) 46,
    OffsetDelete(OffsetDeleteRequest => OffsetDeleteResponse) 47,
    MetadataFetch(MetadataFetchRequest => MetadataFetchResponse) 1,
    Vote(VoteRequest => VoteResponse) 52,
    BeginQuorumEpoch(QuorumEpochRequest => QuorumEpochResponse) 53,
    EndQuorumEpoch(QuorumEpochRequest => QuorumEpochResponse) 54,
    DescribeQuorum(() => DescribedQuorum) 55,
    AlterPartition(AlterPartitionRequest => AlterPartitionResponse) 56,
    UpdateFeatures(UpdateFeaturesRequest => QuotaOutcome) 57,
    Envelope(() => ErrorCode) 58,
    BrokerRegistration(BrokerRegistrationRequest => BrokerRegistrationResponse) 62,
    BrokerHeartbeat(BrokerHeartbeatRequest => BrokerHeartbeatResponse) 63,
    DescribeClientQuotas(DescribeClientQuotasRequest => DescribedQuotas) 48,
    AlterClientQuotas(AlterClientQuotasRequest => QuotaOutcome) 49,
    DescribeUserScramCredentials(Vec<String> => DescribedCredentials) 50,
    AlterUserScramCredentials(AlterUserScramCredentialsRequest => QuotaOutcome) 51,
    DescribeProducers(DescribeProducersRequest => DescribedProducers) 61,
    DescribeTransactions(Vec<String> => Vec<DescribedTransaction>) 65,
    ListTransactions(ListTransactionsRequest => Result<ListedTransactions, ErrorCode>) 66,
    AllocateProducerIds(AllocateProducerIdsRequest => AllocateProducerIdsResponse) 67,
    ListConfigResources(() => Vec<ConfigResource>) 74,
    ConsumerGroupHeartbeat(Box<ConsumerGroupHeartbeatRequest> => ConsumerGroupHeartbeatResponse) 68,
    FetchSnapshot(FetchSnapshotRequest => FetchSnapshotResponse) 59,
    DescribeCluster(DescribeClusterRequest => Result<DescribedCluster, ApiError>) 60,
    UnregisterBroker(BrokerId => QuotaOutcome) 64,
    AddRaftVoter((i32, Uuid) => QuotaOutcome) 80,
    RemoveRaftVoter((i32, Uuid) => QuotaOutcome) 81,
    DescribeTopicPartitions(DescribeTopicsRequest => DescribeTopicsResponse) 75,
    ShareGroupHeartbeat(Box<ShareGroupHeartbeatRequest> => ConsumerGroupHeartbeatResponse) 76,
    ShareFetch(Box<ShareFetchRequest> => ShareFetchResponse) 78,
    ShareAcknowledge(Box<ShareFetchRequest> => ShareFetchResponse) 79,
    InitializeShareGroupState((SharePartitionKey, i32, i64) => ShareState) 83,
    ReadShareGroupState((SharePartitionKey, i32) => ShareState) 84,
    WriteShareGroupState(Box<WriteShareStateRequest> => ShareState) 85,
    DeleteShareGroupState(SharePartitionKey => ShareState) 86,
    ReadShareGroupStateSummary(SharePartitionKey => ShareState) 87,
    DescribeShareGroupOffsets(ShareOffsetsRequest => ShareOffsetsResponse) 90,
    AlterShareGroupOffsets(ShareOffsetsRequest => ShareOffsetsResponse) 91,
    DeleteShareGroupOffsets(ShareOffsetsRequest => ShareOffsetsResponse) 92,
    ZooKeeper(ZkRequest => ZkResponse) -1,
    Zab(() => ZabMessage) -2,
}
