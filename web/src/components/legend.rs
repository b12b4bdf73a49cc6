//! The marks in one line; while something is pointed at, its sentence stands there instead.

use super::icon;
use crate::action::{Action, Selection};
use crate::layout::screen::Class;
use crate::markup::{act, copied, each, markup};
use yew::prelude::*;

/// See [`legend`].
pub struct Props<'a> {
    /// The arrangement.
    pub class: Class,
    /// The sentence about what is pointed at.
    pub twin: Option<&'a str>,
    /// Groups with a column.
    pub groups: usize,
    /// Where actions go.
    pub act: &'a Callback<Action>,
}

/// See the module.
pub fn legend(props: &Props<'_>) -> Html {
    if let Some(twin) = props.twin {
        return markup!("<div class='legend'><span class='twin'>{twin}</span></div>", twin = copied(twin));
    }
    let wide = props.class == Class::Wide;
    markup!(
        "<div class='legend'>\
            <span>{crown}leader</span>\
            <span><i class='slot' style='background:var(--rec)'/>record</span>\
            <span><i class='slot open'/>not yet safe</span>\
            <span><i class='slot next'/>next offset</span>\
            <span><i class='safe'/>high watermark</span>\
            {more}\
            <i class='sp'/>\
            <button class='link' onclick={all}>{label}</button>\
        </div>",
        crown = icon::crown(true),
        more = wide.then(|| more(props.groups)),
        all = act(props.act, Action::Select(Some(Selection::Marks))),
        label = if wide { "all marks" } else { "all marks: press ?" },
    )
}

/// What there is room for on a wide screen.
fn more(groups: usize) -> Html {
    let readers = (groups > 0).then(|| {
        let marks = each(0..groups.min(2), |g| {
            markup!("<i class={class}>{mark}</i>", class = format!("reader group-{g}"), mark = icon::group(g))
        });
        markup!("<span>{marks}reader is here</span>", marks)
    });
    markup!(
        "{readers}\
        <span><i class='sq'/>record on its way</span>\
        <span style='color:var(--ink2)'><i style='color:var(--accent)'>{chevron}</i>copy asks its leader</span>\
        <span><i class='sample'/>behind</span>\
        <span><i class='sample away'/>offline</span>",
        readers,
        chevron = icon::sign("chevron"),
    )
}
