//! Who writes: the head of the leftmost column.

use super::icon;
use crate::action::{Action, Selection};
use crate::layout::model::SourceHead;
use crate::layout::screen::{Class, Screen};
use crate::markup::{act, each, markup, stop};
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
    let tab = stop(props.tab);
    let Some(first) = props.sources.first() else {
        return markup!(
            "<div class='source' role='columnheader' data-at='0,0' tabindex={tab} style={style}>\
                <b>nobody writes</b></div>",
            tab,
            style,
        );
    };
    let room = if screen.class == Class::Wide { 3 } else { 2 };
    let others = props.sources.len() - 1;
    let about = if let Some((waiting, broker, attempt)) = first.waits {
        markup!(
            "<div class='waits'>{text}</div>",
            text = format!("{waiting} wait for {broker}, attempt {attempt}")
        )
    } else if others > 0 {
        markup!("<div>{text}</div>", text = format!("and {others} more"))
    } else {
        each(first.lines.iter().skip(1).take(room - 1), |line| markup!("<div>{line}</div>", line))
    };
    markup!(
        "<div class='source' role='columnheader' data-at='0,0' tabindex={tab} style={style} onclick={select}>\
            {title}{about}\
        </div>",
        tab,
        style,
        select = act(props.act, Action::Select(Some(Selection::Producer(first.client)))),
        title = title(first, screen.class),
        about,
    )
}

fn title(source: &SourceHead, class: Class) -> Html {
    let about = source.lines.first().cloned().unwrap_or_default();
    markup!(
        "<div style='display:flex;gap:7px;align-items:baseline'><b>{name}</b>{about}{waits}</div>",
        name = &source.name,
        about = (class == Class::Wide).then(|| markup!("<span>{about}</span>", about)),
        waits =
            source.waits.map(|_| markup!("<span class='waits'>{sign}</span>", sign = icon::sign("retry"))),
    )
}
