//! A partition: one row, with its keys, its number, its replicas and its readers.

use super::icon;
use super::replica_box;
use crate::action::{Action, Selection};
use crate::components::twin;
use crate::layout::model::{CellModel, RowModel, common_prefix};
use crate::layout::screen::{Class, Screen};
use crate::markup::{act, classes, each, markup, stop};
use crate::part::Part;
use crate::shared::Shared;
use kafkascope_core::node::BrokerId;
use std::rc::Rc;
use yew::prelude::*;

/// See the module.
#[derive(PartialEq)]
pub struct Props {
    /// The screen.
    pub screen: Shared<Screen>,
    /// The partition.
    pub row: Shared<RowModel>,
    /// Top edge.
    pub y: i32,
    /// Its number among the rows of the grid.
    pub index: usize,
    /// Names of the groups.
    pub groups: Shared<Vec<String>>,
    /// Whether the whole row is looked at.
    pub lit: bool,
    /// The replica looked at.
    pub lit_broker: Option<BrokerId>,
    /// The column to which Tab leads, if it is in this row.
    pub tab: Option<usize>,
    /// Where actions go.
    pub act: Callback<Action>,
}

impl Part for Props {
    type Own = ();

    fn draw(&self, _own: &Rc<()>, _again: &Callback<()>) -> Html {
        row(self)
    }
}

/// One partition.
fn row(props: &Props) -> Html {
    let Props { screen, row, .. } = props;
    let at = |column: usize| format!("{},{column}", props.index);
    let boxes = each(0..screen.brokers, |column| {
        let broker = row.boxes.get(column).and_then(|b| b.as_ref()).map(|b| b.broker);
        let lit = broker.is_some() && (broker == props.lit_broker || props.lit);
        replica_box::replica_box(replica_box::Props {
            screen,
            row,
            column,
            at: at(column + 1),
            groups: &props.groups,
            lit,
            tab: props.tab == Some(column + 1),
            act: &props.act,
        })
    });
    let cells = each(row.cells.iter().take(screen.groups).enumerate(), |(group, cell)| {
        let column = screen.brokers + 1 + group;
        let name = props.groups.get(group).map_or("", |name| name);
        reader(props, group, cell, name, at(column), props.tab == Some(column))
    });
    markup!(
        "<div class='row' role='row' aria-rowindex={number} style={style}>{header}{boxes}{cells}{handed}</div>",
        number = props.index + 1,
        style = format!("top:{}px;height:{}px", props.y, screen.row_h),
        header = header(props, at(0)),
        boxes,
        cells,
        handed = handed(screen, row),
    )
}

/// The way of a leadership that has just moved, drawn once from the old leader to the new one.
fn handed(screen: &Screen, row: &RowModel) -> Option<Html> {
    let (from, _) = row.handed_over?;
    let to = row.boxes.iter().position(|b| b.as_ref().is_some_and(|b| b.leads))?;
    let (a, b) = (screen.box_x(from) + 10, screen.box_x(to) + 10);
    Some(markup!(
        "<i key='handed' class={class} style={style} aria-hidden='true'/>",
        class = if a <= b { "handed right" } else { "handed left" },
        style = format!(
            "left:{}px;width:{}px;top:{}px",
            a.min(b),
            (b - a).abs(),
            screen.box_y + screen.box_h + 3
        ),
    ))
}

fn header(props: &Props, at: String) -> Html {
    let Props { screen, row, .. } = props;
    let middle = screen.box_y + (screen.box_h - 20) / 2;
    let phone = screen.class == Class::Phone;
    let short = (row.in_sync < row.copies).then(|| {
        let mark_y = if phone { middle + 19 } else { middle + 1 };
        markup!(
            "<span class='shortmark' style={style}>{count}</span>",
            style = format!("left:{}px;top:{mark_y}px", screen.short_x),
            count = format!("{}/{}", row.in_sync, row.copies),
        )
    });
    markup!(
        "<div role='rowheader' data-at={at} onclick={select} style='cursor:pointer' tabindex={stop}>\
            <span class='vh'>{label}</span>\
            <span class='inside' aria-hidden='true'>\
                {keys}<span class='number' style={style}>{number}</span>{short}\
            </span>\
        </div>",
        at,
        select = act(&props.act, Action::Select(Some(Selection::Partition(row.partition.clone(), None)))),
        stop = stop(props.tab == Some(0)),
        label = format!("{} {} of {} in sync.", twin::keys(row), row.in_sync, row.copies),
        keys = screen.shows_sources().then(|| keys(row, screen, middle)),
        style = format!("top:{middle}px;left:0;width:{}px;line-height:20px", screen.number_end),
        number = row.partition.partition,
        short,
    )
}

