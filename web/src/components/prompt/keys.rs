//! What keys, paste and completion do to the line being typed.

use super::{Popup, Prompt, ask, bytes, field};
use crate::action::Action;
use kafkascope_core::session::api::Candidate;
use kafkascope_core::session::paste;
use yew::prelude::*;

impl Prompt {
    pub(super) fn key(&mut self, ctx: &Context<Self>, event: &KeyboardEvent) -> bool {
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
            "Enter" if self.search => {
                self.take_found(ctx);
                self.enter(ctx);
            }
            "Tab" | "ArrowRight" | "End" if self.search => self.take_found(ctx),
            "Enter" if !event.shift_key() => self.enter(ctx),
            "Tab" if !event.shift_key() && !self.text.is_empty() => self.complete(ctx),
            "ArrowUp" if !self.text.contains('\n') => self.recall(ctx, 1),
            "ArrowDown" if !self.text.contains('\n') => self.recall(ctx, -1),
            "ArrowRight" | "End" if self.at_end(ctx) => match self.suggestion(ctx) {
                Some(rest) => self.set(ctx, format!("{}{rest}", self.text)),
                None => return false,
            },
            "Escape" if self.search => {
                self.search = false;
                self.set(ctx, String::new());
            }
            _ => return false,
        }
        event.prevent_default();
        true
    }

    pub(super) fn control(&mut self, ctx: &Context<Self>, event: &KeyboardEvent, key: &str) -> bool {
        let number = ctx.props().terminal.number;
        match key {
            "c" if !selecting(ctx) => {
                self.set(ctx, String::new());
                (self.popup, self.search) = (None, false);
                ctx.props().act.emit(Action::Interrupt(number));
            }
            "d" if self.text.is_empty() => ctx.props().act.emit(Action::EndOfInput(number)),
            "l" => ctx.props().act.emit(Action::Line(number, "clear".to_owned())),
            "u" => self.set(ctx, String::new()),
            "r" if self.search => {
                self.back += 1;
                if self.found(ctx).is_none() {
                    self.back -= 1;
                }
            }
            "r" => {
                self.set(ctx, String::new());
                (self.search, self.back) = (true, 0);
            }
            _ => return false,
        }
        event.prevent_default();
        true
    }

    /// The newest line entered before that contains what is searched, or an older one after each further Ctrl-R.
    fn found(&self, ctx: &Context<Self>) -> Option<String> {
        let driver = ctx.props().handle.0.borrow();
        let history = driver.session().history(ctx.props().terminal.number);
        let mut found =
            history.iter().rev().filter(|line| !self.text.is_empty() && line.contains(&self.text));
        found.nth(self.back).cloned()
    }

    /// Puts what was found at the prompt.
    fn take_found(&mut self, ctx: &Context<Self>) {
        let line = self.found(ctx).unwrap_or_else(|| self.text.clone());
        (self.search, self.back) = (false, 0);
        self.set(ctx, line);
    }

    pub(super) fn pasted(&mut self, ctx: &Context<Self>, event: &Event) -> bool {
        let data = wasm_bindgen::JsCast::dyn_ref::<web_sys::ClipboardEvent>(event)
            .and_then(web_sys::ClipboardEvent::clipboard_data);
        let Some(text) = data.and_then(|d| d.get_data("text").ok()).filter(|t| t.contains('\n')) else {
            return false;
        };
        event.prevent_default();
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let whole = format!("{}{text}", self.text);
        let (lines, rest) = whole.rsplit_once('\n').unwrap_or(("", &whole));
        // The end of a terminal that is shown is no line begun.
        let mut lines = paste::lines(lines);
        if lines.iter().any(|line| line.starts_with("$ ")) {
            lines = paste::lines(&whole);
            self.set(ctx, String::new());
        } else {
            self.set(ctx, rest.to_owned());
        }
        ctx.props().act.emit(Action::Paste(ctx.props().terminal.number, lines));
        true
    }

    pub(super) fn recall(&mut self, ctx: &Context<Self>, by: isize) {
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

    pub(super) fn complete(&mut self, ctx: &Context<Self>) {
        let completion = ask(ctx, &self.text, self.cursor);
        match completion.candidates.as_slice() {
            [] => {}
            [only] => self.replace(ctx, completion.start, &self.whole(only)),
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

    pub(super) fn open_popup(&mut self, ctx: &Context<Self>) {
        let completion = ask(ctx, &self.text, self.cursor);
        self.popup = (!completion.candidates.is_empty()).then_some(Popup { completion, chosen: 0 });
    }

    pub(super) fn popup_key(&mut self, ctx: &Context<Self>, key: &str) -> bool {
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

    pub(super) fn take(&mut self, ctx: &Context<Self>, index: usize) {
        let Some(popup) = self.popup.take() else { return };
        if let Some(candidate) = popup.completion.candidates.get(index) {
            self.replace(ctx, popup.completion.start, &self.whole(candidate));
        }
        if let Some(field) = field(ctx) {
            let _ = field.focus();
        }
    }

    /// What a candidate puts in; at the end of the line the next word can be typed at once.
    fn whole(&self, candidate: &Candidate) -> String {
        if self.cursor == self.text.len() { candidate.whole() } else { candidate.insert.clone() }
    }

    /// Puts a completion between the beginning of its word and the cursor.
    pub(super) fn replace(&mut self, ctx: &Context<Self>, start: usize, insert: &str) {
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

    pub(super) fn at_end(&self, ctx: &Context<Self>) -> bool {
        let end = field(ctx).and_then(|f| f.selection_start().ok().flatten());
        end.is_some_and(|end| bytes(&self.text, end) == self.text.len())
    }

    pub(super) fn suggestion(&self, ctx: &Context<Self>) -> Option<String> {
        let terminal = &ctx.props().terminal;
        if self.search {
            return self.found(ctx).map(|line| format!("  {line}"));
        }
        let at_prompt = terminal.view.running.is_none();
        if self.text.is_empty() && terminal.view.prompt.starts_with('$') {
            return ctx.props().ghost.as_ref().filter(|_| at_prompt).map(ToString::to_string);
        }
        let driver = ctx.props().handle.0.borrow();
        driver.session().hint(terminal.number, &self.text).filter(|hint| at_prompt && !hint.is_empty())
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

/// What all candidates begin with.
fn common(candidates: &[Candidate]) -> String {
    let mut all = candidates.iter().map(|c| c.insert.as_str());
    let first = all.next().unwrap_or_default();
    let same = all.fold(first.chars().count(), |n, other| {
        first.chars().zip(other.chars()).take(n).take_while(|(a, b)| a == b).count()
    });
    first.chars().take(same).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
