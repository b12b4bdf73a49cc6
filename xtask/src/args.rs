//! What was asked for on the command line. Written out by hand: three flags are not worth a dependency that a
//! fresh machine must compile first.

use crate::Result;

/// One command with its options.
#[derive(Debug, PartialEq)]
pub enum Task {
    /// Build the page and serve it.
    Up {
        /// TCP port on 127.0.0.1.
        port: u16,
        /// Whether to show it in the default browser.
        open: bool,
    },
    /// Run the checks.
    Test(Checks),
    /// Build and weigh the page.
    Build,
    /// Look what a first visit calls.
    Profile,
    /// Run the benchmark.
    Bench {
        /// Handed on to the benchmark.
        args: Vec<String>,
    },
    /// Run simulation tests.
    Sim {
        /// Handed on to them.
        args: Vec<String>,
    },
    /// Throw bent lines at the shell.
    Fuzz {
        /// Handed on to it.
        args: Vec<String>,
    },
    /// Record what a real Kafka prints.
    Record {
        /// Handed on to the recorder.
        args: Vec<String>,
    },
    /// Print the usage.
    Help,
}

/// Which checks are run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Checks {
    /// All of them.
    All,
    /// Those that need no Chromium.
    NoBrowser,
    /// The end-to-end tests alone, on the page that is built already.
    Built,
}

/// Reads the words behind `cargo xtask`.
pub fn parse(words: impl Iterator<Item = String>) -> Result<Task> {
    let mut words = words;
    let command = words.next().unwrap_or_else(|| "help".into());
    match command.as_str() {
        "up" => up(words),
        "test" => {
            let mut checks = Checks::All;
            for word in words {
                checks = match word.as_str() {
                    "--no-browser" => Checks::NoBrowser,
                    "--built" => Checks::Built,
                    _ => return Err(unknown(&command, &word)),
                }
            }
            Ok(Task::Test(checks))
        }
        "build" | "profile" => match words.next() {
            Some(word) => Err(unknown(&command, &word)),
            None if command == "build" => Ok(Task::Build),
            None => Ok(Task::Profile),
        },
        "bench" => Ok(Task::Bench { args: words.collect() }),
        "sim" => Ok(Task::Sim { args: words.collect() }),
        "fuzz" => Ok(Task::Fuzz { args: words.collect() }),
        "record" => Ok(Task::Record { args: words.collect() }),
        "help" | "--help" | "-h" => Ok(Task::Help),
        _ => Err(format!("there is no command {command:?}")),
    }
}

fn up(mut words: impl Iterator<Item = String>) -> Result<Task> {
    let (mut port, mut open) = (8080, false);
    while let Some(word) = words.next() {
        let value = match word.split_once('=') {
            Some(("--port", value)) => value.to_string(),
            _ if word == "--port" => words.next().ok_or("--port needs a number")?,
            _ if word == "--open" => {
                open = true;
                continue;
            }
            _ => return Err(unknown("up", &word)),
        };
        port = value.parse().map_err(|_| format!("--port takes a number from 0 to 65535, not {value:?}"))?;
    }
    Ok(Task::Up { port, open })
}

fn unknown(command: &str, word: &str) -> String {
    format!("`{command}` does not know {word:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Task> {
        parse(line.split_whitespace().map(String::from))
    }

    #[test]
    fn options_may_stand_in_any_order() {
        assert_eq!(parsed("up"), Ok(Task::Up { port: 8080, open: false }));
        assert_eq!(parsed("up --open --port 9000"), Ok(Task::Up { port: 9000, open: true }));
        assert_eq!(parsed("up --port=9000"), Ok(Task::Up { port: 9000, open: false }));
        assert_eq!(parsed("test"), Ok(Task::Test(Checks::All)));
        assert_eq!(parsed("test --built"), Ok(Task::Test(Checks::Built)));
        assert_eq!(parsed("test --no-browser"), Ok(Task::Test(Checks::NoBrowser)));
        let args = ["--seed", "7"].map(String::from).to_vec();
        assert_eq!(parsed("sim --seed 7"), Ok(Task::Sim { args }));
        assert_eq!(parsed(""), Ok(Task::Help));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for line in [
            "up --port",
            "up --port x",
            "up --port 70000",
            "up 9000",
            "test --fast",
            "build all",
            "profile now",
            "down",
        ] {
            assert!(parsed(line).is_err(), "{line:?} was accepted");
        }
    }
}
