//! What stands below the heads, from top to bottom: a band for each topic and, if it is open, its rows.

use super::model::{RowModel, StageModel, TopicModel};
use super::screen::{Class, Screen};
use crate::shared::Shared;
use kafkascope_core::protocol::TopicPartition;
use kafkascope_core::sorted::{SortedMap, SortedSet};

/// Rows of one topic that are drawn; more are told in words.
pub const MOST_ROWS: usize = 60;

/// One thing below the heads.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A topic's band.
    Band {
        /// The topic.
        topic: Shared<TopicModel>,
        /// Whether its rows are shown.
        open: bool,
    },
    /// A partition.
    Row(Shared<RowModel>),
    /// So many further rows of this topic are not drawn.
    More(usize),
}

/// An item with its top edge within the matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Top edge.
    pub y: i32,
    /// Height.
    pub h: i32,
    /// What stands there.
    pub item: Item,
}

/// Places everything below the heads. `toggled` names the topics whose band was clicked: ordinary topics are open
/// and internal ones closed until then. On a phone only one topic is open.
#[must_use]
pub fn places(model: &StageModel, screen: &Screen, toggled: &SortedSet<String>) -> Vec<Place> {
    let mut y = screen.rows_y();
    let mut all = Vec::new();
    let mut push = |h: i32, item: Item| {
        all.push(Place { y, h, item });
        y += h;
    };
    let mut opened = false;
    for topic in &model.topics {
        let mut open = !topic.internal ^ toggled.contains(&topic.name);
        if screen.class == Class::Phone {
            open = open && !opened;
        }
        opened |= open;
        push(screen.band_h, Item::Band { topic: topic.clone(), open });
        if open {
            for row in topic.rows.iter().take(MOST_ROWS) {
                push(screen.row_h, Item::Row(row.clone()));
            }
            if topic.rows.len() > MOST_ROWS {
                push(screen.band_h, Item::More(topic.rows.len() - MOST_ROWS));
            }
        }
    }
    all
}

/// Top edges of the rows that are drawn, for the marks that move along them.
#[must_use]
pub fn row_tops(places: &[Place]) -> SortedMap<TopicPartition, i32> {
    places
        .iter()
        .filter_map(|place| match &place.item {
            Item::Row(row) => Some((row.partition.clone(), place.y)),
            Item::Band { .. } | Item::More(_) => None,
        })
        .collect()
}

/// Where the last thing ends.
#[must_use]
pub fn bottom(places: &[Place], screen: &Screen) -> i32 {
    places.last().map_or(screen.rows_y() + 3 * screen.row_h, |last| last.y + last.h)
}
