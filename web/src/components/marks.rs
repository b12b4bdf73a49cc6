//! All marks and all keys, on one page of the panel.

use super::icon;
use kafkascope_core::view::ProcessState;
use yew::prelude::*;

/// Marks of boxes and lines, with their meaning.
const BOXES: &[(&str, &str)] = &[
    ("crown", "Leader: writes go here; thick border, printed offsets"),
    ("meant", "Meant to lead: first in the list of replicas, not leading now"),
    ("record", "Record that every in-sync replica has"),
    ("open", "Record above the high watermark: not yet safe, not yet readable"),
    ("next", "Next offset: where the next record goes"),
    ("safe", "High watermark; a flag on the leader"),
    ("late", "Behind: left the in-sync set"),
    ("away", "Offline: its machine is not there; its log stands still"),
    ("short", "In-sync replicas of a row, only if one is missing"),
    ("squares", "Records on their way, in the direction of the data"),
    ("chevrons", "A request that carries none, towards the one who is asked"),
];

const KEYS: &[(&str, &str)] = &[
    ("F6", "next region: top bar, stage, panel, terminal"),
    ("Space", "play or pause"),
    (".", "one message further"),
    ("?", "this page"),
    ("← ↑ → ↓", "stage: from box to box"),
    ("Shift + arrow", "stage: next box that is not in sync"),
    ("Home  End", "stage: along the row"),
    ("PgUp  PgDn", "stage: from topic to topic"),
    ("Enter", "stage: inspect"),
    ("M", "stage: the machine's menu"),
    ("Esc", "back"),
    ("Tab", "terminal: complete; on an empty prompt it leaves"),
    ("↑ ↓", "terminal: lines entered before"),
    ("→", "terminal: take the grey suggestion"),
    ("Ctrl + R", "terminal: search the lines entered before"),
    ("Ctrl + C", "terminal: stop what runs"),
    ("Ctrl + D", "terminal: end of input"),
];

/// See the module.
pub fn marks() -> Html {
    html! {<>
        <div class="sec"><h2>{ "Marks and keys" }</h2>
            <table class="facts"><tbody>
                { for BOXES.iter().map(|(mark, about)| html! {
                    <tr><th style="width:34px">{ picture(mark) }</th><td class="w" style="text-align:left">{ *about }</td></tr>
                }) }
                { for (0..4).map(|g| html! {
                    <tr><th><span class={format!("reader group-{g}")}>{ icon::group(g, "10") }</span></th><td class="w" style="text-align:left">{ format!("Next offset that group {} reads", g + 1) }</td></tr>
                }) }
            </tbody></table>
        </div>
        <div class="sec"><h3>{ "Machines" }</h3>
            <table class="facts"><tbody>
                { for machines().into_iter().map(|(state, word)| html! {
                    <tr><th style="width:34px">{ icon::state(state) }</th><td class="w" style="text-align:left">{ word }</td></tr>
                }) }
            </tbody></table>
        </div>
        <div class="sec"><h3>{ "Keys" }</h3>
            <table class="facts"><tbody>
                { for KEYS.iter().map(|(key, about)| html! { <tr><th style="white-space:nowrap"><kbd>{ *key }</kbd></th><td class="w" style="text-align:left">{ *about }</td></tr> }) }
            </tbody></table>
        </div>
        <div class="sec"><p>{ "Messages of a millisecond are shown for up to a third of a second: the clock runs slowly while records are under way and catches up afterwards. The order never changes." }</p></div>
    </>}
}

fn machines() -> [(ProcessState, &'static str); 5] {
    [
        (ProcessState::Up, "up"),
        (ProcessState::Stopped, "stopped: it said good-bye"),
        (ProcessState::Crashed, "crashed: gone without a word"),
        (ProcessState::Fenced, "fenced: alive, but may not lead"),
        (ProcessState::Paused, "paused: frozen"),
    ]
}

fn picture(mark: &str) -> Html {
    match mark {
        "crown" => icon::crown(true),
        "meant" => icon::crown(false),
        "record" => html! { <i class="slot" style="display:block;width:16px;background:var(--rec)" /> },
        "open" => html! { <i class="slot open" style="display:block;width:16px" /> },
        "next" => html! { <i class="slot next" style="display:block;width:16px" /> },
        "safe" => html! { <i class="safe" style="display:block;height:15px;margin-left:7px" /> },
        "late" => {
            html! { <i class="box late" style="display:block;position:static;width:20px;height:13px" /> }
        }
        "away" => {
            html! { <i class="box away" style="display:block;position:static;width:20px;height:13px" /> }
        }
        "short" => {
            html! { <span class="shortmark" style="position:static;display:inline-block">{ "2/3" }</span> }
        }
        "squares" => {
            html! { <i style="display:block;width:8px;height:8px;margin-left:4px;background:var(--accent)" /> }
        }
        _ => html! { <span style="color:var(--accent)">{ icon::sign("chevron") }</span> },
    }
}
