//! One terminal: what was printed, and the line being typed. Output is text, never markup.

use super::follow::Follow;
use super::prompt::{self, Prompt};
use crate::action::Action;
use crate::markup::{copied, each, markup, on};
use crate::part::{Part, part};
use crate::session::Handle;
use crate::session::shown::TermModel;
use crate::session::terminal::Line;
use crate::shared::Shared;
use kafkascope_core::session::api::Stream;
use std::rc::Rc;
use web_sys::HtmlElement;
use yew::prelude::*;
use yew::virtual_dom::VChild;

/// See the module.
#[derive(PartialEq)]
pub struct Props {
    /// The terminal.
    pub terminal: Shared<TermModel>,
    /// Whom to ask for completions and colours.
    pub handle: Handle,
    /// A command put at the prompt from outside, with its number.
    pub offered: (u32, AttrValue),
    /// What is suggested on an empty line.
    pub ghost: Option<AttrValue>,
    /// Whether this is a phone: the line being typed stands below, with a button.
    pub phone: bool,
    /// Where actions go.
    pub act: Callback<Action>,
}

/// What a terminal remembers.
#[derive(Default)]
pub struct Own {
    follow: Follow<(Shared<TermModel>, (u32, AttrValue))>,
    field: NodeRef,
}

impl Part for Props {
    type Own = Own;

    fn draw(&self, own: &Rc<Own>, _again: &Callback<()>) -> Html {
        terminal(self, own)
    }

    fn drawn(&self, own: &Own) {
        own.follow.at((self.terminal.clone(), self.offered.clone()));
    }
}

fn terminal(props: &Props, own: &Own) -> Html {
    let terminal = &props.terminal;
    let field = &own.field;
    let onclick = {
        let (field, act, number) = (field.clone(), props.act.clone(), terminal.number);
        on(move |_: Event| {
            act.emit(Action::ShowTerminal(number));
            let selecting =
                gloo::utils::window().get_selection().ok().flatten().is_some_and(|s| !s.is_collapsed());
            if let Some(field) = field.cast::<HtmlElement>().filter(|_| !selecting) {
                let _ = field.focus();
            }
        })
    };
    let prompt = prompt::Props {
        terminal: terminal.clone(),
        handle: props.handle.clone(),
        offered: props.offered.clone(),
        ghost: props.ghost.clone(),
        phone: props.phone,
        field: field.clone(),
        act: props.act.clone(),
    };
    let prompt = Html::from(VChild::<Prompt>::new(prompt, None));
    let (prompt, below) = if props.phone { (None, Some(prompt)) } else { (Some(prompt), None) };
    markup!(
        "<div class='term' ref={scroll} onscroll={onscroll} onclick={onclick}>{out}{queue}{prompt}</div>{below}",
        scroll = &own.follow.list,
        onscroll = own.follow.scrolled(40),
        onclick,
        out = out(terminal),
        queue = (!terminal.queue.is_empty()).then(|| {
            markup!(
                "<div class='queue'>{text}</div>",
                text = format!("{} pasted lines wait; Ctrl+C drops them", terminal.queue.len())
            )
        }),
        prompt,
        below = below.map(|prompt| markup!("<div class='runbar'>{prompt}</div>", prompt)),
    )
}

/// What was printed.
fn out(terminal: &TermModel) -> Html {
    let printed = &terminal.scrollback;
    let fresh = terminal.number == 1 && printed.dropped == 0 && !printed.cleared;
    markup!(
        "<div class='out' role='log' aria-label={label} aria-live='polite' data-testid={test}>\
            {fresh}{gone}{blocks}\
        </div>",
        label = format!("Output of terminal {}", terminal.number),
        test = match terminal.number {
            1 => "terminal-output".to_owned(),
            n => format!("terminal-output-{n}"),
        },
        fresh = fresh.then(|| {
            markup!(
                "<div class='l quiet'>Simulated Kafka 4.3. Kafka’s own commands work here; “help” lists the \
                laboratory’s.</div>"
            )
        }),
        gone = (printed.dropped > 0).then(|| {
            markup!(
                "<div class='l gone'>{text}</div>",
                text = format!("{} older lines are no longer kept", printed.dropped)
            )
        }),
        blocks = each(&printed.blocks, |(first, lines)| {
            part(Some((*first).into()), Block { lines: lines.clone() })
        }),
    )
}

#[derive(PartialEq)]
struct Block {
    lines: Shared<Vec<Line>>,
}

impl Part for Block {
    type Own = ();

    fn draw(&self, _own: &Rc<()>, _again: &Callback<()>) -> Html {
        each(self.lines.iter(), line)
    }
}

fn line(line: &Line) -> Html {
    let class = match line.stream {
        Stream::Echo => {
            let (prompt, rest) = prompt_of(&line.text);
            let (prompt, rest) = (copied(prompt), copied(rest));
            return markup!("<div class='l echo'><b>{prompt}</b>{rest}</div>", prompt, rest);
        }
        Stream::Stdout => "l",
        Stream::Stderr => "l stderr",
        Stream::Note => "l note",
    };
    markup!("<div class={class}>{text}</div>", class, text = &line.text)
}

/// The prompt that an echoed line begins with, and the rest.
fn prompt_of(text: &str) -> (&str, &str) {
    let end = ["$ ", "> ", ">"].iter().find(|p| text.starts_with(**p)).map_or(0, |p| p.len());
    text.split_at(end)
}
