//! What stands on the command line of `kafkascope` itself, and the cluster that it asks for.

use clap::{Parser, Subcommand, ValueEnum};
use kafkascope_core::session::Header;
use kafkascope_core::session::api::ClusterConfig;
use std::fmt::Display;
use std::path::PathBuf;

/// A simulated Kafka cluster at your prompt.
///
/// Without a command it opens a prompt on a fresh cluster; the clock plays while you think. Type Kafka's own
/// command lines there (kafka-topics, kafka-console-producer …), and `help` for the laboratory's verbs.
#[derive(Debug, Parser)]
#[command(
    name = "kafkascope",
    version,
    after_help = "Exit codes: 0 all commands succeeded, 1 one failed, 2 usage."
)]
pub struct Args {
    /// A line to run; may be repeated: one cluster runs them all, in order.
    #[arg(short = 'c', value_name = "LINE")]
    pub commands: Vec<String>,
    /// How the cluster is made and results are shown.
    #[command(flatten)]
    pub options: Options,
    /// What to do instead of opening a prompt.
    #[command(subcommand)]
    pub mode: Option<Mode>,
}

/// What to do instead of opening a prompt.
#[derive(Debug, Subcommand)]
pub enum Mode {
    /// Run a script: lines as typed, `#` comments, `< ` lines typed into the command above.
    Run {
        /// The script; `-` reads it from standard input.
        file: PathBuf,
    },
    /// Run the command lines of tutorials and tell how many do what the real tools of their year did.
    Corpus {
        /// Tab-separated, with the columns id, tool, year, command, group and seq.
        file: Option<PathBuf>,
        /// Run whole walkthroughs instead, a file or all of a folder, and list how the output differs from theirs.
        #[arg(long, value_name = "PATH", conflicts_with_all = ["file", "list"])]
        session: Option<PathBuf>,
        /// Show the lines whose reason contains this text instead (`all`: every line that disagrees).
        #[arg(long, value_name = "REASON")]
        list: Option<String>,
    },
    /// Print the completion script of a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

/// How the cluster is made and results are shown. Options win over a script's header.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// How a script's results are shown: as a terminal would, or one JSON object for each line.
    #[arg(long, global = true, value_enum, default_value_t)]
    pub format: Format,
    /// Decides every draw of chance: the same seed and script give the same bytes [default: 1].
    #[arg(long, global = true, value_name = "N")]
    pub seed: Option<u64>,
    /// Broker ids; they listen on localhost:9092, 9093 … in this order [default: 101,102,103].
    #[arg(long, global = true, value_name = "IDS", value_delimiter = ',')]
    pub brokers: Vec<i32>,
    /// Number of controllers [default: 1].
    #[arg(long, global = true, value_name = "N")]
    pub controllers: Option<u32>,
    /// Who keeps the cluster's metadata.
    #[arg(long, global = true, value_enum)]
    pub mode: Option<MetadataMode>,
    /// Which Kafka is spoken: 4.3.0 (KRaft), 3.9.1 or 2.8.2 (ZooKeeper).
    #[arg(long, global = true, value_name = "VERSION")]
    pub kafka_version: Option<String>,
    /// A broker property; may be repeated.
    #[arg(long = "property", global = true, value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub properties: Vec<(String, String)>,
    /// Simulated time that a tool takes to start: 1s, 500ms [default: 1s in scripts, 0 at a prompt].
    #[arg(long, global = true, value_name = "TIME", value_parser = span_us)]
    pub tool_startup: Option<u64>,
    /// Go on after a command of a script has failed.
    #[arg(long, global = true)]
    pub keep_going: bool,
}

/// How results are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// What the commands print, as they would at a terminal.
    #[default]
    Text,
    /// One JSON object for each line of the script.
    Json,
}

/// Who keeps the cluster's metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MetadataMode {
    /// Kafka's own quorum.
    Kraft,
    /// The same, in the processes of the first brokers.
    Combined,
    /// A ZooKeeper ensemble.
    Zookeeper,
}

/// The program was called wrongly: a sentence.
#[derive(Debug, PartialEq, Eq)]
pub struct Usage(pub String);

impl Usage {
    /// From a sentence.
    pub fn new(why: impl Display) -> Usage {
        Usage(why.to_string())
    }
}

