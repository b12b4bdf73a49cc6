//! Copy applications: the same input, three guarantees, one schedule of crashes.

use super::{Maker, SERVER};

/// The applications, named after the topic they write, and what they promise.
pub const COPIES: [(&str, &str); 3] =
    [("exact", "exactly_once"), ("least", "at_least_once"), ("most", "at_most_once")];

impl Maker {
    pub(super) fn copies(&mut self, steps: u32) {
        let partitions = 1 + self.chance.below(2);
        self.line(&format!(
            "kafka-topics {SERVER} --create --topic source --partitions {partitions} --replication-factor 3 \
             --config min.insync.replicas=2"
        ));
        for (name, _) in COPIES {
            let partitions = 1 + self.chance.below(2);
            self.line(&format!(
                "kafka-topics {SERVER} --create --topic {name} --partitions {partitions} --replication-factor 3 \
                 --config min.insync.replicas=2"
            ));
        }
        let (rate, count) = (*self.chance.one_of(&["5/s", "20/s", "50/s"]), 50 + self.chance.below(150));
        self.line(&format!(
            "producer start p0 --topic source --rate {rate} --keys p0-1..p0-3 --payload counter --count {count}"
        ));
        if self.percent(30) {
            // Some of the input is aborted: who reads committed records must not copy it.
            self.line(
                "producer start p1 --topic source --rate 10/s --keys p1-1..p1-3 --payload counter --count 60 \
                 --transactional-id input --transaction 700ms --abort-every 3",
            );
        }
        let work = *self.chance.one_of(&["0ms", "2ms", "20ms"]);
        let options = format!("--work {work} --batch {}", *self.chance.one_of(&[1, 5, 20, 100]));
        self.start_copies(&options, 0);
        for _ in 0..steps {
            self.short_pause();
            match self.chance.below(20) {
                0..=6 => {
                    // All of them at the same moment, and again soon after.
                    let how = *self.chance.one_of(&["crash", "crash", "crash", "stop"]);
                    for (name, _) in COPIES {
                        self.line(&format!("app {how} {name}"));
                    }
                    self.short_pause();
                    self.start_copies(&options, 30);
                }
                7..=8 => self.start_copies(&options, 50),
                9..=15 => self.process(),
                16 => self.quorum(),
                _ => self.network(),
            }
        }
        self.peace();
        // One that stands at a named point of its code crashes there; the next one has no such point.
        self.line("wait 60s");
        for (name, _) in COPIES {
            self.line(&format!("app crash {name}"));
        }
        self.start_copies(&options, 0);
        self.line("wait 150s");
    }

    /// Those that do not run, some of them with a point at which they crash.
    fn start_copies(&mut self, options: &str, percent: usize) {
        let point = if self.percent(percent) {
            *self.chance.one_of(&[" --crash after-read", " --crash before-commit", " --crash after-commit"])
        } else {
            ""
        };
        for (name, guarantee) in COPIES {
            self.line(&format!(
                "app start copy {name} --from source --to {name} --guarantee {guarantee} {options}{point}"
            ));
        }
    }

    fn short_pause(&mut self) {
        let span = *self.chance.one_of(&["3ms", "20ms", "120ms", "500ms", "1s", "3s", "8s", "20s"]);
        self.line(&format!("wait {span}"));
    }
}
