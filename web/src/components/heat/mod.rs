//! More brokers than columns fit: topic by broker as a map. A topic opens into its partitions, a machine or a
//! partition into the inspector.

mod lens;
mod lines;
mod machines;

use crate::action::{Action, Selection};
use crate::layout::heat::{Heat, HeatTopic, Lens, PARTITION, STEPS};
use crate::layout::lanes::Target;
use crate::layout::model::StageModel;
use crate::layout::screen::{Class, Screen};
use crate::markup::{Value, act, each, markup, on};
use kafkascope_core::node::NodeId;
use kafkascope_core::protocol::TopicPartition;
use yew::prelude::*;

/// See the module.
pub struct Props<'a> {
    /// The screen.
    pub screen: &'a Screen,
    /// The stage.
    pub model: &'a StageModel,
    /// The map.
    pub heat: &'a Heat,
    /// The partition under the lens.
    pub lens: Option<&'a Lens>,
    /// Where the pointer is, from the left edge of the map.
    pub pointed_x: i32,
    /// The column to which the keyboard points.
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
    let Props { screen, heat, .. } = props;
    let cells = each(heat.cells.iter().enumerate(), |(step, path)| {
        markup!("<path d={path} class={class}/>", path, class = format!("heat{step} of{STEPS}"))
    });
    let phone = screen.class == Class::Phone;
    markup!(
        "<div class='heat' style={size}>\
            <span class='caption' style={captions}>{about}</span>{bars}\
            <svg style={place} width={width} height={height} aria-hidden='true' onclick={click} oncontextmenu={menu} \
                onmousemove={over} onmouseleave={left}>\
                <path class='heatbar' d={bars_up}/><path class='heataway' d={bars_away}/>\
                {cells}<path class='heataway' d={away}/>\
                <path class='heatdead' d={dead}/><path class='heatcopy' d={copies}/><path class='heatlead' d={leaders}/>\
            </svg>\
            {axis}{heads}{lines}{rows}{lens}\
        </div>{legend}",
        size = format!("width:{}px;height:{}px", screen.matrix_w, heat.height),
        captions = format!("left:{}px;top:-18px", screen.cards_x),
        about = about(heat, phone),
        bars = machines::machines(props),
        place = format!("left:{}px;top:0", screen.cards_x),
        width = screen.map_w(),
        height = heat.height,
        click = clicked(props),
        menu = menu(props),
        over = pointed(props),
        left = act(props.act, Action::Lens(None, 0)),
        bars_up = &heat.bars,
        bars_away = &heat.bars_away,
        cells,
        away = &heat.away,
        dead = &heat.dead,
        copies = &heat.copies,
        leaders = &heat.leaders,
        axis = machines::axis(props),
        heads = lines::heads(props),
        lines = lines::lines(props),
        rows = rows(props),
        lens = lens::lens(props),
        legend = (!phone).then(legend),
    )
}

fn about(heat: &Heat, phone: bool) -> String {
    let brokers = heat.columns.all.len();
    let racks = match heat.columns.racks.len() {
        0 => String::new(),
        racks => format!(" in {racks} racks"),
    };
    let more = if phone { "" } else { " Bars and darkness: copies held; one column is one machine." };
    format!("{brokers} brokers{racks}.{more}")
}

/// The marks of the map.
fn legend() -> Html {
    let steps = each(0..STEPS, |step| markup!("<i class={class}/>", class = format!("swatch heat{step}")));
    markup!(
        "<div class='legend'>\
            <span><span class='steps'>{steps}</span>1 to {most} or more copies on that machine</span>\
            <span><i class='swatch lead'/>leader</span>\
            <span><i class='swatch copy'/>copy</span>\
            <span><i class='swatch gone'/>offline</span>\
            <span><i class='swatch much'/>lag over 10,000</span>\
            <i class='sp'/><span>Click opens a topic; arrows walk along machines and partitions</span>\
        </div>",
        steps,
        most = STEPS,
    )
}

