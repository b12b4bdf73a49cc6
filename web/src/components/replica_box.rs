//! A replica: one box with its log as slots.

use super::icon;
use crate::action::{Action, Selection};
use crate::components::twin;
use crate::layout::model::{BoxModel, RowModel};
use crate::layout::screen::Screen;
use crate::layout::window::{Slots, digits};
use crate::markup::{Value, classes, listed, markup, on, stop};
use kafkascope_core::node::BrokerId;
use kafkascope_core::protocol::TopicPartition;
use kafkascope_core::view::Mark;
use wasm_bindgen::JsCast;
use web_sys::Element;
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
        select = select(props.act, tp, replica.broker),
        stop,
        style,
        said = twin::replica(row, replica, props.groups),
        crown = crown(replica, screen),
        slots = slots(row, replica, screen),
        readers = readers(row, replica, screen),
        none = (row.leader.is_none() && replica.preferred)
            .then(|| markup!("<span class='noleader'>no leader</span>")),
    )
}

/// A click on a record inspects that, where a pointer is fine enough to meet it; beside the records, the replica.
fn select(act: &Callback<Action>, tp: &TopicPartition, broker: BrokerId) -> Value {
    let (act, tp) = (act.clone(), tp.clone());
    on(move |event: Event| {
        let slot = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let offset = slot.and_then(|slot| slot.get_attribute("data-offset")?.parse().ok());
        act.emit(Action::Select(Some(match offset {
            Some(offset) => Selection::Record(tp.clone(), offset),
            None => Selection::Partition(tp.clone(), Some(broker)),
        })));
    })
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
        let mark = replica.marks.iter().find(|(base, end, _)| *base <= offset && offset < *end);
        let mark = mark.map(|(_, _, mark)| *mark);
        all.push(markup!(
            "<span key={offset} class={class} style={style} data-offset={number}>{digits}</span>",
            offset,
            class = classes(&[
                ("slot", true),
                ("open", offset >= replica.safe),
                ("epoch", replica.epoch_from == Some(offset)),
                ("dropped", mark == Some(Mark::Aborted)),
                ("control", mark.is_some_and(Mark::is_control)),
            ]),
            style = format!("left:{x}px;top:{top}px;width:{width}px"),
            number = offset,
            digits = match mark {
                Some(Mark::Commit) => Some("✓".to_owned()),
                Some(Mark::Abort) => Some("✕".to_owned()),
                _ => replica.leads.then(|| digits(offset)),
            },
        ));
    }
    brackets(row, replica, slots, &mut all);
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
            // Another window has another line: it stands where it is, and does not travel there.
            "<i key={key} class={class} style={style}/>",
            key = format!("safe{}", row.start),
            class = if replica.leads { "safe flag" } else { "safe" },
            style = format!("left:{x}px;top:{top}px;height:{height}px"),
        ));
    }
    listed(all)
}

/// Transactions, as brackets over their records; one that is open has no right end. Where the last stable offset is
/// held back, a second line says up to where `read_committed` readers get.
fn brackets(row: &RowModel, replica: &BoxModel, slots: Slots, all: &mut Vec<Html>) {
    let mut pieces = replica.marks.iter().peekable();
    while let Some((base, end, mark)) = pieces.next() {
        let class = match mark {
            _ if *end <= row.start => continue,
            Mark::Open => "bracket pending",
            Mark::Committed => "bracket",
            Mark::Aborted => "bracket undone",
            Mark::Commit | Mark::Abort => continue,
        };
        // The marker that follows belongs to it.
        let closes = |(next, _, mark): &&&(i64, i64, Mark)| next == end && mark.is_control();
        let last = pieces.peek().filter(closes).map_or(*end, |(_, after, _)| *after);
        let x = slots.x_clamped(row.start, (*base).max(row.start));
        let to = slots.x_clamped(row.start, last) - 1;
        all.push(markup!(
            "<i key={key} class={class} style={style}/>",
            key = format!("txn{base}"),
            class,
            style = format!("left:{x}px;width:{}px", (to - x).max(3)),
        ));
    }
    if let Some(stable) = replica.stable {
        let x = slots.x_clamped(row.start, stable.max(row.start)) - 2;
        all.push(markup!("<i key='stable' class='stable' style={style}/>", style = format!("left:{x}px")));
    }
}

fn readers(row: &RowModel, replica: &BoxModel, screen: &Screen) -> Html {
    let slots = Slots::for_box(screen.box_w);
    let mut taken: Vec<i64> = Vec::new();
    let mut all = Vec::new();
    let mut mark = |group: usize, offset: i64, class: &'static str| {
        // Marks at the same offset stand side by side.
        let same = taken.iter().filter(|other| **other == offset).count();
        taken.push(offset);
        let shift = i32::try_from(same).unwrap_or(0) * 8;
        let x = if offset < row.start { 12 } else { slots.x_clamped(row.start, offset) + 1 };
        all.push(markup!(
            "<span key={key} class={class} style={style}>{mark}</span>",
            key = format!("{class}{group}"),
            class = format!("{class} group-{group}"),
            style = format!("left:{}px;bottom:-1px", x + shift),
            mark = icon::group(group),
        ));
    };
    for (group, position, committed) in &replica.readers {
        mark(*group, *position, "reader");
        if let Some(committed) = committed {
            mark(*group, *committed, "reader committed");
        }
    }
    listed(all)
}
