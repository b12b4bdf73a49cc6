//! `kafka-get-offsets`: the offsets of partitions.

mod filter;
mod old;
#[cfg(test)]
mod tests;

use super::kit::{self, Thrown};
use super::tables::GET_OFFSETS;
use crate::client::{ClientCall, ClientError, ClientEvent};
use crate::command::options::{Parsed, missing_required};
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::java::{HashOrder, hash_order, hash_order_in};
use crate::node::ClientId;
use crate::protocol::{
    DescribeTopicsRequest, ErrorCode, IsolationLevel, ListOffsetsRequest, MetadataRequest, OffsetSpec,
    Request, Response, TopicName, TopicPartition,
};
use crate::sorted::SortedMap;
use serde::Serialize;

const NAME: &str = "kafka-get-offsets";
const TERSE: &str = "org.apache.kafka.tools.TerseException";
const NOTHING: &str = "Could not match any topic-partitions with the specified filters";

/// A running `kafka-get-offsets`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GetOffsets {
    args: Vec<String>,
    options: Parsed,
    client: Option<ClientId>,
    /// The partitions that were asked about.
    asked: Vec<TopicPartition>,
    /// Partitions of which nobody could tell, and why.
    untold: Vec<(TopicPartition, String)>,
}

impl GetOffsets {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> GetOffsets {
        GetOffsets {
            args: args.to_vec(),
            options: Parsed::default(),
            client: None,
            asked: Vec::new(),
            untold: Vec::new(),
        }
    }

    fn open(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        if io.release() > Release::V2 {
            filter::rules(&self.options)?;
            self.time()?;
        } else if let Err(why) = self.requested() {
            io.complain(format_args!("{why}\n"));
            io.exit(1);
            return Ok(());
        } else {
            self.options.number("time")?;
        }
        self.client = Some(kit::open_admin(io, &self.options, "GetOffsetShell")?);
        let request = MetadataRequest { topics: None, allow_auto_topic_creation: false };
        self.ask(io, "listTopics", Request::Metadata(request));
        Ok(())
    }

    fn ask(&self, io: &mut dyn Io, name: &'static str, request: Request) {
        if let Some(client) = self.client {
            io.call(client, ClientCall::Admin { tag: 0, name, request });
        }
    }

    /// What `--time` means.
    fn time(&self) -> Result<OffsetSpec, Thrown> {
        let release = self.options.release;
        let text = self.options.value("time")?.unwrap_or_default();
        Ok(match text {
            "latest" | "-1" => OffsetSpec::Latest,
            "earliest" | "-2" => OffsetSpec::Earliest,
            "max-timestamp" | "-3" => OffsetSpec::MaxTimestamp,
            "earliest-local" | "-4" => OffsetSpec::EarliestLocal,
            "latest-tiered" | "-5" => OffsetSpec::LatestTiered,
            "earliest-pending-upload" | "-6" if release >= Release::V4 => OffsetSpec::EarliestPendingUpload,
            other => OffsetSpec::Timestamp(other.parse().map_err(|_| {
                Thrown::new(
                    TERSE,
                    format!(
                        "Malformed time argument {other}. Please use -1 or latest / -2 or earliest / -3 or \
                         max-timestamp / -4 or earliest-local / -5 or latest-tiered{}, or a specified long format \
                         timestamp",
                        if release >= Release::V4 { " / -6 or earliest-pending-upload" } else { "" }
                    ),
                )
            })?),
        })
    }

