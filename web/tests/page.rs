//! The page in a browser: drives it as a visitor does and asserts what is in the document.
#![cfg(target_arch = "wasm32")]

use gloo::timers::future::sleep;
use kafkascope_web::app::App;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{
    Element, HtmlElement, HtmlTextAreaElement, InputEvent, InputEventInit, KeyboardEvent, KeyboardEventInit,
};
use yew::AppHandle;

wasm_bindgen_test_configure!(run_in_browser);

/// A page of its own for a test; it ends with the test.
struct Page {
    root: Element,
    app: Option<AppHandle<App>>,
}

impl Drop for Page {
    fn drop(&mut self) {
        if let Some(app) = self.app.take() {
            app.destroy();
        }
        self.root.remove();
    }
}

impl Page {
    async fn open() -> Page {
        let document = gloo::utils::document();
        let root = document.create_element("div").expect("an element");
        document.body().expect("a body").append_child(&root).expect("it is appended");
        let app = yew::Renderer::<App>::with_root(root.clone()).render();
        let page = Page { root, app: Some(app) };
        page.until("the stage is there", |page| page.find("stage").is_some()).await;
        page
    }

    fn find(&self, id: &str) -> Option<Element> {
        self.root.query_selector(&format!("[data-testid='{id}']")).expect("a selector")
    }

    fn text(&self, id: &str) -> String {
        self.find(id).and_then(|e| e.text_content()).unwrap_or_default()
    }

    fn click(&self, id: &str) {
        let element = self.find(id).unwrap_or_else(|| panic!("{id} is there"));
        element.dyn_into::<HtmlElement>().expect("it can be clicked").click();
    }

    /// Waits until something is true; a page that never gets there fails the test.
    async fn until(&self, what: &str, done: impl Fn(&Page) -> bool) {
        for _ in 0..400 {
            if done(self) {
                return;
            }
            sleep(Duration::from_millis(25)).await;
        }
        panic!("not in time: {what}; the page shows {}", self.root.text_content().unwrap_or_default());
    }

    /// Types a line into terminal 1 and enters it.
    async fn enter(&self, line: &str) {
        self.write(line);
        sleep(Duration::from_millis(30)).await;
        self.press("Enter", false);
    }

    fn write(&self, line: &str) {
        let field: HtmlTextAreaElement = self.find("terminal-input").expect("a prompt").unchecked_into();
        field.set_value(line);
        let init = InputEventInit::new();
        init.set_bubbles(true);
        let event = InputEvent::new_with_event_init_dict("input", &init).expect("an event");
        field.dispatch_event(&event).expect("it is dispatched");
    }

    fn press(&self, key: &str, ctrl: bool) {
        let init = KeyboardEventInit::new();
        init.set_key(key);
        init.set_ctrl_key(ctrl);
        init.set_bubbles(true);
        init.set_cancelable(true);
        let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).expect("an event");
        let field = self.find("terminal-input").expect("a prompt");
        field.dispatch_event(&event).expect("it is dispatched");
    }

    async fn printed(&self, text: &str) {
        self.until(&format!("{text:?} is printed"), |page| page.text("terminal-output").contains(text)).await;
    }
}

#[wasm_bindgen_test]
async fn a_living_cluster_stands_there_at_once() {
    let page = Page::open().await;
    for id in ["broker-101", "broker-102", "broker-103", "replica-trucks_gps-0-101", "play-pause", "step"] {
        assert!(page.find(id).is_some(), "{id} is there");
    }
    let clock = page.text("clock");
    page.until("time passes", |page| page.text("clock") != clock).await;
}

#[wasm_bindgen_test]
async fn what_is_typed_is_never_markup() {
    let page = Page::open().await;
    page.enter("echo '<img src=x onerror=\"document.title=1\"><b>bold</b>'").await;
    page.printed("<img src=x onerror=\"document.title=1\"><b>bold</b>").await;
    let output = page.find("terminal-output").expect("output");
    assert!(output.query_selector("img").expect("a selector").is_none(), "an image was made of text");
    assert_ne!(gloo::utils::document().title(), "1");
}

#[wasm_bindgen_test]
async fn a_name_from_a_user_is_never_markup_on_the_stage() {
    let page = Page::open().await;
    page.enter("producer start evil --topic trucks_gps --keys '<img src=x>' --rate 1/s").await;
    sleep(Duration::from_millis(500)).await;
    let images = page.root.query_selector_all("img").expect("a selector").length();
    assert_eq!(images, 0, "an image was made of a key");
}

#[wasm_bindgen_test]
async fn a_click_types_its_command() {
    let page = Page::open().await;
    page.click("broker-menu-102");
    page.until("the menu opens", |page| page.find("broker-102-crash").is_some()).await;
    page.click("broker-102-crash");
    page.printed("$ broker crash 102").await;
    page.until("the machine is shown as crashed", |page| page.text("broker-102").contains("crashed")).await;
    page.until("its replica is shown as offline", |page| {
        page.find("replica-trucks_gps-0-102").is_some_and(|e| e.class_list().contains("away"))
    })
    .await;
    assert!(!page.text("broker-101").contains("crashed"));
}

#[wasm_bindgen_test]
async fn a_paused_clock_stands_and_a_step_shows_one_message() {
    let page = Page::open().await;
    page.click("play-pause");
    page.printed("$ clock pause").await;
    sleep(Duration::from_millis(100)).await;
    let clock = page.text("clock");
    sleep(Duration::from_millis(200)).await;
    assert_eq!(page.text("clock"), clock, "time stands");
    // A step may stand at a message that is half-way already; then the next ones move on.
    for _ in 0..20 {
        page.click("step");
        sleep(Duration::from_millis(20)).await;
    }
    assert_ne!(page.text("clock"), clock, "steps move the clock");
    assert!(page.find("play-pause").and_then(|e| e.get_attribute("aria-label")).as_deref() == Some("Play"));
}

#[wasm_bindgen_test]
async fn what_is_clicked_is_inspected_as_a_table() {
    let page = Page::open().await;
    page.click("replica-trucks_gps-0-101");
    page.until("the inspector opens", |page| page.text("inspector").contains("trucks_gps-0")).await;
    assert!(page.text("inspector").contains("high watermark"));
}

#[wasm_bindgen_test]
async fn interrupt_stops_what_runs() {
    let page = Page::open().await;
    page.enter("kafka-console-consumer.sh --bootstrap-server broker101:9092 --topic trucks_gps").await;
    page.until("it runs", |page| page.text("terminal-tab-1").contains("kafka-console-consumer")).await;
    page.press("c", true);
    page.printed("Processed a total of").await;
}
