//! What `kafka-dump-log` makes of keys and values: its decoders.

use super::console_consumer::{internal, offsets};
use super::dump_old;
use super::kit::Thrown;
use crate::command::options::Parsed;
use crate::command::process::Io;
use crate::command::release::Release;
use crate::protocol::Record;

/// Key and value as texts.
pub type Texts = (Option<String>, Option<String>);

/// Which decoder reads the records.
pub enum Parser {
    /// Records of `__consumer_offsets`.
    Offsets,
    /// Records of `__transaction_state`.
    Transactions,
    /// Records of the metadata log.
    Metadata,
    /// Records of `__share_group_state`.
    ShareState,
    /// Records of tiered storage, of which there are none.
    RemoteLog,
    /// A class for keys and one for values.
    Classes(Class, Class),
}

/// A class of `org.apache.kafka.tools.api`.
#[derive(Clone, Copy)]
pub enum Class {
    /// `StringDecoder`.
    Text,
    /// `IntegerDecoder`.
    Integer,
    /// `LongDecoder`.
    Long,
    /// `DefaultDecoder`: the bytes themselves, which Java shows as a type and a hash.
    Bytes,
}

impl Class {
    fn of(io: &mut dyn Io, options: &Parsed, option: &str) -> Result<Class, Thrown> {
        const TODAY: &str = "org.apache.kafka.tools.api.";
        const ONCE: &str = "kafka.serializer.";
        let release = options.release;
        let package = if release <= Release::V2 { ONCE } else { TODAY };
        let default = format!("{package}StringDecoder");
        let name = options.value(option)?.unwrap_or(&default);
        let short = match name.strip_prefix(ONCE).filter(|_| release == Release::V3) {
            Some(short) => Some(short),
            None => name.strip_prefix(package),
        };
        let found = match short {
            Some("StringDecoder") => Class::Text,
            Some("IntegerDecoder") => Class::Integer,
            Some("LongDecoder") => Class::Long,
            Some("DefaultDecoder") => Class::Bytes,
            _ => {
                let thrown = Thrown::new("java.lang.ClassNotFoundException", name);
                return Err(match release {
                    Release::V4 => {
                        thrown.inside("java.lang.RuntimeException", "Failed to load decoder class")
                    }
                    _ => thrown,
                });
            }
        };
        if release == Release::V3 && name.starts_with(ONCE) {
            let short = short.unwrap_or_default();
            io.print(format_args!("{name} is deprecated. Please use {TODAY}{short} instead\n"));
        }
        Ok(found)
    }

    fn text(self, bytes: &[u8]) -> Result<String, Thrown> {
        let short = || Thrown::new("java.nio.BufferUnderflowException", "");
        match self {
            Class::Text => Ok(String::from_utf8_lossy(bytes).into_owned()),
            Class::Bytes => Ok(format!("[B@{:x}", crate::protocol::fnv1a(bytes) & 0x7fff_ffff)),
            Class::Integer => match bytes.first_chunk() {
                Some(bytes) => Ok(i32::from_be_bytes(*bytes).to_string()),
                None => Err(short()),
            },
            Class::Long => match bytes.first_chunk() {
                Some(bytes) => Ok(i64::from_be_bytes(*bytes).to_string()),
                None => Err(short()),
            },
        }
    }
}

impl Parser {
    /// The decoder that the options name; of several the first in Kafka's order.
    pub fn new(io: &mut dyn Io, options: &Parsed) -> Result<Parser, Thrown> {
        for (name, parser) in [
            ("offsets-decoder", Parser::Offsets),
            ("transaction-log-decoder", Parser::Transactions),
            ("cluster-metadata-decoder", Parser::Metadata),
            ("remote-log-metadata-decoder", Parser::RemoteLog),
            ("share-group-state-decoder", Parser::ShareState),
        ] {
            if options.has(name) {
                return Ok(parser);
            }
        }
        // The value's class is loaded first.
        let value = Class::of(io, options, "value-decoder-class")?;
        Ok(Parser::Classes(Class::of(io, options, "key-decoder-class")?, value))
    }

    /// A record without key is none that this decoder reads.
    fn without_key(&self, release: Release, offset: i64) -> Thrown {
        let what = match (self, release) {
            (Parser::Offsets, Release::V3) => "offset topic",
            _ => "the specified",
        };
        let why = format!(
            "Failed to decode message at offset {offset} using {what} decoder (message had a missing key)"
        );
        Thrown::new("java.lang.RuntimeException", why)
    }

