//! kcat as a consumer: `-C` reads partitions, `-G` reads as a member of a group.

use super::args::Start;
use super::{EARLIEST, ENDS, Kcat, LATEST, MEMBERS, POLL, TIMES, broker_error, format};
use crate::client::{
    ClientCall, ClientSpec, CommonConfig, ConsumedRecord, ConsumerConfig, OffsetReset, Reads, StartPosition,
};
use crate::command::process::Io;
use crate::node::SimTime;
use crate::protocol::{
    DescribedGroup, ErrorCode, ListOffsetsResponse, MetadataResponse, OffsetSpec, Request, TopicPartition,
};
use serde::Serialize;

/// How far reading has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Reading {
    places: Vec<Place>,
    common: Option<CommonConfig>,
    read: u64,
    /// Ends are being asked for.
    asking: bool,
    joined: bool,
    /// When the ends of all partitions were reached.
    pub idle_since: Option<SimTime>,
}

/// A partition that is read.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Place {
    partition: TopicPartition,
    leader: i32,
    first: i64,
    next: i64,
    end: i64,
    at_end: bool,
    stopped: bool,
}

impl Place {
    fn new(partition: TopicPartition, leader: i32) -> Place {
        Place { partition, leader, first: 0, next: -1, end: -1, at_end: false, stopped: false }
    }
}

impl Kcat {
    /// `-C`: the partitions of the topic are known.
    pub(super) fn read_from(&mut self, io: &mut dyn Io, metadata: &MetadataResponse) {
        let topic = self.conf.topic.clone().unwrap_or_default();
        let Some(found) = metadata.topics.first() else {
            return self.fatal(io, &format!("No such topic in cluster: {topic}"));
        };
        if found.error != ErrorCode::None {
            return self.fatal(io, &format!("Topic {topic} error: {}", broker_error(found.error)));
        }
        let count = found.partitions.len();
        for each in &found.partitions {
            if self.conf.partition.is_none_or(|wanted| wanted == each.partition) {
                let partition = TopicPartition::new(topic.as_str(), each.partition);
                self.reading.places.push(Place::new(partition, each.leader.unwrap_or(-1)));
            }
        }
        crate::sorted::sort_by(&mut self.reading.places, |a, b| a.partition.cmp(&b.partition));
        if self.reading.places.is_empty() {
            let wanted = self.conf.partition.unwrap_or(-1);
            let last = count.saturating_sub(1);
            return self.fatal(
                io,
                &format!("Topic {topic} (with partitions 0..{last}): partition {wanted} does not exist"),
            );
        }
        self.ask_places(io, EARLIEST, OffsetSpec::Earliest);
    }

    fn ask_places(&self, io: &mut dyn Io, tag: u64, spec: OffsetSpec) {
        let mut wanted = Vec::new();
        for place in &self.reading.places {
            wanted.push((place.partition.clone(), spec));
        }
        self.ask_offsets(io, tag, &wanted);
    }

    pub(super) fn on_offsets(&mut self, io: &mut dyn Io, tag: u64, listed: ListOffsetsResponse) {
        for each in listed.partitions {
            let Some(place) = self.reading.places.iter_mut().find(|place| place.partition == each.partition)
            else {
                continue;
            };
            match tag {
                EARLIEST => place.first = each.offset.max(0),
                TIMES => place.next = if each.offset < 0 { place.end } else { each.offset },
                _ => place.end = place.end.max(each.offset),
            }
        }
        match tag {
            EARLIEST => self.ask_places(io, LATEST, OffsetSpec::Latest),
            LATEST => match self.conf.from_time {
                Some(time) => self.ask_places(io, TIMES, OffsetSpec::Timestamp(time)),
                None => {
                    let start = self.conf.start;
                    for place in &mut self.reading.places {
                        place.next = match start {
                            Start::Unsaid | Start::Beginning => place.first,
                            Start::End => place.end,
                            Start::At(offset) if (place.first..=place.end).contains(&offset) => offset,
                            Start::At(_) => place.end,
                            Start::Tail(count) => place.end.saturating_sub(count).max(place.first),
                        };
                    }
                    self.assign(io);
                }
            },
            TIMES => self.assign(io),
            ENDS => {
                self.reading.asking = false;
                self.tell_ends(io);
            }
            _ => {}
        }
    }

