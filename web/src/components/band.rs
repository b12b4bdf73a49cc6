//! A topic's band: its name, what it promises, and whether all of it is there.

use super::icon;
use crate::action::Action;
use crate::layout::model::TopicModel;
use crate::layout::screen::{Class, Screen};
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
    let (act, name) = (props.act.clone(), topic.name.clone());
    let onclick = Callback::from(move |_| act.emit(Action::Toggle(name.clone())));
    let (text, class) = about(topic, screen.class);
    let x = screen.cards_x + 1;
    let style = format!(
        "left:{x}px;width:{}px;top:{}px;height:{}px",
        screen.cards_end() - x - 1,
        props.y,
        screen.band_h
    );
    html! {
        <div key={topic.name.clone()} role="row" aria-rowindex={(props.index + 1).to_string()}>
            <div role="gridcell" aria-colspan={(screen.brokers + screen.groups + 1).to_string()}>
                <button class={classes!("band", topic.internal.then_some("internal"))} {onclick} {style}
                    aria-expanded={props.open.to_string()} data-at={format!("{},0", props.index)}
                    tabindex={if props.tab { "0" } else { "-1" }}>
                    { icon::sign(if props.open { "down" } else { "right" }) }
                    <b>{ &topic.name }</b>
                    <span class={class}>{ text }</span>
                </button>
            </div>
        </div>
    }
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

fn plural(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}
