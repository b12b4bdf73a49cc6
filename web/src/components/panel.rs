//! The panel at the right: lesson or inspector above, events below.

use super::events;
use super::icon;
use super::tabs::{self, TabItem, tab_bar};
use super::{inspector, lesson};
use crate::action::{Action, Naming, Selection, Tab};
use crate::layout::model::StageModel;
use crate::markup::{Value, act, markup, on};
use crate::part::{Part, part};
use crate::session::shown::Told;
use crate::shared::Shared;
use kafkascope_core::session::api::{LessonSummary, LessonView};
use kafkascope_core::view::{ClusterView, EventView};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

/// See the module.
#[derive(PartialEq)]
pub struct Props {
    /// The tab looked at.
    pub tab: Tab,
    /// What is inspected.
    pub selection: Option<Selection>,
    /// The cluster.
    pub view: Shared<ClusterView>,
    /// The stage.
    pub model: Shared<StageModel>,
    /// What is told of what is inspected.
    pub told: Shared<Told>,
    /// Events.
    pub events: Shared<Vec<Shared<EventView>>>,
    /// Groups in the order of their columns.
    pub groups: Shared<Vec<String>>,
    /// The open lesson.
    pub lesson: Option<Shared<LessonView>>,
    /// All lessons.
    pub course: Shared<Vec<LessonSummary>>,
    /// Where actions go.
    pub act: Callback<Action>,
}

impl Part for Props {
    type Own = ();

    fn draw(&self, _own: &Rc<()>, _again: &Callback<()>) -> Html {
        panel(self)
    }
}

fn panel(props: &Props) -> Html {
    let tab = if props.tab == Tab::Inspect { Tab::Inspect } else { Tab::Lesson };
    let items = [
        TabItem { tab: Tab::Lesson, label: "Lesson", id: "tab-lesson" },
        TabItem { tab: Tab::Inspect, label: "Inspect", id: "tab-inspect" },
    ];
    let side = (tab == Tab::Inspect && props.selection.is_some()).then(|| {
        markup!(
            "<span class='side'><button class='iconbtn' onclick={close} aria-label='Close'>{sign}</button></span>",
            close = act(&props.act, Action::Select(None)),
            sign = icon::sign("close"),
        )
    });
    let children = side.unwrap_or_default();
    markup!(
        "<aside class='panel' data-region='panel' tabindex='-1' aria-label='Lesson, inspector and events' \
            onmouseover={over} onfocusin={focused} onmouseleave={left}>\
            {tabs}<div class='pane' role='tabpanel' style={share}>{upper}</div>{events}\
        </aside>",
        over = point(&props.act),
        focused = point(&props.act),
        left = act(&props.act, Action::Point(None)),
        tabs =
            tab_bar(tabs::Props { items: &items, selected: tab, class: "tabs", children, act: &props.act }),
        // What is inspected is read closely; a lesson is followed by what happens.
        share = if tab == Tab::Inspect { "flex:2.600 1 0" } else { "flex:1.300 1 0" },
        upper = upper(props, tab),
        events = docked(props),
    )
}

/// What happens when the pointer or the focus comes to something in the panel.
fn point(to: &Callback<Action>) -> Value {
    let to = to.clone();
    on(move |event: Event| {
        let over = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let naming = over.and_then(|it| it.closest("[data-names]").ok().flatten());
        to.emit(Action::Point(naming.and_then(|it| naming_of(&it.get_attribute("data-names")?))));
    })
}

/// `event 12` or `goal 0`, as events and goals are marked.
fn naming_of(mark: &str) -> Option<Naming> {
    match mark.split_once(' ')? {
        ("event", id) => id.parse().ok().map(Naming::Event),
        (_, number) => number.parse().ok().map(Naming::Goal),
    }
}

fn docked(props: &Props) -> Html {
    let props = events::Props {
        events: props.events.clone(),
        groups: props.groups.clone(),
        selected: selected(&props.selection),
        act: props.act.clone(),
    };
    part(None, props)
}

/// What a tab shows, without the panel around it.
pub fn upper(props: &Props, tab: Tab) -> Html {
    match tab {
        Tab::Inspect => inspector::inspector(&inspector::Props {
            selection: props.selection.as_ref(),
            view: &props.view,
            model: &props.model,
            told: &props.told,
            events: &props.events,
            act: &props.act,
        }),
        Tab::Events => docked(props),
        _ => lesson::lesson(&lesson::Props {
            lesson: props.lesson.as_deref(),
            course: &props.course,
            act: &props.act,
        }),
    }
}

/// The inspected event.
#[must_use]
pub fn selected(selection: &Option<Selection>) -> Option<u64> {
    match selection {
        Some(Selection::Event(id)) => Some(*id),
        _ => None,
    }
}
