//! The control plane in one strip: who decides who leads, and how it knows who is alive.

use super::icon;
use crate::action::{Action, Selection};
use crate::layout::screen::{Class, Screen};
use yew::prelude::*;

/// A controller as the strip shows it: its id, whether it leads, its epoch.
pub type Hexagon = (i32, bool, i32);

/// See [`strip`].
pub struct Props<'a> {
    /// The screen.
    pub screen: &'a Screen,
    /// Controllers.
    pub controllers: Vec<Hexagon>,
    /// For each broker what is said above its column, and whether it is silent.
    pub beats: Vec<(AttrValue, bool)>,
    /// Brokers that are up.
    pub alive: usize,
    /// The canvas of the ticks.
    pub canvas: &'a NodeRef,
    /// Where actions go.
    pub act: &'a Callback<Action>,
}

/// See the module.
pub fn strip(props: &Props<'_>) -> Html {
    let screen = props.screen;
    let onclick = props.act.reform(|_| Action::Select(Some(Selection::Controllers)));
    let leading = props.controllers.iter().find(|(_, leads, _)| *leads);
    let said = leading
        .map_or_else(|| "none leads".to_owned(), |(id, _, epoch)| format!("{id} leads, epoch {epoch}"));
    let title = if props.controllers.len() == 1 { "Controller (KRaft)" } else { "Controllers (KRaft)" };
    let beats = props.beats.iter().enumerate().map(|(column, (text, gone))| {
        let style = format!("left:{}px;width:{}px", screen.card_x(column) + 11, screen.card_w - 16);
        html! { <span key={column} class={classes!("beat", gone.then_some("gone"))} {style}>{ text }</span> }
    });
    let frame = format!("left:{}px;width:{}px", screen.cards_x - 1, screen.cards_end() - screen.cards_x + 2);
    let total = props.beats.len();
    let wide = screen.class == Class::Wide;
    html! {
        <section class="strip" aria-label="Control plane" style={format!("width:{}px", screen.matrix_w)}>
            <button class="who" {onclick} style="text-align:left">
                { if wide { title } else { "Controller" } }
                <span class="hexes">
                    { for props.controllers.iter().map(|(id, leads, _)| icon::controller(*id, *leads)) }
                    if wide { <small>{ said }</small> }
                </span>
            </button>
            <div class="frame" style={frame} aria-hidden="true" />
            { for beats }
            <canvas ref={props.canvas.clone()} aria-hidden="true" />
            <div class="note" style={format!("left:{}px", screen.groups_x)}>
                { if wide { "decides who leads, who is alive" } else { "decides who leads" } }
                <b class={classes!((props.alive < total).then_some("gone"))}>
                    { format!("alive: {} of {total}{}", props.alive, if wide { " brokers" } else { "" }) }
                </b>
            </div>
        </section>
    }
}
