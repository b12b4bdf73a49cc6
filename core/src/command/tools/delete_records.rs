//! `kafka-delete-records`: the oldest records of partitions are deleted (KIP-107).

use super::kit::{self, Thrown, jackson};
use super::tables::DELETE_RECORDS;
use crate::client::{ClientCall, ClientError, ClientEvent};
use crate::command::options::{Parsed, missing_required};
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::java::hash_order;
use crate::json::Reader;
use crate::node::ClientId;
use crate::protocol::{DeleteRecordsRequest, DeletedRecords, ErrorCode, Request, Response, TopicPartition};
use crate::view::joined;
use serde::Serialize;

const NAME: &str = "kafka-delete-records";
const OPERATION: &str = "org.apache.kafka.tools.AdminOperationException";
const FAILED: &str = "org.apache.kafka.tools.AdminCommandFailedException";
const MAPPING: &str = "com.fasterxml.jackson.databind.JsonMappingException";
/// Nobody nests deeper in a file of offsets.
const DEPTH: u32 = 64;

/// A running `kafka-delete-records`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeleteRecords {
    args: Vec<String>,
    client: Option<ClientId>,
    /// Partitions of which nobody could tell, and why.
    untold: Vec<(TopicPartition, String)>,
}

impl DeleteRecords {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> DeleteRecords {
        DeleteRecords { args: args.to_vec(), client: None, untold: Vec::new() }
    }

    fn open(&mut self, io: &mut dyn Io, options: &Parsed) -> Result<(), Thrown> {
        // Kafka makes its client before it looks at the file.
        let client = kit::open_admin(io, options, "adminclient-1")?;
        self.client = Some(client);
        let path = options.value("offset-json-file")?.unwrap_or_default();
        let Some(file) = io.read_file(path) else { return Err(Thrown::unreadable(path)) };
        let partitions = offsets_in(&String::from_utf8_lossy(&file))?;
        io.out("Executing records delete operation\n");
        let request = Request::DeleteRecords(DeleteRecordsRequest { partitions, timeout_ms: 60_000 });
        io.call(client, ClientCall::Admin { tag: 0, name: "deleteRecords", request });
        io.out("Records delete operation completed:\n");
        Ok(())
    }

    fn report(&mut self, io: &mut dyn Io, deleted: Vec<DeletedRecords>) {
        for each in &deleted {
            let (tp, error) = (&each.partition, each.error);
            // The client of 2.8 told the tool of a refusal, not the log.
            let is_told = io.release() > Release::V2;
            if is_told && !error.is_none() && !self.untold.iter().any(|(untold, _)| untold == tp) {
                let message = format!(
                    "[AdminClient clientId=adminclient-1] DeleteRecords request for topic partition {tp} failed due \
                     to an unexpected error {}",
                    error.name()
                );
                kit::log(
                    io,
                    "ERROR",
                    &message,
                    "org.apache.kafka.clients.admin.internals.DeleteRecordsHandler",
                );
            }
        }
        for tp in hash_order(deleted.iter().map(|each| each.partition.clone())) {
            let Some(each) = deleted.iter().find(|each| each.partition == tp) else { continue };
            let untold = self.untold.iter().find(|(untold, _)| *untold == tp);
            match untold {
                Some((_, why)) => io.print(format_args!("partition: {tp}\terror: {why}\n")),
                None if each.error.is_none() => {
                    io.print(format_args!("partition: {tp}\tlow_watermark: {}\n", each.low_watermark));
                }
                None => {
                    io.print(format_args!("partition: {tp}\terror: {}\n", Thrown::of(each.error).head()));
                }
            }
        }
        kit::leave(io, self.client.take(), 0);
    }

    fn fail(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        let told = thrown.clone().packed(io.release());
        kit::tell(io, &told, Release::V3);
        kit::leave(io, self.client.take(), 1);
    }

    /// The call failed as a whole: so did every partition of it.
    fn on_failure(&mut self, io: &mut dyn Io, error: ClientError) {
        let thrown = Thrown::from(error);
        self.fail(io, &thrown.in_execution());
    }
}

