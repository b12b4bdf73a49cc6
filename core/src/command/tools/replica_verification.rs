//! `kafka-replica-verification`: compares the replicas of topics, again and again, and tells how far they are behind.
//!
//! It fetches from every broker that has replicas, as a consumer does, from where all replicas agreed the last time.
//! What all of them have below the high watermarks is compared; the lag of a partition is the distance from there to
//! its highest high watermark. A broker that does not answer has nothing, so its partitions are not verified further.

use super::kit::{self, Thrown};
use super::tables::REPLICA_VERIFICATION;
use crate::client::{BootstrapServer, ClientCall, ClientEvent};
use crate::command::options::{Parsed, both_refused, missing_required};
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::java::hash_order;
use crate::node::{BrokerId, ClientId, Endpoint, SimTime, Span};
use crate::protocol::{
    DescribeTopicsRequest, DescribedTopic, ErrorCode, FetchPartition, FetchRequest, FetchedPartition,
    IsolationLevel, ListOffsetsRequest, MetadataRequest, OffsetSpec, RecordBatch, Request, Response,
    TopicPartition, Uuid,
};
use crate::sorted::{SortedMap, SortedSet};
use serde::Serialize;

const NAME: &str = "kafka-replica-verification";
const ABOUT: &str = "Validate that all replicas for a set of topics have the same data.";
const LOGGER: &str = "org.apache.kafka.tools.ReplicaVerificationTool";
const DEPRECATED: &str = "This tool is deprecated and may be removed in a future major release.";

/// Rounds that end at once begin no closer than this.
const PAUSE: Span = Span::millis(100);

/// A partition and who shall have it.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Verified {
    partition: TopicPartition,
    topic_id: Uuid,
    replicas: Vec<BrokerId>,
    /// Up to where all replicas are the same.
    offset: i64,
}

/// What was found to be furthest behind.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Worst {
    lag: i64,
    partition: Option<TopicPartition>,
    offset: i64,
}

/// A running `kafka-replica-verification`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReplicaVerification {
    args: Vec<String>,
    options: Parsed,
    client: Option<ClientId>,
    /// Who was there when it began; who is missed then is not waited for.
    brokers: Vec<(BrokerId, Endpoint)>,
    /// In the order of the map in which Kafka keeps them.
    partitions: Vec<Verified>,
    /// The answers of this round; nothing from a broker that gave none.
    answers: SortedMap<BrokerId, Vec<FetchedPartition>>,
    /// Brokers that gave none the last time.
    away: SortedSet<BrokerId>,
    worst: Worst,
    began: SimTime,
    reported: Option<SimTime>,
}

impl ReplicaVerification {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> ReplicaVerification {
        ReplicaVerification {
            args: args.to_vec(),
            options: Parsed::default(),
            client: None,
            brokers: Vec::new(),
            partitions: Vec::new(),
            answers: SortedMap::new(),
            away: SortedSet::new(),
            worst: Worst { lag: -1, partition: None, offset: -1 },
            began: SimTime::ZERO,
            reported: None,
        }
    }

    /// The expression that chooses topics.
    fn topics(&self) -> Result<&str, Thrown> {
        let option = if self.options.has("topics-include") { "topics-include" } else { "topic-white-list" };
        Ok(self.options.value(option)?.unwrap_or(".*"))
    }

    fn check_topics(&self, release: Release) -> Result<(), Thrown> {
        let text = self.topics()?;
        if kit::topic_filter(text).is_ok() {
            return Ok(());
        }
        let end = if release <= Release::V2 { "." } else { "" };
        Err(Thrown::new("java.lang.RuntimeException", format!("{text} is an invalid regex{end}")))
    }

