//! The control plane in one strip: who decides who leads, and how it knows who is alive.

use super::icon;
use crate::action::{Action, Selection};
use crate::layout::heat::HEAT_FROM;
use crate::layout::screen::{Class, Screen};
use crate::markup::{act, each, markup};
use yew::prelude::*;

/// A controller as the strip shows it: its id, whether it is active, its epoch, whether its process runs.
pub type Hexagon = (i32, bool, i32, bool);

/// See [`strip`].
pub struct Props<'a> {
    /// The screen.
    pub screen: &'a Screen,
    /// Controllers, or ZooKeeper's servers.
    pub controllers: Vec<Hexagon>,
    /// Whether they are ZooKeeper's.
    pub is_zookeeper: bool,
    /// For each broker what is said above its column, and whether it is silent.
    pub beats: Vec<(AttrValue, bool)>,
    /// Brokers that are up.
    pub alive: usize,
    /// Whether the logs are shown below.
    pub open: bool,
    /// The canvas of the ticks.
    pub canvas: &'a NodeRef,
    /// Where actions go.
    pub act: &'a Callback<Action>,
}

/// See the module.
pub fn strip(props: &Props<'_>) -> Html {
    let screen = props.screen;
    let leading =
        props.controllers.iter().filter(|(_, leads, ..)| *leads).max_by_key(|(_, _, epoch, _)| *epoch);
    let said = match leading {
        None => "none leads".to_owned(),
        // There is nobody whom it could lead.
        Some((id, ..)) if props.is_zookeeper && props.controllers.len() == 1 => format!("{id} alone"),
        Some((id, _, epoch, _)) => format!("{id} leads, epoch {epoch}"),
    };
    let title = match (props.is_zookeeper, props.controllers.len()) {
        (true, _) => "ZooKeeper",
        (false, 1) => "Controller (KRaft)",
        (false, _) => "Controllers (KRaft)",
    };
    let beats = each(props.beats.iter().enumerate(), |(column, (text, gone))| {
        markup!(
            "<span key={column} class={class} style={style}>{text}</span>",
            column,
            class = if *gone { "beat gone" } else { "beat" },
            style = format!("left:{}px;width:{}px", screen.card_x(column) + 11, screen.card_w - 16),
            text,
        )
    });
    let total = props.screen.brokers;
    let wide = screen.class == Class::Wide;
    markup!(
        "<section class='strip' aria-label='Control plane' style={width}>\
            <button class='who' onclick={select} style='text-align:left'>\
                {title}<span class='hexes'>{hexes}{said}</span>\
            </button>\
            <button class='unfold' onclick={unfold} aria-expanded={open} aria-label='Logs of the control plane' \
                title='Logs of the control plane' style={at} data-testid='strip-open'>{sign}</button>\
            <div class='frame' style={frame} aria-hidden='true'/>\
            {beats}\
            {canvas}\
            <div class='note' style={note}>{does}<b class={gone}>{alive}</b></div>\
        </section>",
        width = format!("width:{}px", screen.matrix_w),
        select = act(props.act, Action::Select(Some(Selection::Controllers(String::new())))),
        title = if wide || props.is_zookeeper { title } else { "Controller" },
        hexes = each(&props.controllers, |(id, leads, _, runs)| icon::controller(*id, *leads, *runs)),
        said = wide.then(|| markup!("<small>{said}</small>", said)),
        unfold = act(props.act, Action::Strip),
        open = props.open,
        at = format!("left:{}px", screen.cards_x - 30),
        sign = icon::sign(if props.open { "down" } else { "right" }),
        frame = if total < HEAT_FROM {
            format!("left:{}px;width:{}px", screen.cards_x - 1, screen.cards_end() - screen.cards_x + 2)
        } else {
            "display:none".to_owned()
        },
        beats,
        // Over a map there are no columns for them.
        canvas = (total > 0 && total < HEAT_FROM)
            .then(|| markup!("<canvas ref={canvas} aria-hidden='true'/>", canvas = props.canvas)),
        note = format!("left:{}px", screen.groups_x),
        does = if wide { "decides who leads, who is alive" } else { "decides who leads" },
        gone = (props.alive < total).then_some("gone"),
        alive = format!("alive: {} of {total}{}", props.alive, if wide { " brokers" } else { "" }),
    )
}
