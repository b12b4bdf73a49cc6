//! What a tool does where nothing was said about it, and what its subcommands are for.

use crate::command::release::Release;
use crate::command::said::Said;

/// Tool, option that must be there (or none), options of which none may be there, how it is shown, what it means, and
/// the first release for which it holds.
static DEFAULTS: &str = concat!(
    "kafka-topics|create|partitions,replica-assignment|(no --partitions)|the broker's num.partitions decides: 1 unless it was changed|2\n",
    "kafka-topics|create|replication-factor,replica-assignment|(no --replication-factor)|the broker's default.replication.factor decides: 1 unless it was changed, and one copy is lost with its disk|2\n",
    "kafka-topics|describe|topic,topic-id|(no --topic)|all topics, Kafka's own too|2\n",
    "kafka-console-consumer||from-beginning,offset|(no --from-beginning)|without a committed position it begins at the end: only what comes from now on|2\n",
    "kafka-console-consumer||group,partition|(no --group)|a group of its own with a new name, which commits no positions|2\n",
    "kafka-console-consumer||max-messages,timeout-ms|(no --max-messages)|it reads on until Ctrl-C|2\n",
    "kafka-console-consumer||isolation-level|(no --isolation-level)|records of open and aborted transactions are shown, too|2\n",
    "kafka-console-producer||request-required-acks,command-property,producer-property|(no acks)|acks=all: a record is acknowledged when every replica in sync has it|3\n",
    "kafka-console-producer||property,reader-property|(no parse.key)|a line is a value without a key, so it may go to any partition|2\n",
    "kafka-consumer-groups|reset-offsets|execute|(no --execute)|only shows what would be done|2\n",
    "kafka-consumer-groups|describe|offsets,members,state|(no --members, --state)|positions and lag of every partition|2\n",
    "kafka-configs|describe|all|(no --all)|only what was set, not what comes from defaults|3\n",
    "kafka-get-offsets||time|(no --time)|the offset after the last record|2\n",
    "kafka-get-offsets||topic,topic-partitions|(no --topic)|all topics|3\n",
    "kafka-reassign-partitions|execute|throttle|(no --throttle)|copies take all the bandwidth there is|2\n",
    "kafka-log-dirs|describe|topic-list|(no --topic-list)|all topics|2\n",
    "kafka-log-dirs|describe|broker-list|(no --broker-list)|all brokers|2\n",
    "kafka-dump-log||print-data-log|(no --print-data-log)|the batches are shown, not what is in them|2\n",
    "kafka-consumer-perf-test||from-latest|(no --from-latest)|without a committed position it begins at the first record|2\n",
    "kafka-delete-records|||(no dry run)|what is deleted is gone at once|2\n",
);

/// Tool, subcommand, what it does.
static SUBCOMMANDS: &str = concat!(
    "kafka-metadata-quorum|describe|shows the quorum of controllers\n",
    "kafka-metadata-quorum|add-controller|makes this controller a voter\n",
    "kafka-metadata-quorum|remove-controller|takes a controller out of the voters\n",
    "kafka-transactions|list|lists transactional ids and their state\n",
    "kafka-transactions|describe|shows the transaction of one id\n",
    "kafka-transactions|describe-producers|shows the producers that wrote to a partition\n",
    "kafka-transactions|abort|writes an abort marker for a transaction that hangs\n",
    "kafka-transactions|find-hanging|looks for transactions that nobody will end\n",
    "kafka-transactions|forceTerminateTransaction|ends the transaction of an id\n",
    "kafka-features|describe|shows the levels of features\n",
    "kafka-features|upgrade|raises levels\n",
    "kafka-features|downgrade|lowers levels\n",
    "kafka-features|disable|switches a feature off\n",
    "kafka-features|version-mapping|shows which levels a release has\n",
    "kafka-features|feature-dependencies|shows which levels another one needs\n",
    "kafka-storage|random-uuid|makes an id for a new cluster\n",
    "kafka-storage|format|prepares the directories of a server\n",
    "kafka-storage|info|shows whether directories are prepared\n",
    "kafka-storage|version-mapping|shows which levels a release has\n",
    "kafka-storage|feature-dependencies|shows which levels another one needs\n",
    "kafka-cluster|cluster-id|shows the id of the cluster\n",
    "kafka-cluster|unregister|forgets a broker that is gone for good\n",
    "kafka-cluster|list-endpoints|shows where servers listen\n",
);

/// What a command leaves to its defaults.
#[inline(never)]
pub(super) fn of(said: &Said, release: Release) -> Vec<(&'static str, &'static str)> {
    let has = |names: &str| {
        names.split(',').filter(|name| !name.is_empty()).any(|name| {
            said.args.iter().any(|word| {
                let body = word.text.trim_start_matches('-');
                word.text.starts_with('-') && body.split('=').next() == Some(name)
            })
        })
    };
    let mut found = Vec::new();
    if has("help,version") {
        return found;
    }
    for line in DEFAULTS.lines() {
        let cells: Vec<&str> = line.split('|').collect();
        let [tool, needs, without, shown, says, since] = cells.as_slice() else { continue };
        let holds = release.name() >= *since;
        if *tool == said.name && holds && (needs.is_empty() || has(needs)) && !has(without) {
            found.push((*shown, *says));
        }
    }
    found
}

/// What a subcommand of a tool does.
#[inline(never)]
pub(super) fn subcommand(tool: &str, word: &str) -> Option<&'static str> {
    SUBCOMMANDS.lines().find_map(|line| {
        let mut cells = line.split('|');
        let fits = cells.next()? == tool && cells.next()? == word;
        cells.next().filter(|_| fits)
    })
}
