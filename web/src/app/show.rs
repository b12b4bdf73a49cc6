//! What is shown: the arrangements for each width.

use super::App;
use crate::action::Tab;
use crate::components::grip;
use crate::components::hint::{self, Advice, advice, hint};
use crate::components::logs::logs;
use crate::components::notice;
use crate::components::panel::{self, upper};
use crate::components::stage;
use crate::components::strip::{self, strip};
use crate::components::tabs::{self, TabItem, tab_bar};
use crate::components::terminals::{self, terminals};
use crate::components::timeline;
use crate::components::tiny_map::tiny_map;
use crate::components::top_bar::{self, top_bar};
use crate::layout::heat::is_heat;
use crate::layout::screen::Class;
use crate::markup::markup;
use crate::part::part;
use kafkascope_core::node::SimTime;
use kafkascope_core::view::{BrokerView, ClusterView, ProcessState};
use yew::prelude::*;

impl App {
    pub(super) fn top_bar(&self) -> Html {
        let clock = &self.shown.clock;
        let (kind, title) = match &self.shown.lesson {
            Some(lesson) => (format!("Lesson {}", lesson.number), lesson.title.clone()),
            None if self.shown.view.topics.iter().any(|topic| &*topic.name == "trucks_gps") => {
                ("Scenario".to_owned(), "Trucks on the road".to_owned())
            }
            None => ("Cluster".to_owned(), format!("{} brokers", self.shown.view.brokers.len())),
        };
        top_bar(&top_bar::Props {
            class: self.screen.class,
            kind: kind.into(),
            title: title.into(),
            playing: clock.playing,
            speed: clock.speed_permille,
            clock: self.canvases.clock.clone(),
            timeline: if self.screen.class >= Class::Medium { self.timeline() } else { Html::default() },
            dark: self.ui.dark,
            act: self.act.clone(),
        })
    }

    /// The time of the sitting.
    fn timeline(&self) -> Html {
        let timeline = timeline::Props {
            tenths: self.shown.clock.now.0 / 100_000,
            ahead: self.handle.0.borrow().ahead(),
            moments: self.known_moments(),
            act: self.act.clone(),
        };
        part(None, timeline)
    }

    /// What is to be said of the sitting as a whole, and the time where the top bar has no room for it.
    fn sitting(&self) -> Html {
        let bar = self.screen.class < Class::Medium;
        let back = self.handle.0.borrow().ahead();
        markup!(
            "{timeline}{back}{notice}",
            timeline = bar.then(|| {
                let more = (self.screen.class == Class::Phone).then(|| top_bar::sitting(&self.act));
                markup!("<div class='time'>{timeline}{more}</div>", timeline = self.timeline(), more)
            }),
            back = back.map(|ahead| notice::back(self.shown.clock.now, ahead, &self.act)),
            notice = self.ui.notice.as_ref().map(|notice| notice::notice(notice, &self.act)),
        )
    }

    pub(super) fn desk(&self) -> Html {
        markup!(
            "<main class='main'>{sitting}{stage}{terminals}</main>{panel}",
            sitting = self.sitting(),
            stage = self.stage(),
            terminals = self.terminals(false),
            panel = part(None, self.panel_props()),
        )
    }

    pub(super) fn small(&self) -> Html {
        let items = [
            TabItem { tab: Tab::Terminal, label: "Terminal", id: "tab-terminal" },
            TabItem { tab: Tab::Lesson, label: "Lesson", id: "tab-lesson" },
            TabItem { tab: Tab::Inspect, label: "Inspect", id: "tab-inspect" },
            TabItem { tab: Tab::Events, label: "Events", id: "tab-events" },
        ];
        let body = match self.ui.tab {
            Tab::Terminal | Tab::Map => self.terminals(false),
            tab => markup!(
                "<div class='scroll below' style='height:300px' data-region='panel' tabindex='-1'>{upper}</div>",
                upper = upper(&self.panel_props(), tab),
            ),
        };
        let selected = if self.ui.tab == Tab::Map { Tab::Terminal } else { self.ui.tab };
        markup!(
            "<main class='main'>{sitting}{stage}{tabs}{body}</main>",
            sitting = self.sitting(),
            stage = self.stage(),
            tabs = self.tab_bar(&items, selected),
            body,
        )
    }

