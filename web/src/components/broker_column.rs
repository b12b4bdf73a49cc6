//! The head of a broker's column: how the machine stands, and what can be done to it.

use super::icon;
use crate::action::{Action, Selection};
use crate::layout::model::BrokerHead;
use crate::layout::screen::{Class, Screen};
use crate::shared::Shared;
use crate::words;
use kafkascope_core::view::ProcessState;
use web_sys::HtmlElement;
use yew::prelude::*;

/// See [`broker_column`] and [`BrokerMenu`].
#[derive(Clone, PartialEq, Properties)]
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
    pub menu: Callback<Option<usize>>,
    /// Where actions go.
    pub act: Callback<Action>,
}

/// The column of a broker without its replicas: the card behind them and the head above.
pub fn broker_column(props: &Props) -> Html {
    let Props { screen, head, column, .. } = props;
    let (x, w) = (screen.card_x(*column), screen.card_w);
    let phone = screen.class == Class::Phone;
    // There is no room for the dots on a phone: a tap opens the menu, which leads to the inspector, too.
    let onclick = if phone {
        let (menu, to) = (props.menu.clone(), (!props.open).then_some(*column));
        Callback::from(move |_| menu.emit(to))
    } else {
        act(props, Action::Select(Some(Selection::Broker(head.id))))
    };
    let down = matches!(head.state, ProcessState::Stopped | ProcessState::Crashed);
    let wide = screen.class == Class::Wide;
    let counts = counts(head, screen.class);
    let state = if phone && head.state != ProcessState::Up { "" } else { words::state(head.state) };
    html! {
        <div class="head" role="columnheader" aria-label={words::broker(head)}
            data-testid={format!("broker-{}", head.id)} data-at={format!("0,{}", column + 1)}
            tabindex={if props.tab { "0" } else { "-1" }} {onclick}
            style={format!("left:{x}px;width:{w}px;top:{}px;height:{}px;cursor:pointer", screen.cards_y, screen.head_h)}>
            <div class="line1">
                <span class="id">{ head.id }</span>
                <span class={classes!("state", words::state(head.state))}>{ icon::state(head.state) }{ state }</span>
                if down && wide { { start_button(props) } }
                if !phone { { dots(props) } }
            </div>
            <div class="line2">
                <span class={classes!("state", phone.then(|| words::state(head.state)))}>{ counts }</span>
                if wide && let Some(rack) = &head.rack { <i>{ format!("rack {rack}") }</i> }
            </div>
        </div>
    }
}

/// The card behind a column, as high as the matrix.
pub fn card(screen: &Screen, head: &BrokerHead, column: usize, bottom: i32) -> Html {
    let class = match head.state {
        ProcessState::Up => "",
        ProcessState::Crashed => "crashed",
        ProcessState::Fenced => "fenced",
        ProcessState::Stopping | ProcessState::Stopped | ProcessState::Paused => "away",
    };
    let (x, w, y) = (screen.card_x(column), screen.card_w, screen.cards_y);
    let style = format!("left:{x}px;width:{w}px;top:{y}px;height:{}px", bottom - y + 4);
    html! { <div key={format!("card{column}")} class={classes!("card", class)} {style} aria-hidden="true" /> }
}

/// The menu of a column. It closes when the focus leaves it.
#[component]
pub fn BrokerMenu(props: &Props) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            let first =
                node.cast::<HtmlElement>().and_then(|menu| menu.query_selector("button").ok().flatten());
            focus(first);
        });
    }
    let close = props.menu.reform(|()| None);
    let onkeydown = {
        let (close, node) = (close.clone(), node.clone());
        Callback::from(move |event: KeyboardEvent| menu_key(&event, &node, &close))
    };
    let onfocusout = {
        let (close, node) = (close.clone(), node.clone());
        Callback::from(move |event: FocusEvent| {
            let to =
                event.related_target().and_then(|t| wasm_bindgen::JsCast::dyn_into::<web_sys::Node>(t).ok());
            let inside = node.get().is_some_and(|menu| menu.contains(to.as_ref()));
            if !inside {
                close.emit(());
            }
        })
    };
    let id = props.head.id;
    let items = commands(&props.head).into_iter().map(|(label, command)| {
        let verb = command.split(' ').nth(1).unwrap_or_default();
        let test = format!("broker-{id}-{verb}");
        let run = act(props, Action::Run(command.clone()));
        let close = close.clone();
        let onclick = Callback::from(move |event: MouseEvent| {
            run.emit(event);
            close.emit(());
        });
        html! { <button role="menuitem" {onclick} data-testid={test}><span>{ label }</span><code>{ command }</code></button> }
    });
    let screen = &props.screen;
    let left = (screen.card_x(props.column) + screen.card_w - 232).max(4).min(screen.stage_w - 240);
    html! {
        <div class="menu" role="menu" ref={node} {onkeydown} {onfocusout}
            aria-label={format!("What can happen to broker {}", props.head.id)}
            style={format!("left:{left}px;top:{}px", screen.cards_y + 32)}>
            { for items }
            if props.screen.class == Class::Phone {
                <button role="menuitem" onclick={act(props, Action::Select(Some(Selection::Broker(id))))}>{ "Inspect" }</button>
            }
            <p>{ "Each types its command in the terminal." }</p>
        </div>
    }
}

