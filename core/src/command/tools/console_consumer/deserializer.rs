//! Deserializers: bytes as the text that the value's Java class prints.

use super::super::kit::Thrown;
use crate::java::Decimal;
use crate::protocol::fnv1a;
use serde::Serialize;

const PACKAGE: &str = "org.apache.kafka.common.serialization.";

/// Kafka's deserializers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Deserializer {
    /// `BooleanDeserializer`.
    Boolean,
    /// `ByteArrayDeserializer`: what Java prints of an array is of no use, but that is what it prints.
    ByteArray,
    /// `ByteBufferDeserializer`.
    ByteBuffer,
    /// `BytesDeserializer`.
    Bytes,
    /// `DoubleDeserializer`.
    Double,
    /// `FloatDeserializer`.
    Float,
    /// `IntegerDeserializer`.
    Integer,
    /// `LongDeserializer`.
    Long,
    /// `ShortDeserializer`.
    Short,
    /// `StringDeserializer`.
    Text,
    /// `UUIDDeserializer`.
    Uuid,
}

impl Deserializer {
    /// The deserializer of this class, if there is one.
    #[must_use]
    pub fn of_class(class: &str) -> Option<Deserializer> {
        Some(match class.strip_prefix(PACKAGE)?.strip_suffix("Deserializer")? {
            "Boolean" => Deserializer::Boolean,
            "ByteArray" => Deserializer::ByteArray,
            "ByteBuffer" => Deserializer::ByteBuffer,
            "Bytes" => Deserializer::Bytes,
            "Double" => Deserializer::Double,
            "Float" => Deserializer::Float,
            "Integer" => Deserializer::Integer,
            "Long" => Deserializer::Long,
            "Short" => Deserializer::Short,
            "String" => Deserializer::Text,
            "UUID" => Deserializer::Uuid,
            _ => return None,
        })
    }

    /// The bytes as text; the error is a `SerializationException`.
    pub fn read(self, bytes: &[u8]) -> Result<String, Thrown> {
        match self {
            Deserializer::Boolean => match bytes {
                [0] => Ok("false".to_owned()),
                [1] => Ok("true".to_owned()),
                [other] => Err(broken(format!("Unexpected byte received by BooleanDeserializer: {other}"))),
                _ => Err(size("BooleanDeserializer", 1)),
            },
            Deserializer::ByteArray => Ok(format!("[B@{:x}", fnv1a(bytes) & 0x7fff_ffff)),
            Deserializer::ByteBuffer => {
                let length = bytes.len();
                Ok(format!("java.nio.HeapByteBuffer[pos=0 lim={length} cap={length}]"))
            }
            Deserializer::Bytes => Ok(escaped(bytes)),
            Deserializer::Double => {
                let bits = number(bytes, "Deserializer", 8)?.cast_unsigned();
                Ok(decimal(Decimal::of_double(bits)))
            }
            Deserializer::Float => {
                let bits = number(bytes, "Deserializer", 4)? & 0xffff_ffff;
                Ok(decimal(Decimal::of_float(u32::try_from(bits).unwrap_or(0))))
            }
            Deserializer::Integer => Ok(number(bytes, "IntegerDeserializer", 4)?.to_string()),
            Deserializer::Long => Ok(number(bytes, "LongDeserializer", 8)?.to_string()),
            Deserializer::Short => Ok(number(bytes, "ShortDeserializer", 2)?.to_string()),
            Deserializer::Text => Ok(String::from_utf8_lossy(bytes).into_owned()),
            Deserializer::Uuid => uuid(bytes),
        }
    }
}

fn broken(message: String) -> Thrown {
    Thrown::new("org.apache.kafka.common.errors.SerializationException", message)
}

fn size(who: &str, bytes: usize) -> Thrown {
    broken(format!("Size of data received by {who} is not {bytes}"))
}

/// A signed number, its highest byte first.
fn number(bytes: &[u8], who: &str, width: usize) -> Result<i64, Thrown> {
    if bytes.len() != width {
        return Err(size(who, width));
    }
    let mut number = if bytes.first().is_some_and(|byte| *byte >= 0x80) { -1 } else { 0 };
    for byte in bytes {
        number = number << 8 | i64::from(*byte);
    }
    Ok(number)
}

/// `Double.toString`.
fn decimal(number: Option<Decimal>) -> String {
    number.map_or_else(|| "NaN".to_owned(), |number| number.to_string())
}

/// `Bytes.toString`: what is not printable as `\x00`.
fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        match byte {
            b'\\' => text.push_str("\\x5C"),
            b' '..=b'~' => text.push(char::from(*byte)),
            _ => text.push_str(&format!("\\x{byte:02X}")),
        }
    }
    text
}

fn uuid(bytes: &[u8]) -> Result<String, Thrown> {
    let text = String::from_utf8_lossy(bytes);
    let parts: Vec<&str> = text.split('-').collect();
    let hex = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    if parts.len() == 5 && parts.iter().all(|part| hex(part)) {
        return Ok(text.to_ascii_lowercase());
    }
    let cause = Thrown::illegal(format!("Invalid UUID string: {text}"));
    Err(cause.inside("org.apache.kafka.common.errors.SerializationException", "Error parsing data into UUID"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, bytes: &[u8]) -> Result<String, String> {
        let class = format!("org.apache.kafka.common.serialization.{name}Deserializer");
        Deserializer::of_class(&class).unwrap().read(bytes).map_err(|thrown| thrown.message.clone())
    }

    #[test]
    fn numbers_print_as_in_java() {
        assert_eq!(read("Long", &257_i64.to_be_bytes()).unwrap(), "257");
        assert_eq!(read("Short", &[255, 255]).unwrap(), "-1");
        for (number, text) in [
            (1.0, "1.0"),
            (0.0, "0.0"),
            (-2.5, "-2.5"),
            (100.0, "100.0"),
            (1_234_567.0, "1234567.0"),
            (12_345_678.0, "1.2345678E7"),
            (0.001, "0.001"),
            (0.000_1, "1.0E-4"),
            (2.75, "2.75"),
        ] {
            assert_eq!(read("Double", &f64::to_be_bytes(number)).unwrap(), text);
        }
        assert_eq!(read("Float", &1.5_f32.to_be_bytes()).unwrap(), "1.5");
    }

    #[test]
    fn a_wrong_length_is_told() {
        assert_eq!(
            read("Integer", b"abc").unwrap_err(),
            "Size of data received by IntegerDeserializer is not 4"
        );
        assert_eq!(read("Long", b"null").unwrap_err(), "Size of data received by LongDeserializer is not 8");
        assert!(Deserializer::of_class("com.example.Nope").is_none());
    }
}
