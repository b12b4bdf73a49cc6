//! Who writes: the head of the leftmost column.

use super::icon;
use crate::action::{Action, Selection};
use crate::layout::model::SourceHead;
use crate::layout::screen::{Class, Screen};
use yew::prelude::*;

/// See [`sources`].
pub struct Props<'a> {
    /// The screen.
    pub screen: &'a Screen,
    /// The writers.
    pub sources: &'a [SourceHead],
    /// Whether Tab leads here.
    pub tab: bool,
    /// Where actions go.
    pub act: &'a Callback<Action>,
}

/// The writers: the first with what it does, further ones by name.
pub fn sources(props: &Props<'_>) -> Html {
    let screen = props.screen;
    if !screen.shows_sources() {
        return Html::default();
    }
    let width = screen.cards_x - screen.gutter - 8;
    let style = format!("top:{}px;width:{width}px;height:{}px", screen.cards_y + 4, screen.head_h + 2);
    let tabindex = if props.tab { "0" } else { "-1" };
    let Some(first) = props.sources.first() else {
        return html! {
            <div class="source" role="columnheader" data-at="0,0" {tabindex} {style}><b>{ "nobody writes" }</b></div>
        };
    };
    let client = first.client;
    let onclick = props.act.reform(move |_| Action::Select(Some(Selection::Producer(client))));
    let room = if screen.class == Class::Wide { 3 } else { 2 };
    let others = props.sources.len() - 1;
    html! {
        <div class="source" role="columnheader" data-at="0,0" {tabindex} {style} {onclick}>
            { title(first, screen.class) }
            if let Some((waiting, broker, attempt)) = first.waits {
                <div class="waits">{ format!("{waiting} wait for {broker}, attempt {attempt}") }</div>
            } else if others > 0 {
                <div>{ format!("and {others} more") }</div>
            } else {
                { for first.lines.iter().skip(1).take(room - 1).map(|line| html! { <div>{ line }</div> }) }
            }
        </div>
    }
}

fn title(source: &SourceHead, class: Class) -> Html {
    let about = source.lines.first().cloned().unwrap_or_default();
    html! {
        <div style="display:flex;gap:7px;align-items:baseline">
            <b>{ &source.name }</b>
            if class == Class::Wide { <span>{ about }</span> }
            if source.waits.is_some() { <span class="waits">{ icon::sign("retry") }</span> }
        </div>
    }
}
