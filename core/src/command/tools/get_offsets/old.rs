//! What `kafka.tools.GetOffsetShell` of 2.8 does with one topic: it was a consumer, and knew no expressions.

use super::{GetOffsets, Thrown};
use crate::command::process::Io;
use crate::protocol::{
    DescribeTopicsRequest, DescribedPartition, ErrorCode, IsolationLevel, ListOffsetsRequest, OffsetSpec,
    Request, Response, TopicName, TopicPartition,
};

impl GetOffsets {
    /// The partitions that were asked for, each once; the error is the sentence about what is no number.
    pub(super) fn requested(&self) -> Result<Vec<i32>, String> {
        let text = self.options.value("partitions").ok().flatten().unwrap_or_default();
        let mut numbers = Vec::new();
        if text.is_empty() {
            return Ok(numbers);
        }
        for part in text.split(',') {
            let number = part.parse().map_err(|_| {
                format!("--partitions expects a comma separated list of numeric partition ids, but received: {text}")
            })?;
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        Ok(numbers)
    }

    /// Which offset `--time` means.
    fn old_time(&self) -> Result<OffsetSpec, Thrown> {
        Ok(match self.options.number("time")?.unwrap_or(-1) {
            -1 => OffsetSpec::Latest,
            -2 => OffsetSpec::Earliest,
            time => OffsetSpec::Timestamp(time),
        })
    }

    /// Asks for the offsets of those partitions that were asked for and have a leader.
    fn ask_old(
        &mut self,
        io: &mut dyn Io,
        topic: &TopicName,
        mut partitions: Vec<DescribedPartition>,
    ) -> Result<Option<i32>, Thrown> {
        let requested = self.requested().unwrap_or_default();
        partitions.retain(|it| requested.is_empty() || requested.contains(&it.partition));
        if partitions.is_empty() {
            let list = crate::view::joined(&requested, ",");
            io.complain(format_args!("Topic {topic} does not have any of the requested partitions {list}\n"));
            return Ok(Some(1));
        }
        for number in requested {
            if !partitions.iter().any(|partition| partition.partition == number) {
                io.complain(format_args!("Error: partition {number} does not exist\n"));
            }
        }
        let time = self.old_time()?;
        let mut asked = Vec::new();
        for partition in &partitions {
            let number = partition.partition;
            if partition.leader.is_none() {
                io.complain(format_args!(
                    "Error: partition {number} does not have a leader. Skip getting offsets\n"
                ));
                continue;
            }
            let partition = TopicPartition::new(topic.clone(), number);
            if let OffsetSpec::Timestamp(at @ ..0) = time {
                return Err(Thrown::illegal(format!(
                    "The target time for partition {partition} is {at}. The target time cannot be negative."
                )));
            }
            self.asked.push(partition.clone());
            asked.push((partition, -1, time));
        }
        if asked.is_empty() {
            return Ok(Some(0));
        }
        let request = ListOffsetsRequest { isolation: IsolationLevel::ReadUncommitted, partitions: asked };
        self.ask(io, "listOffsets", Request::ListOffsets(request));
        Ok(None)
    }

    /// Goes on with what the cluster has answered: the exit code, if that was all.
    pub(super) fn on_old_answer(
        &mut self,
        io: &mut dyn Io,
        response: Response,
    ) -> Result<Option<i32>, Thrown> {
        let topic = TopicName::from(self.options.value("topic")?.unwrap_or_default());
        match response {
            Response::Metadata(metadata) => {
                if !metadata.topics.iter().any(|known| known.name == topic) {
                    io.complain(format_args!("Topic {topic} does not exist\n"));
                    return Ok(Some(1));
                }
                let request = DescribeTopicsRequest { topics: Some(vec![topic]), with_settings: false };
                self.ask(io, "describeTopics", Request::DescribeTopicPartitions(request));
            }
            Response::DescribeTopicPartitions(described) => {
                let mut partitions = Vec::new();
                for topic in described.topics {
                    partitions.extend(topic.partitions);
                }
                return self.ask_old(io, &topic, partitions);
            }
            Response::ListOffsets(listed) => {
                let mut found = Vec::new();
                for each in listed.partitions {
                    if each.error != ErrorCode::None {
                        let late = "Failed to get offsets by times in 30000ms";
                        return Err(match each.error {
                            ErrorCode::RequestTimedOut => {
                                Thrown::new("org.apache.kafka.common.errors.TimeoutException", late)
                            }
                            code => Thrown::of(code),
                        });
                    }
                    found.push((each.partition.partition, each.offset));
                }
                crate::sorted::sort(&mut found);
                for (number, offset) in found {
                    let offset = if offset < 0 { String::new() } else { offset.to_string() };
                    io.print(format_args!("{topic}:{number}:{offset}\n"));
                }
                return Ok(Some(0));
            }
            _ => {}
        }
        Ok(None)
    }
}
