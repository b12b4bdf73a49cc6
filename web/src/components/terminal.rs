//! One terminal: what was printed, and the line being typed. Output is text, never markup.

use super::prompt::Prompt;
use crate::action::Action;
use crate::session::Handle;
use crate::session::shown::TermModel;
use crate::session::terminal::Line;
use crate::shared::Shared;
use kafkascope_core::session::api::Stream;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

/// See [`Terminal`].
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The terminal.
    pub terminal: Shared<TermModel>,
    /// Whom to ask for completions and colours.
    pub handle: Handle,
    /// A command put at the prompt from outside, with its number.
    pub offered: (u32, AttrValue),
    /// What is suggested on an empty line.
    #[prop_or_default]
    pub ghost: Option<AttrValue>,
    /// Whether this is a phone: the line being typed stands below, with a button.
    #[prop_or_default]
    pub phone: bool,
    /// Where actions go.
    pub act: Callback<Action>,
}

/// See the module.
#[component]
pub fn Terminal(props: &Props) -> Html {
    let terminal = &props.terminal;
    let scroll = use_node_ref();
    let field = use_node_ref();
    let follow = use_mut_ref(|| true);
    {
        let (scroll, follow) = (scroll.clone(), follow.clone());
        use_effect_with((terminal.clone(), props.offered.clone()), move |_| {
            if let Some(element) = scroll.cast::<Element>().filter(|_| *follow.borrow()) {
                element.set_scroll_top(element.scroll_height());
            }
        });
    }
    let onscroll = {
        let scroll = scroll.clone();
        Callback::from(move |_: Event| {
            if let Some(element) = scroll.cast::<Element>() {
                *follow.borrow_mut() =
                    element.scroll_height() - element.scroll_top() - element.client_height() < 40;
            }
        })
    };
    let onclick = {
        let (field, act, number) = (field.clone(), props.act.clone(), terminal.number);
        Callback::from(move |_: MouseEvent| {
            act.emit(Action::ShowTerminal(number));
            let selecting =
                gloo::utils::window().get_selection().ok().flatten().is_some_and(|s| !s.is_collapsed());
            if let Some(field) = field.cast::<HtmlElement>().filter(|_| !selecting) {
                let _ = field.focus();
            }
        })
    };
    let prompt = html! {
        <Prompt terminal={terminal.clone()} handle={props.handle.clone()} offered={props.offered.clone()} {field}
            ghost={props.ghost.clone()} phone={props.phone} act={props.act.clone()} />
    };
    let queue = (!terminal.queue.is_empty())
        .then(|| html! { <div class="queue">{ format!("{} pasted lines wait; Ctrl+C drops them", terminal.queue.len()) }</div> });
    html! {<>
        <div class="term" ref={scroll} {onscroll} {onclick}>
            <div class="out" role="log" aria-label={format!("Output of terminal {}", terminal.number)} aria-live="polite"
                data-testid={test_id(terminal.number)}>
                if terminal.number == 1 && terminal.scrollback.dropped == 0 && !terminal.scrollback.cleared {
                    <div class="l quiet">{ "Simulated Kafka 4.3. Kafka’s own commands work here; “help” lists the laboratory’s." }</div>
                }
                if terminal.scrollback.dropped > 0 {
                    <div class="l gone">{ format!("{} older lines are no longer kept", terminal.scrollback.dropped) }</div>
                }
                { for terminal.scrollback.blocks.iter().map(|(first, lines)| html! { <Block key={*first} lines={lines.clone()} /> }) }
            </div>
            { for queue }
            if !props.phone { { prompt.clone() } }
        </div>
        if props.phone { <div class="runbar">{ prompt }</div> }
    </>}
}

fn test_id(number: u32) -> String {
    if number == 1 { "terminal-output".to_owned() } else { format!("terminal-output-{number}") }
}

#[derive(Clone, PartialEq, Properties)]
struct BlockProps {
    lines: Shared<Vec<Line>>,
}

#[component]
fn Block(props: &BlockProps) -> Html {
    html! { <>{ for props.lines.iter().map(line) }</> }
}

fn line(line: &Line) -> Html {
    match line.stream {
        Stream::Echo => {
            let (prompt, rest) = prompt_of(&line.text);
            html! { <div class="l echo"><b>{ prompt.to_owned() }</b>{ rest.to_owned() }</div> }
        }
        Stream::Stdout => html! { <div class="l">{ &line.text }</div> },
        Stream::Stderr => html! { <div class="l stderr">{ &line.text }</div> },
        Stream::Note => html! { <div class="l note">{ &line.text }</div> },
    }
}

/// The prompt that an echoed line begins with, and the rest.
fn prompt_of(text: &str) -> (&str, &str) {
    let end = ["$ ", "> ", ">"].iter().find(|p| text.starts_with(**p)).map_or(0, |p| p.len());
    text.split_at(end)
}
