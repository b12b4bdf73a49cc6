//! `rpk topic produce` and `rpk topic consume`.

use super::format::{self, Piece};
use super::times::{self, Times};
use super::{Rpk, code_told};
use crate::client::{
    ClientCall, ClientSpec, ConsumedRecord, ConsumerConfig, OffsetReset, ProducerConfig, Reads, StartPosition,
};
use crate::command::process::Io;
use crate::node::{SimTime, Span};
use crate::protocol::{
    Acks, ConfigEntry, ErrorCode, IsolationLevel, ListOffsetsRequest, ListOffsetsResponse, MetadataResponse,
    OffsetSpec, Record, Request, TopicPartition,
};
use crate::sorted::SortedMap;
use serde::Serialize;

const STARTS: u64 = 1;
const ENDS: u64 = 2;
const FROM: u64 = 3;
const TO: u64 = 4;
const POLL: Span = Span::millis(500);

/// What is under way.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Records {
    /// Rows of a table whose answers come one by one.
    pub rows: Vec<Vec<String>>,
    /// Settings of the topic that is described.
    pub entries: Vec<ConfigEntry>,
    /// First and next offset by partition, of the topic that is described.
    pub offsets: SortedMap<i32, [i64; 2]>,
    /// When the end of everything was reached.
    pub idle_since: Option<SimTime>,
    pieces: Vec<Piece>,
    out: Vec<Piece>,
    input: Vec<u8>,
    /// When each record was sent, and how many are settled.
    sent: SortedMap<u64, i64>,
    settled: u64,
    ended: bool,
    /// First and next offset of partitions that are read.
    ends: SortedMap<TopicPartition, [i64; 2]>,
    /// Where the records of a range of times begin and end; `-1` behind the last.
    dated: SortedMap<TopicPartition, [i64; 2]>,
    /// Where reading ends, by partition.
    until: Option<SortedMap<TopicPartition, i64>>,
    read: u64,
}

impl Records {
    /// Whether `--offset` names an end.
    #[must_use]
    pub fn has_end(&self) -> bool {
        self.until.is_some()
    }
}

impl Rpk {
    pub(super) fn produce_to(&mut self, io: &mut dyn Io, metadata: &MetadataResponse) {
        let topic = metadata.topics.first();
        let missing = topic.is_none_or(|topic| topic.error != ErrorCode::None);
        if self.asked.args.is_empty() {
            return self.die(io, "topic to produce to is missing, check --help for produce syntax");
        }
        if missing && !self.asked.has("allow-auto-topic-creation") {
            let why = code_told(ErrorCode::UnknownTopicOrPartition);
            return self.die(io, &format!("unable to produce record: {why}"));
        }
        if self.asked.has("schema-id") || self.asked.has("schema-key-id") {
            io.note("there is no schema registry here; records are written as they are without --schema-id");
            return self.die(io, "unable to initialize schema registry client: connection refused");
        }
        let read = format::parse(self.asked.get("format").unwrap_or("%v\\n"));
        let write = self.asked.get("output-format");
        let write =
            format::parse(write.unwrap_or("Produced to partition %p at offset %o with timestamp %d.\\n"));
        match (read, write) {
            (Ok(read), Ok(write)) => (self.records.pieces, self.records.out) = (read, write),
            (Err(why), _) => return self.die(io, &format!("unable to parse input format: {why}")),
            (_, Err(why)) => return self.die(io, &format!("unable to parse output success format: {why}")),
        }
        let Some(common) = self.common(io) else { return };
        let mut config = ProducerConfig::new(common);
        match self.asked.number("acks", -1) {
            0 => config.acks = Acks::None,
            1 => config.acks = Acks::Leader,
            _ => {}
        }
        config.idempotence = config.acks == Acks::All;
        self.client = Some(io.open_client(ClientSpec::Producer(config)));
        self.read_input(io);
    }

