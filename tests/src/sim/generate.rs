//! From a seed to a script: a cluster, its topics and applications, and a run of faults that ends in peace.

use crate::sitting::Chance;
use std::fmt::Write;

/// What kind of cases are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Settings under which Kafka promises to lose nothing: three copies, two in sync, acks=all, clean elections.
    Safe,
    /// Any acks, any number of copies, with and without idempotence; elections are clean.
    Weak,
    /// Replicas that are out of sync may be elected.
    Unclean,
    /// Groups that come, go and crash; records as in `Safe`.
    Groups,
    /// One of the above, by the seed.
    Mixed,
}

impl Profile {
    /// By the name that is typed.
    #[must_use]
    pub fn named(name: &str) -> Option<Profile> {
        Some(match name {
            "safe" => Profile::Safe,
            "weak" => Profile::Weak,
            "unclean" => Profile::Unclean,
            "groups" => Profile::Groups,
            "mixed" => Profile::Mixed,
            _ => return None,
        })
    }
}

/// The cluster as the maker of the script believes it to be.
struct Maker {
    chance: Chance,
    profile: Profile,
    brokers: Vec<i32>,
    down: Vec<i32>,
    paused: Vec<i32>,
    topics: usize,
    producers: usize,
    groups: usize,
    text: String,
}

/// The script of a seed.
#[must_use]
pub fn case(profile: Profile, seed: u64, steps: u32) -> String {
    let mut chance = Chance::new(seed ^ 0x5EED);
    // The first draws of neighbouring seeds are alike.
    (0..8).for_each(|_| {
        chance.below(2);
    });
    let profile = match profile {
        Profile::Mixed => {
            *chance.one_of(&[Profile::Safe, Profile::Safe, Profile::Weak, Profile::Unclean, Profile::Groups])
        }
        profile => profile,
    };
    let count = match profile {
        Profile::Weak => *chance.one_of(&[1, 2, 3, 3, 4]),
        _ => *chance.one_of(&[3, 3, 3, 4, 5]),
    };
    let mut maker = Maker {
        chance,
        profile,
        brokers: (101..=100 + count).collect(),
        down: Vec::new(),
        paused: Vec::new(),
        topics: 0,
        producers: 0,
        groups: 0,
        text: String::new(),
    };
    maker.header(seed);
    maker.beginning();
    for _ in 0..steps {
        maker.fault();
        maker.pause();
    }
    maker.peace();
    maker.text
}

impl Maker {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn header(&mut self, seed: u64) {
        let chance = &mut self.chance;
        let session = *chance.one_of(&[3_000, 6_000, 9_000]);
        let props = [
            format!("offsets.topic.num.partitions={}", 1 + chance.below(3)),
            format!("broker.session.timeout.ms={session}"),
            format!("broker.heartbeat.interval.ms={}", *chance.one_of(&[500, 1_000, 2_000])),
            format!("replica.lag.time.max.ms={}", *chance.one_of(&[1_000, 3_000, 10_000, 30_000])),
            format!("leader.imbalance.check.interval.seconds={}", *chance.one_of(&[3, 10, 300])),
            format!("group.initial.rebalance.delay.ms={}", *chance.one_of(&[0, 1_000, 3_000])),
        ];
        let count = self.brokers.len();
        let _ = writeln!(self.text, "# cluster: brokers={count} seed={seed} props=\"{}\"", props.join(" "));
    }

    fn beginning(&mut self) {
        for _ in 0..=self.chance.below(2) {
            self.topic();
        }
        for _ in 0..=self.chance.below(2) {
            self.group();
        }
        for _ in 0..=self.chance.below(2) {
            self.producer();
        }
        self.pause();
    }

    fn topic(&mut self) {
        let (number, partitions) = (self.topics, 1 + self.chance.below(3));
        self.topics += 1;
        let copies = match self.profile {
            Profile::Weak => 1 + self.chance.below(self.brokers.len().min(3)),
            _ => 3,
        };
        let safe = self.profile != Profile::Weak;
        let min = if safe { 2 } else { 1 + self.chance.below(copies) };
        let unclean = if self.profile == Profile::Unclean {
            " --config unclean.leader.election.enable=true"
        } else {
            ""
        };
        self.line(&format!(
            "kafka-topics --bootstrap-server localhost:9092 --create --topic t{number} --partitions {partitions} \
             --replication-factor {copies} --config min.insync.replicas={min}{unclean}"
        ));
    }

