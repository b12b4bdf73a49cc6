//! Fuzzing from the command line: `cargo xtask fuzz`.
//!
//! ```text
//! cargo xtask fuzz --minutes 30 --seed 7       cases of one seed for half an hour; goes on after what it finds
//! cargo xtask fuzz --seed 7 --case 1234        one case, told line by line
//! ```

use kafkascope_tests::fuzz;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

struct Wish {
    seed: u64,
    minutes: u64,
    case: Option<u64>,
}

fn main() -> ExitCode {
    let wish = match wish(std::env::args().skip(1)) {
        Ok(wish) => wish,
        Err(why) => {
            eprintln!("error: {why}");
            return ExitCode::from(2);
        }
    };
    let running = Arc::new(Mutex::new((Instant::now(), String::new())));
    watch(Arc::clone(&running), wish.seed);
    if let Some(number) = wish.case {
        let case = fuzz::case(wish.seed, number);
        eprintln!("{}", fuzz::told(&case));
        let done = fuzz::run(&case, &mut |act| eprintln!("… {act:?}"));
        return match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                eprintln!("{why}");
                ExitCode::FAILURE
            }
        };
    }
    std::panic::set_hook(Box::new(|panic| {
        if let Some(place) = panic.location() {
            println!("PANIC at {place}");
        }
    }));
    let end = Instant::now() + Duration::from_secs(wish.minutes * 60);
    let (mut number, mut found) = (0, 0);
    while Instant::now() < end {
        if let Ok(mut running) = running.lock() {
            *running = (Instant::now(), format!("--case {number}"));
        }
        let case = fuzz::case(wish.seed, number);
        let told = Arc::clone(&running);
        let done = fuzz::run(&case, &mut |act| {
            if let Ok(mut running) = told.lock() {
                running.1 = format!("--case {number}: {act:?}");
            }
        });
        if let Err(why) = done {
            found += 1;
            println!(
                "FOUND: cargo xtask fuzz --seed {} --case {number}: {why}\n{}",
                wish.seed,
                fuzz::told(&case)
            );
        }
        number += 1;
    }
    println!("seed {}: {number} cases, {found} of them found something", wish.seed);
    if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Ends the process when a case hangs: nobody else could.
fn watch(running: Arc<Mutex<(Instant, String)>>, seed: u64) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let Ok(running) = running.lock() else { return };
            if running.0.elapsed() > fuzz::CASE_MAX * 20 {
                println!("HANGS: cargo xtask fuzz --seed {seed} {}", running.1);
                std::process::exit(3);
            }
        }
    });
}

fn wish(mut words: impl Iterator<Item = String>) -> Result<Wish, String> {
    let mut wish = Wish { seed: 1, minutes: 1, case: None };
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("a value must follow {word}"))?;
        let number: u64 = value.parse().map_err(|_| format!("{word} does not take {value}"))?;
        match word.as_str() {
            "--seed" => wish.seed = number,
            "--minutes" => wish.minutes = number,
            "--case" => wish.case = Some(number),
            _ => return Err(format!("there is no option {word}")),
        }
    }
    Ok(wish)
}
