//! The stage by keyboard, by the right button and by long presses.

use crate::action::Action;
use crate::layout::lanes::Target;
use crate::layout::model::StageModel;
use crate::markup::{Value, on};
use crate::shared::Shared;
use kafkascope_core::node::{ClientId, NodeId};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

/// The place of the keyboard in the grid.
pub(super) type Cursor = (usize, usize);

/// A finger that stays so long means the menu, in milliseconds.
const LONG_PRESS_MS: f64 = 500.0;

/// Row and column of a cell.
pub(super) fn place_of(cell: &Element) -> Option<Cursor> {
    let at = cell.get_attribute("data-at")?;
    let (row, column) = at.split_once(',')?;
    Some((row.parse().ok()?, column.parse().ok()?))
}

/// Keys of the grid.
pub(super) fn key(
    event: &KeyboardEvent,
    node: &NodeRef,
    model: &StageModel,
    menu: &Callback<Option<Target>>,
    act: &Callback<Action>,
) {
    let Some(grid) = node.cast::<Element>() else { return };
    let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    let Some(cell) = target.and_then(|t| t.closest("[data-at]").ok().flatten()) else { return };
    let Some((row, column)) = place_of(&cell) else { return };
    let went = match event.key().as_str() {
        "ArrowLeft" | "ArrowUp" if event.shift_key() => troubled(&grid, &cell, false),
        "ArrowRight" | "ArrowDown" if event.shift_key() => troubled(&grid, &cell, true),
        "ArrowLeft" => column.checked_sub(1).is_some_and(|column| go(&grid, row, column)),
        "ArrowRight" => go(&grid, row, column + 1),
        "ArrowUp" => row.checked_sub(1).is_some_and(|row| go(&grid, row, column) || go(&grid, row, 0)),
        "ArrowDown" => go(&grid, row + 1, column) || go(&grid, row + 1, 0),
        "Home" => go(&grid, row, 0),
        "End" => (0..column + 64).rev().any(|column| go(&grid, row, column)),
        "PageUp" => band(&grid, row, false),
        "PageDown" => band(&grid, row, true),
        "m" | "M" => {
            let target = target_of(column, model);
            menu.emit(target);
            target.is_some()
        }
        "Escape" => {
            act.emit(Action::Select(None));
            true
        }
        "Enter" | " " if cell.tag_name() != "BUTTON" => {
            if event.key() == "Enter"
                && let Some(cell) = cell.dyn_ref::<HtmlElement>()
            {
                cell.click();
            }
            event.key() == "Enter"
        }
        _ => false,
    };
    if went {
        event.prevent_default();
        event.stop_propagation();
    }
}

/// What happens at the right button, and when a finger comes, moves and goes. `touched` is when it came, or a moment
/// that never was.
pub(super) fn presses(
    touched: &Rc<Cell<f64>>,
    model: &Shared<StageModel>,
    menu: &Callback<Option<Target>>,
) -> [Value; 4] {
    let open = {
        let (model, menu) = (model.clone(), menu.clone());
        Rc::new(move |event: &Event| pressed(event, &model, &menu))
    };
    let (pressed, came, moved, gone) = (open.clone(), touched.clone(), touched.clone(), touched.clone());
    [
        on(move |event: Event| pressed(&event)),
        on(move |event: Event| came.set(event.time_stamp())),
        on(move |_: Event| moved.set(f64::MAX)),
        // Not every browser says that a press was long.
        on(move |event: Event| {
            if event.time_stamp() - gone.replace(f64::MAX) > LONG_PRESS_MS {
                open(&event);
            }
        }),
    ]
}

/// What the menu of a column is about.
fn target_of(column: usize, model: &StageModel) -> Option<Target> {
    let machine = column.checked_sub(1).and_then(|column| model.brokers.get(column));
    let node = match (machine, model.sources.first()) {
        (Some(head), _) => NodeId::Broker(head.id),
        (None, Some(source)) if column == 0 => NodeId::Client(ClientId(source.client)),
        _ => return None,
    };
    Some(Target::Node(node))
}

/// The right button of a mouse, or a long press: the menu of the column.
fn pressed(event: &Event, model: &StageModel, menu: &Callback<Option<Target>>) {
    let over = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let cell = over.and_then(|it| it.closest("[data-at]").ok().flatten());
    let target = cell.as_ref().and_then(place_of).and_then(|(_, column)| target_of(column, model));
    if target.is_some() {
        event.prevent_default();
        menu.emit(target);
    }
}

fn go(grid: &Element, row: usize, column: usize) -> bool {
    focus(grid.query_selector(&format!("[data-at='{row},{column}']")).ok().flatten())
}

/// The next band above or below.
fn band(grid: &Element, row: usize, down: bool) -> bool {
    let Ok(bands) = grid.query_selector_all("button.band") else { return false };
    let places = (0..bands.length()).filter_map(|i| bands.get(i)?.dyn_into::<Element>().ok());
    let mut rows = places.filter_map(|e| place_of(&e).map(|at| at.0));
    let to = if down { rows.find(|r| *r > row) } else { rows.rfind(|r| *r < row) };
    go(grid, to.unwrap_or(0), usize::from(to.is_none()))
}

/// The next box that is not in sync.
fn troubled(grid: &Element, cell: &Element, forward: bool) -> bool {
    let Ok(boxes) = grid.query_selector_all(".box.late, .box.away") else { return false };
    let all: Vec<Element> = (0..boxes.length()).filter_map(|i| boxes.get(i)?.dyn_into().ok()).collect();
    let here = place_of(cell).unwrap_or_default();
    let places = |e: &&Element| place_of(e).unwrap_or_default();
    let next = if forward {
        all.iter().find(|e| places(e) > here).or(all.first())
    } else {
        all.iter().rev().find(|e| places(e) < here).or(all.last())
    };
    focus(next.cloned())
}

fn focus(element: Option<Element>) -> bool {
    element.and_then(|e| e.dyn_into::<HtmlElement>().ok()).is_some_and(|e| e.focus().is_ok())
}
