//! A partition: one row, with its keys, its number, its replicas and its readers.

use super::icon;
use super::replica_box;
use crate::action::{Action, Selection};
use crate::layout::model::{CellModel, RowModel, common_prefix};
use crate::layout::screen::{Class, Screen};
use crate::shared::Shared;
use crate::words;
use kafkascope_core::node::BrokerId;
use yew::prelude::*;

/// See [`PartitionRow`].
#[derive(Clone, PartialEq, Properties)]
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

/// One partition.
#[component]
pub fn PartitionRow(props: &Props) -> Html {
    let Props { screen, row, .. } = props;
    let at = |column: usize| AttrValue::from(format!("{},{column}", props.index));
    let boxes = (0..screen.brokers).map(|column| {
        let broker = row.boxes.get(column).and_then(|b| b.as_ref()).map(|b| b.broker);
        let lit = broker.is_some() && (broker == props.lit_broker || props.lit);
        replica_box::replica_box(&replica_box::Props {
            screen: screen.clone(),
            row: row.clone(),
            column,
            at: at(column + 1),
            groups: props.groups.clone(),
            lit,
            tab: props.tab == Some(column + 1),
            act: props.act.clone(),
        })
    });
    let cells = row.cells.iter().take(screen.groups).enumerate().map(|(group, cell)| {
        let column = screen.brokers + 1 + group;
        let name = props.groups.get(group).cloned().unwrap_or_default();
        reader(props, group, cell, &name, at(column), props.tab == Some(column))
    });
    html! {
        <div class="row" role="row" aria-rowindex={(props.index + 1).to_string()}
            style={format!("top:{}px;height:{}px", props.y, screen.row_h)}>
            { header(props, at(0)) }
            { for boxes }
            { for cells }
        </div>
    }
}

fn header(props: &Props, at: AttrValue) -> Html {
    let Props { screen, row, .. } = props;
    let (act, partition) = (props.act.clone(), row.partition.clone());
    let onclick = Callback::from(move |_| {
        act.emit(Action::Select(Some(Selection::Partition(partition.clone(), None))))
    });
    let short = row.in_sync < row.copies;
    let middle = screen.box_y + (screen.box_h - 20) / 2;
    let phone = screen.class == Class::Phone;
    let label = format!("{} {} of {} in sync.", words::keys(row), row.in_sync, row.copies);
    let mark_y = if phone { middle + 19 } else { middle + 1 };
    html! {
        <div role="rowheader" data-at={at} {onclick} style="cursor:pointer"
            tabindex={if props.tab == Some(0) { "0" } else { "-1" }}>
            <span class="vh">{ label }</span>
            <span class="inside" aria-hidden="true">
            if screen.shows_sources() { { keys(row, screen, middle) } }
            <span class="number" style={format!("top:{middle}px;left:0;width:{}px;line-height:20px", screen.number_end)}>
                { row.partition.partition }
            </span>
            if short {
                <span class="shortmark" style={format!("left:{}px;top:{mark_y}px", screen.short_x)}>
                    { format!("{}/{}", row.in_sync, row.copies) }
                </span>
            }
            </span>
        </div>
    }
}

fn keys(row: &RowModel, screen: &Screen, middle: i32) -> Html {
    let Some(keys) = &row.keys else { return Html::default() };
    let width = screen.sources_end - screen.gutter;
    let style = format!("left:{}px;top:{middle}px;width:{width}px;height:20px", screen.gutter);
    if keys.is_empty() {
        let text = if screen.class == Class::Wide { "no key lands here" } else { "no key" };
        return html! { <span class="keys none" {style}>{ text }</span> };
    }
    let prefix = common_prefix(keys);
    let truck = keys.iter().all(|key| key.starts_with("truck"));
    let prefix = if keys.len() == 1 {
        keys.first().and_then(|k| k.rfind('-')).map_or(0, |at| at + 1)
    } else {
        prefix.len()
    };
    let room = usize::try_from((width - 20) / 7).unwrap_or(0);
    html! {
        <span class="keys" {style}>
            if truck { { icon::truck() } }
            <span>{ fitted(keys.iter().filter_map(|key| key.get(prefix..)), room) }</span>
        </span>
    }
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

fn reader(props: &Props, group: usize, cell: &CellModel, name: &str, at: AttrValue, tab: bool) -> Html {
    let Props { screen, row, .. } = props;
    let (x, w) = (screen.group_x(group), screen.group_w);
    let style = format!("left:{x}px;width:{w}px;top:0;height:{}px", screen.row_h);
    let (act, selection) = (props.act.clone(), Selection::Group(name.to_owned(), cell.member.clone()));
    let onclick = Callback::from(move |_| act.emit(Action::Select(Some(selection.clone()))));
    let class = classes!(
        "cell",
        format!("group-{group}"),
        cell.first.then_some("first"),
        cell.last.then_some("last"),
        cell.member.is_none().then_some("nobody"),
    );
    let middle = screen.box_y + (screen.box_h - 20) / 2 + 2;
    let numbers = figures(screen);
    let figures = numbers.iter().map(|(kind, right)| {
        let value = match *kind {
            "position" => cell.position,
            "commit" => cell.committed,
            _ => cell.lag,
        };
        let behind = *kind == "lag" && value.is_some_and(|lag| lag > 1);
        html! {
            <span class={classes!("n", *kind, behind.then_some("behind"))}
                style={format!("right:{right}px;top:{middle}px;line-height:18px")}>
                { value.map_or_else(|| "–".to_owned(), |n| n.to_string()) }
            </span>
        }
    });
    html! {
        <div key={format!("g{group}")} {class} role="gridcell" data-at={at} {onclick} {style}
            tabindex={if tab { "0" } else { "-1" }}>
            <span class="vh">{ words::cell(row, cell, name) }</span>
            <span class="inside" aria-hidden="true">
            if cell.first && screen.group_figures() > 1 {
                <span class="who">{ cell.member.clone().unwrap_or_default() }</span>
            }
            { for figures }
            </span>
        </div>
    }
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
