//! The columns of the map: one for each broker, those of a rack side by side.

use kafkascope_core::node::BrokerId;
use kafkascope_core::view::{ClusterView, ProcessState};

/// Between racks.
const RACK_GAP: i32 = 9;
/// An id is written below every so many columns of a rack.
const EVERY: usize = 10;

/// A broker's column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The broker.
    pub broker: BrokerId,
    /// Left edge.
    pub x: i32,
    /// Width, without the gap to the next one.
    pub w: i32,
    /// Whether its broker is not up.
    pub away: bool,
    /// Whether its id stands below it.
    pub labelled: bool,
}

/// The columns of a rack.
#[derive(Clone, Debug, PartialEq)]
pub struct Rack {
    /// Its name.
    pub name: String,
    /// Left edge.
    pub x: i32,
    /// Width.
    pub w: i32,
}

/// All columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// From left to right.
    pub all: Vec<Column>,
    /// The racks, if there are several.
    pub racks: Vec<Rack>,
}

impl Columns {
    /// The columns of a map that is so wide.
    #[must_use]
    pub fn new(view: &ClusterView, width: i32) -> Columns {
        let mut order: Vec<(Option<&str>, BrokerId, bool)> = Vec::new();
        for broker in &view.brokers {
            order.push((broker.rack.as_deref(), broker.id, broker.state != ProcessState::Up));
        }
        kafkascope_core::sorted::sort_by(&mut order, |a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        let changes = order.windows(2).filter(|pair| pair[0].0 != pair[1].0).count();
        let count = i32::try_from(order.len()).unwrap_or(i32::MAX).max(1);
        // Gaps are for those that have room for them.
        let gap = if changes > 0 && count < width / 4 { RACK_GAP } else { 0 };
        let room = i64::from(width - gap * i32::try_from(changes).unwrap_or(0));
        let mut columns = Columns::default();
        let (mut shift, mut in_rack) = (0, 0);
        for (place, (rack, broker, away)) in order.iter().enumerate() {
            if place > 0 && order.get(place - 1).is_some_and(|(before, ..)| before != rack) {
                (shift, in_rack) = (shift + gap, 0);
            }
            let edge = |place: usize| {
                let place = i64::try_from(place).unwrap_or(0);
                i32::try_from(room * place / i64::from(count)).unwrap_or(0)
            };
            let (x, end) = (shift + edge(place), shift + edge(place + 1));
            if in_rack == 0 && changes > 0 {
                columns.racks.push(Rack { name: rack.unwrap_or("none").to_owned(), x, w: 0 });
            }
            if let Some(last) = columns.racks.last_mut() {
                last.w = end - 1 - last.x;
            }
            let labelled = in_rack % EVERY == 0;
            columns.all.push(Column { broker: *broker, x, w: (end - x - 1).max(2), away: *away, labelled });
            in_rack += 1;
        }
        columns
    }

    /// The column of a broker.
    #[must_use]
    pub fn of(&self, broker: BrokerId) -> Option<&Column> {
        self.all.iter().find(|column| column.broker == broker)
    }

    /// The column at a place of the map.
    #[must_use]
    pub fn at(&self, x: i32) -> Option<&Column> {
        self.all.iter().rfind(|column| column.x <= x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kafkascope_core::view::BrokerView;

    fn view(brokers: i32, racks: &[&str]) -> ClusterView {
        let broker = |id: i32| BrokerView {
            id: 101 + id,
            endpoint: String::new(),
            rack: usize::try_from(id)
                .ok()
                .and_then(|id| racks.get(id.checked_rem(racks.len())?))
                .map(|rack| (*rack).to_owned()),
            is_controller: false,
            state: ProcessState::Up,
            since: kafkascope_core::node::SimTime(0),
            epoch: 1,
            leads: 0,
            holds: 0,
            last_heartbeat: None,
            session_ends: None,
            disk_delay: kafkascope_core::node::Span(0),
        };
        ClusterView { brokers: (0..brokers).map(broker).collect(), ..ClusterView::default() }
    }

    #[test]
    fn every_place_of_the_map_belongs_to_one_broker() {
        for (width, brokers) in [(670, 100), (300, 200), (900, 21)] {
            for racks in [&[][..], &["a", "b", "c"][..]] {
                let columns = Columns::new(&view(brokers, racks), width);
                assert_eq!(columns.all.len(), usize::try_from(brokers).unwrap_or(0));
                for column in &columns.all {
                    assert_eq!(columns.at(column.x).map(|it| it.broker), Some(column.broker), "{width} px");
                    assert!(column.x + column.w <= width + 2, "{width} px");
                }
            }
        }
    }

    #[test]
    fn the_brokers_of_a_rack_stand_side_by_side() {
        let columns = Columns::new(&view(30, &["b", "a"]), 700);
        assert_eq!(columns.racks.iter().map(|rack| &*rack.name).collect::<Vec<_>>(), ["a", "b"]);
        let first: Vec<i32> = columns.all.iter().take(3).map(|it| it.broker).collect();
        assert_eq!(first, [102, 104, 106]);
        let [a, b] = columns.racks.as_slice() else { panic!("two racks") };
        assert!(a.x + a.w < b.x, "with a gap between them");
        assert!(Columns::new(&view(30, &["a"]), 700).racks.is_empty(), "one rack need not be named");
    }
}
