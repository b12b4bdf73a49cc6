//! A lane: a link of the network with which something is wrong, or a message that is held, from end to end.

use super::icon;
use crate::layout::lanes::{Lane, MOST_LANES, Target};
use crate::layout::model::StageModel;
use crate::layout::screen::Screen;
use crate::markup::{classes, each, markup, on};
use kafkascope_core::node::NodeId;
use yew::prelude::*;

/// The lanes below the heads. A click opens the menu of one.
pub fn lanes(screen: &Screen, model: &StageModel, open: &Callback<Option<Target>>) -> Html {
    each(model.lanes.iter().take(MOST_LANES).enumerate(), |(index, lane)| {
        let top = screen.lane_y(index);
        if index + 1 == MOST_LANES && model.lanes.len() > MOST_LANES {
            return markup!(
                "<div class='empty' style={style}>{text}</div>",
                style = format!("left:{}px;top:{top}px", screen.cards_x),
                text = format!("and {} more: network list", model.lanes.len() - index),
            );
        }
        one(screen, model, lane, top, open)
    })
}

fn one(screen: &Screen, model: &StageModel, lane: &Lane, top: i32, open: &Callback<Option<Target>>) -> Html {
    let (a, b) = (end(screen, model, lane.a), end(screen, model, lane.b));
    // Ends without a column stand at the left edge of the columns, with their names.
    let (left, right) = (a.min(b), a.max(b).max(a.min(b) + 90));
    let strangers = model
        .nodes
        .iter()
        .filter(|(node, _)| (*node == lane.a || *node == lane.b) && column(model, *node).is_none());
    let names = each(strangers, |(_, name)| markup!("<b>{name}</b>", name));
    let (open, target) = (open.clone(), lane.target);
    markup!(
        "<button class={class} style={style} onclick={click} aria-haspopup='menu' aria-label={said} \
            data-testid='lane'>\
            <span>{names}{sign}{text}</span>\
        </button>",
        class = classes(&[
            ("lane", true),
            (lane.class, true),
            ("right", !lane.one_way || a <= b),
            ("left", !lane.one_way || a > b),
        ]),
        style = format!("left:{left}px;width:{}px;top:{top}px;height:{}px", right - left, screen.lane_h()),
        click = on(move |event: Event| {
            event.stop_propagation();
            open.emit(Some(target));
        }),
        said = &lane.said,
        names,
        sign = match lane.class {
            "cut" => icon::sign("close"),
            "held" => icon::sign("pause"),
            _ => Html::default(),
        },
        text = &lane.text,
    )
}

fn column(model: &StageModel, node: NodeId) -> Option<usize> {
    let id = node.broker()?;
    model.brokers.iter().position(|broker| broker.id == id)
}

fn end(screen: &Screen, model: &StageModel, node: NodeId) -> i32 {
    match column(model, node) {
        Some(column) => screen.card_x(column) + screen.card_w / 2,
        None => screen.gutter,
    }
}
