//! The line being typed: colours, a grey suggestion, completion, history.
//!
//! The text field is transparent and lies over a mirror of its text, which carries the colours. What is typed is
//! only ever text.

mod keys;
mod show;

use crate::action::Action;
use crate::markup::{markup, on};
use crate::rest;
use crate::session::Handle;
use crate::session::shown::TermModel;
use crate::shared::Shared;
use kafkascope_core::session::api::Completion;
use kafkascope_core::session::paste;
use wasm_bindgen::JsCast;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

/// See [`Prompt`].
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
    /// Whether this is a phone: no grey explanation, chips instead of a popup.
    #[prop_or_default]
    pub phone: bool,
    /// The text field, for focus.
    pub field: NodeRef,
    /// Where actions go.
    pub act: Callback<Action>,
}

/// What changes while a line is typed.
pub struct Prompt {
    text: String,
    cursor: usize,
    /// Place in the history, counted from its end; 0 is the line being typed.
    back: usize,
    draft: String,
    popup: Option<Popup>,
    /// Whether what is typed is looked for among the lines entered before.
    search: bool,
}

struct Popup {
    completion: Completion,
    chosen: usize,
}

/// What happens to the line.
pub enum Msg {
    /// The field has this text now.
    Typed(String, usize),
    /// A key.
    Key(KeyboardEvent),
    /// Text was pasted.
    Pasted(Event),
    /// A candidate was clicked.
    Take(usize),
    /// The line is entered.
    Enter,
    /// A chip was tapped.
    Chip(String),
    /// The field lost the focus.
    Left,
}

impl Component for Prompt {
    type Message = Msg;
    type Properties = Props;

    fn create(ctx: &Context<Self>) -> Prompt {
        let text = if ctx.props().offered.0 > 0 { ctx.props().offered.1.to_string() } else { String::new() };
        Prompt { cursor: text.len(), text, back: 0, draft: String::new(), popup: None, search: false }
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &Props) -> bool {
        if ctx.props().offered.0 != old.offered.0 {
            self.set(ctx, ctx.props().offered.1.to_string());
            if let Some(field) = field(ctx) {
                let _ = field.focus();
            }
        }
        true
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Typed(text, cursor) => {
                (self.text, self.cursor) = (text, cursor);
                self.back = 0;
                if self.popup.is_some() {
                    self.open_popup(ctx);
                }
            }
            Msg::Key(event) => return self.key(ctx, &event),
            Msg::Pasted(event) => return self.pasted(ctx, &event),
            Msg::Take(index) => self.take(ctx, index),
            Msg::Enter => self.enter(ctx),
            Msg::Chip(insert) => {
                let completion = ask(ctx, &self.text, self.text.len());
                let kept = self.text.get(..completion.start).unwrap_or(&self.text).to_owned();
                // The next chip is another word; what lies in a folder, or is the value of an option, belongs to this one.
                let more = if insert.ends_with([' ', '/', '=']) { "" } else { " " };
                self.set(ctx, kept + &insert + more);
                if let Some(field) = field(ctx) {
                    let _ = field.focus();
                }
            }
            Msg::Left => {
                let had = self.popup.take().is_some() | std::mem::take(&mut self.search);
                return had;
            }
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let terminal = &ctx.props().terminal;
        let number = terminal.number;
        let does = |message: fn(Event) -> Msg| {
            let link = ctx.link().clone();
            on(move |event: Event| link.send_message(message(event)))
        };
        let label = format!("Terminal {number}, {}", waiting(terminal));
        let prompt = if self.search { "search: ".to_owned() } else { terminal.view.prompt.clone() };
        let popup = self.popup.as_ref();
        let phone = ctx.props().phone;
        markup!(
            "<div class='entry'>\
                {popup}<span class='ps'>{prompt}</span>\
                <div class='stack'>\
                    <div class='mirror' aria-hidden='true'>{mirror}</div>\
                    <textarea ref={field} rows='1' spellcheck='false' autocapitalize='off' autocomplete='off' \
                        aria-label={label} data-testid={test} aria-autocomplete='list' aria-controls={controls} \
                        aria-activedescendant={chosen} enterkeyhint='send' value={text} oninput={typed} \
                        onkeydown={key} onpaste={pasted} onblur={left}/>\
                </div>\
                {run}\
            </div>\
            {chips}",
            popup = self.popup_view(ctx),
            prompt,
            mirror = self.mirror(ctx),
            field = &ctx.props().field,
            label,
            test = test_id(ctx),
            controls = popup.map(|_| format!("popup-{number}")),
            chosen = popup.map(|p| format!("popup-{number}-{}", p.chosen)),
            text = &self.text,
            typed = does(typed),
            key = does(|event| Msg::Key(event.unchecked_into())),
            pasted = does(Msg::Pasted),
            left = does(|_| Msg::Left),
            run = phone.then(|| {
                markup!(
                    "<button class='do' style='margin:-4px 0' onclick={enter}>Run</button>",
                    enter = does(|_| Msg::Enter)
                )
            }),
            chips = phone.then(|| self.chips(ctx)),
        )
    }
}

