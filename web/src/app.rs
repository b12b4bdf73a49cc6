//! The page as a whole: it holds the session, drives it with the frames of the browser and hands out what to show.

use crate::action::{Action, Selection, Tab};
use crate::canvas::Canvases;
use crate::components::hint::{Hint, advice};
use crate::components::panel::{self, Panel, upper};
use crate::components::stage::Stage;
use crate::components::strip::Strip;
use crate::components::tabs::{TabBar, TabItem};
use crate::components::terminals::Terminals;
use crate::components::tiny_map::TinyMap;
use crate::components::top_bar::TopBar;
use crate::keyboard;
use crate::layout::rows::{Place, places};
use crate::layout::screen::{Class, Screen};
use crate::session::{Driver, Handle, Shown, storage};
use crate::shared::Shared;
use gloo::events::EventListener;
use gloo::render::{AnimationFrame, request_animation_frame};
use kafkascope_core::node::NodeId;
use kafkascope_core::protocol::TopicPartition;
use kafkascope_core::session::api::{ClusterConfig, Input};
use kafkascope_core::view::{ProcessState, Touch};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use yew::prelude::*;

/// What the page looks like beyond the cluster.
struct Ui {
    selection: Option<Selection>,
    tab: Tab,
    toggled: BTreeSet<String>,
    hint_hidden: bool,
    terminal: u32,
    split: bool,
    terminal_h: i32,
    offered: (u32, AttrValue),
    dark: bool,
    announced: AttrValue,
}

/// See the module.
pub struct App {
    handle: Handle,
    shown: Shown,
    screen: Shared<Screen>,
    places: Shared<Vec<Place>>,
    ui: Ui,
    canvases: Canvases,
    last_frame: f64,
    last_view: f64,
    last_lesson: f64,
    last_said: f64,
    said: u64,
    act: Callback<Action>,
    _frame: AnimationFrame,
    _listeners: Vec<EventListener>,
}

/// What the page reacts to.
pub enum Msg {
    /// The browser is about to draw.
    Frame(f64),
    /// The window has another size.
    Resized,
    /// A key that no part of the page took.
    Key(KeyboardEvent),
    /// Somebody did something.
    Do(Action),
}

/// The picture is taken anew at least so often, for ages in seconds; in milliseconds.
const VIEW_MS: f64 = 250.0;
/// Goals are judged so often.
const LESSON_MS: f64 = 300.0;
/// At most one announcement a second.
const SAY_MS: f64 = 1_000.0;
/// What the page opens on.
const OPENING: &str = "scenario load trucks_gps";

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> App {
        let driver = opened();
        let handle = Handle(Rc::new(RefCell::new(driver)));
        let screen = Shared::new(measured(3, 2));
        let shown = Shown::new(&mut handle.0.borrow_mut(), &screen);
        let terminal = shown.terminals.first().map_or(1, |t| t.number);
        let mut app = App {
            handle,
            shown,
            screen,
            places: Shared::new(Vec::new()),
            ui: Ui {
                selection: None,
                tab: Tab::Lesson,
                toggled: BTreeSet::new(),
                hint_hidden: false,
                terminal,
                split: false,
                terminal_h: 0,
                offered: (0, AttrValue::default()),
                dark: storage::is_dark(),
                announced: AttrValue::default(),
            },
            canvases: Canvases::default(),
            last_frame: 0.0,
            last_view: 0.0,
            last_lesson: 0.0,
            last_said: 0.0,
            said: 0,
            act: ctx.link().callback(Msg::Do),
            _frame: next_frame(ctx),
            _listeners: listeners(ctx),
        };
        if app.screen.class == Class::Phone {
            app.ui.tab = Tab::Map;
        } else if app.screen.class == Class::Small {
            app.ui.tab = Tab::Terminal;
        }
        app.lay_out();
        app
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Frame(now) => {
                self._frame = next_frame(ctx);
                self.frame(now)
            }
            Msg::Resized => {
                self.resized();
                true
            }
            Msg::Key(event) => {
                if let Some(action) = keyboard::action(&event) {
                    event.prevent_default();
                    ctx.link().send_message(Msg::Do(action));
                }
                false
            }
            Msg::Do(action) => {
                self.act(action);
                true
            }
        }
    }

    fn view(&self, _ctx: &Context<Self>) -> Html {
        let class = match self.screen.class {
            Class::Wide => "wide",
            Class::Medium => "medium",
            Class::Small => "small",
            Class::Phone => "phone",
        };
        let style = format!("--panel-w:{}px;--gutter:{}px", self.screen.panel_w, self.screen.gutter);
        html! {
            <div class={classes!("page", class)} {style}>
                { self.top_bar() }
                { match self.screen.class {
                    Class::Wide | Class::Medium => self.desk(),
                    Class::Small => self.small(),
                    Class::Phone => self.phone(),
                } }
                <p class="vh" role="status" aria-live="polite">{ &self.ui.announced }</p>
            </div>
        }
    }

    fn rendered(&mut self, _ctx: &Context<Self>, _first: bool) {
        self.canvases.theme(self.ui.dark);
        self.draw();
    }
}

