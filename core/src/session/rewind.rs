//! Going back: a sitting at an earlier moment is what its inputs up to then lead to.

use super::Session;
use super::api::Input;
use crate::node::{SimTime, Span};

impl Session {
    /// This sitting as it was at a moment of its cluster. `earlier` is any state that it had before then; what is done
    /// anew reaches from there.
    #[must_use]
    pub fn back_at(&self, earlier: &Session, moment: SimTime) -> Session {
        let mut session = earlier.clone();
        let known = earlier.inputs.len();
        // Time that passed for `earlier` may have gone on since, in the same input.
        let begun = match (earlier.inputs.last(), known.checked_sub(1).and_then(|last| self.inputs.get(last)))
        {
            (Some(Input::Advance { us: then }), Some(Input::Advance { us: now })) => {
                now.saturating_sub(*then)
            }
            _ => 0,
        };
        let later = self.inputs.iter().skip(known).cloned();
        let begun = (begun > 0).then_some(Input::Advance { us: begun });
        for input in begun.into_iter().chain(later) {
            let here = session.cluster == self.cluster;
            let left = moment.since(session.sim.now());
            if here && left == Span::ZERO {
                break;
            }
            session.apply(match input {
                Input::Advance { us } if here => Input::Advance { us: us.min(left.0) },
                other => other,
            });
        }
        session.exports.clear();
        session
    }
}

#[cfg(test)]
mod tests {
    use super::super::api::ClusterConfig;
    use super::*;

    fn at(session: &mut Session, seconds: u64, line: Option<&str>) {
        session.apply(Input::Advance { us: seconds * 1_000_000 });
        if let Some(line) = line {
            session.apply(Input::Line { terminal: 1, text: line.to_owned() });
        }
    }

    #[test]
    fn a_moment_is_the_same_from_whatever_earlier_state_it_is_reached() {
        let mut session = Session::new(ClusterConfig::default()).unwrap();
        session.apply(Input::Script { text: "scenario load trucks_gps".to_owned() });
        let start = session.clone();
        let begin = start.sim.now().0;
        at(&mut session, 3, Some("broker crash 102"));
        let crashed = session.clone();
        at(&mut session, 7, Some("broker start 102"));
        at(&mut session, 5, None);
        let moment = SimTime(begin + 6_000_000);
        let (far, near) = (session.back_at(&start, moment), session.back_at(&crashed, moment));
        assert_eq!(far, near);
        assert_eq!(far.sim.now(), moment);
        assert_eq!(session.back_at(&start, session.sim.now()).digest(), session.digest());
        // Before the crash there was none; the moment of a command is the one before it.
        let before = session.back_at(&start, SimTime(begin + 3_000_000));
        let mut calm = start.clone();
        at(&mut calm, 3, None);
        assert_eq!(before, calm);
        // What is done anew is a sitting of its own, and can be replayed.
        let mut other = near;
        at(&mut other, 1, Some("broker start 102"));
        let mut replayed = Session::new(ClusterConfig::default()).unwrap();
        replayed.restore(&other.snapshot()).unwrap();
        assert_eq!(replayed.digest(), other.digest());
    }
}
