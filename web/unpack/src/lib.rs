//! The page's program travels sorted into [`streams`] and packed as `.lzma`: a quarter less than what gzip makes of
//! it. Browsers unpack only gzip by themselves. This module does it for them, before the program starts.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

pub mod streams;

use alloc::vec;
use alloc::vec::Vec;
use lzma_rust2::LzmaReader;
#[cfg(target_arch = "wasm32")]
use lzma_rust2::Read;
#[cfg(not(target_arch = "wasm32"))]
use std::io::Read;
use wasm_bindgen::prelude::wasm_bindgen;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static MEMORY: lol_alloc::LeakingPageAllocator = lol_alloc::LeakingPageAllocator;

/// Without std, without its texts.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Bytes before the data: properties (1), size of the dictionary (4), length of what was packed (8).
const HEADER: usize = 13;
/// Far above any page, far below what a browser gives a tab: a damaged length must not ask for it all.
const LIMIT: usize = 64 << 20;
const LIMIT_KB: u32 = 64 << 10;

/// The program; nothing if these bytes are no whole packed program.
#[wasm_bindgen]
#[must_use]
pub fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    streams::join(&unpack_lzma(packed)?)
}

fn unpack_lzma(packed: &[u8]) -> Option<Vec<u8>> {
    let length = packed.get(HEADER - 8..HEADER)?.try_into().ok().map(u64::from_le_bytes)?;
    let length = usize::try_from(length).ok().filter(|length| *length <= LIMIT)?;
    let mut unpacked = vec![0; length];
    LzmaReader::new_mem_limit(packed, LIMIT_KB, None).ok()?.read_exact(&mut unpacked).ok()?;
    Some(unpacked)
}

#[cfg(test)]
mod tests {
    use super::{streams, unpack_lzma};

    /// "Kafka" eight times, packed by XZ Utils.
    const PACKED: [u8; 31] = [
        93, 0, 16, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, 0, 37, 152, 72, 198, 219, 223, 31, 249, 100, 102, 115, 255,
        255, 172, 152, 0, 0,
    ];

    #[test]
    fn what_another_program_packed_is_unpacked() {
        assert_eq!(unpack_lzma(&PACKED).as_deref(), Some("Kafka".repeat(8).as_bytes()));
    }

    #[test]
    fn nothing_comes_of_damaged_bytes() {
        for length in 0..20 {
            assert_eq!(unpack_lzma(&PACKED[..length]), None, "cut after {length} bytes");
        }
        let mut huge = PACKED;
        huge[11] = 1;
        assert_eq!(unpack_lzma(&huge), None, "a length beyond all measure");
    }

    /// A memory with data, and a function with a block and operands of each kind: it makes no sense otherwise.
    const MODULE: &[u8] = &[
        0, b'a', b's', b'm', 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f, 3, 2, 1, 0, 5, 3, 1, 0, 1, 10, 25,
        1, 23, 1, 2, 0x7f, 0x02, 0x40, 0x20, 0, 0x28, 2, 0xac, 2, 0x0e, 1, 0, 0, 0xfc, 10, 0, 0, 0x41, 0x7f,
        0x0b, 0x0b, 11, 8, 1, 0, 0x41, 8, 0x0b, 2, b'a', b'b',
    ];

    #[test]
    fn a_module_comes_out_of_its_streams_again() {
        let sorted = streams::split(MODULE).expect("all instructions are known");
        assert_ne!(&sorted[sorted.len() - MODULE.len()..], MODULE, "it was sorted");
        assert_eq!(streams::join(&sorted).as_deref(), Some(MODULE));
    }

    #[test]
    fn what_is_no_module_is_refused() {
        for length in 1..MODULE.len() {
            let joined = streams::split(&MODULE[..length]).map(|sorted| streams::join(&sorted));
            assert!(joined.is_none_or(|joined| joined.as_deref() == Some(&MODULE[..length])), "{length}");
        }
        let mut unknown = MODULE.to_vec();
        unknown[32] = 0xff;
        assert_eq!(streams::split(&unknown), None);
        assert_eq!(streams::join(b"nothing of the kind"), None);
    }
}