/// What happens.
impl App {
    fn frame(&mut self, now: f64) -> bool {
        let wall = if self.last_frame > 0.0 { now - self.last_frame } else { 0.0 };
        self.last_frame = now;
        let moved = self.handle.0.borrow_mut().frame(wall);
        let mut draw = self.refresh(now, moved);
        draw |= self.feed();
        if now - self.last_lesson > LESSON_MS {
            self.last_lesson = now;
            draw |= self.shown.read_lesson(&self.handle.0.borrow());
        }
        draw |= self.say(now);
        self.draw();
        draw
    }

    /// Reads what changed off the session.
    fn refresh(&mut self, now: f64, moved: bool) -> bool {
        let new = self.shown.read_rest(&mut self.handle.0.borrow_mut());
        if moved || new || now - self.last_view > VIEW_MS {
            self.last_view = now;
            let before = self.shown.model.clone();
            let heads = self.strip_words();
            self.shown.read_view(&self.handle.0.borrow(), &self.screen);
            self.canvases.sides(&self.shown.view);
            if before != self.shown.model {
                self.lay_out();
                return true;
            }
            return new || heads != self.strip_words();
        }
        new
    }

    /// Gives pasted lines to terminals that are ready for the next one.
    fn feed(&mut self) -> bool {
        let Some((terminal, text)) = self.shown.next_queued() else { return false };
        self.apply(Input::Line { terminal, text });
        true
    }

    fn say(&mut self, now: f64) -> bool {
        if now - self.last_said < SAY_MS {
            return false;
        }
        let new: Vec<_> = self
            .shown
            .events
            .iter()
            .filter(|e| e.id.0 > self.said && (e.grave || e.mark != "record" && e.mark != "commit"))
            .collect();
        let Some(last) = new.last() else { return false };
        let text = if new.len() > 1 {
            format!("{} events, the last: {}", new.len(), last.text)
        } else {
            last.text.clone()
        };
        self.said = last.id.0;
        self.last_said = now;
        self.ui.announced = text.into();
        true
    }

