//! The stage: one matrix of partitions and machines, with who writes at the left and who reads at the right.

mod keys;

use super::broker_column::{self, broker_column, card};
use super::{band, groups, heat, lane, legend, menu, partition_row, sources};
use crate::action::{Action, Selection};
use crate::layout::heat::{Heat, Lens};
use crate::layout::lanes::{self, Target};
use crate::layout::model::StageModel;
use crate::layout::routes::standing;
use crate::layout::rows::{Item, Place, bottom};
use crate::layout::screen::{Class, Screen};
use crate::markup::{Value, each, markup, on};
use crate::part::{Part, part};
use crate::shared::Shared;
use kafkascope_core::node::NodeId;
use kafkascope_core::view::Touch;
use keys::{Cursor, key, place_of, presses};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

/// See the module.
#[derive(PartialEq)]
pub struct Props {
    /// The screen.
    pub screen: Shared<Screen>,
    /// What stands on it.
    pub model: Shared<StageModel>,
    /// Where it stands.
    pub places: Shared<Vec<Place>>,
    /// The map that stands there instead, if there are many brokers.
    pub heat: Option<Shared<Heat>>,
    /// What is under its lens, and where from its left edge that was met.
    pub lens: (Option<Shared<Lens>>, i32),
    /// What is inspected.
    pub selection: Option<Selection>,
    /// What is named by what is pointed at in the panel, or inspected.
    pub named: Vec<Touch>,
    /// The canvas of the moving marks.
    pub canvas: NodeRef,
    /// Where actions go.
    pub act: Callback<Action>,
}

/// What is pointed at.
pub struct Pointed {
    node: NodeRef,
    cursor: Cell<Cursor>,
    twin: RefCell<Option<String>>,
    menu: Cell<Option<Target>>,
    machine: Cell<usize>,
    /// When a finger came down, or a moment that never was.
    touched: Rc<Cell<f64>>,
}

impl Default for Pointed {
    fn default() -> Pointed {
        Pointed {
            node: NodeRef::default(),
            cursor: Cell::new((0, 1)),
            twin: RefCell::default(),
            menu: Cell::default(),
            machine: Cell::default(),
            touched: Rc::new(Cell::new(f64::MAX)),
        }
    }
}

impl Pointed {
    /// Something else is pointed at, perhaps by the focus. True if that is news.
    fn at(&self, target: Option<web_sys::EventTarget>, focus: bool) -> bool {
        let cell = target
            .and_then(|t| t.dyn_into::<Element>().ok())
            .and_then(|e| e.closest("[data-at]").ok().flatten());
        let twin = cell.as_ref().and_then(spoken);
        let mut news = *self.twin.borrow() != twin;
        self.twin.replace(twin);
        if focus && let Some(at) = cell.as_ref().and_then(place_of) {
            news |= self.cursor.replace(at) != at;
        }
        news
    }
}

impl Part for Props {
    type Own = Pointed;

    fn draw(&self, own: &Rc<Pointed>, again: &Callback<()>) -> Html {
        stage(self, own, again)
    }
}

fn stage(props: &Props, own: &Rc<Pointed>, again: &Callback<()>) -> Html {
    let Props { screen, model, places, .. } = props;
    let (cursor, menu) = (own.cursor.get(), own.menu.get());
    let twin = own.twin.borrow().clone();
    let end = bottom(places, screen);
    let open_menu = {
        let (own, again) = (own.clone(), again.clone());
        Callback::from(move |target| {
            if own.menu.replace(target) != target {
                again.emit(());
            }
        })
    };
    if let Some(heat) = &props.heat {
        return map(props, heat, own, again, &open_menu);
    }
    let [over, focused, left] = pointing(own, again);
    let onkeydown = {
        let (node, menu, act, brokers) =
            (own.node.clone(), open_menu.clone(), props.act.clone(), model.clone());
        on(move |event: KeyboardEvent| key(&event, &node, &brokers, &menu, &act))
    };
    let [press, touch, slide, lift] = presses(&own.touched, model, &open_menu);
    let phone = screen.class == Class::Phone;
    let routes =
        Routes { screen: screen.clone(), model: model.clone(), places: places.clone(), height: end + 6 };
    markup!(
        "<div class={class} role='grid' aria-label='Partitions by broker and reader' ref={node} \
            data-testid='stage' aria-rowcount={count} onkeydown={key} oncontextmenu={press} ontouchstart={touch} ontouchmove={slide} \
            ontouchend={lift} onmouseover={over} onfocusin={focused} \
            onmouseleave={left} style={style}>\
            {captions}{cards}{routes}{heads}{lanes}{rows}<canvas ref={canvas} aria-hidden='true'/>{menu}\
        </div>\
        {legend}",
        class = matrix(model),
        node = &own.node,
        count = places.len() + 1,
        key = onkeydown,
        press,
        touch,
        slide,
        lift,
        over,
        focused,
        left,
        style = format!("width:{}px;height:{}px", screen.matrix_w, end + 6),
        captions = (!phone).then(|| captions(screen)),
        cards = each(model.brokers.iter().enumerate(), |(column, head)| {
            let lit = props.named.contains(&Touch::Node(NodeId::Broker(head.id)));
            card(screen, head, column, end, lit)
        }),
        routes = part(None, routes),
        heads = heads(props, cursor, menu, &open_menu),
        lanes = lane::lanes(screen, model, &open_menu),
        rows = rows(props, cursor),
        canvas = &props.canvas,
        menu = opened(props, menu, &open_menu),
        legend = beneath(props, twin),
    )
}

