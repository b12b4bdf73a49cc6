//! One box, read closely: a replica with its parts named. Shown before a lesson is open.

use super::icon::fixed;
use yew::prelude::*;

/// The figure and what it says.
pub fn figure() -> Html {
    fixed(include_str!("figure.html"))
}