fn keys(row: &RowModel, screen: &Screen, middle: i32) -> Html {
    let Some(keys) = &row.keys else { return Html::default() };
    let width = screen.sources_end - screen.gutter;
    let style = format!("left:{}px;top:{middle}px;width:{width}px;height:20px", screen.gutter);
    if keys.is_empty() {
        let text = if screen.class == Class::Wide { "no key lands here" } else { "no key" };
        return markup!("<span class='keys none' style={style}>{text}</span>", style, text);
    }
    let prefix = common_prefix(keys);
    let truck = keys.iter().all(|key| key.starts_with("truck"));
    let prefix = if keys.len() == 1 {
        keys.first().and_then(|k| k.rfind('-')).map_or(0, |at| at + 1)
    } else {
        prefix.len()
    };
    let room = usize::try_from((width - 20) / 7).unwrap_or(0);
    markup!(
        "<span class='keys' style={style}>{truck}<span>{keys}</span></span>",
        style,
        truck = truck.then(icon::truck),
        keys = fitted(keys.iter().filter_map(|key| key.get(prefix..)), room),
    )
}

/// As many keys as fit; the others are counted.
fn fitted<'a>(keys: impl Iterator<Item = &'a str>, room: usize) -> String {
    let all: Vec<&str> = keys.collect();
    let whole = all.join(" ");
    if whole.chars().count() <= room {
        return whole;
    }
    let mut text = String::new();
    for (index, key) in all.iter().enumerate() {
        let left = all.len() - index - 1;
        let reserve = if left > 0 { 4 } else { 0 };
        if !text.is_empty() && text.chars().count() + 1 + key.chars().count() + reserve > room {
            text.push_str(&format!(" +{}", left + 1));
            break;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        if key.chars().count() > room {
            text.extend(key.chars().take(room.saturating_sub(1)));
            text.push('…');
        } else {
            text.push_str(key);
        }
    }
    text
}

fn reader(props: &Props, group: usize, cell: &CellModel, name: &str, at: String, tab: bool) -> Html {
    let Props { screen, row, .. } = props;
    let (x, w) = (screen.group_x(group), screen.group_w);
    let middle = screen.box_y + (screen.box_h - 20) / 2 + 2;
    let figures = (cell.member.is_some() || cell.committed.is_some()).then(|| {
        each(figures(screen), |(kind, right)| {
            let value = match *kind {
                "position" => cell.position,
                "commit" => cell.committed,
                _ => cell.lag,
            };
            let behind = *kind == "lag" && value.is_some_and(|lag| lag > 1);
            markup!(
                "<span class={class} style={style}>{value}</span>",
                class = classes(&[("n", true), (kind, true), ("behind", behind)]),
                style = format!("right:{right}px;top:{middle}px;line-height:18px"),
                value = value.map_or_else(|| "–".to_owned(), |n| n.to_string()),
            )
        })
    });
    let who = cell.first && screen.group_figures() > 1;
    let class = classes(&[
        ("cell", true),
        (&format!("group-{group}"), true),
        ("first", cell.first),
        ("last", cell.last),
        ("nobody", cell.member.is_none()),
        ("moved", cell.moved.is_some()),
        ("waits", cell.waits),
    ]);
    markup!(
        "<div key={group} class={class} role='gridcell' data-at={at} onclick={select} style={style} tabindex={stop}>\
            <span class='vh'>{said}</span>\
            <span class='inside' aria-hidden='true'>{who}{figures}</span>\
        </div>",
        group = format!("g{group}"),
        class,
        at,
        select =
            act(&props.act, Action::Select(Some(Selection::Group(name.to_owned(), cell.member.clone())))),
        style = format!("left:{x}px;width:{w}px;top:0;height:{}px", screen.row_h),
        stop = stop(tab),
        said = twin::cell(row, cell, name),
        who = who.then(|| {
            markup!("<span class='who'>{who}</span>", who = cell.member.clone().unwrap_or_default())
        }),
        figures,
    )
}

/// The figures of a group's column, with the distance of each from the column's right edge.
#[must_use]
pub fn figures(screen: &Screen) -> &'static [(&'static str, i32)] {
    match screen.group_figures() {
        3 => &[("position", 81), ("commit", 39), ("lag", 11)],
        2 => &[("position", 36), ("lag", 9)],
        _ => &[("lag", 8)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_do_not_fit_are_counted() {
        assert_eq!(fitted(["06", "13", "19"].into_iter(), 15), "06 13 19");
        assert_eq!(fitted(["01", "02", "03", "04", "05", "06"].into_iter(), 12), "01 02 03 +3");
        assert_eq!(fitted(["a-very-long-key"].into_iter(), 6), "a-ver…");
    }
}