/// What happens when the pointer or the focus comes to a cell, and when the pointer leaves.
fn pointing(own: &Rc<Pointed>, again: &Callback<()>) -> [Value; 3] {
    let point = {
        let (own, again) = (own.clone(), again.clone());
        Rc::new(move |target, focus| {
            if own.at(target, focus) {
                again.emit(());
            }
        })
    };
    let (over, focused) = (point.clone(), point.clone());
    [
        on(move |event: Event| over(event.target(), false)),
        on(move |event: Event| focused(event.target(), true)),
        on(move |_: Event| point(None, false)),
    ]
}

/// The marks, or the sentence about what is pointed at.
fn beneath(props: &Props, twin: Option<String>) -> Html {
    if props.screen.class == Class::Phone {
        return markup!("<p class='vh'>{twin}</p>", twin = twin.unwrap_or_default());
    }
    legend::legend(&legend::Props {
        class: props.screen.class,
        twin: twin.as_deref(),
        groups: props.screen.groups,
        act: &props.act,
    })
}

/// The classes of the matrix: which groups have no shares at the moment.
fn matrix(model: &StageModel) -> String {
    let mut class = "matrix".to_owned();
    for (index, _) in model.groups.iter().enumerate().filter(|(_, group)| group.rebalances) {
        class.push_str(&format!(" shares-{index}"));
    }
    class
}

/// Many brokers. A function of its own, which waits until there are some.
#[inline(never)]
fn map(
    props: &Props,
    heat: &Heat,
    own: &Rc<Pointed>,
    again: &Callback<()>,
    open_menu: &Callback<Option<Target>>,
) -> Html {
    let Props { screen, model, .. } = props;
    let point = {
        let (own, again) = (own.clone(), again.clone());
        Callback::from(move |column| {
            own.machine.set(column);
            again.emit(());
        })
    };
    markup!(
        "<div class='matrix' style={style} data-testid='stage'>{heat}{menu}</div>",
        style = format!("width:{}px;height:{}px;margin-top:20px", screen.matrix_w, heat.height),
        heat = heat::heat(&heat::Props {
            screen,
            model,
            heat,
            lens: props.lens.0.as_deref(),
            pointed_x: props.lens.1,
            column: own.machine.get(),
            point,
            open: open_menu.clone(),
            act: &props.act,
        }),
        menu = opened(props, own.menu.get(), open_menu),
    )
}

/// The open menu: below its column, or below the heads.
fn opened(props: &Props, target: Option<Target>, open: &Callback<Option<Target>>) -> Option<Html> {
    let Props { screen, model, .. } = props;
    let target = target?;
    let node = match target {
        Target::Node(node) | Target::Link(node, _) => Some(node),
        Target::Message(_) => None,
    };
    let column = node.and_then(NodeId::broker).and_then(|id| model.brokers.iter().position(|b| b.id == id));
    let right = match column {
        Some(column) if props.heat.is_none() => screen.card_x(column) + screen.card_w,
        _ => screen.cards_x + 290,
    };
    let menu = menu::Menu {
        target,
        offers: lanes::menu(model, target),
        at: ((right - 290).min(screen.stage_w - 300).max(4), screen.cards_y + 32),
        inspects: screen.class == Class::Phone,
        open: open.clone(),
        act: props.act.clone(),
    };
    // Another menu is another element: it takes the focus anew.
    Some(part(Some(format!("{target:?}").into()), menu))
}

fn captions(screen: &Screen) -> Html {
    let wide = screen.class == Class::Wide;
    let store = if wide {
        "Brokers store. One row is one partition, one box is one copy of it."
    } else {
        "Brokers store. One row: one partition; one box: one copy."
    };
    markup!(
        "<span class='caption' style={writers}>Applications write</span>\
        <span class='caption' style={brokers}>{store}</span>\
        <span class='caption' style={readers}>Applications read</span>\
        <span class='caption' style={numbers}>partition</span>",
        writers = format!("left:{}px", screen.gutter),
        brokers = format!("left:{}px", screen.cards_x + 3),
        store,
        readers = format!("left:{}px", screen.groups_x),
        numbers = format!(
            "top:{}px;left:0;width:{}px;text-align:right",
            screen.rows_y() + 4,
            screen.number_end + 2
        ),
    )
}

