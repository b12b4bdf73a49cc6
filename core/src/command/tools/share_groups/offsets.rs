//! `--reset-offsets` and `--delete-offsets` of share groups.

use super::{Next, Stop, error};
use crate::client::ClientError;
use crate::command::options::Parsed;
use crate::command::process::Io;
use crate::command::tools::consumer_groups::target::{self, Target};
use crate::command::tools::kit::{self, Column, Thrown};
use crate::java::hash_order;
use crate::protocol::{
    DescribeTopicsRequest, DescribeTopicsResponse, DescribedGroup, ErrorCode, GroupKind, GroupState,
    IsolationLevel, ListOffsetsRequest, ListOffsetsResponse, OffsetSpec, Request, Response,
    ShareOffsetsRequest, TopicName, TopicPartition,
};
use crate::sorted::SortedMap;
use crate::view::joined;
use serde::Serialize;

/// How far `--reset-offsets` has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Reset {
    scope: Vec<TopicPartition>,
    /// What a time was found to be.
    at_time: Option<SortedMap<TopicPartition, i64>>,
    plan: SortedMap<TopicPartition, i64>,
}

fn group_of(options: &Parsed) -> String {
    options.all("group").first().cloned().unwrap_or_default()
}

impl Reset {
    /// The next question, or the table.
    pub fn step(
        &mut self,
        io: &mut dyn Io,
        options: &Parsed,
        answer: Option<Response>,
    ) -> Result<Next, Stop> {
        let group = group_of(options);
        match answer {
            None => Ok(Next::Ask("describeShareGroups", Request::DescribeGroups(vec![group]))),
            Some(Response::DescribeGroups(groups)) => self.on_group(io, options, &groups),
            Some(Response::DescribeShareGroupOffsets(found)) => {
                self.scope = found.partitions.into_iter().map(|(partition, _)| partition).collect();
                self.ask(io, options)
            }
            Some(Response::DescribeTopicPartitions(described)) => self.on_topics(io, options, &described),
            Some(Response::ListOffsets(listed)) => self.on_offsets(io, options, listed),
            Some(Response::AlterShareGroupOffsets(outcome)) => {
                if let Some((code, message)) = outcome.error {
                    return Err(Thrown::from(ClientError::of(code, message)).in_execution().into());
                }
                self.finish(io, options)
            }
            Some(_) => Ok(Next::Done),
        }
    }

    /// Only groups without members are moved.
    fn on_group(&self, io: &mut dyn Io, options: &Parsed, groups: &[DescribedGroup]) -> Result<Next, Stop> {
        let group = group_of(options);
        let found = groups.first().filter(|group| group.error.is_none());
        match found {
            Some(found) if found.kind != GroupKind::Share => {
                let message = Some(format!("Group {group} is not a share group."));
                let code = ErrorCode::GroupIdNotFound;
                return Err(Thrown::from(ClientError::of(code, message)).in_execution().into());
            }
            Some(found) if found.state != GroupState::Empty => {
                return Err(Stop::Sentence(format!("Share group '{group}' is not empty.")));
            }
            Some(_) => {}
            None if options.has("all-topics") => return self.finish(io, options),
            None => {}
        }
        if options.has("all-topics") {
            let request = ShareOffsetsRequest { group, offsets: Vec::new() };
            return Ok(Next::Ask("listShareGroupOffsets", Request::DescribeShareGroupOffsets(request)));
        }
        let named = target::scope(options)?;
        let mut topics: Vec<TopicName> = named.topics;
        topics.extend(named.partitions.into_iter().map(|partition| partition.topic));
        crate::sorted::sort(&mut topics);
        topics.dedup();
        let request = DescribeTopicsRequest { topics: Some(topics), with_settings: false };
        Ok(Next::Ask("describeTopics", Request::DescribeTopicPartitions(request)))
    }

    fn on_topics(
        &mut self,
        io: &mut dyn Io,
        options: &Parsed,
        described: &DescribeTopicsResponse,
    ) -> Result<Next, Stop> {
        if let Some(topic) = described.topics.iter().find(|topic| !topic.error.is_none()) {
            return Err(Thrown::of(topic.error).into());
        }
        let mut known = Vec::new();
        for topic in &described.topics {
            for each in &topic.partitions {
                known.push(TopicPartition::new(topic.name.clone(), each.partition));
            }
        }
        let named = target::scope(options)?;
        let mut unknown = named.partitions.clone();
        unknown.retain(|partition| !known.contains(partition));
        if !unknown.is_empty() {
            let message = format!("The partitions \"{}\" do not exist", joined(&unknown, ","));
            let code = ErrorCode::UnknownTopicOrPartition;
            return Err(Thrown::from(ClientError::of(code, Some(message))).into());
        }
        self.scope = named.partitions;
        known.retain(|partition| named.topics.contains(&partition.topic));
        self.scope.append(&mut known);
        self.ask(io, options)
    }

