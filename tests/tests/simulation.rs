//! Simulation testing: random clusters, workloads and faults keep Kafka's promises, and every checker can see.
//!
//! `cargo xtask sim --seeds A..B` runs as many more as there is time for; `docs/simulation-testing.md` tells how.

use kafkascope_core::invariant::Promises;
use kafkascope_core::sabotage::{self, Sabotage};
use kafkascope_tests::root;
use kafkascope_tests::sim::{Failure, Profile, Stats, case, promises, run, run_looking_every, shrink};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Seeds of each test run.
const SEEDS: u64 = 500;
/// Seeds of copy applications in each test run.
const COPIES: u64 = 1_000;
/// Faults of each seed.
const STEPS: u32 = 8;
/// So many seeds are tried until a checker must have seen what was put in.
const PATIENCE: u64 = 150;

/// Runs the first seeds of a profile with everything looked at after each so-many-th step; nothing may break.
fn all_hold(profile: Profile, name: &str, seeds: u64, each: u64) -> Stats {
    let next = AtomicU64::new(0);
    let total = Mutex::new(Stats::default());
    let worker = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= seeds {
                return None;
            }
            let script = case(profile, number, STEPS);
            match run_looking_every(each, &script, promises(&script)) {
                Ok(stats) => total.lock().expect("no seed panics").add(&stats),
                Err(failure) => {
                    next.store(seeds, Ordering::Relaxed);
                    return Some((number, script, failure));
                }
            }
        }
    };
    let threads = thread::available_parallelism().map_or(2, usize::from);
    let failed = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        threads.into_iter().find_map(|thread| thread.join().expect("no seed panics"))
    });
    if let Some((number, script, failure)) = failed {
        let script = shrink(&script, failure.name, None);
        panic!("{failure}\n\n{script}\ncargo xtask sim --seed {number} --steps {STEPS} --profile {name}");
    }
    total.into_inner().expect("no seed panics")
}

#[test]
fn five_hundred_seeds_keep_every_promise() {
    let stats = all_hold(Profile::Mixed, "mixed", SEEDS, 1);
    assert!(stats.acknowledged > 50 * SEEDS, "there is work: {stats:?}");
}

/// Each of these was found by a seed, shrunk, and mended.
#[test]
fn schedules_that_once_broke_a_promise_hold() {
    let folder = root().join("tests/data/schedules");
    let files = std::fs::read_dir(folder).expect("there are schedules");
    let mut paths: Vec<_> = files.map(|file| file.expect("it can be read").path()).collect();
    paths.sort();
    for path in paths {
        let script = std::fs::read_to_string(&path).expect("it can be read");
        if let Err(failure) = run(&script, promises(&script)) {
            panic!("{}: {failure}", path.display());
        }
    }
}

#[test]
fn a_thousand_seeds_of_copies_keep_their_guarantees_and_break_what_they_do_not_promise() {
    let stats = all_hold(Profile::Copies, "copies", COPIES, 64);
    println!("{stats:?}");
    let of = |guarantee: &str| stats.copies.get(guarantee).copied().expect("all three are copied");
    let (exact, least, most) = (of("exactly_once"), of("at_least_once"), of("at_most_once"));
    assert!(exact.wanted > 30 * COPIES && (exact.lost, exact.repeated) == (0, 0), "{exact:?}");
    assert!(exact.aborted > 0, "what a crash left was hidden, not absent: {exact:?}");
    assert!(least.lost == 0 && least.repeated > 0, "{least:?}");
    assert!(most.lost > 0 && most.repeated == 0, "{most:?}");
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
            Sabotage::MarkerForgotten
            | Sabotage::StableOffsetPastOpenTransaction
            | Sabotage::ZombieNotFenced => Profile::Transactions,
            _ => Profile::Safe,
        };
        match sabotage::with(Some(fault), || first_failure(profile, None, &[])) {
            Some((number, failure)) => println!("{fault:?}: seed {number}: {failure}"),
            None => blind.push(fault),
        }
    }
    assert_eq!(blind, [], "nobody saw them");
}
