//! Records per second through produce (acks=all, three copies) → replicate → consume by a group; what a cluster costs
//! as it grows from 3 brokers to 100; lines through a pipe.
//!
//! `cargo xtask bench [clusters|frames|records|memory|pipes] [SIZE …]`. The figures are for comparing runs on one machine; what must
//! hold is that the rate stays flat as the work grows, that a step takes no more instructions in a large cluster than in a
//! small one (in time it takes half as much again, for its memory is not in the cache), and that 100 brokers with 2,000
//! partitions run faster than real time. Seconds are those of the processor.

mod clusters;
mod cost;
mod pipes;
mod records;

/// Bytes of a record's value.
const PAYLOAD: u32 = 100;

fn main() {
    let mut wishes = Vec::new();
    let mut sizes = Vec::new();
    for word in std::env::args().skip(1) {
        match word.parse::<u64>() {
            Ok(size) => sizes.push(size),
            Err(_) => wishes.push(word),
        }
    }
    let wished = |name: &str| wishes.is_empty() || wishes.iter().any(|wish| wish == name);
    let or = |usual: &[u64]| if sizes.is_empty() { usual.to_vec() } else { sizes.clone() };
    if wished("clusters") {
        clusters::run(&or(&[3, 10, 30, 100]));
    }
    if wished("frames") {
        clusters::run_frames(&or(&[3, 100]));
    }
    if wished("records") {
        records::run(&or(&[10_000, 100_000, 1_000_000, 10_000_000]));
    }
    if wished("memory") && cost::memory().is_some() {
        records::run_fresh(&or(&[1_000_000, 10_000_000]));
    }
    if wished("pipes") {
        pipes::run();
    }
}
