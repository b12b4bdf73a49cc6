//! More brokers than columns fit: topic by broker as a map. A topic opens into its partitions, a machine or a
//! partition into the inspector.

use crate::action::{Action, Selection};
use crate::layout::heat::{BARS, Heat, HeatTopic, PARTITION, STEPS, column_at, column_x};
use crate::layout::lanes::Target;
use crate::layout::model::StageModel;
use crate::layout::screen::{Class, Screen};
use crate::markup::{classes, each, markup, on};
use crate::words;
use kafkascope_core::node::NodeId;
use kafkascope_core::protocol::TopicPartition;
use kafkascope_core::view::ProcessState;
use yew::prelude::*;

/// See the module.
pub struct Props<'a> {
    /// The screen.
    pub screen: &'a Screen,
    /// The stage.
    pub model: &'a StageModel,
    /// The map.
    pub heat: &'a Heat,
    /// The broker to which the keyboard points.
    pub column: usize,
    /// Points to another one.
    pub point: Callback<usize>,
    /// Opens a menu.
    pub open: Callback<Option<Target>>,
    /// Where actions go.
    pub act: &'a Callback<Action>,
}

/// The map.
pub fn heat(props: &Props<'_>) -> Html {
    let Props { screen, model, heat, .. } = props;
    let width = screen.map_w();
    let brokers = model.brokers.len();
    let cells = each(heat.cells.iter().enumerate(), |(step, path)| {
        markup!("<path d={path} class={class}/>", path, class = format!("heat{step} of{STEPS}"))
    });
    let lines = each(&heat.topics, |topic| line(props, topic));
    let troubled = model.brokers.iter().enumerate().filter(|(_, b)| b.state != ProcessState::Up).take(6);
    let marks = each(troubled, |(column, head)| {
        let at = screen.cards_x + column_x(width, brokers, column);
        markup!(
            "<span class='heatmark' style={style}>{text}</span>",
            style = format!("left:{}px;top:{BARS}px", at.min(screen.cards_x + width - 70)),
            text = format!("▾ {} {}", head.id, head.state.name()),
        )
    });
    markup!(
        "<div class='heat' style={size}>\
            <span class='caption' style={captions}>{about}</span>{bars}\
            <svg style={place} width={width} height={height} aria-hidden='true' onclick={click}>\
                <path class='heatbar' d={bars_up}/><path class='heataway' d={bars_away}/>\
                {cells}<path class='heataway' d={away}/>\
                <path class='heatdead' d={dead}/><path class='heatcopy' d={copies}/><path class='heatlead' d={leaders}/>\
            </svg>\
            {marks}{lines}\
        </div>",
        size = format!("width:{}px;height:{}px", screen.matrix_w, heat.height),
        captions = format!("left:{}px;top:-18px", screen.cards_x),
        about = format!("{brokers} brokers; bars and darkness: copies held; a column is a machine"),
        bars = machines(props),
        place = format!("left:{}px;top:0", screen.cards_x),
        width,
        height = heat.height,
        click = clicked(props),
        bars_up = &heat.bars,
        bars_away = &heat.bars_away,
        cells,
        away = &heat.away,
        dead = &heat.dead,
        copies = &heat.copies,
        leaders = &heat.leaders,
        marks,
        lines,
    )
}

