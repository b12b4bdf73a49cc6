//! Kafka's error codes by their own numbers, names, exceptions and sentences.
//!
//! Whether a client may try again is in the table too: it decides what a producer does on its own and what it
//! must hand to the application. Source: `org.apache.kafka.common.protocol.Errors`.

use serde::Serialize;

macro_rules! error_codes {
    ($($name:ident $code:literal $text:literal $exception:literal $retriable:literal $refresh:literal $message:literal)*) => {
        /// An error code of the Kafka protocol.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        pub enum ErrorCode { $(#[doc = $message] $name,)* }

        impl ErrorCode {
            /// The number on the wire.
            #[must_use]
            pub fn code(self) -> i16 { match self { $(ErrorCode::$name => $code,)* } }
            /// The stable name, as in `NOT_LEADER_OR_FOLLOWER`.
            #[must_use]
            pub fn name(self) -> &'static str { match self { $(ErrorCode::$name => $text,)* } }
            /// The class of the Java exception, without its package.
            #[must_use]
            pub fn exception(self) -> &'static str { match self { $(ErrorCode::$name => $exception,)* } }
            /// Kafka's sentence for it.
            #[must_use]
            pub fn message(self) -> &'static str { match self { $(ErrorCode::$name => $message,)* } }
            /// Whether a client may send the same request again.
            #[must_use]
            pub fn is_retriable(self) -> bool { match self { $(ErrorCode::$name => $retriable,)* } }
            /// Whether it says that the client's metadata is stale.
            #[must_use]
            pub fn refreshes_metadata(self) -> bool { match self { $(ErrorCode::$name => $refresh,)* } }
        }
    };
}

