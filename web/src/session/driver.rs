//! The session and its clock: frames of the browser become steps of simulated time.

use super::history::History;
use crate::animation::pace::{Pace, Slow};
use crate::animation::{Flight, Flights};
use kafkascope_core::node::{BrokerId, NodeId, SimTime};
use kafkascope_core::protocol::ApiKey;
use kafkascope_core::session::Session;
use kafkascope_core::session::api::{Chunk, Input};
use kafkascope_core::sorted::SortedMap;
use kafkascope_core::view::EventView;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// The session, with what the page has already seen of it.
pub struct Driver {
    session: Session,
    pace: Pace,
    flights: Flights,
    seen_message: u64,
    seen_event: u64,
    seen_output: SortedMap<u32, u64>,
    seen_cluster: u32,
    beats: SortedMap<BrokerId, VecDeque<SimTime>>,
    stopped_at: Option<u64>,
    history: History,
    /// Whether the sitting is another one than it was.
    jumped: bool,
    /// Whether single messages are drawn.
    pub draws: bool,
}

/// The driver as parts of the page hold it: they ask it for completions, never for the picture.
#[derive(Clone)]
pub struct Handle(pub Rc<RefCell<Driver>>);

impl PartialEq for Handle {
    fn eq(&self, other: &Handle) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// Messages looked at after each step of time.
const AT_ONCE: usize = 256;
/// Heartbeats kept for each broker.
const BEATS: usize = 16;
/// How far a step looks for a message: a minute.
const LOOK_US: u64 = 60_000_000;

impl Driver {
    /// Drives a session.
    #[must_use]
    pub fn new(session: Session) -> Driver {
        Driver {
            session,
            pace: Pace::default(),
            flights: Flights::default(),
            seen_message: 0,
            seen_event: 0,
            seen_output: SortedMap::new(),
            seen_cluster: 0,
            beats: SortedMap::new(),
            stopped_at: None,
            history: History::default(),
            jumped: false,
            draws: true,
        }
    }

    /// The session, to be read.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Does one thing to the session.
    pub fn apply(&mut self, input: Input) {
        self.history.before(&self.session, &input, !self.draws);
        self.session.apply(input);
        self.take_messages();
    }

    /// Lets the time of a frame pass. True if the picture may have changed.
    pub fn frame(&mut self, wall_ms: f64) -> bool {
        let clock = self.session.clock();
        if !clock.playing || self.history.ahead().is_some() {
            self.pace.settle();
            return false;
        }
        self.history.pass(&self.session, !self.draws);
        self.stopped_at = None;
        let mut moved = false;
        let mut frame = self.pace.frame(wall_ms, f64::from(clock.speed_permille) / 1_000.0);
        loop {
            let now = self.session.clock().now;
            let slow = self.flights.slowing();
            let slow = slow.map(|(next, journey_us)| Slow { until_us: next.since(now).0.max(1), journey_us });
            let Some(us) = self.pace.step(&mut frame, slow) else { break };
            if us > 0 {
                moved |= self.advance(us);
            }
            if !self.session.clock().playing {
                return true;
            }
        }
        moved
    }

    /// Looks at an earlier moment, or at the present again. Time stands as long as it is an earlier one.
    pub fn look(&mut self, moment: SimTime, fresh: impl FnOnce() -> Option<Session>) {
        if let Some(session) = self.history.look(&self.session, moment, fresh) {
            self.jump(session);
        }
    }

    /// The present, while an earlier moment is looked at.
    #[must_use]
    pub fn ahead(&self) -> Option<SimTime> {
        self.history.ahead()
    }

    /// Time goes on from the moment that is looked at.
    pub fn go_on(&mut self) {
        self.history.go_on(&self.session);
    }

    /// Takes back the last thing that was done, and tells what it was.
    pub fn undo(&mut self) -> Option<String> {
        let (session, command) = self.history.undo()?;
        self.jump(session);
        Some(command)
    }

    /// Replays a saved sitting, which is then the earliest that one can go back to.
    pub fn restore(&mut self, saved: &str) -> Result<(), String> {
        self.session.restore(saved)?;
        self.history.begin(&self.session);
        Ok(())
    }

