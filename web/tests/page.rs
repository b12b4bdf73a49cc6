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
        // The page's script brings the second half of a packed program; this one is whole.
        let _ = js_sys::eval("globalThis.kafkascopeRest ??= () => {}");
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

#[wasm_bindgen_test]
async fn a_record_tells_its_life_and_why_it_is_safe() {
    let page = Page::open().await;
    page.click("replica-trucks_gps-0-102");
    page.until("the newest records are listed", |page| page.find("record-0").is_some()).await;
    assert!(page.text("why").contains("trucks_gps-0 is led by"), "{}", page.text("why"));
    page.click("record-0");
    page.until("the life of the record is told", |page| {
        let text = page.text("inspector");
        ["trucks_gps-0@0", "wrote it as leader", "copied it", "ledger trucks_gps-0@0"]
            .iter()
            .all(|s| text.contains(s))
    })
    .await;
}

#[wasm_bindgen_test]
async fn the_place_of_a_key_is_reckoned_step_by_step() {
    let page = Page::open().await;
    page.click("replica-trucks_gps-0-101");
    page.until("there is a field for a key", |page| page.find("key").is_some()).await;
    let field = page.find("key").expect("a field").unchecked_into::<web_sys::HtmlInputElement>();
    field.set_value("truck-06");
    let init = InputEventInit::new();
    init.set_bubbles(true);
    let event = InputEvent::new_with_event_init_dict("input", &init).expect("an event");
    field.dispatch_event(&event).expect("it is dispatched");
    page.until("the arithmetic stands there", |page| {
        let text = page.text("key-arithmetic");
        ["74 72 75 63 6b 2d 30 36", "d7f0fad7 = -672073001", "57f0fad7 = 1475410647", "1475410647 % 10 = 7"]
            .iter()
            .all(|step| text.contains(step))
    })
    .await;
}

#[wasm_bindgen_test]
async fn what_a_rebalance_moves_is_told() {
    let page = Page::open().await;
    page.enter("consumer start dashboard --topic trucks_gps --group location-dashboard").await;
    page.enter("clock speed 20").await;
    page.root
        .query_selector(".ghead")
        .expect("a selector")
        .expect("a group")
        .unchecked_into::<HtmlElement>()
        .click();
    page.until("the group is stable again and tells what moved", |page| {
        let text = page.text("inspector");
        text.contains("Moved in generation 2: 4 of 10") && page.text("group-states").contains("Stable")
    })
    .await;
}

#[wasm_bindgen_test]
async fn an_open_transaction_is_a_bracket_and_holds_its_readers_back() {
    let page = Page::open().await;
    page.enter("kafka-topics --create --topic payments --partitions 1 --bootstrap-server localhost:9092")
        .await;
    page.printed("Created topic payments.").await;
    page.enter(
        "consumer start shop --topic payments --group shop --from beginning --isolation read_committed",
    )
    .await;
    page.enter(
        "producer start payer --topic payments --rate 2/s --keys a --transactional-id p1 --transaction 8s",
    )
    .await;
    page.enter("clock speed 4").await;
    let shows =
        |page: &Page, selector: &str| page.root.query_selector(selector).expect("a selector").is_some();
    page.until("the bracket is open", |page| shows(page, ".bracket.pending")).await;
    page.until("the reader waits", |page| shows(page, ".stable") && shows(page, ".cell.waits")).await;
    page.until("it is committed", |page| shows(page, ".slot.control")).await;
}

#[wasm_bindgen_test]
async fn a_pasted_tutorial_runs_and_what_it_shows_as_printed_does_not() {
    let page = Page::open().await;
    let text = "$ kafka-topics.sh --create --topic quick --bootstrap-server localhost:9092\nCreated topic quick.\n\
                $ kafka-console-producer.sh --topic quick --bootstrap-server localhost:9092\n>first event\n\
                $ kafka-console-consumer.sh --topic quick --from-beginning --bootstrap-server localhost:9092\n\
                first event\n$ echo all done\n";
    page.write(text);
    sleep(Duration::from_millis(30)).await;
    page.press("Enter", false);
    page.printed("$ kafka-console-consumer.sh --topic quick").await;
    page.printed("first event").await;
    page.until("what follows goes to another terminal", |page| {
        page.text("terminal-output-2").contains("all done")
    })
    .await;
    assert!(!page.text("terminal-output").contains("command not found"), "{}", page.text("terminal-output"));
}

#[wasm_bindgen_test]
async fn lines_entered_before_are_searched_backwards() {
    let page = Page::open().await;
    page.enter("echo first").await;
    page.enter("echo second").await;
    page.press("r", true);
    sleep(Duration::from_millis(30)).await;
    page.write("echo");
    let mirror = |page: &Page| {
        page.root.query_selector(".entry .mirror").ok().flatten().and_then(|m| m.text_content())
    };
    page.until("the newest is shown", |page| mirror(page).is_some_and(|text| text.contains("echo second")))
        .await;
    page.press("r", true);
    page.until("then an older one", |page| mirror(page).is_some_and(|text| text.contains("echo first")))
        .await;
    page.press("Enter", false);
    page.until("and it is entered", |page| page.text("terminal-output").matches("$ echo first").count() == 2)
        .await;
}
