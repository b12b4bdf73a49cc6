//! What lessons say, how they start and how they are solved: in one piece, apart from their titles and goals.
//!
//! The page fetches this piece when it is first asked for (`xtask/src/pack/cold.rs`), so nothing else may hold a part
//! of it, and it is only reached by calling [`of`].

use std::hint::black_box;

/// Ends a text.
const END_OF_TEXT: char = '\u{3}';
/// Ends a lesson.
const END_OF_LESSON: char = '\u{4}';

/// The texts of lessons, in order. The marks at both ends are looked for when the page is packed.
macro_rules! texts {
    ($($folder:literal),* $(,)?) => {
        concat!(
            "\u{1}cold{",
            $(
                include_str!(concat!("../../lessons/", $folder, "/en.md")),
                "\u{3}",
                include_str!(concat!("../../lessons/", $folder, "/start.ks")),
                "\u{3}",
                include_str!(concat!("../../lessons/", $folder, "/solution.ks")),
                "\u{4}",
            )*
            "}cold\u{1}"
        )
    };
}
pub(super) use texts;

/// Prose, start and solution of the lesson with this number, counted from 0.
#[inline(never)]
pub fn of(number: usize) -> Option<[&'static str; 3]> {
    // Nothing may be known about the text while the program is compiled.
    let all = black_box(super::catalogue::TEXTS).strip_prefix("\u{1}cold{")?;
    let mut texts = all.split(END_OF_LESSON).nth(number)?.split(END_OF_TEXT);
    Some([texts.next()?, texts.next()?, texts.next()?])
}