    /// Key and value of a record as they are printed; `said` is what the metadata log says of it.
    pub fn texts(
        &self,
        release: Release,
        (offset, record): (i64, &Record),
        said: Option<&String>,
    ) -> Result<Texts, Thrown> {
        match self {
            Parser::Offsets if release <= Release::V2 => return dump_old::offsets(record),
            Parser::Transactions if release <= Release::V3 => return dump_old::transaction(record, release),
            _ => {}
        }
        let without_key = || self.without_key(release, offset);
        let unknown = |key: &[u8]| unknown(offset, key);
        match self {
            Parser::Classes(of_key, of_value) => {
                let text = |class: &Class, bytes: &Option<Vec<u8>>| {
                    bytes.as_deref().map(|bytes| class.text(bytes)).transpose()
                };
                Ok((text(of_key, &record.key)?, text(of_value, &record.value)?))
            }
            Parser::Offsets => {
                let key = record.key.as_deref().ok_or_else(without_key)?;
                Ok(match offsets::parts(record, true) {
                    Some((key, value)) => (Some(key), Some(value.unwrap_or_else(|| "<DELETE>".to_owned()))),
                    None => unknown(key),
                })
            }
            Parser::Transactions => {
                let key = record.key.as_deref().ok_or_else(without_key)?;
                // A dump writes the numbers of versions as texts.
                let quoted = |text: String, name: &str, number: &str| {
                    text.replacen(&format!("\"{name}\":{number}"), &format!("\"{name}\":\"{number}\""), 1)
                };
                Ok(match internal::transaction(key, record.value.as_deref()) {
                    Some((key, value)) => {
                        let value = value.map(|value| quoted(value, "version", "1"));
                        (Some(quoted(key, "type", "0")), Some(value.unwrap_or_else(|| "<DELETE>".to_owned())))
                    }
                    None => unknown(key),
                })
            }
            Parser::Metadata => Ok((
                None,
                Some(match said {
                    Some(said) => said.clone(),
                    None => {
                        let why = no_metadata(record.value.as_deref().unwrap_or_default());
                        format!("Error at {offset}, skipping. {why}")
                    }
                }),
            )),
            Parser::RemoteLog => {
                let why = record.value.as_deref().map_or_else(|| no_value(release), no_metadata);
                Ok((None, Some(format!("Error at offset {offset}, skipping. {why}"))))
            }
            Parser::ShareState => {
                let key = record.key.as_deref().ok_or_else(without_key)?;
                Ok(match internal::share_state(record, true) {
                    Some((key, value)) => (Some(key), Some(value.unwrap_or_else(|| "<DELETE>".to_owned()))),
                    None => unknown(key),
                })
            }
        }
    }
}

/// A record of a kind that the decoder does not know.
fn unknown(offset: i64, key: &[u8]) -> Texts {
    let text = match key.first_chunk() {
        Some(kind) => {
            let kind = i16::from_be_bytes(*kind);
            format!("Unknown record type {kind} at offset {offset}, skipping.")
        }
        None => format!("Error at offset {offset}, skipping. Could not read version from key's buffer."),
    };
    (Some(text), None)
}

/// Why a record without a value is no record of the log of tiered storage.
fn no_value(release: Release) -> String {
    let package = if release <= Release::V3 { "record" } else { "record.internal" };
    format!(
        "Cannot invoke \"java.nio.ByteBuffer.remaining()\" because the return value of \
         \"org.apache.kafka.common.{package}.Record.value()\" is null"
    )
}

/// Why a value is no record of metadata.
fn no_metadata(bytes: &[u8]) -> String {
    let mut at = 0;
    let Some(frame) = crate::protocol::varint::read_unsigned(bytes, &mut at) else {
        return "Error while reading frame version".to_owned();
    };
    match frame {
        0 => "Could not deserialize metadata record with frame version 0. Note that upgrades from the preview release \
              of KRaft in 2.8 to newer versions are not supported."
            .to_owned(),
        1 => "Error while reading type from frame.".to_owned(),
        _ => format!(
            "Could not deserialize metadata record due to unknown frame version {frame}(only frame version 1 is \
             supported)"
        ),
    }
}