    fn on_offsets(
        &mut self,
        io: &mut dyn Io,
        options: &Parsed,
        listed: ListOffsetsResponse,
    ) -> Result<Next, Stop> {
        if let Some(bad) = listed.partitions.iter().find(|each| !each.error.is_none()) {
            return Err(Thrown::of(bad.error).in_execution().into());
        }
        let mut found = SortedMap::new();
        for each in listed.partitions {
            found.insert(each.partition, each.offset);
        }
        let is_time = matches!(target::target(io, options)?, Target::Time(_));
        if is_time && self.at_time.is_none() {
            self.at_time = Some(found);
            return Ok(list_offsets(&self.scope, OffsetSpec::Latest));
        }
        self.settle(io, found);
        if !options.has("execute") || self.plan.is_empty() {
            return self.finish(io, options);
        }
        let mut offsets = Vec::new();
        for (partition, offset) in &self.plan {
            offsets.push((partition.clone(), *offset));
        }
        let request = ShareOffsetsRequest { group: group_of(options), offsets };
        Ok(Next::Ask("alterShareGroupOffsets", Request::AlterShareGroupOffsets(request)))
    }

    fn ask(&self, io: &mut dyn Io, options: &Parsed) -> Result<Next, Stop> {
        if self.scope.is_empty() {
            return self.finish(io, options);
        }
        let spec = match target::target(io, options)? {
            Target::Earliest => OffsetSpec::Earliest,
            Target::Time(ms) => OffsetSpec::Timestamp(ms),
            _ => OffsetSpec::Latest,
        };
        Ok(list_offsets(&self.scope, spec))
    }

    fn settle(&mut self, io: &mut dyn Io, found: SortedMap<TopicPartition, i64>) {
        for partition in hash_order(self.scope.clone()) {
            let at_time = self.at_time.as_ref().and_then(|found| found.get(&partition).copied());
            if self.at_time.is_some() && at_time.is_none_or(|offset| offset < 0) {
                io.print(format_args!(
                    "\nWarn: Partition {} from topic {} is empty. Falling back to latest known offset.\n",
                    partition.partition, partition.topic
                ));
            }
            let offset = at_time.filter(|offset| *offset >= 0).or_else(|| found.get(&partition).copied());
            if let Some(offset) = offset {
                self.plan.insert(partition, offset);
            }
        }
    }

    fn finish(&self, io: &mut dyn Io, options: &Parsed) -> Result<Next, Stop> {
        let group = group_of(options);
        let mut rows = Vec::new();
        for partition in hash_order(self.plan.keys()) {
            let offset = self.plan.get(partition).copied().unwrap_or(0);
            rows.push(vec![
                group.clone(),
                partition.topic.to_string(),
                partition.partition.to_string(),
                offset.to_string(),
            ]);
        }
        let columns = vec![
            Column::growing("GROUP", 15, 0),
            Column::growing("TOPIC", 15, 0),
            Column::fixed("PARTITION", 10),
            Column::fixed("NEW-OFFSET", 0),
        ];
        io.print(format_args!("\n{}", kit::table(columns, &rows)));
        Ok(Next::Done)
    }
}

fn list_offsets(of: &[TopicPartition], spec: OffsetSpec) -> Next {
    let mut partitions = Vec::new();
    for partition in of {
        partitions.push((partition.clone(), -1, spec));
    }
    let request = ListOffsetsRequest { isolation: IsolationLevel::ReadUncommitted, partitions };
    Next::Ask("listOffsets", Request::ListOffsets(request))
}

/// `--delete-offsets`: asks, then prints.
pub fn delete(io: &mut dyn Io, options: &Parsed, answer: Option<Response>) -> Result<Next, Stop> {
    let topics = options.all("topic");
    let Some(Response::DeleteShareGroupOffsets(outcome)) = answer else {
        let offsets = topics.iter().map(|topic| (TopicPartition::new(topic.as_str(), -1), -1)).collect();
        let request = ShareOffsetsRequest { group: group_of(options), offsets };
        return Ok(Next::Ask("deleteShareGroupOffsets", Request::DeleteShareGroupOffsets(request)));
    };
    let sentence = |(code, message): (ErrorCode, Option<String>)| {
        let text = message.unwrap_or_else(|| code.message().to_owned());
        // The group is looked for among all groups, and only then as a share group.
        text.replacen("Share group", "Group", 1)
    };
    let whole = outcome.error.map(sentence);
    if let Some(message) = &whole {
        error(io, message);
    }
    let mut rows = Vec::new();
    for topic in topics {
        let found = outcome.partitions.iter().find(|(partition, _)| *partition.topic == **topic);
        let status = match (&whole, found) {
            (Some(message), _) => format!("Error: {message}"),
            (None, Some((_, Err(error)))) => format!("Error: {}", sentence(error.clone())),
            (None, _) => "Successful".to_owned(),
        };
        rows.push(vec![topic.clone(), status]);
    }
    let columns = vec![Column::growing("TOPIC", 15, 0), Column::fixed("STATUS", 0)];
    io.print(format_args!("\n{}", kit::table(columns, &rows)));
    Ok(Next::Done)
}
