//! kcat's options: one letter each, as `getopt` reads them.

use super::format::{self, Piece};
use crate::command::process::Io;
use serde::Serialize;

/// Letters that take an argument, and those that do not.
const WITH: &str = "GMtpbzoDKkHdFXcfsrm";
const WITHOUT: &str = "PCLQeEOqvTuZlVhJU";

/// Where reading begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub enum Start {
    /// Nothing was said.
    #[default]
    Unsaid,
    /// `beginning`.
    Beginning,
    /// `end`.
    End,
    /// An offset.
    At(i64),
    /// So many records before the end.
    Tail(i64),
}

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Conf {
    /// `P`, `C`, `G`, `L`, `Q` or `M`.
    pub mode: Option<char>,
    pub topic: Option<String>,
    pub partition: Option<i32>,
    pub brokers: Option<String>,
    pub start: Start,
    /// `-o s@…` and `-o e@…`: times to begin and to end at.
    pub from_time: Option<i64>,
    pub to_time: Option<i64>,
    pub exit_at_end: bool,
    pub go_on: bool,
    pub format: Vec<Piece>,
    pub json: bool,
    /// Formats of keys and values, `-s`.
    pub packs: [Option<String>; 2],
    pub delimiter: String,
    pub key_delimiter: Option<String>,
    pub fixed_key: Option<String>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    pub lines: bool,
    pub count: Option<u64>,
    /// Seconds to wait for metadata.
    pub patience: u32,
    pub nulls: bool,
    pub quiet: bool,
    pub tee: bool,
    /// `-Q -t topic:partition:time`.
    pub queries: Vec<(String, i32, i64)>,
    pub group: String,
    pub settings: Vec<(String, String)>,
    pub files: Vec<String>,
}

/// Why kcat ends before it has begun.
pub enum Stop {
    /// `% ERROR: …`, exit code 1.
    Fatal(String),
    /// `Error: …` with the usage.
    Usage(&'static str),
    /// `-h`, or only the version.
    Told(bool),
}

fn fatal<T>(message: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Fatal(message.into()))
}

/// The number that a text begins with, as C reads it.
pub fn number(text: &str) -> i64 {
    let text = text.trim_start();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let length = text.len() - digits.len() + digits.bytes().take_while(u8::is_ascii_digit).count();
    text.get(..length).and_then(|text| text.strip_prefix('+').unwrap_or(text).parse().ok()).unwrap_or(0)
}

/// Reads the words.
pub fn parse(io: &mut dyn Io, args: &[String]) -> Result<Conf, Stop> {
    let mut conf = Conf { patience: 5, delimiter: "\n".to_owned(), ..Conf::default() };
    let (mut format, mut key_delimiter) = (None, None);
    let args = match args.first().map(String::as_str) {
        Some("kcat" | "kafkacat") => args.get(1..).unwrap_or_default(),
        _ => args,
    };
    let mut words = args.iter();
    while let Some(word) = words.next() {
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            conf.files.push(word.clone());
            continue;
        };
        if letters == "-" {
            conf.files.extend(words.by_ref().cloned());
            break;
        }
        let mut rest = letters;
        while let Some(letter) = rest.chars().next() {
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
            if WITHOUT.contains(letter) {
                flag(&mut conf, letter)?;
                continue;
            }
            if !WITH.contains(letter) {
                return Err(Stop::Usage("unknown argument"));
            }
            let value = match std::mem::take(&mut rest) {
                "" => match words.next() {
                    Some(value) => value.as_str(),
                    None => return Err(Stop::Usage("unknown argument")),
                },
                attached => attached,
            };
            match letter {
                'f' => format = Some(value.to_owned()),
                'K' => key_delimiter = Some(value.to_owned()),
                'F' => file(io, &mut conf, value)?,
                _ => option(&mut conf, letter, value)?,
            }
        }
    }
    finish(io, conf, format, key_delimiter)
}

fn flag(conf: &mut Conf, letter: char) -> Result<(), Stop> {
    match letter {
        'P' | 'C' | 'L' | 'Q' => return mode(conf, letter),
        'e' => conf.exit_at_end = true,
        'E' => conf.go_on = true,
        'q' => conf.quiet = true,
        'T' => conf.tee = true,
        'Z' => conf.nulls = true,
        'l' => conf.lines = true,
        'J' => conf.json = true,
        'V' => return Err(Stop::Told(true)),
        'h' => return Err(Stop::Told(false)),
        _ => {}
    }
    Ok(())
}

