//! The head of a broker's column: how the machine stands, and what can be done to it.

use super::icon;
use crate::action::{Action, Selection};
use crate::components::twin;
use crate::layout::lanes::Target;
use crate::layout::model::BrokerHead;
use crate::layout::screen::{Class, Screen};
use crate::markup::{act, classes, markup, on, stop};
use crate::shared::Shared;
use crate::words;
use kafkascope_core::node::NodeId;
use kafkascope_core::view::ProcessState;
use yew::prelude::*;

/// See [`broker_column`].
pub struct Props {
    /// The screen.
    pub screen: Shared<Screen>,
    /// The broker.
    pub head: BrokerHead,
    /// Its column.
    pub column: usize,
    /// Whether Tab leads here.
    pub tab: bool,
    /// Whether its menu is open.
    pub open: bool,
    /// Opens its menu or closes it.
    pub menu: Callback<Option<Target>>,
    /// Where actions go.
    pub act: Callback<Action>,
}

/// The column of a broker without its replicas: the card behind them and the head above.
pub fn broker_column(props: &Props) -> Html {
    let Props { screen, head, column, .. } = props;
    let (x, w) = (screen.card_x(*column), screen.card_w);
    let phone = screen.class == Class::Phone;
    // There is no room for the dots on a phone: a tap opens the menu, which leads to the inspector, too.
    let select = if phone {
        let (menu, to) = (props.menu.clone(), to(props));
        on(move |_: Event| menu.emit(to))
    } else {
        act(&props.act, Action::Select(Some(Selection::Broker(head.id))))
    };
    let down = matches!(head.state, ProcessState::Stopped | ProcessState::Crashed);
    let wide = screen.class == Class::Wide;
    let state = head.state.name();
    let rack = head.rack.as_ref().filter(|_| wide);
    markup!(
        "<div class='head' role='columnheader' aria-label={label} data-testid={test} data-at={at} tabindex={stop} \
            onclick={select} style={style}>\
            <div class='line1'>\
                <span class='id'>{id}</span><span class={state}>{mark}{said}</span>{start}{dots}\
            </div>\
            <div class='line2'><span class={second}>{counts}</span>{rack}</div>\
        </div>",
        label = twin::broker(head),
        test = format!("broker-{}", head.id),
        at = format!("0,{}", column + 1),
        stop = stop(props.tab),
        select,
        style = format!(
            "left:{x}px;width:{w}px;top:{}px;height:{}px;cursor:pointer",
            screen.cards_y, screen.head_h
        ),
        id = head.id,
        state = format!("state {state}"),
        mark = icon::state(head.state),
        said = if phone && head.state != ProcessState::Up { "" } else { state },
        start = (down && wide).then(|| start_button(props)),
        dots = (!phone).then(|| dots(props)),
        second =
            classes(&[("state", true), (state, phone), ("cut", head.cut_off.is_some() || head.slow_disk)]),
        counts = counts(head, screen.class),
        rack = rack.map(|rack| markup!("<i>{rack}</i>", rack = format!("rack {rack}"))),
    )
}

/// The card behind a column, as high as the matrix.
pub fn card(screen: &Screen, head: &BrokerHead, column: usize, bottom: i32, lit: bool) -> Html {
    let state = match head.state {
        ProcessState::Up => "",
        ProcessState::Crashed => "crashed",
        ProcessState::Fenced => "fenced",
        ProcessState::Stopping | ProcessState::Stopped | ProcessState::Paused => "away",
    };
    let (x, w, y) = (screen.card_x(column), screen.card_w, screen.cards_y);
    markup!(
        "<div key={key} class={class} style={style} aria-hidden='true'/>",
        key = format!("card{column}"),
        class = classes(&[("card", true), (state, true), ("lit", lit)]),
        style = format!("left:{x}px;width:{w}px;top:{y}px;height:{}px", bottom - y + 4),
    )
}

fn counts(head: &BrokerHead, class: Class) -> String {
    let gone = head.gone_s.map(words::seconds).unwrap_or_default();
    let short = class == Class::Phone;
    if let (ProcessState::Up, Some(others)) = (head.state, &head.cut_off) {
        return if class == Class::Wide {
            format!("✕ cut off from {others}")
        } else {
            "✕ cut off".to_owned()
        };
    }
    if let (ProcessState::Up, true) = (head.state, head.slow_disk) {
        return "slow disk".to_owned();
    }
    match head.state {
        ProcessState::Up if class == Class::Wide => format!("leads {} · holds {}", head.leads, head.holds),
        ProcessState::Up => format!("leads {}", head.leads),
        state if short => format!("{} {gone}", state.name()),
        ProcessState::Stopping => "saying good-bye".to_owned(),
        ProcessState::Stopped => format!("said good-bye {gone} ago"),
        ProcessState::Crashed => format!("gone for {gone}"),
        ProcessState::Fenced => "alive, but may not lead".to_owned(),
        ProcessState::Paused => format!("frozen for {gone}"),
    }
}

fn start_button(props: &Props) -> Html {
    let command = format!("broker start {}", props.head.id);
    let (act, run) = (props.act.clone(), command.clone());
    markup!(
        "<button class='start' onclick={start} title={command} tabindex='-1'>Start</button>",
        start = on(move |event: Event| {
            event.stop_propagation();
            act.emit(Action::Run(run.clone()));
        }),
        command,
    )
}

/// What the menu is about after a click.
fn to(props: &Props) -> Option<Target> {
    (!props.open).then_some(Target::Node(NodeId::Broker(props.head.id)))
}

fn dots(props: &Props) -> Html {
    let (menu, open, to) = (props.menu.clone(), props.open, to(props));
    markup!(
        "<button class='more' aria-haspopup='menu' aria-expanded={open} tabindex='-1' onclick={toggle} \
            aria-label={label} data-testid={test}>{sign}</button>",
        open,
        toggle = on(move |event: Event| {
            event.stop_propagation();
            menu.emit(to);
        }),
        label = format!("What can happen to broker {}", props.head.id),
        test = format!("broker-menu-{}", props.head.id),
        sign = icon::sign("dots"),
    )
}
