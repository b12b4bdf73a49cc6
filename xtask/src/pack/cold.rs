//! What a first visit does without: it is fetched when it is first called.
//!
//! The lists are made by `cargo xtask profile`, which lets the page run in a browser and looks which functions are
//! called. Code that is newer than the lists goes with its module: in a module of the core of which nothing was called,
//! all of it waits, in any other nothing that is not known to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Modules of which a first visit calls something.
static WARM: LazyLock<BTreeSet<&str>> = LazyLock::new(|| include_str!("warm.txt").lines().collect());
/// What it does not call of these, or of other crates. A name that is no longer there does no harm.
static SELDOM: LazyLock<BTreeSet<&str>> = LazyLock::new(|| include_str!("seldom.txt").lines().collect());

/// Whether a function of this name can wait.
pub fn is_cold(name: &str) -> bool {
    !serves_others(name) && (SELDOM.contains(name) || modules(name).any(|module| !WARM.contains(module)))
}

/// Functions of the same few instructions are made one, and which of their names stays differs from build to build:
/// cells and closures are so alike that one of them serves everybody. And Yew's scheduler puts work off where a frame
/// takes long, which the watched page does not see.
fn serves_others(name: &str) -> bool {
    ["WasmRefCell<", "wasm_bindgen::convert::", "yew::scheduler::"].iter().any(|part| name.contains(part))
}

/// Both lists, from functions and whether they were called.
pub fn lists(functions: &BTreeMap<String, bool>) -> (String, String) {
    let called = functions.iter().filter(|(_, called)| **called);
    let warm: BTreeSet<&str> = called.flat_map(|(name, _)| modules(name)).collect();
    let waits = |name: &&str| modules(name).any(|module| !warm.contains(module));
    let seldom = functions.iter().filter(|(_, called)| !**called).map(|(name, _)| name.as_str());
    let lines = warm.iter().copied().flat_map(|line| [line, "\n"]).collect();
    (lines, seldom.filter(|name| !waits(name)).flat_map(|line| [line, "\n"]).collect())
}

/// The modules of the core that a name mentions (those of the page are small, and often part of one function): `kafkascope_core::log` in `<kafkascope_core::log::Log>::append`.
fn modules(name: &str) -> impl Iterator<Item = &str> {
    let is_path = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let paths = name.split(move |c: char| !is_path(c)).filter(|path| path.starts_with("kafkascope_core"));
    paths.filter_map(|path| path.trim_end_matches(':').rsplit_once("::")).map(|(module, _)| module)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_of_which_nothing_was_called_waits_as_a_whole() {
        let names = [
            "<a>",
            "<kafkascope_core::log::Log>::append",
            "<kafkascope_core::log::Log>::cut",
            "kafkascope_core::tools::find",
        ];
        let functions = names.into_iter().map(|name| (name.to_owned(), name.ends_with("append"))).collect();
        assert_eq!(
            lists(&functions),
            ("kafkascope_core::log\n".into(), "<a>\n<kafkascope_core::log::Log>::cut\n".into())
        );
    }

    #[test]
    fn what_is_new_goes_with_its_module() {
        assert!(is_cold("kafkascope_core::no_such_module::f"));
        assert!(is_cold("alloc::vec::Vec<kafkascope_core::no_such_module::T>::push"));
        assert!(!is_cold("<kafkascope_core::log::Log>::no_such_function::{closure#0}"));
        assert!(!is_cold("alloc::no_such_function"));
        assert!(!is_cold(
            "<wasm_bindgen::__rt::WasmRefCell<kafkascope_core::no_such_module::T>>::borrow_mut"
        ));
    }
}
