//! What lies under the pointer in an open topic: one partition in the ordinary boxes. It never takes the pointer.

use super::Props;
use crate::components::replica_box::{self, replica_box};
use crate::layout::heat::{HeatTopic, PARTITION};
use crate::markup::{classes, each, markup};
use yew::prelude::*;

/// Height of the lens.
const HEIGHT: i32 = 104;

/// The lens beside its row, if one is looked at.
pub(super) fn lens(props: &Props<'_>) -> Option<Html> {
    let lens = props.lens?;
    let row = &lens.row;
    let topic = props.heat.topics.iter().find(|it| *it.name == *row.partition.topic && it.open > 0)?;
    let y = row_y(props, topic, row.partition.partition);
    // Above the row where there is room for it, so that rows further down stay in sight.
    let top = if y > HEIGHT + 24 { y - HEIGHT - 8 } else { y + 12 };
    let boxes = lens.screen.brokers;
    let width = lens.screen.cards_end() - lens.screen.box_x(0) + 20;
    let left = (props.screen.cards_x + props.pointed_x - width / 2)
        .clamp(props.screen.gutter, (props.screen.matrix_w - width).max(props.screen.gutter));
    let shift = 10 - lens.screen.box_x(0);
    let heads = each(lens.heads.iter().enumerate(), |(column, (id, said, bad))| {
        let place = lens.screen.box_x(column) + shift;
        markup!(
            "<span class={class} style={style}><b>{id}</b> {said}</span>",
            class = classes(&[("machine", true), ("bad", *bad)]),
            style = format!("left:{place}px;width:{}px", lens.screen.box_w),
            id = *id,
            said,
        )
    });
    let replicas = each(0..boxes, |column| {
        replica_box(replica_box::Props {
            screen: &lens.screen,
            row,
            column,
            at: String::new(),
            groups: &lens.groups,
            lit: false,
            tab: false,
            act: props.act,
        })
    });
    let short = row.in_sync < row.copies;
    Some(markup!(
        "<i class='lensrow' style={line}/>\
        <div class='lens' style={style} aria-hidden='true' data-testid='lens'>\
            <p><b>{name}</b><span class={class}>{state}</span></p>\
            {heads}<div class='row' style={boxes}>{replicas}</div>\
        </div>",
        line = format!(
            "left:{}px;top:{}px;width:{}px",
            props.screen.cards_x - 3,
            y - 2,
            props.screen.map_w() + 6
        ),
        style = format!("left:{left}px;top:{top}px;width:{width}px;height:{HEIGHT}px"),
        name = row.partition.to_string(),
        class = if short { "late" } else { "quiet" },
        state = format!("{} of {} copies in sync", row.in_sync, row.copies),
        heads,
        boxes = format!("left:{shift}px;top:52px;height:44px;width:{width}px"),
        replicas,
    ))
}

/// Top of a partition's line.
pub(super) fn row_y(props: &Props<'_>, topic: &HeatTopic, partition: i32) -> i32 {
    topic.y + props.heat.line + 4 + partition * PARTITION
}
