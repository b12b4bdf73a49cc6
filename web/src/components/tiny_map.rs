//! The matrix in small: stays in sight above terminal and lesson on a phone.

use crate::layout::model::{BoxModel, StageModel};
use crate::markup::{each, markup};
use kafkascope_core::view::ProcessState;
use yew::prelude::*;

/// Rows that are drawn.
const MOST: usize = 12;

/// See the module.
pub fn tiny_map(model: &StageModel) -> Html {
    let heads = each(&model.brokers, |b| {
        let bad = b.state != ProcessState::Up;
        markup!(
            "<th scope='col'>{id}<span class={class}>{text}</span></th>",
            id = b.id,
            class = bad.then_some("bad"),
            text = if bad { b.state.name().to_owned() } else { format!("leads {}", b.leads) },
        )
    });
    let topic = model.topics.iter().find(|t| !t.internal);
    let rows = each(topic.into_iter().flat_map(|t| t.rows.iter().take(MOST)), |row| {
        let number = row.partition.partition;
        markup!(
            "<tr><td>{number}</td>{boxes}</tr>",
            number = (number % 3 == 0).then_some(number),
            boxes = each(&row.boxes, |b| markup!("<td>{bar}</td>", bar = b.as_ref().map(bar))),
        )
    });
    markup!(
        "<div class='tiny' aria-hidden='true'>\
            <table><thead><tr><th/>{heads}</tr></thead><tbody>{rows}</tbody></table>\
        </div>",
        heads,
        rows,
    )
}

fn bar(replica: &BoxModel) -> Html {
    let class = match replica {
        b if !b.online => "away",
        b if b.leads => "leads",
        b if !b.in_sync => "late",
        _ => "",
    };
    markup!("<i class={class}/>", class)
}
