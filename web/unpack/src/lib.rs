//! The page's program travels in the `.lzma` format, a fifth smaller than what gzip makes of it, and browsers
//! unpack only gzip by themselves. This module does it for them, before the program starts.

use lzma_rust2::LzmaReader;
#[cfg(target_arch = "wasm32")]
use lzma_rust2::Read;
#[cfg(not(target_arch = "wasm32"))]
use std::io::Read;
use wasm_bindgen::prelude::wasm_bindgen;

/// Bytes before the data: properties (1), size of the dictionary (4), length of what was packed (8).
const HEADER: usize = 13;
/// Far above any page, far below what a browser gives a tab: a damaged length must not ask for it all.
const LIMIT: usize = 64 << 20;
const LIMIT_KB: u32 = 64 << 10;

/// What was packed; nothing if these bytes are no whole `.lzma` file.
#[wasm_bindgen]
#[must_use]
pub fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let length = packed.get(HEADER - 8..HEADER)?.try_into().ok().map(u64::from_le_bytes)?;
    let length = usize::try_from(length).ok().filter(|length| *length <= LIMIT)?;
    let mut unpacked = vec![0; length];
    LzmaReader::new_mem_limit(packed, LIMIT_KB, None).ok()?.read_exact(&mut unpacked).ok()?;
    Some(unpacked)
}

#[cfg(test)]
mod tests {
    use super::unpack;

    /// "Kafka" eight times, packed by XZ Utils.
    const PACKED: [u8; 31] = [
        93, 0, 16, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, 0, 37, 152, 72, 198, 219, 223, 31, 249, 100, 102, 115, 255,
        255, 172, 152, 0, 0,
    ];

    #[test]
    fn what_another_program_packed_is_unpacked() {
        assert_eq!(unpack(&PACKED).as_deref(), Some("Kafka".repeat(8).as_bytes()));
    }

    #[test]
    fn nothing_comes_of_damaged_bytes() {
        for length in 0..20 {
            assert_eq!(unpack(&PACKED[..length]), None, "cut after {length} bytes");
        }
        let mut huge = PACKED;
        huge[11] = 1;
        assert_eq!(unpack(&huge), None, "a length beyond all measure");
    }
}
