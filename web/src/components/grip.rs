//! The edge between stage and terminals: dragged, or moved by arrow keys.

use crate::action::Action;
use crate::markup::{markup, on};
use web_sys::Element;
use yew::prelude::*;

/// See [`Grip`].
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// Height of the terminals now.
    pub height: i32,
    /// Where actions go.
    pub act: Callback<Action>,
}

/// See the module.
#[component]
pub fn Grip(props: &Props) -> Html {
    let start = use_mut_ref(|| None::<(i32, i32)>);
    let onpointerdown = {
        let (start, height) = (start.clone(), props.height);
        on(move |event: PointerEvent| {
            *start.borrow_mut() = Some((event.client_y(), height));
            if let Some(grip) = event.target_dyn_into::<Element>() {
                let _ = grip.set_pointer_capture(event.pointer_id());
            }
        })
    };
    let onpointermove = {
        let (start, act) = (start.clone(), props.act.clone());
        on(move |event: PointerEvent| {
            if let Some((y, height)) = *start.borrow() {
                act.emit(Action::TerminalHeight(height + y - event.client_y()));
            }
        })
    };
    let onpointerup = on(move |_: PointerEvent| *start.borrow_mut() = None);
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