    fn on_answer(&mut self, io: &mut dyn Io, response: Response) -> Result<bool, Thrown> {
        let rules = filter::rules(&self.options)?;
        match response {
            Response::Metadata(metadata) => {
                let hidden = self.options.has("exclude-internal-topics");
                let mut topics: Vec<TopicName> = Vec::new();
                for topic in metadata.topics {
                    if !(hidden && topic.is_internal) && filter::fits_topic(&rules, &topic.name) {
                        topics.push(topic.name);
                    }
                }
                if topics.is_empty() {
                    return Err(Thrown::new(TERSE, NOTHING));
                }
                let request = DescribeTopicsRequest { topics: Some(topics), with_settings: false };
                self.ask(io, "describeTopics", Request::DescribeTopicPartitions(request));
                Ok(false)
            }
            Response::DescribeTopicPartitions(described) => {
                for topic in described.topics {
                    for each in topic.partitions {
                        if filter::fits(&rules, &topic.name, each.partition) {
                            self.asked.push(TopicPartition::new(topic.name.clone(), each.partition));
                        }
                    }
                }
                if self.asked.is_empty() {
                    return Err(Thrown::new(TERSE, NOTHING));
                }
                let time = self.time()?;
                if matches!(time, OffsetSpec::Timestamp(..0)) {
                    return Ok(self.refused(io));
                }
                let mut partitions = Vec::new();
                for partition in &self.asked {
                    partitions.push((partition.clone(), -1, time));
                }
                let request = ListOffsetsRequest { isolation: IsolationLevel::ReadUncommitted, partitions };
                self.ask(io, "listOffsets", Request::ListOffsets(request));
                Ok(false)
            }
            Response::ListOffsets(listed) => {
                let mut found = Vec::new();
                for each in listed.partitions {
                    let why = self.untold.iter().find(|(partition, _)| *partition == each.partition);
                    let offset = match (each.error, why) {
                        (ErrorCode::None, _) => Ok(each.offset),
                        (_, Some((_, why))) => Err(why.clone()),
                        (code, None) => Err(Thrown::of(code).head()),
                    };
                    found.push((each.partition, offset));
                }
                print(io, found);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Brokers do not know what a time of this number means.
    fn refused(&mut self, io: &mut dyn Io) -> bool {
        let code = ErrorCode::UnsupportedVersion;
        let mut skipped = Vec::new();
        for partition in hash_order(std::mem::take(&mut self.asked)) {
            let message = format!(
                "[AdminClient clientId=GetOffsetShell] ListOffsets request for topic partition {partition} failed due to \
                 an unexpected error {}",
                code.name()
            );
            kit::log(io, "ERROR", &message, "org.apache.kafka.clients.admin.internals.ListOffsetsHandler");
            skipped.push((partition, Err(Thrown::of(code).head())));
        }
        print(io, skipped);
        true
    }

    /// A call failed as a whole: while offsets are asked for, that skips every partition.
    fn on_failure(&mut self, io: &mut dyn Io, error: ClientError) {
        let thrown = Thrown::from(error);
        if io.release() <= Release::V2 {
            let why = match self.asked.is_empty() {
                true => "Timeout expired while fetching topic metadata",
                false => "Failed to get offsets by times in 30000ms",
            };
            let is_late = thrown.class.ends_with(".TimeoutException");
            let thrown = if is_late { Thrown::new(&thrown.class, why) } else { thrown };
            return self.fail(io, &thrown);
        }
        if self.asked.is_empty() {
            return self.fail(io, &thrown.in_execution());
        }
        let mut skipped = Vec::new();
        for partition in std::mem::take(&mut self.asked) {
            skipped.push((partition, Err(thrown.head())));
        }
        print(io, skipped);
        self.finish(io, 0);
    }

    fn fail(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        if io.release() <= Release::V2 {
            kit::uncaught(io, thrown);
            kit::trouble_note(io, &thrown.message);
            return self.finish(io, 1);
        }
        io.complain(format_args!("Error occurred: {}\n", thrown.message));
        if thrown.class != TERSE {
            io.complain(format_args!("{}\n", thrown.trace()));
        }
        self.finish(io, 1);
    }

    fn finish(&mut self, io: &mut dyn Io, code: i32) {
        kit::leave(io, self.client.take(), code);
    }
}

/// Rows sorted by the names of the partitions; what could not be told goes to standard error, in the order of a map.
fn print(io: &mut dyn Io, mut found: Vec<(TopicPartition, Result<i64, String>)>) {
    // By topic in the order of a map of them, which were put into it out of another map; and there by number.
    let mut failed: SortedMap<TopicName, SortedMap<i32, String>> = SortedMap::new();
    for (partition, offset) in &found {
        let of_topic = failed.entry(partition.topic.clone()).or_default();
        if let Err(why) = offset {
            of_topic.insert(partition.partition, why.clone());
        }
    }
    let table = HashOrder::sized(failed.len()).buckets();
    for topic in hash_order_in(table, hash_order(failed.keys().cloned())) {
        for (number, why) in failed.get(&topic).into_iter().flatten() {
            io.complain(format_args!(
                "Skip getting offsets for topic-partition {topic}-{number} due to error: {why}\n"
            ));
        }
    }
    crate::sorted::sort_by_cached_key(&mut found, |(partition, _)| partition.to_string());
    for (partition, offset) in found {
        if let Ok(offset @ 0..) = offset {
            io.print(format_args!("{}:{}:{offset}\n", partition.topic, partition.partition));
        }
    }
}

impl Program for GetOffsets {
    fn start(&mut self, io: &mut dyn Io) {
        match Parsed::parse(GET_OFFSETS, &self.args, io.release()) {
            Ok(options) => {
                self.options = options;
            }
            Err(error) => {
                if io.release() <= Release::V2 {
                    return self.fail(io, &error.into());
                }
                let message = error.message();
                kit::trouble_note(io, &message);
                return self.fail(io, &Thrown::new(TERSE, message));
            }
        }
        if self.options.is_empty || self.options.has("help") {
            let about = match io.release() {
                Release::V2 => "An interactive shell for getting topic offsets.",
                _ => "An interactive shell for getting topic-partition offsets.",
            };
            return kit::refuse(io, NAME, about);
        }
        if self.options.has("version") {
            return kit::version(io);
        }
        let old = io.release() <= Release::V2;
        let server = if self.options.has("bootstrap-server") || !io.is_3_9() {
            "bootstrap-server"
        } else {
            "broker-list"
        };
        if io.release() == Release::V3 && !self.options.has(server) {
            let message = "Missing required option(s) [bootstrap-server]";
            return self.fail(io, &Thrown::new(TERSE, message));
        }
        let required = [server, "topic"];
        let required = required.get(..=usize::from(old)).unwrap_or_default();
        if let Some(message) = missing_required(&self.options, required) {
            return kit::refuse(io, NAME, &message);
        }
        let servers = match self.options.value(server) {
            Ok(servers) => servers.unwrap_or_default(),
            Err(error) => return self.fail(io, &error.into()),
        };
        if !kit::has_ports(servers) {
            let why = kit::wrong_ports(io.release());
            return kit::refuse(io, NAME, why);
        }
        if let Err(thrown) = self.open(io) {
            self.fail(io, &thrown);
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        match event {
            ClientEvent::Log(mut line) => {
                if io.release() <= Release::V2 {
                    // It was a consumer then.
                    let me = "[Consumer clientId=GetOffsetShell, groupId=null]";
                    line.message = line.message.replace("[AdminClient clientId=GetOffsetShell]", me);
                }
                kit::client_log(io, &line);
            }
            ClientEvent::PartitionFailed { partition, error, .. } => {
                self.untold.push((partition, Thrown::from(error).head()));
            }
            ClientEvent::Answered { result, .. } if self.client.is_some() => match result {
                Ok(response) if io.release() <= Release::V2 => match self.on_old_answer(io, response) {
                    Ok(None) => {}
                    Ok(Some(code)) => self.finish(io, code),
                    Err(thrown) => self.fail(io, &thrown),
                },
                Ok(response) => match self.on_answer(io, response) {
                    Ok(false) => {}
                    Ok(true) => self.finish(io, 0),
                    Err(thrown) => self.fail(io, &thrown),
                },
                Err(error) => self.on_failure(io, error),
            },
            _ => {}
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }
}
