//! Where replicas go: Kafka's `StripedReplicaPlacer`.
//!
//! Brokers are taken in turn from a random start, racks in turn too, so that copies of a partition stand in
//! different racks and the preferred leaders spread evenly. Fenced brokers come last and never first in a list.

use crate::java::hash_order;
use crate::node::{BrokerId, Rng};

/// A broker that can be given replicas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsableBroker {
    /// Its id.
    pub id: BrokerId,
    /// Its rack.
    pub rack: Option<String>,
    /// Whether it is fenced now.
    pub fenced: bool,
}

/// A source of draws: a number below the bound. Tests replay Kafka's own draws.
pub trait Draw {
    /// A number from 0 to `bound` - 1.
    fn below(&mut self, bound: u32) -> u32;
}

impl Draw for Rng {
    fn below(&mut self, bound: u32) -> u32 {
        Rng::below(self, bound)
    }
}

/// Places `partitions` partitions with `factor` replicas each. The error is Kafka's sentence.
pub fn place(
    brokers: &[UsableBroker],
    partitions: i32,
    factor: i16,
    draw: &mut dyn Draw,
) -> Result<Vec<Vec<BrokerId>>, String> {
    let mut racks = RackList::new(brokers, draw);
    let factor = match usize::try_from(factor) {
        Ok(factor) if factor > 0 => factor,
        _ => {
            return Err(format!(
                "Invalid replication factor {factor}: the replication factor must be positive."
            ));
        }
    };
    if racks.unfenced == 0 {
        return Err(
            "All brokers are currently fenced, or have all their log directories cordoned.".to_owned()
        );
    }
    if factor > brokers.len() {
        return Err(format!(
            "The target replication factor of {factor} cannot be reached because only {} broker(s) are \
             registered or some brokers have all their log directories cordoned.",
            brokers.len()
        ));
    }
    Ok((0..partitions).map(|_| racks.place(factor, draw)).collect())
}

/// Brokers of one rack and one kind, read as a ring.
#[derive(Default)]
struct BrokerList {
    ids: Vec<BrokerId>,
    epoch: u32,
    index: usize,
    offset: usize,
}

impl BrokerList {
    fn initialize(&mut self, draw: &mut dyn Draw) {
        crate::sorted::sort(&mut self.ids);
        if !self.ids.is_empty() {
            self.offset = index(draw, self.ids.len());
        }
    }

    fn next(&mut self, epoch: u32) -> Option<BrokerId> {
        if self.ids.is_empty() {
            return None;
        }
        if self.epoch != epoch {
            self.epoch = epoch;
            self.index = 0;
            self.offset = (self.offset + 1) % self.ids.len();
        }
        if self.index >= self.ids.len() {
            return None;
        }
        let id = self.ids.get((self.index + self.offset) % self.ids.len()).copied();
        self.index += 1;
        id
    }
}

#[derive(Default)]
struct Rack {
    fenced: BrokerList,
    unfenced: BrokerList,
}

struct RackList {
    /// In the order of a `HashMap` of their names: it decides which of them draws first.
    racks: Vec<Rack>,
    /// Their places in `racks`, in the order in which they take turns: by name, later shuffled.
    turns: Vec<usize>,
    unfenced: usize,
    epoch: u32,
    offset: usize,
}

fn index(draw: &mut dyn Draw, bound: usize) -> usize {
    draw.below(u32::try_from(bound).unwrap_or(u32::MAX)) as usize
}

/// `java.util.Collections.shuffle`.
fn shuffle<T>(items: &mut [T], draw: &mut dyn Draw) {
    for i in (2..=items.len()).rev() {
        items.swap(i - 1, index(draw, i));
    }
}

