//! A list that follows its newest line while its end is in sight.

use crate::markup::{Value, on};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use web_sys::Element;
use yew::prelude::*;

/// Where such a list stands; `T` tells its newest line.
pub struct Follow<T> {
    /// The list.
    pub list: NodeRef,
    away: Rc<Cell<bool>>,
    /// How far it was scrolled when that was last seen.
    top: Rc<Cell<i32>>,
    last: RefCell<Option<T>>,
}

impl<T> Default for Follow<T> {
    fn default() -> Follow<T> {
        Follow { list: NodeRef::default(), away: Rc::default(), top: Rc::default(), last: RefCell::default() }
    }
}

impl<T: PartialEq> Follow<T> {
    /// The newest line is on the page.
    pub fn at(&self, last: T) {
        let last = Some(last);
        if *self.last.borrow() != last {
            self.last.replace(last);
            if let Some(list) = self.list.cast::<Element>().filter(|_| !self.away.get()) {
                list.set_scroll_top(list.scroll_height());
            }
        }
    }

    /// What happens when it is scrolled; its end is in sight if it is nearer than so many pixels. Only who scrolls back
    /// leaves the end: that it is out of sight may also come from the list's having become lower.
    pub fn scrolled(&self, near: i32) -> Value {
        scrolled(self.list.clone(), self.away.clone(), self.top.clone(), near)
    }
}

fn scrolled(list: NodeRef, away: Rc<Cell<bool>>, top: Rc<Cell<i32>>, near: i32) -> Value {
    on(move |_: Event| {
        if let Some(list) = list.cast::<Element>() {
            let here = list.scroll_top();
            let back = here < top.replace(here);
            let end = list.scroll_height() - here - list.client_height() < near;
            away.set(!end && (back || away.get()));
        }
    })
}
