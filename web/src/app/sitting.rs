//! The sitting as a whole: looked back on, taken back, put into a link.

use super::{App, opening};
use crate::action::{Action, Notice};
use crate::components::timeline;
use crate::session::{link, storage};
use crate::shared::Shared;
use kafkascope_core::node::SimTime;
use kafkascope_core::session::api::Input;
use kafkascope_core::view::EventView;

/// Later than all that is known.
const PRESENT: SimTime = SimTime(u64::MAX);

impl App {
    /// What is done to the sitting as a whole.
    pub(super) fn act_on_sitting(&mut self, action: Action) {
        match action {
            Action::Look(us) => self.look(SimTime(us)),
            Action::Beside(later) => {
                let moment = timeline::beside(&self.known_moments(), self.shown.clock.now, later);
                if later || moment.is_some() {
                    self.look(moment.unwrap_or(PRESENT));
                }
            }
            Action::Present => self.look(PRESENT),
            Action::GoOn => self.handle.0.borrow_mut().go_on(),
            Action::Undo => self.undo(),
            Action::Share => self.share(),
            _ => {}
        }
    }

    /// Looks at another moment of the sitting.
    fn look(&mut self, moment: SimTime) {
        self.handle.0.borrow_mut().look(moment, || opening().ok());
        self.read_all();
    }

    /// The marks of the timeline. Those after a moment that is looked at are known from before.
    pub(super) fn known_moments(&self) -> Shared<Vec<Shared<EventView>>> {
        let known = self.ahead_moments.as_ref().filter(|_| self.handle.0.borrow().ahead().is_some());
        known.unwrap_or(&self.shown.moments).clone()
    }

    /// Takes back the last thing that was done.
    fn undo(&mut self) {
        self.handle.0.borrow_mut().go_on();
        let undone = self.handle.0.borrow_mut().undo();
        self.ui.notice = Some(match undone {
            Some(command) => Notice::Undone(command),
            None => Notice::Nothing,
        });
        self.read_all();
    }

    /// Puts the sitting into a link.
    fn share(&mut self) {
        let (address, _) = storage::address();
        let snapshot = self.handle.0.borrow().session().snapshot();
        let link = link::written(&snapshot).map(|fragment| address + &fragment);
        if let Some(link) = &link {
            storage::copy(link);
        }
        self.ui.notice = Some(Notice::Link(link));
    }

    /// Everything may be another one.
    fn read_all(&mut self) {
        if self.handle.0.borrow().ahead().is_none() {
            self.ahead_moments = None;
        } else if self.ahead_moments.is_none() {
            self.ahead_moments = Some(self.shown.moments.clone());
        }
        self.apply(Input::Advance { us: 0 });
        self.refresh(self.last_frame, true);
        self.lay_out();
        self.said = self.shown.events.last().map_or(0, |event| event.id.0);
    }
}