impl Options {
    /// The cluster that a script's header and these options ask for.
    pub fn config(&self, header: Header, tool_startup_us: u64) -> Result<ClusterConfig, Usage> {
        let mut config = ClusterConfig { tool_startup_us, ..ClusterConfig::default() };
        header.apply(&mut config);
        if !self.brokers.is_empty() {
            config.brokers.clone_from(&self.brokers);
        }
        config.seed = self.seed.unwrap_or(config.seed);
        config.controllers = self.controllers.unwrap_or(config.controllers);
        config.tool_startup_us = self.tool_startup.unwrap_or(config.tool_startup_us);
        config.properties.extend(self.properties.iter().cloned());
        if let Some(version) = &self.kafka_version {
            config.set_version(version).map_err(Usage)?;
        }
        match self.mode {
            Some(MetadataMode::Kraft) => config.set_mode("kraft").map_err(Usage)?,
            Some(MetadataMode::Combined) => config.set_mode("combined").map_err(Usage)?,
            Some(MetadataMode::Zookeeper) => config.set_mode("zookeeper").map_err(Usage)?,
            None => {}
        }
        self.refuse_what_is_not_there(&config)?;
        Ok(config)
    }

    /// Says "not yet" rather than running something else than was asked for.
    fn refuse_what_is_not_there(&self, config: &ClusterConfig) -> Result<(), Usage> {
        if config.controllers == 0 {
            return Err(Usage::new("A cluster needs a controller."));
        }
        let mut ids = config.brokers.clone();
        ids.sort_unstable();
        if ids.len() > 200 {
            return Err(Usage::new("At most 200 brokers."));
        }
        if let Some(id) = ids.iter().find(|id| **id < 0) {
            return Err(Usage(format!("{id} is no broker id: ids are 0 or more.")));
        }
        match ids.windows(2).find_map(|pair| (pair.first() == pair.last()).then(|| pair.first()).flatten()) {
            Some(twice) => Err(Usage(format!("Broker {twice} is named twice."))),
            None => Ok(()),
        }
    }
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected name=value".to_owned()),
    }
}

/// Microseconds of `1s`, `500ms`, `1.5s`, `2m`, `0`.
fn span_us(text: &str) -> Result<u64, String> {
    let bad = || "expected a time such as 1s or 500ms".to_owned();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit_us: u64 = match unit {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" | "min" => 60_000_000,
        "" if number == "0" => 1,
        _ => return Err(bad()),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let whole: u64 = whole.parse().map_err(|_| bad())?;
    if fraction.is_empty() || fraction.len() > 6 {
        return Err(bad());
    }
    let millionths: u64 = format!("{fraction:0<6}").parse().map_err(|_| bad())?;
    let us = whole.checked_mul(unit_us).and_then(|us| us.checked_add(millionths * unit_us / 1_000_000));
    us.filter(|us| *us <= 3_600_000_000).ok_or_else(|| "at most an hour".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(args: &[&str], header: &str) -> Result<ClusterConfig, Usage> {
        let args = Args::try_parse_from([&["kafkascope"], args].concat()).unwrap();
        args.options.config(Header::of(header).unwrap(), 5)
    }

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory;
        Args::command().debug_assert();
    }

    #[test]
    fn options_win_over_the_header() {
        let header = "# cluster: brokers=2 nodes=1 props=\"a=b\" seed=3";
        let plain = config(&[], header).unwrap();
        assert_eq!((plain.brokers, plain.seed, plain.tool_startup_us), (vec![101, 102], 3, 5));
        let args = ["--brokers", "7,8,9", "--seed", "4", "--tool-startup", "1.5s", "--property", "a=c=d"];
        let won = config(&args, header).unwrap();
        assert_eq!((won.brokers, won.seed, won.tool_startup_us), (vec![7, 8, 9], 4, 1_500_000));
        assert_eq!(won.properties.last(), Some(&("a".to_owned(), "c=d".to_owned())));
    }

    #[test]
    fn what_is_not_there_is_refused() {
        for args in [
            &["--controllers", "0"][..],
            &["--kafka-version", "2.7"],
            &["--brokers", "1,2,1"],
            &["--brokers=-1"],
        ] {
            assert!(config(args, "").is_err(), "{args:?}");
        }
        assert_eq!(config(&["--mode", "zookeeper"], "").unwrap().kafka_version, "3.9.1");
        assert_eq!(config(&["--kafka-version", "2.8"], "").unwrap().kafka_version, "2.8.2");
    }

    #[test]
    fn times_have_units() {
        assert_eq!(span_us("1s"), Ok(1_000_000));
        assert_eq!(span_us("500ms"), Ok(500_000));
        assert_eq!(span_us("0"), Ok(0));
        assert_eq!(span_us("1.25s"), Ok(1_250_000));
        for bad in ["", "1", "s", "1h", "-1s", "1..5s", "1.s", "99999999999999999999s", "2000000s"] {
            assert!(span_us(bad).is_err(), "{bad}");
        }
    }
}