    fn jump(&mut self, session: Session) {
        self.session = session;
        self.jumped = true;
    }

    /// Goes on to the middle of the next message that carries records or answers one.
    pub fn step(&mut self) -> Option<Flight> {
        self.pace.settle();
        let begin = self.session.clock().now;
        let after = self.stopped_at.unwrap_or(0);
        loop {
            let next =
                self.flights.all().iter().filter(|f| f.slows && f.id > after).min_by_key(|f| f.id).cloned();
            let now = self.session.clock().now;
            if let Some(flight) = next {
                let half = flight.arrives.map_or(0, |at| at.since(flight.sent).0 / 2);
                let middle = flight.sent.0.saturating_add(half);
                self.advance(middle.saturating_sub(now.0));
                self.stopped_at = Some(flight.id);
                return Some(flight);
            }
            if now.since(begin).0 > LOOK_US {
                return None;
            }
            self.advance(200);
        }
    }

    /// The message at which a step stopped.
    #[must_use]
    pub fn stopped_at(&self) -> Option<u64> {
        self.stopped_at
    }

    /// What is under way.
    #[must_use]
    pub fn flights(&self) -> &[Flight] {
        self.flights.all()
    }

    /// When a broker's last heartbeats were sent.
    #[must_use]
    pub fn beats(&self, broker: BrokerId) -> Vec<SimTime> {
        self.beats.get(&broker).map(|all| all.iter().copied().collect()).unwrap_or_default()
    }

    /// Events that were not taken yet.
    pub fn take_events(&mut self, limit: usize) -> Vec<EventView> {
        let events = self.session.events(self.seen_event, limit);
        self.seen_event = events.last().map_or(self.seen_event, |e| e.id.0);
        events
    }

    /// Output of a terminal that was not taken yet.
    pub fn take_output(&mut self, terminal: u32) -> Vec<Chunk> {
        let seen = self.seen_output.entry(terminal).or_insert(0);
        let chunks = self.session.output(terminal, *seen);
        *seen = chunks.last().map_or(*seen, |c| c.number);
        chunks
    }

    /// Whether what was taken of a terminal's output was cleared since, if its first piece has this number.
    #[must_use]
    pub fn was_cleared(&self, terminal: u32, first: u64) -> bool {
        self.seen_output.get(&terminal).is_some_and(|seen| first > *seen && *seen > 0)
    }

    /// Files that the learner saved, to be handed out.
    pub fn take_exports(&mut self) -> Vec<(String, Vec<u8>)> {
        self.session.take_exports()
    }

    /// Whether there is another cluster (`reset`, a scenario, a lesson) or another moment, so that what was seen is
    /// forgotten; and whether it is another moment, so that this holds for the terminals, too.
    pub fn restarted(&mut self) -> Option<bool> {
        let number = self.session.cluster_number();
        let jumped = std::mem::take(&mut self.jumped);
        let other = number != self.seen_cluster || jumped;
        self.seen_cluster = number;
        if jumped {
            self.seen_output.clear();
        }
        if other {
            self.seen_message = 0;
            self.seen_event = 0;
            self.flights.clear();
            self.beats.clear();
            self.stopped_at = None;
            self.pace.settle();
        }
        other.then_some(jumped)
    }

    fn advance(&mut self, us: u64) -> bool {
        self.session.apply(Input::Advance { us });
        let sent = self.take_messages();
        self.flights.land(self.session.clock().now) | sent
    }

    fn take_messages(&mut self) -> bool {
        let messages = self.session.messages(self.seen_message, AT_ONCE);
        for message in &messages {
            self.seen_message = self.seen_message.max(message.id);
            if self.draws {
                self.flights.send(message);
            }
            // With ZooKeeper whatever a broker asks it for keeps its session alive.
            let sign = matches!(
                (message.api, message.to),
                (ApiKey::BrokerHeartbeat, _) | (ApiKey::ZooKeeper, NodeId::ZooKeeper(_))
            );
            if let (true, false, NodeId::Broker(broker)) = (sign, message.is_response, message.from) {
                let beats = self.beats.entry(broker).or_default();
                beats.push_back(message.sent);
                if beats.len() > BEATS {
                    beats.pop_front();
                }
            }
        }
        !messages.is_empty()
    }
}
