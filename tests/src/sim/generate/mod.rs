//! From a seed to a script: a cluster, its topics and applications, and a run of faults that ends in peace.

mod copies;
mod faults;

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
    /// As `Safe`, on a cluster with ZooKeeper, whose servers fail too.
    ZooKeeper,
    /// Disks that are lost, machines that lose their power.
    Disks,
    /// Producers that write in transactions, and abort some; records as in `Safe`.
    Transactions,
    /// Copy applications with each of the three guarantees, under one schedule of crashes.
    Copies,
    /// One of the others but `Copies`, by the seed.
    Mixed,
}

/// All profiles by name.
pub const PROFILES: &[(&str, Profile)] = &[
    ("safe", Profile::Safe),
    ("weak", Profile::Weak),
    ("unclean", Profile::Unclean),
    ("groups", Profile::Groups),
    ("zookeeper", Profile::ZooKeeper),
    ("disks", Profile::Disks),
    ("transactions", Profile::Transactions),
    ("copies", Profile::Copies),
    ("mixed", Profile::Mixed),
];

impl Profile {
    /// By the name that is typed.
    #[must_use]
    pub fn named(name: &str) -> Option<Profile> {
        PROFILES.iter().find(|(known, _)| *known == name).map(|(_, profile)| *profile)
    }
}

/// What `Mixed` draws from.
const MIX: &[Profile] = &[
    Profile::Safe,
    Profile::Safe,
    Profile::Weak,
    Profile::Unclean,
    Profile::Groups,
    Profile::ZooKeeper,
    Profile::Disks,
    Profile::Transactions,
];

/// Every tool needs to be told where the cluster is.
const SERVER: &str = "--bootstrap-server localhost:9092";

/// The cluster as the maker of the script believes it to be.
struct Maker {
    chance: Chance,
    profile: Profile,
    brokers: Vec<i32>,
    /// Controllers or servers of ZooKeeper: how many.
    nodes: usize,
    down: Vec<i32>,
    paused: Vec<i32>,
    /// Partitions of each topic.
    topics: Vec<usize>,
    /// Names of producers and the transactional ids that they use.
    producers: Vec<(String, Option<usize>)>,
    transactional: usize,
    groups: usize,
    /// Topics that may be deleted.
    doomed: usize,
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
        Profile::Mixed => *chance.one_of(MIX),
        profile => profile,
    };
    let count = match profile {
        Profile::Weak => *chance.one_of(&[1, 2, 3, 3, 4]),
        Profile::Copies => 3,
        _ => *chance.one_of(&[3, 3, 3, 4, 5]),
    };
    let nodes = match profile {
        Profile::Copies => *chance.one_of(&[1, 1, 3]),
        _ => *chance.one_of(&[1, 1, 3, 3, 5]),
    };
    let mut maker = Maker {
        chance,
        profile,
        brokers: (101..=100 + count).collect(),
        nodes,
        down: Vec::new(),
        paused: Vec::new(),
        topics: Vec::new(),
        producers: Vec::new(),
        transactional: 0,
        groups: 0,
        doomed: 0,
        text: String::new(),
    };
    maker.header(seed);
    if profile == Profile::Copies {
        maker.copies(steps);
        return maker.text;
    }
    maker.beginning();
    for _ in 0..steps {
        maker.fault();
        maker.pause();
    }
    maker.peace();
    maker.line("wait 150s");
    maker.text
}

impl Maker {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Whether a thing happens that happens in so many cases of a hundred.
    fn percent(&mut self, percent: usize) -> bool {
        self.chance.below(100) < percent
    }

