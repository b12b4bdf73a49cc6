//! Puts the page into the document.

fn main() {
    let root = gloo::utils::document().get_element_by_id("app");
    match root {
        Some(root) => yew::Renderer::<kafkascope_web::app::App>::with_root(root).render(),
        None => yew::Renderer::<kafkascope_web::app::App>::new().render(),
    };
}
