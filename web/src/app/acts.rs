//! What happens: frames, and what people do.

use super::{App, LESSON_MS, PASTE_MS, SAY_MS, VIEW_MS, measured};
use crate::action::{Action, Selection, Tab};
use crate::layout::heat::{heat, is_heat, lens};
use crate::layout::rows::places;
use crate::layout::screen::Class;
use crate::session::script;
use crate::session::storage;
use crate::shared::Shared;
use kafkascope_core::session::api::{Input, TerminalView};
use kafkascope_core::session::paste::{self, Next};

impl App {
    pub(super) fn frame(&mut self, now: f64) -> bool {
        let wall = if self.last_frame > 0.0 { now - self.last_frame } else { 0.0 };
        self.last_frame = now;
        let moved = self.handle.0.borrow_mut().frame(wall);
        let mut draw = self.refresh(now, moved);
        draw |= self.feed(now);
        if now - self.last_lesson > LESSON_MS {
            self.last_lesson = now;
            draw |= self.shown.read_lesson(&self.handle.0.borrow());
        }
        draw |= self.say(now);
        // Among many brokers causes take longer to find.
        let told_ms = if self.heat.is_some() { 4.0 * VIEW_MS } else { VIEW_MS };
        if self.ui.tab == Tab::Inspect && self.ui.selection.is_some() && now - self.last_told > told_ms {
            self.last_told = now;
            self.read_told();
            draw = true;
        }
        self.draw();
        draw
    }

    /// Reads what changed off the session.
    pub(super) fn refresh(&mut self, now: f64, moved: bool) -> bool {
        let new = self.shown.read_rest(&mut self.handle.0.borrow_mut());
        // The picture of many brokers is dear, and shows nothing that is short.
        let heat = is_heat(self.shown.view.brokers.len());
        if !heat && (moved || new) || now - self.last_view > VIEW_MS {
            self.last_view = now;
            let before = self.shown.model.clone();
            let heads = self.strip_words();
            self.shown.read_view(&self.handle.0.borrow(), &self.screen);
            self.canvases.sides(&self.shown.view, &self.shown.model.names);
            if before != self.shown.model || heat {
                self.lay_out();
                return true;
            }
            return new || heads != self.strip_words();
        }
        // Of many brokers there is more news than anybody can read: it comes with the picture.
        new && !heat
    }

    fn read_told(&mut self) {
        self.shown.read_told(&self.handle.0.borrow(), self.ui.selection.as_ref());
    }

    /// Gives pasted lines to terminals that are ready for the next one. What follows a command that runs on until
    /// somebody stops it goes to another terminal, as people do it.
    pub(super) fn feed(&mut self, now: f64) -> bool {
        let next = self.shown.next_queued();
        let Some((terminal, next)) = next else { return false };
        match next {
            Next::Enter(text) => self.apply(Input::Line { terminal, text }),
            Next::Interrupt => self.apply(Input::Interrupt { terminal }),
            Next::End => self.apply(Input::EndOfInput { terminal }),
            Next::Leave => {}
            Next::Wait => {
                let is_endless = |view: &TerminalView| {
                    view.reads_input || view.running.as_ref().is_some_and(|command| paste::runs_on(command))
                };
                let is_endless = self.shown.terminal(terminal).is_some_and(|t| is_endless(&t.view));
                if !is_endless || now - self.fed < PASTE_MS {
                    return false;
                }
                if self.shown.drops_interrupt(terminal) {
                    self.apply(Input::Interrupt { terminal });
                    self.fed = now;
                    return true;
                }
                self.apply(Input::OpenTerminal);
                self.ui.terminal = self.shown.terminals.last().map_or(1, |t| t.number);
                self.shown.move_queue(terminal, self.ui.terminal);
            }
        }
        self.fed = now;
        true
    }

