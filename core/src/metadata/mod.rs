//! The cluster's truth: records, and the image that replaying them gives.

mod record;

pub use record::{ConfigResource, MetadataRecord};
