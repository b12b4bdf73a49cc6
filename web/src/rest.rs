//! The rest of the program. A page that is shipped comes in two halves (`xtask/src/pack`): what a first visit needs, and
//! the rest, which is fetched as soon as somebody points, types or touches, and at the latest when something of it is
//! called.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Returns when the rest is there: it waits for the network if it must. Every call into the rest does this first.
    #[wasm_bindgen(js_name = kafkascopeRest)]
    pub fn bring();
}
