//! Many brokers: topic by broker as a heat map, darkness for the copies held; one topic opened into its partitions.

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
    /// The worst distance of a group's commit from the high watermark of a partition.
    pub lag: i64,
    /// Top edge.
    pub y: i32,
    /// Height of its partitions below, if it is open.
    pub open: i32,
}

/// The picture: shapes as paths of an SVG, so that ten thousand cells are a dozen elements.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heat {
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

/// Left edge of a broker's column of a map that is so wide.
#[must_use]
pub fn column_x(width: i32, brokers: usize, column: usize) -> i32 {
    let (count, column) = (i64::try_from(brokers.max(1)), i64::try_from(column));
    let (Ok(count), Ok(column)) = (count, column) else { return 0 };
    i32::try_from(i64::from(width) * column / count).unwrap_or(0)
}

/// The column at a place of the map.
#[must_use]
pub fn column_at(width: i32, brokers: usize, x: i32) -> Option<usize> {
    (0..brokers).rev().find(|column| column_x(width, brokers, *column) <= x)
}

/// Draws the cluster; `open` is the topic that is opened, `touched` whether fingers shall meet the lines.
#[must_use]
pub fn heat(view: &ClusterView, width: i32, open: Option<&str>, touched: bool) -> Heat {
    let (line_h, cell_y, cell_h) = if touched { (TOUCHED, 22, 20) } else { (LINE, 0, LINE - 2) };
    let count = view.brokers.len();
    let mut columns = SortedMap::new();
    for (column, broker) in view.brokers.iter().enumerate() {
        columns.insert(broker.id, column);
    }
    let x = |column: usize| column_x(width, count, column);
    let w = |column: usize| (x(column + 1) - x(column) - 1).max(2);
    let away = |column: usize| {
        view.brokers.get(column).is_some_and(|b| b.state != kafkascope_core::view::ProcessState::Up)
    };
    let mut heat = Heat { cells: vec![String::new(); STEPS], line: line_h, ..Heat::default() };
    let lags = lags(view);
    let mut y = BARS + 22;
    for topic in view.topics.iter().filter(|t| !t.internal).chain(view.topics.iter().filter(|t| t.internal)) {
        let mut held: SortedMap<usize, usize> = SortedMap::new();
        for replica in topic.partitions.iter().flat_map(|p| &p.replicas) {
            if let Some(column) = columns.get(&replica.broker) {
                *held.entry(*column).or_default() += 1;
            }
        }
        for (column, copies) in &held {
            let path = match heat.cells.get_mut((*copies).clamp(1, STEPS) - 1) {
                Some(path) if !away(*column) => path,
                _ => &mut heat.away,
            };
            rect(path, x(*column), y + cell_y, w(*column), cell_h);
        }
        let opened = open == Some(&*topic.name);
        let mut line = told(topic, lags.get(&topic.name).copied().unwrap_or(0), y);
        y += line_h;
        if opened {
            line.open = i32::try_from(topic.partitions.len()).unwrap_or(0) * PARTITION + 8;
            for (row, partition) in (0..).zip(&topic.partitions) {
                let top = y + 4 + row * PARTITION;
                if partition.leader.is_none() {
                    rect(&mut heat.dead, 0, top, width, PARTITION - 1);
                }
                for replica in &partition.replicas {
                    let Some(column) = columns.get(&replica.broker) else { continue };
                    let leads = partition.leader == Some(replica.broker);
                    let path = if leads { &mut heat.leaders } else { &mut heat.copies };
                    rect(path, x(*column), top, w(*column), PARTITION - 1);
                }
            }
            y += line.open;
        }
        heat.topics.push(line);
    }
    let most = view.brokers.iter().map(|b| b.holds).max().unwrap_or(1).max(1);
    for (column, broker) in view.brokers.iter().enumerate() {
        let h = i32::try_from(u64::from(broker.holds) * 40 / u64::from(most)).unwrap_or(0).max(2);
        let path = if away(column) { &mut heat.bars_away } else { &mut heat.bars };
        rect(path, x(column), BARS - h, w(column), h);
    }
    heat.height = y + 8;
    heat
}

fn told(topic: &TopicView, lag: i64, y: i32) -> HeatTopic {
    HeatTopic {
        name: topic.name.to_string(),
        partitions: topic.partitions.len(),
        leaderless: topic.partitions.iter().filter(|p| p.leader.is_none()).count(),
        short: topic.partitions.iter().filter(|p| p.isr.len() < p.replicas.len()).count(),
        lag,
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
    fn every_place_of_the_map_belongs_to_one_broker() {
        for (width, brokers) in [(670, 100), (300, 200), (900, 21)] {
            for column in 0..brokers {
                let x = column_x(width, brokers, column);
                assert_eq!(column_at(width, brokers, x), Some(column), "{width} px, column {column}");
            }
            assert!(column_x(width, brokers, brokers) <= width);
        }
        assert!(!is_heat(20) && is_heat(21));
    }
}
