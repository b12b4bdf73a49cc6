//! Log lines, help and hints.

use super::Thrown;
use crate::client::{ClientError, ClientEvent, LogLevel, LogLine};
use crate::command::options::table;
use crate::command::process::Io;
use crate::command::release::Release;
use crate::command::tools::about;
use crate::node::ClientId;
use crate::protocol::Response;

/// Writes `[time] LEVEL message (logger)` on standard error. Kafka's loggers print UTC here.
pub fn log(io: &mut dyn Io, level: &str, message: &str, logger: &str) {
    let time = date_time(io.now().wall_ms());
    io.complain(format_args!("[{time}] {level} {message} ({logger})\n"));
}

/// Tells of an exception that nobody catches, as a JVM does when its main thread ends by it.
pub fn uncaught(io: &mut dyn Io, thrown: &Thrown) {
    io.complain(format_args!("Exception in thread \"main\" {}", thrown.trace()));
}

/// Warns, as tools before 4.0 do, that the format of messages is not chosen by a topic any more.
pub fn warn_of_format<'a>(io: &mut dyn Io, mut set: impl Iterator<Item = (&'a String, &'a String)>) {
    let Some((_, value)) = set.find(|(name, _)| *name == "message.format.version") else { return };
    let newer = match io.release() {
        Release::V4 => return,
        Release::V3 => {
            " or if the inter.broker.protocol.version is 3.0 or newer. This configuration is deprecated and it will be \
             removed in Apache Kafka 4.0"
        }
        Release::V1 | Release::V2 => "",
    };
    io.print(format_args!(
        "WARNING: The configuration message.format.version={value} is specified. This configuration will be ignored if \
         the version is newer than the inter.broker.protocol.version specified in the broker{newer}.\n"
    ));
}

/// What an admin client that is still there was answered, if that is the news; what it logs is written.
pub fn answer(
    io: &mut dyn Io,
    client: Option<ClientId>,
    event: ClientEvent,
) -> Option<Result<Response, ClientError>> {
    match event {
        ClientEvent::Log(line) => client_log(io, &line),
        ClientEvent::Answered { result, .. } if client.is_some() => return Some(result),
        _ => {}
    }
    None
}

/// Writes a client's log line.
pub fn client_log(io: &mut dyn Io, line: &LogLine) {
    let level = match line.level {
        LogLevel::Warn => "WARN",
        LogLevel::Error => "ERROR",
    };
    let time = date_time(line.at.wall_ms());
    let mut message = line.message.clone();
    if io.release() <= Release::V2 {
        message = message
            .replace(
                "The metadata response from the cluster reported a recoverable issue with correlation",
                "Error while fetching metadata with correlation",
            )
            .replace("Node may not be available.", "Broker may not be available.");
    }
    io.complain(format_args!("[{time}] {level} {message} ({})\n", line.logger));
    if let Some(thrown) = &line.thrown {
        io.complain(format_args!("{thrown}\n"));
    }
}

/// `yyyy-MM-dd HH:mm:ss,SSS` of milliseconds since 1970.
#[must_use]
pub fn date_time(wall_ms: i64) -> String {
    let (days, ms) = (wall_ms.div_euclid(86_400_000), wall_ms.rem_euclid(86_400_000));
    let (year, month, day) = civil(days);
    let (h, m, s, ms) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000);
    format!("{year:04}-{month:02}-{day:02} {h:02}:{m:02}:{s:02},{ms:03}")
}

/// `Sun Nov 22 13:53:43 UTC 2026` of milliseconds since 1970, as Java prints a date.
#[must_use]
pub fn java_date(wall_ms: i64) -> String {
    let text = date_time(wall_ms);
    let days = wall_ms.div_euclid(86_400_000);
    let (year, month, day) = civil(days);
    let of = |names: &'static str, at: i64| {
        let at = usize::try_from(at * 3).unwrap_or(0);
        names.get(at..at + 3).unwrap_or_default()
    };
    // The first day of 1970 was a Thursday.
    let weekday = of("ThuFriSatSunMonTueWed", days.rem_euclid(7));
    let month = of("JanFebMarAprMayJunJulAugSepOctNovDec", month - 1);
    let time = text.get(11..19).unwrap_or_default();
    format!("{weekday} {month} {day:02} {time} UTC {year}")
}

/// Year, month and day of a number of days since 1970, by eras of 400 years that begin in March.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The group of consumers that measure, as its option has it.
const NEW_GROUP: &str = "perf-consumer-10000";

/// A sentence and the option table on standard error, with a hint where one helps.
pub fn usage(io: &mut dyn Io, tool: &str, message: &str) {
    let options = about::info(tool).map_or(&[][..], |info| info.options);
    io.complain(format_args!("{message}\n"));
    let mut table = table::render(options, io.release());
    if table.contains(NEW_GROUP) {
        // The default is drawn anew in each run.
        let drawn = format!("perf-consumer-{}", 10_000 + io.chance(90_000));
        table = table.replace(NEW_GROUP, &drawn);
    }
    io.err(&table);
    trouble_note(io, message);
}

/// `--version`.
pub fn version(io: &mut dyn Io) {
    let release = io.release();
    let commit = if release <= Release::V2 { " (Commit:3146c6ff4a24cc24)" } else { "" };
    io.print(format_args!("{}{commit}\n", release.name()));
    io.exit(0);
}

/// A hint about what the tool as a whole wants; single words are looked at by [`crate::command::advice`].
pub fn trouble_note(io: &mut dyn Io, message: &str) {
    if message.contains("bootstrap") && !message.contains("combination") {
        io.note("every tool needs to know a server of the cluster: --bootstrap-server localhost:9092");
    }
    if message.starts_with("Option combination") {
        io.note("settings of an existing topic are changed with kafka-configs --alter --entity-type topics");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_lines_carry_the_date_in_utc() {
        assert_eq!(date_time(1_767_225_600_000), "2026-01-01 00:00:00,000");
        assert_eq!(date_time(1_709_164_799_007), "2024-02-28 23:59:59,007");
        assert_eq!(date_time(1_709_164_800_000), "2024-02-29 00:00:00,000");
        assert_eq!(date_time(-1), "1969-12-31 23:59:59,999");
        assert_eq!(java_date(1_795_355_623_000), "Sun Nov 22 13:53:43 UTC 2026");
    }
}
