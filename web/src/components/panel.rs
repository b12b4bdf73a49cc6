//! The panel at the right: lesson or inspector above, events below.

use super::events::Events;
use super::icon;
use super::tabs::{self, TabItem, tab_bar};
use super::{inspector, lesson};
use crate::action::{Action, Selection, Tab};
use crate::layout::model::StageModel;
use crate::shared::Shared;
use kafkascope_core::session::api::{LessonSummary, LessonView};
use kafkascope_core::view::{ClusterView, EventView};
use yew::prelude::*;

/// See [`Panel`].
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The tab looked at.
    pub tab: Tab,
    /// What is inspected.
    pub selection: Option<Selection>,
    /// The cluster.
    pub view: Shared<ClusterView>,
    /// The stage.
    pub model: Shared<StageModel>,
    /// Events.
    pub events: Shared<Vec<EventView>>,
    /// Groups in the order of their columns.
    pub groups: Shared<Vec<String>>,
    /// The open lesson.
    pub lesson: Option<Shared<LessonView>>,
    /// All lessons.
    pub course: Shared<Vec<LessonSummary>>,
    /// Where actions go.
    pub act: Callback<Action>,
}

/// See the module.
#[component]
pub fn Panel(props: &Props) -> Html {
    let tab = if props.tab == Tab::Inspect { Tab::Inspect } else { Tab::Lesson };
    let items = vec![
        TabItem { tab: Tab::Lesson, label: "Lesson", id: "tab-lesson" },
        TabItem { tab: Tab::Inspect, label: "Inspect", id: "tab-inspect" },
    ];
    let close = props.act.reform(|_| Action::Select(None));
    let side = html! {
        if tab == Tab::Inspect && props.selection.is_some() {
            <span class="side"><button class="iconbtn" onclick={close} aria-label="Close">{ icon::sign("close") }</button></span>
        }
    };
    html! {
        <aside class="panel" data-region="panel" tabindex="-1" aria-label="Lesson, inspector and events">
            { tab_bar(tabs::Props { items: &items, selected: tab, class: "tabs", children: side, act: &props.act }) }
            <div class="pane" role="tabpanel" style="flex:1.3 1 0">{ upper(props, tab) }</div>
            <Events events={props.events.clone()} groups={props.groups.clone()} selected={selected(&props.selection)} act={props.act.clone()} />
        </aside>
    }
}

/// What a tab shows, without the panel around it.
pub fn upper(props: &Props, tab: Tab) -> Html {
    match tab {
        Tab::Inspect => inspector::inspector(&inspector::Props {
            selection: props.selection.as_ref(),
            view: &props.view,
            model: &props.model,
            events: &props.events,
            act: &props.act,
        }),
        Tab::Events => html! {
            <Events events={props.events.clone()} groups={props.groups.clone()} selected={selected(&props.selection)} act={props.act.clone()} />
        },
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
