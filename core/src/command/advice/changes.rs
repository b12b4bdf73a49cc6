//! Options that came and went: since when, and what to write instead.

use crate::command::options::OptionSpec;
use crate::command::release::Release;

/// Tools (`*`: all), option, the release in which it was gone, what to write.
static GONE: &str = concat!(
    "kafka-topics,kafka-reassign-partitions|zookeeper|3.0|use --bootstrap-server\n",
    "kafka-preferred-replica-election|zookeeper|3.0|use kafka-leader-election --bootstrap-server\n",
    "kafka-console-consumer,kafka-consumer-groups|zookeeper|2.0|use --bootstrap-server\n",
    "*|zookeeper|4.0|there is no ZooKeeper any more; use --bootstrap-server\n",
    "*|authorizer-properties|4.0|use --bootstrap-server\n",
    "*|authorizer|4.0|use --bootstrap-server\n",
    "kafka-consumer-perf-test|broker-list|4.0|use --bootstrap-server\n",
    "kafka-verifiable-producer,kafka-verifiable-consumer|broker-list|4.0|use --bootstrap-server\n",
    "*|broker-list|4.0|use --bootstrap-server\n",
    "*|whitelist|4.0|use --include\n",
    "*|blacklist|4.0|use --exclude\n",
    "*|new-consumer|2.0|there is only one consumer, leave it out\n",
    "*|new-producer|0.9|there is only one producer, leave it out\n",
    "kafka-console-consumer|messages|0.9|use --max-messages\n",
    "kafka-console-consumer|autocommit.interval.ms|0.9|use --command-property auto.commit.interval.ms=…\n",
    "kafka-console-producer|queue-size|0.9|use --max-memory-bytes\n",
    "kafka-get-offsets|offsets,max-wait-ms|3.0|leave it out\n",
    "kafka-topics|disable-rack-aware,force|3.0|leave it out\n",
    "kafka-consumer-perf-test|threads,num-fetch-threads|4.0|leave it out\n",
    "kafka-storage|release|4.0|use --release-version\n",
);

/// Tools, option, the first release that has it, what to write before.
static CAME: &str = concat!(
    "kafka-console-consumer,kafka-console-share-consumer|formatter-property|4.2|use --property\n",
    "kafka-console-producer|reader-property|4.2|use --property\n",
    "kafka-console-producer|command-property|4.2|use --producer-property\n",
    "kafka-console-consumer|command-property|4.2|use --consumer-property\n",
    "kafka-console-producer|command-config|4.2|use --producer.config\n",
    "kafka-console-consumer,kafka-consumer-perf-test|command-config|4.2|use --consumer.config\n",
    "kafka-producer-perf-test|command-property|4.2|use --producer-props\n",
    "kafka-producer-perf-test|command-config|4.2|use --producer.config\n",
    "kafka-producer-perf-test|bootstrap-server|4.2|use --producer-props bootstrap.servers=…\n",
    "kafka-consumer-perf-test|num-records|4.2|use --messages\n",
    "kafka-verifiable-producer|command-config|4.2|use --producer.config\n",
    "kafka-verifiable-consumer|command-config|4.2|use --consumer.config\n",
    "kafka-cluster|command-config|4.2|use --config\n",
    "kafka-console-consumer|include|3.0|use --whitelist\n",
    "*|bootstrap-controller|3.7|\n",
    "kafka-producer-perf-test|payload-monotonic|3.9|\n",
    "kafka-producer-perf-test|warmup-records|4.1|\n",
    "kafka-producer-perf-test|reporting-interval|4.2|\n",
    "kafka-consumer-groups|validate-regex|4.1|\n",
    "kafka-consumer-groups|type|3.8|\n",
    "kafka-features|release-version|3.3|use --metadata\n",
);

/// Tools, option, since when it is deprecated, its new name.
static DEPRECATED: &str = concat!(
    "kafka-console-consumer|property|4.2|--formatter-property\n",
    "kafka-console-consumer|consumer-property|4.2|--command-property\n",
    "kafka-console-consumer,kafka-consumer-perf-test,kafka-verifiable-consumer|consumer.config|4.2|--command-config\n",
    "kafka-console-producer|property|4.2|--reader-property\n",
    "kafka-console-producer|producer-property|4.2|--command-property\n",
    "kafka-console-producer,kafka-producer-perf-test,kafka-verifiable-producer|producer.config|4.2|--command-config\n",
    "kafka-producer-perf-test|producer-props|4.2|--command-property\n",
    "kafka-consumer-perf-test|messages|4.2|--num-records\n",
    "kafka-cluster|config|4.2|--command-config\n",
    "kafka-leader-election|admin.config|4.2|--command-config\n",
    "kafka-console-producer,kafka-consumer-perf-test|broker-list|2.5|--bootstrap-server\n",
    "kafka-get-offsets|broker-list|3.0|--bootstrap-server\n",
    "kafka-console-consumer|whitelist|3.0|--include\n",
    "kafka-topics|zookeeper|2.2|--bootstrap-server\n",
    "kafka-configs|zookeeper|2.5|--bootstrap-server\n",
);

/// `4.2` as numbers that can be compared.
fn number(text: &str) -> (u32, u32) {
    let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
    let minor = minor.split('.').next().unwrap_or("0");
    (major.parse().unwrap_or(0), minor.parse().unwrap_or(0))
}

/// The row of a table about an option of a tool: a release and what to write.
#[inline(never)]
fn row(table: &'static str, tool: &str, option: &str) -> Option<(&'static str, &'static str)> {
    table.lines().find_map(|line| {
        let mut cells = line.split('|');
        let (tools, names) = (cells.next()?, cells.next()?);
        let fits = tools == "*" || tools.split(',').any(|one| one == tool);
        let fits = fits && names.split(',').any(|one| one == option);
        let row = (cells.next()?, cells.next()?);
        fits.then_some(row)
    })
}

/// An option that this release has no more.
pub(super) fn gone(tool: &str, option: &str, release: Release) -> Option<String> {
    let (since, instead) = row(GONE, tool, option)?;
    if number(since) > number(release.name()) {
        return None;
    }
    let mut says = format!("--{option} is gone since Kafka {since}: {instead}");
    let old = match since {
        "2.0" if tool != "kafka-consumer-groups" || option != "zookeeper" => Some(Release::V1),
        "3.0" => Some(Release::V2),
        "4.0" => Some(Release::V3),
        _ => None,
    };
    if let Some(old) = old {
        says.push_str(&format!(" (--kafka-version {} has it)", old.name()));
    }
    Some(says)
}

/// An option that the tool has in other releases.
pub(super) fn of_another_release(tool: &str, spec: &OptionSpec, release: Release) -> String {
    let name = spec.name;
    let here = release.name();
    if spec.since > release {
        return match row(CAME, tool, name) {
            Some((since, "")) => format!("--{name} is there since Kafka {since}; this is {here}"),
            Some((since, instead)) => format!("--{name} is there since Kafka {since}; in {here} {instead}"),
            None => format!("--{name} is there in Kafka {}; this is {here}", spec.since.name()),
        };
    }
    format!("--{name} was there up to Kafka {}; this is {here}", spec.until.name())
}

/// An option that still works and should not be written any more.
pub(super) fn deprecated(tool: &str, option: &str, release: Release) -> Option<String> {
    let (since, instead) = row(DEPRECATED, tool, option)?;
    let says = format!("--{option} is deprecated since Kafka {since}: use {instead}");
    (number(since) <= number(release.name())).then_some(says)
}
