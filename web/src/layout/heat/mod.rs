//! Many brokers: topic by broker as a heat map, darkness for the copies held; one topic opened into its partitions.

mod columns;
mod lens;

pub use columns::{Column, Columns, Rack};
pub use lens::{Lens, lens};

use kafkascope_core::node::{SimTime, Span};
use kafkascope_core::protocol::TopicName;
use kafkascope_core::sorted::SortedMap;
use kafkascope_core::view::{ClusterView, TopicView};

/// From so many brokers on.
pub const HEAT_FROM: usize = 21;
/// Steps of darkness.
pub const STEPS: usize = 6;
/// Height of a topic's line; where it is touched, its name stands above its cells.
const LINE: i32 = 13;
/// See [`LINE`].
const TOUCHED: i32 = 44;
/// Height of a partition's line in an open topic.
pub const PARTITION: i32 = 4;
/// Height of the bars above.
pub const BARS: i32 = 46;
/// Height of the racks' names below the bars, if there are several racks.
pub const RACKS: i32 = 18;
/// Height of the brokers' ids below them, with the heads of the columns beside.
pub const IDS: i32 = 22;
/// A rate is measured over so long at least.
const RATE_OVER: Span = Span::secs(1);
/// A lag from which on it needs attention.
pub const LAG_MUCH: i64 = 10_000;

/// Whether so many brokers are drawn as a heat map.
#[must_use]
pub fn is_heat(brokers: usize) -> bool {
    brokers >= HEAT_FROM
}

/// A topic's line.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatTopic {
    /// Its name.
    pub name: String,
    /// Its partitions.
    pub partitions: usize,
    /// Partitions without a leader.
    pub leaderless: usize,
    /// Partitions that miss a copy.
    pub short: usize,
    /// The worst distance of a group's commit from the high watermark of a partition, if a group reads it.
    pub lag: Option<i64>,
    /// Records that were safe in all its partitions, and when they were counted.
    pub counted: (i64, SimTime),
    /// Records a second, once that is known.
    pub rate: Option<i64>,
    /// Top edge.
    pub y: i32,
    /// Height of its partitions below, if it is open.
    pub open: i32,
}

impl HeatTopic {
    /// Counts anew how many records come in, if the last count was long enough ago.
    fn rated(mut self, old: Option<&HeatTopic>) -> HeatTopic {
        let Some(old) = old.filter(|old| old.counted.1 <= self.counted.1) else { return self };
        let passed = self.counted.1.since(old.counted.1);
        if passed < RATE_OVER {
            (self.counted, self.rate) = (old.counted, old.rate);
        } else {
            let (more, us) = (self.counted.0 - old.counted.0, i64::try_from(passed.0).unwrap_or(i64::MAX));
            self.rate = Some((more.max(0).saturating_mul(1_000_000) + us / 2) / us.max(1));
        }
        self
    }
}

/// The picture: shapes as paths of an SVG, so that ten thousand cells are a dozen elements.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heat {
    /// Columns.
    pub columns: Columns,
    /// Lines.
    pub topics: Vec<HeatTopic>,
    /// Cells by darkness.
    pub cells: Vec<String>,
    /// Cells of brokers that are away.
    pub away: String,
    /// Leaders and copies in an open topic.
    pub leaders: String,
    /// See `leaders`.
    pub copies: String,
    /// Rows without a leader in an open topic.
    pub dead: String,
    /// Bars: replicas held, by broker, and of those that are away.
    pub bars: String,
    /// See `bars`.
    pub bars_away: String,
    /// Height of a topic's line.
    pub line: i32,
    /// Height of all.
    pub height: i32,
}

