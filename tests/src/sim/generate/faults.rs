//! The faults that a seed draws from: servers, disks, network, and what people change while all that happens.

use super::{Maker, Profile, SERVER};
use std::fmt::Write;

impl Maker {
    pub(super) fn fault(&mut self) {
        match self.chance.below(100) {
            0..=37 => self.process(),
            38..=45 => self.quorum(),
            46..=67 => self.network(),
            68..=72 => self.disk(),
            73..=82 => self.change(),
            83..=88 => self.producer(),
            89..=91 => self.group(),
            _ if self.profile == Profile::Groups => self.member(),
            92..=95 => self.ended_producer(),
            _ => self.member(),
        }
    }

    fn up(&mut self) -> Option<i32> {
        let up: Vec<i32> = self.brokers.iter().copied().filter(|id| !self.down.contains(id)).collect();
        (!up.is_empty()).then(|| *self.chance.one_of(&up))
    }

    fn server(&mut self) -> String {
        let kind = if self.profile == Profile::ZooKeeper { "zookeeper" } else { "controller" };
        format!("{kind}-{}", 1 + self.chance.below(self.nodes))
    }

    /// Somebody on the network.
    fn node(&mut self) -> String {
        match self.chance.below(8) {
            0 => self.server(),
            1 if !self.producers.is_empty() => {
                let place = self.chance.below(self.producers.len());
                self.producers[place].0.clone()
            }
            _ => self.chance.one_of(&self.brokers.clone()).to_string(),
        }
    }

