//! Flights as shapes on the stage: which line they take, and where they are on it.

use super::flight::{Flight, Kind};
use crate::layout::routes::{Point, copy_path, read_path, write_path};
use crate::layout::screen::Screen;
use kafkascope_core::node::{BrokerId, ClientId, NodeId};
use kafkascope_core::protocol::TopicPartition;
use kafkascope_core::sorted::SortedMap;
use kafkascope_core::view::{ClusterView, ProcessState};

/// On which side of the brokers a client stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It writes.
    Source,
    /// It reads, in the group of that column, or in none that is drawn.
    Reader(Option<usize>),
}

/// Where nodes stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sides {
    /// Columns of brokers.
    pub brokers: Vec<BrokerId>,
    /// Brokers whose process does not run.
    pub away: Vec<BrokerId>,
    /// Clients.
    pub clients: SortedMap<ClientId, Side>,
}

impl Sides {
    /// Reads the places off a view; `groups` are those that have a column.
    #[must_use]
    pub fn of(view: &ClusterView, groups: &[String]) -> Sides {
        let group = |name: &str| groups.iter().position(|g| g == name);
        let readers =
            view.consumers.iter().map(|c| (c.client, Side::Reader(c.group.as_deref().and_then(group))));
        let members = view.groups.iter().flat_map(|g| {
            let side = Side::Reader(group(&g.group));
            g.members.iter().filter_map(move |m| Some((m.client?, side)))
        });
        let away =
            |state| matches!(state, ProcessState::Stopped | ProcessState::Crashed | ProcessState::Paused);
        Sides {
            brokers: view.brokers.iter().map(|b| b.id).collect(),
            away: view.brokers.iter().filter(|b| away(b.state)).map(|b| b.id).collect(),
            clients: view
                .producers
                .iter()
                .map(|p| (p.client, Side::Source))
                .chain(readers)
                .chain(members)
                .collect(),
        }
    }

    fn column(&self, node: NodeId) -> Option<usize> {
        let id = node.broker()?;
        self.brokers.iter().position(|b| *b == id)
    }

    fn side(&self, node: NodeId) -> Option<Side> {
        match node {
            NodeId::Client(id) => self.clients.get(&id).copied(),
            NodeId::Broker(_) | NodeId::Controller(_) | NodeId::ZooKeeper(_) => None,
        }
    }
}

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// So many filled squares.
    Squares(u32),
    /// Two hollow chevrons.
    Chevrons,
}

/// One moving mark.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Its line.
    pub path: Vec<Point>,
    /// How far it is, 0 to 1.
    pub share: f64,
    /// What it looks like.
    pub shape: Shape,
    /// Whether nobody is there to take it.
    pub lost: bool,
    /// The message's number.
    pub id: u64,
}

/// The marks of a flight: one for each of its rows that is drawn.
#[must_use]
pub fn marks(
    flight: &Flight,
    now_us: f64,
    screen: &Screen,
    tops: &SortedMap<TopicPartition, i32>,
    sides: &Sides,
) -> Vec<Mark> {
    let share = ease(flight.share(now_us));
    let shape = |records: u32| match flight.kind {
        Kind::Records => Shape::Squares(records),
        Kind::Question => Shape::Chevrons,
    };
    let lost = flight.arrives.is_none() || flight.to.broker().is_some_and(|to| sides.away.contains(&to));
    let one = |(tp, records): &(TopicPartition, u32)| {
        let path = path(flight, screen, *tops.get(tp)?, sides)?;
        Some(Mark { path, share, shape: shape(*records), lost, id: flight.id })
    };
    flight.rows.iter().filter_map(one).collect()
}

fn path(flight: &Flight, screen: &Screen, y: i32, sides: &Sides) -> Option<Vec<Point>> {
    match (sides.column(flight.from), sides.column(flight.to)) {
        (Some(from), Some(to)) => Some(copy_path(screen, y, from, to)),
        (None, Some(to)) => match sides.side(flight.from)? {
            Side::Source => Some(write_path(screen, y, to)),
            Side::Reader(group) => {
                let mut path = read_path(screen, y, to, shown(group, screen));
                path.reverse();
                Some(path)
            }
        },
        (Some(from), None) => match sides.side(flight.to)? {
            Side::Source => None,
            Side::Reader(group) => Some(read_path(screen, y, from, shown(group, screen))),
        },
        (None, None) => None,
    }
}

fn shown(group: Option<usize>, screen: &Screen) -> Option<usize> {
    group.filter(|g| *g < screen.groups)
}

/// Slow at both ends.
fn ease(t: f64) -> f64 {
    if t < 0.5 { 2.0 * t * t } else { 1.0 - (2.0 - 2.0 * t).powi(2) / 2.0 }
}

#[cfg(test)]
mod tests {
    use super::super::flight::{Flights, tests::message};
    use super::*;

    fn place() -> (Screen, SortedMap<TopicPartition, i32>, Sides) {
        let screen = Screen::new(1440, 900, 3, 2);
        let tops = SortedMap::from([(TopicPartition::new("trucks_gps", 7), 300)]);
        let clients = SortedMap::from([(ClientId(1), Side::Source), (ClientId(2), Side::Reader(Some(1)))]);
        (screen, tops, Sides { brokers: vec![101, 102, 103], away: vec![103], clients })
    }

    fn one(from: NodeId, to: NodeId, records: u32) -> Vec<Mark> {
        let (screen, tops, sides) = place();
        let mut flights = Flights::default();
        flights.send(&message(1, from, to, 0, records));
        flights.all().iter().flat_map(|f| marks(f, 500.0, &screen, &tops, &sides)).collect()
    }

    #[test]
    fn records_go_to_readers_and_questions_come_from_them() {
        let (leader, reader) = (NodeId::Broker(102), NodeId::Client(ClientId(2)));
        let answer = one(leader, reader, 3);
        let question = one(reader, leader, 0);
        let (Some(answer), Some(question)) = (answer.first(), question.first()) else {
            panic!("both are drawn")
        };
        assert_eq!((answer.shape, question.shape), (Shape::Squares(3), Shape::Chevrons));
        assert_eq!(answer.path.last(), question.path.first(), "both end at the second group's edge");
        assert!((answer.share - 0.5).abs() < 0.01);
    }

    #[test]
    fn nobody_takes_what_goes_to_a_machine_that_is_gone() {
        assert!(one(NodeId::Broker(102), NodeId::Broker(103), 1).iter().all(|m| m.lost));
        assert!(one(NodeId::Broker(101), NodeId::Broker(102), 1).iter().all(|m| !m.lost));
    }

    #[test]
    fn controllers_and_strangers_have_no_line() {
        assert!(one(NodeId::Controller(1), NodeId::Broker(101), 1).is_empty());
        assert!(one(NodeId::Client(ClientId(99)), NodeId::Broker(101), 1).is_empty());
    }
}
