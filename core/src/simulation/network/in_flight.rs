//! Messages on their way, by number.
//!
//! Numbers grow, so a new message comes last; the next one to arrive is mostly near the front. With many brokers a thousand
//! are on their way at once: a queue moves the few before one that leaves, a vector all behind it.

use super::Envelope;
use serde::{Serialize, Serializer};
use std::collections::VecDeque;

/// See the module. A pointer each, for they move.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct InFlight(VecDeque<(u64, Box<Envelope>)>);

impl InFlight {
    #[cfg_attr(quick, optimize(speed))]
    fn place(&self, number: u64) -> Option<usize> {
        self.0.binary_search_by_key(&number, |(other, _)| *other).ok()
    }

    /// The message of this number.
    pub(crate) fn get(&self, number: u64) -> Option<&Envelope> {
        self.0.get(self.place(number)?).map(|(_, envelope)| &**envelope)
    }

    /// The same, to be changed.
    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut Envelope> {
        let place = self.place(number)?;
        self.0.get_mut(place).map(|(_, envelope)| &mut **envelope)
    }

    /// Takes a message off the wire.
    pub(crate) fn remove(&mut self, number: u64) -> Option<Box<Envelope>> {
        let place = self.place(number)?;
        self.0.remove(place).map(|(_, envelope)| envelope)
    }

    /// Adds a message: its number is larger than that of any before it.
    pub(super) fn push(&mut self, number: u64, envelope: Envelope) {
        self.0.push_back((number, Box::new(envelope)));
    }

    /// The number of the oldest.
    pub(super) fn oldest(&self) -> Option<u64> {
        self.0.front().map(|(number, _)| *number)
    }

    /// Their numbers, oldest first.
    pub(super) fn numbers(&self) -> Vec<u64> {
        self.0.iter().map(|(number, _)| *number).collect()
    }

    /// The messages, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Envelope> {
        self.0.iter().map(|(_, envelope)| &**envelope)
    }
}

impl Serialize for InFlight {
    /// As a map.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(number, envelope)| (number, envelope)))
    }
}
