//! The lines of the map: a topic each, with what comes in at its left and the worst lag at its right.

use super::Props;
use crate::action::Action;
use crate::layout::heat::{HeatTopic, LAG_MUCH};
use crate::layout::screen::Class;
use crate::markup::{classes, each, markup, on};
use crate::words::amount;
use yew::prelude::*;

/// Width of the longest bar.
const BAR: u32 = 54;

/// What stands above the lines.
pub(super) fn heads(props: &Props<'_>) -> Html {
    let Props { screen, heat, .. } = props;
    let Some(first) = heat.topics.first().filter(|_| screen.class != Class::Phone) else {
        return Html::default();
    };
    let top = first.y - 17;
    let wide = screen.class == Class::Wide;
    markup!(
        "<div class='heathead' style={left}><b>topic</b><span>{parts}</span>{rate}</div>\
        <div class='heathead' style={right}><b>worst lag</b></div>",
        left = format!("left:{}px;top:{top}px;width:{}px", screen.gutter, screen.cards_x - screen.gutter - 8),
        parts = if wide { "partitions" } else { "" },
        rate = wide.then(|| markup!("<span class='rate'>records/s</span>")),
        right = format!("left:{}px;top:{top}px;width:98px", screen.cards_x + screen.map_w() + 8),
    )
}

/// All topics.
pub(super) fn lines(props: &Props<'_>) -> Html {
    each(&props.heat.topics, |topic| line(props, topic))
}

fn line(props: &Props<'_>, topic: &HeatTopic) -> Html {
    let Props { screen, act, .. } = props;
    let (to, name) = ((*act).clone(), topic.name.clone());
    let roomy = screen.class != Class::Phone;
    let lag = topic.lag.map_or_else(|| "nobody reads it".to_owned(), |lag| format!("worst lag {lag}"));
    markup!(
        "<button key={key} class={class} onclick={toggle} aria-expanded={open} data-testid={test} style={style}>\
            <b>{name}</b><span>{count}</span>{rate}<span class='vh'>{said}</span></button>{right}",
        key = &topic.name,
        class = classes(&[("heatline", true), ("bad", topic.leaderless > 0), ("late", topic.short > 0)]),
        toggle = on(move |_: Event| to.emit(Action::Toggle(name.clone()))),
        open = topic.open > 0,
        test = format!("heat-topic-{}", topic.name),
        style = format!(
            "top:{}px;width:{}px;height:{}px",
            topic.y,
            if roomy { screen.cards_x - screen.gutter - 6 } else { screen.map_w() },
            props.heat.line
        ),
        name = &topic.name,
        count = topic.partitions,
        rate = (screen.class == Class::Wide).then(|| {
            let rate = topic.rate.map_or_else(|| "–".to_owned(), amount);
            markup!("<span class='rate'>{rate}</span>", rate)
        }),
        said = format!(
            " partitions, {} without leader, {} short of a copy, {lag}.",
            topic.leaderless, topic.short
        ),
        right = right(props, topic, roomy),
    )
}

/// What is wrong with a topic, or how far its slowest reader is behind.
fn right(props: &Props<'_>, topic: &HeatTopic, roomy: bool) -> Option<Html> {
    let at = |width| {
        let left = props.screen.cards_x + props.screen.map_w() + 8;
        format!("left:{left}px;top:{}px;width:{width}px", topic.y)
    };
    let trouble = match (topic.leaderless, topic.short) {
        (0, 0) => None,
        (0, short) => Some(("heatright late", format!("{short} short"))),
        (none, _) => Some(("heatright bad", format!("{none} no leader"))),
    };
    if let Some((class, text)) = trouble {
        return Some(markup!("<span class={class} style={style}>{text}</span>", class, style = at(98), text));
    }
    let lag = topic.lag.filter(|_| roomy)?.max(0);
    // Each doubling is a step, so that a lag of ten and one of a million are both seen.
    let steps = lag.unsigned_abs().checked_ilog2().map_or(0, |log| log + 1);
    Some(markup!(
        "<span class={class} style={style} aria-hidden='true'><i style={bar}/><em>{lag}</em></span>",
        class = if lag > LAG_MUCH { "heatright lag much" } else { "heatright lag" },
        style = at(98),
        bar = format!("width:{}px", (steps * BAR / 24).min(BAR)),
        lag = amount(lag),
    ))
}