    fn producer(&mut self) {
        let (number, topic) = (self.producers, self.chance.below(self.topics));
        self.producers += 1;
        // It must be done before the end of the peace.
        let (rate, most) = *self.chance.one_of(&[("2/s", 100), ("10/s", 400), ("30/s", 600), ("100/s", 600)]);
        let (keys, count) = (1 + self.chance.below(4), 20 + self.chance.below(most));
        let acks = match self.profile {
            Profile::Weak => *self.chance.one_of(&["0", "1", "1", "all", "all --idempotence false"]),
            _ => "all",
        };
        self.line(&format!(
            "producer start p{number} --topic t{topic} --rate {rate} --keys p{number}-1..p{number}-{keys} \
             --payload counter --count {count} --acks {acks}"
        ));
    }

    fn group(&mut self) {
        let (number, topic) = (self.groups, self.chance.below(self.topics));
        self.groups += 1;
        let members = 1 + self.chance.below(3);
        let assignor = *self.chance.one_of(&["", " --assignor roundrobin", " --work 20ms"]);
        self.line(&format!(
            "consumer start c{number} --topic t{topic} --group g{number} --from beginning --count {members}{assignor}"
        ));
    }

    fn pause(&mut self) {
        let spans = ["5ms", "50ms", "200ms", "700ms", "2s", "2s", "5s", "5s", "11s", "20s", "35s"];
        let span = *self.chance.one_of(&spans);
        self.line(&format!("wait {span}"));
    }

    fn up(&mut self) -> Option<i32> {
        let up: Vec<i32> = self.brokers.iter().copied().filter(|id| !self.down.contains(id)).collect();
        (!up.is_empty()).then(|| *self.chance.one_of(&up))
    }

    /// Somebody on the network.
    fn node(&mut self) -> String {
        match self.chance.below(8) {
            0 => "controller-1".to_owned(),
            1 if self.producers > 0 => format!("p{}", self.chance.below(self.producers)),
            _ => self.chance.one_of(&self.brokers.clone()).to_string(),
        }
    }

    fn fault(&mut self) {
        let down = self.down.len();
        match self.chance.below(if self.profile == Profile::Groups { 26 } else { 20 }) {
            0..=4 if down > 0 => {
                let place = self.chance.below(down);
                let id = self.down.remove(place);
                self.line(&format!("broker start {id}"));
            }
            0..=6 => {
                if let Some(id) = self.up() {
                    self.down.push(id);
                    self.paused.retain(|other| *other != id);
                    self.line(&format!("broker crash {id}"));
                }
            }
            7..=8 => {
                if let Some(id) = self.up() {
                    self.down.push(id);
                    self.line(&format!("broker stop {id}"));
                }
            }
            9..=10 if !self.paused.is_empty() => {
                let place = self.chance.below(self.paused.len());
                let id = self.paused.remove(place);
                self.line(&format!("broker resume {id}"));
            }
            9..=11 => {
                if let Some(id) = self.up() {
                    self.paused.push(id);
                    self.line(&format!("broker pause {id}"));
                }
            }
            12..=14 => {
                let (a, b) = (self.node(), self.node());
                if a != b {
                    self.line(&format!("network cut {a} {b}"));
                }
            }
            15..=16 => self.line("network heal"),
            17 => self.producer(),
            18 => self.line(
                "kafka-leader-election --bootstrap-server localhost:9092 --election-type preferred \
                 --all-topic-partitions",
            ),
            19 => self.group(),
            n => self.member(n),
        }
    }

    /// Members of groups come, go and crash.
    fn member(&mut self, n: usize) {
        if self.groups == 0 {
            return self.group();
        }
        let (group, member) = (self.chance.below(self.groups), 1 + self.chance.below(3));
        match n {
            20..=21 => self.line(&format!("consumer crash c{group}-{member}")),
            22..=23 => self.line(&format!("consumer stop c{group}-{member}")),
            _ => {
                let topic = self.chance.below(self.topics);
                self.line(&format!(
                    "consumer start c{group}-{member} --topic t{topic} --group g{group} --from beginning"
                ));
            }
        }
    }

    /// The end: everything is mended, and must come right again.
    fn peace(&mut self) {
        self.line(PEACE);
        self.line("network heal");
        for id in self.brokers.clone() {
            self.line(&format!("broker resume {id}"));
            self.line(&format!("broker start {id}"));
        }
        self.line("wait 150s");
    }
}

/// The line above which a script may be shrunk.
pub const PEACE: &str = "# Peace: everything is mended, and must come right again.";
