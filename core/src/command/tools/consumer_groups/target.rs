//! Which partitions an action is about, and where `--reset-offsets` moves them.

use super::Stop;
use crate::command::options::Parsed;
use crate::command::process::Io;
use crate::command::release::Release;
use crate::command::tools::kit::Thrown;
use crate::protocol::{TopicName, TopicPartition};
use serde::Serialize;

/// What `--topic` names.
pub struct Scope {
    /// Partitions by number: `topic:0,1`.
    pub partitions: Vec<TopicPartition>,
    /// Whole topics.
    pub topics: Vec<TopicName>,
}

/// Reads every `--topic`.
pub fn scope(options: &Parsed) -> Result<Scope, Stop> {
    let mut scope = Scope { partitions: Vec::new(), topics: Vec::new() };
    for arg in options.all("topic") {
        let Some((topic, numbers)) = arg.split_once(':') else {
            scope.topics.push(arg.as_str().into());
            continue;
        };
        if topic.is_empty() || numbers.is_empty() || numbers.contains(':') {
            return Err(Stop::Usage(format!(
                "Invalid topic arg '{arg}', expected topic name and partitions"
            )));
        }
        for number in numbers.split(',') {
            let Ok(partition) = number.parse() else {
                if options.release <= Release::V2 {
                    return Err(Stop::Usage(Thrown::no_number(number).message.clone()));
                }
                let message = format!("Invalid partition '{number}' specified in topic arg '{arg}''");
                return Err(Stop::Usage(message));
            };
            scope.partitions.push(TopicPartition::new(topic, partition));
        }
    }
    Ok(scope)
}

/// Where offsets are moved.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Target {
    /// The first record.
    Earliest,
    /// The end.
    Latest,
    /// The committed offset, or the end.
    Current,
    /// This offset.
    Offset(i64),
    /// So far from the committed offset.
    Shift(i64),
    /// The first record at or after this time, in milliseconds since 1970.
    Time(i64),
    /// What a file says: group (any if empty), partition, offset.
    File(Vec<(String, TopicPartition, i64)>),
}

/// The target that the options name.
pub fn target(io: &mut dyn Io, options: &Parsed) -> Result<Target, Stop> {
    // The tool only reads these numbers when it needs them: a mistake is not one of usage.
    if let Some(offset) = options.number("to-offset").map_err(Thrown::from)? {
        return Ok(Target::Offset(offset));
    }
    if let Some(by) = options.number("shift-by").map_err(Thrown::from)? {
        return Ok(Target::Shift(by));
    }
    if let Some(text) = options.value("to-datetime")? {
        let is_plain = io.release() <= Release::V2;
        let parsed = date_time(text).map_err(|message| {
            let cause = Thrown::new("java.text.ParseException", message);
            if is_plain {
                return cause;
            }
            let head = cause.head();
            cause.inside("java.lang.RuntimeException", head)
        });
        return Ok(Target::Time(parsed?));
    }
    if let Some(text) = options.value("by-duration")? {
        let span = crate::java::duration(text).ok_or_else(|| {
            Thrown::new("java.time.format.DateTimeParseException", "Text cannot be parsed to a Duration")
        })?;
        return Ok(Target::Time(io.now().wall_ms().saturating_sub(span)));
    }
    if let Some(path) = options.value("from-file")? {
        let Some(file) = io.read_file(path) else { return Err(unreadable(io.release(), path).into()) };
        let text = String::from_utf8_lossy(&file);
        let old = io.release() <= Release::V2;
        let rows = csv(&text, old);
        // For each group the tool tries twice whether the first line names none, and says what is wrong with that.
        if let (Some(fault), false) = (text.lines().next().and_then(without_group), old) {
            let tries = if rows.is_ok() { options.all("group").len().saturating_mul(2) } else { 1 };
            for _ in 0..tries {
                io.err(&fault.trace());
            }
        }
        return Ok(Target::File(rows?));
    }
    Ok(match () {
        () if options.has("to-earliest") => Target::Earliest,
        () if options.has("to-current") => Target::Current,
        () => Target::Latest,
    })
}

fn unreadable(release: Release, path: &str) -> Thrown {
    let thrown = Thrown::unreadable(path);
    if release <= Release::V2 {
        return thrown;
    }
    let head = thrown.head();
    thrown.inside("java.lang.RuntimeException", head)
}

/// What Jackson says of a cell that is no number; `column` is where it begins.
fn no_number(kind: &str, (record, field): (&str, &str), cell: &str, column: usize) -> Thrown {
    let class = "com.fasterxml.jackson.databind.exc.InvalidFormatException";
    let cell = cell.trim().trim_matches('"');
    let message = format!(
        "Cannot deserialize value of type `{kind}` from String \"{cell}\": not a valid `{kind}` value\n at [Source: \
         (StringReader); line: 1, column: {column}] (through reference chain: \
         org.apache.kafka.tools.consumer.group.CsvUtils${record}[\"{field}\"])"
    );
    Thrown::new(class, message)
}

/// What is wrong with the partition at this place of a line, or with the offset behind it.
fn wrong_numbers(line: &str, record: &str, place: usize) -> Option<Thrown> {
    let mut column = 1;
    for (at, cell) in line.split(',').enumerate() {
        let text = cell.trim().trim_matches('"');
        if at == place && text.parse::<i32>().is_err() {
            return Some(no_number("int", (record, "partition"), cell, column));
        }
        if at == place + 1 && text.parse::<i64>().is_err() {
            return Some(no_number("long", (record, "offset"), cell, column));
        }
        column += cell.chars().count() + 1;
    }
    None
}