/// What can be done to a broker as it stands.
fn commands(head: &BrokerHead) -> Vec<(&'static str, String)> {
    let verbs: &[(&str, &str)] = match head.state {
        ProcessState::Up | ProcessState::Fenced | ProcessState::Stopping => {
            &[("Stop cleanly", "stop"), ("Crash (kill -9)", "crash"), ("Pause (freeze)", "pause")]
        }
        ProcessState::Paused => &[("Resume", "resume"), ("Crash (kill -9)", "crash")],
        ProcessState::Stopped | ProcessState::Crashed => &[("Start", "start")],
    };
    verbs.iter().map(|(label, verb)| (*label, format!("broker {verb} {}", head.id))).collect()
}

fn counts(head: &BrokerHead, class: Class) -> String {
    let gone = head.gone_s.map(words::seconds).unwrap_or_default();
    let short = class == Class::Phone;
    match head.state {
        ProcessState::Up if class == Class::Wide => format!("leads {} · holds {}", head.leads, head.holds),
        ProcessState::Up => format!("leads {}", head.leads),
        state if short => format!("{} {gone}", words::state(state)),
        ProcessState::Stopping => "saying good-bye".to_owned(),
        ProcessState::Stopped => format!("said good-bye {gone} ago"),
        ProcessState::Crashed => format!("gone for {gone}"),
        ProcessState::Fenced => "alive, but may not lead".to_owned(),
        ProcessState::Paused => format!("frozen for {gone}"),
    }
}

fn start_button(props: &Props) -> Html {
    let command = format!("broker start {}", props.head.id);
    let onclick = stopping(act(props, Action::Run(command.clone())));
    html! { <button class="start" {onclick} title={command} tabindex="-1">{ "Start" }</button> }
}

fn dots(props: &Props) -> Html {
    let (menu, open, column) = (props.menu.clone(), props.open, props.column);
    let onclick = Callback::from(move |event: MouseEvent| {
        event.stop_propagation();
        menu.emit((!open).then_some(column));
    });
    html! {
        <button class="more" aria-haspopup="menu" aria-expanded={open.to_string()} tabindex="-1" {onclick}
            aria-label={format!("What can happen to broker {}", props.head.id)}
            data-testid={format!("broker-menu-{}", props.head.id)}>{ icon::sign("dots") }</button>
    }
}

fn act(props: &Props, action: Action) -> Callback<MouseEvent> {
    props.act.reform(move |_| action.clone())
}

fn stopping(inner: Callback<MouseEvent>) -> Callback<MouseEvent> {
    Callback::from(move |event: MouseEvent| {
        event.stop_propagation();
        inner.emit(event);
    })
}

fn focus(element: Option<web_sys::Element>) {
    if let Some(element) = element.and_then(|e| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(e).ok()) {
        let _ = element.focus();
    }
}

fn menu_key(event: &KeyboardEvent, node: &NodeRef, close: &Callback<()>) {
    let next = match event.key().as_str() {
        "Escape" => {
            event.stop_propagation();
            close.emit(());
            return;
        }
        "ArrowDown" => true,
        "ArrowUp" => false,
        _ => return,
    };
    event.prevent_default();
    event.stop_propagation();
    let Some(here) = gloo::utils::document().active_element() else { return };
    let to = if next { here.next_element_sibling() } else { here.previous_element_sibling() };
    if node.get().is_some_and(|menu| menu.contains(to.as_deref())) {
        focus(to);
    }
}
