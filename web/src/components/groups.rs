//! Who reads: the heads of the columns at the right.

use super::icon;
use super::partition_row::figures;
use crate::action::{Action, Selection};
use crate::layout::model::GroupHead;
use crate::layout::screen::{Class, Screen};
use crate::markup::{act, copied, each, markup, stop};
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
        let text = if screen.class == Class::Phone { "no reader" } else { "Nobody reads yet." };
        return markup!("<div class='empty' style={style}>{text}</div>", style, text);
    }
    let heads = props.groups.iter().take(screen.groups).enumerate();
    let more = (props.others > 0 && screen.class == Class::Wide).then(|| {
        markup!(
            "<span class='caption' style={style}>{text}</span>",
            style = format!("left:{}px", screen.group_x(0) + 110),
            text = format!("and {} more groups", props.others),
        )
    });
    let title = (screen.group_figures() == 1 && screen.class == Class::Phone).then(|| {
        markup!(
            "<div class='source' style={style}><b style='line-height:16px'>Readers</b><div>lag</div></div>",
            style = format!("left:{}px;top:{}px;line-height:15px", screen.groups_x + 2, screen.cards_y + 4),
        )
    });
    let heads = each(heads, |(index, group)| head(props, index, group));
    markup!("{title}{heads}{more}", title, heads, more)
}

fn head(props: &Props<'_>, index: usize, group: &GroupHead) -> Html {
    let screen = props.screen;
    let (x, w) = (screen.group_x(index), screen.group_w);
    let figures_y = screen.rows_y() + screen.band_h - 18;
    let narrow = screen.group_figures() == 1;
    let top = if narrow { figures_y - 14 } else { screen.cards_y + 4 };
    let labels = (!narrow).then(|| {
        each(figures(screen), |(kind, right)| {
            markup!(
                "<span class='caption' style={style}>{text}</span>",
                style = format!(
                    "right:{}px;top:{figures_y}px;position:absolute",
                    screen.matrix_w - x - w + right
                ),
                text = if *kind == "position" && screen.group_figures() == 2 { "pos." } else { kind },
            )
        })
    });
    let wide = screen.class == Class::Wide && !narrow;
    markup!(
        "<div key={key} style='display:contents'>\
            <div class={class} role='columnheader' aria-label={label} onclick={select} data-at={at} \
                tabindex={stop} style={style}>\
                <div class='name' style={middle}><span class='reader'>{mark}</span>{name}</div>{about}\
            </div>\
            {labels}\
        </div>",
        key = &group.name,
        class = format!("ghead group-{index}{}", if w < 100 { " tight" } else { "" }),
        label = format!("Group {}: {}.", group.name, group.about),
        select = act(props.act, Action::Select(Some(Selection::Group(group.name.clone(), None)))),
        at = format!("0,{}", screen.brokers + 1 + index),
        stop = stop(props.tab == Some(index)),
        style = format!("left:{x}px;width:{w}px;top:{top}px;cursor:pointer"),
        middle = if narrow { "justify-content:center" } else { "" },
        mark = icon::group(index),
        name = if narrow {
            markup!("<span class='vh'>{name}</span>", name = &group.name)
        } else {
            markup!(
                "<span class='full' title={whole}>{name}</span>",
                whole = &group.name,
                name = soft(&group.name)
            )
        },
        about = wide.then(|| markup!("<div class='about'>{about}</div>", about = short(&group.about, w))),
        labels,
    )
}

/// What is said of a group, in fewer words where there is little room: the inspector says all.
fn short(about: &str, width: i32) -> String {
    if width < 120 { about.replace(" members", "").replace(" member", "") } else { about.to_owned() }
}

/// A name that may break after its dashes.
fn soft(name: &str) -> Html {
    each(name.split_inclusive(['-', '_', '.']), |part| markup!("{part}<wbr/>", part = copied(part)))
}
