//! Lists as text.

use std::fmt::Display;

/// The items with `separator` between them.
#[must_use]
pub fn joined<T: Display>(items: impl IntoIterator<Item = T>, separator: &str) -> String {
    let mut text = String::new();
    let mut between = "";
    for item in items {
        text.push_str(between);
        text.push_str(&item.to_string());
        between = separator;
    }
    text
}

/// `1 member`, `3 members`.
pub(super) fn counted<N: Display + PartialEq + From<u8>>(count: N, what: &str) -> String {
    let s = if count == N::from(1) { "" } else { "s" };
    format!("{count} {what}{s}")
}
