//! Native and browser simulate the same: after the same script the world has the same digest, in 64 bits and in
//! 32. `tests/data/digests.json` is also compared natively (`tests/tests/determinism.rs`).
#![cfg(target_arch = "wasm32")]

use kafkascope_core::session::Session;
use kafkascope_core::session::api::{ClusterConfig, Input};
use serde_json::Value;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const KNOWN: &str = include_str!("../../tests/data/digests.json");

#[wasm_bindgen_test]
fn digests_are_those_of_the_native_build() {
    let known: Vec<Value> = serde_json::from_str(KNOWN).expect("the digests are JSON");
    assert!(!known.is_empty());
    for case in &known {
        let text = |field: &str| case[field].as_str().expect(field).to_owned();
        let config = ClusterConfig { tool_startup_us: 0, ..ClusterConfig::default() };
        let mut session = Session::new(config).expect("the default configuration is accepted");
        session.apply(Input::Script { text: text("script") });
        let snapshot: Value = serde_json::from_str(&session.snapshot()).expect("a snapshot is JSON");
        assert_eq!(snapshot["digest"].as_str(), Some(&*text("digest")), "{}", text("name"));
    }
}
