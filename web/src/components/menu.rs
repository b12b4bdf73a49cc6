//! The menu of a machine, a client, a link or a held message. It closes when the focus leaves it.

use crate::action::{Action, Selection};
use crate::layout::lanes::{Entry, Target};
use crate::markup::{act, each, markup, on};
use crate::part::Part;
use kafkascope_core::node::NodeId;
use std::cell::Cell;
use std::rc::Rc;
use web_sys::HtmlElement;
use yew::prelude::*;

/// See the module.
#[derive(PartialEq)]
pub struct Menu {
    /// What it is about.
    pub target: Target,
    /// What it is called, and what it offers.
    pub offers: (String, Vec<Entry>),
    /// Left and top edge.
    pub at: (i32, i32),
    /// Whether it leads to the inspector.
    pub inspects: bool,
    /// Opens it about something else, or closes it.
    pub open: Callback<Option<Target>>,
    /// Where actions go.
    pub act: Callback<Action>,
}

/// What an open menu remembers.
#[derive(Default)]
pub struct Opened {
    node: NodeRef,
    focused: Cell<bool>,
}

impl Part for Menu {
    type Own = Opened;

    fn draw(&self, own: &Rc<Opened>, _again: &Callback<()>) -> Html {
        menu(self, &own.node)
    }

    fn drawn(&self, own: &Opened) {
        if !own.focused.replace(true) {
            let menu = own.node.cast::<HtmlElement>();
            focus(menu.and_then(|menu| menu.query_selector("button").ok().flatten()));
        }
    }
}

fn menu(props: &Menu, node: &NodeRef) -> Html {
    let close = props.open.reform(|()| None);
    let onkeydown = {
        let (close, node) = (close.clone(), node.clone());
        on(move |event: KeyboardEvent| menu_key(&event, &node, &close))
    };
    let onfocusout = {
        let (close, node) = (close.clone(), node.clone());
        on(move |event: FocusEvent| {
            let to =
                event.related_target().and_then(|t| wasm_bindgen::JsCast::dyn_into::<web_sys::Node>(t).ok());
            let inside = node.get().is_some_and(|menu| menu.contains(to.as_ref()));
            if !inside {
                close.emit(());
            }
        })
    };
    let (title, entries) = &props.offers;
    let items = each(entries, |entry| match entry {
        Entry::Run(label, command) => {
            let (act, close, run) = (props.act.clone(), close.clone(), command.clone());
            markup!(
                "<button role='menuitem' onclick={run} data-testid={test}>\
                    <span>{label}</span><code>{command}</code></button>",
                run = on(move |_: Event| {
                    act.emit(Action::Run(run.clone()));
                    close.emit(());
                }),
                test = test(command),
                label,
                command,
            )
        }
        Entry::Open(label, target) => {
            let (open, target) = (props.open.clone(), *target);
            markup!(
                "<button role='menuitem' aria-haspopup='menu' onclick={open}><span>{label}</span>›</button>",
                open = on(move |_: Event| open.emit(Some(target))),
                label,
            )
        }
    });
    let inspect = match props.target {
        Target::Node(NodeId::Broker(id)) if props.inspects => Some(id),
        _ => None,
    };
    markup!(
        "<div class='menu' role='menu' ref={node} onkeydown={key} onfocusout={out} aria-label={title} style={style}>\
            <p>{shown}</p>{items}{inspect}<p>Each types its command in the terminal.</p>\
        </div>",
        node,
        key = onkeydown,
        out = onfocusout,
        title,
        style = format!("left:{}px;top:{}px", props.at.0, props.at.1),
        shown = title,
        items,
        inspect = inspect.map(|id| {
            markup!(
                "<button role='menuitem' onclick={select}>Inspect</button>",
                select = act(&props.act, Action::Select(Some(Selection::Broker(id))))
            )
        }),
    )
}

/// `broker-102-crash` of `broker crash 102`, to be found by tests.
fn test(command: &str) -> String {
    let mut words = command.split(' ');
    match (words.next(), words.next(), words.next()) {
        (Some(kind), Some(verb), Some(id)) => format!("{kind}-{id}-{verb}"),
        _ => command.to_owned(),
    }
}

fn focus(element: Option<web_sys::Element>) {
    if let Some(element) = element.and_then(|e| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(e).ok()) {
        let _ = element.focus();
    }
}

fn menu_key(event: &KeyboardEvent, node: &NodeRef, close: &Callback<()>) {
    let next = match event.key().as_str() {
        "Escape" => {
            event.stop_propagation();
            close.emit(());
            return;
        }
        "ArrowDown" => true,
        "ArrowUp" => false,
        _ => return,
    };
    event.prevent_default();
    event.stop_propagation();
    let Some(here) = gloo::utils::document().active_element() else { return };
    let to = if next { here.next_element_sibling() } else { here.previous_element_sibling() };
    if node.get().is_some_and(|menu| menu.contains(to.as_deref())) {
        focus(to);
    }
}
