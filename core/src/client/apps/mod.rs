//! The learner's applications: producers that make their own records, and programs that read and have an effect.
//!
//! An application is not part of the client: it stands where a program of the learner would stand, and hands its
//! records to the producer exactly as such a program would.

mod app;
mod config;
mod truck;

use super::{Payload, Workload};
use crate::node::{Rng, SimTime, Span};
use crate::protocol::{Record, RecordRef};
use serde::Serialize;
use std::io::Write as _;
use truck::Truck;

pub use app::{App, ORIGIN};
pub use config::{AppConfig, Commits, CrashPoint, Task};

/// A producer application at work. It writes each record into the same memory.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProducerApp {
    /// What it does.
    pub workload: Workload,
    made: u64,
    trucks: Vec<Truck>,
    timestamp: i64,
    /// Whose turn it was: the place of the record's key.
    turn: u32,
    value: Vec<u8>,
}

impl ProducerApp {
    /// An application that has made nothing yet.
    #[must_use]
    pub fn new(workload: Workload) -> ProducerApp {
        let trucks = match workload.payload {
            Payload::TruckPosition => (0..workload.keys.len().max(1)).map(Truck::at_depot).collect(),
            Payload::Bytes(_) | Payload::Counter => Vec::new(),
        };
        ProducerApp { workload, made: 0, trucks, timestamp: 0, turn: 0, value: Vec::new() }
    }

    /// Time between two bursts; never zero.
    #[must_use]
    pub fn interval(&self) -> Span {
        Span(self.workload.interval.0.max(1))
    }

    /// Records of one burst.
    #[must_use]
    pub fn burst(&self) -> u32 {
        self.workload.burst.max(1)
    }

    /// Whether it has made all it was asked for.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.workload.limit.is_some_and(|limit| self.made >= limit)
    }

    /// The next record; `None` once it is done.
    #[cfg_attr(quick, optimize(speed))]
    pub fn next_record(&mut self, rng: &mut Rng, now: SimTime) -> Option<RecordRef<'_>> {
        if self.is_done() {
            return None;
        }
        let sources = u64::try_from(self.workload.keys.len().max(1)).unwrap_or(1);
        let turn = usize::try_from(self.made % sources).unwrap_or(0);
        self.turn = u32::try_from(turn).unwrap_or(0);
        self.made = self.made.saturating_add(1);
        self.timestamp = now.wall_ms();
        if !matches!(self.workload.payload, Payload::Bytes(_)) {
            self.value.clear();
        }
        // Writing into memory cannot fail.
        let _ = match &self.workload.payload {
            Payload::TruckPosition => match self.trucks.get_mut(turn) {
                Some(truck) => {
                    truck.drive(rng);
                    let name = self.workload.keys.get(turn);
                    let name = name.map_or("truck", String::as_str);
                    write!(self.value, "{{\"truck_id\":\"{name}\",{truck}}}")
                }
                None => Ok(()),
            },
            Payload::Counter => write!(self.value, "{}", self.made),
            Payload::Bytes(count) => {
                let first = u32::from(b'A') + u32::try_from(self.made % 26).unwrap_or(0);
                let letter = u8::try_from(first).unwrap_or(b'A');
                let count = usize::try_from(*count).unwrap_or(0);
                if self.value.len() != count {
                    self.value = vec![letter; count];
                }
                self.value.fill(letter);
                Ok(())
            }
        };
        Some(self.current())
    }

    /// The record made last, as a value of its own.
    #[must_use]
    pub fn last_record(&self) -> Record {
        let record = self.current();
        let [key, value] = [record.key, record.value].map(|bytes| bytes.map(<[u8]>::to_vec));
        Record { timestamp: record.timestamp, key, value, headers: Vec::new() }
    }

    fn current(&self) -> RecordRef<'_> {
        let turn = usize::try_from(self.turn).unwrap_or(0);
        let key = self.workload.keys.get(turn).map(String::as_bytes);
        RecordRef { timestamp: self.timestamp, key, value: Some(&self.value), headers: &[] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(payload: Payload, keys: &[&str], limit: Option<u64>) -> ProducerApp {
        ProducerApp::new(Workload {
            name: "app".into(),
            topic: "t".into(),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            interval: Span::secs(1),
            burst: 1,
            payload,
            limit,
            transactions: (Span::ZERO, 0),
        })
    }

    #[test]
    fn trucks_report_in_turn_and_move() {
        let (mut app, mut rng) =
            (app(Payload::TruckPosition, &["truck-01", "truck-02"], None), Rng::new(1, 1));
        let mut texts = Vec::new();
        for _ in 0..4 {
            assert!(app.next_record(&mut rng, SimTime::ZERO).is_some());
            let record = app.last_record();
            let text = String::from_utf8(record.value.unwrap()).unwrap();
            let key = String::from_utf8(record.key.unwrap()).unwrap();
            assert!(text.starts_with(&format!("{{\"truck_id\":\"{key}\",\"lat\":")), "{text}");
            texts.push(text);
        }
        assert!(texts[0].contains("truck-01") && texts[1].contains("truck-02"));
        assert_ne!(texts[0], texts[2]);
    }

    #[test]
    fn an_application_with_a_limit_ends() {
        let (mut app, mut rng) = (app(Payload::Counter, &[], Some(2)), Rng::new(1, 1));
        assert_eq!(app.next_record(&mut rng, SimTime::ZERO).and_then(|it| it.value), Some(&b"1"[..]));
        assert_eq!(app.next_record(&mut rng, SimTime::ZERO).and_then(|it| it.key), None);
        assert!(app.is_done() && app.next_record(&mut rng, SimTime::ZERO).is_none());
    }
}
