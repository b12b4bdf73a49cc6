//! Messages under way, as far as the stage draws them.
//!
//! Records are drawn on the message that carries them: Produce requests and Fetch responses. A Fetch request
//! carries none and is drawn as a question. Answers without records, heartbeats and the like are not drawn here:
//! the control strip and the event list tell of them.

use kafkascope_core::node::{NodeId, SimTime};
use kafkascope_core::protocol::{ApiKey, TopicPartition};
use kafkascope_core::sorted::SortedMap;
use kafkascope_core::view::{MessageView, Stands};

/// What a message brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Records.
    Records,
    /// A question that carries none.
    Question,
}

/// A message under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Flight {
    /// The message's number.
    pub id: u64,
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
    /// Its API.
    pub api: ApiKey,
    /// What it brings.
    pub kind: Kind,
    /// When it was sent.
    pub sent: SimTime,
    /// When it arrives; `None` behind a cut.
    pub arrives: Option<SimTime>,
    /// The rows it is drawn in, with the records for each.
    pub rows: Vec<(TopicPartition, u32)>,
    /// Whether the clock slows down so that it can be seen.
    pub slows: bool,
}

/// A lost message stays this long, in microseconds of simulated time.
const LOST_US: u64 = 400_000;
/// A question asked so soon after records came is part of the same story: it tells the leader how far they got.
const SAME_STORY_US: u64 = 5_000;
/// More are not drawn.
const MOST: usize = 60;

impl Flight {
    /// How far it is, 0 to 1, at a moment of simulated time in microseconds. A lost one stops half-way.
    #[must_use]
    pub fn share(&self, now_us: f64) -> f64 {
        let sent = micros(self.sent);
        match self.arrives {
            Some(arrives) => ((now_us - sent) / (micros(arrives) - sent).max(1.0)).clamp(0.0, 1.0),
            None => ((now_us - sent) / 2_000.0).clamp(0.0, 0.5),
        }
    }

    fn ends(&self) -> SimTime {
        self.arrives.unwrap_or(SimTime(self.sent.0.saturating_add(LOST_US)))
    }
}

/// The messages under way.
#[derive(Clone, Debug, Default)]
pub struct Flights {
    all: Vec<Flight>,
    /// Rows of the last exchange between two nodes: a fetch session names only what changed.
    rows: SortedMap<(NodeId, NodeId), Vec<TopicPartition>>,
    /// When a node last got records.
    fed: SortedMap<NodeId, SimTime>,
}

impl Flights {
    /// Takes in a message that was sent. True if it is drawn and slows the clock.
    pub fn send(&mut self, message: &MessageView) -> bool {
        // What is held stands on its lane.
        if !matches!(message.api, ApiKey::Fetch | ApiKey::Produce) || message.stands == Stands::Held {
            return false;
        }
        let pair = (message.from.min(message.to), message.from.max(message.to));
        if !message.partitions.is_empty() {
            self.rows.insert(pair, message.partitions.iter().map(|(tp, _)| tp.clone()).collect());
        }
        let records = message.records > 0;
        let question = message.api == ApiKey::Fetch && !message.is_response;
        if !records && !question {
            return false;
        }
        let rows: Vec<(TopicPartition, u32)> = if records {
            message.partitions.iter().filter(|(_, n)| *n > 0).cloned().collect()
        } else {
            let known = self.rows.get(&pair).map(Vec::as_slice).unwrap_or_default();
            let pick = usize::try_from(message.id % 1_000).unwrap_or(0) % known.len().max(1);
            known.get(pick).map(|tp| (tp.clone(), 0)).into_iter().collect()
        };
        if records && let Some(arrives) = message.arrives {
            self.fed.insert(message.to, arrives);
        }
        let story = message.from.broker().is_some()
            && self.fed.get(&message.from).is_some_and(|at| message.sent.since(*at).0 <= SAME_STORY_US);
        let slows = (records || story) && message.arrives.is_some() && !rows.is_empty();
        if rows.is_empty() {
            return false;
        }
        if self.all.len() >= MOST {
            let weakest = self.all.iter().position(|f| f.kind == Kind::Question).unwrap_or(0);
            self.all.remove(weakest);
        }
        self.all.push(Flight {
            id: message.id,
            from: message.from,
            to: message.to,
            api: message.api,
            kind: if records { Kind::Records } else { Kind::Question },
            sent: message.sent,
            arrives: message.arrives,
            rows,
            slows,
        });
        slows
    }

