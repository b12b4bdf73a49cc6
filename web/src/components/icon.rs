//! Marks as small vector pictures. They are decoration: the word beside them, or the label, says the same.
//!
//! They are written as constant markup, which costs the page a tenth of what elements built in code do. Nothing
//! that comes from outside may ever become part of them: [`fixed`] takes constants only.

use crate::markup::markup;
use kafkascope_core::view::ProcessState;
use yew::prelude::*;

/// Constant markup as it is.
pub fn fixed(markup: &'static str) -> Html {
    Html::from_html_unchecked(AttrValue::Static(markup))
}

/// A picture of constant markup: width, height, view box, content.
macro_rules! picture {
    ($width:literal, $height:literal, $view:literal, $body:expr) => {
        concat!(
            "<svg width='",
            $width,
            "' height='",
            $height,
            "' viewBox='",
            $view,
            "' aria-hidden='true' focusable='false'>",
            $body,
            "</svg>"
        )
    };
}

/// A filled shape.
macro_rules! fill {
    ($d:literal) => {
        concat!("<path d='", $d, "' fill='currentColor'/>")
    };
}

/// A line of a width.
macro_rules! stroke {
    ($d:literal, $width:literal) => {
        concat!(
            "<path d='",
            $d,
            "' fill='none' stroke='currentColor' stroke-width='",
            $width,
            "' stroke-linecap='round' stroke-linejoin='round'/>"
        )
    };
}

/// A sign of the controls.
macro_rules! sign {
    ($body:expr) => {
        picture!("16", "16", "0 0 16 16", $body)
    };
}

/// The mark of the page.
pub fn logo() -> Html {
    fixed(picture!(
        "20",
        "20",
        "0 0 20 20",
        concat!(
            "<rect width='20' height='20' rx='5' fill='var(--ink)'/>",
            "<path d='M4 13.5h2.2v-7h4v7h3.4' fill='none' stroke='var(--paper)' stroke-width='1.8' stroke-linejoin='round'/>",
            "<circle cx='15' cy='13.5' r='1.9' fill='var(--accent)'/>"
        )
    ))
}

/// A crown: filled for the leader, hollow for one that is meant to lead.
pub fn crown(filled: bool) -> Html {
    fixed(if filled {
        picture!("14", "12", "0 0 12 10.4", fill!("M1.2 2.6 3.9 5.2 6 1.4 8.1 5.2l2.7-2.6-1 6.6H2.2z"))
    } else {
        picture!("14", "12", "0 0 12 10.4", stroke!("M1.2 2.6 3.9 5.2 6 1.4 8.1 5.2l2.7-2.6-1 6.6H2.2z", "1"))
    })
}

/// A truck.
pub fn truck() -> Html {
    fixed(picture!(
        "14",
        "11",
        "0 0 14 11",
        concat!(
            stroke!("M1 2h7v6H1zM8 4h3l2 2v2H8z", "1.1"),
            "<circle cx='4' cy='8.6' r='1.4' fill='var(--paper)' stroke='currentColor'/>",
            "<circle cx='10.4' cy='8.6' r='1.4' fill='var(--paper)' stroke='currentColor'/>"
        )
    ))
}

/// The mark of a machine's state.
pub fn state(state: ProcessState) -> Html {
    fixed(match state {
        ProcessState::Up => {
            picture!("10", "10", "0 0 10 10", "<circle cx='5' cy='5' r='3' fill='currentColor'/>")
        }
        ProcessState::Stopping | ProcessState::Stopped => {
            picture!("10", "10", "0 0 10 10", stroke!("M2 2h6v6H2z", "1.6"))
        }
        ProcessState::Crashed => picture!("10", "10", "0 0 10 10", stroke!("M1.5 1.5l7 7m0-7l-7 7", "2")),
        ProcessState::Fenced => picture!(
            "10",
            "10",
            "0 0 10 10",
            concat!(
                "<circle cx='5' cy='5' r='3.6' fill='none' stroke='currentColor' stroke-width='1.4'/>",
                stroke!("M2.6 7.4l4.8-4.8", "1.4")
            )
        ),
        ProcessState::Paused => picture!("10", "10", "0 0 10 10", stroke!("M3 1.5v7M7 1.5v7", "2.2")),
    })
}

/// The mark of a group's column: circle, diamond, triangle, square. Its size is that of the text around it.
pub fn group(index: usize) -> Html {
    fixed(match index % 4 {
        0 => picture!("1em", "1em", "0 0 10 10", fill!("M5 1a4 4 0 1 1 0 8a4 4 0 0 1 0-8")),
        1 => picture!("1em", "1em", "0 0 10 10", fill!("M5 .2 9.8 5 5 9.8.2 5z")),
        2 => picture!("1em", "1em", "0 0 10 10", fill!("M5 .8 9.6 9H.4z")),
        _ => picture!("1em", "1em", "0 0 10 10", fill!("M1 1h8v8H1z")),
    })
}

