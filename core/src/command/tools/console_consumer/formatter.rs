//! Message formatters: how a record is printed.

use super::super::kit::{Settings, Thrown, log};
use super::deserializer::Deserializer;
use super::internal::{self, Internal};
use crate::client::ConsumedRecord;
use crate::command::process::Io;
use crate::command::release::Release;
use crate::protocol::TimestampType;
use serde::Serialize;

const PACKAGE: &str = "org.apache.kafka.tools.consumer.";
/// Names that 3.9 still knows, and what they are called since.
const OLD: &[(&str, &str)] = &[
    ("kafka.tools.DefaultMessageFormatter", "DefaultMessageFormatter"),
    ("kafka.tools.LoggingMessageFormatter", "LoggingMessageFormatter"),
    ("kafka.tools.NoOpMessageFormatter", "NoOpMessageFormatter"),
    (
        "kafka.coordinator.transaction.TransactionLog$TransactionLogMessageFormatter",
        "TransactionLogMessageFormatter",
    ),
    ("kafka.coordinator.group.GroupMetadataManager$OffsetsMessageFormatter", "OffsetsMessageFormatter"),
    (
        "kafka.coordinator.group.GroupMetadataManager$GroupMetadataMessageFormatter",
        "GroupMetadataMessageFormatter",
    ),
];

/// A formatter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Formatter {
    /// `DefaultMessageFormatter`; `LoggingMessageFormatter` does the same and logs below WARN.
    Default(Columns),
    /// `NoOpMessageFormatter`: nothing.
    NoOp,
    /// `ChecksumMessageFormatter` of 2.8: records have no checksum any more. With what stands before it.
    Checksum(String),
    /// One of those for internal topics: what it is for, whether it is of 3.9, and whether it prints lines as it did
    /// up to 3.8.
    Internal(Internal, bool, bool),
}

/// What the default formatter prints of a record, and how.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Columns {
    timestamp: bool,
    partition: bool,
    offset: bool,
    delivery: bool,
    epoch: bool,
    headers: bool,
    key: bool,
    value: bool,
    key_separator: String,
    line_separator: String,
    headers_separator: String,
    null_literal: String,
    key_deserializer: Option<Deserializer>,
    value_deserializer: Option<Deserializer>,
    headers_deserializer: Option<Deserializer>,
}

impl Formatter {
    /// The formatter of this class with these settings; `None` if there is no such class.
    #[must_use]
    pub fn new(io: &mut dyn Io, class: &str, settings: &Settings) -> Option<Formatter> {
        let release = io.release();
        let old = OLD.iter().filter(|_| io.is_3_9()).find(|(name, _)| *name == class).map(|(_, name)| *name);
        if let Some(name) = old.filter(|_| release == Release::V3) {
            io.complain(format_args!(
                "WARNING: {class} is deprecated and will be removed in the next major release. Please use \
                 {PACKAGE}{name} instead\n"
            ));
        }
        if class == "kafka.tools.ChecksumMessageFormatter" && release <= Release::V2 {
            let topic = settings.get("topic").map(|topic| format!("{topic}:")).unwrap_or_default();
            return Some(Formatter::Checksum(topic));
        }
        let name = old.or_else(|| class.strip_prefix(PACKAGE).filter(|_| release > Release::V2))?;
        let kind = match name {
            "DefaultMessageFormatter" | "LoggingMessageFormatter" => {
                return Some(Formatter::Default(Columns::new(io, settings)));
            }
            "NoOpMessageFormatter" => return Some(Formatter::NoOp),
            "OffsetsMessageFormatter" => Internal::Offsets,
            "GroupMetadataMessageFormatter" => Internal::Groups,
            "TransactionLogMessageFormatter" => Internal::Transactions,
            "ShareGroupMessageFormatter" if !io.is_3_9() => Internal::ShareGroups,
            "group.share.ShareGroupStateMessageFormatter" if !io.is_3_9() => Internal::ShareState,
            _ => return None,
        };
        Some(Formatter::Internal(kind, io.is_3_9(), old.is_some()))
    }

    /// Prints a record. What stood before an error is printed as well.
    pub fn write(&self, io: &mut dyn Io, record: &ConsumedRecord) -> Result<(), Thrown> {
        let mut text = String::new();
        let outcome = match self {
            Formatter::Default(columns) => columns.write(&mut text, record),
            Formatter::NoOp => Ok(()),
            Formatter::Checksum(topic) => {
                text.push_str(&format!("{topic}checksum:0\n"));
                Ok(())
            }
            Formatter::Internal(kind, true, in_lines)
                if let Some(thrown) = foreign(io.release(), *kind, *in_lines, record) =>
            {
                Err(thrown)
            }
            Formatter::Internal(_, false, _)
                if record.record.key.as_ref().is_some_and(|key| key.len() < 2) =>
            {
                Err(without_version(record.offset))
            }
            Formatter::Internal(kind, is_3_9, in_lines) => {
                let told = internal::told(*kind, &record.record, *is_3_9, *in_lines);
                text.push_str(&told.unwrap_or_default());
                Ok(())
            }
        };
        if !text.is_empty() {
            io.out(&text);
        }
        outcome
    }
}

