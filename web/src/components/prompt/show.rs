//! The line being typed as it looks: colours, grey suggestion, candidates, chips.

use super::{Msg, Prompt, ask, field};
use crate::action::Action;
use crate::markup::{act, copied, each, markup, on};
use kafkascope_core::session::api::Ink;
use yew::prelude::*;

impl Prompt {
    pub(super) fn mirror(&self, ctx: &Context<Self>) -> Html {
        let terminal = &ctx.props().terminal;
        let inks = if terminal.view.running.is_some() || self.search {
            vec![(self.text.len(), Ink::Plain)]
        } else {
            ctx.props().handle.0.borrow().session().ink(&self.text)
        };
        let mut from = 0;
        let pieces = each(inks, |(length, ink)| {
            let piece = self.text.get(from..from + length).unwrap_or_default();
            from += length;
            markup!("<span class={ink}>{piece}</span>", ink = ink_class(ink), piece = copied(piece))
        });
        let ghost = self.suggestion(ctx).filter(|_| self.popup.is_none()).map(|rest| {
            let roomy = !ctx.props().phone && !self.search;
            let take = roomy.then(|| markup!("<span class='take'>press <kbd>→</kbd> to take this</span>"));
            markup!("<span class='ghost'>{rest}</span>{take}", rest, take)
        });
        markup!(
            "{pieces}{rest}{ghost}{end}",
            pieces,
            rest = copied(self.text.get(from..).unwrap_or_default()),
            ghost,
            // A zero-width space keeps the height of an empty line.
            end = "\u{200b}",
        )
    }

    pub(super) fn popup_view(&self, ctx: &Context<Self>) -> Html {
        let Some(popup) = &self.popup else { return Html::default() };
        let number = ctx.props().terminal.number;
        let items = each(popup.completion.candidates.iter().take(50).enumerate(), |(index, candidate)| {
            let link = ctx.link().clone();
            markup!(
                "<li role='option' id={id} aria-selected={chosen} onmousedown={take}><b>{insert}</b><span>{about}</span></li>",
                id = format!("popup-{number}-{index}"),
                chosen = index == popup.chosen,
                take = on(move |event: Event| {
                    event.prevent_default();
                    link.send_message(Msg::Take(index));
                }),
                insert = copied(candidate.insert.trim_end()),
                about = &candidate.about,
            )
        });
        markup!(
            "<div class='popup' style={style}>\
                <ul role='listbox' id={id} aria-label='Completions'>{items}</ul>\
                <footer><span><kbd>Tab</kbd> take</span><span><kbd>↑</kbd><kbd>↓</kbd> choose</span>\
                <span><kbd>Esc</kbd> close</span></footer>\
            </div>",
            style = self.popup_place(ctx),
            id = format!("popup-{number}"),
            items,
        )
    }

    /// Above the line being typed, or below it where there is no room above. It is not cut by the terminal's edge.
    fn popup_place(&self, ctx: &Context<Self>) -> String {
        let Some(field) = field(ctx) else { return String::new() };
        let rect = field.get_bounding_client_rect();
        let height = gloo::utils::window().inner_height().ok().and_then(|h| h.as_f64()).unwrap_or(900.0);
        let left = whole(rect.left()).max(8);
        if rect.top() > 260.0 {
            format!("left:{left}px;bottom:{}px", whole(height - rect.top()) + 4)
        } else {
            format!("left:{left}px;top:{}px", whole(rect.bottom()) + 4)
        }
    }

    /// On a phone, what can follow is offered as chips that compose the command.
    pub(super) fn chips(&self, ctx: &Context<Self>) -> Html {
        if ctx.props().terminal.view.running.is_some() {
            let number = ctx.props().terminal.number;
            return markup!(
                "<div class='chips'><button onclick={stop}>Ctrl+C stops</button>\
                <button onclick={end}>Ctrl+D ends</button></div>",
                stop = act(&ctx.props().act, Action::Interrupt(number)),
                end = act(&ctx.props().act, Action::EndOfInput(number)),
            );
        }
        let mut completion = ask(ctx, &self.text, self.text.len());
        if completion.candidates.is_empty() && self.text.ends_with(' ') {
            // Options are offered before their dashes are typed.
            let text = format!("{}--", self.text);
            completion = ask(ctx, &text, text.len());
        }
        let chips = each(completion.candidates.into_iter().take(40), |candidate| {
            let link = ctx.link().clone();
            let label = copied(candidate.insert.trim_end());
            markup!(
                "<button onclick={take}>{label}</button>",
                take = on(move |_: Event| link.send_message(Msg::Chip(candidate.insert.clone()))),
                label,
            )
        });
        markup!("<div class='chips' role='group' aria-label='What can follow'>{chips}</div>", chips)
    }
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

/// Whole pixels are near enough, and fractions would bring all that writes them into the page.
#[expect(clippy::cast_possible_truncation, reason = "a place on a screen")]
fn whole(pixels: f64) -> i32 {
    pixels as i32
}
