//! The browser's console, which WebDriver itself does not know: chromedriver has a command of its own for it.

use fantoccini::Client;
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::Value;
use url::{ParseError, Url};

/// What was written to the console as an error since it was last asked for; a panic in the page is one.
pub async fn errors(client: &Client) -> Vec<String> {
    let entries = client.issue_cmd(ConsoleLog).await.expect("chromedriver gives the log");
    let entries = entries.as_array().cloned().unwrap_or_default();
    let severe = entries.iter().filter(|entry| entry.get("level").and_then(Value::as_str) == Some("SEVERE"));
    severe.filter_map(|entry| entry.get("message")?.as_str().map(String::from)).collect()
}

#[derive(Debug)]
struct ConsoleLog;

impl WebDriverCompatibleCommand for ConsoleLog {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(r#"{"type":"browser"}"#.into()))
    }
}
