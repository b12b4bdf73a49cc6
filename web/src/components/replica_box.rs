//! A replica: one box with its log as slots.

use super::icon;
use crate::action::{Action, Selection};
use crate::layout::model::{BoxModel, RowModel};
use crate::layout::screen::Screen;
use crate::layout::window::{Slots, digits};
use crate::shared::Shared;
use crate::words;
use yew::prelude::*;

/// See [`replica_box`].
#[derive(Clone, PartialEq)]
pub struct Props {
    /// The screen.
    pub screen: Shared<Screen>,
    /// The row it stands in.
    pub row: Shared<RowModel>,
    /// Its column.
    pub column: usize,
    /// Its place in the grid of the stage, for the keyboard: `row,column`.
    pub at: AttrValue,
    /// Names of the groups.
    pub groups: Shared<Vec<String>>,
    /// Whether it is looked at or named by an event.
    pub lit: bool,
    /// Whether Tab leads here.
    pub tab: bool,
    /// Where actions go.
    pub act: Callback<Action>,
}

/// One replica.
pub fn replica_box(props: &Props) -> Html {
    let screen = &props.screen;
    let x = screen.box_x(props.column);
    let Some(Some(replica)) = props.row.boxes.get(props.column) else {
        return html! {
            <div class="nocopy" role="gridcell" data-at={&props.at} tabindex={if props.tab { "0" } else { "-1" }}
                style={format!("left:{x}px;width:{}px;top:{}px;height:{}px", screen.box_w, screen.box_y, screen.box_h)}>
                <span class="vh">{ format!("No copy of {} here.", props.row.partition) }</span>
                <span aria-hidden="true">{ "–" }</span>
            </div>
        };
    };
    let twin = words::replica(&props.row, replica, &props.groups);
    let class = classes!(
        "box",
        replica.leads.then_some("leads"),
        (!replica.in_sync && replica.online).then_some("late"),
        (!replica.online).then_some("away"),
        props.lit.then_some("lit"),
    );
    let onclick = {
        let (act, row, broker) = (props.act.clone(), props.row.clone(), replica.broker);
        Callback::from(move |_| {
            act.emit(Action::Select(Some(Selection::Partition(row.partition.clone(), Some(broker)))))
        })
    };
    let test =
        format!("replica-{}-{}-{}", props.row.partition.topic, props.row.partition.partition, replica.broker);
    html! {
        <div {class} role="gridcell" data-testid={test} data-at={&props.at} {onclick}
            tabindex={if props.tab { "0" } else { "-1" }}
            style={format!("left:{x}px;width:{}px;top:{}px;height:{}px", screen.box_w, screen.box_y, screen.box_h)}>
            <span class="vh">{ twin }</span>
            <span class="inside" aria-hidden="true">
            { crown(replica, screen) }
            { slots(&props.row, replica, screen) }
            { readers(&props.row, replica, screen) }
            if props.row.leader.is_none() && replica.preferred {
                <span class="noleader">{ "no leader" }</span>
            }
            </span>
        </div>
    }
}

fn crown(replica: &BoxModel, screen: &Screen) -> Html {
    let top = format!("top:{}px", (screen.box_h - 14) / 2 - 1);
    if replica.leads {
        html! { <span class="crown" style={top}>{ icon::crown(true) }</span> }
    } else if replica.preferred {
        html! { <span class="crown meant" style={top}>{ icon::crown(false) }</span> }
    } else {
        Html::default()
    }
}

fn slots(row: &RowModel, replica: &BoxModel, screen: &Screen) -> Html {
    let slots = Slots::for_box(screen.box_w);
    let width = slots.pitch - 1;
    let top = if replica.leads { 2 } else { 4 };
    let shown = (row.start.max(replica.first)..replica.end).take(usize::try_from(slots.count).unwrap_or(0));
    let cells = shown.filter_map(|offset| {
        let x = slots.x(row.start, offset)?;
        let class = classes!("slot", (offset >= replica.safe).then_some("open"));
        let style = format!("left:{x}px;top:{top}px;width:{width}px");
        Some(html! {
            <span key={offset} {class} {style}>if replica.leads { { digits(offset) } }</span>
        })
    });
    let next = slots.x(row.start, replica.end).map(|x| {
        html! {
            <span key="next" class="slot next" style={format!("left:{x}px;top:{top}px;width:{width}px")}>
                { digits(replica.end) }
            </span>
        }
    });
    let safe = replica.online.then(|| {
        let x = slots.x_clamped(row.start, replica.safe) - 2;
        let (top, height) = if replica.leads { (0, 19) } else { (3, 17) };
        let class = classes!("safe", replica.leads.then_some("flag"));
        html! { <i key="safe" {class} style={format!("left:{x}px;top:{top}px;height:{height}px")} /> }
    });
    html! { <>{ for cells }{ for next }{ for safe }</> }
}

fn readers(row: &RowModel, replica: &BoxModel, screen: &Screen) -> Html {
    let slots = Slots::for_box(screen.box_w);
    let marks = replica.readers.iter().enumerate().map(|(index, (group, offset))| {
        // Marks at the same offset stand side by side.
        let same = replica.readers.iter().take(index).filter(|(_, other)| other == offset).count();
        let shift = i32::try_from(same).unwrap_or(0) * 8;
        let x = slots.x_clamped(row.start, *offset) + 1 + shift;
        let behind = *offset < row.start;
        let x = if behind { 12 + shift } else { x };
        html! {
            <span key={*group} class={classes!("reader", format!("group-{group}"))}
                style={format!("left:{x}px;bottom:-1px")}>{ icon::group(*group, "7") }</span>
        }
    });
    html! { <>{ for marks }</> }
}
