//! The line being typed: colours, a grey suggestion, completion, history.
//!
//! The text field is transparent and lies over a mirror of its text, which carries the colours. What is typed is
//! only ever text.

use crate::action::Action;
use crate::session::Handle;
use crate::session::shown::TermModel;
use crate::shared::Shared;
use kafkascope_core::session::api::{Candidate, Completion, Ink};
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
    search: Option<String>,
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
        Prompt { cursor: text.len(), text, back: 0, draft: String::new(), popup: None, search: None }
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
                if self.search.is_some() {
                    self.search_again(ctx);
                } else if self.popup.is_some() {
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
                self.set(ctx, kept + &insert);
                if let Some(field) = field(ctx) {
                    let _ = field.focus();
                }
            }
            Msg::Left => {
                let had = self.popup.take().is_some() | self.search.take().is_some();
                return had;
            }
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let terminal = &ctx.props().terminal;
        let number = terminal.number;
        let link = ctx.link();
        let oninput = link.callback(|event: InputEvent| {
            let field = event.target_dyn_into::<HtmlTextAreaElement>();
            let text = field.as_ref().map(HtmlTextAreaElement::value).unwrap_or_default();
            let cursor = field.and_then(|f| f.selection_start().ok().flatten());
            let cursor = bytes(&text, cursor.unwrap_or(u32::MAX));
            Msg::Typed(text, cursor)
        });
        let label = format!("Terminal {number}, {}", waiting(terminal));
        let prompt = match &self.search {
            Some(_) => "search: ".to_owned(),
            None => terminal.view.prompt.clone(),
        };
        html! {<>
            <div class="entry">
                { self.popup_view(ctx) }
                <span class="ps">{ prompt }</span>
                <div class="stack">
                    <div class="mirror" aria-hidden="true">{ self.mirror(ctx) }</div>
                    <textarea ref={ctx.props().field.clone()} rows="1" spellcheck="false" autocapitalize="off" autocomplete="off"
                        aria-label={label} data-testid={test_id(ctx)} role="combobox" aria-autocomplete="list"
                        aria-expanded={self.popup.is_some().to_string()} aria-controls={format!("popup-{number}")}
                        aria-activedescendant={self.popup.as_ref().map(|p| format!("popup-{number}-{}", p.chosen))}
                        enterkeyhint="send" value={self.text.clone()} {oninput} onkeydown={link.callback(Msg::Key)}
                        onpaste={link.callback(Msg::Pasted)} onblur={link.callback(|_| Msg::Left)} />
                </div>
                if ctx.props().phone {
                    <button class="do" style="margin:-4px 0" onclick={link.callback(|_| Msg::Enter)}>{ "Run" }</button>
                }
            </div>
            if ctx.props().phone { { self.chips(ctx) } }
        </>}
    }
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
        self.set(ctx, String::new());
        (self.back, self.popup, self.search) = (0, None, None);
        self.draft.clear();
        let number = ctx.props().terminal.number;
        if line.contains('\n') {
            ctx.props().act.emit(Action::Paste(number, line.lines().map(str::to_owned).collect()));
        } else {
            ctx.props().act.emit(Action::Line(number, line));
        }
    }

    fn key(&mut self, ctx: &Context<Self>, event: &KeyboardEvent) -> bool {
        let key = event.key();
        if event.ctrl_key() && !event.alt_key() && !event.meta_key() {
            return self.control(ctx, event, &key);
        }
        if event.is_composing() {
            return false;
        }
        if self.popup.is_some() && self.popup_key(ctx, &key) {
            event.prevent_default();
            event.stop_propagation();
            return true;
        }
        match key.as_str() {
            "Enter" if !event.shift_key() => self.enter(ctx),
            "Tab" if !event.shift_key() && !self.text.is_empty() => self.complete(ctx),
            "ArrowUp" if !self.text.contains('\n') => self.recall(ctx, 1),
            "ArrowDown" if !self.text.contains('\n') => self.recall(ctx, -1),
            "ArrowRight" | "End" if self.at_end(ctx) => match self.suggestion(ctx) {
                Some(rest) => self.set(ctx, format!("{}{rest}", self.text)),
                None => return false,
            },
            "Escape" if self.search.is_some() => {
                self.search = None;
                self.set(ctx, String::new());
            }
            _ => return false,
        }
        event.prevent_default();
        true
    }

    fn control(&mut self, ctx: &Context<Self>, event: &KeyboardEvent, key: &str) -> bool {
        let number = ctx.props().terminal.number;
        match key {
            "c" if !selecting(ctx) => {
                self.set(ctx, String::new());
                (self.popup, self.search) = (None, None);
                ctx.props().act.emit(Action::Interrupt(number));
            }
            "d" if self.text.is_empty() => ctx.props().act.emit(Action::EndOfInput(number)),
            "l" => ctx.props().act.emit(Action::Line(number, "clear".to_owned())),
            "u" => self.set(ctx, String::new()),
            "r" => {
                if self.search.is_some() {
                    self.back += 1;
                    self.search_again(ctx);
                } else {
                    self.search = Some(self.text.clone());
                    self.back = 0;
                }
            }
            _ => return false,
        }
        event.prevent_default();
        true
    }

    /// Finds the newest line entered before that contains what is searched.
    fn search_again(&mut self, ctx: &Context<Self>) {
        let wanted = match (&self.search, self.back) {
            (Some(_), 0) => self.text.clone(),
            (Some(wanted), _) => wanted.clone(),
            (None, _) => return,
        };
        let driver = ctx.props().handle.0.borrow();
        let history = driver.session().history(ctx.props().terminal.number);
        let found = history.iter().rev().filter(|line| line.contains(&wanted)).nth(self.back).cloned();
        drop(driver);
        if self.back > 0 {
            match found {
                Some(line) => self.set(ctx, line),
                None => self.back -= 1,
            }
        }
        self.search = Some(wanted);
    }

    fn pasted(&mut self, ctx: &Context<Self>, event: &Event) -> bool {
        let data = wasm_bindgen::JsCast::dyn_ref::<web_sys::ClipboardEvent>(event)
            .and_then(web_sys::ClipboardEvent::clipboard_data);
        let Some(text) = data.and_then(|d| d.get_data("text").ok()).filter(|t| t.contains('\n')) else {
            return false;
        };
        event.prevent_default();
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let whole = format!("{}{text}", self.text);
        let (lines, rest) = whole.rsplit_once('\n').unwrap_or(("", &whole));
        let lines = lines.lines().map(str::to_owned).collect();
        self.set(ctx, rest.to_owned());
        ctx.props().act.emit(Action::Paste(ctx.props().terminal.number, lines));
        true
    }

    fn recall(&mut self, ctx: &Context<Self>, by: isize) {
        let driver = ctx.props().handle.0.borrow();
        let history = driver.session().history(ctx.props().terminal.number);
        let back = self.back.saturating_add_signed(by).min(history.len());
        let line = history.len().checked_sub(back).and_then(|at| history.get(at)).cloned();
        drop(driver);
        if self.back == 0 && back > 0 {
            self.draft.clone_from(&self.text);
        }
        self.back = back;
        self.set(ctx, line.unwrap_or_else(|| self.draft.clone()));
    }

    fn complete(&mut self, ctx: &Context<Self>) {
        let completion = ask(ctx, &self.text, self.cursor);
        match completion.candidates.as_slice() {
            [] => {}
            [only] => self.replace(ctx, completion.start, &only.insert.clone()),
            several => {
                let same = common(several);
                let typed = self.text.get(completion.start..self.cursor).unwrap_or("");
                if same.len() > typed.len() && same.starts_with(typed) {
                    let start = completion.start;
                    self.replace(ctx, start, &same);
                }
                self.open_popup(ctx);
            }
        }
    }

    fn open_popup(&mut self, ctx: &Context<Self>) {
        let completion = ask(ctx, &self.text, self.cursor);
        self.popup = (!completion.candidates.is_empty()).then_some(Popup { completion, chosen: 0 });
    }

    fn popup_key(&mut self, ctx: &Context<Self>, key: &str) -> bool {
        let Some(popup) = &mut self.popup else { return false };
        let count = popup.completion.candidates.len();
        match key {
            "ArrowDown" => popup.chosen = (popup.chosen + 1) % count,
            "ArrowUp" => popup.chosen = (popup.chosen + count - 1) % count,
            "Enter" | "Tab" => {
                let chosen = popup.chosen;
                self.take(ctx, chosen);
                return true;
            }
            "Escape" => self.popup = None,
            _ => return false,
        }
        if let Some(popup) = &self.popup {
            reveal(&format!("popup-{}-{}", ctx.props().terminal.number, popup.chosen));
        }
        true
    }

    fn take(&mut self, ctx: &Context<Self>, index: usize) {
        let Some(popup) = self.popup.take() else { return };
        if let Some(candidate) = popup.completion.candidates.get(index) {
            self.replace(ctx, popup.completion.start, &candidate.insert);
        }
        if let Some(field) = field(ctx) {
            let _ = field.focus();
        }
    }

    /// Puts a completion between the beginning of its word and the cursor.
    fn replace(&mut self, ctx: &Context<Self>, start: usize, insert: &str) {
        let before = self.text.get(..start).unwrap_or("").to_owned();
        let after = self.text.get(self.cursor..).unwrap_or("").to_owned();
        let cursor = before.len() + insert.len();
        self.set(ctx, format!("{before}{insert}{after}"));
        self.cursor = cursor;
        if let Some(field) = field(ctx) {
            let units = self.text.get(..cursor).map_or(0, |t| t.encode_utf16().count());
            let units = u32::try_from(units).unwrap_or(u32::MAX);
            let _ = field.set_selection_range(units, units);
        }
    }

    fn at_end(&self, ctx: &Context<Self>) -> bool {
        let end = field(ctx).and_then(|f| f.selection_start().ok().flatten());
        end.is_some_and(|end| bytes(&self.text, end) == self.text.len())
    }

    fn suggestion(&self, ctx: &Context<Self>) -> Option<String> {
        let terminal = &ctx.props().terminal;
        let at_prompt = terminal.view.running.is_none() && self.search.is_none();
        if self.text.is_empty() && terminal.view.prompt.starts_with('$') {
            return ctx.props().ghost.as_ref().filter(|_| at_prompt).map(ToString::to_string);
        }
        let driver = ctx.props().handle.0.borrow();
        driver.session().hint(terminal.number, &self.text).filter(|hint| at_prompt && !hint.is_empty())
    }

    fn mirror(&self, ctx: &Context<Self>) -> Html {
        let terminal = &ctx.props().terminal;
        let inks = if terminal.view.running.is_some() {
            vec![(self.text.len(), Ink::Plain)]
        } else {
            ctx.props().handle.0.borrow().session().ink(&self.text)
        };
        let mut from = 0;
        let pieces: Vec<Html> = inks
            .into_iter()
            .map(|(length, ink)| {
                let piece = self.text.get(from..from + length).unwrap_or_default().to_owned();
                from += length;
                html! { <span class={ink_class(ink)}>{ piece }</span> }
            })
            .collect();
        let rest = self.text.get(from..).unwrap_or_default().to_owned();
        let ghost = self.suggestion(ctx).map(|rest| {
            html! {<>
                <span class="ghost">{ rest }</span>
                if !ctx.props().phone { <span class="take">{ "press " }<kbd>{ "→" }</kbd>{ " to take this" }</span> }
            </>}
        });
        // A zero-width space keeps the height of an empty line.
        html! { <>{ for pieces }{ rest }{ for ghost }{ "\u{200b}" }</> }
    }

    fn popup_view(&self, ctx: &Context<Self>) -> Html {
        let Some(popup) = &self.popup else { return Html::default() };
        let number = ctx.props().terminal.number;
        let under = field(ctx).is_some_and(|f| f.get_bounding_client_rect().top() < 240.0);
        let items = popup.completion.candidates.iter().take(50).enumerate().map(|(index, candidate)| {
            let onmousedown = ctx.link().callback(move |event: MouseEvent| {
                event.prevent_default();
                Msg::Take(index)
            });
            html! {
                <li role="option" id={format!("popup-{number}-{index}")} aria-selected={(index == popup.chosen).to_string()} {onmousedown}>
                    <b>{ candidate.insert.trim_end() }</b><span>{ &candidate.about }</span>
                </li>
            }
        });
        html! {
            <div class={classes!("popup", under.then_some("under"))}>
                <ul role="listbox" id={format!("popup-{number}")} aria-label="Completions">{ for items }</ul>
                <footer><span><kbd>{ "Tab" }</kbd>{ " take" }</span><span><kbd>{ "↑" }</kbd><kbd>{ "↓" }</kbd>{ " choose" }</span><span><kbd>{ "Esc" }</kbd>{ " close" }</span></footer>
            </div>
        }
    }

    /// On a phone, what can follow is offered as chips that compose the command.
    fn chips(&self, ctx: &Context<Self>) -> Html {
        if ctx.props().terminal.view.running.is_some() {
            let number = ctx.props().terminal.number;
            let stop = ctx.props().act.reform(move |_| Action::Interrupt(number));
            let end = ctx.props().act.reform(move |_| Action::EndOfInput(number));
            return html! {
                <div class="chips">
                    <button onclick={stop}>{ "Ctrl+C stops" }</button><button onclick={end}>{ "Ctrl+D ends" }</button>
                </div>
            };
        }
        let completion = ask(ctx, &self.text, self.text.len());
        let chips = completion.candidates.into_iter().take(12).map(|candidate| {
            let insert = candidate.insert.clone();
            let onclick = ctx.link().callback(move |_| Msg::Chip(insert.clone()));
            html! { <button {onclick}>{ candidate.insert.trim_end().to_owned() }</button> }
        });
        html! { <div class="chips" role="group" aria-label="What can follow">{ for chips }</div> }
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

/// Whether text is selected, so that Ctrl-C copies.
fn selecting(ctx: &Context<Prompt>) -> bool {
    let field = field(ctx);
    let range = field.and_then(|f| Some((f.selection_start().ok()??, f.selection_end().ok()??)));
    let page = gloo::utils::window().get_selection().ok().flatten().is_some_and(|s| !s.is_collapsed());
    range.is_some_and(|(a, b)| a != b) || page
}

fn reveal(id: &str) {
    if let Some(element) = gloo::utils::document().get_element_by_id(id) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
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

/// What all candidates begin with.
fn common(candidates: &[Candidate]) -> String {
    let mut all = candidates.iter().map(|c| c.insert.as_str());
    let first = all.next().unwrap_or_default();
    let same = all.fold(first.chars().count(), |n, other| {
        first.chars().zip(other.chars()).take(n).take_while(|(a, b)| a == b).count()
    });
    first.chars().take(same).collect()
}

fn ink_class(ink: Ink) -> &'static str {
    match ink {
        Ink::Command => "ink-command",
        Ink::UnknownCommand => "ink-unknown",
        Ink::Option => "ink-option",
        Ink::Quoted => "ink-quoted",
        Ink::Operator => "ink-operator",
        Ink::Comment => "ink-comment",
        Ink::Plain => "",
    }
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

    #[test]
    fn candidates_share_a_beginning() {
        let of = |all: &[&str]| {
            let all: Vec<Candidate> =
                all.iter().map(|c| Candidate { insert: (*c).to_owned(), about: String::new() }).collect();
            common(&all)
        };
        assert_eq!(of(&["--topic ", "--topic-id-type "]), "--topic");
        assert_eq!(of(&["é1", "é2"]), "é");
        assert_eq!(of(&[]), "");
    }
}
