//! The machines of the map: bars for the keyboard to walk along, and below them racks and ids.

use super::Props;
use crate::action::{Action, Selection};
use crate::components::twin;
use crate::layout::heat::{BARS, Column, RACKS};
use crate::layout::lanes::Target;
use crate::markup::{each, markup, on};
use kafkascope_core::node::NodeId;
use kafkascope_core::view::ProcessState;
use yew::prelude::*;

/// Machines in trouble that are named.
const NAMED: usize = 6;
/// Room that an id needs.
const ID_WIDTH: i32 = 28;
/// An id is left out so near to a machine that is named, or to the right end.
const NEAR: i32 = 64;

/// All machines as one thing for the keyboard: arrows point, Enter inspects, M opens the menu.
pub(super) fn machines(props: &Props<'_>) -> Html {
    let Props { screen, model, heat, .. } = props;
    let count = heat.columns.all.len();
    let place = props.column.min(count.saturating_sub(1));
    let Some(column) = heat.columns.all.get(place) else { return Html::default() };
    let said = model.brokers.iter().find(|head| head.id == column.broker).map(twin::broker);
    let (point, open, act, id) = (props.point.clone(), props.open.clone(), props.act.clone(), column.broker);
    let onkeydown = on(move |event: KeyboardEvent| {
        match event.key().as_str() {
            "ArrowLeft" => point.emit(place.saturating_sub(1)),
            "ArrowRight" => point.emit((place + 1).min(count.saturating_sub(1))),
            "Home" => point.emit(0),
            "End" => point.emit(count.saturating_sub(1)),
            "Enter" => act.emit(Action::Select(Some(Selection::Broker(id)))),
            "m" | "M" => open.emit(Some(Target::Node(NodeId::Broker(id)))),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    });
    markup!(
        "<div class='heatcursor' role='slider' tabindex='0' aria-label='Machine' aria-valuenow={id} aria-valuetext={said} \
            data-testid='heat-machines' onkeydown={key} style={style}><i style={mark}/></div>",
        id,
        said,
        key = onkeydown,
        style = format!("left:{}px;top:0;width:{}px;height:{BARS}px", screen.cards_x, screen.map_w()),
        mark = format!("left:{}px", column.x),
    )
}

/// Racks, ids, and the machines that are in trouble.
pub(super) fn axis(props: &Props<'_>) -> Html {
    let Props { screen, model, heat, .. } = props;
    let right = screen.map_w();
    let racks = each(&heat.columns.racks, |rack| {
        markup!(
            "<span class='heatrack' style={style}>rack {name}</span>",
            style = format!("left:{}px;width:{}px;top:{}px", screen.cards_x + rack.x, rack.w, BARS + 3),
            name = &rack.name,
        )
    });
    let top = BARS + 4 + if heat.columns.racks.is_empty() { 0 } else { RACKS };
    let troubled = model.brokers.iter().filter(|head| head.state != ProcessState::Up).take(NAMED);
    let troubled: Vec<(&Column, &'static str)> =
        troubled.filter_map(|head| Some((heat.columns.of(head.id)?, head.state.name()))).collect();
    let is_free = |x: i32| {
        x < right - 20 && troubled.iter().all(|(column, _)| column.x - x > 30 || x - column.x > NEAR)
    };
    let labelled: Vec<&Column> = heat.columns.all.iter().filter(|column| column.labelled).collect();
    // The first id of a rack stands rather than the last one before it.
    let is_met = |place: usize, x: i32| labelled.get(place + 1).is_some_and(|next| next.x - x < ID_WIDTH);
    let ids = labelled.iter().enumerate();
    let ids = ids.filter(|(place, column)| is_free(column.x) && !is_met(*place, column.x));
    let ids = each(ids, |(_, column)| {
        markup!(
            "<span class='heatid' style={style}>{id}</span>",
            style = format!("left:{}px;top:{top}px", screen.cards_x + column.x),
            id = column.broker,
        )
    });
    let mut free_from = 0;
    let marks = each(&troubled, |(column, state)| {
        let at = screen.cards_x + column.x;
        // Two neighbours in trouble are not written over each other.
        let text = if at < free_from { "▾".to_owned() } else { format!("▾ {} {state}", column.broker) };
        free_from = free_from.max(at + 90);
        markup!(
            "<span class='heatmark' style={style}>{text}</span>",
            style = format!("left:{}px;top:{top}px", at.min(screen.cards_x + right - 70)),
            text,
        )
    });
    markup!("{racks}{ids}{marks}", racks, ids, marks)
}
