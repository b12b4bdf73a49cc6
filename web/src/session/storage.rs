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

/// Offers a file of the session as a download.
pub fn offer(name: &str, bytes: &[u8]) {
    let text = js_sys::encode_uri_component(&String::from_utf8_lossy(bytes));
    let Ok(link) = gloo::utils::document().create_element("a") else { return };
    let _ = link.set_attribute("href", &format!("data:application/octet-stream;charset=utf-8,{text}"));
    let _ = link.set_attribute("download", name.rsplit('/').next().unwrap_or(name));
    if let Some(link) = wasm_bindgen::JsCast::dyn_ref::<web_sys::HtmlElement>(&link) {
        link.click();
    }
}

/// Puts a text into the clipboard; where that is not allowed, it is offered as a download.
pub fn copy(text: &str) {
    let window = gloo::utils::window();
    if window.is_secure_context() {
        let _ = window.navigator().clipboard().write_text(text);
    } else {
        offer("terminal.ks", text.as_bytes());
    }
}

/// The address of the page without what follows `#`, and that.
#[must_use]
pub fn address() -> (String, String) {
    let location = gloo::utils::window().location();
    let (whole, fragment) = (location.href().unwrap_or_default(), location.hash().unwrap_or_default());
    (whole.split('#').next().unwrap_or_default().to_owned(), fragment)
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
