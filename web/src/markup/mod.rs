//! The page's elements, written as markup with holes and filled while the page runs.
//!
//! Yew's own macro turns every tag into code of its own, two or three hundred bytes each, which a learner has to
//! download. Here a view is one constant text and the values for its holes; one small reader, [`filled`], builds
//! all of them. [`check`] reads each text while the page is compiled, so a tag that is not closed or a hole
//! without its value is an error of the compiler. What fills a hole is never read as markup.
//!
//! ```ignore
//! markup!("<button class='link' onclick={go}>{label}</button>", go = act(to, Action::Step), label)
//! ```

mod check;

pub use check::check;

use crate::action::Action;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::Event;
use yew::prelude::*;
use yew::virtual_dom::{Key, Listener, ListenerKind, VList, VTag, VText};

/// What fills a hole.
#[derive(Default)]
pub enum Value {
    /// Nothing: the attribute, or the child, is not there.
    #[default]
    Nothing,
    /// The text of an attribute or of a child, or a key.
    Text(AttrValue),
    /// Children.
    Node(Html),
    /// What happens at an event.
    On(Rc<dyn Fn(Event)>),
    /// Where the element can be found later.
    Found(NodeRef),
}

/// What fills the holes of a text, in their order.
pub type Values = Vec<Value>;

/// What can fill a hole.
///
/// Each kind is put there by one function, and only that is called where a view is written: values that are made
/// and moved there would be code once for each hole.
pub trait Fill {
    /// Fills the next hole.
    fn fill(self, values: &mut Values);
}

/// A view: a text, and what fills its holes in their order, as `name` or `name = value`.
macro_rules! markup {
    (@ $name:ident) => { $name };
    (@ $name:ident $value:expr) => { $value };
    ($text:expr $(, $name:ident $(= $value:expr)?)* $(,)?) => {{
        const TEXT: &str = $text;
        const _: () = $crate::markup::check(TEXT, &[$(stringify!($name)),*]);
        #[allow(unused_mut, reason = "there may be no hole")]
        let mut values = $crate::markup::Values::new();
        $($crate::markup::Fill::fill(markup!(@ $name $($value)?), &mut values);)*
        $crate::markup::filled(TEXT, values)
    }};
}
pub(crate) use markup;

impl Fill for Value {
    #[inline(never)]
    fn fill(self, values: &mut Values) {
        values.push(self);
    }
}

impl Fill for &'static str {
    #[inline(never)]
    fn fill(self, values: &mut Values) {
        values.push(Value::Text(AttrValue::Static(self)));
    }
}

impl Fill for String {
    #[inline(never)]
    fn fill(self, values: &mut Values) {
        values.push(Value::Text(self.into()));
    }
}

impl Fill for &String {
    #[inline(never)]
    fn fill(self, values: &mut Values) {
        values.push(copied(self));
    }
}

impl Fill for AttrValue {
    #[inline(never)]
    fn fill(self, values: &mut Values) {
        values.push(Value::Text(self));
    }
}

impl Fill for &AttrValue {
    fn fill(self, values: &mut Values) {
        self.clone().fill(values);
    }
}

impl Fill for Html {
    #[inline(never)]
    fn fill(self, values: &mut Values) {
        values.push(Value::Node(self));
    }
}

impl Fill for &NodeRef {
    #[inline(never)]
    fn fill(self, values: &mut Values) {
        values.push(Value::Found(self.clone()));
    }
}

impl<T: Fill> Fill for Option<T> {
    fn fill(self, values: &mut Values) {
        match self {
            Some(value) => value.fill(values),
            None => values.push(Value::Nothing),
        }
    }
}

/// As `aria-` attributes want it.
impl Fill for bool {
    fn fill(self, values: &mut Values) {
        (if self { "true" } else { "false" }).fill(values);
    }
}

macro_rules! numbers {
    ($($kind:ty),*) => {$(
        impl Fill for $kind {
            #[inline(never)]
            fn fill(self, values: &mut Values) {
                self.to_string().fill(values);
            }
        }
    )*};
}
numbers!(i32, i64, u32, u64, usize);

/// A text that is not kept elsewhere.
#[inline(never)]
pub fn copied(text: &str) -> Value {
    Value::Text(AttrValue::Rc(text.into()))
}

/// Whether Tab stops at an element, as its `tabindex`.
pub fn stop(here: bool) -> &'static str {
    if here { "0" } else { "-1" }
}

/// The classes that hold.
#[inline(never)]
pub fn classes(all: &[(&str, bool)]) -> String {
    let mut text = String::new();
    for (class, _) in all.iter().filter(|(class, holds)| *holds && !class.is_empty()) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(class);
    }
    text
}

/// What happens at an event.
pub fn on<E: JsCast>(handle: impl Fn(E) + 'static) -> Value {
    Value::On(Rc::new(move |event: Event| handle(event.unchecked_into())))
}

/// An action, the same at every event.
#[inline(never)]
pub fn act(to: &Callback<Action>, action: Action) -> Value {
    let to = to.clone();
    Value::On(Rc::new(move |_| to.emit(action.clone())))
}

/// One child for each item.
pub fn each<T>(items: impl IntoIterator<Item = T>, mut one: impl FnMut(T) -> Html) -> Html {
    let mut all = Vec::new();
    for item in items {
        add(&mut all, one(item));
    }
    listed(all)
}

#[inline(never)]
fn add(all: &mut Vec<Html>, one: Html) {
    all.push(one);
}