    /// Calls the cluster; nothing if the tool has ended.
    fn open(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        let old = io.release() <= Release::V2;
        if !old {
            kit::log(io, "WARN", DEPRECATED, LOGGER);
        }
        let Some(options) = kit::opening(io, NAME, REPLICA_VERIFICATION, &self.args, ABOUT)? else {
            return Ok(());
        };
        self.options = options;
        let refused = missing_required(&self.options, &["broker-list"]).or_else(|| {
            let clash = both_refused(&self.options, "topics-include", &["topic-white-list"]);
            clash.filter(|_| !old)
        });
        if let Some(message) = refused {
            kit::refuse(io, NAME, &message);
            return Ok(());
        }
        if old {
            self.check_topics(io.release())?;
        }
        for name in ["fetch-size", "max-wait-ms"] {
            self.options.integer(name)?;
        }
        for name in ["time", "report-interval-ms"] {
            self.options.number(name)?;
        }
        let servers = self.options.value("broker-list")?.unwrap_or_default();
        if !kit::has_ports(servers) {
            let why = kit::wrong_ports(io.release());
            kit::refuse(io, NAME, why);
            return Ok(());
        }
        let servers: Vec<BootstrapServer> = kit::bootstrap(io, servers)?;
        self.client = Some(kit::admin_at(io, servers, "adminclient-1")?);
        let request = MetadataRequest { topics: None, allow_auto_topic_creation: false };
        self.ask(io, "listTopics", Request::Metadata(request));
        Ok(())
    }

    fn ask(&self, io: &mut dyn Io, name: &'static str, request: Request) {
        if let Some(client) = self.client {
            io.call(client, ClientCall::Admin { tag: 0, name, request });
        }
    }

