//! What lessons say, ask, start with and are solved by: in one piece, apart from the list of their titles, and only
//! reached by calling [`of`]. So the page fetches it when a lesson is opened (`xtask/src/pack`).

/// Ends a text.
const END_OF_TEXT: char = '\u{3}';
/// Ends a lesson.
const END_OF_LESSON: char = '\u{4}';

/// The texts of lessons, in order.
macro_rules! texts {
    ($($folder:literal),* $(,)?) => {
        concat!(
            $(
                include_str!(concat!("../../lessons/", $folder, "/lesson.toml")),
                "\u{3}",
                include_str!(concat!("../../lessons/", $folder, "/en.md")),
                "\u{3}",
                include_str!(concat!("../../lessons/", $folder, "/start.ks")),
                "\u{3}",
                include_str!(concat!("../../lessons/", $folder, "/solution.ks")),
                "\u{4}",
            )*
        )
    };
}
pub(super) use texts;

/// Goals, prose, start and solution of the lesson with this number, counted from 0.
#[inline(never)]
pub fn of(number: usize) -> Option<[&'static str; 4]> {
    let mut texts = super::catalogue::TEXTS.split(END_OF_LESSON).nth(number)?.split(END_OF_TEXT);
    Some([texts.next()?, texts.next()?, texts.next()?, texts.next()?])
}
