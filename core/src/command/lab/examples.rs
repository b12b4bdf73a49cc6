//! Lines that show what Kafka's tools are mostly used for. `@` stands for a server of the cluster.

const EXAMPLES: &[(&str, &[&str])] = &[
    (
        "kafka-topics",
        &[
            "@ --create --topic orders --partitions 3 --replication-factor 3",
            "@ --describe --topic orders",
            "@ --list",
        ],
    ),
    (
        "kafka-console-producer",
        &[
            "@ --topic orders",
            "@ --topic orders --reader-property parse.key=true --reader-property key.separator=:",
        ],
    ),
    (
        "kafka-console-consumer",
        &[
            "@ --topic orders --from-beginning",
            "@ --topic orders --group billing --formatter-property print.key=true --formatter-property print.partition=true",
        ],
    ),
    (
        "kafka-consumer-groups",
        &[
            "@ --list",
            "@ --describe --group billing",
            "@ --group billing --topic orders --reset-offsets --to-earliest --execute",
        ],
    ),
    (
        "kafka-configs",
        &[
            "@ --entity-type topics --entity-name orders --describe",
            "@ --entity-type topics --entity-name orders --alter --add-config retention.ms=60000",
        ],
    ),
    ("kafka-get-offsets", &["@ --topic orders", "@ --topic orders --time earliest"]),
    ("kafka-leader-election", &["@ --election-type preferred --all-topic-partitions"]),
    ("kafka-reassign-partitions", &["@ --list", "@ --reassignment-json-file plan.json --execute"]),
    ("kafka-delete-records", &["@ --offset-json-file offsets.json"]),
    ("kafka-log-dirs", &["@ --describe --topic-list orders"]),
    ("kafka-dump-log", &["--files /tmp/kafka-logs-101/orders-0/00000000000000000000.log --print-data-log"]),
    ("kafka-producer-perf-test", &["@ --topic orders --num-records 1000 --record-size 100 --throughput -1"]),
    ("kafka-consumer-perf-test", &["@ --topic orders --num-records 1000"]),
    ("kafka-metadata-quorum", &["@ describe --status", "@ describe --replication"]),
    ("kafka-features", &["@ describe"]),
    ("kafka-transactions", &["@ list"]),
    ("kafka-share-groups", &["@ --list", "@ --describe --group share"]),
    ("kafka-groups", &["@ --list"]),
    ("kafka-broker-api-versions", &["@"]),
    ("kafka-cluster", &["cluster-id @"]),
    ("kafka-storage", &["random-uuid"]),
    (
        "kcat",
        &[
            "-b localhost:9092 -L",
            "-b localhost:9092 -t orders -C -o beginning -e",
            "-b localhost:9092 -t orders -P -K :",
        ],
    ),
    ("rpk", &["topic create orders -p 3", "topic consume orders --num 1", "group describe billing"]),
];

/// The lines of a tool.
pub(super) fn of(name: &str) -> Vec<String> {
    let lines = EXAMPLES.iter().find(|(tool, _)| *tool == name).map_or(&[][..], |(_, lines)| lines);
    lines
        .iter()
        .map(|line| format!("{name} {}", line.replace('@', "--bootstrap-server localhost:9092")))
        .collect()
}

/// The lines of all tools.
#[cfg(test)]
pub(crate) fn all() -> Vec<String> {
    EXAMPLES.iter().flat_map(|(name, _)| of(name)).collect()
}
