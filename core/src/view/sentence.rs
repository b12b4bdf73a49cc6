//! Events as sentences, cause first.
use super::EventView;
use crate::node::Event;

/// One sentence for an event.
#[must_use]
pub fn sentence(event: &Event) -> String {
    format!("{:?}", event.kind)
}

/// Events as people read them, at most `limit` of the newest.
#[must_use]
pub fn narrate(events: &[&Event], limit: usize) -> Vec<EventView> {
    let skip = events.len().saturating_sub(limit);
    events
        .iter()
        .skip(skip)
        .map(|event| EventView {
            id: event.id,
            at: event.at,
            text: sentence(event),
            touches: Vec::new(),
            mark: "record",
            grave: false,
        })
        .collect()
}
