//! Texts that stand apart from all others, so that the page can fetch them when they are first asked for.
//!
//! A text is marked at both ends by [`apart!`]; the marks are looked for when the page is packed (`xtask/src/pack`). It may
//! only be reached through one function that is never inlined, whose module is named in `xtask/src/pack/cold.rs`, and
//! that calls [`read`].

use std::hint::black_box;

/// A text, from its parts.
macro_rules! apart {
    ($($part:expr),* $(,)?) => {
        concat!("\u{1}cold{", $($part,)* "}cold\u{1}")
    };
}
pub(crate) use apart;

/// How long a mark is. The marks themselves may stand nowhere else.
const MARK: usize = 6;

/// The text between its marks. Nothing about it may be known while the program is compiled.
#[inline(always)]
pub(crate) fn read(text: &'static str) -> &'static str {
    let text = black_box(text);
    text.get(MARK..text.len().saturating_sub(MARK)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn marks_are_left_out() {
        assert_eq!(read(super::apart!("a", "b")), "ab");
        assert_eq!(read(""), "");
    }
}