    /// Drops what has arrived. True if anything has.
    pub fn land(&mut self, now: SimTime) -> bool {
        let before = self.all.len();
        self.all.retain(|flight| flight.ends() > now);
        self.all.len() < before
    }

    /// Forgets everything, as after `reset`.
    pub fn clear(&mut self) {
        *self = Flights::default();
    }

    /// What is under way, oldest first.
    #[must_use]
    pub fn all(&self) -> &[Flight] {
        &self.all
    }

    /// The arrival that the clock waits for next, and the shortest journey of those it waits for.
    #[must_use]
    pub fn slowing(&self) -> Option<(SimTime, u64)> {
        let slow = || self.all.iter().filter(|f| f.slows);
        let next = slow().filter_map(|f| f.arrives).min()?;
        let shortest = slow().filter_map(|f| f.arrives.map(|at| at.since(f.sent).0)).min()?;
        Some((next, shortest.max(1)))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a picture needs no more than 53 bits of microseconds")]
fn micros(at: SimTime) -> f64 {
    at.0 as f64
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use kafkascope_core::node::ClientId;

    pub(crate) fn message(id: u64, from: NodeId, to: NodeId, sent: u64, records: u32) -> MessageView {
        MessageView {
            id,
            from,
            to,
            api: ApiKey::Fetch,
            is_response: records > 0,
            sent: SimTime(sent),
            arrives: Some(SimTime(sent + 1_000)),
            stands: Stands::Moving,
            partitions: vec![(TopicPartition::new("trucks_gps", 7), records)],
            records,
        }
    }

    #[test]
    fn records_slow_the_clock_and_idle_questions_do_not() {
        let mut flights = Flights::default();
        let (leader, follower) = (NodeId::Broker(101), NodeId::Broker(102));
        assert!(!flights.send(&message(1, follower, leader, 0, 0)));
        assert!(flights.send(&message(2, leader, follower, 100, 1)));
        assert!(
            flights.send(&message(3, follower, leader, 1_200, 0)),
            "it asks again at once: the same story"
        );
        assert_eq!(flights.all().len(), 3);
        assert!(flights.land(SimTime(1_100)));
        assert_eq!(flights.all().len(), 1);
        assert_eq!(flights.slowing(), Some((SimTime(2_200), 1_000)));
    }

    #[test]
    fn a_question_of_a_session_is_drawn_where_the_last_exchange_was() {
        let mut flights = Flights::default();
        let (leader, reader) = (NodeId::Broker(101), NodeId::Client(ClientId(4)));
        flights.send(&message(1, leader, reader, 0, 2));
        let mut bare = message(2, reader, leader, 50_000, 0);
        bare.partitions.clear();
        flights.send(&bare);
        assert_eq!(flights.all().get(1).map(|f| f.rows.len()), Some(1));
    }

    #[test]
    fn never_more_marks_than_can_be_followed() {
        let mut flights = Flights::default();
        for id in 0..500 {
            flights.send(&message(id, NodeId::Broker(101), NodeId::Broker(102), 0, 1));
        }
        assert_eq!(flights.all().len(), MOST);
    }

    #[test]
    fn a_message_behind_a_cut_stops_half_way_and_fades() {
        let mut flights = Flights::default();
        let mut lost = message(1, NodeId::Broker(101), NodeId::Broker(102), 0, 1);
        lost.arrives = None;
        assert!(!flights.send(&lost), "nobody waits for what never comes");
        assert!(flights.all().iter().all(|f| f.share(1e9) == 0.5));
        assert!(flights.land(SimTime(LOST_US + 1)));
    }
}