    fn apply(&mut self, input: Input) {
        self.handle.0.borrow_mut().apply(input);
        for (name, bytes) in self.handle.0.borrow_mut().take_exports() {
            storage::offer(&name, &bytes);
        }
        self.shown.read_rest(&mut self.handle.0.borrow_mut());
        self.last_view = 0.0;
        self.last_lesson = 0.0;
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Run(command) => self.run(command),
            Action::Prompt(text) => {
                self.look_at_terminal();
                self.ui.offered = (self.ui.offered.0 + 1, text.into());
            }
            Action::Line(terminal, text) if text.trim() == "exit" && self.at_prompt(terminal) => {
                self.leave(terminal)
            }
            Action::Line(terminal, text) => self.apply(Input::Line { terminal, text }),
            Action::Paste(terminal, lines) => self.shown.queue(terminal, Some(lines)),
            Action::Interrupt(terminal) => {
                self.shown.queue(terminal, None);
                self.apply(Input::Interrupt { terminal });
            }
            Action::EndOfInput(terminal) => self.apply(Input::EndOfInput { terminal }),
            Action::OpenTerminal => {
                self.apply(Input::OpenTerminal);
                self.ui.terminal = self.shown.terminals.last().map_or(1, |t| t.number);
            }
            Action::CloseTerminal(terminal) => self.leave(terminal),
            Action::ShowTerminal(terminal) => self.ui.terminal = terminal,
            Action::Split(split) => self.ui.split = split,
            Action::TerminalHeight(height) => self.ui.terminal_h = height.clamp(120, 560),
            Action::Select(selection) => self.select(selection),
            Action::Tab(tab) => self.ui.tab = tab,
            Action::Toggle(topic) => {
                if !self.ui.toggled.remove(&topic) {
                    self.ui.toggled.insert(topic);
                }
                self.lay_out();
            }
            Action::Theme => {
                self.ui.dark = !self.ui.dark;
                storage::set_dark(self.ui.dark);
            }
            Action::PlayPause => {
                let verb = if self.shown.clock.playing { "pause" } else { "play" };
                self.run(format!("clock {verb}"));
            }
            Action::Step => {
                if self.shown.clock.playing {
                    self.run("clock pause".to_owned());
                }
                self.handle.0.borrow_mut().step();
                self.apply(Input::Advance { us: 0 });
            }
            Action::HideHint => self.ui.hint_hidden = true,
        }
    }

    /// A terminal ends; the last one is followed by a fresh one.
    fn leave(&mut self, terminal: u32) {
        self.apply(Input::CloseTerminal { terminal });
        if self.shown.terminals.is_empty() {
            self.apply(Input::OpenTerminal);
        }
        self.ui.terminal = self.shown.terminals.first().map_or(1, |t| t.number);
    }

    fn at_prompt(&self, terminal: u32) -> bool {
        let found = self.shown.terminal(terminal);
        found.is_some_and(|t| t.view.running.is_none() && t.view.prompt.starts_with('$'))
    }

    /// Types a command where it can be run: in the terminal looked at, in another one, or in a new one.
    fn run(&mut self, text: String) {
        let free = Some(self.ui.terminal).filter(|n| self.at_prompt(*n));
        let free =
            free.or_else(|| self.shown.terminals.iter().map(|t| t.number).find(|n| self.at_prompt(*n)));
        let terminal = match free {
            Some(number) => number,
            None => {
                self.apply(Input::OpenTerminal);
                self.shown.terminals.last().map_or(1, |t| t.number)
            }
        };
        self.ui.terminal = terminal;
        self.apply(Input::Line { terminal, text });
    }

    fn select(&mut self, selection: Option<Selection>) {
        self.ui.tab = match (&selection, self.screen.class) {
            (Some(_), _) => Tab::Inspect,
            (None, Class::Phone) => Tab::Map,
            (None, Class::Small) => Tab::Terminal,
            (None, _) => Tab::Lesson,
        };
        self.ui.selection = selection;
    }

    fn look_at_terminal(&mut self) {
        if matches!(self.screen.class, Class::Phone | Class::Small) {
            self.ui.tab = Tab::Terminal;
        }
    }

    fn resized(&mut self) {
        let before = self.screen.class;
        self.lay_out();
        if self.screen.class != before {
            self.ui.tab = match self.screen.class {
                Class::Phone => Tab::Map,
                Class::Small => Tab::Terminal,
                Class::Medium | Class::Wide => {
                    if self.ui.selection.is_some() {
                        Tab::Inspect
                    } else {
                        Tab::Lesson
                    }
                }
            };
        }
        self.canvases.forget();
    }

    /// Puts everything in its place again.
    fn lay_out(&mut self) {
        let screen = measured(self.shown.view.brokers.len(), self.shown.model.groups.len());
        if *self.screen != screen {
            self.screen = Shared::new(screen);
            self.shown.remodel(&self.screen);
        }
        let places = places(&self.shown.model, &self.screen, &self.ui.toggled);
        if *self.places != places {
            self.places = Shared::new(places);
        }
        self.canvases.rows(&self.places);
        self.canvases.sides(&self.shown.view);
    }

    fn draw(&mut self) {
        let driver = self.handle.0.borrow();
        self.canvases.draw(&driver, &self.screen, &self.places, &self.shown.view);
    }
}

/// What is shown.
impl App {
    fn top_bar(&self) -> Html {
        let clock = &self.shown.clock;
        let (kind, title) = match &self.shown.lesson {
            Some(lesson) => (format!("Lesson {}", lesson.number), lesson.title.clone()),
            None if self.shown.view.producers.iter().any(|p| p.application) => {
                ("Scenario".to_owned(), "Trucks on the road".to_owned())
            }
            None => ("Cluster".to_owned(), format!("{} brokers", self.shown.view.brokers.len())),
        };
        html! {
            <TopBar class={self.screen.class} {kind} {title} playing={clock.playing} speed={clock.speed_permille}
                clock={self.canvases.clock.clone()} dark={self.ui.dark} act={self.act.clone()} />
        }
    }

