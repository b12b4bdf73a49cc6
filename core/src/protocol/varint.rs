//! Kafka's variable-length integers: zigzag, seven bits a byte.

/// Appends a zigzag varint (Kafka's VARLONG; a VARINT is the same bytes). Most take one byte.
#[cfg_attr(quick, inline(always))]
pub fn write_varlong(out: &mut Vec<u8>, value: i64) {
    let raw = (value << 1 ^ value >> 63).cast_unsigned();
    if raw < 0x80 { out.push(raw as u8) } else { write_unsigned(out, raw) }
}

/// Appends an unsigned varint, as flexible messages write lengths.
#[cfg_attr(quick, optimize(speed))]
pub fn write_unsigned(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Bytes that [`write_varlong`] takes for a number.
#[must_use]
#[cfg_attr(quick, inline(always))]
pub fn varlong_size(value: i64) -> u32 {
    let raw = (value << 1 ^ value >> 63).cast_unsigned();
    // A seventh, rounded up, without a division: true up to 64.
    ((64 - (raw | 1).leading_zeros()) * 9 + 64) >> 6
}

/// Reads a zigzag varint at `at` and moves it on; `None` where the bytes end or make no number.
pub fn read_varlong(bytes: &[u8], at: &mut usize) -> Option<i64> {
    let raw = read_unsigned(bytes, at)?;
    Some((raw >> 1).cast_signed() ^ -((raw & 1).cast_signed()))
}

/// Reads an unsigned varint at `at` and moves it on.
pub fn read_unsigned(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive_the_round_trip() {
        for value in [0, -1, 1, 63, -64, 64, 300, i64::MAX, i64::MIN] {
            let (mut bytes, mut at) = (Vec::new(), 0);
            write_varlong(&mut bytes, value);
            assert_eq!(read_varlong(&bytes, &mut at), Some(value));
            assert_eq!(at, bytes.len());
            assert_eq!(varlong_size(value) as usize, bytes.len(), "of {value}");
        }
        assert_eq!(read_varlong(&[0x80], &mut 0), None);
    }
}
