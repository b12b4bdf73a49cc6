//! The edge between stage and terminals: dragged, or moved by arrow keys.

use crate::action::Action;
use crate::markup::{markup, on};
use crate::part::Part;
use std::cell::Cell;
use std::rc::Rc;
use web_sys::Element;
use yew::prelude::*;

/// See the module.
#[derive(PartialEq)]
pub struct Props {
    /// Height of the terminals now.
    pub height: i32,
    /// Where actions go.
    pub act: Callback<Action>,
}

/// Where a drag began, with the height then.
type Start = Cell<Option<(i32, i32)>>;

impl Part for Props {
    type Own = Start;

    fn draw(&self, own: &Rc<Start>, _again: &Callback<()>) -> Html {
        grip(self, own)
    }
}

fn grip(props: &Props, start: &Rc<Start>) -> Html {
    let onpointerdown = {
        let (start, height) = (start.clone(), props.height);
        on(move |event: PointerEvent| {
            start.set(Some((event.client_y(), height)));
            if let Some(grip) = event.target_dyn_into::<Element>() {
                let _ = grip.set_pointer_capture(event.pointer_id());
            }
        })
    };
    let onpointermove = {
        let (start, act) = (start.clone(), props.act.clone());
        on(move |event: PointerEvent| {
            if let Some((y, height)) = start.get() {
                act.emit(Action::TerminalHeight(height + y - event.client_y()));
            }
        })
    };
    let onpointerup = {
        let start = start.clone();
        on(move |_: Event| start.set(None))
    };
    let onkeydown = {
        let (act, height) = (props.act.clone(), props.height);
        on(move |event: KeyboardEvent| {
            let by = match event.key().as_str() {
                "ArrowUp" => 24,
                "ArrowDown" => -24,
                _ => return,
            };
            event.prevent_default();
            act.emit(Action::TerminalHeight(height + by));
        })
    };
    markup!(
        "<div class='grip' role='separator' aria-orientation='horizontal' aria-label='Height of the terminals' \
            tabindex='0' aria-valuenow={height} aria-valuemin='120' aria-valuemax='560' onpointerdown={down} \
            onpointermove={moved} onpointerup={up} onkeydown={key}/>",
        height = props.height,
        down = onpointerdown,
        moved = onpointermove,
        up = onpointerup,
        key = onkeydown,
    )
}
