//! `kafka-dump-log`: what is inside segment files and their indexes.
//!
//! It reads the data directory of a broker, `/tmp/kafka-logs-101/orders-0/00000000000000000000.log`, and asks nobody.

use super::dump_old;
use super::dump_records::Parser;
use super::kit::{self, Thrown};
use super::tables::DUMP_LOG;
use crate::command::options::{Parsed, missing_required};
use crate::command::process::{Io, Program};
use crate::command::release::Release;
use crate::protocol::{Record, RecordBatch, TimestampType};
use crate::sorted::SortedMap;
use crate::view::SegmentFile;
use serde::Serialize;

const NAME: &str = "kafka-dump-log";
const ABOUT: &str = "This tool helps to parse a log file and dump its contents to the console, useful for debugging a seemingly \
     corrupt log segment.";
const DECODERS: [&str; 8] = [
    "print-data-log",
    "share-group-state-decoder",
    "offsets-decoder",
    "transaction-log-decoder",
    "cluster-metadata-decoder",
    "remote-log-metadata-decoder",
    "value-decoder-class",
    "key-decoder-class",
];

/// A running `kafka-dump-log`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DumpLog {
    args: Vec<String>,
}

/// What is wrong with files, told at the end: by file, one line each.
type Complaints = SortedMap<String, Vec<String>>;

impl DumpLog {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> DumpLog {
        DumpLog { args: args.to_vec() }
    }

    fn dump(io: &mut dyn Io, options: &Parsed) -> Result<(), Thrown> {
        let (mut mismatches, mut unfound, mut times, mut gaps) =
            (Complaints::new(), Vec::new(), Complaints::new(), Complaints::new());
        for path in options.value("files")?.unwrap_or_default().split(',') {
            io.print(format_args!("Dumping {path}\n"));
            let name = path.rsplit('/').next().unwrap_or(path);
            let (base, suffix) = name.split_once('.').unwrap_or((name, ""));
            if !name.contains('.') && io.is_3_9() {
                let length = name.chars().count();
                let message = format!("begin -1, end {length}, length {length}");
                return Err(Thrown::new("java.lang.StringIndexOutOfBoundsException", message));
            }
            let file = |io: &mut dyn Io| io.segment_file(path).ok_or_else(|| Thrown::no_file(path));
            match suffix.rsplit('.').next().unwrap_or_default() {
                "log" => {
                    if io.release() <= Release::V2 {
                        options.integer("max-message-size")?;
                    }
                    let parser = Parser::new(io, options)?;
                    if io.release() > Release::V2 {
                        options.integer("max-bytes")?;
                    }
                    let start: i64 = base.parse().map_err(|_| Thrown::no_number(base))?;
                    let head = if io.release() <= Release::V2 { "Starting" } else { "Log starting" };
                    io.print(format_args!("{head} offset: {start}\n"));
                    let file = file(io)?;
                    log(io, options, path, (&file, &parser), &mut gaps)?;
                }
                "checkpoint" => {
                    let parser = Parser::new(io, options)?;
                    match snapshot(path)? {
                        Some((offset, epoch)) => {
                            io.print(format_args!("Snapshot end offset: {offset}, epoch: {epoch}\n"));
                        }
                        None => io.out("KRaft bootstrap snapshot\n"),
                    }
                    let file = file(io)?;
                    log(io, options, path, (&file, &parser), &mut gaps)?;
                }
                "index" => {
                    // The index of a file that is not there is looked for beside its segment.
                    let segment = format!("{}.log", path.strip_suffix(".index").unwrap_or(path));
                    let file = io.segment_file(path).ok_or_else(|| Thrown::no_file(&segment))?;
                    index(io, options, path, &file, &mut mismatches)?;
                }
                "timeindex" => {
                    let segment = format!("{}.log", path.strip_suffix(".timeindex").unwrap_or(path));
                    let file = io.segment_file(path).ok_or_else(|| Thrown::no_file(&segment))?;
                    time_index(io, options, path, &file, (&mut unfound, &mut times));
                }
                "snapshot" | "txnindex" => {
                    let file = file(io)?;
                    lines(io, &file);
                }
                _ => io.complain(format_args!("Ignoring unknown file {path}\n")),
            }
        }
        told(io, "Mismatches in :", &mismatches);
        told(io, "Found timestamp mismatch in :", &times);
        for (path, line) in unfound {
            let place = if io.is_3_9() { "the log." } else { &format!(":{path}") };
            io.complain(format_args!("The following indexed offsets are not found in {place}\n{line}\n"));
        }
        told(io, "Non-consecutive offsets in ", &gaps);
        Ok(())
    }
}

/// What there is to tell of a snapshot of producers or an index of aborted transactions.
fn lines(io: &mut dyn Io, file: &SegmentFile) {
    for line in &file.told {
        match io.release() {
            Release::V1 | Release::V2 => io.print(format_args!("{}\n", dump_old::producer(line))),
            Release::V3 | Release::V4 => io.print(format_args!("{line}\n")),
        }
    }
}