    pub(super) fn phone(&self) -> Html {
        let items = [
            TabItem { tab: Tab::Map, label: "Map", id: "tab-map" },
            TabItem { tab: Tab::Terminal, label: "Terminal", id: "tab-terminal" },
            TabItem { tab: Tab::Lesson, label: "Lesson", id: "tab-lesson" },
            TabItem { tab: Tab::Events, label: "Events", id: "tab-events" },
        ];
        let map = &self.shown.model;
        let body = match self.ui.tab {
            Tab::Map => markup!("{stage}{hint}", stage = self.stage(), hint = self.hint(true)),
            Tab::Terminal => {
                markup!("{map}{terminals}", map = tiny_map(map), terminals = self.terminals(true))
            }
            Tab::Events => markup!(
                "<div class='below' style='flex:1' data-region='panel' tabindex='-1'>{upper}</div>",
                upper = upper(&self.panel_props(), Tab::Events),
            ),
            tab => markup!(
                "{map}<div class='below scroll' style='flex:1;overflow:auto' data-region='panel' tabindex='-1'>\
                {upper}</div>",
                map = tiny_map(map),
                upper = upper(&self.panel_props(), tab),
            ),
        };
        let selected = if self.ui.tab == Tab::Inspect { Tab::Map } else { self.ui.tab };
        markup!(
            "<main class='main'>{sitting}{body}{tabs}</main>",
            sitting = self.sitting(),
            body,
            tabs = self.tab_bar(&items, selected)
        )
    }

    fn tab_bar(&self, items: &[TabItem], selected: Tab) -> Html {
        tab_bar(tabs::Props { items, selected, class: "tabbar", children: Html::default(), act: &self.act })
    }

    pub(super) fn stage(&self) -> Html {
        let phone = self.screen.class == Class::Phone;
        let stage = stage::Props {
            screen: self.screen.clone(),
            model: self.shown.model.clone(),
            places: self.places.clone(),
            heat: self.heat.clone(),
            lens: (self.lens.clone(), self.ui.lens.1),
            selection: self.ui.selection.clone(),
            named: self.named(),
            canvas: self.canvases.matrix.clone(),
            act: self.act.clone(),
        };
        markup!(
            "<section class='stage' aria-label='The cluster' data-region='stage' tabindex='-1'>\
                <div class='stage-in'>{strip}{logs}{hint}{stage}</div>\
            </section>",
            strip = (!phone).then(|| self.strip()),
            logs = (!phone && self.ui.strip_open).then(|| logs(&self.screen, &self.shown.view, &self.act)),
            hint = (!phone).then(|| self.hint(false)),
            stage = part(None, stage),
        )
    }

    fn hint(&self, sheet: bool) -> Option<Html> {
        let roomy = !sheet && self.screen.class == Class::Wide;
        let advice = self.advice()?;
        Some(hint(&hint::Props { advice, sheet, roomy, act: self.act.clone() }))
    }

    pub(super) fn strip(&self) -> Html {
        let view = &self.shown.view;
        strip(&strip::Props {
            screen: &self.screen,
            controllers: hexagons(view),
            is_zookeeper: !view.zookeepers.is_empty(),
            beats: self.strip_words(),
            alive: view.brokers.iter().filter(|b| b.state == ProcessState::Up).count(),
            canvas: &self.canvases.strip,
            open: self.ui.strip_open,
            act: &self.act,
        })
    }

    /// What stands above each broker about its heartbeats.
    pub(super) fn strip_words(&self) -> Vec<(AttrValue, bool)> {
        let view = &self.shown.view;
        if is_heat(view.brokers.len()) {
            return Vec::new();
        }
        let wide = self.screen.class == Class::Wide;
        // With ZooKeeper a broker is the controller, and no heartbeat reaches it: sessions tell who is alive.
        let elected = view.elected_controller.filter(|_| !view.zookeepers.is_empty());
        let one = |broker: &BrokerView| {
            if !view.zookeepers.is_empty() {
                let epoch = elected.filter(|(id, _)| *id == broker.id).map(|(_, epoch)| epoch);
                return session(broker, epoch, view.now, wide);
            }
            let Some(last) = broker.last_heartbeat else {
                let nobody = view.controllers.iter().all(|controller| !controller.leads);
                return (AttrValue::from(if nobody { "nobody listens" } else { "no heartbeat yet" }), nobody);
            };
            let age = view.now.since(last).0 / 100_000;
            let tenths = format!("{}.{}", age / 10, age % 10);
            let silent = age >= 30;
            match (silent, broker.state) {
                (_, ProcessState::Stopped) => (AttrValue::from("said good-bye"), false),
                (true, ProcessState::Fenced | ProcessState::Crashed) if age >= 90 => {
                    (format!("silent for {} s: fenced", age / 10).into(), true)
                }
                (true, _) => (format!("silent for {tenths} s").into(), true),
                (false, _) if wide => (format!("heartbeat {tenths} s ago").into(), false),
                (false, _) => (format!("heartbeat {tenths} s").into(), false),
            }
        };
        view.brokers.iter().map(one).collect()
    }