    fn desk(&self) -> Html {
        html! {<>
            <main class="main">
                { self.stage() }
                { self.terminals(false) }
            </main>
            { self.panel() }
        </>}
    }

    fn small(&self) -> Html {
        let items = vec![
            TabItem { tab: Tab::Terminal, label: "Terminal", id: "tab-terminal" },
            TabItem { tab: Tab::Lesson, label: "Lesson", id: "tab-lesson" },
            TabItem { tab: Tab::Inspect, label: "Inspect", id: "tab-inspect" },
            TabItem { tab: Tab::Events, label: "Events", id: "tab-events" },
        ];
        let body = match self.ui.tab {
            Tab::Terminal | Tab::Map => self.terminals(false),
            tab => {
                html! { <div class="scroll below" style="height:300px" data-region="panel" tabindex="-1">{ upper(&self.panel_props(), tab) }</div> }
            }
        };
        html! {
            <main class="main">
                { self.stage() }
                <TabBar {items} selected={if self.ui.tab == Tab::Map { Tab::Terminal } else { self.ui.tab }} class="tabbar" act={self.act.clone()} />
                { body }
            </main>
        }
    }

    fn phone(&self) -> Html {
        let items = vec![
            TabItem { tab: Tab::Map, label: "Map", id: "tab-map" },
            TabItem { tab: Tab::Terminal, label: "Terminal", id: "tab-terminal" },
            TabItem { tab: Tab::Lesson, label: "Lesson", id: "tab-lesson" },
            TabItem { tab: Tab::Events, label: "Events", id: "tab-events" },
        ];
        let tiny = html! { <TinyMap model={self.shown.model.clone()} /> };
        let advice = advice(&self.shown.view).filter(|_| !self.ui.hint_hidden);
        let body = match self.ui.tab {
            Tab::Map => html! {<>
                { self.stage() }
                if let Some(advice) = advice { <Hint {advice} sheet=true roomy=false act={self.act.clone()} /> }
            </>},
            Tab::Terminal => html! {<>{ tiny }{ self.terminals(true) }</>},
            Tab::Events => {
                html! { <div class="below" style="flex:1" data-region="panel" tabindex="-1">{ upper(&self.panel_props(), Tab::Events) }</div> }
            }
            tab => {
                html! {<>{ tiny }<div class="below scroll" style="flex:1;overflow:auto" data-region="panel" tabindex="-1">{ upper(&self.panel_props(), tab) }</div></>}
            }
        };
        let selected = if self.ui.tab == Tab::Inspect { Tab::Map } else { self.ui.tab };
        html! {
            <main class="main">
                { body }
                <TabBar {items} {selected} class="tabbar" act={self.act.clone()} />
            </main>
        }
    }

    fn stage(&self) -> Html {
        let advice = advice(&self.shown.view).filter(|_| !self.ui.hint_hidden);
        let phone = self.screen.class == Class::Phone;
        html! {
            <section class="stage" aria-label="The cluster" data-region="stage" tabindex="-1">
                <div class="stage-in">
                    if !phone {
                        { self.strip() }
                        if let Some(advice) = advice {
                            <Hint {advice} roomy={self.screen.class == Class::Wide} act={self.act.clone()} />
                        }
                    }
                    <Stage screen={self.screen.clone()} model={self.shown.model.clone()} places={self.places.clone()}
                        selection={self.ui.selection.clone()} touches={self.touches()} canvas={self.canvases.matrix.clone()}
                        act={self.act.clone()} />
                </div>
            </section>
        }
    }

    fn strip(&self) -> Html {
        let view = &self.shown.view;
        html! {
            <Strip screen={self.screen.clone()} controllers={view.controllers.iter().map(|c| (c.id, c.leads, c.epoch)).collect::<Vec<_>>()}
                beats={self.strip_words()} alive={view.brokers.iter().filter(|b| b.state == ProcessState::Up).count()}
                canvas={self.canvases.strip.clone()} act={self.act.clone()} />
        }
    }