fn told(io: &mut dyn Io, head: &str, complaints: &Complaints) {
    for (path, lines) in complaints {
        io.complain(format_args!("{head}{path}\n"));
        for line in lines {
            io.complain(format_args!("  {line}\n"));
        }
    }
}

fn log(
    io: &mut dyn Io,
    options: &Parsed,
    path: &str,
    (file, parser): (&SegmentFile, &Parser),
    gaps: &mut Complaints,
) -> Result<(), Thrown> {
    let prints = DECODERS.iter().any(|name| options.has(name));
    let deep = prints || options.has("deep-iteration");
    let terse = options.has("skip-record-metadata");
    let release = options.release;
    let most = if release <= Release::V2 { None } else { options.integer("max-bytes")? };
    let most = u64::try_from(most.unwrap_or(i32::MAX)).unwrap_or(0);
    let (mut position, mut last) = (0, -1);
    let mut out = String::new();
    let mut told = file.told.iter();
    for batch in &file.batches {
        let size = u64::from(batch.size());
        if position + size > most {
            break;
        }
        head(&mut out, batch, position, release);
        let begin = position;
        position += size;
        for (offset, record) in batch.records().take_while(|_| deep) {
            if offset != last + 1 && (last >= 0 || release >= Release::V4) {
                gaps.entry(path.to_owned()).or_default().push(format!("{last} is followed by {offset}"));
            }
            last = offset;
            let said = told.next();
            if !terse {
                if release <= Release::V2 {
                    out.push_str(&dump_old::metadata(batch, offset, &record, (kind(batch), begin)));
                } else {
                    metadata_of(&mut out, batch, offset, &record);
                }
                mark(&mut out, batch);
                if let Some(said) = said.filter(|_| batch.is_control) {
                    out.push_str(&format!(" {said}"));
                }
            }
            // A control record's bytes are not for people.
            if prints && !batch.is_control {
                let (key, payload) = match parser.texts(release, (offset, &record), said) {
                    Ok(texts) => texts,
                    Err(thrown) => {
                        io.out(&out);
                        return Err(thrown);
                    }
                };
                let mut prefix = if terse { "| " } else { " " };
                if let Some(key) = key {
                    out.push_str(&format!("{prefix}key: {key}"));
                    prefix = " ";
                }
                if release <= Release::V3 {
                    prefix = " ";
                }
                if let Some(payload) = payload {
                    out.push_str(&format!("{prefix}payload: {payload}"));
                }
            }
            out.push('\n');
        }
    }
    io.out(&out);
    Ok(())
}

/// `baseOffset: 0 lastOffset: 2 …`.
fn head(out: &mut String, batch: &RecordBatch, position: u64, release: Release) {
    let old = release <= Release::V2;
    let horizon = match batch.delete_horizon_ms() {
        _ if old => String::new(),
        Some(at) => format!(" deleteHorizonMs: OptionalLong[{at}]"),
        None => " deleteHorizonMs: OptionalLong.empty".to_owned(),
    };
    let codec = batch.codec.name();
    let codec = if old { codec.to_ascii_uppercase() } else { codec.to_owned() };
    out.push_str(&format!(
        "baseOffset: {} lastOffset: {} count: {} baseSequence: {} lastSequence: {} producerId: {} producerEpoch: {} \
         partitionLeaderEpoch: {} isTransactional: {} isControl: {}{horizon} position: {position} {}: {} size: {} \
         magic: 2 compresscodec: {codec} crc: {} isvalid: true\n",
        batch.base_offset,
        batch.last_offset(),
        batch.count,
        batch.base_sequence,
        batch.sequence(i64::from(batch.last_offset_delta)),
        batch.producer_id,
        batch.producer_epoch,
        batch.leader_epoch,
        batch.is_transactional,
        batch.is_control,
        kind(batch),
        batch.max_timestamp,
        batch.size(),
        batch.crc(),
    ));
}

fn kind(batch: &RecordBatch) -> &'static str {
    match batch.timestamp_type {
        TimestampType::CreateTime => "CreateTime",
        TimestampType::LogAppendTime => "LogAppendTime",
    }
}

/// `| offset: 0 CreateTime: …`.
fn metadata_of(out: &mut String, batch: &RecordBatch, offset: i64, record: &Record) {
    let size = |bytes: &Option<Vec<u8>>| {
        bytes.as_ref().map_or(-1, |bytes| i64::try_from(bytes.len()).unwrap_or(i64::MAX))
    };
    let headers = crate::view::joined(record.headers.iter().map(|(name, _)| name), ",");
    out.push_str(&format!(
        "| offset: {offset} {}: {} keySize: {} valueSize: {} sequence: {} headerKeys: [{headers}]",
        kind(batch),
        record.timestamp,
        size(&record.key),
        size(&record.value),
        batch.sequence(offset - batch.base_offset),
    ));
}

/// What a control record marks.
fn mark(out: &mut String, batch: &RecordBatch) {
    if let Some(marker) = batch.marker() {
        let end = if marker.committed { "COMMIT" } else { "ABORT" };
        out.push_str(&format!(" endTxnMarker: {end} coordinatorEpoch: {}", marker.coordinator_epoch));
    }
}

