//! A row of tabs.

use crate::action::{Action, Tab};
use crate::markup::{act, each, markup, on, stop};
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
    let tabs = each(props.items, |item| {
        let selected = item.tab == props.selected;
        markup!(
            "<button role='tab' aria-selected={selected} tabindex={stop} data-testid={test} onclick={go}>{label}</button>",
            selected,
            stop = stop(selected),
            test = item.id,
            go = act(props.act, Action::Tab(item.tab)),
            label = item.label,
        )
    });
    markup!(
        "<div class={class}><div role='tablist' onkeydown={key} style='display:contents'>{tabs}</div>{side}</div>",
        class = props.class,
        key = on(key),
        tabs,
        side = props.children,
    )
}

fn key(event: KeyboardEvent) {
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
}