    fn assign(&mut self, io: &mut dyn Io) {
        let mut all = Vec::new();
        for place in &self.reading.places {
            all.push((place.partition.clone(), StartPosition::At(place.next)));
        }
        let Some(common) = self.common(io) else { return };
        self.open(io, common, Reads::Assign(all));
        self.tell_ends(io);
    }

    /// `-G`: joins the group.
    pub(super) fn subscribe(&mut self, io: &mut dyn Io, common: CommonConfig) {
        let mut patterns = Vec::new();
        let mut topics = Vec::new();
        for topic in &self.conf.files {
            match topic.strip_prefix('^') {
                Some(pattern) => patterns.push(format!("{pattern}.*")),
                None => topics.push(topic.as_str().into()),
            }
        }
        self.info(io, "Waiting for group rebalance");
        let reads =
            if patterns.is_empty() { Reads::Subscribe(topics) } else { Reads::Pattern(patterns.join("|")) };
        self.open(io, common, reads);
    }

    fn open(&mut self, io: &mut dyn Io, common: CommonConfig, reads: Reads) {
        let group = Some(self.conf.group.clone()).filter(|group| !group.is_empty());
        let mut config = ConsumerConfig::new(common, group, reads);
        let reset = self.setting("auto.offset.reset").unwrap_or_default();
        let earliest =
            matches!(reset, "earliest" | "smallest" | "beginning") || self.conf.start == Start::Beginning;
        config.offset_reset = if earliest { OffsetReset::Earliest } else { OffsetReset::Latest };
        config.auto_commit = self.mode() == 'G' && self.setting("enable.auto.commit") != Some("false");
        config.isolation = self.isolation();
        self.client = Some(io.open_client(ClientSpec::Consumer(config)));
        self.poll(io);
    }

    fn poll(&self, io: &mut dyn Io) {
        if let Some(client) = self.client.filter(|_| !self.over) {
            io.call(client, ClientCall::Poll { timeout: Some(POLL) });
        }
    }

    pub(super) fn on_records(&mut self, io: &mut dyn Io, records: &[ConsumedRecord]) {
        if records.is_empty() {
            // Markers of transactions are no records, but move the position.
            for place in &mut self.reading.places {
                place.next = place.next.max(place.end);
            }
            if self.mode() == 'G' && !self.reading.joined {
                let group = vec![self.conf.group.clone()];
                self.ask(io, MEMBERS, "describeGroups", Request::DescribeGroups(group));
            }
            self.look_for_ends(io);
            return self.poll(io);
        }
        if self.mode() == 'G' && !self.reading.joined {
            let group = vec![self.conf.group.clone()];
            self.ask(io, MEMBERS, "describeGroups", Request::DescribeGroups(group));
        }
        self.reading.idle_since = None;
        for record in records {
            if !self.on_record(io, record) {
                return;
            }
        }
        self.look_for_ends(io);
        self.poll(io);
    }

