//! What a request was for, told by the client that sent it. One type for all clients, so that there is one network
//! client for all of them.

use crate::client::{admin, consumer, producer, share};
use serde::Serialize;

/// What a request was for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Asked {
    /// Told by an administrator.
    Admin(admin::Sent),
    /// Told by a producer.
    Producer(producer::Sent),
    /// Told by a consumer.
    Consumer(consumer::Sent),
    /// Told by a share consumer.
    Share(share::Sent),
}

impl From<share::Sent> for Asked {
    fn from(sent: share::Sent) -> Asked {
        Asked::Share(sent)
    }
}

impl Asked {
    /// Whether it is a member's business with the coordinator of its group.
    #[must_use]
    pub fn goes_to_coordinator(&self) -> bool {
        use consumer::Sent::{
            Commit, Fetch, FindCoordinator, Heartbeat, Join, Leave, ListOffsets, OffsetFetch, Sync,
        };
        match self {
            Asked::Consumer(sent) => match sent {
                Join(_) | Sync(_) | Heartbeat | Leave | OffsetFetch(_) | Commit(..) => true,
                FindCoordinator | ListOffsets(_) | Fetch(_) => false,
            },
            // A share consumer's heartbeats share the connection of its fetches.
            Asked::Admin(_) | Asked::Producer(_) | Asked::Share(_) => false,
        }
    }
}

impl From<admin::Sent> for Asked {
    fn from(sent: admin::Sent) -> Asked {
        Asked::Admin(sent)
    }
}

impl From<producer::Sent> for Asked {
    fn from(sent: producer::Sent) -> Asked {
        Asked::Producer(sent)
    }
}

impl From<consumer::Sent> for Asked {
    fn from(sent: consumer::Sent) -> Asked {
        Asked::Consumer(sent)
    }
}