/// Partitions and offsets of a text like
/// `{"partitions": [{"topic": "orders", "partition": 0, "offset": 5}], "version": 1}`.
fn offsets_in(text: &str) -> Result<Vec<(TopicPartition, i64)>, Thrown> {
    if Reader::new(text).skip(DEPTH).is_err() {
        return Err(Thrown::new(OPERATION, "The input string is not a valid JSON"));
    }
    let (mut version, mut found) = (1, None);
    let mut lacking = None;
    let read = Reader::new(text).object(&mut |reader, field| {
        match field {
            "version" => version = jackson::number(reader)?,
            "partitions" => {
                let all: &mut Vec<(TopicPartition, i64)> = found.get_or_insert_default();
                reader.list(&mut |reader| {
                    let (mut topic, mut partition, mut offset) = (None, None, None);
                    reader.object(&mut |reader, field| {
                        match field {
                            "topic" => topic = Some(jackson::text(reader)?),
                            "partition" => partition = Some(jackson::number(reader)?),
                            "offset" => offset = Some(jackson::long(reader)?),
                            _ => reader.skip(DEPTH)?,
                        }
                        Ok(())
                    })?;
                    match (topic, partition, offset) {
                        (Some(topic), Some(partition), Some(offset)) => {
                            all.push((TopicPartition::new(topic, partition), offset));
                        }
                        (None, ..) => lacking = lacking.or(Some("topic")),
                        (_, None, _) => lacking = lacking.or(Some("partition")),
                        _ => lacking = lacking.or(Some("offset")),
                    }
                    Ok(())
                })?;
            }
            _ => reader.skip(DEPTH)?,
        }
        Ok(())
    });
    if let Err(fault) = read {
        return Err(jackson::mapping(text, &fault));
    }
    if version != 1 {
        return Err(Thrown::new(OPERATION, format!("Not supported version field value {version}")));
    }
    if let Some(field) = lacking {
        return Err(Thrown::new(MAPPING, format!("No such field exists: `{field}`")));
    }
    let found = found.ok_or_else(|| Thrown::new(OPERATION, "Missing partitions field"))?;
    let mut twice: Vec<TopicPartition> = Vec::new();
    for (place, (tp, _)) in found.iter().enumerate() {
        if found.iter().take(place).any(|(other, _)| other == tp) && !twice.contains(tp) {
            twice.push(tp.clone());
        }
    }
    if twice.is_empty() {
        return Ok(found);
    }
    let names = joined(hash_order(twice), ",");
    Err(Thrown::new(FAILED, format!("Offset json file contains duplicate topic partitions: {names}")))
}

impl Program for DeleteRecords {
    fn start(&mut self, io: &mut dyn Io) {
        let about = "This tool helps to delete records of the given partitions down to the specified offset.";
        let options = match kit::opening(io, NAME, DELETE_RECORDS, &self.args, about) {
            Ok(Some(options)) => options,
            Ok(None) => return,
            Err(thrown) => return self.fail(io, &thrown),
        };
        if let Some(message) = missing_required(&options, &["bootstrap-server", "offset-json-file"]) {
            return kit::refuse(io, NAME, &message);
        }
        if let Err(thrown) = self.open(io, &options) {
            self.fail(io, &thrown);
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        match event {
            ClientEvent::Log(line) => kit::client_log(io, &line),
            ClientEvent::PartitionFailed { partition, error, .. } => {
                let mut thrown = Thrown::from(error);
                // Nor did it ask again for partitions that are not there.
                if io.release() <= Release::V2 && thrown.message.contains("(api=METADATA)") {
                    thrown = Thrown::of(ErrorCode::LeaderNotAvailable);
                }
                self.untold.push((partition, thrown.head()));
            }
            ClientEvent::Answered { result, .. } if self.client.is_some() => match result {
                Ok(Response::DeleteRecords(deleted)) => self.report(io, deleted),
                Ok(_) => {}
                Err(error) => self.on_failure(io, error),
            },
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

    #[test]
    fn files_are_read_and_refused_in_kafkas_words() {
        let good = r#"{"partitions":[{"topic":"t","partition":1,"offset":-1}]}"#;
        assert_eq!(offsets_in(good), Ok(vec![(TopicPartition::new("t", 1), -1)]));
        for (text, message) in [
            ("{", "The input string is not a valid JSON"),
            ("{}", "Missing partitions field"),
            (r#"{"version":2}"#, "Not supported version field value 2"),
            (r#"{"partitions":[{"partition":1}]}"#, "No such field exists: `topic`"),
            (
                r#"{"partitions":[{"topic":"t","partition":1,"offset":1},{"topic":"t","partition":1,"offset":2}]}"#,
                "Offset json file contains duplicate topic partitions: t-1",
            ),
        ] {
            assert_eq!(offsets_in(text).unwrap_err().message, message);
        }
    }
}
