//! The page as a whole: it holds the session, drives it with the frames of the browser and hands out what to show.

mod acts;
mod pointed;
mod show;
mod sitting;

use crate::action::{Action, Naming, Notice, Selection, Tab};
use crate::canvas::Canvases;
use crate::keyboard;
use crate::layout::heat::{Heat, Lens};
use crate::layout::lanes::MOST_LANES;
use crate::layout::rows::Place;
use crate::layout::screen::{Class, Screen};
use crate::markup::markup;
use crate::session::{Driver, Handle, Shown, link, storage};
use crate::shared::Shared;
use gloo::events::EventListener;
use gloo::render::{AnimationFrame, request_animation_frame};
use kafkascope_core::protocol::TopicPartition;
use kafkascope_core::session::Session;
use kafkascope_core::session::api::{ClusterConfig, Input};
use kafkascope_core::sorted::SortedSet;
use kafkascope_core::view::{ClusterView, EventView};
use std::cell::RefCell;
use std::rc::Rc;
use yew::prelude::*;

/// What the page looks like beyond the cluster.
struct Ui {
    selection: Option<Selection>,
    pointed: Option<Naming>,
    /// What is under the lens of the map, and where it was met.
    lens: (Option<TopicPartition>, i32),
    tab: Tab,
    toggled: SortedSet<String>,
    hint_hidden: bool,
    strip_open: bool,
    terminal: u32,
    split: bool,
    terminal_h: i32,
    offered: (u32, AttrValue),
    dark: bool,
    announced: AttrValue,
    notice: Option<Notice>,
}

/// See the module.
pub struct App {
    handle: Handle,
    shown: Shown,
    screen: Shared<Screen>,
    places: Shared<Vec<Place>>,
    heat: Option<Shared<Heat>>,
    lens: Option<Shared<Lens>>,
    ui: Ui,
    blank: Shared<ClusterView>,
    canvases: Canvases,
    /// The marks of the timeline, while somebody looks back.
    ahead_moments: Option<Shared<Vec<Shared<EventView>>>>,
    last_frame: f64,
    last_view: f64,
    last_told: f64,
    fed: f64,
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
/// A pasted line waits so long for a command that runs on.
const PASTE_MS: f64 = 2_500.0;
/// At most one announcement a second.
const SAY_MS: f64 = 1_000.0;
/// What the page opens on.
const OPENING: &str = "scenario load trucks_gps";

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> App {
        let (driver, notice) = opened();
        let handle = Handle(Rc::new(RefCell::new(driver)));
        let screen = Shared::new(measured(3, 2, 0));
        let shown = Shown::new(&mut handle.0.borrow_mut(), &screen);
        let terminal = shown.terminals.first().map_or(1, |t| t.number);
        let mut app = App {
            handle,
            shown,
            screen,
            places: Shared::new(Vec::new()),
            heat: None,
            lens: None,
            ui: Ui {
                selection: None,
                pointed: None,
                lens: (None, 0),
                tab: Tab::Lesson,
                toggled: SortedSet::new(),
                hint_hidden: false,
                strip_open: false,
                terminal,
                split: false,
                terminal_h: 0,
                offered: (0, AttrValue::default()),
                dark: storage::is_dark(),
                announced: AttrValue::default(),
                notice,
            },
            blank: Shared::new(ClusterView::default()),
            canvases: Canvases::default(),
            ahead_moments: None,
            last_frame: 0.0,
            last_view: 0.0,
            last_told: 0.0,
            fed: 0.0,
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
            // The pointer moves often, and mostly to where it was.
            Msg::Do(Action::Point(naming)) => std::mem::replace(&mut self.ui.pointed, naming) != naming,
            Msg::Do(Action::Lens(tp, x)) => {
                let news = self.ui.lens.0 != tp;
                if news {
                    self.ui.lens = (tp, x);
                    self.look_through_lens();
                }
                news
            }
            Msg::Do(action) => {
                self.act(action);
                true
            }
        }
    }

    fn view(&self, _ctx: &Context<Self>) -> Html {
        let (class, body) = match self.screen.class {
            Class::Wide => ("page wide", self.desk()),
            Class::Medium => ("page medium", self.desk()),
            Class::Small => ("page small", self.small()),
            Class::Phone => ("page phone", self.phone()),
        };
        markup!(
            "<div class={class} style={style}>\
                {top}{body}<p class='vh' role='status' aria-live='polite'>{announced}</p>\
            </div>",
            class,
            style = format!("--panel-w:{}px;--gutter:{}px", self.screen.panel_w, self.screen.gutter),
            top = self.top_bar(),
            body,
            announced = &self.ui.announced,
        )
    }

    fn rendered(&mut self, _ctx: &Context<Self>, _first: bool) {
        self.canvases.theme(self.ui.dark);
        self.draw();
    }
}

/// The sitting that the page opens on.
fn opening() -> Result<Session, String> {
    let mut session = Session::new(ClusterConfig::default())?;
    session.apply(Input::Script { text: OPENING.to_owned() });
    Ok(session)
}

/// The same, or what the address of the page carries; with why that cannot be.
fn opened() -> (Driver, Option<Notice>) {
    // The default configuration is always accepted; a test of the core says so.
    let session = opening().unwrap_or_else(|why| wasm_bindgen::throw_str(&why));
    let mut driver = Driver::new(session);
    let carried = link::read(&storage::address().1);
    let broken = carried.and_then(|carried| carried.and_then(|saved| driver.restore(&saved)).err());
    (driver, broken.map(Notice::Broken))
}

fn measured(brokers: usize, groups: usize, lanes: usize) -> Screen {
    let window = gloo::utils::window();
    let size = |value: Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue>, or: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "a window is not that large")]
        let whole = value.ok().and_then(|v| v.as_f64()).unwrap_or(or) as i32;
        whole
    };
    let (width, height) = (size(window.inner_width(), 1440.0), size(window.inner_height(), 900.0));
    let mut screen = Screen::new(width, height, brokers.max(1), groups);
    screen.lanes = lanes.min(MOST_LANES);
    screen
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