    /// A broker's process ends, freezes, begins.
    pub(super) fn process(&mut self) {
        let down = self.down.len();
        match self.chance.below(12) {
            0..=4 if down > 0 => {
                let id = self.down.remove(self.chance.below(down));
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
                    let restarts = self.percent(30);
                    self.line(&format!("broker {} {id}", if restarts { "restart" } else { "stop" }));
                    if !restarts {
                        self.down.push(id);
                    }
                }
            }
            9..=10 if !self.paused.is_empty() => {
                let id = self.paused.remove(self.chance.below(self.paused.len()));
                self.line(&format!("broker resume {id}"));
            }
            _ => {
                if let Some(id) = self.up() {
                    self.paused.push(id);
                    self.line(&format!("broker pause {id}"));
                }
            }
        }
    }

    /// The same for those who decide: controllers, or servers of ZooKeeper.
    pub(super) fn quorum(&mut self) {
        let kind = if self.profile == Profile::ZooKeeper { "zookeeper" } else { "controller" };
        let how = *self.chance.one_of(&["crash", "crash", "stop", "pause", "start", "start", "resume"]);
        let id = 1 + self.chance.below(self.nodes);
        self.line(&format!("{kind} {how} {id}"));
    }

    pub(super) fn network(&mut self) {
        let (a, b) = (self.node(), self.node());
        let one_way = if self.percent(40) { " --one-way" } else { "" };
        let line = match self.chance.below(20) {
            0..=5 => format!("network cut {a} {b}{one_way}"),
            6..=8 => "network heal".to_owned(),
            9..=10 => {
                let from = if self.percent(50) { " --from servers" } else { "" };
                format!("network isolate {a}{from}")
            }
            11 => format!("network heal {a}"),
            12..=13 => {
                let delay = *self.chance.one_of(&["5ms", "50ms", "400ms", "3s"]);
                format!("network delay {a} {b} {delay}{one_way}")
            }
            14..=15 => {
                let part = *self.chance.one_of(&["1%", "10%", "40%"]);
                format!("network drop {a} {b} {part}{one_way}")
            }
            16..=17 => {
                let what = *self.chance.one_of(&[
                    "",
                    " --request Fetch",
                    " --response Fetch",
                    " --request Produce",
                    " --response Produce",
                    " --request AlterPartition",
                    " --response BrokerHeartbeat",
                ]);
                format!("network hold {a} {b}{what}")
            }
            18 => "network release".to_owned(),
            _ => "network drop held".to_owned(),
        };
        if !line.ends_with(&format!("{a} {a}")) && !line.contains(&format!("{a} {a} ")) {
            self.line(&line);
        }
    }

    fn disk(&mut self) {
        let Some(id) = self.up() else { return };
        let disks = self.profile == Profile::Disks;
        match self.chance.below(4) {
            0 if disks => {
                self.down.push(id);
                self.line(&format!("broker lose-disk {id}"));
            }
            1 | 2 if disks => {
                self.down.push(id);
                self.line(&format!("broker power-off {id}"));
            }
            _ => {
                let delay = *self.chance.one_of(&["0", "5ms", "50ms", "400ms"]);
                self.line(&format!("broker disk {id} --delay {delay}"));
            }
        }
    }

    /// What people change while the cluster is at work.
    fn change(&mut self) {
        match self.chance.below(7) {
            0 => self.line(&format!(
                "kafka-leader-election {SERVER} --election-type preferred --all-topic-partitions"
            )),
            1 | 2 => self.reassign(),
            3 => {
                let topic = self.chance.below(self.topics.len());
                let more = self.topics[topic] + 1;
                self.topics[topic] = more;
                self.line(&format!("kafka-topics {SERVER} --alter --topic t{topic} --partitions {more}"));
            }
            4 | 5 => self.setting(),
            _ if self.doomed > 0 && self.percent(60) => {
                let number = self.chance.below(self.doomed);
                self.line(&format!("kafka-topics {SERVER} --delete --topic d{number}"));
            }
            _ => {
                let number = self.doomed;
                self.doomed += 1;
                let copies = self.brokers.len().min(3);
                self.line(&format!(
                    "kafka-topics {SERVER} --create --topic d{number} --partitions 2 --replication-factor {copies}"
                ));
                self.producer_to(&format!("d{number}"));
            }
        }
    }

    /// A partition moves to brokers drawn by chance; in every second case only their order changes.
    fn reassign(&mut self) {
        let topic = self.chance.below(self.topics.len());
        let partition = self.chance.below(self.topics[topic]);
        let mut left = self.brokers.clone();
        let most = left.len();
        let count = if self.profile == Profile::Weak {
            1 + self.chance.below(most)
        } else {
            3 + self.chance.below(most - 2)
        };
        let mut chosen = String::new();
        for place in 0..count {
            let id = left.remove(self.chance.below(left.len()));
            let _ = write!(chosen, "{}{id}", if place == 0 { "" } else { "," });
        }
        self.line(&format!(
            "echo '{{\"version\":1,\"partitions\":[{{\"topic\":\"t{topic}\",\"partition\":{partition},\
             \"replicas\":[{chosen}]}}]}}' > plan.json"
        ));
        let what = *self.chance.one_of(&["--execute", "--execute", "--execute --additional", "--cancel"]);
        self.line(&format!("kafka-reassign-partitions {SERVER} --reassignment-json-file plan.json {what}"));
    }

    /// A topic's setting that changes no promise.
    fn setting(&mut self) {
        let topic = self.chance.below(self.topics.len());
        let settings: &[&str] = match self.profile {
            Profile::Weak => &["min.insync.replicas=1", "flush.messages=1", "max.message.bytes=2000000"],
            _ => &[
                "min.insync.replicas=1",
                "min.insync.replicas=2",
                "min.insync.replicas=3",
                "flush.messages=1",
                "segment.ms=5000",
                "message.timestamp.type=LogAppendTime",
            ],
        };
        let setting = *self.chance.one_of(settings);
        self.line(&format!(
            "kafka-configs {SERVER} --alter --entity-type topics --entity-name t{topic} --add-config {setting}"
        ));
    }

    /// A producer ends.
    fn ended_producer(&mut self) {
        if self.producers.is_empty() {
            return self.producer();
        }
        let place = self.chance.below(self.producers.len());
        let (name, how) = (self.producers[place].0.clone(), *self.chance.one_of(&["crash", "stop"]));
        self.line(&format!("producer {how} {name}"));
    }

    /// Members of groups come, go and crash.
    fn member(&mut self) {
        if self.groups == 0 {
            return self.group();
        }
        let (group, member) = (self.chance.below(self.groups), 1 + self.chance.below(3));
        match self.chance.below(6) {
            0..=1 => self.line(&format!("consumer crash c{group}-{member}")),
            2..=3 => self.line(&format!("consumer stop c{group}-{member}")),
            _ => {
                let topic = self.chance.below(self.topics.len());
                self.line(&format!(
                    "consumer start c{group}-{member} --topic t{topic} --group g{group} --from beginning"
                ));
            }
        }
    }
}
