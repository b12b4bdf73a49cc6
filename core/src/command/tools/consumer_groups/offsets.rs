//! `--delete-offsets`: deletes committed offsets of a group.

use super::target::{self, Scope};
use super::{Next, Stop, error};
use crate::command::options::Parsed;
use crate::command::process::Io;
use crate::command::release::Release;
use crate::command::tools::kit::{self, Column};
use crate::protocol::{
    DescribeTopicsRequest, ErrorCode, OffsetDeleteRequest, OffsetDeleteResponse, Request, Response,
    TopicName, TopicPartition,
};
use serde::Serialize;

/// How far `--delete-offsets` has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DeleteOffsets {
    partitions: Vec<TopicPartition>,
    unknown: Vec<TopicName>,
}

impl DeleteOffsets {
    /// The next question, or the outcome.
    pub fn step(
        &mut self,
        io: &mut dyn Io,
        options: &Parsed,
        answer: Option<Response>,
    ) -> Result<Next, Stop> {
        let Scope { partitions, topics } = target::scope(options)?;
        match answer {
            None if !topics.is_empty() => {
                let request = DescribeTopicsRequest { topics: Some(topics), with_settings: false };
                return Ok(Next::Ask("describeTopics", Request::DescribeTopicPartitions(request)));
            }
            Some(Response::DescribeTopicPartitions(described)) => {
                for topic in described.topics {
                    if topic.error == ErrorCode::None {
                        for each in topic.partitions {
                            self.partitions.push(TopicPartition::new(topic.name.clone(), each.partition));
                        }
                    } else {
                        self.unknown.push(topic.name);
                    }
                }
            }
            Some(Response::OffsetDelete(outcome)) => {
                self.report(io, options, &outcome);
                return Ok(Next::Done);
            }
            _ => {}
        }
        self.partitions.extend(partitions);
        let group = options.value("group")?.unwrap_or_default().to_owned();
        let request = OffsetDeleteRequest { group, partitions: self.partitions.clone() };
        Ok(Next::Ask("deleteConsumerGroupOffsets", Request::OffsetDelete(request)))
    }

    fn report(&self, io: &mut dyn Io, options: &Parsed, outcome: &OffsetDeleteResponse) {
        let code = |partition: &TopicPartition| {
            if outcome.error != ErrorCode::None {
                return outcome.error;
            }
            let found = outcome.partitions.iter().find(|(each, _)| each == partition);
            found.map_or(ErrorCode::None, |(_, code)| *code)
        };
        let any_failed = self.partitions.iter().any(|partition| code(partition) != ErrorCode::None);
        match outcome.error {
            ErrorCode::None if !any_failed => {
                let group = options.value("group").ok().flatten().unwrap_or_default();
                if io.is_3_9() {
                    let topics = crate::view::joined(options.all("topic"), ", ");
                    io.print(format_args!(
                        "Request succeed for deleting offsets with topic {topics} group {group}\n"
                    ));
                } else {
                    io.print(format_args!("Request succeeded for deleting offsets from group {group}.\n"));
                }
            }
            ErrorCode::None if io.is_3_9() => {
                error(io, "Encounter some partition level error, see the follow-up details:")
            }
            ErrorCode::None => {
                error(io, "Encountered some partition-level error, see the follow-up details.")
            }
            ErrorCode::GroupIdNotFound if io.is_3_9() => {
                let group = options.value("group").ok().flatten().unwrap_or_default();
                error(io, &format!("'{group}' does not exist."));
            }
            other => error(io, other.message()),
        }
        let mut all = Vec::new();
        for partition in &self.partitions {
            all.push((&partition.topic, Some(partition.partition), code(partition)));
        }
        for topic in &self.unknown {
            all.push((topic, None, ErrorCode::UnknownTopicOrPartition));
        }
        crate::sorted::sort_by(&mut all, |a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        let mut rows = Vec::new();
        for (topic, partition, code) in all {
            let unknown = if io.is_3_9() { "Not Provided" } else { "-" };
            let partition = partition.map_or_else(|| unknown.to_owned(), |number| number.to_string());
            let status = match code {
                ErrorCode::None => "Successful".to_owned(),
                code => {
                    let colon = if io.release() == Release::V3 { ":" } else { "" };
                    format!("Error: {colon}{}: {}", code.java_class(), code.message())
                }
            };
            rows.push(vec![topic.to_string(), partition, status]);
        }
        let (topic, partition) = if io.is_3_9() { (30, 15) } else { (15, 10) };
        let columns = vec![
            Column::fixed("TOPIC", topic),
            Column::fixed("PARTITION", partition),
            Column::fixed("STATUS", 15),
        ];
        let mut table = kit::table(columns, &rows);
        // 3.9 ends no line of it.
        if io.release() == Release::V3 {
            table.retain(|letter| letter != '\n');
        }
        io.print(format_args!("\n{table}"));
    }
}
