//! What the page shows at this moment: read from the session after each frame, shared where it did not change.

use super::driver::Driver;
use super::terminal::Scrollback;
use crate::action::Selection;
use crate::layout::model::{self, StageModel};
use crate::layout::screen::{MOST_GROUPS, Screen};
use crate::layout::window::Slots;
use crate::shared::Shared;
use kafkascope_core::protocol::TopicPartition;
use kafkascope_core::session::Session;
use kafkascope_core::session::api::{Chunk, ClockView, LessonSummary, LessonView, Stream, TerminalView};
use kafkascope_core::session::paste::{self, Next};
use kafkascope_core::view::{
    ClusterView, DeliveryView, Detail, EventView, Sums, Thing, ZkSessionView, ZnodeView,
};
use std::collections::VecDeque;

/// Events that are kept.
pub const MOST_EVENTS: usize = 200;

/// Marks of the timeline that are kept.
const MOST_MOMENTS: usize = 100;

/// A terminal of the page.
#[derive(Clone, Debug, PartialEq)]
pub struct TermModel {
    /// Its number.
    pub number: u32,
    /// What it waits for.
    pub view: TerminalView,
    /// What it printed.
    pub scrollback: Scrollback,
    /// Pasted lines that wait for their turn.
    pub queue: VecDeque<String>,
    /// Pasted lines that were left out since the last one that was not.
    pub left_out: usize,
}

/// What is told of the thing that is inspected, beyond the picture. What does not apply to it is empty.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Why it stands so, and more.
    pub detail: Detail,
    /// What became of a topic's records.
    pub fates: Vec<(TopicPartition, Sums)>,
    /// What applications did, if a group of theirs is looked at.
    pub deliveries: Vec<DeliveryView>,
    /// A znode, and the open sessions.
    pub ensemble: Option<(ZnodeView, Vec<ZkSessionView>)>,
}

impl Told {
    fn of(session: &Session, selection: &Selection) -> Told {
        let mut told = Told::default();
        let thing = match selection {
            Selection::Broker(id) => Thing::Broker(*id),
            Selection::Partition(tp, _) => Thing::Partition(tp.clone()),
            Selection::Record(tp, offset) => Thing::Record(tp.clone(), *offset),
            Selection::Group(name, _) => {
                told.deliveries = session.deliveries();
                if told.deliveries.iter().all(|run| run.group != *name) {
                    told.deliveries.clear();
                }
                Thing::Group(name.clone())
            }
            Selection::Topic(name) => {
                told.fates = session.fates(Some(name));
                return told;
            }
            Selection::Controllers(path) => {
                told.ensemble = session.ensemble(path);
                return told;
            }
            Selection::Producer(_) | Selection::Event(_) | Selection::Marks => return told,
        };
        told.detail = session.detail(&thing);
        told
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The cluster.
    pub view: Shared<ClusterView>,
    /// The cluster as the stage shows it.
    pub model: Shared<StageModel>,
    /// What is told of what is inspected.
    pub told: Shared<Told>,
    /// The newest events, oldest first.
    pub events: Shared<Vec<Shared<EventView>>>,
    /// What stands on the timeline: what was done, and what is remembered of it.
    pub moments: Shared<Vec<Shared<EventView>>>,
    /// The open terminals.
    pub terminals: Vec<Shared<TermModel>>,
    /// The clock.
    pub clock: ClockView,
    /// The open lesson.
    pub lesson: Option<Shared<LessonView>>,
    /// All lessons.
    pub course: Shared<Vec<LessonSummary>>,
    /// Whether the next picture is of another cluster or another moment: its records were not cut away.
    fresh: bool,
}

impl Shown {
    /// Reads everything.
    #[must_use]
    pub fn new(driver: &mut Driver, screen: &Screen) -> Shown {
        let mut shown = Shown {
            view: Shared::new(ClusterView::default()),
            model: Shared::new(StageModel::default()),
            told: Shared::default(),
            events: Shared::new(Vec::new()),
            moments: Shared::default(),
            terminals: Vec::new(),
            clock: driver.session().clock(),
            lesson: None,
            course: Shared::new(Vec::new()),
            fresh: true,
        };
        shown.read_view(driver, screen);
        shown.read_rest(driver);
        shown.read_lesson(driver);
        shown
    }

    /// Takes the cluster's picture anew.
    pub fn read_view(&mut self, driver: &Driver, screen: &Screen) {
        self.view = Shared::new(driver.session().view());
        self.remodel(screen);
        self.fresh = false;
    }

    /// Asks anew what is told of what is inspected.
    pub fn read_told(&mut self, driver: &Driver, selection: Option<&Selection>) {
        self.told = Shared::new(selection.map_or_else(Told::default, |it| Told::of(driver.session(), it)));
    }

    /// Lays the same picture out for another screen.
    pub fn remodel(&mut self, screen: &Screen) {
        let slots = Slots::for_box(screen.box_w);
        let before = (!self.fresh).then_some(&*self.model);
        let model = model::build(&self.view, slots, MOST_GROUPS, before);
        if model != *self.model {
            self.model = Shared::new(model);
        }
    }

