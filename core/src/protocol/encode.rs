//! Record batches as the bytes of a segment file: 61 bytes of header, then the records.

use super::{RecordBatch, TimestampType};

/// Castagnoli's polynomial, mirrored.
const POLYNOMIAL: u32 = 0x82f6_3b78;

/// CRC-32C of some bytes.
#[must_use]
pub fn crc32c(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 };
        }
    }
    !crc
}

impl RecordBatch {
    /// The batch as it lies in a segment file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut checked = Vec::with_capacity(self.payload.len() + 40);
        let mut attributes = i16::from(self.timestamp_type == TimestampType::LogAppendTime) << 3;
        attributes |= i16::from(self.has_delete_horizon) << 6;
        attributes |= i16::from(self.is_transactional) << 4;
        attributes |= i16::from(self.is_control) << 5;
        checked.extend_from_slice(&attributes.to_be_bytes());
        checked.extend_from_slice(&self.last_offset_delta.to_be_bytes());
        checked.extend_from_slice(&self.base_timestamp.to_be_bytes());
        checked.extend_from_slice(&self.max_timestamp.to_be_bytes());
        checked.extend_from_slice(&self.producer_id.to_be_bytes());
        checked.extend_from_slice(&self.producer_epoch.to_be_bytes());
        checked.extend_from_slice(&self.base_sequence.to_be_bytes());
        checked.extend_from_slice(&self.count.to_be_bytes());
        checked.extend_from_slice(&self.payload);
        let mut out = Vec::with_capacity(checked.len() + 21);
        out.extend_from_slice(&self.base_offset.to_be_bytes());
        let length = u32::try_from(self.payload.len() + 49).unwrap_or(u32::MAX);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&self.leader_epoch.to_be_bytes());
        out.push(2);
        out.extend_from_slice(&crc32c(&checked).to_be_bytes());
        out.append(&mut checked);
        out
    }

    /// The checksum in its header.
    #[must_use]
    pub fn crc(&self) -> u32 {
        let bytes = self.encode();
        bytes.get(17..21).and_then(|crc| crc.try_into().ok()).map_or(0, u32::from_be_bytes)
    }

    /// The producer's number of the record at a distance from the base offset; -1 without numbers.
    #[must_use]
    pub fn sequence(&self, delta: i64) -> i64 {
        let number = i64::from(self.base_sequence);
        if number < 0 { -1 } else { (number + delta) % (i64::from(i32::MAX) + 1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{BatchBuilder, Record};

    #[test]
    fn checksums_are_castagnolis() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn a_batch_has_its_length_and_its_fields_at_kafkas_places() {
        let mut batch =
            BatchBuilder::of(&[Record { timestamp: 5, value: Some(vec![7]), ..Record::default() }]);
        (batch.base_offset, batch.leader_epoch) = (3, 4);
        let bytes = batch.encode();
        assert_eq!(
            (bytes.len(), &bytes[..8], &bytes[8..12]),
            (69, &[0, 0, 0, 0, 0, 0, 0, 3][..], &[0, 0, 0, 57][..])
        );
        assert_eq!((&bytes[12..16], bytes[16]), (&[0, 0, 0, 4][..], 2));
        assert_eq!(bytes[17..21], batch.crc().to_be_bytes());
        assert_eq!(
            (batch.sequence(0), RecordBatch { base_sequence: i32::MAX, ..batch }.sequence(1)),
            (-1, 0)
        );
    }
}
