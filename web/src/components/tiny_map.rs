//! The matrix in small: stays in sight above terminal and lesson on a phone.

use crate::layout::model::{BoxModel, StageModel};
use crate::words;
use kafkascope_core::view::ProcessState;
use yew::prelude::*;

/// Rows that are drawn.
const MOST: usize = 12;

/// See the module.
pub fn tiny_map(model: &StageModel) -> Html {
    let heads = model.brokers.iter().map(|b| {
        let bad = b.state != ProcessState::Up;
        let text = if bad { words::state(b.state).to_owned() } else { format!("leads {}", b.leads) };
        html! { <th scope="col">{ b.id }<span class={bad.then_some("bad")}>{ text }</span></th> }
    });
    let topic = model.topics.iter().find(|t| !t.internal);
    let rows = topic.into_iter().flat_map(|t| t.rows.iter().take(MOST)).map(|row| {
        let number = row.partition.partition;
        html! {
            <tr>
                <td>if number % 3 == 0 { { number } }</td>
                { for row.boxes.iter().map(|b| html! { <td>{ for b.as_ref().map(bar) }</td> }) }
            </tr>
        }
    });
    html! {
        <div class="tiny" aria-hidden="true">
            <table><thead><tr><th />{ for heads }</tr></thead><tbody>{ for rows }</tbody></table>
        </div>
    }
}

fn bar(replica: &BoxModel) -> Html {
    let class = match replica {
        b if !b.online => "away",
        b if b.leads => "leads",
        b if !b.in_sync => "late",
        _ => "",
    };
    html! { <i {class} /> }
}
