//! What this is, and what to try now: read off the cluster, so it is never out of date.

use super::icon;
use crate::action::Action;
use crate::markup::{act, markup};
use kafkascope_core::view::{ClusterView, ProcessState, TopicView};
use yew::prelude::*;

/// What the hint says.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    /// What is to be seen.
    pub seen: String,
    /// What one could ask.
    pub ask: String,
    /// The label of the button.
    pub label: String,
    /// Its command.
    pub command: String,
    /// Whether the command is run, or only put at the prompt.
    pub run: bool,
}

/// The hint for a cluster.
#[must_use]
pub fn advice(view: &ClusterView) -> Option<Advice> {
    let away = view.brokers.iter().find(|b| matches!(b.state, ProcessState::Stopped | ProcessState::Crashed));
    if let Some(broker) = away {
        let id = broker.id;
        let ordinary = || view.topics.iter().filter(|t: &&TopicView| !t.internal).flat_map(|t| &t.partitions);
        let total = ordinary().count();
        let leaderless = ordinary().filter(|p| p.leader.is_none()).count();
        let seen = match (leaderless, ordinary().filter(|p| p.leader == Some(id)).count()) {
            (0, 0) if total == 0 => format!("Broker {id} is gone. It led nothing."),
            (0, 0) => format!(
                "Broker {id} is gone, and each of the {total} partitions has a leader on another machine."
            ),
            (0, led) => format!(
                "Broker {id} is gone. The controller has not noticed yet: it still counts {led} partition{s} as led there.",
                s = if led == 1 { "" } else { "s" },
            ),
            (n, _) => format!(
                "Broker {id} is gone, and {n} of {total} partitions {have} no leader.",
                have = if n == 1 { "has" } else { "have" },
            ),
        };
        let ask = "What happens when it comes back?".to_owned();
        return Some(Advice {
            seen,
            ask,
            label: format!("Start broker {id}"),
            command: format!("broker start {id}"),
            run: true,
        });
    }
    if view.topics.iter().all(|t| t.internal) {
        return Some(Advice {
            seen: "No topic yet.".to_owned(),
            ask: "Create one:".to_owned(),
            label: "Type it".to_owned(),
            command: "kafka-topics.sh --bootstrap-server broker101:9092 --create --topic first_topic --partitions 3 --replication-factor 3".to_owned(),
            run: false,
        });
    }
    let target = view.brokers.get(1).filter(|_| view.brokers.len() > 1)?;
    Some(Advice {
        seen: seen(view),
        ask: "What if one machine dies?".to_owned(),
        label: format!("Stop broker {}", target.id),
        command: format!("broker stop {}", target.id),
        run: true,
    })
}

fn seen(view: &ClusterView) -> String {
    let trucks: usize = view
        .producers
        .iter()
        .filter(|p| p.keys.iter().any(|k| k.starts_with("truck")))
        .map(|p| p.keys.len())
        .sum();
    let copies = view.topics.iter().filter(|t| !t.internal).map(|t| t.replication_factor).max().unwrap_or(1);
    let brokers = view.brokers.len();
    let readers = view.groups.iter().filter(|g| !g.members.is_empty()).count();
    let copies = if copies == 1 { "one copy".to_owned() } else { format!("{} copies", count(copies)) };
    let read = match readers {
        0 => "nobody reads them yet".to_owned(),
        1 => "one application reads them".to_owned(),
        n => format!("{} applications read them", count(n)),
    };
    if trucks > 0 {
        format!(
            "{} trucks report where they are; {} brokers keep every report in {copies}; {read}.",
            capital(&count(trucks)),
            count(brokers)
        )
    } else {
        format!("{} brokers keep every record in {copies}; {read}.", capital(&count(brokers)))
    }
}

fn count(n: usize) -> String {
    let word = match n {
        2 => "two",
        3 => "three",
        4 => "four",
        5 => "five",
        6 => "six",
        20 => "twenty",
        _ => return n.to_string(),
    };
    word.to_owned()
}

fn capital(word: &str) -> String {
    let mut word = word.to_owned();
    if let Some(first) = word.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    word
}

/// See [`hint`].
#[derive(Clone, PartialEq)]
pub struct Props {
    /// What it says.
    pub advice: Advice,
    /// Whether it stands in the sheet of a phone.
    pub sheet: bool,
    /// Whether there is room for the command.
    pub roomy: bool,
    /// Where actions go.
    pub act: Callback<Action>,
}

/// The bar above the matrix, or the sheet below it.
pub fn hint(props: &Props) -> Html {
    let Advice { seen, ask, label, command, run } = &props.advice;
    let action = if *run { Action::Run(command.clone()) } else { Action::Prompt(command.clone()) };
    let button = markup!(
        "<button class='do' onclick={go} data-testid='hint-action'>{label}</button>",
        go = act(&props.act, action),
        label,
    );
    if props.sheet {
        return markup!(
            "<section class='sheet' aria-label='What to try'>\
                <p><b>{seen}</b></p><div class='ask'><span>{ask}</span>{button}</div>\
            </section>",
            seen,
            ask,
            button,
        );
    }
    markup!(
        "<section class='hint' aria-label='What to try'>\
            <p><b>{seen}</b> <span style='white-space:nowrap'>{ask}</span></p>{button}{typed}\
            <button class='iconbtn' onclick={hide} aria-label='Put the hint away'>{sign}</button>\
        </section>",
        seen,
        ask,
        button,
        typed = props.roomy.then(|| {
            markup!(
                "<span class='or'>{or}<code>{command}</code></span>",
                or = if *run { "or type " } else { "" },
                command = shown(command),
            )
        }),
        hide = act(&props.act, Action::HideHint),
        sign = icon::sign("close"),
    )
}

/// Long commands are shown by their first words; the prompt shows them whole.
fn shown(command: &str) -> String {
    let words: Vec<&str> = command.split(' ').collect();
    match words.get(..3) {
        Some(first) if words.len() > 4 => format!("{} …", first.join(" ")),
        _ => command.to_owned(),
    }
}
