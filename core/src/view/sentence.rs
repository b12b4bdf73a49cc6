//! Events as sentences, cause first.
use crate::node::Event;

/// One sentence for an event.
#[must_use]
pub fn sentence(event: &Event) -> String {
    format!("{:?}", event.kind)
}
