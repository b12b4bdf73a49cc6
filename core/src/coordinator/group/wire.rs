//! Kafka's way of writing plain (not flexible) messages: big-endian numbers, lengths in front.

use crate::protocol::varint::{read_unsigned, write_unsigned};

/// Appends fields to a message.
#[derive(Debug, Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    /// A 16-bit number.
    pub fn i16(&mut self, value: i16) {
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    /// A 32-bit number.
    pub fn i32(&mut self, value: i32) {
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    /// A 64-bit number.
    pub fn i64(&mut self, value: i64) {
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    /// How many items follow.
    pub fn count(&mut self, count: usize) {
        self.i32(i32::try_from(count).unwrap_or(i32::MAX));
    }

    /// A string or nothing. Longer than a message can hold, it is cut (Kafka would refuse it earlier).
    pub fn nullable(&mut self, text: Option<&str>) {
        let Some(text) = text else { return self.i16(-1) };
        let mut end = text.len().min(i16::MAX.unsigned_abs().into());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.i16(i16::try_from(end).unwrap_or(0));
        self.0.extend_from_slice(text.as_bytes().get(..end).unwrap_or_default());
    }

    /// A string.
    pub fn string(&mut self, text: &str) {
        self.nullable(Some(text));
    }

    /// A packed number.
    pub fn unsigned(&mut self, value: usize) {
        write_unsigned(&mut self.0, u64::try_from(value).unwrap_or(0));
    }

    /// How many items follow, in a flexible message.
    pub fn length(&mut self, count: usize) {
        self.unsigned(count.saturating_add(1));
    }

    /// A string or nothing, in a flexible message.
    pub fn compact(&mut self, text: Option<&str>) {
        let Some(text) = text else { return self.unsigned(0) };
        self.length(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.extend_from_slice(bytes);
    }
}

/// Takes fields off the front of a message; `None` where the bytes end too early.
#[derive(Clone, Debug)]
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// So many bytes as they are.
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(count)?;
        self.0 = tail;
        Some(head)
    }

    /// A 16-bit number.
    pub fn i16(&mut self) -> Option<i16> {
        Some(i16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    /// A 32-bit number.
    pub fn i32(&mut self) -> Option<i32> {
        Some(i32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    /// A 64-bit number.
    pub fn i64(&mut self) -> Option<i64> {
        Some(i64::from_be_bytes(self.take(8)?.try_into().ok()?))
    }

    /// A packed number.
    pub fn unsigned(&mut self) -> Option<usize> {
        let mut at = 0;
        let value = read_unsigned(self.0, &mut at)?;
        self.take(at)?;
        usize::try_from(value).ok()
    }

    /// How many items follow, in a flexible message; none if there is no list.
    pub fn length(&mut self) -> Option<usize> {
        Some(self.unsigned()?.saturating_sub(1))
    }

    /// A string or nothing, in a flexible message.
    pub fn compact(&mut self) -> Option<Option<String>> {
        let Some(length) = self.unsigned()?.checked_sub(1) else { return Some(None) };
        Some(Some(String::from_utf8(self.take(length)?.to_vec()).ok()?))
    }

    /// A string or nothing.
    pub fn nullable(&mut self) -> Option<Option<String>> {
        let Ok(length) = usize::try_from(self.i16()?) else { return Some(None) };
        Some(Some(String::from_utf8(self.take(length)?.to_vec()).ok()?))
    }

    /// A string.
    pub fn string(&mut self) -> Option<String> {
        self.nullable()?
    }

    /// Bytes; none read as no bytes.
    pub fn bytes(&mut self) -> Option<Vec<u8>> {
        let length = self.i32()?;
        Some(self.take(usize::try_from(length).unwrap_or(0))?.to_vec())
    }

    /// An array of items.
    pub fn array<T>(&mut self, mut item: impl FnMut(&mut Reader<'a>) -> Option<T>) -> Option<Vec<T>> {
        let count = self.i32()?;
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(item(self)?);
        }
        Some(items)
    }
}
