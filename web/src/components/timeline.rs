//! The time of the sitting as a line, with what was done and what followed: a place on it is looked at by clicking,
//! dragging or by keys.

use super::icon;
use crate::action::Action;
use crate::markup::{Value, copied, each, markup, on};
use crate::part::Part;
use crate::shared::Shared;
use kafkascope_core::node::SimTime;
use kafkascope_core::view::EventView;
use std::cell::Cell;
use std::rc::Rc;
use web_sys::Element;
use yew::prelude::*;

/// See the module.
#[derive(PartialEq)]
pub struct Props {
    /// The moment that is looked at, in tenths of a second: the picture needs no more.
    pub tenths: u64,
    /// The present, if it is another one.
    pub ahead: Option<SimTime>,
    /// What stands on the line.
    pub moments: Shared<Vec<Shared<EventView>>>,
    /// Where actions go.
    pub act: Callback<Action>,
}

/// Where a drag is, if there is one.
#[derive(Default)]
pub struct Own {
    node: NodeRef,
    dragged: Cell<Option<u64>>,
}

impl Part for Props {
    type Own = Own;

    fn draw(&self, own: &Rc<Own>, _again: &Callback<()>) -> Html {
        timeline(self, own)
    }
}

const SECOND_US: u64 = 1_000_000;
/// Lengths of the whole line, in minutes. Later ones are twice the last.
const LENGTHS: [u64; 6] = [1, 2, 5, 10, 20, 30];
/// How near a click must be to a mark, in thousandths of the line.
const NEAR: u64 = 12;

/// The time for which the line stands while the present is this: it grows in steps, so that nothing creeps.
#[must_use]
pub fn length(present_us: u64) -> u64 {
    let minutes = present_us / (60 * SECOND_US);
    let mut longest = 60;
    while longest <= minutes {
        longest *= 2;
    }
    LENGTHS.into_iter().find(|length| *length > minutes).unwrap_or(longest) * 60 * SECOND_US
}

/// The moment of the mark before or after a moment.
#[must_use]
pub fn beside(moments: &[Shared<EventView>], now: SimTime, later: bool) -> Option<SimTime> {
    let mut times = moments.iter().map(|event| event.at);
    if later { times.find(|at| *at > now) } else { times.rfind(|at| *at < now) }
}

fn timeline(props: &Props, own: &Rc<Own>) -> Html {
    let now = props.tenths * SECOND_US / 10;
    let present = props.ahead.map_or(now, |ahead| ahead.0);
    let whole = length(present);
    let left = |us: u64| format!("left:{}%", permille(us, whole) / 10);
    let ticks = each(props.moments.iter(), |event| {
        markup!(
            "<span key={key} class={class} style={left} title={text}>{sign}</span>",
            key = event.id.0.to_string(),
            class = if event.grave { "tick grave" } else { "tick" },
            left = left(event.at.0),
            text = copied(&event.text),
            sign = match event.mark {
                "command" => icon::sign("command"),
                "election" => icon::crown(true),
                _ => icon::sign("cross"),
            },
        )
    });
    let said = match props.ahead {
        Some(ahead) => format!("{}, the present is {}", SimTime(now), ahead),
        None => format!("{}, the present", SimTime(now)),
    };
    markup!(
        "<div class='timeline' ref={node} role='slider' tabindex='0' aria-label='Timeline' aria-valuemin='0' \
            aria-valuemax={most} aria-valuenow={value} aria-valuetext={said} data-testid='timeline' \
            onpointerdown={down} onpointermove={moved} onpointerup={up} onkeydown={key}>\
            <i class='rail'/><i class='gone' style={gone}/>{ticks}<i class={pin} style={here}/>\
            <small>00:00</small><small class='end'>{end}</small>\
        </div>",
        node = &own.node,
        most = present / SECOND_US,
        value = now / SECOND_US,
        said,
        down = dragging(props, own, whole, present, true),
        moved = dragging(props, own, whole, present, false),
        up = {
            let own = own.clone();
            on(move |_: Event| own.dragged.set(None))
        },
        key = keys(props, now, present),
        gone = format!("width:{}%", permille(present, whole) / 10),
        ticks,
        pin = if props.ahead.is_some() { "pin back" } else { "pin" },
        here = left(now),
        end = SimTime(whole).to_string().trim_end_matches(".000").to_owned(),
    )
}

fn permille(us: u64, whole: u64) -> u64 {
    us.saturating_mul(1_000) / whole.max(1)
}

/// What a pointer does to the line that stands for `whole`.
fn dragging(props: &Props, own: &Rc<Own>, whole: u64, present: u64, begins: bool) -> Value {
    let (own, act, moments) = (own.clone(), props.act.clone(), props.moments.clone());
    on(move |event: PointerEvent| {
        let Some(line) = own.node.cast::<Element>() else { return };
        if begins {
            let _ = line.set_pointer_capture(event.pointer_id());
        } else if own.dragged.get().is_none() {
            return;
        }
        let rect = line.get_bounding_client_rect();
        let x = f64::from(event.client_x()) - rect.left();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
        let at = (x / rect.width().max(1.0) * 1_000.0).clamp(0.0, 1_000.0) as u64;
        if own.dragged.replace(Some(at)) == Some(at) {
            return;
        }
        // A mark is easily met.
        let near = |event: &&Shared<EventView>| permille(event.at.0, whole).abs_diff(at);
        let mark = moments.iter().min_by_key(near).filter(|event| near(event) < NEAR);
        let us = mark.map_or(whole / 1_000 * at, |event| event.at.0);
        act.emit(Action::Look(us.min(present)));
    })
}

fn keys(props: &Props, now: u64, present: u64) -> Value {
    let act = props.act.clone();
    on(move |event: KeyboardEvent| {
        let step = if event.shift_key() { 10 * SECOND_US } else { SECOND_US };
        let to = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => now.saturating_sub(step),
            "ArrowRight" | "ArrowUp" => now.saturating_add(step),
            "Home" => 0,
            "End" => present,
            _ => return,
        };
        event.prevent_default();
        act.emit(Action::Look(to.min(present)));
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_grows_in_steps() {
        let minutes = |present: u64| length(present * 60 * SECOND_US) / (60 * SECOND_US);
        assert_eq!([0, 1, 4, 59, 60, 119, 120, 600].map(minutes), [1, 2, 5, 60, 120, 120, 240, 960]);
    }
}
