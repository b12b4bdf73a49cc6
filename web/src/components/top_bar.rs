//! The top bar: what is shown, and its clock.

use super::icon;
use crate::action::{Action, Selection};
use crate::layout::screen::Class;
use crate::markup::{act, each, markup, on};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// Speeds that can be chosen, in thousandths of real time, with their command.
const SPEEDS: &[(u32, &str, &str)] = &[
    (100, "⅒×", "0.1"),
    (250, "¼×", "0.25"),
    (500, "½×", "0.5"),
    (1_000, "1×", "1"),
    (2_000, "2×", "2"),
    (5_000, "5×", "5"),
    (10_000, "10×", "10"),
    (100_000, "100×", "100"),
];

/// See [`top_bar`].
#[derive(Clone, PartialEq)]
pub struct Props {
    /// The arrangement.
    pub class: Class,
    /// `Scenario` or `Lesson 3`.
    pub kind: AttrValue,
    /// Its title.
    pub title: AttrValue,
    /// Whether time passes.
    pub playing: bool,
    /// Simulated time per wall time, in thousandths.
    pub speed: u32,
    /// Where the clock is written in every frame.
    pub clock: NodeRef,
    /// The time of the sitting, where there is room for it.
    pub timeline: Html,
    /// Whether the page is dark.
    pub dark: bool,
    /// Where actions go.
    pub act: Callback<Action>,
}

/// See the module.
pub fn top_bar(props: &Props) -> Html {
    let label = if props.dark { "Light colours" } else { "Dark colours" };
    let theme = markup!(
        "<button class='iconbtn' onclick={go} aria-label={label} title={title} data-testid='theme'>{sign}</button>",
        go = act(&props.act, Action::Theme),
        label,
        title = label,
        sign = icon::sign("theme"),
    );
    let clock = markup!(
        "<div class='clock mono' role='timer' ref={clock} data-testid='clock' aria-label='Simulated time'/>",
        clock = &props.clock,
    );
    let (transport, speed) = (transport(props), speed(props));
    if props.class == Class::Phone {
        return markup!(
            "<header class='top' data-region='top' tabindex='-1'>\
                {logo}<h1 class='vh'>Kafkascope</h1>\
                <div class='titles'><b>{title}</b>{clock}</div>\
                <span class='spring'/>\
                {transport}{speed}{theme}\
            </header>",
            logo = icon::logo(),
            title = &props.title,
            clock,
            transport,
            speed,
            theme,
        );
    }
    markup!(
        "<header class='top' data-region='top' tabindex='-1'>\
            <div class='brand'>{logo}<h1>Kafkascope</h1></div>\
            <span class='rule'/>\
            <div class='scene'>{kind}<b>{title}</b></div>\
            {transport}{speed}{clock}{slow}{timeline}\
            <span class='spring'/>\
            {sitting}{theme}\
            <button class='iconbtn' onclick={help} aria-label='All marks and keys' \
                title='All marks and keys: ?'>{sign}</button>\
        </header>",
        logo = icon::logo(),
        kind = &props.kind,
        title = &props.title,
        transport,
        speed,
        clock,
        slow = (props.speed < 1_000).then(|| markup!("<span class='chip'>slow motion</span>")),
        timeline = props.timeline.clone(),
        sitting = sitting(&props.act),
        theme,
        help = act(&props.act, Action::Select(Some(Selection::Marks))),
        sign = icon::sign("help"),
    )
}

/// What can be done to the sitting as a whole.
pub fn sitting(to: &Callback<Action>) -> Html {
    markup!(
        "<button class='quietbtn' onclick={undo} title='Take back what was done last: Ctrl+Z' aria-label='Undo' \
            data-testid='undo'>{back}<span>Undo</span></button>\
        <button class='quietbtn' onclick={share} title='A link that carries this sitting' aria-label='Share' \
            data-testid='share'>{send}<span>Share</span></button>",
        undo = act(to, Action::Undo),
        back = icon::sign("undo"),
        share = act(to, Action::Share),
        send = icon::sign("share"),
    )
}

fn transport(props: &Props) -> Html {
    let (label, sign, title) = if props.playing {
        ("Pause", "pause", "clock pause (Space)")
    } else {
        ("Play", "play", "clock play (Space)")
    };
    markup!(
        "<div class='transport' role='group' aria-label='Clock'>\
            <button class='primary' onclick={play} aria-label={label} title={title} \
                data-testid='play-pause'>{sign}</button>\
            <button onclick={step} aria-label='One message further' title='One message further (.)' \
                data-testid='step'>{next}</button>\
        </div>",
        play = act(&props.act, Action::PlayPause),
        label,
        title,
        sign = icon::sign(sign),
        step = act(&props.act, Action::Step),
        next = icon::sign("step"),
    )
}

/// Thousandths as `2.5×`.
fn times(permille: u32) -> String {
    let text = format!("{}.{:03}", permille / 1_000, permille % 1_000);
    format!("{}×", text.trim_end_matches('0').trim_end_matches('.'))
}

fn speed(props: &Props) -> Html {
    let act = props.act.clone();
    let choose = on(move |event: Event| {
        let chosen =
            event.target_dyn_into::<HtmlSelectElement>().map(|select| select.value()).unwrap_or_default();
        act.emit(Action::Run(format!("clock speed {chosen}")));
    });
    let known = SPEEDS.iter().any(|(permille, ..)| *permille == props.speed);
    let other =
        (!known).then(|| markup!("<option selected='selected'>{speed}</option>", speed = times(props.speed)));
    markup!(
        "<select class='square' aria-label='Speed' title='clock speed' data-testid='speed' onchange={choose}>\
            {other}{speeds}\
        </select>",
        choose,
        other,
        speeds = each(SPEEDS, |(permille, label, factor)| {
            markup!(
                "<option value={factor} selected={selected}>{label}</option>",
                factor = *factor,
                selected = (*permille == props.speed).then_some("selected"),
                label = *label,
            )
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::times;

    #[test]
    fn a_speed_has_no_idle_digits() {
        let said = [100, 1_000, 2_500, 60_000, 1_001].map(times);
        assert_eq!(said, ["0.1×", "1×", "2.5×", "60×", "1.001×"]);
    }
}
