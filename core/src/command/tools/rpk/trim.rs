//! `rpk topic trim-prefix`: where partitions begin is moved forward.

use super::format::table;
use super::times;
use super::{Rpk, code_told, listed};
use crate::command::process::Io;
use crate::protocol::{
    DeleteRecordsRequest, DeletedRecords, ErrorCode, IsolationLevel, ListOffsetsRequest, ListOffsetsResponse,
    MetadataResponse, OffsetSpec, Request, TopicPartition,
};

/// The end of a partition, as DeleteRecords names it.
const END: i64 = -1;

impl Rpk {
    pub(super) fn begin_trim(&mut self, io: &mut dyn Io) {
        let topic = self.asked.args.first().cloned();
        if let Some(path) = self.asked.get("from-file").map(str::to_owned) {
            if let Some(other) = ["offset", "partitions"].into_iter().find(|other| self.asked.has(other)) {
                return self.die(
                    io,
                    &format!(
                        "if any flags in the group [from-file {other}] are set none of the others can be; [from-file \
                         {other}] were all set"
                    ),
                );
            }
            return match listed::offsets(io, &path, topic.as_deref()) {
                Ok(offsets) if offsets.is_empty() => self.die(io, "offset file is empty"),
                Ok(offsets) => self.delete_records(io, offsets),
                Err(why) => self.die(io, &why),
            };
        }
        let why = match (topic, self.asked.get("offset")) {
            (None, _) => "Error: required arg 'topic' not set",
            (_, None | Some("")) => "Error: required flag 'offset' not set",
            _ => return self.ask_metadata(io, None),
        };
        self.die(io, why);
    }

    pub(super) fn trim(&mut self, io: &mut dyn Io, metadata: &MetadataResponse) {
        let offset = self.asked.get("offset").unwrap_or_default().to_owned();
        let name = self.asked.args.first().cloned().unwrap_or_default();
        let Some(topic) = metadata.topics.iter().find(|topic| *topic.name == *name) else {
            return self.die(io, &format!("topic \"{name}\" does not exists"));
        };
        let wanted = self.asked.partitions();
        let mut partitions = Vec::new();
        for each in &topic.partitions {
            if wanted.is_empty() || wanted.contains(&each.partition) {
                partitions.push(TopicPartition::new(name.as_str(), each.partition));
            }
        }
        if let Some(time) = offset.strip_prefix('@') {
            if time == "end" {
                return self.die(io, "invalid offset '@end'; use '--offset end' if you want to trim all");
            }
            let Some(from) = times::range(time, io.now().wall_ms()).and_then(|times| times.from) else {
                return self.die(io, &format!("unable to parse offset: \"{offset}\""));
            };
            let spec = OffsetSpec::Timestamp(from);
            let partitions = partitions.into_iter().map(|partition| (partition, -1, spec)).collect();
            let isolation = IsolationLevel::ReadUncommitted;
            return self.ask(io, 0, Request::ListOffsets(ListOffsetsRequest { isolation, partitions }));
        }
        let start = match offset.parse() {
            Ok(offset) => offset,
            Err(_) if offset == "end" => END,
            Err(_) => {
                let why = format!("strconv.ParseInt: parsing \"{offset}\": invalid syntax");
                return self.die(io, &format!("error parsing offset \"{offset}\": {why}"));
            }
        };
        self.delete_records(io, partitions.into_iter().map(|partition| (partition, start)).collect());
    }

    /// Where the records of a time begin; everything is older if there are none.
    pub(super) fn on_trim_offsets(&mut self, io: &mut dyn Io, found: ListOffsetsResponse) {
        let starts = found.partitions.into_iter().map(|each| (each.partition, each.offset.max(END)));
        self.delete_records(io, starts.collect());
    }

    fn delete_records(&mut self, io: &mut dyn Io, partitions: Vec<(TopicPartition, i64)>) {
        if !self.asked.has("no-confirm") {
            io.note("rpk asks before it deletes; here it goes on as with --no-confirm");
        }
        self.ask(io, 0, Request::DeleteRecords(DeleteRecordsRequest { partitions, timeout_ms: 10_000 }));
    }

    pub(super) fn print_trimmed(&mut self, io: &mut dyn Io, deleted: Vec<DeletedRecords>) {
        let mut rows = Vec::new();
        let mut failed = false;
        for each in deleted {
            let (start, why) = match each.error {
                ErrorCode::None => (each.low_watermark.to_string(), String::new()),
                code => ("-".to_owned(), code_told(code)),
            };
            failed |= !why.is_empty();
            let (topic, number) = (each.partition.topic.to_string(), each.partition.partition.to_string());
            rows.push(vec![topic, number, start, why]);
        }
        io.out(&table(&["TOPIC", "PARTITION", "NEW-START-OFFSET", "ERROR"], &rows));
        self.leave(io, i32::from(failed));
    }
}
