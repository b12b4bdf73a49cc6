//! The first cases of fixed seeds, for a bounded time; `cargo xtask fuzz` goes on from here.

use kafkascope_tests::fuzz;
use std::time::{Duration, Instant};

/// How long this may take altogether.
const TIME: Duration = Duration::from_secs(18);

#[test]
fn nothing_that_is_typed_panics_hangs_or_eats_memory() {
    let begun = Instant::now();
    let mut count = 0;
    'all: for number in 0..400 {
        for seed in [1, 2, 3] {
            if begun.elapsed() > TIME {
                break 'all;
            }
            let case = fuzz::case(seed, number);
            if let Err(why) = fuzz::run(&case, &mut |_| {}) {
                panic!("{why}\ncargo xtask fuzz --seed {seed} --case {number}\n{}", fuzz::told(&case));
            }
            count += 1;
        }
    }
    assert!(count >= 20, "only {count} cases in {TIME:?}");
}

#[test]
fn a_case_is_always_the_same() {
    for number in 0..50 {
        assert_eq!(fuzz::case(9, number), fuzz::case(9, number));
    }
    assert_ne!(fuzz::case(9, 1), fuzz::case(8, 1));
}
