//! What can be wrong with the network: the words that acts and events share.

use super::{NodeId, Span};
use crate::protocol::ApiKey;
use serde::Serialize;

/// Something done to the way from one node to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum LinkFault {
    /// Nothing gets through.
    Cut,
    /// Everything takes so much longer; no time at all ends it.
    Delay(Span),
    /// So many packets of a thousand are lost, and sent again by TCP; none ends it.
    Loss(u16),
    /// All of that is over.
    Heal,
}

/// From whom a node is isolated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Reach {
    /// From everybody.
    Everybody,
    /// From the other servers: clients still reach it.
    Servers,
}

/// Which message shall be held: the next one that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Hold {
    /// Its sender.
    pub from: NodeId,
    /// Its receiver.
    pub to: NodeId,
    /// Its API and whether it is the answer; `None`: whatever comes next.
    pub what: Option<(ApiKey, bool)>,
}

/// What happens to one message on the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum MessageFault {
    /// It waits, and so does what follows it on its connection.
    Hold,
    /// It goes on.
    Release,
    /// It is lost, and its connection with it: TCP loses nothing as long as the connection stands.
    Drop,
}
