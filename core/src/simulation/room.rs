//! Room in the memory of a browser, taken in large pieces.
//!
//! A program there asks for memory by pages of 64 KB. At each request the browser counts the whole memory anew as
//! something to be looked after, and soon looks through all that it has: asking for every page costs several times
//! what the simulation itself takes. So, whenever the memory has grown, a quarter of it is asked for beforehand, and
//! left to the allocator. What nobody writes to takes no room in the machine.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The least and the most that is asked for beforehand.
const LEAST: usize = 4 << 20;
const MOST: usize = 128 << 20;

/// How many pages there were when it was looked at last.
static SEEN: AtomicUsize = AtomicUsize::new(0);

/// Makes room if there is less than there was.
pub(super) fn keep() {
    let pages = std::arch::wasm32::memory_size::<0>();
    if pages > SEEN.load(Ordering::Relaxed) {
        let mut room: Vec<u8> = Vec::new();
        // Without so much room the program goes on page by page.
        let _ = room.try_reserve_exact((pages.saturating_mul(65_536) / 4).clamp(LEAST, MOST));
        drop(std::hint::black_box(room));
        SEEN.store(std::arch::wasm32::memory_size::<0>(), Ordering::Relaxed);
    }
}
