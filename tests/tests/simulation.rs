//! Simulation testing: random clusters, workloads and faults keep Kafka's promises, and every checker can see.
//!
//! `cargo xtask sim --seeds A..B` runs as many more as there is time for; `docs/simulation-testing.md` tells how.

use kafkascope_core::invariant::Promises;
use kafkascope_core::sabotage::{self, Sabotage};
use kafkascope_tests::sim::{Failure, Profile, case, promises, run, seed, shrink};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Seeds of each test run.
const SEEDS: u64 = 500;
/// Faults of each seed.
const STEPS: u32 = 8;
/// So many seeds are tried until a checker must have seen what was put in.
const PATIENCE: u64 = 150;

#[test]
fn five_hundred_seeds_keep_every_promise() {
    let next = AtomicU64::new(0);
    let failed: Vec<(u64, Failure)> = thread::scope(|scope| {
        let worker = || {
            let mut failed = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= SEEDS || !failed.is_empty() {
                    return failed;
                }
                if let Err((failure, _)) = seed(Profile::Mixed, number, STEPS) {
                    failed.push((number, failure));
                }
            }
        };
        let threads: Vec<_> = (0..thread::available_parallelism().map_or(2, usize::from))
            .map(|_| scope.spawn(worker))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no seed panics")).collect()
    });
    if let Some((number, failure)) = failed.first() {
        let script = shrink(&case(Profile::Mixed, *number, STEPS), failure.name, None);
        panic!("{failure}\n\n{script}\ncargo xtask sim --seed {number} --steps {STEPS} --profile mixed");
    }
}

/// The first failure among the seeds of a profile, whatever the scripts' settings promise.
fn first_failure(profile: Profile, forced: Option<Promises>, wanted: &[&str]) -> Option<(u64, Failure)> {
    (0..PATIENCE).find_map(|number| {
        let script = case(profile, number, STEPS);
        let failure = run(&script, forced.unwrap_or_else(|| promises(&script))).err()?;
        (wanted.is_empty() || wanted.contains(&failure.name)).then_some((number, failure))
    })
}

#[test]
fn each_promise_breaks_when_the_setting_behind_it_is_taken_away() {
    let none = Promises::NONE;
    let cases = [
        // acks=1 and acks=0: what was acknowledged may be lost, although the elections are clean.
        (Profile::Weak, Promises { acknowledged_stays: true, ..none }, "acknowledged records stay"),
        // Unclean elections: whatever was safe may be lost, also to acks=all.
        (Profile::Unclean, Promises { safe_stays: true, ..none }, "leaders come from the in-sync replicas"),
        (Profile::Unclean, Promises { all_stays: true, ..none }, "acknowledged records stay"),
        // Producers that are not idempotent: retries repeat and overtake.
        (Profile::Weak, Promises { order_stays: true, ..none }, "idempotent producers write once"),
        (Profile::Weak, Promises { order_stays: true, ..none }, "idempotent producers keep the order"),
    ];
    for (profile, promises, name) in cases {
        let found = first_failure(profile, Some(promises), &[name]);
        assert!(found.is_some(), "nothing broke the promise \"{name}\" under {profile:?}");
    }
}

#[test]
fn every_sabotage_is_caught() {
    let mut blind = Vec::new();
    for fault in sabotage::ALL {
        let profile = match fault {
            Sabotage::CommitNotReplicated => Profile::Groups,
            _ => Profile::Safe,
        };
        match sabotage::with(Some(fault), || first_failure(profile, None, &[])) {
            Some((number, failure)) => println!("{fault:?}: seed {number}: {failure}"),
            None => blind.push(fault),
        }
    }
    assert_eq!(blind, [], "nobody saw them");
}
