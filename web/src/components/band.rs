//! A topic's band: its name, what it promises, and whether all of it is there.

use super::icon;
use crate::action::Action;
use crate::layout::model::TopicModel;
use crate::layout::screen::{Class, Screen};
use crate::markup::{act, markup, stop};
use crate::words::plural;
use yew::prelude::*;

/// See [`band`].
pub struct Props<'a> {
    /// The screen.
    pub screen: &'a Screen,
    /// The topic.
    pub topic: &'a TopicModel,
    /// Whether its rows are shown.
    pub open: bool,
    /// Top edge.
    pub y: i32,
    /// Its number among the rows of the grid.
    pub index: usize,
    /// Whether Tab leads here.
    pub tab: bool,
    /// Where actions go.
    pub act: &'a Callback<Action>,
}

/// One band.
pub fn band(props: &Props<'_>) -> Html {
    let (screen, topic) = (props.screen, props.topic);
    let (text, class) = about(topic, screen.class);
    let x = screen.cards_x + 1;
    let style = format!(
        "left:{x}px;width:{}px;top:{}px;height:{}px",
        screen.cards_end() - x - 1,
        props.y,
        screen.band_h
    );
    markup!(
        "<div key={key} role='row' aria-rowindex={number}>\
            <div role='gridcell' aria-colspan={columns}>\
                <button class={band} onclick={toggle} style={style} aria-expanded={open} data-at={at} \
                    tabindex={stop}>{sign}<b>{name}</b><span class={class}>{text}</span></button>\
            </div>\
        </div>",
        key = &topic.name,
        number = props.index + 1,
        columns = screen.brokers + screen.groups + 1,
        band = if topic.internal { "band internal" } else { "band" },
        toggle = act(props.act, Action::Toggle(topic.name.clone())),
        style,
        open = props.open,
        at = format!("{},0", props.index),
        stop = stop(props.tab),
        sign = icon::sign(if props.open { "down" } else { "right" }),
        name = &topic.name,
        class,
        text,
    )
}

fn about(topic: &TopicModel, class: Class) -> (String, &'static str) {
    let count = topic.rows.len();
    let partitions = plural(count, "partition");
    if topic.leaderless > 0 {
        return (format!("{partitions} · {} without a leader", topic.leaderless), "none");
    }
    if topic.short > 0 {
        let on: Vec<String> = topic.short_on.iter().map(ToString::to_string).collect();
        let on = if on.len() <= 3 { format!(" on {}", on.join(", ")) } else { String::new() };
        let text = match class {
            Class::Wide => format!("{partitions} · {} of {count} miss a copy{on}", topic.short),
            Class::Phone => format!("{} miss a copy", topic.short),
            _ => format!("{partitions} · {} miss a copy{on}", topic.short),
        };
        return (text, "short");
    }
    let text = match class {
        Class::Phone if topic.internal => partitions,
        Class::Phone => "each row: one partition".to_owned(),
        _ if topic.internal && topic.name == "__consumer_offsets" && class == Class::Wide => {
            format!("{partitions} · where the groups keep their committed offsets · all in sync")
        }
        Class::Wide if topic.copies > 1 => {
            let least = match topic.needed {
                n if n > 1 => format!(" · a write counts once {n} copies have it"),
                _ => String::new(),
            };
            format!("{partitions} · {}{least}", copies(topic.copies))
        }
        _ => format!("{partitions} · {}", copies(topic.copies)),
    };
    (text, "")
}

fn copies(n: usize) -> String {
    if n == 1 { "one copy each".to_owned() } else { format!("{n} copies each") }
}
