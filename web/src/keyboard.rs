//! Keys of the whole page, for what no part of it took.

use crate::action::{Action, Selection};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::KeyboardEvent;

/// What a key does. F6 moves the focus at once.
#[must_use]
pub fn action(event: &KeyboardEvent) -> Option<Action> {
    if event.key() == "F6" {
        event.prevent_default();
        next_region(event.shift_key());
        return None;
    }
    if event.key() == "z" && (event.ctrl_key() || event.meta_key()) && !takes_keys(event) {
        return Some(Action::Undo);
    }
    if event.default_prevented()
        || event.ctrl_key()
        || event.meta_key()
        || event.alt_key()
        || takes_keys(event)
    {
        return None;
    }
    match event.key().as_str() {
        " " => Some(Action::PlayPause),
        "." => Some(Action::Step),
        "[" => Some(Action::Beside(false)),
        "]" => Some(Action::Beside(true)),
        "?" => Some(Action::Select(Some(Selection::Marks))),
        "Escape" => Some(Action::Select(None)),
        _ => None,
    }
}

/// Whether the element in focus wants ordinary keys for itself.
fn takes_keys(event: &KeyboardEvent) -> bool {
    let Some(target) = event.target().and_then(|t| t.dyn_into::<Element>().ok()) else { return false };
    match target.tag_name().as_str() {
        "INPUT" | "TEXTAREA" | "SELECT" => true,
        "BUTTON" => event.key() == " ",
        _ => false,
    }
}

/// Top bar, stage, panel, terminal, and round again.
fn next_region(back: bool) {
    let document = gloo::utils::document();
    let Ok(found) = document.query_selector_all("[data-region]") else { return };
    let mut regions: Vec<Element> =
        (0..found.length()).filter_map(|i| found.get(i)?.dyn_into().ok()).collect();
    // In the order of reading: the panel comes before the terminals.
    let rank = |e: &Element| match e.get_attribute("data-region").as_deref() {
        Some("top") => 0,
        Some("stage") => 1,
        Some("panel") => 2,
        _ => 3,
    };
    kafkascope_core::sorted::sort_by_key(&mut regions, rank);
    let active = document.active_element();
    let here = regions.iter().position(|region| region.contains(active.as_deref()));
    let count = regions.len().max(1);
    let to = match (here, back) {
        (None, _) => 0,
        (Some(at), false) => (at + 1) % count,
        (Some(at), true) => (at + count - 1) % count,
    };
    let Some(region) = regions.get(to) else { return };
    let wanted = ["[data-at][tabindex='0']", "textarea", "[role=tab][aria-selected=true]", "button"];
    let inner = wanted.iter().find_map(|selector| region.query_selector(selector).ok().flatten());
    let target =
        inner.and_then(|e| e.dyn_into::<HtmlElement>().ok()).or_else(|| region.clone().dyn_into().ok());
    if let Some(target) = target {
        let _ = target.focus();
    }
}
