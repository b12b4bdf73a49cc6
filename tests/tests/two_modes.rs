//! The same script with KRaft and with ZooKeeper ends with the same data.

use kafkascope_core::session::Session;
use kafkascope_core::session::api::ClusterConfig;
use kafkascope_core::view::ClusterView;

/// Topics, records, a leader that crashes, a broker that stops and both that come back.
const SCHEDULE: &str = "\
kafka-topics --bootstrap-server localhost:9092 --create --topic orders --replica-assignment 103:101:102,101:102:103
kafka-topics --bootstrap-server localhost:9092 --create --topic gone --replica-assignment 101:102
RECORDS 1 50 localhost:9092
broker crash 103
wait 30s
RECORDS 51 80 localhost:9092
kafka-topics --bootstrap-server localhost:9092 --delete --topic gone
broker start 103
wait 20s
broker stop 101
wait 10s
RECORDS 81 90 localhost:9093
broker start 101
wait 20s
kafka-leader-election --bootstrap-server localhost:9092 --election-type preferred --all-topic-partitions
kafka-topics --bootstrap-server localhost:9092 --alter --topic orders --partitions 3
wait 2s
";
const READ: &str = "kafka-console-consumer --bootstrap-server localhost:9092 --topic orders --from-beginning \
                    --timeout-ms 5000";

/// A topic's name, and of each partition leader, in-sync replicas by id, and where each replica's log ends.
type Shape = (String, Vec<(Option<i32>, Vec<i32>, Vec<i64>)>);

fn shape(view: &ClusterView) -> Vec<Shape> {
    let topics = view.topics.iter().filter(|topic| !topic.internal);
    let partition = |p: &kafkascope_core::view::PartitionView| {
        let mut isr = p.isr.clone();
        isr.sort_unstable();
        (p.leader, isr, p.replicas.iter().map(|replica| replica.log_end).collect())
    };
    // Where the third partition is placed is chance.
    topics
        .map(|topic| (topic.name.to_string(), topic.partitions.iter().take(2).map(partition).collect()))
        .collect()
}

/// `RECORDS 1 3 localhost:9092` as a command. Keys decide the partitions, because without them chance would.
fn written(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let ["RECORDS", from, to, server] = words[..] else { return line.to_owned() };
    let numbers = from.parse::<u32>().expect("a number")..=to.parse().expect("a number");
    let lines: String = numbers.map(|n| format!("k{}:{n}\\n", n % 7)).collect();
    format!(
        "printf '{lines}' | kafka-console-producer --bootstrap-server {server} --topic orders --property \
         parse.key=true --property key.separator=:"
    )
}

fn run(mode: &str) -> (Vec<Shape>, usize, Vec<String>) {
    let mut config = ClusterConfig { controllers: 3, ..ClusterConfig::default() };
    config.set_mode(mode).expect("the mode is known");
    let mut session = Session::new(config).expect("the cluster can be made");
    let schedule: String = SCHEDULE.lines().map(|line| written(line) + "\n").collect();
    session.run_script(&schedule, &mut |result| {
        assert_eq!(result.exit_code, 0, "{mode}: {}: {}{}", result.line, result.stdout, result.stderr);
        true
    });
    let read = session.run_line(READ, None);
    let mut values: Vec<String> = read.stdout.lines().map(str::to_owned).collect();
    values.sort();
    let view = session.view();
    assert_eq!(view.lost, 0, "{mode}: no acknowledged record is lost");
    (shape(&view), view.topics.iter().filter(|t| !t.internal).map(|t| t.partitions.len()).sum(), values)
}

#[test]
fn the_same_schedule_ends_with_the_same_data() {
    let (kraft, zookeeper) = (run("kraft"), run("zookeeper"));
    assert_eq!(kraft, zookeeper);
    let (shapes, partitions, values) = kraft;
    assert_eq!((shapes.len(), partitions, values.len()), (1, 3, 90), "{shapes:?}");
    let leaders: Vec<_> = shapes[0].1.iter().map(|partition| partition.0).collect();
    assert_eq!(leaders, [Some(103), Some(101)], "leaders are the preferred ones again");
}