/// Why a line is none without a group.
fn without_group(line: &str) -> Option<Thrown> {
    wrong_numbers(line, "CsvRecordNoGroup", 1)
}

fn csv(text: &str, old: bool) -> Result<Vec<(String, TopicPartition, i64)>, Stop> {
    let mut rows = Vec::new();
    let names_groups = text.lines().next().is_some_and(|first| without_group(first).is_some());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let wrong = if names_groups {
            wrong_numbers(line, "CsvRecordWithGroup", 2)
        } else {
            wrong_numbers(line, "CsvRecordNoGroup", 1)
        };
        if let Some(wrong) = wrong.filter(|_| !old) {
            let head = wrong.head();
            return Err(wrong.inside("java.lang.RuntimeException", head).into());
        }
        let mut cells = Vec::new();
        for cell in line.split(',') {
            cells.push(cell.trim().trim_matches('"'));
        }
        // Numbers that are missing are 0 to Jackson.
        let (group, topic, partition, offset) = match cells[..] {
            [topic] => ("", topic, "0", "0"),
            [topic, partition] => ("", topic, partition, "0"),
            [topic, partition, offset] => ("", topic, partition, offset),
            [group, topic, partition, offset] => (group, topic, partition, offset),
            _ => return Err(Thrown::illegal(format!("Invalid line in CSV file: '{line}'")).into()),
        };
        let Ok(number) = partition.parse() else { return Err(Thrown::no_number(partition).into()) };
        let Ok(to) = offset.parse() else { return Err(Thrown::no_number(offset).into()) };
        rows.push((group.to_owned(), TopicPartition::new(topic, number), to));
    }
    Ok(rows)
}

/// `YYYY-MM-DDThh:mm:ss.sss`, with or without a zone, in milliseconds since 1970.
pub fn date_time(text: &str) -> Result<i64, String> {
    let Some((date, time)) = text.split_once('T') else {
        return Err(
            "Error parsing timestamp. It does not contain a 'T' according to ISO8601 format".to_owned()
        );
    };
    let parse = || {
        let (clock, zone) = match time.find(['+', '-', 'Z']) {
            Some(at) => time.split_at(at),
            None => (time, "Z"),
        };
        let date = numbers(date, '-')?;
        let (seconds, millis) = clock.split_once('.')?;
        let clock = numbers(seconds, ':')?;
        let ([year, month, day], [hour, minute, second]) = (date.as_slice(), clock.as_slice()) else {
            return None;
        };
        let fits = (1..=12).contains(month)
            && (1..=31).contains(day)
            && (0..24).contains(hour)
            && (0..60).contains(minute)
            && (0..60).contains(second);
        let millis: i64 = millis.parse().ok().filter(|_| fits)?;
        let days = days_since_1970(*year, *month, *day);
        let utc = ((days * 24 + hour) * 60 + minute) * 60 + second;
        Some((utc - zone_seconds(zone)?) * 1_000 + millis)
    };
    parse().ok_or_else(|| format!("Unparseable date: \"{text}\""))
}

fn numbers(text: &str, mark: char) -> Option<Vec<i64>> {
    let mut numbers = Vec::new();
    for part in text.split(mark) {
        numbers.push(part.parse().ok().filter(|number| (0..=9_999).contains(number))?);
    }
    Some(numbers)
}

fn zone_seconds(zone: &str) -> Option<i64> {
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("Z", _) => return Some(0),
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes: i64 = if minutes.is_empty() { 0 } else { minutes.parse().ok()? };
    Some(sign * (hours.parse::<i64>().ok()? * 3_600 + minutes * 60))
}

fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_utc_unless_they_say_otherwise() {
        assert_eq!(date_time("1970-01-01T00:00:00.000"), Ok(0));
        assert_eq!(date_time("2026-01-01T00:00:05.123"), Ok(crate::node::EPOCH_MS + 5_123));
        assert_eq!(date_time("2024-02-29T12:00:00.000+01:00"), Ok(1_709_204_400_000));
        assert!(
            date_time("yesterday").unwrap_err().starts_with("Error parsing timestamp. It does not contain")
        );
        assert!(date_time("2026-13-01T00:00:00.000").is_err());
    }

    #[test]
    fn plans_are_read_with_and_without_group() {
        let rows = csv("t,0,2\n\nt,1,3\n", false).unwrap();
        assert_eq!(rows[1], (String::new(), TopicPartition::new("t", 1), 3));
        let rows = csv("\"g\",\"u\",1,7\n", false).unwrap();
        assert_eq!(rows[0], ("g".to_owned(), TopicPartition::new("u", 1), 7));
        let wrong = |text: &str| match csv(text, false) {
            Err(Stop::Failed(thrown)) => thrown.message.clone(),
            other => panic!("{other:?}"),
        };
        let told = wrong("\"g1\",\"p\",0,x\n");
        assert!(
            told.contains("type `long` from String \"x\"") && told.contains("line: 1, column: 12"),
            "{told}"
        );
        let told = wrong("t,0,2\ng,u,1,7\n");
        assert!(
            told.ends_with("CsvUtils$CsvRecordNoGroup[\"partition\"])"),
            "the first line decides: {told}"
        );
    }
}
