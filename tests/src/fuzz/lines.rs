//! What cases are made of: lines that people type, bent.

use super::Act;
use super::mutate::{self, Dice};

/// Lines that work, of every tool and of the shell.
const LINES: &[&str] = &[
    "kafka-topics --create --topic t --partitions 3 --replication-factor 2 --bootstrap-server localhost:9092",
    "kafka-topics --describe --topic t --bootstrap-server localhost:9092",
    "kafka-topics --list --exclude-internal --bootstrap-server localhost:9092,localhost:9093",
    "kafka-topics --alter --topic t --partitions 7 --bootstrap-server localhost:9092",
    "kafka-topics --delete --topic 't.*' --bootstrap-server localhost:9092",
    "kafka-topics --create --topic r --replica-assignment 101:102,102:103 --bootstrap-server localhost:9092",
    "kafka-console-producer --topic t --bootstrap-server localhost:9092 --property parse.key=true --property key.separator=:",
    "printf 'a:1\\nb:2\\n' | kafka-console-producer --topic t --bootstrap-server localhost:9092 --compression-codec gzip",
    "kafka-console-consumer --topic t --from-beginning --max-messages 2 --timeout-ms 2000 --bootstrap-server localhost:9092",
    "kafka-console-consumer --topic t --partition 0 --offset -1 --timeout-ms 1000 --property print.key=true --bootstrap-server localhost:9092",
    "kafka-console-consumer --include 't|r' --group g --from-beginning --timeout-ms 3000 --bootstrap-server localhost:9092",
    "kafka-consumer-groups --describe --group g --bootstrap-server localhost:9092",
    "kafka-consumer-groups --reset-offsets --group g --topic t:0,1 --shift-by -1 --execute --bootstrap-server localhost:9092",
    "kafka-consumer-groups --reset-offsets --group g --all-topics --by-duration PT1H --dry-run --export --bootstrap-server localhost:9092",
    "kafka-configs --alter --entity-type topics --entity-name t --add-config retention.ms=1000,cleanup.policy=[compact,delete] --bootstrap-server localhost:9092",
    "kafka-configs --describe --entity-type brokers --entity-name 101 --all --bootstrap-server localhost:9092",
    "kafka-configs --alter --entity-type users --entity-default --add-config producer_byte_rate=1024 --bootstrap-server localhost:9092",
    "kafka-get-offsets --topic-partitions t:0-2 --time -1 --bootstrap-server localhost:9092",
    "kafka-leader-election --election-type preferred --all-topic-partitions --bootstrap-server localhost:9092",
    "echo '{\"version\":1,\"partitions\":[{\"topic\":\"t\",\"partition\":0,\"replicas\":[101,103]}]}' > r.json",
    "kafka-reassign-partitions --reassignment-json-file r.json --execute --throttle 1000 --bootstrap-server localhost:9092",
    "kafka-reassign-partitions --reassignment-json-file r.json --verify --bootstrap-server localhost:9092",
    "echo '{\"partitions\":[{\"topic\":\"t\",\"partition\":0,\"offset\":1}]}' > d.json",
    "kafka-delete-records --offset-json-file d.json --bootstrap-server localhost:9092",
    "kafka-log-dirs --describe --broker-list 101,102 --bootstrap-server localhost:9092",
    "kafka-dump-log --files /tmp/kafka-logs/t-0/00000000000000000000.log --print-data-log",
    "kafka-producer-perf-test --topic t --num-records 50 --record-size 10 --throughput 20 --producer-props bootstrap.servers=localhost:9092 acks=all",
    "kafka-consumer-perf-test --topic t --messages 10 --timeout 2000 --bootstrap-server localhost:9092",
    "kafka-verifiable-producer --topic t --max-messages 5 --bootstrap-server localhost:9092",
    "kafka-broker-api-versions --bootstrap-server localhost:9092 | grep -c usable",
    "kafka-metadata-quorum --bootstrap-server localhost:9092 describe --replication --human-readable",
    "kafka-features --bootstrap-server localhost:9092 describe",
    "kafka-transactions --bootstrap-server localhost:9092 list --duration-filter 5",
    "kafka-storage format -t MkU3OEVBNTcwNTJENDM2Qg -c config/server.properties --standalone",
    "kafka-acls --bootstrap-server localhost:9092 --add --allow-principal User:a --operation Read --topic t",
    "kafka-groups --bootstrap-server localhost:9092 --list",
    "kafka-cluster cluster-id --bootstrap-server localhost:9092",
    "kafka-run-class kafka.tools.GetOffsetShell --broker-list localhost:9092 --topic t",
    "zookeeper-shell localhost:2181 ls /brokers/topics",
    "kcat -b localhost:9092 -t t -C -e -f '%t [%p] %o %k=%s\\n'",
    "kcat -b localhost:9092 -L -J | jq '.topics[0].topic'",
    "echo 'k:v' | kcat -b localhost:9092 -t t -P -K:",
    "rpk topic create x -p 3 -r 3 -c retention.ms=1000",
    "rpk topic consume x -n 1 -o start -f '%v\\n'",
    "rpk group describe g",
    "producer start p --topic t --rate 10/s; wait 2s; producer stop p",
    "consumer start c --topic t --group g; wait 3s; consumer list; consumer stop c",
    "broker stop 102; wait 2s; broker start 102",
    "network cut 101 102; wait 1s; network heal",
    "wait until no partition without leader for 5s",
    "for i in {1..5}; do echo \"k$i:v\"; done | kafka-console-producer --topic t --bootstrap-server localhost:9092",
    "for t in a b c; do kafka-topics --create --topic $t --bootstrap-server localhost:9092; done",
    "while read k v; do echo \"$v $k\"; done < f.txt | sort -n | uniq -c",
    "i=0; until [ $i -ge 3 ]; do i=$((i+1)); echo $i; sleep 1; done",
    "if [ -f config/server.properties ] && [[ a == a* ]]; then echo yes; else echo no; fi",
    "case ${X:-none} in a|b) echo 1;; *) echo 2;; esac",
    "say() { echo \"$1: $#\"; shift; return 3; }; say a b || say c | cat",
    "(X=1; echo $X) 2>&1 | tee -a f.txt; echo ${#X} ${X%.*}",
    "seq 5 | xargs -n2 echo x; seq 3 | xargs -I{} echo a{}b",
    "kafka-console-consumer --topic t --bootstrap-server localhost:9092 & sleep 2; jobs; kill %1; wait",
    "timeout 3 bash -c 'while true; do date; sleep 1; done'",
    "cat <<EOF > f.txt\n$X a\nb\nEOF",
    "watch -n 1 'kafka-topics --list --bootstrap-server localhost:9092 | wc -l'",
    "yes | head -n 3; tail -f f.txt; time true",
    "sed -i 's/^broker.id=.*/broker.id=1/; s/9092/9093/g' config/server.properties",
    "awk -F: '{print $2, NR; s+=$1} END {print s}' f.txt",
    "jq -c '.[] | .a' r.json; grep -Eo '[0-9]+' f.txt; cut -d: -f2 f.txt; tr a-z A-Z < f.txt",
    "kafka-server-start config/server-1.properties &",
    "kafka-server-start config/server.properties --override node.id=7 --override listeners=PLAINTEXT://:9099 &",
    "kafka-server-stop; systemctl status kafka; ps aux | grep java; nc -zv localhost 9092; jps -l",
    "docker exec -it kafka bash -c 'kafka-topics --list --bootstrap-server localhost:9092 | head -1'",
    "docker ps; docker stop kafka-1; docker start kafka-1; docker compose up -d; docker logs kafka-1",
    "export A='x y' && B=$(echo $A | wc -w) && echo $((B * 2 + 3 % 2)) ${A//x/z} \"${A}\"",
    "a=(1 2 3); for x in \"${a[@]}\"; do echo $x; done; echo ${#a[@]} ${a[1]}",
    "snapshot save s.json; snapshot load s.json; lesson list; help; fate t; events 5; digest",
    "cluster create --brokers 5; reset; scenario list; clock; history; explain ls",
];