fn mode(conf: &mut Conf, letter: char) -> Result<(), Stop> {
    if let Some(other) = conf.mode.filter(|other| *other != letter) {
        return fatal(format!("Do not mix modes: -{letter} seen when -{other} already set"));
    }
    conf.mode = Some(letter);
    Ok(())
}

fn option(conf: &mut Conf, letter: char, value: &str) -> Result<(), Stop> {
    match letter {
        'G' => {
            value.clone_into(&mut conf.group);
            return mode(conf, 'G');
        }
        'M' => return mode(conf, 'M'),
        't' if conf.mode == Some('Q') => {
            let mut parts = value.splitn(3, ':');
            let (Some(topic), Some(partition), Some(time)) = (parts.next(), parts.next(), parts.next())
            else {
                return fatal("-t: expected \"topic:partition:offset_or_timestamp\"");
            };
            let partition = i32::try_from(number(partition)).unwrap_or(-1);
            conf.queries.push((topic.to_owned(), partition, number(time)));
        }
        't' => conf.topic = Some(value.to_owned()),
        'p' => conf.partition = i32::try_from(number(value)).ok().filter(|partition| *partition != -1),
        'b' => conf.brokers = Some(value.to_owned()),
        'o' => offset(conf, value),
        's' => {
            let (fields, text) = match value.split_once('=') {
                Some(("key", text)) => ([true, false], text),
                Some(("value", text)) => ([false, true], text),
                _ => ([true, true], value),
            };
            for (at, name) in [(0, "key"), (1, "value")] {
                let wanted = fields.get(at).copied().unwrap_or(false);
                if !wanted {
                    continue;
                }
                if text != "avro" {
                    format::check_pack(name, text).or_else(fatal)?;
                }
                if let Some(pack) = conf.packs.get_mut(at) {
                    *pack = Some(text.to_owned());
                }
            }
        }
        'D' => value.clone_into(&mut conf.delimiter),
        'k' => conf.fixed_key = Some(value.to_owned()),
        'H' => match value.split_once('=') {
            Some(("", _)) => return fatal("Expected -H \"name=value..\" or -H \"name\""),
            Some((name, value)) => conf.headers.push((name.to_owned(), Some(value.as_bytes().to_vec()))),
            None => conf.headers.push((value.to_owned(), None)),
        },
        'c' => conf.count = u64::try_from(number(value)).ok(),
        'm' => conf.patience = u32::try_from(number(value)).unwrap_or(5),
        'r' if value.is_empty() => return fatal("-r url must not be empty"),
        'X' => match value.split_once('=') {
            Some((name, value)) => set(conf, name, value),
            None if matches!(value, "list" | "help" | "dump") => return Err(Stop::Told(false)),
            None => {
                return fatal(format!(
                    "Expected -X property=value, not {value}, use -X list to display available properties"
                ));
            }
        },
        _ => {}
    }
    Ok(())
}

fn set(conf: &mut Conf, name: &str, value: &str) {
    if matches!(name, "metadata.broker.list" | "bootstrap.servers") {
        conf.brokers.get_or_insert_with(|| value.to_owned());
    }
    conf.settings.push((name.to_owned(), value.to_owned()));
}

fn offset(conf: &mut Conf, text: &str) {
    match (text, text.get(..2), text.get(2..)) {
        (_, Some("s@"), Some(time)) => conf.from_time = Some(number(time)),
        (_, Some("e@"), Some(time)) => conf.to_time = Some(number(time)),
        ("beginning", ..) => conf.start = Start::Beginning,
        ("end", ..) => conf.start = Start::End,
        ("stored", ..) => conf.start = Start::Unsaid,
        _ => {
            let offset = number(text);
            conf.start = if offset < 0 { Start::Tail(-offset) } else { Start::At(offset) };
        }
    }
}

/// `-F`: settings from a file.
fn file(io: &mut dyn Io, conf: &mut Conf, path: &str) -> Result<(), Stop> {
    if matches!(path, "-" | "none") {
        return Ok(());
    }
    let Some(bytes) = io.read_file(path) else {
        return fatal(format!("Failed to open {path}: No such file or directory"));
    };
    if !conf.quiet {
        io.complain(format_args!("% Reading configuration from file {path}\n"));
    }
    for (line, text) in String::from_utf8_lossy(&bytes).lines().enumerate() {
        let text = text.trim().replace("\\:", ":").replace("\\=", "=");
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        match text.split_once('=').filter(|(name, _)| !name.is_empty()) {
            Some((name, value)) => set(conf, name, value),
            None => return fatal(format!("{path}:{}: expected property=value\n", line + 1)),
        }
    }
    Ok(())
}

