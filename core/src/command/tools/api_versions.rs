//! `kafka-broker-api-versions`: which requests each broker understands.
//!
//! All brokers here are of one version, so the table is one; which of them answer is asked.

mod older;

use super::kit::{self, Thrown};
use super::tables::API_VERSIONS;
use crate::client::{ClientCall, ClientEvent, LogLine};
use crate::command::options::Parsed;
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::node::ClientId;
use crate::protocol::{MetadataRequest, Request, Response};
use crate::view::joined;
use serde::Serialize;

const NAME: &str = "kafka-broker-api-versions";

/// A running `kafka-broker-api-versions`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BrokerApiVersions {
    args: Vec<String>,
    client: Option<ClientId>,
    /// Servers of `--bootstrap-server`, and those among them that could not be reached.
    servers: Vec<String>,
    missed: Vec<String>,
}

impl BrokerApiVersions {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> BrokerApiVersions {
        BrokerApiVersions { args: args.to_vec(), client: None, servers: Vec::new(), missed: Vec::new() }
    }

    fn fail(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        kit::tell(io, thrown, Release::V4);
        self.finish(io, 1);
    }

    fn finish(&mut self, io: &mut dyn Io, code: i32) {
        kit::leave(io, self.client.take(), code);
    }

    /// It has a client of its own, which tries every server once.
    fn on_log(&mut self, io: &mut dyn Io, mut line: LogLine) {
        let is_missed = line.message.contains(" could not be established.");
        let is_about = |server: &&String| {
            server.rsplit_once(':').is_some_and(|(host, port)| {
                line.message.contains(&format!("({host}/")) && line.message.contains(&format!(":{port})"))
            })
        };
        let found = self.servers.iter().find(is_about);
        let Some(server) = found.filter(|_| is_missed).cloned() else {
            line.message = line.message.replace(KNOWN_AS, CALLED);
            return kit::client_log(io, &line);
        };
        let place = self.servers.iter().position(|known| *known == server).unwrap_or(0) + 1;
        let fenced = if io.is_3_9() { "" } else { " isFenced: false" };
        let name = format!("{server} (id: -{place} rack: null{fenced})");
        if self.missed.contains(&name) {
            return;
        }
        line.message = line.message.replace(KNOWN_AS, CALLED);
        kit::client_log(io, &line);
        line.message = format!("{CALLED} Bootstrap broker {name} disconnected");
        kit::client_log(io, &line);
        self.missed.push(name);
        if self.missed.len() == self.servers.len() {
            let all = joined(&self.missed, ", ");
            let list = if io.is_3_9() { format!("List({all})") } else { format!("[{all}]") };
            let message = format!("Request METADATA failed on brokers {list}");
            self.fail(io, &Thrown::new("java.lang.RuntimeException", message));
        }
    }
}

/// How an admin client calls itself in logs, and how that of this tool does.
const KNOWN_AS: &str = "[AdminClient clientId=adminclient-1]";
const CALLED: &str = "[LegacyAdminClient clientId=admin-1]";

