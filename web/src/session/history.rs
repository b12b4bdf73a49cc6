//! What was: earlier states of the sitting, so that one can look back and undo.
//!
//! States are kept from the first thing on that is done, before each command and every few seconds between them. What
//! was before then is the opening of the page with the time that passed, which can be had anew.

use kafkascope_core::node::SimTime;
use kafkascope_core::session::Session;
use kafkascope_core::session::api::Input;

/// Earlier states of a sitting.
#[derive(Default)]
pub struct History {
    /// In their order.
    states: Vec<State>,
    /// What was there when somebody began to look back.
    ahead: Option<Session>,
}

struct State {
    session: Session,
    /// What was done then.
    command: Option<String>,
}

/// States that are kept.
const STATES: usize = 40;
/// States of a cluster with many brokers.
const FEW: usize = 4;
/// Simulated time between them at real time.
const EVERY_US: u64 = 10_000_000;

impl History {
    /// The sitting begins as something else than the page opens with.
    pub fn begin(&mut self, session: &Session) {
        self.keep(session, None, false);
    }

    /// Something is about to be done to the sitting. While somebody looks back it happens there, and what came later
    /// is forgotten.
    pub fn before(&mut self, session: &Session, input: &Input, many: bool) {
        let command = match input {
            Input::Advance { .. } | Input::OpenTerminal | Input::CloseTerminal { .. } => return,
            Input::Line { text, .. } => text.clone(),
            _ => String::new(),
        };
        self.go_on(session);
        self.keep(session, Some(command), many);
    }

    /// Time has passed.
    pub fn pass(&mut self, session: &Session, many: bool) {
        let Some(last) = self.states.last() else { return };
        let clock = session.clock();
        let every = EVERY_US.saturating_mul(u64::from(clock.speed_permille / 1_000).max(1));
        let other = last.session.cluster_number() != session.cluster_number();
        if other || !many && clock.now.since(last.session.clock().now).0 >= every {
            self.keep(session, None, many);
        }
    }

    /// The state before the last thing that was done, and what that was.
    pub fn undo(&mut self) -> Option<(Session, String)> {
        self.ahead = None;
        let at = self.states.iter().rposition(|state| state.command.is_some())?;
        let mut later = self.states.drain(at..);
        later.next().map(|state| (state.session, state.command.unwrap_or_default()))
    }

    /// The sitting as it was at a moment. `fresh` is how the page opens.
    pub fn look(
        &mut self,
        session: &Session,
        moment: SimTime,
        fresh: impl FnOnce() -> Option<Session>,
    ) -> Option<Session> {
        let present = self.ahead.get_or_insert_with(|| session.clone());
        if moment >= present.clock().now {
            return self.ahead.take();
        }
        let cluster = present.cluster_number();
        let is_before =
            |state: &&State| state.session.cluster_number() == cluster && state.session.clock().now <= moment;
        let earlier = self.states.iter().rev().find(is_before).map(|state| state.session.clone());
        let of_cluster = |state: &Session| state.cluster_number() == cluster;
        let first =
            || self.states.iter().map(|state| &state.session).find(|state| of_cluster(state)).cloned();
        // Before the first state that is kept there is the opening, or another cluster.
        let earlier = earlier.or_else(|| fresh().filter(of_cluster)).or_else(first);
        earlier.map(|earlier| present.back_at(&earlier, moment))
    }

    /// The present, while somebody looks back.
    #[must_use]
    pub fn ahead(&self) -> Option<SimTime> {
        self.ahead.as_ref().map(|session| session.clock().now)
    }

    /// From here on, after looking back: what came later is forgotten.
    pub fn go_on(&mut self, session: &Session) {
        if self.ahead.take().is_some() {
            let (cluster, now) = (session.cluster_number(), session.clock().now);
            let is_later =
                |state: &State| state.session.cluster_number() != cluster || state.session.clock().now >= now;
            let keep = self.states.iter().rposition(|state| !is_later(state)).map_or(0, |at| at + 1);
            self.states.truncate(keep);
        }
    }

    fn keep(&mut self, session: &Session, command: Option<String>, many: bool) {
        self.states.push(State { session: session.clone(), command });
        let most = if many { FEW } else { STATES };
        while self.states.len() > most {
            self.thin();
        }
    }

    /// Leaves out the state that is missed least: no command, and close to others.
    fn thin(&mut self) {
        let time = |at: usize| self.states.get(at).map_or(0, |state| state.session.clock().now.0);
        let middle = 1..self.states.len().saturating_sub(FEW);
        let idle = middle.filter(|at| self.states.get(*at).is_some_and(|state| state.command.is_none()));
        let least = idle.min_by_key(|at| time(at + 1).abs_diff(time(at - 1)));
        self.states.remove(least.unwrap_or(1));
    }
}
