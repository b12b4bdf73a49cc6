//! What is written in every frame without drawing the page again: the moving marks, the heartbeats, the clock.

use crate::animation::draw::{self, Paints};
use crate::animation::mark::{Mark, Sides, marks};
use crate::layout::heat::is_heat;
use crate::layout::rows::{Place, bottom, row_tops};
use crate::layout::screen::Screen;
use crate::session::{Driver, storage};
use kafkascope_core::node::SimTime;
use kafkascope_core::protocol::TopicPartition;
use kafkascope_core::sorted::SortedMap;
use kafkascope_core::view::{ClusterView, ProcessState};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement};
use yew::NodeRef;

/// The parts of the page that are drawn by hand.
#[derive(Default)]
pub struct Canvases {
    /// Over the matrix.
    pub matrix: NodeRef,
    /// In the control strip.
    pub strip: NodeRef,
    /// The clock's text.
    pub clock: NodeRef,
    paints: Option<(bool, Paints)>,
    tops: SortedMap<TopicPartition, i32>,
    sides: Sides,
    still: Option<bool>,
    written: String,
    blank: bool,
}

/// Time that a strip's line stands for, in microseconds.
const STRIP_US: f64 = 12_000_000.0;

impl Canvases {
    /// The rows have other places.
    pub fn rows(&mut self, places: &[Place]) {
        self.tops = row_tops(places);
    }

    /// Machines and clients may have changed.
    pub fn sides(&mut self, view: &ClusterView, groups: &[String]) {
        self.sides = Sides::of(view, groups);
    }

    /// Reads the colours of the theme, if it is another one.
    pub fn theme(&mut self, dark: bool) {
        if self.paints.as_ref().is_some_and(|(was, _)| *was == dark) {
            return;
        }
        let Some(root) = gloo::utils::document().document_element() else { return };
        let Ok(Some(style)) = gloo::utils::window().get_computed_style(&root) else { return };
        let colour = |name: &str| style.get_property_value(name).unwrap_or_default().trim().to_owned();
        let paints = Paints {
            accent: colour("--accent"),
            warn: colour("--warn-line"),
            fault: colour("--fault"),
            paper: colour("--surface"),
            ink: colour("--ink"),
            line: colour("--line3"),
        };
        self.paints = Some((dark, paints));
        self.blank = false;
    }

    /// What was asked of the browser may have changed.
    pub fn forget(&mut self) {
        self.still = None;
        self.blank = false;
    }

    /// Draws this moment.
    pub fn draw(&mut self, driver: &Driver, screen: &Screen, places: &[Place], view: &ClusterView) {
        let now = driver.session().clock().now;
        self.write_clock(now);
        let still = *self.still.get_or_insert_with(storage::less_motion);
        let Some((_, paints)) = &self.paints else { return };
        let all: Vec<Mark> = driver
            .flights()
            .iter()
            .flat_map(|f| marks(f, micros(now), screen, &self.tops, &self.sides))
            .collect();
        let height = bottom(places, screen) + 6;
        if !(all.is_empty() && self.blank)
            && let Some(canvas) = ready(&self.matrix, screen.matrix_w, height)
        {
            let label = driver.stopped_at();
            for mark in &all {
                draw::mark(&canvas, paints, mark, still && label.is_none());
            }
            if let Some(flight) = driver.flights().iter().find(|f| Some(f.id) == label)
                && let Some(mark) = all.iter().find(|m| m.id == flight.id)
            {
                draw::label(&canvas, paints, mark, &names(flight));
            }
            self.blank = all.is_empty();
        }
        if !is_heat(view.brokers.len())
            && let Some(canvas) = ready(&self.strip, screen.matrix_w, 20)
        {
            beats(&canvas, paints, driver, screen, view, now);
        }
    }

    fn write_clock(&mut self, now: SimTime) {
        let text = now.to_string();
        if text == self.written {
            return;
        }
        if let Some(clock) = self.clock.cast::<HtmlElement>() {
            let (seconds, rest) = text.split_at(text.len().saturating_sub(4));
            // Digits and dots only.
            clock.set_inner_html(&format!("{seconds}<span>{rest}</span>"));
            self.written = text;
        }
    }
}

/// What a step says about the message at which it stopped.
fn names(flight: &crate::animation::Flight) -> Vec<String> {
    let kind = match flight.kind {
        crate::animation::Kind::Records => {
            let records: u32 = flight.rows.iter().map(|(_, n)| *n).sum();
            format!("{}, {records} {}", flight.api.name(), if records == 1 { "record" } else { "records" })
        }
        crate::animation::Kind::Question => format!("{} request", flight.api.name()),
    };
    let rows: Vec<String> = flight.rows.iter().take(3).map(|(tp, _)| tp.to_string()).collect();
    vec![kind, format!("{} → {}", flight.from, flight.to), rows.join(", ")]
}

fn beats(
    canvas: &CanvasRenderingContext2d,
    paints: &Paints,
    driver: &Driver,
    screen: &Screen,
    view: &ClusterView,
    now: SimTime,
) {
    for (column, broker) in view.brokers.iter().enumerate() {
        let x = f64::from(screen.card_x(column) + 11);
        let width = f64::from(screen.card_w - 22);
        let shares: Vec<f64> = driver
            .beats(broker.id)
            .into_iter()
            .map(|at| 1.0 - micros(SimTime(now.since(at).0)) / STRIP_US)
            .filter(|share| (0.0..=1.0).contains(share))
            .collect();
        let silent =
            matches!(broker.state, ProcessState::Crashed | ProcessState::Fenced | ProcessState::Paused)
                && broker.leads == 0;
        draw::beats(canvas, paints, x, width, &shares, silent);
    }
}

/// The canvas at its size and resolution, wiped.
fn ready(node: &NodeRef, width: i32, height: i32) -> Option<CanvasRenderingContext2d> {
    let canvas = node.cast::<HtmlCanvasElement>()?;
    let ratio = gloo::utils::window().device_pixel_ratio().clamp(1.0, 3.0);
    let context = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
    let (w, h) = (scaled(width, ratio), scaled(height, ratio));
    if canvas.width() != w || canvas.height() != h {
        canvas.set_width(w);
        canvas.set_height(h);
        let style = canvas.style();
        let _ = style.set_property("width", &format!("{width}px"));
        let _ = style.set_property("height", &format!("{height}px"));
    }
    let _ = context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
    context.clear_rect(0.0, 0.0, f64::from(width), f64::from(height));
    Some(context)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes of a screen")]
fn scaled(size: i32, ratio: f64) -> u32 {
    (f64::from(size.max(0)) * ratio).round() as u32
}

#[expect(clippy::cast_precision_loss, reason = "a picture needs no more than 53 bits of microseconds")]
fn micros(at: SimTime) -> f64 {
    at.0 as f64
}
