//! The head of a broker's column: how the machine stands, and what can be done to it.

use super::icon;
use crate::action::{Action, Selection};
use crate::layout::model::BrokerHead;
use crate::layout::screen::{Class, Screen};
use crate::markup::{act, classes, each, markup, on, stop};
use crate::part::Part;
use crate::shared::Shared;
use crate::words;
use kafkascope_core::view::ProcessState;
use std::cell::Cell;
use std::rc::Rc;
use web_sys::HtmlElement;
use yew::prelude::*;

/// See [`broker_column`] and [`Menu`].
#[derive(PartialEq)]
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
    let select = if phone {
        let (menu, to) = (props.menu.clone(), (!props.open).then_some(*column));
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
        label = words::broker(head),
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
        second = classes(&[("state", true), (state, phone), ("cut", head.cut_off.is_some())]),
        counts = counts(head, screen.class),
        rack = rack.map(|rack| markup!("<i>{rack}</i>", rack = format!("rack {rack}"))),
    )
}

/// The card behind a column, as high as the matrix.
pub fn card(screen: &Screen, head: &BrokerHead, column: usize, bottom: i32) -> Html {
    let class = match head.state {
        ProcessState::Up => "card",
        ProcessState::Crashed => "card crashed",
        ProcessState::Fenced => "card fenced",
        ProcessState::Stopping | ProcessState::Stopped | ProcessState::Paused => "card away",
    };
    let (x, w, y) = (screen.card_x(column), screen.card_w, screen.cards_y);
    markup!(
        "<div key={key} class={class} style={style} aria-hidden='true'/>",
        key = format!("card{column}"),
        class,
        style = format!("left:{x}px;width:{w}px;top:{y}px;height:{}px", bottom - y + 4),
    )
}

/// The menu of a column. It closes when the focus leaves it.
#[derive(PartialEq)]
pub struct Menu(pub Props);

/// What an open menu remembers.
#[derive(Default)]
pub struct Opened {
    node: NodeRef,
    focused: Cell<bool>,
}

impl Part for Menu {
    type Own = Opened;

    fn draw(&self, own: &Rc<Opened>, _again: &Callback<()>) -> Html {
        menu(&self.0, &own.node)
    }

    fn drawn(&self, own: &Opened) {
        if !own.focused.replace(true) {
            let menu = own.node.cast::<HtmlElement>();
            focus(menu.and_then(|menu| menu.query_selector("button").ok().flatten()));
        }
    }
}

fn menu(props: &Props, node: &NodeRef) -> Html {
    let close = props.menu.reform(|()| None);
    let onkeydown = {
        let (close, node) = (close.clone(), node.clone());
        on(move |event: KeyboardEvent| menu_key(&event, &node, &close))
    };
    let onfocusout = {
        let (close, node) = (close.clone(), node.clone());
        on(move |event: FocusEvent| {
            let to =
                event.related_target().and_then(|t| wasm_bindgen::JsCast::dyn_into::<web_sys::Node>(t).ok());
            let inside = node.get().is_some_and(|menu| menu.contains(to.as_ref()));
            if !inside {
                close.emit(());
            }
        })
    };
    let id = props.head.id;
    let items = each(commands(&props.head), |(label, command)| {
        let verb = command.split(' ').nth(1).unwrap_or_default();
        let (act, close, run) = (props.act.clone(), close.clone(), command.clone());
        markup!(
            "<button role='menuitem' onclick={run} data-testid={test}><span>{label}</span><code>{command}</code></button>",
            run = on(move |_: Event| {
                act.emit(Action::Run(run.clone()));
                close.emit(());
            }),
            test = format!("broker-{id}-{verb}"),
            label,
            command,
        )
    });
    let screen = &props.screen;
    let left = (screen.card_x(props.column) + screen.card_w - 232).max(4).min(screen.stage_w - 240);
    markup!(
        "<div class='menu' role='menu' ref={node} onkeydown={key} onfocusout={out} aria-label={label} style={style}>\
            {items}{inspect}<p>Each types its command in the terminal.</p>\
        </div>",
        node,
        key = onkeydown,
        out = onfocusout,
        label = format!("What can happen to broker {id}"),
        style = format!("left:{left}px;top:{}px", screen.cards_y + 32),
        items,
        inspect = (screen.class == Class::Phone).then(|| {
            markup!(
                "<button role='menuitem' onclick={select}>Inspect</button>",
                select = act(&props.act, Action::Select(Some(Selection::Broker(id))))
            )
        }),
    )
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
    if let (ProcessState::Up, Some(others)) = (head.state, &head.cut_off) {
        return if class == Class::Wide {
            format!("✕ cut off from {others}")
        } else {
            "✕ cut off".to_owned()
        };
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

fn dots(props: &Props) -> Html {
    let (menu, open, column) = (props.menu.clone(), props.open, props.column);
    markup!(
        "<button class='more' aria-haspopup='menu' aria-expanded={open} tabindex='-1' onclick={toggle} \
            aria-label={label} data-testid={test}>{sign}</button>",
        open,
        toggle = on(move |event: Event| {
            event.stop_propagation();
            menu.emit((!open).then_some(column));
        }),
        label = format!("What can happen to broker {}", props.head.id),
        test = format!("broker-menu-{}", props.head.id),
        sign = icon::sign("dots"),
    )
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