/// The partitions of the open topic as one thing for the keyboard: arrows move the lens, Enter inspects.
fn rows(props: &Props<'_>) -> Option<Html> {
    let topic = props.heat.topics.iter().find(|topic| topic.open > 0)?;
    let seen = props.lens.filter(|lens| *lens.row.partition.topic == *topic.name);
    let row = seen.map(|lens| lens.row.partition.partition);
    let last = i32::try_from(topic.partitions).unwrap_or(1) - 1;
    let (act, name, middle) = (props.act.clone(), topic.name.clone(), props.screen.map_w() / 2);
    let key = on(move |event: KeyboardEvent| {
        let to = match (event.key().as_str(), row) {
            ("ArrowDown", row) => row.map_or(0, |row| row + 1),
            ("ArrowUp", row) => row.map_or(last, |row| row - 1),
            ("PageDown", row) => row.unwrap_or(0) + 10,
            ("PageUp", row) => row.unwrap_or(last) - 10,
            ("Home", _) => 0,
            ("End", _) => last,
            ("Enter", Some(row)) => {
                let tp = TopicPartition::new(name.as_str(), row);
                act.emit(Action::Select(Some(Selection::Partition(tp, None))));
                return;
            }
            ("Escape", _) => {
                act.emit(Action::Lens(None, 0));
                return;
            }
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        act.emit(Action::Lens(Some(TopicPartition::new(name.as_str(), to.clamp(0, last))), middle));
    });
    let said = seen.map(|lens| {
        let heads = lens.heads.iter().map(|(id, said, _)| format!("{id} {said}"));
        format!("{}: {}", lens.row.partition, heads.collect::<Vec<_>>().join(", "))
    });
    let said = said.unwrap_or_else(|| format!("Partitions of {}", topic.name));
    Some(markup!(
        "<div class='heatcursor' role='slider' tabindex='0' aria-label='Partition' aria-valuemin='0' aria-valuemax={last} \
            aria-valuenow={now} aria-valuetext={said} data-testid='heat-partitions' onkeydown={key} style={style}/>",
        last,
        now = row.unwrap_or(0),
        said,
        key,
        style = format!(
            "left:{}px;top:{}px;width:{}px;height:{}px",
            props.screen.cards_x - 3,
            topic.y + props.heat.line,
            props.screen.map_w() + 6,
            topic.open
        ),
    ))
}

/// The partition at a height of the map, if its topic is open there.
fn partition_at(topics: &[HeatTopic], line: i32, y: i32) -> Option<TopicPartition> {
    let topic = topics.iter().rfind(|topic| topic.y <= y)?;
    if topic.open == 0 || y < topic.y + line {
        return None;
    }
    let last = i32::try_from(topic.partitions).unwrap_or(1) - 1;
    let row = ((y - topic.y - line - 4) / PARTITION).clamp(0, last);
    Some(TopicPartition::new(topic.name.as_str(), row))
}

/// What the pointer moves over: the partition under it comes under the lens.
fn pointed(props: &Props<'_>) -> Value {
    let (topics, line, act) = (props.heat.topics.clone(), props.heat.line, props.act.clone());
    on(move |event: MouseEvent| {
        act.emit(Action::Lens(partition_at(&topics, line, event.offset_y()), event.offset_x()));
    })
}

/// A click on the map: a machine above, a topic or a partition below.
fn clicked(props: &Props<'_>) -> Value {
    let (topics, line, act) = (props.heat.topics.clone(), props.heat.line, props.act.clone());
    let columns = props.heat.columns.clone();
    on(move |event: MouseEvent| {
        let y = event.offset_y();
        let broker = columns.at(event.offset_x()).map(|column| column.broker);
        let topic = topics.iter().rfind(|topic| topic.y <= y);
        act.emit(match (partition_at(&topics, line, y), topic) {
            (Some(tp), _) => Action::Select(Some(Selection::Partition(tp, broker))),
            (None, Some(topic)) => Action::Toggle(topic.name.clone()),
            (None, None) => Action::Select(broker.map(Selection::Broker)),
        });
    })
}

/// The right button: the menu of the machine.
fn menu(props: &Props<'_>) -> Value {
    let (columns, open) = (props.heat.columns.clone(), props.open.clone());
    on(move |event: MouseEvent| {
        if let Some(column) = columns.at(event.offset_x()) {
            event.prevent_default();
            open.emit(Some(Target::Node(NodeId::Broker(column.broker))));
        }
    })
}