/// Children beside each other, without an element around them.
#[inline(never)]
pub fn listed(all: Vec<Html>) -> Html {
    VList::from(all).into()
}

/// A listener of any kind.
struct Handler {
    kind: &'static str,
    handle: Rc<dyn Fn(Event)>,
}

impl Listener for Handler {
    fn kind(&self) -> ListenerKind {
        ListenerKind::other(self.kind.into())
    }

    fn handle(&self, event: Event) {
        (self.handle)(event);
    }

    fn passive(&self) -> bool {
        self.kind == "scroll"
    }
}

/// Builds the elements of a text that [`check`] has read.
#[inline(never)]
pub fn filled(text: &'static str, values: Values) -> Html {
    let mut values = values.into_iter();
    let mut open: Vec<VTag> = Vec::new();
    let mut roots = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.as_bytes().first() {
        let child = match first {
            b'<' if rest.starts_with("</") => {
                (_, rest) = cut(rest, '>');
                open.pop().map(Html::from)
            }
            b'<' => {
                let (head, after) = cut(rest, '>');
                rest = after;
                let (tag, closed) = element(head, &mut values);
                if closed {
                    Some(tag.into())
                } else {
                    open.push(tag);
                    None
                }
            }
            b'{' => {
                (_, rest) = cut(rest, '}');
                Some(child(values.next().unwrap_or_default()))
            }
            _ => {
                let (text, after) = rest.split_at(rest.find(['<', '{']).unwrap_or(rest.len()));
                rest = after;
                Some(VText::new(AttrValue::Static(text)).into())
            }
        };
        if let Some(child) = child {
            match open.last_mut() {
                Some(parent) => parent.add_child(child),
                None => roots.push(child),
            }
        }
    }
    match roots.len() {
        1 => roots.pop().unwrap_or_default(),
        _ => listed(roots),
    }
}

/// The element of `<name attribute='text' attribute={hole}` or of the same with a slash, and whether that was there.
fn element(head: &'static str, values: &mut std::vec::IntoIter<Value>) -> (VTag, bool) {
    let (name, mut rest) = cut(head.get(1..).unwrap_or_default(), ' ');
    let closed = head.ends_with('/');
    let mut tag = VTag::new(AttrValue::Static(name.trim_end_matches('/')));
    while !rest.is_empty() && rest != "/" {
        let (name, after) = cut(rest, '=');
        let after = after.get(1..).unwrap_or_default();
        let value = if rest.as_bytes().get(name.len() + 1) == Some(&b'{') {
            rest = cut(after, '}').1;
            values.next().unwrap_or_default()
        } else {
            let (text, after) = cut(after, '\'');
            rest = after;
            Value::Text(AttrValue::Static(text))
        };
        attribute(&mut tag, name, value);
        rest = rest.trim_start();
    }
    (tag, closed)
}

fn attribute(tag: &mut VTag, name: &'static str, value: Value) {
    match (name, value) {
        (_, Value::Nothing | Value::Node(_)) => {}
        (_, Value::Found(node)) => tag.node_ref = node,
        (_, Value::On(handle)) => {
            let kind = name.get(2..).unwrap_or_default();
            tag.add_listener(Rc::new(Handler { kind, handle }));
        }
        ("key", Value::Text(text)) => tag.key = Some(Key::from(&*text)),
        ("value", Value::Text(text)) if tag.tag() == "textarea" => tag.set_value(Some(text)),
        ("class", Value::Text(text)) if text.is_empty() => {}
        (_, Value::Text(text)) => tag.add_attribute(name, text),
    }
}

/// What stands where a hole is among children. Nothing keeps its place, so that what follows is not taken for it.
fn child(value: Value) -> Html {
    match value {
        Value::Node(node) => node,
        Value::Text(text) => VText::new(text).into(),
        Value::Nothing | Value::On(_) | Value::Found(_) => Html::default(),
    }
}

/// What stands before a character, and what after.
#[inline(never)]
fn cut(text: &'static str, at: char) -> (&'static str, &'static str) {
    text.split_once(at).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(node: &Html) -> &VTag {
        match node {
            Html::VTag(tag) => tag,
            other => panic!("not an element: {other:?}"),
        }
    }

    #[test]
    fn a_text_becomes_elements_and_values_stay_text() {
        let name = "<b>'{x}'".to_owned();
        let node = markup!(
            "<p class='a b' key={key} title={title} lang={none}>one <i/>{name}</p>",
            key = 7,
            title = true,
            none = None::<String>,
            name = &name,
        );
        let p = tag(&node);
        assert_eq!((p.tag(), p.key.as_deref()), ("p", Some("7")));
        let all: Vec<(&str, &str)> = p.attributes.iter().collect();
        assert_eq!(all, [("class", "a b"), ("title", "true")]);
        let Some(Html::VList(children)) = p.children() else { panic!("no children") };
        assert_eq!(children.len(), 3);
        assert!(matches!(&children[2], Html::VText(text) if *text.text == *name));
    }

    #[test]
    fn what_is_not_there_keeps_its_place() {
        let node = markup!("{a}<hr/>{b}", a = None::<Html>, b = "end");
        assert!(matches!(&node, Html::VList(all) if all.len() == 3));
    }

    #[test]
    fn classes_that_hold_are_joined() {
        assert_eq!(classes(&[("a", true), ("b", false), ("", true), ("c", true)]), "a c");
    }
}
