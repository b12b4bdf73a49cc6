//! The file that a packed module travels in: its streams, each packed by PPMd var. H, the model of 7-Zip for text, as
//! library `ppmd-rust` has it. Streams of instructions are predicted by what stands before them as words are in a
//! text: a tenth less than what dictionaries (`.lzma`) make of them, in as little time.
//!
//! All numbers are of four bytes, the lowest first: length of the module, its FNV-1a hash, and for each stream its
//! length and its packed length; then the packed streams.

use super::streams::{self, STREAMS};
use ppmd_rust::Ppmd7Decoder;
use std::io::Read;

/// How many bytes back the model looks. More than sixteen makes instructions larger again.
pub const ORDER: u32 = 16;
/// Far above any page, far below what a browser gives a tab: a damaged length must not ask for it all.
const LIMIT: usize = 64 << 20;

/// The memory of the model for a stream of this length: enough that it never forgets.
#[must_use]
pub fn memory(length: usize) -> u32 {
    u32::try_from(length.clamp(1 << 12, 1 << 20)).map_or(1 << 26, |length| length << 5)
}

/// Marks the module, so that one which was damaged on its way is not run.
#[must_use]
pub fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// The module; nothing if these bytes are no whole packed one.
#[must_use]
pub fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let mut rest = packed;
    let length = number(&mut rest)?;
    let hash = number(&mut rest)?;
    let mut lengths = [(0, 0); STREAMS];
    for pair in &mut lengths {
        *pair = (number(&mut rest)?, number(&mut rest)?);
    }
    let mut unpacked = [const { Vec::new() }; STREAMS];
    for (stream, (length, packed_length)) in unpacked.iter_mut().zip(lengths) {
        let (packed, after) = rest.split_at_checked(packed_length)?;
        *stream = stream_of(packed, length)?;
        rest = after;
    }
    let module = streams::join(unpacked.each_ref().map(Vec::as_slice), length)?;
    (u32::try_from(hash) == Ok(fnv1a(&module)) && rest.is_empty()).then_some(module)
}

fn stream_of(packed: &[u8], length: usize) -> Option<Vec<u8>> {
    if length > LIMIT {
        return None;
    }
    let mut stream = vec![0; length];
    Ppmd7Decoder::new(packed, ORDER, memory(length)).ok()?.read_exact(&mut stream).ok()?;
    Some(stream)
}

fn number(bytes: &mut &[u8]) -> Option<usize> {
    let (head, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    usize::try_from(u32::from_le_bytes(*head)).ok()
}
