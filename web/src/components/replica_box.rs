//! A replica: one box with its log as slots.

use super::icon;
use crate::action::{Action, Selection};
use crate::layout::model::{BoxModel, RowModel};
use crate::layout::screen::Screen;
use crate::layout::window::{Slots, digits};
use crate::markup::{act, classes, each, listed, markup, stop};
use crate::words;
use yew::prelude::*;

/// See [`replica_box`].
pub struct Props<'a> {
    /// The screen.
    pub screen: &'a Screen,
    /// The row it stands in.
    pub row: &'a RowModel,
    /// Its column.
    pub column: usize,
    /// Its place in the grid of the stage, for the keyboard: `row,column`.
    pub at: String,
    /// Names of the groups.
    pub groups: &'a [String],
    /// Whether it is looked at or named by an event.
    pub lit: bool,
    /// Whether Tab leads here.
    pub tab: bool,
    /// Where actions go.
    pub act: &'a Callback<Action>,
}

/// One replica.
pub fn replica_box(props: Props<'_>) -> Html {
    let Props { screen, row, at, .. } = props;
    let x = screen.box_x(props.column);
    let style =
        format!("left:{x}px;width:{}px;top:{}px;height:{}px", screen.box_w, screen.box_y, screen.box_h);
    let stop = stop(props.tab);
    let Some(Some(replica)) = row.boxes.get(props.column) else {
        return markup!(
            "<div class='nocopy' role='gridcell' data-at={at} tabindex={stop} style={style}>\
                <span class='vh'>{said}</span><span aria-hidden='true'>–</span>\
            </div>",
            at,
            stop,
            style,
            said = format!("No copy of {} here.", row.partition),
        );
    };
    let class = classes(&[
        ("box", true),
        ("leads", replica.leads),
        ("late", !replica.in_sync && replica.online),
        ("away", !replica.online),
        ("lit", props.lit),
    ]);
    let tp = &row.partition;
    markup!(
        "<div class={class} role='gridcell' data-testid={test} data-at={at} onclick={select} tabindex={stop} \
            style={style}>\
            <span class='vh'>{said}</span>\
            <span class='inside' aria-hidden='true'>{crown}{slots}{readers}{none}</span>\
        </div>",
        class,
        test = format!("replica-{}-{}-{}", tp.topic, tp.partition, replica.broker),
        at,
        select = act(props.act, Action::Select(Some(Selection::Partition(tp.clone(), Some(replica.broker))))),
        stop,
        style,
        said = words::replica(row, replica, props.groups),
        crown = crown(replica, screen),
        slots = slots(row, replica, screen),
        readers = readers(row, replica, screen),
        none = (row.leader.is_none() && replica.preferred)
            .then(|| markup!("<span class='noleader'>no leader</span>")),
    )
}

fn crown(replica: &BoxModel, screen: &Screen) -> Option<Html> {
    (replica.leads || replica.preferred).then(|| {
        markup!(
            "<span class={class} style={top}>{crown}</span>",
            class = if replica.leads { "crown" } else { "crown meant" },
            top = format!("top:{}px", (screen.box_h - 14) / 2 - 1),
            crown = icon::crown(replica.leads),
        )
    })
}

fn slots(row: &RowModel, replica: &BoxModel, screen: &Screen) -> Html {
    let slots = Slots::for_box(screen.box_w);
    let width = slots.pitch - 1;
    let top = if replica.leads { 2 } else { 4 };
    let mut all = Vec::new();
    let shown = (row.start.max(replica.first)..replica.end).take(usize::try_from(slots.count).unwrap_or(0));
    for offset in shown {
        let Some(x) = slots.x(row.start, offset) else { continue };
        all.push(markup!(
            "<span key={offset} class={class} style={style}>{digits}</span>",
            offset,
            class = classes(&[
                ("slot", true),
                ("open", offset >= replica.safe),
                ("epoch", replica.epoch_from == Some(offset)),
            ]),
            style = format!("left:{x}px;top:{top}px;width:{width}px"),
            digits = replica.leads.then(|| digits(offset)),
        ));
    }
    if let Some(x) = slots.x(row.start, replica.end) {
        all.push(markup!(
            "<span key='next' class='slot next' style={style}>{digits}</span>",
            style = format!("left:{x}px;top:{top}px;width:{width}px"),
            digits = digits(replica.end),
        ));
    }
    let struck = replica.struck.map_or(replica.end, |(end, _)| end);
    for offset in (replica.end.max(row.start)..struck).take(usize::try_from(slots.count).unwrap_or(0)) {
        let Some(x) = slots.x(row.start, offset) else { continue };
        all.push(markup!(
            "<span key={key} class='slot struck' style={style}>{digits}</span>",
            key = format!("struck{offset}"),
            style = format!("left:{x}px;top:{top}px;width:{width}px"),
            digits = digits(offset),
        ));
    }
    if replica.online {
        let x = slots.x_clamped(row.start, replica.safe) - 2;
        let (top, height) = if replica.leads { (0, 19) } else { (3, 17) };
        all.push(markup!(
            "<i key='safe' class={class} style={style}/>",
            class = if replica.leads { "safe flag" } else { "safe" },
            style = format!("left:{x}px;top:{top}px;height:{height}px"),
        ));
    }
    listed(all)
}

fn readers(row: &RowModel, replica: &BoxModel, screen: &Screen) -> Html {
    let slots = Slots::for_box(screen.box_w);
    each(replica.readers.iter().enumerate(), |(index, (group, offset))| {
        // Marks at the same offset stand side by side.
        let same = replica.readers.iter().take(index).filter(|(_, other)| other == offset).count();
        let shift = i32::try_from(same).unwrap_or(0) * 8;
        let x = slots.x_clamped(row.start, *offset) + 1 + shift;
        let behind = *offset < row.start;
        let x = if behind { 12 + shift } else { x };
        markup!(
            "<span key={group} class={class} style={style}>{mark}</span>",
            group = *group,
            class = format!("reader group-{group}"),
            style = format!("left:{x}px;bottom:-1px"),
            mark = icon::group(*group),
        )
    })
}
