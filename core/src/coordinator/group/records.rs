//! The records of `__consumer_offsets`, byte for byte as Kafka writes them.
//!
//! A key says what a record is about: version 1 is a committed offset, version 2 a group. The value of an offset
//! has version 4 (with the topic's id as a tagged field; 3 where no id is known, as in clusters with ZooKeeper), that of a group version 3. A record without value takes
//! back what was said under its key.

use super::wire::{Reader, Writer};
use crate::protocol::{Record, TopicPartition, Uuid};

/// Version of the key of a committed offset.
pub const OFFSET_COMMIT_KEY_VERSION: i16 = 1;
/// Version of the key of a group.
pub const GROUP_METADATA_KEY_VERSION: i16 = 2;
/// Version in which offsets are written.
pub const OFFSET_COMMIT_VALUE_VERSION: i16 = 4;
/// Version in which groups are written.
pub const GROUP_METADATA_VALUE_VERSION: i16 = 3;

/// What a record is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordKey {
    /// A committed offset.
    OffsetCommit {
        /// Of this group,
        group: String,
        /// in this partition.
        partition: TopicPartition,
    },
    /// A group: its generation, its members and what they got.
    GroupMetadata {
        /// The group.
        group: String,
    },
}

impl RecordKey {
    /// The bytes of the key.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        match self {
            RecordKey::OffsetCommit { group, partition } => {
                out.i16(OFFSET_COMMIT_KEY_VERSION);
                out.string(group);
                out.string(&partition.topic);
                out.i32(partition.partition);
            }
            RecordKey::GroupMetadata { group } => {
                out.i16(GROUP_METADATA_KEY_VERSION);
                out.string(group);
            }
        }
        out.0
    }

    /// Reads a key; `None` if it is of another kind or broken.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<RecordKey> {
        let mut input = Reader(bytes);
        match input.i16()? {
            0 | OFFSET_COMMIT_KEY_VERSION => {
                let (group, topic) = (input.string()?, input.string()?);
                Some(RecordKey::OffsetCommit { group, partition: TopicPartition::new(topic, input.i32()?) })
            }
            GROUP_METADATA_KEY_VERSION => Some(RecordKey::GroupMetadata { group: input.string()? }),
            _ => None,
        }
    }

    /// The record that says `value` under this key, or takes back what was said.
    #[must_use]
    pub fn record(&self, timestamp: i64, value: Option<Vec<u8>>) -> Record {
        Record { timestamp, key: Some(self.encode()), value, headers: Vec::new() }
    }
}

/// A committed offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetCommitValue {
    /// Next offset to read.
    pub offset: i64,
    /// Leader epoch of the last record read, or -1.
    pub leader_epoch: i32,
    /// The application's own note.
    pub metadata: String,
    /// When it was committed, in milliseconds since 1970.
    pub commit_timestamp: i64,
    /// The topic's id; zero if it was not known.
    pub topic_id: Uuid,
}

impl OffsetCommitValue {
    /// The bytes of the value, version 4.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        let old = self.topic_id == Uuid::ZERO;
        out.i16(if old { OFFSET_COMMIT_VALUE_VERSION - 1 } else { OFFSET_COMMIT_VALUE_VERSION });
        out.i64(self.offset);
        out.i32(self.leader_epoch);
        if old {
            out.string(&self.metadata);
            out.i64(self.commit_timestamp);
            return out.0;
        }
        out.compact(Some(&self.metadata));
        out.i64(self.commit_timestamp);
        // One tagged field: tag 0, sixteen bytes.
        out.0.extend_from_slice(&[1, 0, 16]);
        out.0.extend_from_slice(&self.topic_id.0);
        out.0
    }

    /// Reads a value of version 3 or 4 and tells which it was.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<(i16, OffsetCommitValue)> {
        let mut input = Reader(bytes);
        let version = input.i16()?;
        let (offset, leader_epoch) = match version {
            3 | OFFSET_COMMIT_VALUE_VERSION => (input.i64()?, input.i32()?),
            _ => return None,
        };
        let metadata = if version == 3 { input.string()? } else { input.compact()?? };
        let commit_timestamp = input.i64()?;
        let topic_id = if version == 3 { Uuid::ZERO } else { tagged_topic_id(&mut input)? };
        Some((version, OffsetCommitValue { offset, leader_epoch, metadata, commit_timestamp, topic_id }))
    }
}

fn tagged_topic_id(input: &mut Reader<'_>) -> Option<Uuid> {
    let mut id = Uuid::ZERO;
    for _ in 0..input.unsigned()? {
        let (tag, size) = (input.unsigned()?, input.unsigned()?);
        let field = input.take(size)?;
        if tag == 0 {
            id = Uuid(field.try_into().ok()?);
        }
    }
    Some(id)
}