    pub(super) fn terminals(&self, phone: bool) -> Html {
        let height = match (self.ui.terminal_h, self.screen.class) {
            (h, _) if h > 0 => h,
            (_, Class::Medium) => 116,
            (_, Class::Small) => 220,
            _ => 204,
        };
        let ghost = self.advice().filter(|a| a.run).map(|a| AttrValue::from(a.command));
        let style = if phone { "flex:1".to_owned() } else { format!("height:{height}px") };
        let active = if self.shown.terminal(self.ui.terminal).is_some() { self.ui.terminal } else { 1 };
        let grip = grip::Props { height, act: self.act.clone() };
        markup!(
            "{grip}\
            <section class='terminals' aria-label='Terminals' data-region='terminal' tabindex='-1' style={style}>\
                {terminals}\
            </section>",
            grip = (!phone).then(|| part(None, grip)),
            style,
            terminals = terminals(&terminals::Props {
                terminals: &self.shown.terminals,
                active,
                split: self.ui.split,
                handle: &self.handle,
                offered: &self.ui.offered,
                ghost,
                roomy: self.screen.class >= Class::Medium,
                phone,
                act: &self.act,
            }),
        )
    }

    /// What to try; a lesson says that itself.
    fn advice(&self) -> Option<Advice> {
        advice(&self.shown.view).filter(|_| !self.ui.hint_hidden && self.shown.lesson.is_none())
    }

    pub(super) fn panel_props(&self) -> panel::Props {
        let inspects = self.ui.tab == Tab::Inspect;
        panel::Props {
            tab: self.ui.tab,
            selection: self.ui.selection.clone(),
            // What the inspector does not show now need not be drawn again.
            view: if inspects { self.shown.view.clone() } else { self.blank.clone() },
            model: self.shown.model.clone(),
            told: self.shown.told.clone(),
            events: self.shown.events.clone(),
            groups: self.shown.model.names.clone(),
            lesson: self.shown.lesson.clone(),
            course: self.shown.course.clone(),
            act: self.act.clone(),
        }
    }
}

/// What stands above a broker with ZooKeeper: how long its session would last if nothing more were heard of it.
#[inline(never)]
fn session(broker: &BrokerView, epoch: Option<i32>, now: SimTime, wide: bool) -> (AttrValue, bool) {
    let runs = matches!(broker.state, ProcessState::Up | ProcessState::Fenced | ProcessState::Stopping);
    let left = broker.session_ends.map(|ends| ends.since(now).0.div_ceil(1_000_000));
    let words = match (left, epoch) {
        (Some(left), Some(_)) if runs && wide => format!("controller · session {left} s"),
        (Some(_), Some(epoch)) if runs => format!("controller, epoch {epoch}"),
        (Some(left), _) if runs => format!("session {left} s"),
        (Some(left), _) if wide => format!("silent, session {left} s left"),
        (Some(left), _) => format!("silent, {left} s left"),
        (None, _) => "no session".to_owned(),
    };
    (words.into(), !runs && left.is_some())
}

/// The controllers for the strip.
fn hexagons(view: &ClusterView) -> Vec<crate::components::strip::Hexagon> {
    let runs = |state: ProcessState| matches!(state, ProcessState::Up | ProcessState::Stopping);
    let mut hexagons: Vec<_> =
        view.controllers.iter().map(|c| (c.id, c.leads, c.epoch, runs(c.state))).collect();
    for server in &view.zookeepers {
        let leads = matches!(server.role, "leader" | "standalone");
        hexagons.push((server.id, leads, i32::try_from(server.epoch).unwrap_or(0), server.serves));
    }
    hexagons
}
