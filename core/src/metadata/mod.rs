//! The cluster's truth: records, and the image that replaying them gives.

pub mod config;
pub mod features;
pub mod form;
mod image;
pub mod log;
mod protocol_version;
mod record;
pub mod release;
mod server_config;
pub mod snapshot;
mod topic_name;

pub use image::{BrokerRegistration, Change, MetadataImage, PartitionRegistration, TopicImage};
pub use log::MetadataLog;
pub use protocol_version::ProtocolVersion;
pub use record::{ConfigResource, Idle, MetadataBatch, MetadataRecord, PartitionChange};
pub use release::Release;
pub use server_config::ServerConfig;
pub use snapshot::Snapshot;
pub use topic_name::check_topic_name;