    fn on_answer(&mut self, io: &mut dyn Io, response: Response) -> Result<(), Thrown> {
        match response {
            Response::Metadata(metadata) => {
                self.check_topics(io.release())?;
                let filter = kit::topic_filter(self.topics()?)?;
                let mut topics = Vec::new();
                for topic in metadata.topics {
                    if filter.is_match(&topic.name) {
                        topics.push(topic.name);
                    }
                }
                if topics.is_empty() {
                    self.no_topics(io);
                    return Ok(());
                }
                self.brokers = metadata.brokers;
                let request = DescribeTopicsRequest { topics: Some(topics), with_settings: false };
                self.ask(io, "describeTopics", Request::DescribeTopicPartitions(request));
            }
            Response::DescribeTopicPartitions(described) => {
                self.note(described.topics);
                self.ask_where_to_begin(io)?;
            }
            Response::ListOffsets(listed) => {
                for each in listed.partitions {
                    if each.error == ErrorCode::RequestTimedOut {
                        let class = "org.apache.kafka.common.errors.TimeoutException";
                        return Err(Thrown::new(class, "Failed to get offsets by times in 60000ms"));
                    }
                    for known in self.partitions.iter_mut().filter(|known| known.partition == each.partition)
                    {
                        known.offset = each.offset;
                    }
                }
                self.warn_of_watermarks(io);
                self.check_brokers(io.release())?;
                self.reported = Some(io.now());
                let time = kit::date_time(io.now().wall_ms());
                let end = if io.release() <= Release::V2 { "." } else { "" };
                io.print(format_args!("{time}: verification process is started{end}\n"));
                self.fetch(io)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn no_topics(&mut self, io: &mut dyn Io) {
        let (option, logger) = match io.release() <= Release::V2 {
            true => ("topic-white-list", "kafka.tools.ReplicaVerificationTool$"),
            false => ("topics-include", LOGGER),
        };
        let message = format!(
            "No topics found. [{option}] if specified, is either filtering out all topics or there is no topic."
        );
        kit::log(io, "ERROR", &message, logger);
        kit::leave(io, self.client.take(), 1);
    }

    /// Which partitions there are, in the order of a hash map.
    fn note(&mut self, topics: Vec<DescribedTopic>) {
        let mut known = SortedMap::new();
        for topic in topics {
            for partition in topic.partitions {
                let named = TopicPartition::new(topic.name.clone(), partition.partition);
                known.insert(named, (topic.topic_id, partition.replicas));
            }
        }
        for partition in hash_order(known.keys().cloned()) {
            let (topic_id, replicas) = known.get(&partition).cloned().unwrap_or((Uuid::ZERO, Vec::new()));
            self.partitions.push(Verified { partition, topic_id, replicas, offset: -1 });
        }
    }

    fn ask_where_to_begin(&self, io: &mut dyn Io) -> Result<(), Thrown> {
        let spec = match self.options.number("time")?.unwrap_or(-1) {
            -1 => OffsetSpec::Latest,
            -2 => OffsetSpec::Earliest,
            time => OffsetSpec::Timestamp(time),
        };
        let mut partitions = Vec::new();
        for each in &self.partitions {
            partitions.push((each.partition.clone(), -1, spec));
        }
        let request = ListOffsetsRequest { isolation: IsolationLevel::ReadUncommitted, partitions };
        self.ask(io, "listOffsets", Request::ListOffsets(request));
        Ok(())
    }

    /// The consumer that asked was not assigned what it asked about.
    fn warn_of_watermarks(&self, io: &mut dyn Io) {
        if io.release() < Release::V4 {
            return;
        }
        let logger = "org.apache.kafka.clients.consumer.internals.OffsetFetcherUtils";
        for each in &self.partitions {
            let message = format!(
                "[Consumer clientId=consumer-ReplicaVerification-1, groupId=ReplicaVerification] Not updating high \
                 watermark for partition {} as it is no longer assigned",
                each.partition
            );
            kit::log(io, "WARN", &message, logger);
        }
    }

    /// The brokers that have replicas, in the order of a hash map.
    fn fetchers(&self) -> Vec<BrokerId> {
        let mut all = SortedSet::new();
        self.partitions.iter().for_each(|each| all.extend(each.replicas.iter().copied()));
        hash_order(all.iter().copied())
    }

    /// All brokers have to be there when it begins: the tool does not look whether one is missing.
    fn check_brokers(&self, release: Release) -> Result<(), Thrown> {
        let is_there = |id: &BrokerId| self.brokers.iter().any(|(broker, _)| broker == id);
        match self.fetchers().iter().find(|id| !is_there(id)) {
            Some(id) if release <= Release::V2 => {
                Err(Thrown::new("java.util.NoSuchElementException", format!("key not found: {id}")))
            }
            Some(_) => Err(Thrown::new(
                "java.lang.NullPointerException",
                "Cannot invoke \"org.apache.kafka.common.Node.idString()\" because \"this.val$sourceNode\" is null",
            )),
            None => Ok(()),
        }
    }

    /// A round: every broker is asked for what comes next of its replicas.
    fn fetch(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        let Some(client) = self.client else { return Ok(()) };
        self.answers = SortedMap::new();
        self.began = io.now();
        let max_bytes = self.options.integer("fetch-size")?.unwrap_or(1_048_576);
        let max_wait_ms = self.options.integer("max-wait-ms")?.unwrap_or(1_000);
        for broker in self.fetchers() {
            let mut partitions = Vec::new();
            for each in self.partitions.iter().filter(|each| each.replicas.contains(&broker)) {
                partitions.push(FetchPartition {
                    partition: each.partition.clone(),
                    topic_id: each.topic_id,
                    fetch_offset: each.offset,
                    current_leader_epoch: -1,
                    last_fetched_epoch: -1,
                    log_start_offset: -1,
                    max_bytes,
                });
            }
            let request = Request::Fetch(FetchRequest {
                replica: None,
                max_wait_ms,
                min_bytes: 1,
                max_bytes: i32::MAX,
                isolation: IsolationLevel::ReadUncommitted,
                session_id: 0,
                session_epoch: 0,
                partitions,
                forgotten: Vec::new(),
                rack: String::new(),
            });
            let tag = u64::try_from(broker).unwrap_or(0);
            io.call(client, ClientCall::AskBroker { tag, broker, request });
        }
        Ok(())
    }

    /// A broker has answered, or not. With the last one of a round it is compared.
    fn on_fetched(
        &mut self,
        io: &mut dyn Io,
        broker: BrokerId,
        answer: Option<Response>,
    ) -> Result<(), Thrown> {
        let partitions = match answer {
            Some(Response::Fetch(fetched)) => {
                self.away.remove(&broker);
                fetched.partitions
            }
            _ => {
                // Only a connection that is tried again is warned of, not one that breaks.
                if !self.away.insert(broker)
                    && let Some((_, at)) = self.brokers.iter().find(|(id, _)| *id == broker)
                {
                    let what = if io.release() <= Release::V2 { "Broker" } else { "Node" };
                    let message = format!(
                        "Connection to node {broker} (/{}:{}) could not be established. {what} may not be available.",
                        at.host, at.port
                    );
                    kit::log(io, "WARN", &message, "org.apache.kafka.clients.NetworkClient");
                }
                Vec::new()
            }
        };
        self.answers.insert(broker, partitions);
        if self.answers.len() < self.fetchers().len() {
            return Ok(());
        }
        let (told, mismatch) = self.verify();
        for sentence in told.iter().chain(&mismatch) {
            io.print(format_args!("{}: {sentence}\n", kit::date_time(io.now().wall_ms())));
        }
        if mismatch.is_some() {
            kit::leave(io, self.client.take(), 1);
            return Ok(());
        }
        self.report(io)?;
        io.wake_after((self.began + PAUSE).since(io.now()));
        Ok(())
    }

    /// Compares what was fetched, and notes how far all replicas agree. A sentence if one has other offsets.
    fn verify(&mut self) -> (Vec<String>, Option<String>) {
        self.worst.lag = -1;
        let mut told = Vec::new();
        for each in &mut self.partitions {
            let mut fetched = Vec::new();
            for broker in hash_order(each.replicas.clone()) {
                let of_broker = self.answers.get(&broker).into_iter().flatten();
                fetched.push((broker, of_broker.into_iter().find(|it| it.partition == each.partition)));
            }
            let highest =
                fetched.iter().map(|(_, it)| it.map_or(-1, |it| it.high_watermark)).max().unwrap_or(-1);
            let mut place = 0;
            while let Some(next) = next_batch(&each.partition, &fetched, place, &mut told) {
                match next {
                    Ok(offset) => each.offset = offset,
                    Err(mismatch) => return (told, Some(mismatch)),
                }
                place += 1;
            }
            if highest - each.offset > self.worst.lag {
                let (partition, offset) = (Some(each.partition.clone()), each.offset);
                self.worst = Worst { lag: highest - offset, partition, offset };
            }
        }
        (told, None)
    }

    fn report(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        let every = u64::try_from(self.options.number("report-interval-ms")?.unwrap_or(30_000)).unwrap_or(0);
        if self.reported.is_none_or(|last| io.now().since(last) <= Span::millis(every)) {
            return Ok(());
        }
        let worst =
            self.worst.partition.as_ref().map_or_else(|| "null".to_owned(), TopicPartition::to_string);
        io.print(format_args!(
            "{}: max lag is {} for partition {worst} at offset {} among {} partitions\n",
            kit::date_time(io.now().wall_ms()),
            self.worst.lag,
            self.worst.offset,
            self.partitions.len()
        ));
        self.reported = Some(io.now());
        Ok(())
    }

    fn fail(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        kit::tell(io, thrown, Release::V3);
        kit::leave(io, self.client.take(), 1);
    }
}

/// The batch at a place of what every replica gave: the offset behind it if all have it below their high watermarks,
/// nothing if not all do, or a sentence about two replicas whose batches end differently. `told` is what else is wrong.
fn next_batch(
    partition: &TopicPartition,
    fetched: &[(BrokerId, Option<&FetchedPartition>)],
    place: usize,
    told: &mut Vec<String>,
) -> Option<Result<i64, String>> {
    let mut first: Option<(BrokerId, &RecordBatch)> = None;
    let mut all_have_it = true;
    for (broker, answer) in fetched {
        let batch = answer.and_then(|answer| Some((answer.batches.get(place)?, answer.high_watermark)));
        let Some((batch, _)) = batch.filter(|(batch, watermark)| batch.last_offset() < *watermark) else {
            all_have_it = false;
            continue;
        };
        let (known, other) = *first.get_or_insert((*broker, batch));
        let (offset, end) = (other.last_offset(), batch.last_offset());
        if offset != end {
            return Some(Err(format!(
                "partition {partition}: replica {known}'s offset {offset} doesn't match replica {broker}'s offset {end}"
            )));
        }
        // Copies are the same in memory; only those of logs that part have to be summed.
        if batch != other && batch.crc() != other.crc() {
            told.push(format!(
                "partition {partition} has unmatched checksum at offset {end}; replica {known}'s checksum {}; replica \
                 {broker}'s checksum {}",
                other.crc(),
                batch.crc()
            ));
        }
    }
    first.filter(|_| all_have_it).map(|(_, batch)| Ok(batch.next_offset()))
}

impl Program for ReplicaVerification {
    fn start(&mut self, io: &mut dyn Io) {
        if let Err(thrown) = self.open(io) {
            self.fail(io, &thrown);
        }
    }

    fn on_wake(&mut self, io: &mut dyn Io) {
        if let Err(thrown) = self.fetch(io) {
            self.fail(io, &thrown);
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        match event {
            // The fetchers have clients of their own.
            ClientEvent::Log(line) if self.reported.is_none() => kit::client_log(io, &line),
            ClientEvent::Answered { tag, result } if self.client.is_some() => {
                let outcome = match result {
                    _ if tag > 0 => self.on_fetched(io, BrokerId::try_from(tag).unwrap_or(-1), result.ok()),
                    Ok(response) => self.on_answer(io, response),
                    Err(error) => Err(Thrown::from(error).in_execution()),
                };
                if let Err(thrown) = outcome {
                    self.fail(io, &thrown);
                }
            }
            _ => {}
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{BatchBuilder, Record};

    fn answer(high_watermark: i64, values: &[&str]) -> FetchedPartition {
        let mut batches = Vec::new();
        for (offset, value) in (0..).zip(values) {
            let mut builder = BatchBuilder::default();
            let record = Record { value: Some(value.as_bytes().to_vec()), ..Record::default() };
            builder.push(&record);
            batches.push(RecordBatch { base_offset: offset, ..builder.build() });
        }
        FetchedPartition {
            partition: TopicPartition::new("t", 0),
            error: ErrorCode::None,
            high_watermark,
            last_stable_offset: -1,
            log_start_offset: 0,
            aborted: Vec::new(),
            diverging_epoch: None,
            current_leader: None,
            preferred_read_replica: None,
            batches,
        }
    }

    #[test]
    fn replicas_agree_as_far_as_all_have_what_is_safe() {
        let (tp, mut told) = (TopicPartition::new("t", 0), Vec::new());
        let (leader, behind, parted) =
            (answer(2, &["a", "b", "c"]), answer(1, &["a", "b"]), answer(2, &["a", "x"]));
        let two = [(101, Some(&leader)), (102, Some(&behind))];
        assert_eq!(next_batch(&tp, &two, 0, &mut told), Some(Ok(1)));
        assert_eq!(next_batch(&tp, &two, 1, &mut told), None, "102 does not know that it is safe");
        assert_eq!(next_batch(&tp, &[(101, Some(&leader)), (102, None)], 0, &mut told), None);
        assert!(told.is_empty());
        let parts = [(101, Some(&leader)), (103, Some(&parted))];
        assert_eq!(next_batch(&tp, &parts, 1, &mut told), Some(Ok(2)));
        assert!(
            told[0].starts_with("partition t-0 has unmatched checksum at offset 1; replica 101's checksum ")
        );
    }
}