error_codes! {
    UnknownServerError -1 "UNKNOWN_SERVER_ERROR" "UnknownServerException" false false "The server experienced an unexpected error when processing the request."
    None 0 "NONE" "" false false "No error."
    OffsetOutOfRange 1 "OFFSET_OUT_OF_RANGE" "OffsetOutOfRangeException" false false "The requested offset is not within the range of offsets maintained by the server."
    CorruptMessage 2 "CORRUPT_MESSAGE" "CorruptRecordException" true false "This message has failed its CRC checksum, exceeds the valid size, has a null key for a compacted topic, or is otherwise corrupt."
    UnknownTopicOrPartition 3 "UNKNOWN_TOPIC_OR_PARTITION" "UnknownTopicOrPartitionException" true true "This server does not host this topic-partition."
    InvalidFetchSize 4 "INVALID_FETCH_SIZE" "InvalidFetchSizeException" false false "The requested fetch size is invalid."
    LeaderNotAvailable 5 "LEADER_NOT_AVAILABLE" "LeaderNotAvailableException" true true "There is no leader for this topic-partition as we are in the middle of a leadership election."
    NotLeaderOrFollower 6 "NOT_LEADER_OR_FOLLOWER" "NotLeaderOrFollowerException" true true "For requests intended only for the leader, this error indicates that the broker is not the current leader. For requests intended for any replica, this error indicates that the broker is not a replica of the topic partition."
    RequestTimedOut 7 "REQUEST_TIMED_OUT" "TimeoutException" true false "The request timed out."
    BrokerNotAvailable 8 "BROKER_NOT_AVAILABLE" "BrokerNotAvailableException" false false "The broker is not available."
    MessageTooLarge 10 "MESSAGE_TOO_LARGE" "RecordTooLargeException" false false "The request included a message larger than the max message size the server will accept."
    OffsetMetadataTooLarge 12 "OFFSET_METADATA_TOO_LARGE" "OffsetMetadataTooLarge" false false "The metadata field of the offset request was too large."
    NetworkException 13 "NETWORK_EXCEPTION" "NetworkException" true true "The server disconnected before a response was received."
    CoordinatorLoadInProgress 14 "COORDINATOR_LOAD_IN_PROGRESS" "CoordinatorLoadInProgressException" true false "The coordinator is loading and hence can't process requests."
    CoordinatorNotAvailable 15 "COORDINATOR_NOT_AVAILABLE" "CoordinatorNotAvailableException" true false "The coordinator is not available."
    NotCoordinator 16 "NOT_COORDINATOR" "NotCoordinatorException" true false "This is not the correct coordinator."
    InvalidTopicException 17 "INVALID_TOPIC_EXCEPTION" "InvalidTopicException" false false "The request attempted to perform an operation on an invalid topic."
    RecordListTooLarge 18 "RECORD_LIST_TOO_LARGE" "RecordBatchTooLargeException" false false "The request included message batch larger than the configured segment size on the server."
    NotEnoughReplicas 19 "NOT_ENOUGH_REPLICAS" "NotEnoughReplicasException" true false "Messages are rejected since there are fewer in-sync replicas than required."
    NotEnoughReplicasAfterAppend 20 "NOT_ENOUGH_REPLICAS_AFTER_APPEND" "NotEnoughReplicasAfterAppendException" true false "Messages are written to the log, but to fewer in-sync replicas than required."
    InvalidRequiredAcks 21 "INVALID_REQUIRED_ACKS" "InvalidRequiredAcksException" false false "Produce request specified an invalid value for required acks."
    IllegalGeneration 22 "ILLEGAL_GENERATION" "IllegalGenerationException" false false "Specified group generation id is not valid."
    InconsistentGroupProtocol 23 "INCONSISTENT_GROUP_PROTOCOL" "InconsistentGroupProtocolException" false false "The group member's supported protocols are incompatible with those of existing members or first group member tried to join with empty protocol type or empty protocol list."
    InvalidGroupId 24 "INVALID_GROUP_ID" "InvalidGroupIdException" false false "The configured groupId is invalid."
    UnknownMemberId 25 "UNKNOWN_MEMBER_ID" "UnknownMemberIdException" false false "The coordinator is not aware of this member."
    InvalidSessionTimeout 26 "INVALID_SESSION_TIMEOUT" "InvalidSessionTimeoutException" false false "The session timeout is not within the range allowed by the broker (as configured by group.min.session.timeout.ms and group.max.session.timeout.ms)."
    RebalanceInProgress 27 "REBALANCE_IN_PROGRESS" "RebalanceInProgressException" false false "The group is rebalancing, so a rejoin is needed."
    InvalidCommitOffsetSize 28 "INVALID_COMMIT_OFFSET_SIZE" "InvalidCommitOffsetSizeException" false false "The committing offset data size is not valid."
    TopicAuthorizationFailed 29 "TOPIC_AUTHORIZATION_FAILED" "TopicAuthorizationException" false false "Topic authorization failed."
    GroupAuthorizationFailed 30 "GROUP_AUTHORIZATION_FAILED" "GroupAuthorizationException" false false "Group authorization failed."
    InvalidTimestamp 32 "INVALID_TIMESTAMP" "InvalidTimestampException" false false "The timestamp of the message is out of acceptable range."
    UnsupportedVersion 35 "UNSUPPORTED_VERSION" "UnsupportedVersionException" false false "The version of API is not supported."
    TopicAlreadyExists 36 "TOPIC_ALREADY_EXISTS" "TopicExistsException" false false "Topic with this name already exists."
    InvalidPartitions 37 "INVALID_PARTITIONS" "InvalidPartitionsException" false false "Number of partitions is below 1."
    InvalidReplicationFactor 38 "INVALID_REPLICATION_FACTOR" "InvalidReplicationFactorException" false false "Replication factor is below 1 or larger than the number of available brokers."
    InvalidReplicaAssignment 39 "INVALID_REPLICA_ASSIGNMENT" "InvalidReplicaAssignmentException" false false "Replica assignment is invalid."
    InvalidConfig 40 "INVALID_CONFIG" "InvalidConfigurationException" false false "Configuration is invalid."
    NotController 41 "NOT_CONTROLLER" "NotControllerException" true false "This is not the correct controller for this cluster."
    InvalidRequest 42 "INVALID_REQUEST" "InvalidRequestException" false false "This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details."
    PolicyViolation 44 "POLICY_VIOLATION" "PolicyViolationException" false false "Request parameters do not satisfy the configured policy."
    OutOfOrderSequenceNumber 45 "OUT_OF_ORDER_SEQUENCE_NUMBER" "OutOfOrderSequenceException" false false "The broker received an out of order sequence number."
    DuplicateSequenceNumber 46 "DUPLICATE_SEQUENCE_NUMBER" "DuplicateSequenceException" false false "The broker received a duplicate sequence number."
    InvalidProducerEpoch 47 "INVALID_PRODUCER_EPOCH" "InvalidProducerEpochException" false false "Producer attempted to produce with an old epoch."
    InvalidTxnState 48 "INVALID_TXN_STATE" "InvalidTxnStateException" false false "The producer attempted a transactional operation in an invalid state."
    InvalidProducerIdMapping 49 "INVALID_PRODUCER_ID_MAPPING" "InvalidPidMappingException" false false "The producer attempted to use a producer id which is not currently assigned to its transactional id."
    InvalidTransactionTimeout 50 "INVALID_TRANSACTION_TIMEOUT" "InvalidTxnTimeoutException" false false "The transaction timeout is larger than the maximum value allowed by the broker (as configured by transaction.max.timeout.ms)."
    ConcurrentTransactions 51 "CONCURRENT_TRANSACTIONS" "ConcurrentTransactionsException" true false "The producer attempted to update a transaction while another concurrent operation on the same transaction was ongoing."
    TransactionCoordinatorFenced 52 "TRANSACTION_COORDINATOR_FENCED" "TransactionCoordinatorFencedException" false false "Indicates that the transaction coordinator sending a WriteTxnMarker is no longer the current coordinator for a given producer."
    OperationNotAttempted 55 "OPERATION_NOT_ATTEMPTED" "OperationNotAttemptedException" false false "The broker did not attempt to execute this operation. This may happen for batched RPCs where some operations in the batch failed, causing the broker to respond without trying the rest."
    UnknownProducerId 59 "UNKNOWN_PRODUCER_ID" "UnknownProducerIdException" false false "This exception is raised by the broker if it could not locate the producer metadata associated with the producerId in question. This could happen if, for instance, the producer's records were deleted because their retention time had elapsed. Once the last records of the producerId are removed, the producer's metadata is removed from the broker, and future appends by the producer will return this exception."
    NonEmptyGroup 68 "NON_EMPTY_GROUP" "GroupNotEmptyException" false false "The group is not empty."
    GroupIdNotFound 69 "GROUP_ID_NOT_FOUND" "GroupIdNotFoundException" false false "The group id does not exist."
    FetchSessionIdNotFound 70 "FETCH_SESSION_ID_NOT_FOUND" "FetchSessionIdNotFoundException" true false "The fetch session ID was not found."
    InvalidFetchSessionEpoch 71 "INVALID_FETCH_SESSION_EPOCH" "InvalidFetchSessionEpochException" true false "The fetch session epoch is invalid."
    ListenerNotFound 72 "LISTENER_NOT_FOUND" "ListenerNotFoundException" true true "There is no listener on the leader broker that matches the listener on which metadata request was processed."
    TopicDeletionDisabled 73 "TOPIC_DELETION_DISABLED" "TopicDeletionDisabledException" false false "Topic deletion is disabled."
    FencedLeaderEpoch 74 "FENCED_LEADER_EPOCH" "FencedLeaderEpochException" true true "The leader epoch in the request is older than the epoch on the broker."
    UnknownLeaderEpoch 75 "UNKNOWN_LEADER_EPOCH" "UnknownLeaderEpochException" true false "The leader epoch in the request is newer than the epoch on the broker."
    StaleControllerEpoch 11 "STALE_CONTROLLER_EPOCH" "ControllerMovedException" false false "The controller moved to another broker."
    StaleBrokerEpoch 77 "STALE_BROKER_EPOCH" "StaleBrokerEpochException" false false "Broker epoch has changed."
    OffsetNotAvailable 78 "OFFSET_NOT_AVAILABLE" "OffsetNotAvailableException" true false "The leader high watermark has not caught up from a recent leader election so the offsets cannot be guaranteed to be monotonically increasing."
    MemberIdRequired 79 "MEMBER_ID_REQUIRED" "MemberIdRequiredException" false false "The group member needs to have a valid member id before actually entering a consumer group."
    GroupMaxSizeReached 81 "GROUP_MAX_SIZE_REACHED" "GroupMaxSizeReachedException" false false "The consumer group has reached its max size."
    PreferredLeaderNotAvailable 80 "PREFERRED_LEADER_NOT_AVAILABLE" "PreferredLeaderNotAvailableException" true true "The preferred leader was not available."
    FencedInstanceId 82 "FENCED_INSTANCE_ID" "FencedInstanceIdException" false false "The broker rejected this static consumer since another consumer with the same group.instance.id has registered with a different member.id."
    EligibleLeadersNotAvailable 83 "ELIGIBLE_LEADERS_NOT_AVAILABLE" "EligibleLeadersNotAvailableException" true true "Eligible topic partition leaders are not available."
    UnacceptableCredential 93 "UNACCEPTABLE_CREDENTIAL" "UnacceptableCredentialException" false false "Requested credential would not meet criteria for acceptability."
    ElectionNotNeeded 84 "ELECTION_NOT_NEEDED" "ElectionNotNeededException" true true "Leader election not needed for topic partition."
    NoReassignmentInProgress 85 "NO_REASSIGNMENT_IN_PROGRESS" "NoReassignmentInProgressException" false false "No partition reassignment is in progress."
    GroupSubscribedToTopic 86 "GROUP_SUBSCRIBED_TO_TOPIC" "GroupSubscribedToTopicException" false false "Deleting offsets of a topic is forbidden while the consumer group is actively subscribed to it."
    InvalidRecord 87 "INVALID_RECORD" "InvalidRecordException" false false "This record has failed the validation on broker and hence will be rejected."
    UnstableOffsetCommit 88 "UNSTABLE_OFFSET_COMMIT" "UnstableOffsetCommitException" true false "There are unstable offsets that need to be cleared."
    ProducerFenced 90 "PRODUCER_FENCED" "ProducerFencedException" false false "There is a newer producer with the same transactionalId which fences the current one."
    ResourceNotFound 91 "RESOURCE_NOT_FOUND" "ResourceNotFoundException" false false "A request illegally referred to a resource that does not exist."
    InvalidUpdateVersion 95 "INVALID_UPDATE_VERSION" "InvalidUpdateVersionException" false false "The given update version was invalid."
    SnapshotNotFound 98 "SNAPSHOT_NOT_FOUND" "SnapshotNotFoundException" false false "Requested snapshot was not found."
    UnknownTopicId 100 "UNKNOWN_TOPIC_ID" "UnknownTopicIdException" true true "This server does not host this topic ID."
    BrokerIdNotRegistered 102 "BROKER_ID_NOT_REGISTERED" "BrokerIdNotRegisteredException" false false "The given broker ID was not registered."
    InconsistentTopicId 103 "INCONSISTENT_TOPIC_ID" "InconsistentTopicIdException" true true "The log's topic ID did not match the topic ID in the request."
    InconsistentClusterId 104 "INCONSISTENT_CLUSTER_ID" "InconsistentClusterIdException" false false "The clusterId in the request does not match that found on the server."
    LogDirNotFound 57 "LOG_DIR_NOT_FOUND" "LogDirNotFoundException" false false "The user-specified log directory is not found in the broker config."
    TransactionalIdNotFound 105 "TRANSACTIONAL_ID_NOT_FOUND" "TransactionalIdNotFoundException" false false "The transactionalId could not be found."
    IneligibleReplica 107 "INELIGIBLE_REPLICA" "IneligibleReplicaException" false false "The new ISR contains at least one ineligible replica."
    NewLeaderElected 108 "NEW_LEADER_ELECTED" "NewLeaderElectedException" false false "The AlterPartition request successfully updated the partition state but the leader has changed."
    OffsetMovedToTieredStorage 109 "OFFSET_MOVED_TO_TIERED_STORAGE" "OffsetMovedToTieredStorageException" false false "The requested offset is moved to tiered storage."
    FencedMemberEpoch 110 "FENCED_MEMBER_EPOCH" "FencedMemberEpochException" false false "The member epoch is fenced by the group coordinator. The member must abandon all its partitions and rejoin."
    UnreleasedInstanceId 111 "UNRELEASED_INSTANCE_ID" "UnreleasedInstanceIdException" false false "The instance ID is still used by another member in the consumer group. That member must leave first."
    UnsupportedAssignor 112 "UNSUPPORTED_ASSIGNOR" "UnsupportedAssignorException" false false "The assignor or its version range is not supported by the consumer group."
    StaleMemberEpoch 113 "STALE_MEMBER_EPOCH" "StaleMemberEpochException" false false "The member epoch is stale. The member must retry after receiving its updated member epoch via the ConsumerGroupHeartbeat API."
    MismatchedEndpointType 114 "MISMATCHED_ENDPOINT_TYPE" "MismatchedEndpointTypeException" false false "The request was sent to an endpoint of the wrong type."
    UnsupportedEndpointType 115 "UNSUPPORTED_ENDPOINT_TYPE" "UnsupportedEndpointTypeException" false false "This endpoint type is not supported yet."
    UnknownControllerId 116 "UNKNOWN_CONTROLLER_ID" "UnknownControllerIdException" false false "This controller ID is not known."
    InvalidRegistration 119 "INVALID_REGISTRATION" "InvalidRegistrationException" false false "The controller has considered the broker registration to be invalid."
    TransactionAbortable 120 "TRANSACTION_ABORTABLE" "TransactionAbortableException" false false "The server encountered an error with the transaction. The client can abort the transaction to continue using this transactional ID."
    InvalidRecordState 121 "INVALID_RECORD_STATE" "InvalidRecordStateException" false false "The record state is invalid. The acknowledgement of delivery could not be completed."
    ShareSessionNotFound 122 "SHARE_SESSION_NOT_FOUND" "ShareSessionNotFoundException" true false "The share session was not found."
    InvalidShareSessionEpoch 123 "INVALID_SHARE_SESSION_EPOCH" "InvalidShareSessionEpochException" true false "The share session epoch is invalid."
    FencedStateEpoch 124 "FENCED_STATE_EPOCH" "FencedStateEpochException" false false "The share coordinator rejected the request because the share-group state epoch did not match."
    DuplicateVoter 126 "DUPLICATE_VOTER" "DuplicateVoterException" false false "The voter is already part of the set of voters."
    VoterNotFound 127 "VOTER_NOT_FOUND" "VoterNotFoundException" false false "The voter is not part of the set of voters."
    InvalidRegularExpression 128 "INVALID_REGULAR_EXPRESSION" "InvalidRegularExpression" false false "The regular expression is not valid."
    DuplicateResource 92 "DUPLICATE_RESOURCE" "DuplicateResourceException" false false "A request illegally referred to the same resource twice."
}

impl ErrorCode {
    /// Whether this is no error.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == ErrorCode::None
    }

    /// The exception's full class name, as Java prints it.
    #[must_use]
    pub fn java_class(self) -> String {
        // The only one that is not where all the others are.
        let package = if self == ErrorCode::InvalidRecord { "common" } else { "common.errors" };
        format!("org.apache.kafka.{package}.{}", self.exception())
    }
}