    pub(super) fn say(&mut self, now: f64) -> bool {
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

    pub(super) fn apply(&mut self, input: Input) {
        self.handle.0.borrow_mut().apply(input);
        for (name, bytes) in self.handle.0.borrow_mut().take_exports() {
            storage::offer(&name, &bytes);
        }
        self.shown.read_rest(&mut self.handle.0.borrow_mut());
        self.last_view = 0.0;
        self.last_told = 0.0;
        self.last_lesson = 0.0;
    }

    pub(super) fn act(&mut self, action: Action) {
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
                    // Of a map one topic is open at a time.
                    if is_heat(self.shown.view.brokers.len()) {
                        self.ui.toggled.clear();
                    }
                    self.ui.toggled.insert(topic);
                }
                self.lay_out();
            }
            Action::Theme => {
                self.ui.dark = !self.ui.dark;
                storage::set_dark(self.ui.dark);
            }
            Action::PlayPause if self.handle.0.borrow().ahead().is_some() => self.act(Action::GoOn),
            Action::PlayPause => {
                let verb = if self.shown.clock.playing { "pause" } else { "play" };
                self.run(format!("clock {verb}"));
            }
            Action::Step => {
                self.handle.0.borrow_mut().go_on();
                if self.shown.clock.playing {
                    self.run("clock pause".to_owned());
                }
                self.handle.0.borrow_mut().step();
                self.apply(Input::Advance { us: 0 });
            }
            Action::CopyScript => {
                let script = self.shown.terminal(self.ui.terminal).map(|t| script::script(&t.scrollback));
                storage::copy(&script.unwrap_or_default());
                self.ui.announced = "Copied as a script.".into();
            }
            Action::Strip => self.ui.strip_open = !self.ui.strip_open,
            Action::HideHint => self.ui.hint_hidden = true,
            Action::HideNotice => self.ui.notice = None,
            other => self.act_on_sitting(other),
        }
    }

    /// A terminal ends; the last one is followed by a fresh one.
    pub(super) fn leave(&mut self, terminal: u32) {
        self.apply(Input::CloseTerminal { terminal });
        if self.shown.terminals.is_empty() {
            self.apply(Input::OpenTerminal);
        }
        self.ui.terminal = self.shown.terminals.first().map_or(1, |t| t.number);
    }

    pub(super) fn at_prompt(&self, terminal: u32) -> bool {
        let found = self.shown.terminal(terminal);
        found.is_some_and(|t| t.view.running.is_none() && t.view.prompt.starts_with('$'))
    }

    /// Types a command where it can be run: in the terminal looked at, in another one, or in a new one.
    pub(super) fn run(&mut self, text: String) {
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

    pub(super) fn select(&mut self, selection: Option<Selection>) {
        self.ui.tab = match (&selection, self.screen.class) {
            (Some(_), _) => Tab::Inspect,
            (None, Class::Phone) => Tab::Map,
            (None, Class::Small) => Tab::Terminal,
            (None, _) => Tab::Lesson,
        };
        self.ui.selection = selection;
        self.read_told();
    }

    pub(super) fn look_at_terminal(&mut self) {
        if matches!(self.screen.class, Class::Phone | Class::Small) {
            self.ui.tab = Tab::Terminal;
        }
    }

    pub(super) fn resized(&mut self) {
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
    pub(super) fn lay_out(&mut self) {
        let screen = measured(
            self.shown.view.brokers.len(),
            self.shown.model.groups.len(),
            self.shown.model.lanes.len(),
        );
        if *self.screen != screen {
            self.screen = Shared::new(screen);
            self.shown.remodel(&self.screen);
        }
        let places = places(&self.shown.model, &self.screen, &self.ui.toggled);
        if *self.places != places {
            self.places = Shared::new(places);
        }
        let many = is_heat(self.shown.view.brokers.len());
        if many {
            self.lay_out_map();
        } else {
            self.heat = None;
            self.lens = None;
        }
        // The map never draws single messages.
        self.handle.0.borrow_mut().draws = !many;
        self.canvases.rows(&self.places);
        self.canvases.sides(&self.shown.view, &self.shown.model.names);
    }

    /// The map, and what is under its lens. A function of its own, which waits until there are many brokers.
    #[inline(never)]
    fn lay_out_map(&mut self) {
        let open = self.ui.toggled.iter().next().map(String::as_str);
        let touched = self.screen.class == Class::Phone;
        let before = self.heat.as_deref();
        let new = heat(&self.shown.view, self.screen.map_w(), open, touched, before);
        if self.heat.as_deref() != Some(&new) {
            self.heat = Some(Shared::new(new));
        }
        self.look_through_lens();
    }

    /// What is under the map's lens, which moves with every partition that the pointer passes.
    #[inline(never)]
    pub(super) fn look_through_lens(&mut self) {
        let open = self.ui.toggled.iter().next().map(String::as_str);
        let tp = self.ui.lens.0.as_ref().filter(|tp| open == Some(&*tp.topic));
        let new = tp.and_then(|tp| lens(&self.shown.view, tp, &self.screen, self.lens.as_deref()));
        if self.lens.as_deref() != new.as_ref() {
            self.lens = new.map(Shared::new);
        }
    }

    pub(super) fn draw(&mut self) {
        let driver = self.handle.0.borrow();
        self.canvases.draw(&driver, &self.screen, &self.places, &self.shown.view);
    }
}