    fn header(&mut self, seed: u64) {
        let chance = &mut self.chance;
        let session = *chance.one_of(&[3_000, 6_000, 9_000]);
        let mut props = vec![
            format!("offsets.topic.num.partitions={}", 1 + chance.below(3)),
            format!("transaction.state.log.num.partitions={}", 1 + chance.below(2)),
            format!("replica.lag.time.max.ms={}", *chance.one_of(&[1_000, 3_000, 10_000, 30_000])),
            format!("leader.imbalance.check.interval.seconds={}", *chance.one_of(&[3, 10, 300])),
            format!("group.initial.rebalance.delay.ms={}", *chance.one_of(&[0, 1_000, 3_000])),
        ];
        let mode = if self.profile == Profile::ZooKeeper {
            props.push(format!("zookeeper.session.timeout.ms={session}"));
            " mode=zookeeper"
        } else {
            props.push(format!("broker.session.timeout.ms={session}"));
            props.push(format!("broker.heartbeat.interval.ms={}", *chance.one_of(&[500, 1_000, 2_000])));
            // In one case of three snapshots of the metadata are small and many, and logs are cut all the time.
            if seed.is_multiple_of(3) {
                props.push(format!(
                    "metadata.log.max.record.bytes.between.snapshots={}",
                    1_000 + seed % 7 * 500
                ));
                props.push("metadata.max.retention.bytes=3000 metadata.log.segment.ms=5000".to_owned());
                props.push("controller.quorum.fetch.snapshot.max.bytes=700".to_owned());
            }
            ""
        };
        let (count, nodes) = (self.brokers.len(), self.nodes);
        let _ = writeln!(
            self.text,
            "# cluster:{mode} brokers={count} nodes={nodes} seed={seed} props=\"{}\"",
            props.join(" ")
        );
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
        let (number, partitions) = (self.topics.len(), 1 + self.chance.below(3));
        self.topics.push(partitions);
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
            "kafka-topics {SERVER} --create --topic t{number} --partitions {partitions} \
             --replication-factor {copies} --config min.insync.replicas={min}{unclean}"
        ));
    }

    fn producer(&mut self) {
        let topic = self.chance.below(self.topics.len());
        self.producer_to(&format!("t{topic}"));
    }

    fn producer_to(&mut self, topic: &str) {
        let name = format!("p{}", self.producers.len());
        // It must be done before the end of the peace.
        let (rate, most) = *self.chance.one_of(&[("2/s", 100), ("10/s", 400), ("30/s", 600), ("100/s", 600)]);
        let (keys, count) = (1 + self.chance.below(4), 20 + self.chance.below(most));
        let acks = match self.profile {
            Profile::Weak => *self.chance.one_of(&["0", "1", "1", "all", "all --idempotence false"]),
            _ => "all",
        };
        let share = if self.profile == Profile::Transactions { 80 } else { 15 };
        let transactional = acks == "all" && self.percent(share);
        let (mut id, mut more) = (None, String::new());
        if transactional {
            // Sometimes the id of somebody who is at work, or was: one of them is fenced.
            let number = self.chance.below(self.transactional + 1);
            self.transactional = self.transactional.max(number + 1);
            let span = *self.chance.one_of(&["100ms", "1s", "5s"]);
            let abort = *self.chance.one_of(&["", " --abort-every 2", " --abort-every 3"]);
            more = format!(" --transactional-id x{number} --transaction {span}{abort}");
            id = Some(number);
        }
        self.line(&format!(
            "producer start {name} --topic {topic} --rate {rate} --keys {name}-1..{name}-{keys} \
             --payload counter --count {count} --acks {acks}{more}"
        ));
        self.producers.push((name, id));
    }

    fn group(&mut self) {
        let (number, topic) = (self.groups, self.chance.below(self.topics.len()));
        self.groups += 1;
        let members = 1 + self.chance.below(3);
        let assignor = *self.chance.one_of(&[
            "",
            " --assignor roundrobin",
            " --assignor cooperative-sticky",
            " --work 20ms",
            " --isolation read_committed",
        ]);
        self.line(&format!(
            "consumer start c{number} --topic t{topic} --group g{number} --from beginning --count {members}{assignor}"
        ));
    }

    fn pause(&mut self) {
        let spans = ["5ms", "50ms", "200ms", "700ms", "2s", "2s", "5s", "5s", "11s", "20s", "35s"];
        let span = *self.chance.one_of(&spans);
        self.line(&format!("wait {span}"));
    }

    /// The end: everything is mended, and must come right again.
    fn peace(&mut self) {
        self.line(PEACE);
        self.line("network heal");
        self.line("network release");
        let servers = if self.profile == Profile::ZooKeeper { "zookeeper" } else { "controller" };
        for id in 1..=self.nodes {
            self.line(&format!("{servers} resume {id}"));
            self.line(&format!("{servers} start {id}"));
        }
        for id in self.brokers.clone() {
            self.line(&format!("broker resume {id}"));
            self.line(&format!("broker start {id}"));
            self.line(&format!("broker disk {id} --delay 0"));
        }
    }
}

/// The line above which a script may be shrunk.
pub const PEACE: &str = "# Peace: everything is mended, and must come right again.";