/// Draws the cluster; `open` is the topic that is opened, `touched` whether fingers shall meet the lines, `before` the
/// map as it was.
#[must_use]
pub fn heat(
    view: &ClusterView,
    width: i32,
    open: Option<&str>,
    touched: bool,
    before: Option<&Heat>,
) -> Heat {
    let (line_h, cell_y, cell_h) = if touched { (TOUCHED, 22, 20) } else { (LINE, 0, LINE - 2) };
    let columns = Columns::new(view, width);
    let mut places = SortedMap::new();
    for (place, column) in columns.all.iter().enumerate() {
        places.insert(column.broker, place);
    }
    let of = |broker| places.get(&broker).and_then(|place| columns.all.get(*place));
    let mut heat = Heat { cells: vec![String::new(); STEPS], line: line_h, ..Heat::default() };
    let lags = lags(view);
    let mut y = BARS + IDS + if columns.racks.is_empty() { 0 } else { RACKS };
    for topic in view.topics.iter().filter(|t| !t.internal).chain(view.topics.iter().filter(|t| t.internal)) {
        let mut held: SortedMap<usize, usize> = SortedMap::new();
        for replica in topic.partitions.iter().flat_map(|p| &p.replicas) {
            if let Some(place) = places.get(&replica.broker) {
                *held.entry(*place).or_default() += 1;
            }
        }
        for (place, copies) in &held {
            let Some(column) = columns.all.get(*place) else { continue };
            let path = match heat.cells.get_mut((*copies).clamp(1, STEPS) - 1) {
                Some(path) if !column.away => path,
                _ => &mut heat.away,
            };
            rect(path, column.x, y + cell_y, column.w, cell_h);
        }
        let opened = open == Some(&*topic.name);
        let old = before.and_then(|before| before.topics.iter().find(|old| old.name == *topic.name));
        let mut line = told(topic, lags.get(&topic.name).copied(), y, view.now).rated(old);
        y += line_h;
        if opened {
            line.open = i32::try_from(topic.partitions.len()).unwrap_or(0) * PARTITION + 8;
            for (row, partition) in (0..).zip(&topic.partitions) {
                let top = y + 4 + row * PARTITION;
                if partition.leader.is_none() {
                    rect(&mut heat.dead, 0, top, width, PARTITION - 1);
                }
                for replica in &partition.replicas {
                    let Some(column) = of(replica.broker) else { continue };
                    let leads = partition.leader == Some(replica.broker);
                    let path = if leads { &mut heat.leaders } else { &mut heat.copies };
                    rect(path, column.x, top, column.w, PARTITION - 1);
                }
            }
            y += line.open;
        }
        heat.topics.push(line);
    }
    let most = view.brokers.iter().map(|b| b.holds).max().unwrap_or(1).max(1);
    for broker in &view.brokers {
        let Some(column) = of(broker.id) else { continue };
        let h = i32::try_from(u64::from(broker.holds) * 40 / u64::from(most)).unwrap_or(0).max(2);
        let path = if column.away { &mut heat.bars_away } else { &mut heat.bars };
        rect(path, column.x, BARS - h, column.w, h);
    }
    heat.columns = columns;
    heat.height = y + 8;
    heat
}

fn told(topic: &TopicView, lag: Option<i64>, y: i32, now: SimTime) -> HeatTopic {
    let leaders = topic.partitions.iter().filter_map(|p| {
        let leader = p.replicas.iter().find(|replica| Some(replica.broker) == p.leader);
        leader.map(|leader| leader.high_watermark)
    });
    HeatTopic {
        name: topic.name.to_string(),
        partitions: topic.partitions.len(),
        leaderless: topic.partitions.iter().filter(|p| p.leader.is_none()).count(),
        short: topic.partitions.iter().filter(|p| p.isr.len() < p.replicas.len()).count(),
        lag,
        counted: (leaders.sum(), now),
        rate: None,
        y,
        open: 0,
    }
}

fn lags(view: &ClusterView) -> SortedMap<TopicName, i64> {
    let mut all: SortedMap<TopicName, i64> = SortedMap::new();
    for (tp, offset) in view.groups.iter().flat_map(|g| g.committed.iter()) {
        let topic = view.topics.iter().find(|t| t.name == tp.topic);
        let partition = topic.and_then(|t| t.partitions.get(usize::try_from(tp.partition).ok()?));
        let Some(partition) = partition else { continue };
        let leader = partition.replicas.iter().find(|r| Some(r.broker) == partition.leader);
        let lag = leader.map_or(0, |r| r.high_watermark - offset);
        let worst = all.entry(tp.topic.clone()).or_default();
        *worst = lag.max(*worst);
    }
    all
}

fn rect(path: &mut String, x: i32, y: i32, w: i32, h: i32) {
    path.push_str(&format!("M{x} {y}h{w}v{h}h-{w}z"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_brokers_are_a_map() {
        assert!(!is_heat(20) && is_heat(21));
    }

    #[test]
    fn a_rate_is_measured_over_a_second_at_least() {
        let line = |count, ms: u64| HeatTopic {
            name: "orders".to_owned(),
            partitions: 1,
            leaderless: 0,
            short: 0,
            lag: None,
            counted: (count, SimTime(ms * 1_000)),
            rate: None,
            y: 0,
            open: 0,
        };
        let first = line(100, 1_000).rated(None);
        assert_eq!(first.rate, None, "one count is no rate");
        let soon = line(150, 1_400).rated(Some(&first));
        assert_eq!((soon.rate, soon.counted.0), (None, 100));
        let later = line(300, 3_000).rated(Some(&soon));
        assert_eq!((later.rate, later.counted.0), (Some(100), 300));
        let back = line(50, 500).rated(Some(&later));
        assert_eq!(back.rate, None, "another moment, another count");
    }
}