/// All machines as one thing for the keyboard: arrows point, Enter inspects, M opens the menu.
fn machines(props: &Props<'_>) -> Html {
    let Props { screen, model, .. } = props;
    let (width, count) = (screen.map_w(), model.brokers.len());
    let column = props.column.min(count.saturating_sub(1));
    let Some(head) = model.brokers.get(column) else { return Html::default() };
    let (point, open, act, id) = (props.point.clone(), props.open.clone(), props.act.clone(), head.id);
    let onkeydown = on(move |event: KeyboardEvent| {
        match event.key().as_str() {
            "ArrowLeft" => point.emit(column.saturating_sub(1)),
            "ArrowRight" => point.emit((column + 1).min(count.saturating_sub(1))),
            "Home" => point.emit(0),
            "End" => point.emit(count.saturating_sub(1)),
            "Enter" => act.emit(Action::Select(Some(Selection::Broker(id)))),
            "m" | "M" => open.emit(Some(Target::Node(NodeId::Broker(id)))),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    });
    let here = screen.cards_x + column_x(width, count, column);
    markup!(
        "<div class='heatcursor' role='slider' tabindex='0' aria-label='Machine' aria-valuenow={id} aria-valuetext={said} \
            data-testid='heat-machines' onkeydown={key} style={style}><i style={mark}/></div>",
        id,
        said = words::broker(head),
        key = onkeydown,
        style = format!("left:{}px;top:0;width:{width}px;height:{BARS}px", screen.cards_x),
        mark = format!("left:{}px", here - screen.cards_x),
    )
}

fn line(props: &Props<'_>, topic: &HeatTopic) -> Html {
    let Props { screen, act, .. } = props;
    let (to, name) = ((*act).clone(), topic.name.clone());
    let trouble = match (topic.leaderless, topic.short) {
        (0, 0) => String::new(),
        (0, short) => format!("{short} short"),
        (none, _) => format!("{none} no leader"),
    };
    let roomy = screen.class != Class::Phone;
    markup!(
        "<button key={key} class={class} onclick={toggle} aria-expanded={open} style={style}>\
            <b>{name}</b><span>{count}</span><span class='vh'>{said}</span></button>\
        <span class={trouble_class} style={right}>{trouble}</span>",
        key = &topic.name,
        class = classes(&[("heatline", true), ("bad", topic.leaderless > 0), ("late", topic.short > 0)]),
        toggle = on(move |_: Event| to.emit(Action::Toggle(name.clone()))),
        open = topic.open > 0,
        style = format!(
            "top:{}px;width:{}px;height:{}px",
            topic.y,
            if roomy { screen.cards_x - screen.gutter - 6 } else { screen.map_w() },
            props.heat.line
        ),
        name = &topic.name,
        count = topic.partitions,
        said = format!(
            " partitions, {} without leader, {} short of a copy, worst lag {}.",
            topic.leaderless, topic.short, topic.lag
        ),
        trouble_class = if topic.leaderless > 0 { "heatright bad" } else { "heatright late" },
        right = format!("left:{}px;top:{}px", screen.cards_x + screen.map_w() + 8, topic.y),
        trouble = match (trouble.is_empty(), roomy) {
            (false, _) => trouble,
            (true, true) if topic.lag > 0 => format!("lag {}", topic.lag),
            _ => String::new(),
        },
    )
}

/// A click on the map: a machine above, a topic or a partition below.
fn clicked(props: &Props<'_>) -> crate::markup::Value {
    let (width, topics, act) = (props.screen.map_w(), props.heat.topics.clone(), props.act.clone());
    let line = props.heat.line;
    let ids: Vec<i32> = props.model.brokers.iter().map(|b| b.id).collect();
    on(move |event: MouseEvent| {
        let (x, y) = (event.offset_x(), event.offset_y());
        let broker = column_at(width, ids.len(), x).and_then(|column| ids.get(column)).copied();
        let topic = topics.iter().rfind(|topic| topic.y <= y);
        act.emit(match topic {
            Some(topic) if topic.open > 0 && y >= topic.y + line => {
                let row = ((y - topic.y - line - 4) / PARTITION)
                    .clamp(0, i32::try_from(topic.partitions).unwrap_or(1) - 1);
                let tp = TopicPartition::new(topic.name.as_str(), row);
                Action::Select(Some(Selection::Partition(tp, broker)))
            }
            Some(topic) => Action::Toggle(topic.name.clone()),
            None => Action::Select(broker.map(Selection::Broker)),
        });
    })
}