/// A file of settings.
const SETTINGS: &str = "# settings\nprocess.roles=broker,controller\nnode.id=7\nbroker.id=7\nlisteners=PLAINTEXT://:9099\n\
    advertised.listeners=PLAINTEXT://localhost:9099\nlog.dirs=/tmp/kafka-logs-7\nnum.partitions=3\nlog.retention.ms=1000\n\
    log.segment.bytes=1048576\nmin.insync.replicas=1\ndefault.replication.factor=1\nzookeeper.connect=localhost:2181\n\
    replica.lag.time.max.ms=30000\nunclean.leader.election.enable=false\nlog.cleaner.enable=true\n\
    group.initial.rebalance.delay.ms=0\noffsets.topic.num.partitions=5\nauto.create.topics.enable=true\n";

/// A snapshot.
const SNAPSHOT: &str = "{\"format\":1,\"config\":{\"seed\":1,\"brokers\":[101,102,103],\"controllers\":1,\"properties\":[],\
    \"kafka_version\":\"4.3.0\",\"tool_startup_us\":0},\"inputs\":[{\"Line\":{\"terminal\":1,\"text\":\"echo a\"}},\
    {\"Advance\":{\"us\":1000000}},\"OpenTerminal\",{\"ScriptLine\":{\"text\":\"kafka-topics --list --bootstrap-server \
    localhost:9092\",\"stdin\":null}},\"ScriptEnd\",{\"Interrupt\":{\"terminal\":2}}],\"digest\":\"0\"}";

