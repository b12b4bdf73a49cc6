//! `kafka-log-dirs`: how large the replicas of each broker are on disk (KIP-113).

use super::kit::{self, Thrown};
use super::tables::LOG_DIRS;
use crate::client::{ClientCall, ClientError, ClientEvent};
use crate::command::options::{Parsed, missing_required};
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::java::hash_order;
use crate::json::{list, quote};
use crate::node::{BrokerId, ClientId};
use crate::protocol::{LogDirs as Dirs, MetadataRequest, Request, Response, TopicPartition};
use crate::view::joined;
use serde::Serialize;

const NAME: &str = "kafka-log-dirs";

/// A running `kafka-log-dirs`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogDirs {
    args: Vec<String>,
    client: Option<ClientId>,
    topics: Vec<String>,
    /// The brokers that are wanted; all if none is named.
    wanted: Vec<BrokerId>,
    asked: Vec<BrokerId>,
}

impl LogDirs {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> LogDirs {
        let (topics, wanted, asked) = (Vec::new(), Vec::new(), Vec::new());
        LogDirs { args: args.to_vec(), client: None, topics, wanted, asked }
    }

    fn open(&mut self, io: &mut dyn Io, options: &Parsed) -> Result<(), Thrown> {
        let client = kit::open_admin(io, options, "log-dirs-tool")?;
        self.client = Some(client);
        self.topics = words(options.value("topic-list")?);
        for word in words(options.value("broker-list")?) {
            self.wanted.push(word.parse().map_err(|_| Thrown::no_number(&word))?);
        }
        let request =
            Request::Metadata(MetadataRequest { topics: Some(Vec::new()), allow_auto_topic_creation: false });
        io.call(client, ClientCall::Admin { tag: 0, name: "listNodes", request });
        Ok(())
    }

    /// Asks the brokers that are there, if all that were named are.
    fn ask(&mut self, io: &mut dyn Io, present: Vec<BrokerId>) {
        let present = hash_order(present);
        let wanted = if self.wanted.is_empty() { present.clone() } else { hash_order(self.wanted.clone()) };
        let mut absent = wanted.clone();
        absent.retain(|id| !present.contains(id));
        // Up to 2.8 those that are not there are asked all the same.
        if !absent.is_empty() && io.release() > Release::V2 {
            io.complain(format_args!(
                "ERROR: The given brokers do not exist from --broker-list: {}. Current existent brokers: {}\n",
                joined(absent, ","),
                joined(present, ",")
            ));
            return kit::leave(io, self.client.take(), 1);
        }
        for id in wanted {
            if !self.asked.contains(&id) {
                self.asked.push(id);
            }
        }
        io.out("Querying brokers for log directories information\n");
        if let Some(client) = self.client {
            let request = Request::DescribeLogDirs(self.asked.clone());
            io.call(client, ClientCall::Admin { tag: 0, name: "describeLogDirs", request });
        }
    }

    fn report(&mut self, io: &mut dyn Io, dirs: &Dirs) {
        io.print(format_args!(
            "Received log directory information from brokers {}\n",
            joined(&self.asked, ",")
        ));
        let mut ordered: Dirs = Vec::new();
        for id in &self.asked {
            ordered.extend(dirs.iter().find(|(broker, ..)| broker == id).cloned());
        }
        if io.release() <= Release::V2 {
            return self.report_old(io, &ordered);
        }
        let mut json = String::from("{\"brokers\":");
        list(&mut json, &ordered, |out, (broker, path, replicas)| {
            out.push_str(&format!("{{\"broker\":{broker},\"logDirs\":[{{\"partitions\":"));
            list(out, &self.shown(replicas), |out, (tp, size)| {
                out.push_str("{\"partition\":");
                quote(out, &tp.to_string());
                out.push_str(&format!(",\"size\":{size},\"offsetLag\":0,\"isFuture\":false}}"));
            });
            out.push_str(",\"error\":null,\"logDir\":");
            quote(out, path);
            out.push_str("}]}");
        });
        io.print(format_args!("{json},\"version\":1}}\n"));
        kit::leave(io, self.client.take(), 0);
    }

    /// The same up to 2.8, where the fields stood in another order.
    fn report_old(&mut self, io: &mut dyn Io, ordered: &Dirs) {
        let mut json = String::from("{\"version\":1,\"brokers\":");
        list(&mut json, ordered, |out, (broker, path, replicas)| {
            out.push_str(&format!("{{\"broker\":{broker},\"logDirs\":[{{\"logDir\":"));
            quote(out, path);
            out.push_str(",\"error\":null,\"partitions\":");
            list(out, &self.shown(replicas), |out, (tp, size)| {
                out.push_str("{\"partition\":");
                quote(out, &tp.to_string());
                out.push_str(&format!(",\"size\":{size},\"offsetLag\":0,\"isFuture\":false}}"));
            });
            out.push_str("}]}");
        });
        io.print(format_args!("{json}}}\n"));
        kit::leave(io, self.client.take(), 0);
    }

    /// The replicas of the topics that were named, as Java walks them.
    fn shown(&self, replicas: &[(TopicPartition, u64)]) -> Vec<(TopicPartition, u64)> {
        let is_wanted = |tp: &TopicPartition| {
            self.topics.is_empty() || self.topics.iter().any(|name| **name == *tp.topic)
        };
        let mut shown = Vec::new();
        let names = replicas.iter().map(|(tp, _)| tp.clone()).filter(is_wanted);
        for tp in hash_order(names) {
            shown.extend(replicas.iter().find(|(other, _)| *other == tp).cloned());
        }
        shown
    }

    fn on_failure(&mut self, io: &mut dyn Io, error: ClientError) {
        let mut thrown = Thrown::from(error);
        if io.release() <= Release::V2 && thrown.message.starts_with("Timed out waiting for a node") {
            let now = io.now().wall_ms();
            let class = thrown.class.clone();
            let message = format!(
                "Call(callName=describeLogDirs, deadlineMs={now}, tries=1, nextAllowedTryMs={now}) timed out at {now} \
                 after 1 attempt(s)"
            );
            thrown = thrown.inside(&class, message);
        }
        self.fail(io, &thrown.in_execution());
    }

    fn fail(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        kit::tell(io, thrown, Release::V3);
        kit::leave(io, self.client.take(), 1);
    }
}

/// The words between commas, empty ones left out.
fn words(text: Option<&str>) -> Vec<String> {
    text.unwrap_or_default().split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

impl Program for LogDirs {
    fn start(&mut self, io: &mut dyn Io) {
        let about = "This tool helps to query log directory usage on the specified brokers.";
        let options = match kit::opening(io, NAME, LOG_DIRS, &self.args, about) {
            Ok(Some(options)) => options,
            Ok(None) => return,
            Err(thrown) => return self.fail(io, &thrown),
        };
        if let Some(message) = missing_required(&options, &["bootstrap-server", "describe"]) {
            return kit::refuse(io, NAME, &message);
        }
        if let Err(thrown) = self.open(io, &options) {
            self.fail(io, &thrown);
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        let Some(result) = kit::answer(io, self.client, event) else { return };
        match result {
            Ok(Response::Metadata(metadata)) => {
                let present = metadata.brokers.into_iter().map(|(id, _)| id).collect();
                self.ask(io, present);
            }
            Ok(Response::DescribeLogDirs(dirs)) => self.report(io, &dirs),
            Ok(_) => {}
            Err(error) => self.on_failure(io, error),
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }
}