fn index(
    io: &mut dyn Io,
    options: &Parsed,
    path: &str,
    file: &SegmentFile,
    wrong: &mut Complaints,
) -> Result<(), Thrown> {
    let mut entries: Vec<(i64, u64)> = Vec::new();
    for entry in file.index.iter().filter(|entry| entry.offset >= 0) {
        entries.push((entry.offset, entry.position));
    }
    // A file that still grows ends with zeros; the first of them is read as an entry.
    if entries.is_empty() && file.is_active {
        entries.push((file.base_offset, 0));
    }
    if entries.is_empty() {
        io.print(format_args!("{path} is empty.\n"));
        return Ok(());
    }
    if options.has("index-sanity-check") {
        io.print(format_args!("{path} passed sanity check.\n"));
        return Ok(());
    }
    // What an entry points at has to be there.
    if file.batches.is_empty() {
        return Err(Thrown::new("java.util.NoSuchElementException", ""));
    }
    for (offset, position) in entries {
        if let Some(found) =
            batch_at(file, position).map(RecordBatch::last_offset).filter(|found| *found != offset)
        {
            let line = format!("Index offset: {offset}, log offset: {found}");
            wrong.entry(path.to_owned()).or_default().insert(0, line);
        }
        if !options.has("verify-index-only") {
            io.print(format_args!("offset: {offset} position: {position}\n"));
        }
    }
    Ok(())
}

fn batch_at(file: &SegmentFile, position: u64) -> Option<&RecordBatch> {
    let mut at = 0;
    file.batches.iter().find(|batch| {
        let found = at >= position;
        at += u64::from(batch.size());
        found
    })
}

fn time_index(
    io: &mut dyn Io,
    options: &Parsed,
    path: &str,
    file: &SegmentFile,
    (unfound, wrong): (&mut Vec<(String, String)>, &mut Complaints),
) {
    if options.has("index-sanity-check") {
        return io.print(format_args!("{path} passed sanity check.\n"));
    }
    let mut entries: Vec<(i64, i64)> = file.index.iter().filter_map(|entry| entry.time).collect();
    if entries.is_empty() && file.is_active {
        entries.push((0, file.base_offset));
    }
    for (time, offset) in entries {
        let batch = file.batches.iter().find(|batch| batch.last_offset() >= offset);
        match batch {
            Some(batch) if batch.last_offset() == offset => {
                if batch.max_timestamp != time {
                    let line = format!("Index timestamp: {time}, log timestamp: {}", batch.max_timestamp);
                    wrong.entry(path.to_owned()).or_default().push(line);
                }
            }
            other => {
                let found = other.map_or(-1, RecordBatch::last_offset);
                let line = format!("Indexed offset: {offset}, found log offset: {found}");
                unfound.push((path.to_owned(), line));
            }
        }
        if !options.has("verify-index-only") {
            io.print(format_args!("timestamp: {time} offset: {offset}\n"));
        }
    }
}

impl Program for DumpLog {
    fn start(&mut self, io: &mut dyn Io) {
        let outcome = match Parsed::parse(DUMP_LOG, &self.args, io.release()) {
            Ok(options) if options.has("help") || self.args.is_empty() => {
                return kit::refuse(io, NAME, ABOUT);
            }
            Ok(options) if options.has("version") => return kit::version(io),
            Ok(options) => match missing_required(&options, &["files"]) {
                Some(message) => return kit::refuse(io, NAME, &message),
                // A number is read where it is needed.
                None => DumpLog::dump(io, &options),
            },
            Err(error) => Err(Thrown::from(error)),
        };
        if let Err(thrown) = &outcome {
            kit::trouble_note(io, &thrown.message);
            kit::uncaught(io, thrown);
        }
        io.exit(i32::from(outcome.is_err()));
    }
}

/// End and epoch in the name of a snapshot, which stand at fixed places; nothing for that of a new cluster.
fn snapshot(path: &str) -> Result<Option<(i64, i64)>, Thrown> {
    let name = path.rsplit('/').next().unwrap_or_default();
    if !name.contains('-') {
        return Ok(None);
    }
    let number = |from: usize, to: usize| {
        let text = name.get(from..to).or_else(|| name.get(from..)).unwrap_or_default();
        text.parse::<i64>().map_err(|_| Thrown::no_number(text))
    };
    Ok(Some((number(0, 20)?, number(21, 31)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_snapshot_is_called_is_read_by_places() {
        let read = |name: &str| {
            snapshot(&format!("data/__cluster_metadata-0/{name}")).map_err(|it| it.message.clone())
        };
        assert_eq!(read("00000000000000000123-0000000005.checkpoint"), Ok(Some((123, 5))));
        assert_eq!(read("bootstrap.checkpoint"), Ok(None));
        assert_eq!(
            read("00000000000000000000-*.checkpoint"),
            Err("For input string: \"*.checkpoi\"".to_owned())
        );
    }
}