/// A named sign of the controls.
pub fn sign(name: &str) -> Html {
    fixed(match name {
        "play" => sign!(fill!("M4 2.5v11l9-5.5z")),
        "pause" => sign!(fill!("M4 2.5h3v11H4zM9 2.5h3v11H9z")),
        "step" => sign!(fill!("M3 2.5v11l7-5.5zM11 2.5h2v11h-2z")),
        "theme" => sign!(concat!(
            "<circle cx='8' cy='8' r='5.6' fill='none' stroke='currentColor' stroke-width='1.4'/>",
            fill!("M8 2.4a5.6 5.6 0 0 1 0 11.2z")
        )),
        "help" => sign!(concat!(
            stroke!("M5.8 6.2a2.2 2.2 0 1 1 3.3 1.9c-.8.4-1.1.8-1.1 1.6", "1.5"),
            "<circle cx='8' cy='12' r='1' fill='currentColor'/>"
        )),
        "close" => sign!(stroke!("M4 4l8 8m0-8l-8 8", "1.5")),
        "dots" => sign!(fill!(
            "M2.5 6.8a1.2 1.2 0 1 0 0 2.4a1.2 1.2 0 0 0 0-2.4M8 6.8a1.2 1.2 0 1 0 0 2.4a1.2 1.2 0 0 0 0-2.4M13.5 6.8a1.2 1.2 0 1 0 0 2.4a1.2 1.2 0 0 0 0-2.4"
        )),
        "plus" => sign!(stroke!("M8 3.5v9M3.5 8h9", "1.5")),
        "split" => sign!(stroke!("M2.5 3h11v10h-11zM8 3v10", "1.3")),
        "copy" => sign!(stroke!("M6 5.500h7.500v8H6zM10.500 2.500h-8v8", "1.3")),
        "undo" => sign!(stroke!("M6 3.5L3 6.500l3 3M3.500 6.500h6a3.500 3.500 0 0 1 0 7H6", "1.5")),
        "share" => sign!(stroke!("M8 10V2.500M5 5l3-3 3 3M3.500 8v5.500h9V8", "1.5")),
        "down" => sign!(fill!("M4 6h8l-4 5z")),
        "right" => sign!(fill!("M6 4v8l5-4z")),
        "retry" => sign!(stroke!("M12.5 5.5A5 5 0 1 0 13 8m0-5.5v3.2H9.8", "1.5")),
        "check" => sign!(concat!(
            "<circle cx='8' cy='8' r='7.4' fill='var(--accent)'/>",
            "<path d='M4.6 8.2l2.3 2.4 4.4-4.8' fill='none' stroke='var(--on-accent)' stroke-width='1.8'/>"
        )),
        "open" => sign!(
            "<circle cx='8' cy='8' r='6.8' fill='none' stroke='var(--line3)' stroke-width='1.4' stroke-dasharray='2.6 2.2'/>"
        ),
        "chevron" => sign!(stroke!("M10 4L6 8l4 4", "1.6")),
        "command" => sign!(stroke!("M3 4.5L6.5 8 3 11.5M8 12h5", "1.6")),
        "cross" => sign!(stroke!("M4 4l8 8m0-8l-8 8", "2")),
        "hexagon" => sign!(fill!("M4.5 2h7L15 8l-3.5 6h-7L1 8z")),
        "late" => sign!(
            "<rect x='2' y='4' width='12' height='8' rx='2' fill='none' stroke='var(--warn-line)' stroke-width='1.6' stroke-dasharray='2.5 2'/>"
        ),
        _ => sign!("<circle cx='8' cy='8' r='3' fill='none' stroke='currentColor' stroke-width='1.6'/>"),
    })
}

/// A controller: a hexagon with its number, filled if it is active, broken if its process is gone or frozen.
pub fn controller(id: i32, leads: bool, runs: bool) -> Html {
    let (fill, ink) = if leads { ("var(--ink)", "var(--paper)") } else { ("none", "currentColor") };
    markup!(
        "<svg width='20' height='18' viewBox='0 0 20 18' aria-hidden='true' focusable='false'>\
            <path d='M5.500 1h9L19 9l-4.500 8h-9L1 9z' fill={fill} stroke={stroke} stroke-dasharray={dash}/>\
            <text x='10' y='12.800' text-anchor='middle' font-size='11' font-family='var(--mono)' fill={ink}>{id}</text>\
        </svg>",
        fill,
        stroke = if leads && runs { "none" } else { "var(--line3)" },
        dash = (!runs).then_some("2 2"),
        ink,
        id,
    )
}