impl RackList {
    fn new(brokers: &[UsableBroker], draw: &mut dyn Draw) -> RackList {
        let mut names: Vec<&Option<String>> = Vec::new();
        for broker in brokers {
            if !names.contains(&&broker.rack) {
                names.push(&broker.rack);
            }
        }
        let names = hash_order(names);
        let mut racks = Vec::new();
        for name in &names {
            let mut rack = Rack::default();
            for broker in brokers.iter().filter(|broker| broker.rack == **name) {
                let list = if broker.fenced { &mut rack.fenced } else { &mut rack.unfenced };
                list.ids.push(broker.id);
            }
            rack.fenced.initialize(draw);
            rack.unfenced.initialize(draw);
            racks.push(rack);
        }
        let mut turns: Vec<usize> = (0..racks.len()).collect();
        crate::sorted::sort_by_key(&mut turns, |place| names.get(*place).copied());
        let unfenced = brokers.iter().filter(|broker| !broker.fenced).count();
        let offset = if racks.is_empty() { 0 } else { index(draw, racks.len()) };
        RackList { racks, turns, unfenced, epoch: 0, offset }
    }

    fn shuffle(&mut self, draw: &mut dyn Draw) {
        shuffle(&mut self.turns, draw);
        for rack in &mut self.racks {
            shuffle(&mut rack.fenced.ids, draw);
            shuffle(&mut rack.unfenced.ids, draw);
        }
    }

    fn rack(&mut self, turn: usize) -> Option<&mut Rack> {
        self.racks.get_mut(*self.turns.get(turn)?)
    }

    /// Replicas of one partition. Callers have made sure that there are enough brokers, one of them unfenced.
    fn place(&mut self, factor: usize, draw: &mut dyn Draw) -> Vec<BrokerId> {
        // As many partitions placed as there are brokers: shuffle, so that the same lists do not come again.
        if self.epoch as usize == self.unfenced && self.unfenced > 1 {
            self.shuffle(draw);
            self.epoch = 0;
        }
        let count = self.racks.len();
        self.offset %= count;
        let mut placed = Vec::with_capacity(factor);
        let mut first = Some(self.offset);
        for step in 0..count {
            let at = (self.offset + step) % count;
            let epoch = self.epoch;
            if let Some(id) = self.rack(at).and_then(|rack| rack.unfenced.next(epoch)) {
                placed.push(id);
                first = Some(at);
                break;
            }
        }
        let mut at = self.offset;
        let mut misses = 0;
        while placed.len() < factor && misses <= 2 * count {
            // The first replica's rack is passed over once: another rack is better.
            let id = if first == Some(at) {
                first = None;
                None
            } else {
                let epoch = self.epoch;
                self.rack(at).and_then(|rack| rack.unfenced.next(epoch).or_else(|| rack.fenced.next(epoch)))
            };
            misses = if id.is_some() { 0 } else { misses + 1 };
            placed.extend(id);
            at = (at + 1) % count;
        }
        self.epoch += 1;
        self.offset += 1;
        placed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brokers(ids: &[BrokerId]) -> Vec<UsableBroker> {
        ids.iter().map(|id| UsableBroker { id: *id, rack: None, fenced: false }).collect()
    }

    #[test]
    fn preferred_leaders_take_turns_from_a_random_start() {
        let placed = place(&brokers(&[101, 102, 103]), 3, 3, &mut Rng::new(1, 1)).unwrap();
        let mut leaders: Vec<_> = placed.iter().map(|replicas| replicas[0]).collect();
        leaders.sort_unstable();
        assert_eq!(leaders, [101, 102, 103]);
        assert!(placed.iter().all(|replicas| {
            let mut ids = replicas.clone();
            ids.sort_unstable();
            ids == [101, 102, 103]
        }));
    }

    #[test]
    fn too_many_copies_are_refused_in_kafkas_words() {
        let refusal = place(&brokers(&[1, 2, 3]), 1, 5, &mut Rng::new(1, 1)).unwrap_err();
        assert!(refusal.starts_with("The target replication factor of 5 cannot be reached because only 3"));
    }
}
