//! A row of tabs.

use crate::action::{Action, Tab};
use web_sys::HtmlElement;
use yew::prelude::*;

/// One tab.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TabItem {
    /// What it leads to.
    pub tab: Tab,
    /// Its label.
    pub label: &'static str,
    /// Its name in tests.
    pub id: &'static str,
}

/// See [`tab_bar`].
pub struct Props<'a> {
    /// The tabs.
    pub items: &'a [TabItem],
    /// The one looked at.
    pub selected: Tab,
    /// `tabs` or `tabbar`.
    pub class: &'static str,
    /// What stands at the right.
    pub children: Html,
    /// Where actions go.
    pub act: &'a Callback<Action>,
}

/// See the module. Arrow keys move along the tabs; only the selected one is a stop of Tab.
pub fn tab_bar(props: Props<'_>) -> Html {
    let onkeydown = Callback::from(|event: KeyboardEvent| {
        let Some(here) = event.target_dyn_into::<HtmlElement>() else { return };
        let to = match event.key().as_str() {
            "ArrowRight" => here.next_element_sibling(),
            "ArrowLeft" => here.previous_element_sibling(),
            _ => return,
        };
        if let Some(to) = to.and_then(|e| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(e).ok()) {
            let _ = to.focus();
            to.click();
        }
    });
    let tabs = props.items.iter().map(|item| {
        let selected = item.tab == props.selected;
        let tab = item.tab;
        html! {
            <button role="tab" aria-selected={selected.to_string()} tabindex={if selected { "0" } else { "-1" }}
                data-testid={item.id} onclick={props.act.reform(move |_| Action::Tab(tab))}>{ item.label }</button>
        }
    });
    html! {
        <div class={props.class}>
            <div role="tablist" {onkeydown} style="display:contents">{ for tabs }</div>
            { props.children }
        </div>
    }
}