/// A group, as far as the log remembers it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupMetadataValue {
    /// `consumer`, or empty for a group without members yet.
    pub protocol_type: String,
    /// The generation.
    pub generation: i32,
    /// The assignor in force.
    pub protocol: Option<String>,
    /// Member id of the leader.
    pub leader: Option<String>,
    /// When the group came into its state, in milliseconds since 1970.
    pub current_state_timestamp: i64,
    /// The members.
    pub members: Vec<GroupMetadataMember>,
}

/// A member of a group, as far as the log remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMetadataMember {
    /// Member id.
    pub member_id: String,
    /// The static member's name.
    pub group_instance_id: Option<String>,
    /// The client's id.
    pub client_id: String,
    /// Its host, as `/127.0.0.1`.
    pub client_host: String,
    /// Milliseconds it may take to join again.
    pub rebalance_timeout: i32,
    /// Milliseconds it may be silent.
    pub session_timeout: i32,
    /// What it told the assignor, in the consumer protocol's own bytes.
    pub subscription: Vec<u8>,
    /// What it got, in the consumer protocol's own bytes.
    pub assignment: Vec<u8>,
}

impl GroupMetadataValue {
    /// The bytes of the value, version 3.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.i16(GROUP_METADATA_VALUE_VERSION);
        out.string(&self.protocol_type);
        out.i32(self.generation);
        out.nullable(self.protocol.as_deref());
        out.nullable(self.leader.as_deref());
        out.i64(self.current_state_timestamp);
        out.count(self.members.len());
        for member in &self.members {
            out.string(&member.member_id);
            out.nullable(member.group_instance_id.as_deref());
            out.string(&member.client_id);
            out.string(&member.client_host);
            out.i32(member.rebalance_timeout);
            out.i32(member.session_timeout);
            out.bytes(&member.subscription);
            out.bytes(&member.assignment);
        }
        out.0
    }

    /// Reads a value of version 3 and tells which it was.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<(i16, GroupMetadataValue)> {
        let mut input = Reader(bytes);
        let version = input.i16()?;
        if version != GROUP_METADATA_VALUE_VERSION {
            return None;
        }
        let value = GroupMetadataValue {
            protocol_type: input.string()?,
            generation: input.i32()?,
            protocol: input.nullable()?,
            leader: input.nullable()?,
            current_state_timestamp: input.i64()?,
            members: input.array(|input| {
                Some(GroupMetadataMember {
                    member_id: input.string()?,
                    group_instance_id: input.nullable()?,
                    client_id: input.string()?,
                    client_host: input.string()?,
                    rebalance_timeout: input.i32()?,
                    session_timeout: input.i32()?,
                    subscription: input.bytes()?,
                    assignment: input.bytes()?,
                })
            })?,
        };
        Some((version, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_the_round_trip() {
        let offset = RecordKey::OffsetCommit { group: "lg".into(), partition: TopicPartition::new("lng", 7) };
        assert_eq!(offset.encode(), b"\0\x01\0\x02lg\0\x03lng\0\0\0\x07");
        assert_eq!(RecordKey::decode(&offset.encode()), Some(offset));
        let group = RecordKey::GroupMetadata { group: "lg".into() };
        assert_eq!(RecordKey::decode(&group.encode()), Some(group));
        assert_eq!(RecordKey::decode(b"\0\x01\0\x09lg"), None, "cut off");
        assert_eq!(RecordKey::decode(b"\0\x63\0\0"), None, "another kind");
    }

    #[test]
    fn values_survive_the_round_trip() {
        let mut offset = OffsetCommitValue {
            offset: 1,
            leader_epoch: 0,
            metadata: "n\u{f6}te".into(),
            commit_timestamp: 1_795_357_993_849,
            topic_id: Uuid([7; 16]),
        };
        assert_eq!(OffsetCommitValue::decode(&offset.encode()), Some((4, offset.clone())));
        offset.topic_id = Uuid::ZERO;
        assert_eq!(OffsetCommitValue::decode(&offset.encode()), Some((3, offset)));
        let group = GroupMetadataValue {
            protocol_type: "consumer".into(),
            generation: 1,
            protocol: Some("range".into()),
            leader: Some("m".into()),
            current_state_timestamp: 5,
            members: vec![GroupMetadataMember {
                member_id: "m".into(),
                group_instance_id: None,
                client_id: "c".into(),
                client_host: "/127.0.0.1".into(),
                rebalance_timeout: 300_000,
                session_timeout: 45_000,
                subscription: vec![0, 3],
                assignment: vec![],
            }],
        };
        assert_eq!(GroupMetadataValue::decode(&group.encode()), Some((3, group)));
    }
}
