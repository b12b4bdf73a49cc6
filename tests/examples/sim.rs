//! Simulation testing from the command line: `cargo xtask sim`.
//!
//! ```text
//! cargo xtask sim --seed 7                       one seed, and its script
//! cargo xtask sim --seeds 0..1000000             many, on all processors
//! cargo xtask sim --script failing.ks            a script under the eyes of all checkers
//! ```

use kafkascope_tests::sim::{Profile, Stats, case, promises, run, seed, shrink};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

/// What was asked for.
struct Wish {
    seeds: std::ops::Range<u64>,
    steps: u32,
    profile: (Profile, String),
    threads: usize,
    script: Option<String>,
}

fn main() -> ExitCode {
    let wish = match wish(std::env::args().skip(1)) {
        Ok(wish) => wish,
        Err(why) => {
            eprintln!("error: {why}");
            return ExitCode::from(2);
        }
    };
    if let Some(path) = &wish.script {
        return of_script(path);
    }
    many(&wish)
}

fn wish(mut words: impl Iterator<Item = String>) -> Result<Wish, String> {
    let mut wish = Wish {
        seeds: 0..1,
        steps: 12,
        profile: (Profile::Mixed, "mixed".to_owned()),
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        script: None,
    };
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("a value must follow {word}"))?;
        let bad = || format!("{word} does not take {value}");
        let number = |text: &str| text.parse::<u64>().map_err(|_| bad());
        match word.as_str() {
            "--seed" => wish.seeds = number(&value)?..number(&value)? + 1,
            "--seeds" => {
                let (from, to) = value.split_once("..").ok_or_else(bad)?;
                wish.seeds = number(from)?..number(to)?;
            }
            "--steps" => wish.steps = value.parse().map_err(|_| bad())?,
            "--threads" => wish.threads = value.parse().map_err(|_| bad())?,
            "--profile" => wish.profile = (Profile::named(&value).ok_or_else(bad)?, value.clone()),
            "--script" => wish.script = Some(value),
            _ => return Err(format!("there is no option {word}")),
        }
    }
    Ok(wish)
}

fn of_script(path: &str) -> ExitCode {
    let script = match std::fs::read_to_string(path) {
        Ok(script) => script,
        Err(error) => {
            eprintln!("error: {path}: {error}");
            return ExitCode::from(2);
        }
    };
    match run(&script, promises(&script)) {
        Ok(stats) => {
            println!("everything held: {}", told(&stats));
            ExitCode::SUCCESS
        }
        Err(failure) => {
            failure.events.iter().for_each(|event| println!("{event}"));
            println!("BROKEN {failure}");
            ExitCode::FAILURE
        }
    }
}

fn told(stats: &Stats) -> String {
    let seconds = stats.simulated_us / 1_000_000;
    let mut text = format!(
        "{seconds} simulated seconds, {} steps, {} records acknowledged, {} lost where nothing else was promised",
        stats.steps, stats.acknowledged, stats.lost
    );
    for (guarantee, done) in &stats.copies {
        text.push_str(&format!(
            "\n{guarantee}: {} to be copied, {} lost, {} repeated, {} aborted",
            done.wanted, done.lost, done.repeated, done.aborted
        ));
    }
    text
}

fn many(wish: &Wish) -> ExitCode {
    let (profile, steps) = (wish.profile.0, wish.steps);
    let next = AtomicU64::new(wish.seeds.start);
    let stop = AtomicBool::new(false);
    let (total, first) = (Mutex::new(Stats::default()), Mutex::new(None));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..wish.threads.max(1) {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= wish.seeds.end {
                        break;
                    }
                    match seed(profile, number, steps) {
                        Ok(stats) => total.lock().expect("nobody panicked").add(&stats),
                        Err(failed) => {
                            stop.store(true, Ordering::Relaxed);
                            first.lock().expect("nobody panicked").get_or_insert((number, *failed));
                        }
                    }
                    let done = number + 1 - wish.seeds.start;
                    if done.is_multiple_of(500) {
                        let rate = u128::from(done) * 1_000 / start.elapsed().as_millis().max(1);
                        eprintln!("{done} seeds, {rate} a second");
                    }
                }
            });
        }
    });
    let first = first.into_inner().expect("nobody panicked");
    let Some((number, (failure, script))) = first else {
        let count = wish.seeds.end.saturating_sub(wish.seeds.start);
        let total = total.into_inner().expect("nobody panicked");
        if count == 1 {
            print!("{}", case(profile, wish.seeds.start, steps));
        }
        println!("{count} seeds held in {:.1} s: {}", start.elapsed().as_secs_f64(), told(&total));
        return ExitCode::SUCCESS;
    };
    println!("BROKEN by seed {number}: {failure}\n");
    println!("The shortest script found (save it and run `cargo xtask sim --script FILE`):\n");
    println!("{}", shrink(&script, failure.name, None));
    println!("cargo xtask sim --seed {number} --steps {steps} --profile {}", wish.profile.1);
    ExitCode::FAILURE
}