    pub(super) fn read_input(&mut self, io: &mut dyn Io) {
        if self.over || self.records.ended || self.client.is_none() || self.asked.words != "topic produce" {
            return;
        }
        while let Some(line) = io.read_line() {
            self.records.input.extend(line);
            self.records.input.push(b'\n');
            while self.take_record(io) {}
        }
        if io.end_of_input() {
            self.records.ended = true;
            if let Some(client) = self.client {
                io.call(client, ClientCall::Flush);
            }
            self.settle(io);
        }
    }

    /// Takes a record off the input as the format says; false if there is no whole one.
    fn take_record(&mut self, io: &mut dyn Io) -> bool {
        let (mut key, mut value, mut partition) = (None, Vec::new(), None);
        let mut at = 0;
        let mut pieces = self.records.pieces.iter().peekable();
        while let Some(piece) = pieces.next() {
            let rest = self.records.input.get(at..).unwrap_or_default();
            let letter = match piece {
                Piece::Text(text) => {
                    if !rest.starts_with(text.as_bytes()) {
                        return false;
                    }
                    at += text.len();
                    continue;
                }
                Piece::Field(letter) => letter,
            };
            let length = match pieces.peek() {
                Some(Piece::Text(end)) => {
                    rest.windows(end.len().max(1)).position(|bytes| bytes == end.as_bytes())
                }
                _ => (!rest.is_empty()).then_some(rest.len()),
            };
            let Some(length) = length else { return false };
            let bytes = rest.get(..length).unwrap_or_default().to_vec();
            at += length;
            match letter {
                'k' => key = Some(bytes),
                'v' => value = bytes,
                'p' => partition = String::from_utf8_lossy(&bytes).trim().parse().ok(),
                _ => {}
            }
        }
        self.records.input.drain(..at);
        let mut headers = Vec::new();
        for pair in self.asked.all("header") {
            let (name, value) = pair.split_once([':', '=']).unwrap_or((pair, ""));
            headers.push((name.to_owned(), Some(value.as_bytes().to_vec())));
        }
        let partition =
            partition.or_else(|| Some(self.asked.number("partition", -1)).filter(|number| *number >= 0));
        let key = key.or_else(|| self.asked.get("key").map(|key| key.as_bytes().to_vec()));
        let gone = value.is_empty() && self.asked.has("tombstone");
        let timestamp = io.now().wall_ms();
        let record = Record { timestamp, key, value: (!gone).then_some(value), headers };
        let tag = self.records.settled + u64::try_from(self.records.sent.len()).unwrap_or(0) + 1;
        self.records.sent.insert(tag, timestamp);
        let topic = self.asked.args.first().map_or("", String::as_str).into();
        if let Some(client) = self.client {
            io.call(client, ClientCall::Send { tag, topic, partition, record });
        }
        at > 0
    }

    pub(super) fn delivered(&mut self, io: &mut dyn Io, tag: u64, partition: i32, offset: i64) {
        let timestamp = self.records.sent.remove(&tag).unwrap_or(0);
        self.records.settled += 1;
        let name = self.asked.args.first().map_or("", String::as_str);
        let record = Record { timestamp, key: None, value: None, headers: Vec::new() };
        let told = ConsumedRecord {
            partition: TopicPartition::new(name, partition),
            offset,
            timestamp_type: crate::protocol::TimestampType::CreateTime,
            record,
            delivery_count: None,
        };
        io.out(&format::write(&self.records.out, &told));
        self.settle(io);
    }

    fn settle(&mut self, io: &mut dyn Io) {
        if self.records.ended && self.records.sent.is_empty() {
            self.close(io, 0);
        }
    }

