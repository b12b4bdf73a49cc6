//! The cluster's truth: records, and the image that replaying them gives.

pub mod config;
mod record;

pub use record::{ConfigResource, MetadataRecord};
