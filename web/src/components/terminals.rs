//! The terminals with their tabs: one is looked at, or all side by side.

use super::icon;
use super::terminal;
use crate::action::Action;
use crate::markup::{act, copied, each, markup, on};
use crate::part::part;
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
    let active = props.terminals.iter().find(|t| t.number == props.active);
    let toggle = (several && !props.phone).then(|| {
        markup!(
            "<button class='iconbtn' onclick={toggle} aria-pressed={split} \
                aria-label='All terminals side by side' title='Side by side'>{sign}</button>",
            toggle = act(props.act, Action::Split(!props.split)),
            split = props.split,
            sign = icon::sign("split"),
        )
    });
    let shown = props.terminals.iter().filter(|t| (props.split && !props.phone) || t.number == props.active);
    markup!(
        "<div class='termtabs'>\
            <div role='tablist' aria-label='Terminals'>{tabs}</div>\
            <button class='iconbtn' onclick={open} aria-label='Open another terminal' \
                title='Another terminal'>{plus}</button>\
            {toggle}\
            <button class='iconbtn' onclick={copy} aria-label='Copy what was entered as a script' \
                title='Copy as a script' data-testid='copy-script'>{sheets}</button>\
            {keys}\
        </div>\
        <div class='panes'>{panes}</div>",
        tabs = each(props.terminals, |t| tab(props, t)),
        open = act(props.act, Action::OpenTerminal),
        plus = icon::sign("plus"),
        toggle,
        copy = act(props.act, Action::CopyScript),
        sheets = icon::sign("copy"),
        keys = active.filter(|_| props.roomy).map(|t| keys(t)),
        panes = each(shown, |t| pane(props, t)),
    )
}

fn pane(props: &Props<'_>, terminal: &Shared<TermModel>) -> Html {
    let number = terminal.number;
    let looked_at = number == props.active;
    let terminal = part(
        None,
        terminal::Props {
            terminal: terminal.clone(),
            handle: props.handle.clone(),
            offered: if looked_at { props.offered.clone() } else { (0, AttrValue::default()) },
            ghost: props.ghost.clone().filter(|_| looked_at),
            phone: props.phone,
            act: props.act.clone(),
        },
    );
    markup!("<div key={number} class='termcol'>{terminal}</div>", number, terminal)
}
fn tab(props: &Props<'_>, terminal: &TermModel) -> Html {
    let number = terminal.number;
    let selected = number == props.active;
    let name =
        terminal.view.running.as_deref().and_then(|c| c.split_whitespace().next()).unwrap_or("terminal");
    let name = name.rsplit('/').next().unwrap_or(name).trim_end_matches(".sh");
    let jobs = terminal.view.jobs;
    let jobs = (jobs > 0).then(|| markup!("<em>{n}</em>", n = format!("{jobs} in the background")));
    let close = (props.terminals.len() > 1 && selected).then(|| {
        let act = props.act.clone();
        markup!(
            "<button class='iconbtn' style='width:22px;height:22px' onclick={close} aria-label={label}>{sign}</button>",
            close = on(move |event: MouseEvent| {
                event.stop_propagation();
                act.emit(Action::CloseTerminal(number));
            }),
            label = format!("Close terminal {number}"),
            sign = icon::sign("close"),
        )
    });
    markup!(
        "<div style='display:flex;align-items:center'>\
            <button class='tab' role='tab' aria-selected={selected} onclick={show} data-testid={test}>\
                <code>{number}</code>{name}{jobs}\
            </button>\
            {close}\
        </div>",
        selected,
        show = act(props.act, Action::ShowTerminal(number)),
        test = format!("terminal-tab-{number}"),
        number,
        name = copied(name),
        jobs,
        close,
    )
}

fn keys(terminal: &TermModel) -> Html {
    match (&terminal.view.running, terminal.view.reads_input) {
        (Some(_), input) => markup!(
            "<span class='keys'>running<kbd>Ctrl</kbd><kbd style='margin-left:0'>{key}</kbd>{does}</span>",
            key = if input { "D" } else { "C" },
            does = if input { " ends" } else { " stops" },
        ),
        (None, _) => {
            markup!("<span class='keys'><kbd>Tab</kbd> completes<kbd>↑</kbd> earlier lines</span>")
        }
    }
}