    pub(super) fn consume_from(&mut self, io: &mut dyn Io, metadata: &MetadataResponse) {
        let written = self.asked.get("format").unwrap_or("json").to_owned();
        if written != "json" {
            match format::parse(&written) {
                Ok(pieces) => self.records.pieces = pieces,
                Err(why) => return self.die(io, &format!("invalid --format: {why}")),
            }
        }
        if self.asked.has("use-schema-registry") {
            io.note("there is no schema registry here; records are shown as they are");
        }
        let wanted = self.asked.partitions();
        let mut of = Vec::new();
        for topic in &metadata.topics {
            if !self.asked.args.iter().any(|name| **name == *topic.name) {
                continue;
            }
            if topic.error != ErrorCode::None {
                let why = code_told(topic.error);
                io.complain(format_args!("unable to consume topic {}: {why}\n", topic.name));
                continue;
            }
            for each in &topic.partitions {
                if wanted.is_empty() || wanted.contains(&each.partition) {
                    of.push((
                        TopicPartition::new(topic.name.clone(), each.partition),
                        -1,
                        OffsetSpec::Earliest,
                    ));
                }
            }
        }
        if of.is_empty() {
            return self.leave(io, 1);
        }
        let request = ListOffsetsRequest { isolation: IsolationLevel::ReadUncommitted, partitions: of };
        self.ask(io, STARTS, Request::ListOffsets(request));
    }

    pub(super) fn on_consume_offsets(&mut self, io: &mut dyn Io, tag: u64, listed: &ListOffsetsResponse) {
        let is_dated = tag == FROM || tag == TO;
        for each in &listed.partitions {
            let held = if is_dated { &mut self.records.dated } else { &mut self.records.ends };
            let place =
                held.entry(each.partition.clone()).or_insert(if is_dated { [-1, -1] } else { [0, 0] });
            if let Some(place) = place.get_mut(usize::from(tag == ENDS || tag == TO)) {
                *place = if is_dated { each.offset } else { each.offset.max(0) };
            }
        }
        if tag == STARTS {
            return self.ask_ends(io, ENDS, OffsetSpec::Latest);
        }
        let text = self.asked.get("offset").unwrap_or("start").to_owned();
        if let Some(times) = text.strip_prefix('@') {
            return match times::range(times, io.now().wall_ms()) {
                Some(Times { from, to }) => self.on_dated(io, tag, from, to),
                None => self.die(io, &format!("unable to parse offset: \"{text}\"")),
            };
        }
        let (from, to) = match text.split_once(':') {
            Some((from, to)) => (from, Some(to)),
            None => (text.as_str(), None),
        };
        let mut start = Vec::new();
        let mut until = SortedMap::new();
        for (partition, [first, end]) in &self.records.ends {
            let Some(offset) = place(from, *first, *end) else {
                return self.die(io, &format!("unable to parse offset: \"{text}\""));
            };
            start.push((partition.clone(), StartPosition::At(offset)));
            if let Some(to) = to {
                let last = if to.is_empty() || to == "end" { Some(*end) } else { to.parse().ok() };
                let Some(last) = last else {
                    return self.die(io, &format!("unable to parse offset: \"{text}\""));
                };
                if last.min(*end) > offset {
                    until.insert(partition.clone(), last.min(*end));
                }
            }
        }
        if to.is_some() && until.is_empty() {
            return self.leave(io, 0);
        }
        self.records.until = to.map(|_| until);
        self.open_consumer(io, start, from);
    }

    fn ask_ends(&mut self, io: &mut dyn Io, tag: u64, what: OffsetSpec) {
        let mut of = Vec::new();
        for partition in self.records.ends.keys() {
            of.push((partition.clone(), -1, what));
        }
        let request = ListOffsetsRequest { isolation: IsolationLevel::ReadUncommitted, partitions: of };
        self.ask(io, tag, Request::ListOffsets(request));
    }

