//! What the end-to-end tests share: a real browser on the served release page.
//!
//! `cargo xtask test` builds and serves the page, starts the WebDriver server and names both in the environment;
//! without that the tests are ignored. Elements are found by their `data-testid`, and nothing waits for a fixed
//! time: a test states what shall become true and fails if it does not.

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

mod log;

/// How long anything may take before it counts as broken, on a slow machine that runs two of these at a time.
const PATIENCE: Duration = Duration::from_secs(20);

/// A window as wide as a laptop's.
pub const WIDE: Window = Window { width: 1440, height: 900 };

/// A window as narrow as a phone's.
pub const NARROW: Window = Window { width: 390, height: 844 };

/// The size of what the visitor sees.
#[derive(Clone, Copy)]
pub struct Window {
    width: u32,
    height: u32,
}

/// The page, opened in a browser of its own.
#[derive(Clone)]
pub struct Page {
    client: Client,
}

/// Opens the page, runs a test on it, and closes the browser whatever comes of it. A page that wrote an error to
/// the console fails, even if the test saw what it wanted to see.
pub fn visit<Test>(window: Window, test: impl FnOnce(Page) -> Test)
where
    Test: Future<Output = ()> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let page = Page::open(window).await;
        let outcome = tokio::spawn(test(page.clone())).await;
        let errors = log::errors(&page.client).await;
        page.client.close().await.expect("the browser closes");
        if let Err(panic) = outcome {
            eprintln!("the console says: {errors:#?}");
            std::panic::resume_unwind(panic.into_panic());
        }
        assert!(errors.is_empty(), "the console shows errors: {errors:#?}");
    });
}

impl Page {
    async fn open(window: Window) -> Self {
        let driver = environment("KAFKASCOPE_WEBDRIVER");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities()).connect(&driver).await.expect("a browser starts");
        let page = Self { client };
        page.client.set_window_size(window.width, window.height).await.expect("the window is sized");
        page.reload().await;
        page
    }

    /// Opens the page again, as on a first visit.
    pub async fn reload(&self) {
        self.client.goto(&environment("KAFKASCOPE_PAGE")).await.expect("the page is served");
    }

    /// Waits until a JavaScript expression is true of the page; `what` says in words what did not happen.
    /// `$(id)` is the element with that test id, `$$(start)` all whose test id begins so.
    pub async fn until(&self, what: &str, condition: &str) {
        let start = Instant::now();
        while self.ask(condition).await != Value::Bool(true) {
            let shown = || self.ask("document.body.innerText.slice(0, 3000)");
            assert!(
                start.elapsed() < PATIENCE,
                "not within {PATIENCE:?}: {what}; the page shows:\n{}",
                shown().await
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The value of a JavaScript expression, with the abbreviations of [`Page::until`].
    pub async fn ask(&self, expression: &str) -> Value {
        let script = format!(
            "const $ = id => document.querySelector(`[data-testid=\"${{id}}\"]`);
             const $$ = start => [...document.querySelectorAll(`[data-testid^=\"${{start}}\"]`)];
             return {expression};"
        );
        self.client.execute(&script, vec![]).await.unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// Clicks an element once it is there.
    pub async fn click(&self, id: &str) {
        self.element(id)
            .await
            .click()
            .await
            .unwrap_or_else(|error| panic!("{id} cannot be clicked: {error}"));
    }

    /// Types a line into the terminal and presses Enter.
    pub async fn run(&self, line: &str) {
        let input = self.element("terminal-input").await;
        input
            .send_keys(&format!("{line}\u{e007}"))
            .await
            .unwrap_or_else(|error| panic!("cannot type: {error}"));
    }

    /// Waits until a line stands in the terminal exactly so.
    pub async fn until_printed(&self, line: &str) {
        let line = Value::from(line);
        let condition =
            format!("$('terminal-output')?.innerText.split('\\n').some(l => l.trim() === {line}) ?? false");
        self.until(&format!("the terminal prints {line}"), &condition).await;
    }

    async fn element(&self, id: &str) -> fantoccini::elements::Element {
        let css = format!("[data-testid=\"{id}\"]");
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(&css)).await;
        found.unwrap_or_else(|error| panic!("the page has no {id}: {error}"))
    }
}

fn capabilities() -> Capabilities {
    let text = include_str!("../../../xtask/webdriver.json");
    let mut capabilities: Capabilities = serde_json::from_str(text).expect("webdriver.json is an object");
    if let (Ok(chromium), Some(options)) =
        (std::env::var("CHROMIUM"), capabilities.get_mut("goog:chromeOptions").and_then(Value::as_object_mut))
    {
        options.insert("binary".into(), chromium.into());
    }
    capabilities.insert("goog:loggingPrefs".into(), json!({ "browser": "ALL" }));
    capabilities
}

fn environment(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run these tests by `cargo xtask test`"))
}