    /// Takes events, output and the clock. True if anything is new.
    pub fn read_rest(&mut self, driver: &mut Driver) -> bool {
        let mut new = false;
        if let Some(jumped) = driver.restarted() {
            self.events = Shared::new(Vec::new());
            self.moments = Shared::default();
            self.fresh = true;
            if jumped {
                self.terminals.clear();
            }
            new = true;
        }
        let events = driver.take_events(MOST_EVENTS);
        if !events.is_empty() {
            self.take_moments(&events);
            let mut all = Vec::clone(&self.events);
            all.extend(events.into_iter().map(Shared::new));
            let surplus = all.len().saturating_sub(MOST_EVENTS);
            all.drain(..surplus);
            self.events = Shared::new(all);
            new = true;
        }
        let clock = driver.session().clock();
        new |= (clock.playing, clock.speed_permille) != (self.clock.playing, self.clock.speed_permille);
        self.clock = clock;
        new | self.read_terminals(driver)
    }

    /// Keeps what belongs on the timeline.
    fn take_moments(&mut self, events: &[EventView]) {
        let new: Vec<&EventView> =
            events.iter().filter(|event| matches!(event.mark, "command" | "fault" | "election")).collect();
        if !new.is_empty() {
            let mut all = Vec::clone(&self.moments);
            all.extend(new.into_iter().cloned().map(Shared::new));
            let surplus = all.len().saturating_sub(MOST_MOMENTS);
            all.drain(..surplus);
            self.moments = Shared::new(all);
        }
    }

    /// Takes the course and the goals of the open lesson. True if they changed.
    pub fn read_lesson(&mut self, driver: &Driver) -> bool {
        let lesson = driver.session().lesson();
        let course = driver.session().course();
        let same = self.lesson.as_deref() == lesson.as_ref() && *self.course == course;
        if !same {
            self.lesson = lesson.map(Shared::new);
            self.course = Shared::new(course);
        }
        !same
    }

    /// A terminal by its number.
    #[must_use]
    pub fn terminal(&self, number: u32) -> Option<&Shared<TermModel>> {
        self.terminals.iter().find(|t| t.number == number)
    }

    /// Puts pasted lines behind those that wait in a terminal, or drops all of them.
    pub fn queue(&mut self, number: u32, lines: Option<Vec<String>>) {
        if let Some(terminal) = self.terminals.iter_mut().find(|t| t.number == number) {
            let mut changed = TermModel::clone(terminal);
            match lines {
                Some(lines) => changed.queue.extend(lines),
                None => changed.queue.clear(),
            }
            *terminal = Shared::new(changed);
        }
    }

    /// What happens to the next pasted line, in the first terminal that has some.
    pub fn next_queued(&mut self) -> Option<(u32, Next)> {
        for terminal in &mut self.terminals {
            let Some(line) = terminal.queue.front() else { continue };
            let next = paste::next(line, &terminal.view);
            if next != Next::Wait {
                let mut changed = TermModel::clone(terminal);
                if next != Next::End || line.trim() == "^D" {
                    changed.queue.pop_front();
                }
                changed.left_out += usize::from(next == Next::Leave);
                if changed.left_out > 0 && (next != Next::Leave || changed.queue.is_empty()) {
                    let left = std::mem::take(&mut changed.left_out);
                    let text = format!("{left} pasted lines look printed, not typed: they were left out\n");
                    changed.scrollback.push(&Chunk {
                        number: 0,
                        at: self.clock.now,
                        stream: Stream::Note,
                        text,
                    });
                }
                *terminal = Shared::new(changed);
            }
            return Some((terminal.number, next));
        }
        None
    }

    /// Takes a `^C` off the lines that wait in a terminal. Whether it was the first of them.
    pub fn drops_interrupt(&mut self, number: u32) -> bool {
        let Some(terminal) = self.terminals.iter_mut().find(|t| t.number == number) else { return false };
        if terminal.queue.front().is_none_or(|line| line.trim() != "^C") {
            return false;
        }
        let mut changed = TermModel::clone(terminal);
        changed.queue.pop_front();
        *terminal = Shared::new(changed);
        true
    }

    /// Moves the lines that wait in one terminal to another one.
    pub fn move_queue(&mut self, from: u32, to: u32) {
        let lines = self.terminal(from).map(|terminal| terminal.queue.iter().cloned().collect());
        self.queue(from, None);
        self.queue(to, lines);
    }

    fn read_terminals(&mut self, driver: &mut Driver) -> bool {
        let numbers = driver.session().terminals();
        let mut changed = numbers.len() != self.terminals.len();
        let mut all = Vec::with_capacity(numbers.len());
        for number in numbers {
            let old = self.terminal(number).cloned();
            let Some(view) = driver.session().terminal(number) else { continue };
            let cleared = old.as_ref().is_some_and(|old| old.view.first_chunk != view.first_chunk)
                && driver.was_cleared(number, view.first_chunk);
            let chunks = driver.take_output(number);
            match old {
                Some(old) if chunks.is_empty() && !cleared && old.view == view => all.push(old),
                old => {
                    let mut new = old.map_or_else(
                        || TermModel {
                            number,
                            view: view.clone(),
                            scrollback: Scrollback::default(),
                            queue: VecDeque::new(),
                            left_out: 0,
                        },
                        |old| TermModel::clone(&old),
                    );
                    new.view = view;
                    if cleared {
                        new.scrollback.clear();
                    }
                    chunks.iter().for_each(|chunk| new.scrollback.push(chunk));
                    all.push(Shared::new(new));
                    changed = true;
                }
            }
        }
        self.terminals = all;
        changed
    }
}
