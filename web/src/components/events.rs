//! What happened: cause first, one sentence each, newest below.

use super::follow::Follow;
use super::icon;
use super::lesson::unbroken;
use crate::action::{Action, Selection};
use crate::markup::{act, classes, copied, each, markup};
use crate::part::{Part, part};
use crate::shared::Shared;
use kafkascope_core::node::EventId;
use kafkascope_core::view::{EventView, Touch};
use std::rc::Rc;
use yew::prelude::*;

/// The list. It follows the newest event while its end is in sight.
#[derive(PartialEq)]
pub struct Props {
    /// The newest events, oldest first.
    pub events: Shared<Vec<Shared<EventView>>>,
    /// The event looked at.
    pub selected: Option<u64>,
    /// Groups in the order of their columns.
    pub groups: Shared<Vec<String>>,
    /// Where actions go.
    pub act: Callback<Action>,
}

impl Part for Props {
    type Own = Follow<Option<EventId>>;

    fn draw(&self, own: &Rc<Follow<Option<EventId>>>, _again: &Callback<()>) -> Html {
        list(self, own)
    }

    fn drawn(&self, own: &Follow<Option<EventId>>) {
        own.at(self.events.last().map(|e| e.id));
    }
}

fn list(props: &Props, own: &Rc<Follow<Option<EventId>>>) -> Html {
    let rows = each(props.events.iter(), |event| {
        let row = Row {
            group: group_of(event, &props.groups),
            event: event.clone(),
            selected: props.selected == Some(event.id.0),
            act: props.act.clone(),
        };
        part(Some(event.id.0.into()), row)
    });
    markup!(
        "<section class='eventlist' aria-label='Events' data-testid='events'>\
            <div class='sechead'><h2>Events</h2><span>cause first, newest below</span></div>\
            <ol ref={list} onscroll={scroll} tabindex='-1'>{rows}{none}</ol>\
        </section>",
        list = &own.list,
        scroll = own.scrolled(24),
        rows,
        none = props.events.is_empty().then(|| markup!("<li class='quiet'>Nothing has happened yet.</li>")),
    )
}

#[derive(PartialEq)]
struct Row {
    event: Shared<EventView>,
    group: Option<usize>,
    selected: bool,
    act: Callback<Action>,
}

impl Part for Row {
    type Own = ();

    fn draw(&self, _own: &Rc<()>, _again: &Callback<()>) -> Html {
        let event = &self.event;
        let group = self.group.filter(|_| event.mark == "commit");
        let group = group.map_or_else(String::new, |g| format!("reader group-{g}"));
        let mark = [("m", true), ("grave", event.grave), ("live", event.mark == "command"), (&group, true)];
        markup!(
            "<li><button class='event' onclick={select} aria-pressed={selected} data-names={naming}>\
                <time>{at}</time><span class={mark}>{sign}</span><p>{text}</p>\
            </button></li>",
            select = act(&self.act, Action::Select(Some(Selection::Event(event.id.0)))),
            selected = self.selected,
            naming = format!("event {}", event.id.0),
            at = event.at.to_string(),
            mark = classes(&mark),
            sign = sign(event, self.group),
            text = emphasised(event),
        )
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
        "commit" => icon::group(group.unwrap_or(0)),
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
    each(
        split_names(&event.text, &names),
        |(bold, text)| {
            if bold { markup!("<b>{text}</b>", text) } else { quoted(&text) }
        },
    )
}

/// Text between backticks is what was typed.
fn quoted(text: &str) -> Html {
    each(text.split('`').enumerate(), |(n, piece)| {
        if n % 2 == 1 {
            markup!("<code>{text}</code>", text = unbroken(piece))
        } else {
            markup!("{text}", text = copied(piece))
        }
    })
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