    /// Writes a record; false if that was the end.
    fn on_record(&mut self, io: &mut dyn Io, record: &ConsumedRecord) -> bool {
        let mut broker = -1;
        if let Some(place) = self.reading.places.iter_mut().find(|place| place.partition == record.partition)
        {
            if place.stopped {
                return true;
            }
            place.next = record.offset + 1;
            place.at_end = false;
            broker = place.leader;
            if self.conf.to_time.is_some_and(|end| record.record.timestamp >= end) {
                place.stopped = true;
                let all = self.reading.places.iter().all(|place| place.stopped);
                let (topic, partition) = (&record.partition.topic, record.partition.partition);
                let end = if all { ": exiting" } else { "" };
                self.info(
                    io,
                    &format!(
                        "Reached stop timestamp for topic {topic} [{partition}] at offset {}{end}",
                        record.offset
                    ),
                );
                if all {
                    self.close(io, 0);
                }
                return !all;
            }
        }
        let mut text = String::new();
        let outcome = if self.conf.json {
            format::envelope(&mut text, &self.conf, record, broker);
            Ok(())
        } else {
            format::write(&mut text, &self.conf, record)
        };
        io.out(&text);
        if let Err(why) = outcome {
            let (topic, partition) = (&record.partition.topic, record.partition.partition);
            let end = if self.conf.go_on { "" } else { ": terminating" };
            let offset = record.offset;
            io.complain(format_args!(
                "% ERROR: Failed to format message in {topic} [{partition}] at offset {offset}: {why}{end}\n"
            ));
            if why.starts_with("Avro") {
                io.note("there is no schema registry here: records are shown as text without -s avro");
            }
            if !self.conf.go_on {
                self.leave(io, 1);
                return false;
            }
        }
        self.reading.read += 1;
        if self.conf.count == Some(self.reading.read) {
            self.close(io, 0);
            return false;
        }
        true
    }

    /// Asks for the ends of partitions if one of them may have been reached.
    fn look_for_ends(&mut self, io: &mut dyn Io) {
        let may_be = self.reading.places.iter().any(|place| !place.at_end && place.next >= place.end);
        if may_be && !self.reading.asking {
            self.reading.asking = true;
            self.ask_places(io, ENDS, OffsetSpec::Latest);
        }
    }

    /// Tells which ends were reached, each once.
    fn tell_ends(&mut self, io: &mut dyn Io) {
        for at in 0..self.reading.places.len() {
            let Some(place) = self.reading.places.get_mut(at) else { continue };
            if place.at_end || place.stopped || place.next < place.end {
                continue;
            }
            place.at_end = true;
            place.stopped = self.conf.exit_at_end && self.conf.mode == Some('C');
            let (topic, partition, offset) =
                (place.partition.topic.clone(), place.partition.partition, place.next);
            let all = self.reading.places.iter().all(|place| place.at_end || place.stopped);
            let over = all && self.conf.exit_at_end;
            let end = if over { ": exiting" } else { "" };
            self.info(io, &format!("Reached end of topic {topic} [{partition}] at offset {offset}{end}"));
            if over {
                return self.close(io, 0);
            }
            if all {
                self.reading.idle_since = Some(io.now());
            }
        }
    }

    /// `-G`: who owns what.
    pub(super) fn on_members(&mut self, io: &mut dyn Io, groups: Vec<DescribedGroup>) {
        let wanted = self.setting("client.id").unwrap_or("rdkafka");
        let Some(group) = groups.first() else { return };
        let Some(member) = group.members.iter().rev().find(|member| member.client_id == wanted) else {
            return;
        };
        if self.reading.joined || member.assignment.is_empty() && group.members.len() < 2 {
            return;
        }
        self.reading.joined = true;
        let mut names = Vec::new();
        for partition in &member.assignment {
            names.push(format!("{} [{}]", partition.topic, partition.partition));
            self.reading.places.push(Place::new(partition.clone(), -1));
        }
        let message = format!(
            "Group {} rebalanced (memberid {}): assigned: {}",
            self.conf.group,
            member.member_id,
            names.join(", ")
        );
        self.info(io, &message);
    }

    /// The cluster did not answer in time.
    pub(super) fn unanswered(&mut self, io: &mut dyn Io, tag: u64) {
        match (tag, self.mode()) {
            (ENDS, _) => self.reading.asking = false,
            (MEMBERS, _) => {}
            (_, 'L') => self.fatal(io, "Failed to acquire metadata: Local: Timed out"),
            (TIMES, _) => self.fatal(io, "offsets_for_times failed: Local: Timed out"),
            (_, 'P') => io.wake_after(POLL),
            _ => {
                let message = self.no_metadata("Local: Timed out");
                self.fatal(io, &message);
            }
        }
    }
}
