//! The terminals with their tabs: one is looked at, or all side by side.

use super::icon;
use super::terminal::Terminal;
use crate::action::Action;
use crate::session::Handle;
use crate::session::shown::TermModel;
use crate::shared::Shared;
use yew::prelude::*;

/// See [`terminals`].
pub struct Props<'a> {
    /// The open terminals.
    pub terminals: &'a [Shared<TermModel>],
    /// The one looked at.
    pub active: u32,
    /// Whether all are shown.
    pub split: bool,
    /// Whom to ask for completions and colours.
    pub handle: &'a Handle,
    /// A command put at the prompt of the one looked at, with its number.
    pub offered: &'a (u32, AttrValue),
    /// What is suggested on an empty line of the first.
    pub ghost: Option<AttrValue>,
    /// Whether there is room for keys beside the tabs.
    pub roomy: bool,
    /// Whether this is a phone.
    pub phone: bool,
    /// Where actions go.
    pub act: &'a Callback<Action>,
}

/// See the module.
pub fn terminals(props: &Props<'_>) -> Html {
    let several = props.terminals.len() > 1;
    let tabs = props.terminals.iter().map(|t| tab(props, t));
    let open = props.act.reform(|_| Action::OpenTerminal);
    let split = !props.split;
    let toggle = props.act.reform(move |_| Action::Split(split));
    let active = props.terminals.iter().find(|t| t.number == props.active);
    html! {<>
        <div class="termtabs">
            <div role="tablist" aria-label="Terminals">{ for tabs }</div>
            <button class="iconbtn" onclick={open} aria-label="Open another terminal" title="Another terminal">{ icon::sign("plus") }</button>
            if several && !props.phone {
                <button class="iconbtn" onclick={toggle} aria-pressed={props.split.to_string()} aria-label="All terminals side by side"
                    title="Side by side">{ icon::sign("split") }</button>
            }
            if props.roomy { { for active.map(|t| keys(t)) } }
        </div>
        <div class="panes">
            { for props.terminals.iter().filter(|t| (props.split && !props.phone) || t.number == props.active).map(|t| {
                let offered = if t.number == props.active { props.offered.clone() } else { (0, AttrValue::default()) };
                html! {
                    <div key={t.number} class="termcol">
                        <Terminal terminal={t.clone()} handle={props.handle.clone()} {offered} ghost={props.ghost.clone().filter(|_| t.number == props.active)} phone={props.phone} act={props.act.clone()} />
                    </div>
                }
            }) }
        </div>
    </>}
}

fn tab(props: &Props<'_>, terminal: &TermModel) -> Html {
    let number = terminal.number;
    let selected = number == props.active;
    let onclick = props.act.reform(move |_| Action::ShowTerminal(number));
    let close = props.act.reform(move |event: MouseEvent| {
        event.stop_propagation();
        Action::CloseTerminal(number)
    });
    let name =
        terminal.view.running.as_deref().and_then(|c| c.split_whitespace().next()).unwrap_or("terminal");
    let name = name.rsplit('/').next().unwrap_or(name).trim_end_matches(".sh").to_owned();
    let jobs = terminal.view.jobs;
    html! {
        <div style="display:flex;align-items:center">
            <button class="tab" role="tab" aria-selected={selected.to_string()} {onclick} data-testid={format!("terminal-tab-{number}")}>
                <code>{ number }</code>{ name }
                if jobs > 0 { <em>{ format!("{jobs} in the background") }</em> }
            </button>
            if props.terminals.len() > 1 && selected {
                <button class="iconbtn" style="width:22px;height:22px" onclick={close} aria-label={format!("Close terminal {number}")}>{ icon::sign("close") }</button>
            }
        </div>
    }
}

fn keys(terminal: &TermModel) -> Html {
    let body = match (&terminal.view.running, terminal.view.reads_input) {
        (Some(_), true) => {
            html! { <>{ "running" }<kbd>{ "Ctrl" }</kbd><kbd style="margin-left:0">{ "D" }</kbd>{ " ends" }</> }
        }
        (Some(_), false) => {
            html! { <>{ "running" }<kbd>{ "Ctrl" }</kbd><kbd style="margin-left:0">{ "C" }</kbd>{ " stops" }</> }
        }
        (None, _) => {
            html! { <><kbd>{ "Tab" }</kbd>{ " completes" }<kbd>{ "↑" }</kbd>{ " earlier lines" }</> }
        }
    };
    html! { <span class="keys">{ body }</span> }
}
