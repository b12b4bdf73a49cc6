//! The line being typed as it looks: colours, grey suggestion, candidates, chips.

use super::{Msg, Prompt, ask, field};
use crate::action::Action;
use kafkascope_core::session::api::Ink;
use yew::prelude::*;

impl Prompt {
    pub(super) fn mirror(&self, ctx: &Context<Self>) -> Html {
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
        let ghost = self.suggestion(ctx).filter(|_| self.popup.is_none()).map(|rest| {
            html! {<>
                <span class="ghost">{ rest }</span>
                if !ctx.props().phone { <span class="take">{ "press " }<kbd>{ "→" }</kbd>{ " to take this" }</span> }
            </>}
        });
        // A zero-width space keeps the height of an empty line.
        html! { <>{ for pieces }{ rest }{ for ghost }{ "\u{200b}" }</> }
    }

    pub(super) fn popup_view(&self, ctx: &Context<Self>) -> Html {
        let Some(popup) = &self.popup else { return Html::default() };
        let number = ctx.props().terminal.number;
        let style = self.popup_place(ctx);
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
            <div class="popup" {style}>
                <ul role="listbox" id={format!("popup-{number}")} aria-label="Completions">{ for items }</ul>
                <footer><span><kbd>{ "Tab" }</kbd>{ " take" }</span><span><kbd>{ "↑" }</kbd><kbd>{ "↓" }</kbd>{ " choose" }</span><span><kbd>{ "Esc" }</kbd>{ " close" }</span></footer>
            </div>
        }
    }

    /// Above the line being typed, or below it where there is no room above. It is not cut by the terminal's edge.
    fn popup_place(&self, ctx: &Context<Self>) -> String {
        let Some(field) = field(ctx) else { return String::new() };
        let rect = field.get_bounding_client_rect();
        let height = gloo::utils::window().inner_height().ok().and_then(|h| h.as_f64()).unwrap_or(900.0);
        let left = rect.left().max(8.0);
        if rect.top() > 260.0 {
            format!("left:{left}px;bottom:{}px", height - rect.top() + 4.0)
        } else {
            format!("left:{left}px;top:{}px", rect.bottom() + 4.0)
        }
    }

    /// On a phone, what can follow is offered as chips that compose the command.
    pub(super) fn chips(&self, ctx: &Context<Self>) -> Html {
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
