//! What happened: cause first, one sentence each, newest below.

use super::icon;
use crate::action::{Action, Selection};
use crate::shared::Shared;
use kafkascope_core::view::{EventView, Touch};
use web_sys::Element;
use yew::prelude::*;

/// See [`Events`].
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The newest events, oldest first.
    pub events: Shared<Vec<EventView>>,
    /// The event looked at.
    pub selected: Option<u64>,
    /// Groups in the order of their columns.
    pub groups: Shared<Vec<String>>,
    /// Where actions go.
    pub act: Callback<Action>,
}

/// The list. It follows the newest event while its end is in sight.
#[component]
pub fn Events(props: &Props) -> Html {
    let list = use_node_ref();
    let follow = use_mut_ref(|| true);
    {
        let (list, follow) = (list.clone(), follow.clone());
        let last = props.events.last().map(|e| e.id);
        use_effect_with(last, move |_| {
            if let Some(list) = list.cast::<Element>().filter(|_| *follow.borrow()) {
                list.set_scroll_top(list.scroll_height());
            }
        });
    }
    let onscroll = {
        let list = list.clone();
        Callback::from(move |_: Event| {
            if let Some(list) = list.cast::<Element>() {
                *follow.borrow_mut() = list.scroll_height() - list.scroll_top() - list.client_height() < 24;
            }
        })
    };
    html! {
        <section class="eventlist" aria-label="Events" data-testid="events">
            <div class="sechead"><h2>{ "Events" }</h2><span>{ "cause first, newest below" }</span></div>
            <ol ref={list} {onscroll} tabindex="-1">
                { for props.events.iter().map(|event| html! {
                    <Row key={event.id.0} group={group_of(event, &props.groups)} event={Shared::new(event.clone())} selected={props.selected == Some(event.id.0)} act={props.act.clone()} />
                }) }
                if props.events.is_empty() { <li class="quiet">{ "Nothing has happened yet." }</li> }
            </ol>
        </section>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct RowProps {
    event: Shared<EventView>,
    group: Option<usize>,
    selected: bool,
    act: Callback<Action>,
}

#[component]
fn Row(props: &RowProps) -> Html {
    let event = &props.event;
    let id = event.id.0;
    let onclick = props.act.reform(move |_| Action::Select(Some(Selection::Event(id))));
    let mark = classes!(
        "m",
        event.grave.then_some("grave"),
        (event.mark == "command").then_some("live"),
        props.group.filter(|_| event.mark == "commit").map(|g| format!("reader group-{g}"))
    );
    html! {
        <li>
            <button class="event" {onclick} aria-pressed={props.selected.to_string()}>
                <time>{ event.at.to_string() }</time>
                <span class={mark}>{ sign(event, props.group) }</span>
                <p>{ emphasised(event) }</p>
            </button>
        </li>
    }
}

/// The column of the group that an event is about.
fn group_of(event: &EventView, groups: &[String]) -> Option<usize> {
    event.touches.iter().find_map(|touch| match touch {
        Touch::Group(name) => groups.iter().position(|g| g == name),
        Touch::Node(_) | Touch::Partition(_) | Touch::Topic(_) => None,
    })
}

fn sign(event: &EventView, group: Option<usize>) -> Html {
    match event.mark {
        "command" => icon::sign("command"),
        "fault" => icon::sign(if event.grave { "cross" } else { "hexagon" }),
        "election" => icon::crown(true),
        "isr" => icon::sign("late"),
        "commit" => icon::group(group.unwrap_or(0), "10"),
        "group" => icon::sign("retry"),
        "client" => icon::sign(if event.grave { "retry" } else { "dot" }),
        _ => icon::sign("dot"),
    }
}

/// The sentence with the names of what it is about in bold.
fn emphasised(event: &EventView) -> Html {
    let names: Vec<String> = event
        .touches
        .iter()
        .map(|touch| match touch {
            Touch::Node(node) => node.to_string(),
            Touch::Partition(tp) => tp.to_string(),
            Touch::Topic(name) => name.to_string(),
            Touch::Group(name) => name.clone(),
        })
        .collect();
    let parts = split_names(&event.text, &names).into_iter();
    html! { <>{ for parts.map(|(bold, text)| if bold { html! { <b>{ text }</b> } } else { quoted(&text) }) }</> }
}

/// Text between backticks is what was typed.
fn quoted(text: &str) -> Html {
    let pieces = text.split('`').enumerate();
    html! { <>{ for pieces.map(|(n, piece)| if n % 2 == 1 { html! { <code>{ piece }</code> } } else { html! { { piece } } }) }</> }
}

/// Cuts a sentence at the first occurrence of each name.
fn split_names(text: &str, names: &[String]) -> Vec<(bool, String)> {
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    for name in names.iter().filter(|n| !n.is_empty()) {
        if let Some(at) = text.find(name.as_str()) {
            let end = at + name.len();
            if cuts.iter().all(|(a, b)| end <= *a || at >= *b) {
                cuts.push((at, end));
            }
        }
    }
    kafkascope_core::sorted::sort(&mut cuts);
    let mut all = Vec::new();
    let mut from = 0;
    for (a, b) in cuts {
        all.push((false, text.get(from..a).unwrap_or("").to_owned()));
        all.push((true, text.get(a..b).unwrap_or("").to_owned()));
        from = b;
    }
    all.push((false, text.get(from..).unwrap_or("").to_owned()));
    all.retain(|(_, part)| !part.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_out_once() {
        let parts = split_names("broker 102 left; broker 102 is gone", &["broker 102".into(), "102".into()]);
        assert_eq!(parts, [(true, "broker 102".to_owned()), (false, " left; broker 102 is gone".to_owned())]);
    }
}