/// What the field holds now.
fn typed(event: Event) -> Msg {
    let field = event.target_dyn_into::<HtmlTextAreaElement>();
    let text = field.as_ref().map(HtmlTextAreaElement::value).unwrap_or_default();
    let cursor = field.and_then(|f| f.selection_start().ok().flatten());
    let cursor = bytes(&text, cursor.unwrap_or(u32::MAX));
    Msg::Typed(text, cursor)
}

impl Prompt {
    fn set(&mut self, ctx: &Context<Self>, text: String) {
        self.cursor = text.len();
        if let Some(field) = field(ctx) {
            field.set_value(&text);
            let end = u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
            let _ = field.set_selection_range(end, end);
        }
        self.text = text;
    }

    fn enter(&mut self, ctx: &Context<Self>) {
        let line = self.text.clone();
        // If it cannot be had, the line is still there.
        rest::bring();
        self.set(ctx, String::new());
        (self.back, self.popup, self.search) = (0, None, false);
        self.draft.clear();
        let number = ctx.props().terminal.number;
        if line.contains('\n') {
            ctx.props().act.emit(Action::Paste(number, paste::lines(&line)));
        } else {
            ctx.props().act.emit(Action::Line(number, line));
        }
    }
}

fn ask(ctx: &Context<Prompt>, text: &str, cursor: usize) -> Completion {
    let cursor = cursor.min(text.len());
    ctx.props().handle.0.borrow().session().complete(ctx.props().terminal.number, text, cursor)
}

fn field(ctx: &Context<Prompt>) -> Option<HtmlTextAreaElement> {
    ctx.props().field.cast::<HtmlTextAreaElement>()
}

fn test_id(ctx: &Context<Prompt>) -> String {
    match ctx.props().terminal.number {
        1 => "terminal-input".to_owned(),
        n => format!("terminal-input-{n}"),
    }
}

/// What a terminal waits for, in words.
fn waiting(terminal: &TermModel) -> String {
    match &terminal.view.running {
        None => "command".to_owned(),
        Some(command) if terminal.view.reads_input => format!("input for {command}"),
        Some(command) => format!("{command} runs"),
    }
}

/// Where a place counted in UTF-16 units, as the browser does, is in bytes.
fn bytes(text: &str, units: u32) -> usize {
    let mut left = usize::try_from(units).unwrap_or(usize::MAX);
    for (at, c) in text.char_indices() {
        if left == 0 {
            return at;
        }
        left = left.saturating_sub(c.len_utf16());
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_counted_in_bytes() {
        assert_eq!(bytes("aé😀b", 0), 0);
        assert_eq!(bytes("aé😀b", 2), 3);
        assert_eq!(bytes("aé😀b", 4), 7);
        assert_eq!(bytes("aé😀b", 99), 8);
    }
}
