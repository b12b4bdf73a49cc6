//! The top bar: what is shown, and its clock.

use super::icon;
use crate::action::{Action, Selection};
use crate::layout::screen::Class;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// Speeds that can be chosen, in thousandths of real time, with their command.
const SPEEDS: &[(u32, &str, &str)] = &[
    (100, "⅒×", "0.1"),
    (250, "¼×", "0.25"),
    (500, "½×", "0.5"),
    (1_000, "1×", "1"),
    (2_000, "2×", "2"),
    (5_000, "5×", "5"),
    (10_000, "10×", "10"),
    (100_000, "100×", "100"),
];

/// See [`top_bar`].
#[derive(Clone, PartialEq)]
pub struct Props {
    /// The arrangement.
    pub class: Class,
    /// `Scenario` or `Lesson 3`.
    pub kind: AttrValue,
    /// Its title.
    pub title: AttrValue,
    /// Whether time passes.
    pub playing: bool,
    /// Simulated time per wall time, in thousandths.
    pub speed: u32,
    /// Where the clock is written in every frame.
    pub clock: NodeRef,
    /// Whether the page is dark.
    pub dark: bool,
    /// Where actions go.
    pub act: Callback<Action>,
}

/// See the module.
pub fn top_bar(props: &Props) -> Html {
    let theme = if props.dark { "Light colours" } else { "Dark colours" };
    let theme = html! {
        <button class="iconbtn" onclick={props.act.reform(|_| Action::Theme)} aria-label={theme} title={theme}
            data-testid="theme">{ icon::sign("theme") }</button>
    };
    let help = html! {
        <button class="iconbtn" onclick={props.act.reform(|_| Action::Select(Some(Selection::Marks)))}
            aria-label="All marks and keys" title="All marks and keys: ?">{ icon::sign("help") }</button>
    };
    let clock = html! { <div class="clock mono" role="timer" ref={props.clock.clone()} data-testid="clock" aria-label="Simulated time" /> };
    if props.class == Class::Phone {
        return html! {
            <header class="top" data-region="top" tabindex="-1">
                { icon::logo() }
                <h1 class="vh">{ "Kafkascope" }</h1>
                <div class="titles"><b>{ &props.title }</b>{ clock }</div>
                <span class="spring" />
                { transport(props) }{ speed(props) }{ theme }
            </header>
        };
    }
    html! {
        <header class="top" data-region="top" tabindex="-1">
            <div class="brand">{ icon::logo() }<h1>{ "Kafkascope" }</h1></div>
            <span class="rule" />
            <div class="scene">{ &props.kind }<b>{ &props.title }</b></div>
            { transport(props) }
            { speed(props) }
            { clock }
            if props.speed < 1_000 {
                <span class="chip">{ "slow motion" }</span>
            }
            <span class="spring" />
            { theme }{ help }
        </header>
    }
}

fn transport(props: &Props) -> Html {
    let (label, sign, command) =
        if props.playing { ("Pause", "pause", "clock pause") } else { ("Play", "play", "clock play") };
    let play = props.act.reform(|_| Action::PlayPause);
    let step = props.act.reform(|_| Action::Step);
    html! {
        <div class="transport" role="group" aria-label="Clock">
            <button class="primary" onclick={play} aria-label={label} title={format!("{command} (Space)")} data-testid="play-pause">
                { icon::sign(sign) }
            </button>
            <button onclick={step} aria-label="One message further" title="One message further (.)" data-testid="step">
                { icon::sign("step") }
            </button>
        </div>
    }
}

fn speed(props: &Props) -> Html {
    let act = props.act.clone();
    let onchange = Callback::from(move |event: Event| {
        let chosen =
            event.target_dyn_into::<HtmlSelectElement>().map(|select| select.value()).unwrap_or_default();
        act.emit(Action::Run(format!("clock speed {chosen}")));
    });
    let known = SPEEDS.iter().any(|(permille, ..)| *permille == props.speed);
    html! {
        <select class="square" aria-label="Speed" title="clock speed" data-testid="speed" {onchange}>
            if !known {
                <option selected=true>{ format!("{}×", f64::from(props.speed) / 1_000.0) }</option>
            }
            { for SPEEDS.iter().map(|(permille, label, factor)| html! {
                <option value={*factor} selected={*permille == props.speed}>{ *label }</option>
            }) }
        </select>
    }
}