fn line(dice: &mut Dice) -> String {
    let (a, b) = (*dice.pick(LINES), *dice.pick(LINES));
    if dice.below(4) == 0 { a.to_owned() } else { mutate::mutated(dice, a, b) }
}

/// A text for the parser.
pub fn soup(dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => mutate::soup(dice, 40),
        1 => line(dice),
        _ => {
            let piece = mutate::soup(dice, 4);
            let count = dice.below(2_000);
            piece.repeat(count)
        }
    }
}

/// Lines of a script, with what is typed into them.
pub fn script(dice: &mut Dice) -> Vec<Act> {
    let mut acts = vec![Act::Run((*dice.pick(LINES)).to_owned(), vec!["a:1".to_owned()])];
    for _ in 0..=dice.below(8) {
        let typed = (0..dice.below(3)).map(|_| mutate::soup(dice, 6).replace('\n', " ")).collect();
        acts.push(Act::Run(line(dice), typed));
    }
    acts
}

/// What a learner does at a terminal.
pub fn terminal(dice: &mut Dice) -> Vec<Act> {
    let mut acts = Vec::new();
    for _ in 0..=dice.below(14) {
        acts.push(match dice.below(6) {
            0 => Act::Interrupt,
            1 => Act::End,
            _ => {
                let text = line(dice);
                let ms = *dice.pick(&[0, 1, 16, 500, 5_000, 60_000]);
                Act::Type(text, ms)
            }
        });
    }
    acts
}

/// A broker started with bent settings.
pub fn settings(dice: &mut Dice) -> Vec<Act> {
    let text = mutate::mutated(dice, SETTINGS, "listeners=PLAINTEXT://[::1]:0,SSL://x:65536 ");
    let start = "kafka-server-start config/server-7.properties &".to_owned();
    vec![
        Act::File("config/server-7.properties".to_owned(), text.clone()),
        Act::Run(start, Vec::new()),
        Act::Run("wait 5s".to_owned(), Vec::new()),
        Act::File("f.properties".to_owned(), text),
        Act::Run(
            "kafka-topics --list --bootstrap-server localhost:9092 --command-config f.properties".to_owned(),
            Vec::new(),
        ),
        Act::Run("kafka-storage format -t x -c f.properties".to_owned(), Vec::new()),
        Act::Run(line(dice), Vec::new()),
    ]
}

/// A bent snapshot.
pub fn snapshot(dice: &mut Dice) -> Vec<Act> {
    let other = *dice.pick(LINES);
    let text = mutate::mutated(dice, SNAPSHOT, other);
    vec![
        Act::File("s.json".to_owned(), text),
        Act::Run("snapshot load s.json".to_owned(), Vec::new()),
        Act::Run(line(dice), Vec::new()),
    ]
}

/// A tutorial with prompts and output.
pub fn tutorial(dice: &mut Dice) -> String {
    let mut text = String::new();
    for _ in 0..=dice.below(10) {
        let prompt = *dice.pick(&["$ ", "# ", "> ", ">", "", "me@host:~$ ", "C:\\kafka>", "[a@b c]# "]);
        text.push_str(&format!("{prompt}{}\n", line(dice)));
        if dice.below(2) == 0 {
            let shown = *dice.pick(&[
                "Created topic t.\n",
                "Topic: t\tPartition: 0\n",
                "^C\n",
                "^D\n",
                "{\n",
                ">a:1\n",
                "...\n",
            ]);
            text.push_str(shown);
        }
    }
    text
}
