//! Who reads: the heads of the columns at the right.

use super::icon;
use super::partition_row::figures;
use crate::action::{Action, Selection};
use crate::layout::model::GroupHead;
use crate::layout::screen::{Class, Screen};
use yew::prelude::*;

/// See [`groups`].
pub struct Props<'a> {
    /// The screen.
    pub screen: &'a Screen,
    /// The groups that have a column.
    pub groups: &'a [GroupHead],
    /// Groups without one.
    pub others: usize,
    /// The group column to which Tab leads.
    pub tab: Option<usize>,
    /// Where actions go.
    pub act: &'a Callback<Action>,
}

/// The heads of the groups.
pub fn groups(props: &Props<'_>) -> Html {
    let screen = props.screen;
    if props.groups.is_empty() {
        let style = format!("left:{}px;top:{}px", screen.groups_x, screen.rows_y() + screen.band_h + 8);
        return html! { <div class="empty" {style}>{ if screen.class == Class::Phone { "no reader" } else { "Nobody reads yet." } }</div> };
    }
    let heads =
        props.groups.iter().take(screen.groups).enumerate().map(|(index, group)| head(props, index, group));
    let more = (props.others > 0 && screen.class == Class::Wide).then(|| {
        let style = format!("left:{}px", screen.group_x(0) + 110);
        html! { <span class="caption" {style}>{ format!("and {} more groups", props.others) }</span> }
    });
    let title = (screen.group_figures() == 1 && screen.class == Class::Phone).then(|| {
        let style = format!("left:{}px;top:{}px;line-height:15px", screen.groups_x + 2, screen.cards_y + 4);
        html! { <div class="source" {style}><b style="line-height:16px">{ "Readers" }</b><div>{ "lag" }</div></div> }
    });
    html! { <>{ for title }{ for heads }{ for more }</> }
}

fn head(props: &Props<'_>, index: usize, group: &GroupHead) -> Html {
    let screen = props.screen;
    let (x, w) = (screen.group_x(index), screen.group_w);
    let name = group.name.clone();
    let onclick = props.act.reform(move |_| Action::Select(Some(Selection::Group(name.clone(), None))));
    let figures_y = screen.rows_y() + screen.band_h - 18;
    let narrow = screen.group_figures() == 1;
    let top = if narrow { figures_y - 14 } else { screen.cards_y + 4 };
    let labels = figures(screen).iter().map(|(kind, right)| {
        let text = if *kind == "position" && screen.group_figures() == 2 { "pos." } else { kind };
        let style =
            format!("right:{}px;top:{figures_y}px;position:absolute", screen.matrix_w - x - w + right);
        html! { <span class="caption" {style}>{ text }</span> }
    });
    html! {
        <div key={group.name.clone()} style="display:contents">
            <div class={classes!("ghead", format!("group-{index}"))} role="columnheader"
                aria-label={format!("Group {}: {}.", group.name, group.about)} {onclick}
                data-at={format!("0,{}", screen.brokers + 1 + index)}
                tabindex={if props.tab == Some(index) { "0" } else { "-1" }}
                style={format!("left:{x}px;width:{w}px;top:{top}px;cursor:pointer")}>
                <div class="name" style={if narrow { "justify-content:center" } else { "" }}>
                    <span class="reader">{ icon::group(index, "10") }</span>
                    if narrow { <span class="vh">{ &group.name }</span> } else { <span>{ soft(&group.name) }</span> }
                </div>
                if screen.class == Class::Wide && !narrow { <div>{ &group.about }</div> }
            </div>
            if !narrow { { for labels } }
        </div>
    }
}

/// A name that may break after its dashes.
fn soft(name: &str) -> Html {
    let parts = name.split_inclusive(['-', '_', '.']).map(|part| html! { <>{ part.to_owned() }<wbr /></> });
    html! { <>{ for parts }</> }
}
