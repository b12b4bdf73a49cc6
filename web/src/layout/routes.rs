//! The lines of the stage: where records and questions travel.
//!
//! Each row has two lines: above its boxes the clients' line, where records enter from the left and leave to the
//! right, and below them the replication line between the machines.

use super::model::RowModel;
use super::screen::Screen;
use kafkascope_core::node::BrokerId;
use std::fmt::Write;

/// A point of the matrix.
pub type Point = (f64, f64);

/// Height of the clients' line of a row.
#[must_use]
pub fn client_line(screen: &Screen, row_y: i32) -> i32 {
    row_y + screen.box_y - 6
}

/// Height of the replication line of a row.
#[must_use]
pub fn replica_line(screen: &Screen, row_y: i32) -> i32 {
    row_y + screen.box_y + screen.box_h + 3
}

/// From the sources into the box of the leader.
#[must_use]
pub fn write_path(screen: &Screen, row_y: i32, leader: usize) -> Vec<Point> {
    let (y, into) = (client_line(screen, row_y), screen.box_x(leader) + 10);
    points(&[(screen.sources_end, y), (into, y), (into, row_y + screen.box_y)])
}

/// From the box of the leader to a group; `None` is the edge of the area of readers.
#[must_use]
pub fn read_path(screen: &Screen, row_y: i32, leader: usize, group: Option<usize>) -> Vec<Point> {
    let (y, from) = (client_line(screen, row_y), screen.box_x(leader) + screen.box_w - 10);
    let to = group.map_or(screen.groups_x, |group| screen.group_x(group));
    points(&[(from, row_y + screen.box_y), (from, y), (to, y)])
}

/// From one replica of a row to another.
#[must_use]
pub fn copy_path(screen: &Screen, row_y: i32, from: usize, to: usize) -> Vec<Point> {
    let y = replica_line(screen, row_y);
    let below = row_y + screen.box_y + screen.box_h;
    let inset = 16.min(screen.box_w / 5);
    let (left, right) = (screen.box_x(from) + inset, screen.box_x(from) + screen.box_w - inset);
    let start = if from < to { right } else { left };
    let (left, right) = (screen.box_x(to) + inset, screen.box_x(to) + screen.box_w - inset);
    let end = if from < to { left } else { right };
    points(&[(start, below), (start, y), (end, y), (end, below)])
}

/// On a phone there is no room for it. A row's standing route as the data of an SVG path: sources to leader, leader to readers. Arrowheads are small
/// triangles of the second path.
#[must_use]
pub fn standing(screen: &Screen, row_y: i32, row: &RowModel, brokers: &[BrokerId]) -> (String, String) {
    let (mut lines, mut heads) = (String::new(), String::new());
    let leader = row.leader.and_then(|leader| brokers.iter().position(|b| *b == leader));
    let Some(leader) = leader.filter(|_| screen.shows_sources()) else { return (lines, heads) };
    let y = client_line(screen, row_y);
    let top = row_y + screen.box_y;
    if row.written {
        let into = screen.box_x(leader) + 10;
        let _ = write!(lines, "M{} {y}H{}q4 0 4 4", screen.sources_end, into - 4);
        let _ = write!(heads, "M{} {}h6l-3 4z", into - 3, top - 4);
    }
    let mut left = screen.box_x(leader) + screen.box_w - 10;
    let mut begun = false;
    for (group, cell) in row.cells.iter().enumerate() {
        if cell.member.is_none() {
            continue;
        }
        let to = screen.group_x(group);
        if begun {
            let _ = write!(lines, "M{left} {y}H{}", to - 4);
        } else {
            let _ = write!(lines, "M{left} {top}v-2q0 -4 4 -4H{}", to - 4);
        }
        let _ = write!(heads, "M{} {}v6l4 -3z", to - 5, y - 3);
        begun = true;
        left = to + screen.group_w;
    }
    (lines, heads)
}

/// The point at a share of a path's length, 0 to 1, and the direction there.
#[must_use]
pub fn along(path: &[Point], share: f64) -> Option<(Point, Point)> {
    let total: f64 = path.windows(2).map(length).sum();
    let mut left = total * share.clamp(0.0, 1.0);
    let mut last = None;
    for pair in path.windows(2) {
        let [a, b] = pair else { continue };
        let size = length(pair);
        if size <= 0.0 {
            continue;
        }
        let direction = ((b.0 - a.0) / size, (b.1 - a.1) / size);
        if left <= size {
            return Some(((a.0 + direction.0 * left, a.1 + direction.1 * left), direction));
        }
        left -= size;
        last = Some((*b, direction));
    }
    last
}

fn length(pair: &[Point]) -> f64 {
    match pair {
        [a, b] => (b.0 - a.0).hypot(b.1 - a.1),
        _ => 0.0,
    }
}

fn points(all: &[(i32, i32)]) -> Vec<Point> {
    all.iter().map(|(x, y)| (f64::from(*x), f64::from(*y) + 0.5)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_moves_along_its_path_from_end_to_end() {
        let path = vec![(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)];
        assert_eq!(along(&path, 0.0), Some(((0.0, 0.0), (1.0, 0.0))));
        assert_eq!(along(&path, 0.75), Some(((10.0, 5.0), (0.0, 1.0))));
        assert_eq!(along(&path, 2.0).map(|(at, _)| at), Some((10.0, 10.0)));
        assert_eq!(along(&[], 0.5), None);
    }

    #[test]
    fn copies_travel_towards_the_follower() {
        let screen = Screen::new(1440, 900, 3, 2);
        let right = copy_path(&screen, 100, 0, 2);
        let left = copy_path(&screen, 100, 2, 0);
        assert!(right.first().map(|p| p.0) < right.last().map(|p| p.0));
        assert!(left.first().map(|p| p.0) > left.last().map(|p| p.0));
    }
}
