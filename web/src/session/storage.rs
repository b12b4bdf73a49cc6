//! What the page remembers between visits: the theme. Everything else is in the session.

use gloo::storage::{LocalStorage, Storage as _};

const THEME: &str = "kafkascope.theme";

/// Whether the page is dark now.
#[must_use]
pub fn is_dark() -> bool {
    root().and_then(|root| root.get_attribute("data-theme")).is_some_and(|theme| theme == "dark")
}

/// Sets the theme and remembers it.
pub fn set_dark(dark: bool) {
    let theme = if dark { "dark" } else { "light" };
    if let Some(root) = root() {
        let _ = root.set_attribute("data-theme", theme);
    }
    // Without storage (a private window) the choice lasts as long as the page.
    let _ = LocalStorage::raw().set_item(THEME, theme);
}

/// Whether the system asks for less motion.
#[must_use]
pub fn less_motion() -> bool {
    gloo::utils::window()
        .match_media("(prefers-reduced-motion: reduce)")
        .ok()
        .flatten()
        .is_some_and(|m| m.matches())
}

fn root() -> Option<web_sys::Element> {
    gloo::utils::document().document_element()
}
