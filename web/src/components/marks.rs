//! All marks and all keys, on one page of the panel.

use super::icon::fixed;
use yew::prelude::*;

/// See the module.
pub fn marks() -> Html {
    fixed(include_str!("marks.html"))
}
