//! kcat as a producer: `-P`.

use super::Kcat;
use crate::client::{ClientCall, ClientError, ClientSpec, ProducerConfig};
use crate::command::process::Io;
use crate::node::{SimTime, Span};
use crate::protocol::{Acks, ErrorCode, MetadataResponse, Record};
use serde::Serialize;

/// How long librdkafka waits for a topic to become known.
const PROPAGATION: Span = Span::secs(30);
const RETRY: Span = Span::millis(100);
/// How long it stays with the partition that it drew for messages without a key.
const STICKY: Span = Span::millis(10);

/// How far writing has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Writing {
    partitions: u32,
    input: Vec<u8>,
    sent: u64,
    settled: u64,
    failed: bool,
    ended: bool,
    sticky: Option<(SimTime, i32)>,
}

/// The CRC of zlib, by which librdkafka spreads keys.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

impl Kcat {
    /// The topic is known, or is being made.
    pub(super) fn write_to(&mut self, io: &mut dyn Io, metadata: &MetadataResponse) {
        let topic = metadata.topics.first().filter(|topic| topic.error == ErrorCode::None);
        let ready = topic.filter(|topic| topic.partitions.iter().all(|each| each.leader.is_some()));
        let partitions = match (ready, topic) {
            (Some(topic), _) => topic.partitions.len(),
            // Partitions without a leader are written to once they have one.
            (None, Some(topic)) if io.now().since(self.since) > PROPAGATION => topic.partitions.len(),
            (None, None) if io.now().since(self.since) > PROPAGATION => {
                self.info(io, "Delivery failed for message: Local: Unknown topic");
                return self.leave(io, 1);
            }
            _ => return io.wake_after(RETRY),
        };
        self.writing.partitions = u32::try_from(partitions).unwrap_or(1).max(1);
        let Some(common) = self.common(io) else { return };
        let mut config = ProducerConfig::new(common);
        config.idempotence = self.setting("enable.idempotence") == Some("true");
        config.acks = match self.setting("acks").or_else(|| self.setting("request.required.acks")) {
            Some("0") => Acks::None,
            Some("1") => Acks::Leader,
            _ => Acks::All,
        };
        config.delivery_timeout_ms = 300_000;
        self.client = Some(io.open_client(ClientSpec::Producer(config)));
        self.read_files(io);
        self.read_input(io);
    }

    fn read_files(&mut self, io: &mut dyn Io) {
        let files = self.conf.files.clone();
        let mut good = 0;
        for path in &files {
            match io.read_file(path) {
                None if self.conf.lines => {
                    return self.fatal(io, &format!("Cannot open {path}: No such file or directory"));
                }
                None => self.info(io, &format!("Failed to open {path}: No such file or directory")),
                Some(bytes) if self.conf.lines => {
                    self.writing.input.extend(bytes);
                    good += 1;
                }
                Some(bytes) => {
                    good += 1;
                    if !bytes.is_empty() {
                        let key = self.conf.fixed_key.clone().map(String::into_bytes);
                        self.send(io, key, Some(bytes));
                    }
                }
            }
        }
        if files.is_empty() {
            return;
        }
        if good == 0 {
            self.writing.failed = true;
        } else if good < files.len() {
            let bad = files.len() - good;
            self.info(io, &format!("Failed to produce from {bad}/{} files", files.len()));
        }
        self.split(io, true);
        self.end(io);
    }

    pub(super) fn read_input(&mut self, io: &mut dyn Io) {
        if self.mode() != 'P' || self.client.is_none() || self.over || !self.conf.files.is_empty() {
            return;
        }
        while let Some(line) = io.read_line() {
            self.writing.input.extend(line);
            self.writing.input.push(b'\n');
            if !self.split(io, false) {
                return;
            }
        }
        if io.end_of_input() && !self.writing.ended {
            self.split(io, true);
            self.end(io);
        }
    }

    /// Sends every whole message of the input, at its end also the rest; false if there were enough of them.
    fn split(&mut self, io: &mut dyn Io, all: bool) -> bool {
        let delimiter = self.conf.delimiter.clone().into_bytes();
        loop {
            let at =
                self.writing.input.windows(delimiter.len().max(1)).position(|window| window == delimiter);
            let (end, next) = match at {
                Some(at) => (at, at + delimiter.len()),
                None if all && !self.writing.input.is_empty() => {
                    (self.writing.input.len(), self.writing.input.len())
                }
                None => return true,
            };
            let mut message: Vec<u8> = self.writing.input.drain(..next).collect();
            message.truncate(end);
            if message.is_empty() {
                continue;
            }
            self.message(io, &message);
            if self.conf.count == Some(self.writing.sent) {
                self.end(io);
                return false;
            }
        }
    }

    fn message(&mut self, io: &mut dyn Io, message: &[u8]) {
        let mut key = self.conf.fixed_key.clone().map(String::into_bytes);
        let mut value = Some(message.to_vec());
        if let Some(between) = self.conf.key_delimiter.as_deref().map(str::as_bytes)
            && let Some(at) = message.windows(between.len().max(1)).position(|window| window == between)
        {
            let (head, tail) = (message.get(..at), message.get(at + between.len()..));
            let some = |bytes: Option<&[u8]>| {
                bytes.filter(|bytes| !(self.conf.nulls && bytes.is_empty())).map(<[u8]>::to_vec)
            };
            key = some(head).or(key);
            value = some(tail);
        }
        self.send(io, key, value);
        if self.conf.tee {
            io.out(&String::from_utf8_lossy(message));
        }
    }

    fn send(&mut self, io: &mut dyn Io, key: Option<Vec<u8>>, value: Option<Vec<u8>>) {
        let partition = match (self.conf.partition, key.as_deref().filter(|key| !key.is_empty())) {
            (Some(partition), _) => partition,
            (None, Some(key)) => i32::try_from(crc32(key) % self.writing.partitions).unwrap_or(0),
            (None, None) => match self.writing.sticky {
                Some((since, partition)) if io.now().since(since) < STICKY => partition,
                _ => {
                    let drawn = i32::try_from(io.chance(self.writing.partitions)).unwrap_or(0);
                    self.writing.sticky = Some((io.now(), drawn));
                    drawn
                }
            },
        };
        self.writing.sent += 1;
        let record = Record { timestamp: -1, key, value, headers: self.conf.headers.clone() };
        let topic = self.conf.topic.as_deref().unwrap_or_default().into();
        if let Some(client) = self.client {
            let tag = self.writing.sent;
            io.call(client, ClientCall::Send { tag, topic, partition: Some(partition), record });
        }
    }

    /// Nothing more will be sent.
    fn end(&mut self, io: &mut dyn Io) {
        self.writing.ended = true;
        if let Some(client) = self.client {
            io.call(client, ClientCall::Flush);
        }
        self.finish(io);
    }

    pub(super) fn delivered(&mut self, io: &mut dyn Io, error: Option<&ClientError>) {
        self.writing.settled += 1;
        if let Some(error) = error {
            self.writing.failed = true;
            let why = match error.code {
                Some(ErrorCode::MessageTooLarge) => "Broker: Message size too large".to_owned(),
                Some(code) => super::broker_error(code),
                None if error.class.ends_with("TimeoutException") => "Local: Message timed out".to_owned(),
                None => format!("Local: {}", error.message),
            };
            self.info(io, &format!("Delivery failed for message: {why}"));
        }
        self.finish(io);
    }

    fn finish(&mut self, io: &mut dyn Io) {
        if self.writing.ended && self.writing.settled >= self.writing.sent {
            self.close(io, i32::from(self.writing.failed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_spread_by_the_crc_of_zlib() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }
}