/// Everything that follows from all options together.
fn finish(
    io: &mut dyn Io,
    mut conf: Conf,
    format: Option<String>,
    key_delimiter: Option<String>,
) -> Result<Conf, Stop> {
    if conf.brokers.is_none() && conf.mode != Some('M') {
        return Err(Stop::Usage("-b <broker,..> missing"));
    }
    let mode = match conf.mode {
        Some(mode) => mode,
        None => {
            let (mode, name) = if io.is_terminal() { ('C', "Consumer") } else { ('P', "Producer") };
            if !conf.quiet {
                io.complain(format_args!("% Auto-selecting {name} mode (use -P or -C to override)\n"));
            }
            conf.mode = Some(mode);
            mode
        }
    };
    if !"GLQM".contains(mode) && conf.topic.is_none() {
        return Err(Stop::Usage("-t <topic> missing"));
    }
    if mode == 'Q' && conf.queries.is_empty() {
        return Err(Stop::Usage("-t <topic>:<partition>:<offset_or_timestamp> missing"));
    }
    if !"GC".contains(mode) && conf.packs.iter().any(Option::is_some) {
        return fatal("-s serdes only available in the consumer");
    }
    conf.delimiter = format::delimiter(&conf.delimiter);
    conf.key_delimiter = key_delimiter.map(|text| format::delimiter(&text));
    if "GC".contains(mode) {
        let format = match (format, &conf.key_delimiter) {
            (Some(format), _) => format,
            (None, _) if conf.json => conf.delimiter.clone(),
            (None, Some(between)) => format!("%k{between}%s{}", conf.delimiter),
            (None, None) => format!("%s{}", conf.delimiter),
        };
        conf.format = format::parse(&format).or_else(fatal)?;
    } else if mode == 'P' && conf.delimiter.is_empty() {
        return fatal("Message delimiter -D must not be empty when producing");
    }
    if !conf.files.is_empty() {
        if !"PG".contains(mode) {
            return Err(Stop::Usage("file/topic list only allowed in producer(-P)/kafkaconsumer(-G) mode"));
        }
        if conf.lines && conf.files.len() > 1 {
            return fatal("Only one file allowed for line mode (-l)");
        }
    }
    if mode == 'G' && (conf.from_time.is_some() || conf.to_time.is_some()) {
        return fatal("-o ..@ timestamps can't be used with -G mode\n");
    }
    Ok(conf)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::tools::testing::Stage;

    fn parsed(line: &str) -> Result<Conf, String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        parse(&mut Stage::default(), &words).map_err(|stop| match stop {
            Stop::Fatal(message) => message,
            Stop::Usage(message) => message.to_owned(),
            Stop::Told(_) => "told".to_owned(),
        })
    }

    #[test]
    fn letters_may_stand_together_and_arguments_be_attached() {
        let conf = parsed("-b h:1 -Ct orders -K: -qeo -5 -c3").unwrap();
        assert_eq!((conf.mode, conf.topic.as_deref()), (Some('C'), Some("orders")));
        assert_eq!(
            (conf.start, conf.count, conf.quiet, conf.exit_at_end),
            (Start::Tail(5), Some(3), true, true)
        );
        assert_eq!(conf.key_delimiter.as_deref(), Some(":"));
    }

    #[test]
    fn mistakes_are_told_in_its_words() {
        assert_eq!(parsed("-b h -C -P -t t").unwrap_err(), "Do not mix modes: -P seen when -C already set");
        assert_eq!(parsed("-C -t t").unwrap_err(), "-b <broker,..> missing");
        assert_eq!(parsed("-b h -C").unwrap_err(), "-t <topic> missing");
        assert_eq!(parsed("-b h -C -t t --group g").unwrap_err(), "unknown argument");
        assert_eq!(parsed("-b h -C -t").unwrap_err(), "unknown argument");
        assert_eq!(parsed("-b h -C -t t -f %x").unwrap_err(), "Unsupported formatter: %x");
        assert!(
            parsed("-b h -C -t t -s value=z").unwrap_err().starts_with("Invalid token 'z' in value pack")
        );
    }
}