/// The standing routes of all rows, as one picture.
#[derive(PartialEq)]
struct Routes {
    screen: Shared<Screen>,
    model: Shared<StageModel>,
    places: Shared<Vec<Place>>,
    height: i32,
}

impl Part for Routes {
    type Own = ();

    fn draw(&self, _own: &Rc<()>, _again: &Callback<()>) -> Html {
        let screen = &self.screen;
        let brokers: Vec<i32> = self.model.brokers.iter().map(|b| b.id).collect();
        let (mut lines, mut heads) = (String::new(), String::new());
        for place in self.places.iter() {
            if let Item::Row(row) = &place.item {
                let (line, head) = standing(screen, place.y, row, &brokers);
                lines.push_str(&line);
                heads.push_str(&head);
            }
        }
        markup!(
            "<svg class='routes' width={width} height={height} aria-hidden='true'>\
                <path d={lines} transform='translate(0 .5)'/>\
                <path class='heads' d={heads} transform='translate(0 .5)'/>\
            </svg>",
            width = screen.matrix_w,
            height = self.height,
            lines,
            heads,
        )
    }
}

fn heads(props: &Props, cursor: Cursor, menu: Option<Target>, open_menu: &Callback<Option<Target>>) -> Html {
    let Props { screen, model, .. } = props;
    let here = |column: usize| cursor == (0, column);
    let columns = each(model.brokers.iter().enumerate(), |(column, head)| {
        broker_column(&broker_column::Props {
            screen: screen.clone(),
            head: head.clone(),
            column,
            tab: here(column + 1),
            open: menu == Some(Target::Node(NodeId::Broker(head.id))),
            menu: open_menu.clone(),
            act: props.act.clone(),
        })
    });
    let group_tab = (0..screen.groups).find(|g| here(screen.brokers + 1 + g));
    markup!(
        "<div role='row' aria-rowindex='1'>{sources}{columns}{groups}</div>",
        sources = sources::sources(&sources::Props {
            screen,
            sources: &model.sources,
            tab: here(0),
            act: &props.act
        }),
        columns,
        groups = groups::groups(&groups::Props {
            screen,
            groups: &model.groups,
            others: model.other_groups.len(),
            tab: group_tab,
            act: &props.act,
        }),
    )
}

fn rows(props: &Props, cursor: Cursor) -> Html {
    let Props { screen, model, .. } = props;
    each(props.places.iter().enumerate(), |(number, place)| {
        let index = number + 1;
        let tab = (cursor.0 == index).then_some(cursor.1);
        match &place.item {
            Item::Band { topic, open } => band::band(&band::Props {
                screen,
                topic,
                open: *open,
                y: place.y,
                index,
                tab: tab.is_some(),
                act: &props.act,
            }),
            Item::Row(row) => {
                let (lit, lit_broker) = lit(props, row);
                let key = row.partition.to_string().into();
                let row = partition_row::Props {
                    screen: screen.clone(),
                    row: row.clone(),
                    y: place.y,
                    index,
                    groups: model.names.clone(),
                    lit,
                    lit_broker,
                    tab,
                    act: props.act.clone(),
                };
                part(Some(key), row)
            }
            Item::More(count) => markup!(
                "<div key={number} class='empty' style={style}>{text}</div>",
                number,
                style = format!("left:{}px;top:{}px;line-height:{}px", screen.cards_x + 12, place.y, place.h),
                text = format!("and {count} more partitions: kafka-topics.sh --describe lists them"),
            ),
        }
    })
}

/// Whether a row, or one of its replicas, is inspected or named by the event looked at.
fn lit(props: &Props, row: &crate::layout::model::RowModel) -> (bool, Option<i32>) {
    let named = props.named.iter().any(|touch| match touch {
        Touch::Partition(tp) => *tp == row.partition,
        Touch::Topic(topic) => *topic == row.partition.topic,
        Touch::Node(_) | Touch::Group(_) => false,
    });
    match &props.selection {
        Some(Selection::Partition(tp, broker)) if *tp == row.partition => {
            (broker.is_none() || named, *broker)
        }
        _ => (named, None),
    }
}

/// The sentence of a cell.
fn spoken(cell: &Element) -> Option<String> {
    let own = cell.query_selector(":scope > .vh").ok().flatten().and_then(|said| said.text_content());
    own.or_else(|| cell.get_attribute("aria-label"))
}
