//! The page's program travels sorted into [`streams`] and [`packed`] by a model of what comes next: a third less than
//! what gzip makes of it. Browsers unpack only gzip by themselves. This module does it for them, before the program
//! starts.

pub mod packed;
pub mod streams;

use wasm_bindgen::prelude::wasm_bindgen;

/// It runs once and is thrown away, so nothing needs to be freed.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static MEMORY: lol_alloc::LeakingPageAllocator = lol_alloc::LeakingPageAllocator;

/// The program; nothing if these bytes are no whole packed program.
#[wasm_bindgen]
#[must_use]
pub fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    packed::unpack(packed)
}

#[cfg(test)]
mod tests {
    use super::streams;

    /// A memory with data, and a function with a block and operands of each kind: it makes no sense otherwise.
    const MODULE: &[u8] = &[
        0, b'a', b's', b'm', 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f, 3, 2, 1, 0, 5, 3, 1, 0, 1, 10, 30,
        1, 28, 1, 2, 0x7f, 0x02, 0x40, 0x20, 0, 0x28, 2, 0xac, 2, 0x0e, 1, 0, 0, 0xfc, 10, 0, 0, 0x41, 0x7f,
        0x41, 0x80, 0x80, 0xc0, 0, 0x0b, 0x0b, 11, 8, 1, 0, 0x41, 8, 0x0b, 2, b'a', b'b',
    ];

    fn joined(module: &[u8]) -> Option<Vec<u8>> {
        let sorted = streams::split(module)?;
        streams::join(sorted.each_ref().map(Vec::as_slice), module.len())
    }

    #[test]
    fn a_module_comes_out_of_its_streams_again() {
        let sorted = streams::split(MODULE).expect("all instructions are known");
        assert!(sorted.iter().filter(|stream| !stream.is_empty()).count() > 5, "it was sorted: {sorted:?}");
        assert_eq!(joined(MODULE).as_deref(), Some(MODULE));
    }

    #[test]
    fn what_is_no_module_is_refused() {
        for length in 1..MODULE.len() {
            let part = &MODULE[..length];
            assert!(joined(part).is_none_or(|joined| joined == part), "{length}");
        }
        // A code that no instruction has, and the one that stands for far numbers in a stream.
        for code in [0xff, 0xe0] {
            let mut unknown = MODULE.to_vec();
            unknown[32] = code;
            assert_eq!(streams::split(&unknown), None);
        }
        assert_eq!(streams::join([b"nothing of the kind"; streams::STREAMS], 40), None);
    }
}
