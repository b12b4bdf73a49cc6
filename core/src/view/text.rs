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
