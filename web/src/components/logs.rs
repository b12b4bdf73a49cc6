//! The opened control strip: the log of each controller, or what each ZooKeeper server has carried out, as boxes like
//! those of the partitions. All show the same offsets at the same place.

use super::icon;
use crate::action::{Action, Selection};
use crate::layout::screen::{Class, Screen};
use crate::layout::window::{Slots, digits};
use crate::markup::{act, classes, each, listed, markup};
use kafkascope_core::view::{ClusterView, ProcessState};
use yew::prelude::*;

/// A log as it is drawn.
struct Log {
    id: i32,
    leads: bool,
    runs: bool,
    /// What it is at the moment, in a few words.
    role: String,
    /// The epoch that it stands under.
    epoch: i64,
    /// Where its next record goes.
    end: i64,
    /// Up to where it is known to be on a majority.
    safe: i64,
}

/// The logs, one below the other.
pub fn logs(screen: &Screen, view: &ClusterView, to: &Callback<Action>) -> Html {
    let (logs, what) =
        if view.zookeepers.is_empty() { (quorum(view), "record") } else { (ensemble(view), "write") };
    let width = screen.cards_end() - screen.cards_x;
    let slots = Slots::for_box(width);
    let start = slots.start(logs.iter().map(|log| log.end).max().unwrap_or(0));
    let select = act(to, Action::Select(Some(Selection::Controllers(String::new()))));
    let rows = each(&logs, |log| {
        let behind = logs.iter().map(|other| other.safe).max().unwrap_or(0).saturating_sub(log.end);
        let stands = match behind {
            behind if behind > 0 => format!("epoch {} · behind by {behind}", log.epoch),
            _ => format!("epoch {} · next {what} {}", log.epoch, log.end),
        };
        markup!(
            "<div class='log' key={key}>\
                <div class='whose' style={left}>{sign}<span>{role}</span></div>\
                <div class={class} style={place} aria-hidden='true'>{slots}</div>\
                <div class='stands' style={right}>{stands}</div>\
            </div>",
            key = log.id,
            left = format!("left:{}px", screen.gutter),
            sign = icon::controller(log.id, log.leads, log.runs),
            role = &log.role,
            class = classes(&[
                ("box", true),
                ("leads", log.leads),
                ("away", !log.runs),
                ("late", log.runs && behind > 0)
            ]),
            place = format!("left:{}px;width:{width}px", screen.cards_x),
            slots = boxed(log, slots, start),
            right = format!("left:{}px", screen.groups_x),
            stands,
        )
    });
    let about = match (view.zookeepers.is_empty(), screen.class) {
        (true, Class::Wide) => {
            "The metadata log: every change of topics, leaders and in-sync sets is a record in it."
        }
        (true, _) => "The metadata log, on each controller.",
        (false, Class::Wide) => "What each server has carried out: every change of a znode is one write.",
        (false, _) => "Writes that each server has carried out.",
    };
    markup!(
        "<section class='logs' aria-label='Logs of the control plane' data-testid='logs' style={width}>\
            <p class='caption'>{about} <button class='link' onclick={select}>As a table</button></p>{rows}\
        </section>",
        width = format!("width:{}px;padding-left:{x}px;--logs-x:{x}px", screen.matrix_w, x = screen.cards_x),
        about,
        select,
        rows,
    )
}

fn boxed(log: &Log, slots: Slots, start: i64) -> Html {
    let mut all = Vec::new();
    let (top, width) = (if log.leads { 2 } else { 4 }, slots.pitch - 1);
    for offset in start..log.end.min(start + slots.count) {
        let Some(x) = slots.x(start, offset) else { continue };
        all.push(markup!(
            "<span key={key} class={class} style={style}>{digits}</span>",
            key = offset.to_string(),
            class = if offset < log.safe { "slot" } else { "slot open" },
            style = format!("left:{x}px;top:{top}px;width:{width}px"),
            digits = log.leads.then(|| digits(offset)),
        ));
    }
    if let Some(x) = slots.x(start, log.end) {
        all.push(markup!(
            "<span key='next' class='slot next' style={style}>{digits}</span>",
            style = format!("left:{x}px;top:{top}px;width:{width}px"),
            digits = digits(log.end),
        ));
    }
    let x = slots.x_clamped(start, log.safe) - 2;
    all.push(markup!(
        "<i key='safe' class={class} style={style}/>",
        class = if log.leads { "safe flag" } else { "safe" },
        style = format!("left:{x}px;top:0;height:19px"),
    ));
    listed(all)
}

fn quorum(view: &ClusterView) -> Vec<Log> {
    let one = |c: &kafkascope_core::view::ControllerView| {
        let runs = matches!(c.state, ProcessState::Up | ProcessState::Stopping);
        let role = match (runs, c.leads) {
            (false, _) => c.state.name().to_owned(),
            (true, true) => "active".to_owned(),
            (true, false) => c.role.to_lowercase(),
        };
        Log {
            id: c.id,
            leads: c.leads && runs,
            runs,
            role,
            epoch: i64::from(c.epoch),
            end: c.metadata_end,
            safe: c.high_watermark.max(0),
        }
    };
    view.controllers.iter().map(one).collect()
}

/// A transaction's number has the epoch of its leader in the upper half, and counts in the lower.
fn ensemble(view: &ClusterView) -> Vec<Log> {
    let epoch = view.zookeepers.iter().map(|server| server.zxid >> 32).max().unwrap_or(0);
    let one = |server: &kafkascope_core::view::ZooKeeperView| {
        let done = if server.zxid >> 32 == epoch { server.zxid & 0xffff_ffff } else { 0 };
        Log {
            id: server.id,
            leads: matches!(server.role, "leader" | "standalone"),
            runs: server.serves,
            role: server.role.to_owned(),
            epoch: server.epoch,
            end: done + 1,
            safe: done + 1,
        }
    };
    view.zookeepers.iter().map(one).collect()
}