    /// What stands above each broker about its heartbeats.
    fn strip_words(&self) -> Vec<(AttrValue, bool)> {
        let view = &self.shown.view;
        let wide = self.screen.class == Class::Wide;
        let one = |broker: &kafkascope_core::view::BrokerView| {
            let Some(last) = broker.last_heartbeat else {
                return (AttrValue::from("no heartbeat yet"), false);
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

    fn terminals(&self, phone: bool) -> Html {
        let height = match (self.ui.terminal_h, self.screen.class) {
            (h, _) if h > 0 => h,
            (_, Class::Medium) => 116,
            (_, Class::Small) => 220,
            _ => 204,
        };
        let style = if phone { "flex:1".to_owned() } else { format!("height:{height}px") };
        let active = if self.shown.terminal(self.ui.terminal).is_some() { self.ui.terminal } else { 1 };
        html! {<>
            if !phone { <crate::components::grip::Grip {height} act={self.act.clone()} /> }
            <section class="terminals" aria-label="Terminals" data-region="terminal" tabindex="-1" {style}>
                <Terminals terminals={self.shown.terminals.clone()} {active} split={self.ui.split} handle={self.handle.clone()}
                    offered={self.ui.offered.clone()} ghost={advice(&self.shown.view).filter(|a| a.run).map(|a| AttrValue::from(a.command))} roomy={self.screen.class == Class::Wide || self.screen.class == Class::Medium}
                    {phone} act={self.act.clone()} />
            </section>
        </>}
    }

    fn panel_props(&self) -> panel::Props {
        panel::Props {
            tab: self.ui.tab,
            selection: self.ui.selection.clone(),
            view: self.shown.view.clone(),
            model: self.shown.model.clone(),
            events: self.shown.events.clone(),
            lesson: self.shown.lesson.clone(),
            course: self.shown.course.clone(),
            act: self.act.clone(),
        }
    }

    fn panel(&self) -> Html {
        let props = self.panel_props();
        html! { <Panel ..props /> }
    }

    /// What the event looked at names.
    fn touches(&self) -> Vec<Touch> {
        match &self.ui.selection {
            Some(Selection::Event(id)) => self
                .shown
                .events
                .iter()
                .find(|e| e.id.0 == *id)
                .map(|e| e.touches.clone())
                .unwrap_or_default(),
            Some(Selection::Broker(id)) => vec![Touch::Node(NodeId::Broker(*id))],
            Some(Selection::Partition(tp, None)) => vec![Touch::Partition(TopicPartition::clone(tp))],
            _ => Vec::new(),
        }
    }
}

/// The session that the page opens on.
fn opened() -> Driver {
    let config = ClusterConfig::default();
    let mut driver = Driver::new(config).unwrap_or_else(|why| unreachable_start(&why));
    driver.apply(Input::Script { text: OPENING.to_owned() });
    driver
}

/// The default configuration is always accepted; a test of the core says so.
fn unreachable_start(why: &str) -> Driver {
    wasm_bindgen::throw_str(why)
}

fn measured(brokers: usize, groups: usize) -> Screen {
    let window = gloo::utils::window();
    let size = |value: Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue>, or: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "a window is not that large")]
        let whole = value.ok().and_then(|v| v.as_f64()).unwrap_or(or) as i32;
        whole
    };
    Screen::new(
        size(window.inner_width(), 1440.0),
        size(window.inner_height(), 900.0),
        brokers.max(1),
        groups,
    )
}

fn next_frame(ctx: &Context<App>) -> AnimationFrame {
    let link = ctx.link().clone();
    request_animation_frame(move |now| link.send_message(Msg::Frame(now)))
}

fn listeners(ctx: &Context<App>) -> Vec<EventListener> {
    let window = gloo::utils::window();
    let resized = ctx.link().callback(|()| Msg::Resized);
    let pressed = ctx.link().callback(Msg::Key);
    vec![
        EventListener::new(&window, "resize", move |_| resized.emit(())),
        EventListener::new_with_options(
            &window,
            "keydown",
            gloo::events::EventListenerOptions::enable_prevent_default(),
            move |event| {
                if let Some(event) = wasm_bindgen::JsCast::dyn_ref::<KeyboardEvent>(event) {
                    pressed.emit(event.clone());
                }
            },
        ),
    ]
}
