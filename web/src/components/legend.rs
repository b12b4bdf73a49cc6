//! The marks in one line; while something is pointed at, its sentence stands there instead.

use super::icon;
use crate::action::{Action, Selection};
use crate::layout::screen::Class;
use yew::prelude::*;

/// See [`legend`].
#[derive(Clone, PartialEq)]
pub struct Props {
    /// The arrangement.
    pub class: Class,
    /// The sentence about what is pointed at.
    pub twin: Option<AttrValue>,
    /// Groups with a column.
    pub groups: usize,
    /// Where actions go.
    pub act: Callback<Action>,
}

/// See the module.
pub fn legend(props: &Props) -> Html {
    if let Some(twin) = &props.twin {
        return html! { <div class="legend"><span class="twin">{ twin }</span></div> };
    }
    let all = props.act.reform(|_| Action::Select(Some(Selection::Marks)));
    let wide = props.class == Class::Wide;
    html! {
        <div class="legend">
            <span>{ icon::crown(true) }{ "leader" }</span>
            <span><i class="slot" style="background:var(--rec)" />{ "record" }</span>
            <span><i class="slot open" />{ "not yet safe" }</span>
            <span><i class="slot next" />{ "next offset" }</span>
            <span><i class="safe" />{ "high watermark" }</span>
            if wide {
                if props.groups > 0 {
                    <span>
                        { for (0..props.groups.min(2)).map(|g| html! { <i class={format!("reader group-{g}")}>{ icon::group(g, "8") }</i> }) }
                        { "reader is here" }
                    </span>
                }
                <span><i class="sq" />{ "record on its way" }</span>
                <span style="color:var(--ink2)"><i style="color:var(--accent)">{ icon::sign("chevron") }</i>{ "copy asks its leader" }</span>
                <span><i class="sample" />{ "behind" }</span>
                <span><i class="sample away" />{ "offline" }</span>
            }
            <i class="sp" />
            <button class="link" onclick={all}>{ if wide { "all marks" } else { "all marks: press ?" } }</button>
        </div>
    }
}
