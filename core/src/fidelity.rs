//! Where we differ from Kafka, as a table: `help fidelity` shows it, `docs/fidelity.md` is made from it.

/// In which way something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something is left out.
    Simplified,
    /// It only looks different.
    Cosmetic,
    /// It is to come.
    NotYet,
}

impl Kind {
    /// In a word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Simplified => "simplified",
            Kind::Cosmetic => "cosmetic",
            Kind::NotYet => "not yet",
        }
    }
}

/// One difference.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    /// What it is about.
    pub what: &'static str,
    /// What Kafka does.
    pub kafka: &'static str,
    /// What we do.
    pub here: &'static str,
    /// In which way that differs.
    pub kind: Kind,
}

const fn differs(what: &'static str, kafka: &'static str, here: &'static str, kind: Kind) -> Difference {
    Difference { what, kafka, here, kind }
}

/// All known differences.
pub const DIFFERENCES: &[Difference] = &[
    differs(
        "an application of Kafka Streams",
        "tasks in threads, an assignor of its own, state on disk, exactly once on request; its repartition topics are purged",
        "only the word count of the quickstart: one thread, assigned by range, counts restored from the changelog, at least once",
        Kind::Simplified,
    ),
    differs(
        "ZooKeeper's servers",
        "also observers, access lists, quotas, four-letter words, snapshots; a new leader calls its followers anew",
        "election, epochs, commits by majority, sessions, watches and multi; what a client asks for at once travels and is counted together",
        Kind::Simplified,
    ),
    differs(
        "the controller of a cluster with ZooKeeper",
        "topics are written by the broker that is asked, the controller sees it; it retries each request to a broker",
        "every broker hands administrative requests to the controller; TCP keeps what it pushes; after a refused write it reads everything again",
        Kind::Simplified,
    ),
    differs(
        "--zookeeper of 2.8's tools",
        "they read and write znodes themselves",
        "they ask ZooKeeper which brokers there are, and go on with those: nothing works without a live broker",
        Kind::Simplified,
    ),
    differs(
        "Kafka 2.8.2",
        "many other words, settings and defaults than 3.9.1",
        "options, run-class, and the words of its commonest tools; elsewhere it speaks as 3.9.1 does",
        Kind::Simplified,
    ),
    differs(
        "kcat",
        "librdkafka's client: its own fetcher, groups and retries",
        "kcat's options, texts and partitioner over the clients that are there; no Avro, no TLS, no mock cluster",
        Kind::Simplified,
    ),
    differs(
        "rpk",
        "all of Redpanda",
        "topic, group and cluster info, over Kafka's protocol; trim-prefix does not ask first",
        Kind::Simplified,
    ),
    differs(
        "lists of access",
        "kept in the metadata, or in ZooKeeper, and enforced by an authorizer",
        "kafka-acls checks what it is told and hears that there is no authorizer; over ZooKeeper it prints and keeps nothing",
        Kind::Simplified,
    ),
    differs(
        "Kafka 3.9.1",
        "in some places other words and settings than 4.3.0",
        "those that recordings show; elsewhere it speaks as 4.3.0 does",
        Kind::Simplified,
    ),
    differs(
        "controllers' processes",
        "dedicated, or in one process with a broker; voters may be added and removed",
        "dedicated, 1 to 7, fixed; they start in 2 seconds",
        Kind::Simplified,
    ),
    differs(
        "the metadata log",
        "a no-op record every 0.5 s; brokers fetch records before they are committed, and apply them after; snapshots",
        "no no-op records: an idle log does not grow; brokers get committed records; snapshots lie where Kafka would have written them, but the log is never cut, so nobody has to fetch one",
        Kind::Simplified,
    ),
    differs(
        "settings",
        "every setting of a broker or a topic changes something",
        "all are known, checked, kept and shown; `help settings` names those that change something, and why others do not",
        Kind::Simplified,
    ),
    differs(
        "passwords of users in clusters with ZooKeeper",
        "the controller writes them to /config/users",
        "are refused by brokers, and written with drawn keys by kafka-configs --zookeeper; settings and quotas are written to /config and announced in /config/changes",
        Kind::NotYet,
    ),
    differs("/config/changes", "loses notifications after 15 minutes", "keeps them", Kind::Simplified),
    differs(
        "quotas and passwords",
        "clients are slowed down, users have to prove who they are",
        "kept and shown by kafka-configs, without effect",
        Kind::Simplified,
    ),
    differs(
        "segment files",
        "lie in log.dirs and are written, flushed and mapped into memory",
        "are shown as the log tells them: by ls, cat and kafka-dump-log, under /tmp/kafka-logs-101 (or DATA_DIR/101)",
        Kind::Simplified,
    ),
    differs(
        "passwords in the metadata log",
        "salt and keys of each user",
        "only mechanism and iterations are kept: kafka-dump-log shows zeros for the rest",
        Kind::Simplified,
    ),
    differs(
        "kafka-metadata-quorum",
        "add-controller and remove-controller change the voters once kraft.version is 1",
        "they check and refuse as Kafka does, but the voters stay what they are; controllers take no clients",
        Kind::Simplified,
    ),
    differs(
        "files that kafka-storage formats",
        "are read by the server that starts on them",
        "are looked at by kafka-storage only: the servers of a cluster were formatted when it was made",
        Kind::Simplified,
    ),
    differs(
        "transaction version",
        "clients of transaction.version 0 and 1 announce partitions and groups themselves",
        "version 2 only: leaders add partitions with the first batch; AddOffsetsToTxn is never sent",
        Kind::Simplified,
    ),
    differs(
        "markers",
        "one WriteTxnMarkers request brings those of several transactions to a broker",
        "one request for each transaction and broker",
        Kind::Simplified,
    ),
    differs(
        "a power failure",
        "takes what the kernel has not written back; peers notice by their timeouts",
        "takes what was appended in the last 30 to 35 seconds and not flushed; connections break at once",
        Kind::Simplified,
    ),
    differs(
        "the cleaner",
        "takes time, and memory for 5 million keys at a time",
        "cleans every dirty log in no time when it looks",
        Kind::Simplified,
    ),
    differs(
        "group protocols and assignors",
        "classic, consumer (KIP-848), share and streams groups",
        "classic and consumer groups, with all their assignors; of share groups the assignor only; no streams groups",
        Kind::NotYet,
    ),
    differs(
        "--print-metrics",
        "about a hundred metrics of the client",
        "those that the tool counts itself: records written, failed and read",
        Kind::Simplified,
    ),
    differs(
        "a broker's start",
        "3 to 6 seconds until it listens",
        "2 seconds; it reads the metadata log from the beginning",
        Kind::Simplified,
    ),
    differs(
        "the network",
        "TCP with handshakes, windows and growing retransmission times",
        "0.4 to 0.6 ms each way and 1 ns a byte; handshakes take no time; what a cut holds back arrives 0.2 s after it is mended",
        Kind::Simplified,
    ),
    differs(
        "lost packets, held and dropped messages",
        "TCP sends a lost packet again, so nothing is lost while the connection stands; duplicate acknowledgements speed that up",
        "a loss delays the message, and all behind it on its connection, by 0.2 s, 0.4 s …; a message is only dropped by breaking its connection, which its asker learns at once",
        Kind::Simplified,
    ),
    differs(
        "cuts in one direction",
        "acknowledgements cannot return, so the sender's window fills and its connection stalls",
        "what is sent the other way on connections that stand arrives; new connections need both ways",
        Kind::Simplified,
    ),
    differs(
        "a slow disk",
        "page cache hides it until dirty pages fill the memory; then all writers wait",
        "each append of a batch by produce, commit or replication takes the time longer, one after the other on each connection; reads do not",
        Kind::Simplified,
    ),
    differs(
        "a lost disk",
        "a broker whose only log directory fails halts; its new directory must be formatted, and is assigned to its partitions before or after the broker is let in",
        "the same, formatted by the start; the assignment comes first: a last known leader that returns empty is elected",
        Kind::Simplified,
    ),
    differs(
        "compression and checksums",
        "batches are compressed and carry a CRC",
        "sizes are those that gzip, Snappy and LZ4 would have made, and about those of Zstandard; the bytes and checksums are those of uncompressed batches; topics do not compress anew",
        Kind::Simplified,
    ),
    differs(
        "describing topics",
        "kafka-topics asks for partitions and for settings in two requests",
        "one request brings both",
        Kind::Simplified,
    ),
    differs(
        "groups as administrators see them",
        "are asked for by one request for each protocol",
        "one request answers for both",
        Kind::Simplified,
    ),
    differs(
        "the metadata hash of a consumer group",
        "is a hash of its topics' names, ids, partitions and racks",
        "changes when that one does (but for racks), and is another number",
        Kind::Simplified,
    ),
    differs(
        "subscriptions by expression",
        "with the new protocol RE2's syntax is matched on the server",
        "a syntax much like it",
        Kind::Simplified,
    ),
    differs(
        "a group's coordinator",
        "has a connection of its own, with warnings that name node 2147483546 and the like",
        "is spoken to over the broker's connection",
        Kind::Simplified,
    ),
    differs(
        "racks",
        "replicas and consumers are spread over racks",
        "they are; client-side assignors heed racks, and a change of racks alone brings no rebalance",
        Kind::Simplified,
    ),
    differs(
        "inter.broker.protocol.version",
        "gone since 4.0",
        "0.10 brings the truncation before KIP-101 back, 3.6 the high watermark before KIP-966: for comparison",
        Kind::Simplified,
    ),
    differs(
        "replication throttles",
        "hold copies back at the leader and at the follower",
        "hold them back at the leader",
        Kind::Simplified,
    ),
    differs(
        "failed connections",
        "repeat their WARN line at moments that vary",
        "repeat it at the same back-off, drawn from the seed",
        Kind::Simplified,
    ),
    differs(
        "Java stack traces",
        "dozens of lines",
        "the exception and its causes, without the frames",
        Kind::Cosmetic,
    ),
    differs(
        "help of the tools",
        "Kafka's sentences",
        "the same layout with sentences of our own",
        Kind::Cosmetic,
    ),
    differs(
        "how fast messages move on the page",
        "under a millisecond",
        "stretched to 180 to 900 ms of your time, so that they can be seen; the clock on the page follows",
        Kind::Cosmetic,
    ),
    differs(
        "size of a cluster",
        "limited by hardware",
        "at most 200 brokers, 20,000 partitions and 1,000 clients",
        Kind::Simplified,
    ),
];

/// The table as `docs/fidelity.md` holds it.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from(
        "# Where we differ from Kafka\n\nEverything else is meant to be as in Apache Kafka 4.3.0. *Simplified* leaves \
         something out, *cosmetic* only looks\ndifferent, *not yet* is to come. The table is made from \
         `core/src/fidelity.rs`; `help fidelity` shows it in the terminal.\n\n| what | Kafka | here | kind |\n|---|---|---|---|\n",
    );
    for d in DIFFERENCES {
        text.push_str(&format!("| {} | {} | {} | {} |\n", d.what, d.kafka, d.here, d.kind.name()));
    }
    text
}