/// What up to 3.9 is thrown at records that are none of an internal topic's.
#[inline(never)]
fn foreign(release: Release, kind: Internal, in_lines: bool, record: &ConsumedRecord) -> Option<Thrown> {
    let key = record.record.key.as_deref()?;
    let short = |bytes: &[u8]| bytes.len() < 2;
    // Since 3.9 the value is read too, as JSON.
    let value = record.record.value.as_deref().filter(|_| !in_lines);
    if short(key) || value.is_some_and(short) {
        return Some(Thrown::new("java.nio.BufferUnderflowException", ""));
    }
    let version = i16::from_be_bytes([*key.first()?, *key.get(1)?]);
    let of_groups = matches!(kind, Internal::Offsets | Internal::Groups);
    (release <= Release::V2 && of_groups && !(0..=2).contains(&version)).then(|| {
        let message = format!("Unknown group metadata message version: {version}");
        Thrown::new("java.lang.IllegalStateException", message)
    })
}

/// The key of an internal record begins with two bytes that tell its kind.
fn without_version(offset: i64) -> Thrown {
    let why = "Could not read version from key's buffer.";
    let message = format!("Could not read record at offset {offset} due to: {why}");
    Thrown::new(RUNTIME, why).inside(RUNTIME, message)
}

const RUNTIME: &str = "java.lang.RuntimeException";

impl Columns {
    fn new(io: &mut dyn Io, settings: &Settings) -> Columns {
        let on = |name: &str, default: bool| match settings.get(name) {
            Some(value) => value.trim().eq_ignore_ascii_case("true"),
            None => default,
        };
        let text = |name: &str, default: &str| settings.get(name).unwrap_or(default).to_owned();
        let mut deserializer = |name: &str| {
            let class = settings.get(name).filter(|class| !class.is_empty())?;
            let known = Deserializer::of_class(class);
            if known.is_none() {
                let logger = "org.apache.kafka.tools.consumer.DefaultMessageFormatter";
                log(io, "ERROR", &format!("Unable to instantiate a deserializer from {class}"), logger);
                io.err(&Thrown::new("java.lang.ClassNotFoundException", class).trace());
            }
            known
        };
        let columns = Columns {
            key_deserializer: deserializer("key.deserializer"),
            value_deserializer: deserializer("value.deserializer"),
            headers_deserializer: deserializer("headers.deserializer"),
            timestamp: on("print.timestamp", false),
            partition: on("print.partition", false),
            offset: on("print.offset", false),
            delivery: on("print.delivery", false),
            epoch: on("print.epoch", false),
            headers: on("print.headers", false),
            key: on("print.key", false),
            value: on("print.value", true),
            key_separator: text("key.separator", "\t"),
            line_separator: text("line.separator", "\n"),
            headers_separator: text("headers.separator", ","),
            null_literal: text("null.literal", "null"),
        };
        // Up to 3.9 there is nothing to be told of these.
        let is_new = !io.is_3_9();
        Columns { delivery: columns.delivery && is_new, epoch: columns.epoch && is_new, ..columns }
    }

    fn write(&self, out: &mut String, record: &ConsumedRecord) -> Result<(), Thrown> {
        let mut columns = Joined { out, separator: &self.key_separator, any: false };
        if self.timestamp {
            let kind = match record.timestamp_type {
                TimestampType::CreateTime => "CreateTime",
                TimestampType::LogAppendTime => "LogAppendTime",
            };
            columns.next(&format!("{kind}:{}", record.record.timestamp));
        }
        if self.partition {
            columns.next(&format!("Partition:{}", record.partition.partition));
        }
        if self.offset {
            columns.next(&format!("Offset:{}", record.offset));
        }
        if self.delivery {
            let count = record.delivery_count.map_or("NOT_PRESENT".to_owned(), |count| count.to_string());
            columns.next(&format!("Delivery:{count}"));
        }
        if self.epoch {
            // The tool copies the record without its leader epoch, so there is never one to print.
            columns.next("Epoch:NOT_PRESENT");
        }
        if self.headers {
            columns.next(&self.headers_text(record)?);
        }
        if self.key {
            columns.next(&self.text(self.key_deserializer, record.record.key.as_deref())?);
        }
        if self.value {
            columns.next(&self.text(self.value_deserializer, record.record.value.as_deref())?);
        }
        if columns.any {
            out.push_str(&self.line_separator);
        }
        Ok(())
    }

    fn headers_text(&self, record: &ConsumedRecord) -> Result<String, Thrown> {
        let headers = &record.record.headers;
        if headers.is_empty() {
            return Ok("NO_HEADERS".to_owned());
        }
        let mut texts = Vec::new();
        for (name, value) in headers {
            let value = self.text(self.headers_deserializer, value.as_deref())?;
            texts.push(format!("{name}:{value}"));
        }
        Ok(texts.join(&self.headers_separator))
    }

    /// Bytes as text; the word for null goes through the deserializer too, as in Kafka.
    fn text(&self, deserializer: Option<Deserializer>, bytes: Option<&[u8]>) -> Result<String, Thrown> {
        let bytes = bytes.unwrap_or(self.null_literal.as_bytes());
        match deserializer {
            Some(deserializer) => deserializer.read(bytes),
            None => Ok(String::from_utf8_lossy(bytes).into_owned()),
        }
    }
}

/// Columns with a separator between them.
struct Joined<'a> {
    out: &'a mut String,
    separator: &'a str,
    any: bool,
}

impl Joined<'_> {
    fn next(&mut self, text: &str) {
        if self.any {
            self.out.push_str(self.separator);
        }
        self.any = true;
        self.out.push_str(text);
    }
}
