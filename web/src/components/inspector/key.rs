//! Which partition a key goes to, step by step: bytes, murmur2, mask, modulo.

use crate::markup::{each, markup, on};
use crate::part::{Part, part};
use kafkascope_core::view::{steps, to_positive};
use std::cell::RefCell;
use std::rc::Rc;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// A field for a key of a topic with so many partitions, and the arithmetic below it.
#[derive(PartialEq)]
struct Arithmetic {
    topic: String,
    partitions: usize,
}

/// See the module.
pub fn key(topic: &str, partitions: usize) -> Html {
    part(Some("key".into()), Arithmetic { topic: topic.to_owned(), partitions })
}

impl Part for Arithmetic {
    type Own = RefCell<String>;

    fn draw(&self, own: &Rc<RefCell<String>>, again: &Callback<()>) -> Html {
        let typed = {
            let (own, again) = (own.clone(), again.clone());
            on(move |event: InputEvent| {
                let field = event.target_dyn_into::<HtmlInputElement>();
                own.replace(field.map(|field| field.value()).unwrap_or_default());
                again.emit(());
            })
        };
        let key = own.borrow();
        markup!(
            "<label class='key'>Which partition would a key go to? \
                <input oninput={typed} data-testid='key' placeholder='type a key' spellcheck='false' \
                    autocapitalize='off' autocomplete='off'/>\
            </label>\
            <div aria-live='polite' data-testid='key-arithmetic'>{steps}</div>",
            typed,
            steps = (!key.is_empty()).then(|| self.arithmetic(&key)),
        )
    }
}

impl Arithmetic {
    fn arithmetic(&self, key: &str) -> Html {
        let mut bytes = String::new();
        for byte in key.bytes() {
            bytes.push_str(&format!("{byte:02x} "));
        }
        let count = i32::try_from(self.partitions).unwrap_or(1).max(1);
        let steps = steps(key.as_bytes());
        let hash = steps.last().map_or(0, |(_, hash)| hash.cast_signed());
        let positive = to_positive(hash);
        let lines = [
            ("bytes (UTF-8)", bytes),
            ("murmur2", format!("{hash:08x} = {hash}")),
            ("& 7fffffff", format!("{positive:08x} = {positive}")),
            ("% partitions", format!("{positive} % {count} = {}", positive % count)),
            ("partition", format!("{}-{}", self.topic, positive % count)),
        ];
        let lines = each(lines, |(name, value)| {
            markup!("<tr><th scope='row'>{name}</th><td>{value}</td></tr>", name, value)
        });
        let last = steps.len().saturating_sub(1);
        let inside = each(steps.into_iter().enumerate(), |(index, (word, hash))| {
            let taken = match index {
                0 => format!("seed {word:08x} ^ {} bytes", key.len()),
                n if n == last => "mixed twice more".to_owned(),
                _ => format!("takes in {word:08x}"),
            };
            markup!(
                "<tr><th scope='row'>{taken}</th><td>{hash}</td></tr>",
                taken,
                hash = format!("{hash:08x}")
            )
        });
        markup!(
            "<table class='facts'><tbody>{lines}</tbody></table>\
            <details><summary>Inside murmur2: four bytes at a time, lowest first</summary>\
                <table class='facts'><tbody>{inside}</tbody></table></details>",
            lines,
            inside,
        )
    }
}