/// Name, key, and the first and last version.
type Api = (&'static str, i16, Option<(i16, i16)>);

fn table(release: Release) -> String {
    let row = |(name, key, versions): &Api| match versions {
        None => format!("\t{name}({key}): UNSUPPORTED"),
        Some((first, last)) if first == last => format!("\t{name}({key}): {first} [usable: {last}]"),
        Some((first, last)) => format!("\t{name}({key}): {first} to {last} [usable: {last}]"),
    };
    let apis = match release {
        Release::V1 | Release::V2 => older::APIS_2_8,
        Release::V3 => older::APIS_3_9,
        Release::V4 => APIS,
    };
    joined(apis.iter().map(row), ",\n")
}

impl Program for BrokerApiVersions {
    fn start(&mut self, io: &mut dyn Io) {
        let options = match Parsed::parse(API_VERSIONS, &self.args, io.release()) {
            Ok(options) => options,
            Err(error) => return self.fail(io, &error.into()),
        };
        if options.is_empty || options.has("help") {
            return kit::refuse(io, NAME, "This tool helps to retrieve broker version information.");
        }
        if options.has("version") {
            return kit::version(io);
        }
        if let Some(message) = crate::command::options::missing_required(&options, &["bootstrap-server"]) {
            return kit::refuse(io, NAME, &message);
        }
        if let Ok(Some(servers)) = options.value("bootstrap-server") {
            self.servers = servers.split(',').map(|server| server.trim().to_owned()).collect();
        }
        match kit::open_admin(io, &options, "adminclient-1") {
            Ok(client) => {
                self.client = Some(client);
                let request = Request::Metadata(MetadataRequest {
                    topics: Some(Vec::new()),
                    allow_auto_topic_creation: false,
                });
                io.call(client, ClientCall::Admin { tag: 0, name: "listNodes", request });
            }
            // It has a client of its own.
            Err(thrown) => self.fail(io, &thrown.inner()),
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        match event {
            ClientEvent::Log(line) => self.on_log(io, line),
            ClientEvent::Answered { result: Ok(Response::Metadata(metadata)), .. } => {
                let table = table(io.release());
                for (id, endpoint) in &metadata.brokers {
                    let fenced = if io.is_3_9() { "" } else { " isFenced: false" };
                    let rack = metadata.racks.get(id).map_or("null", String::as_str);
                    let head = format!("{endpoint} (id: {id} rack: {rack}{fenced}) -> (");
                    io.print(format_args!("{head}\n{table}\n)\n"));
                }
                self.finish(io, 0);
            }
            ClientEvent::Answered { result: Err(error), .. } => {
                self.fail(io, &Thrown::from(error).in_execution());
            }
            _ => {}
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }
}

/// Requests of 4.3.0 by name, key and versions; `None` where a plain broker does not offer it.
static APIS: &[Api] = &[
    ("Produce", 0, Some((0, 13))),
    ("Fetch", 1, Some((4, 18))),
    ("ListOffsets", 2, Some((1, 11))),
    ("Metadata", 3, Some((0, 13))),
    ("OffsetCommit", 8, Some((2, 10))),
    ("OffsetFetch", 9, Some((1, 10))),
    ("FindCoordinator", 10, Some((0, 6))),
    ("JoinGroup", 11, Some((0, 9))),
    ("Heartbeat", 12, Some((0, 4))),
    ("LeaveGroup", 13, Some((0, 5))),
    ("SyncGroup", 14, Some((0, 5))),
    ("DescribeGroups", 15, Some((0, 6))),
    ("ListGroups", 16, Some((0, 5))),
    ("SaslHandshake", 17, Some((0, 1))),
    ("ApiVersions", 18, Some((0, 4))),
    ("CreateTopics", 19, Some((2, 7))),
    ("DeleteTopics", 20, Some((1, 6))),
    ("DeleteRecords", 21, Some((0, 2))),
    ("InitProducerId", 22, Some((0, 5))),
    ("OffsetForLeaderEpoch", 23, Some((2, 4))),
    ("AddPartitionsToTxn", 24, Some((0, 5))),
    ("AddOffsetsToTxn", 25, Some((0, 4))),
    ("EndTxn", 26, Some((0, 5))),
    ("WriteTxnMarkers", 27, Some((1, 2))),
    ("TxnOffsetCommit", 28, Some((0, 5))),
    ("DescribeAcls", 29, Some((1, 3))),
    ("CreateAcls", 30, Some((1, 3))),
    ("DeleteAcls", 31, Some((1, 3))),
    ("DescribeConfigs", 32, Some((1, 4))),
    ("AlterConfigs", 33, Some((0, 2))),
    ("AlterReplicaLogDirs", 34, Some((1, 2))),
    ("DescribeLogDirs", 35, Some((1, 5))),
    ("SaslAuthenticate", 36, Some((0, 2))),
    ("CreatePartitions", 37, Some((0, 3))),
    ("CreateDelegationToken", 38, Some((1, 3))),
    ("RenewDelegationToken", 39, Some((1, 2))),
    ("ExpireDelegationToken", 40, Some((1, 2))),
    ("DescribeDelegationToken", 41, Some((1, 3))),
    ("DeleteGroups", 42, Some((0, 2))),
    ("ElectLeaders", 43, Some((0, 2))),
    ("IncrementalAlterConfigs", 44, Some((0, 1))),
    ("AlterPartitionReassignments", 45, Some((0, 1))),
    ("ListPartitionReassignments", 46, Some((0, 0))),
    ("OffsetDelete", 47, Some((0, 0))),
    ("DescribeClientQuotas", 48, Some((0, 1))),
    ("AlterClientQuotas", 49, Some((0, 1))),
    ("DescribeUserScramCredentials", 50, Some((0, 0))),
    ("AlterUserScramCredentials", 51, Some((0, 0))),
    ("DescribeQuorum", 55, Some((0, 2))),
    ("UpdateFeatures", 57, Some((0, 2))),
    ("DescribeCluster", 60, Some((0, 2))),
    ("DescribeProducers", 61, Some((0, 0))),
    ("UnregisterBroker", 64, Some((0, 0))),
    ("DescribeTransactions", 65, Some((0, 0))),
    ("ListTransactions", 66, Some((0, 2))),
    ("ConsumerGroupHeartbeat", 68, Some((0, 1))),
    ("ConsumerGroupDescribe", 69, Some((0, 1))),
    ("GetTelemetrySubscriptions", 71, None),
    ("PushTelemetry", 72, None),
    ("ListConfigResources", 74, Some((0, 1))),
    ("DescribeTopicPartitions", 75, Some((0, 0))),
    ("ShareGroupHeartbeat", 76, Some((1, 1))),
    ("ShareGroupDescribe", 77, Some((1, 1))),
    ("ShareFetch", 78, Some((1, 2))),
    ("ShareAcknowledge", 79, Some((1, 2))),
    ("AddRaftVoter", 80, Some((0, 1))),
    ("RemoveRaftVoter", 81, Some((0, 0))),
    ("InitializeShareGroupState", 83, Some((0, 0))),
    ("ReadShareGroupState", 84, Some((0, 0))),
    ("WriteShareGroupState", 85, Some((0, 1))),
    ("DeleteShareGroupState", 86, Some((0, 0))),
    ("ReadShareGroupStateSummary", 87, Some((0, 1))),
    ("StreamsGroupHeartbeat", 88, Some((0, 0))),
    ("StreamsGroupDescribe", 89, Some((0, 0))),
    ("DescribeShareGroupOffsets", 90, Some((0, 1))),
    ("AlterShareGroupOffsets", 91, Some((0, 0))),
    ("DeleteShareGroupOffsets", 92, Some((0, 0))),
];