    /// Asks which offsets times mean, and reads from there when all are known.
    fn on_dated(&mut self, io: &mut dyn Io, tag: u64, from: Option<i64>, to: Option<i64>) {
        if let (ENDS, Some(from)) = (tag, from) {
            return self.ask_ends(io, FROM, OffsetSpec::Timestamp(from));
        }
        if let (ENDS | FROM, Some(to)) = (tag, to.filter(|to| *to < i64::MAX)) {
            return self.ask_ends(io, TO, OffsetSpec::Timestamp(to));
        }
        let mut start = Vec::new();
        let mut until = SortedMap::new();
        for (partition, [first, end]) in &self.records.ends {
            let [begin, stop] = self.records.dated.get(partition).copied().unwrap_or([-1, -1]);
            let offset = match (from, begin) {
                (None, _) => *first,
                (Some(_), -1) => *end,
                (Some(_), begin) => begin,
            };
            start.push((partition.clone(), StartPosition::At(offset)));
            let stop = if stop < 0 { *end } else { stop };
            if stop > offset {
                until.insert(partition.clone(), stop);
            }
        }
        if to.is_some() && until.is_empty() {
            return self.leave(io, 0);
        }
        self.records.until = to.map(|_| until);
        self.open_consumer(io, start, "");
    }

    fn open_consumer(&mut self, io: &mut dyn Io, start: Vec<(TopicPartition, StartPosition)>, from: &str) {
        let Some(common) = self.common(io) else { return };
        let group = self.asked.get("group").map(str::to_owned);
        let reads = match group {
            None => Reads::Assign(start),
            Some(_) => Reads::Subscribe(self.asked.args.iter().map(|name| name.as_str().into()).collect()),
        };
        let mut config = ConsumerConfig::new(common, group.clone(), reads);
        config.offset_reset = if from == "end" { OffsetReset::Latest } else { OffsetReset::Earliest };
        config.auto_commit = group.is_some();
        if self.asked.has("read-committed") {
            config.isolation = IsolationLevel::ReadCommitted;
        }
        self.client = Some(io.open_client(ClientSpec::Consumer(config)));
        self.poll(io);
    }

    fn poll(&self, io: &mut dyn Io) {
        if let Some(client) = self.client.filter(|_| !self.over) {
            io.call(client, ClientCall::Poll { timeout: Some(POLL) });
        }
    }

    pub(super) fn on_records(&mut self, io: &mut dyn Io, records: &[ConsumedRecord]) {
        if records.is_empty() && self.records.idle_since.is_none() {
            self.records.idle_since = Some(io.now());
        }
        let num: u64 = self.asked.number("num", 0);
        let pretty = self.asked.get("pretty-print") != Some("false");
        for record in records {
            self.records.idle_since = None;
            if let Some(until) = &mut self.records.until {
                let Some(end) = until.get(&record.partition).copied() else { continue };
                if record.offset + 1 >= end {
                    until.remove(&record.partition);
                }
                if record.offset >= end {
                    continue;
                }
            }
            let text = match self.records.pieces.as_slice() {
                [] => format::as_json(record, pretty, self.asked.has("meta-only")),
                pieces => format::write(pieces, record),
            };
            io.out(&text);
            self.records.read += 1;
            let all = self.records.until.as_ref().is_some_and(SortedMap::is_empty);
            if all || num > 0 && self.records.read >= num {
                return self.close(io, 0);
            }
        }
        self.poll(io);
    }
}

/// Where to begin: `start`, `end`, an offset, `+2` or `-3`.
fn place(text: &str, first: i64, end: i64) -> Option<i64> {
    let offset = match text {
        "" | "start" => first,
        "end" => end,
        _ => match text.strip_prefix('+') {
            Some(more) => first.saturating_add(more.parse().ok()?),
            None => match text.parse::<i64>().ok()? {
                back if text.starts_with('-') => end.saturating_add(back),
                offset => offset,
            },
        },
    };
    Some(offset.clamp(first, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_from_either_end() {
        let at = |text| place(text, 2, 10);
        assert_eq!((at("start"), at("end"), at("+3"), at("-3")), (Some(2), Some(10), Some(5), Some(7)));
        assert_eq!((at("4"), at("99"), at("x")), (Some(4), Some(10), None));
    }
}
