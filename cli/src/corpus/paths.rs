//! Files in data directories: a tutorial's paths, and the names of its segments, are those of its author's machine.

use super::prepare;
use super::words::Call;
use kafkascope_core::session::Session;

/// Kinds of files that a tool reads in a data directory.
const KINDS: [&str; 6] = ["log", "index", "timeindex", "snapshot", "txnindex", "checkpoint"];

/// The first segment, as every partition has it.
const FIRST: &str = "00000000000000000000";

/// The line with each path into a data directory led to a file of the same kind that exists: of the same partition,
/// which is made if it is not there, or, for a bare file name, of a topic of the tutorial.
pub fn mapped(session: &mut Session, line: String, calls: &[Call]) -> String {
    let mut line = line;
    for call in calls {
        let option = match call.tool.as_str() {
            "kafka-dump-log" => "files",
            "kafka-metadata-shell" => "snapshot",
            _ => continue,
        };
        let paths: Vec<String> =
            call.values(option).iter().flat_map(|list| list.split(',')).map(str::to_owned).collect();
        for path in paths {
            let is_of_metadata = call.tool == "kafka-metadata-shell" || call.has("cluster-metadata-decoder");
            if let Some(there) = existing(session, &path, is_of_metadata) {
                line = line.replacen(&path, &there, 1);
            }
        }
    }
    line
}

/// A file that exists instead of this one; `None` if it exists itself, or is no file of a data directory.
fn existing(session: &mut Session, path: &str, is_of_metadata: bool) -> Option<String> {
    if session.simulation().segment_file(path).is_some() {
        return None;
    }
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
    let folder = folders.rsplit('/').next().unwrap_or_default();
    if is_of_metadata || folder.starts_with("__cluster_metadata-") {
        let broker = session.view().brokers.first()?.id;
        let log = format!("/tmp/kafka-logs-{broker}/__cluster_metadata-0/{FIRST}.log");
        return session.simulation().segment_file(&log).map(|_| log);
    }
    let kind = file.rsplit('.').next().filter(|kind| KINDS.contains(kind))?;
    let (topic, partition) = match folder.rsplit_once('-') {
        Some((topic, partition)) => (topic.to_owned(), partition.parse().unwrap_or(0_u32)),
        None => {
            let view = session.view();
            let of_the_tutorial = view.topics.iter().find(|topic| !topic.internal);
            (of_the_tutorial.map_or_else(|| "test".to_owned(), |topic| topic.name.to_string()), 0)
        }
    };
    written(session, &topic, partition);
    let found = format!("/tmp/kafka-logs/{topic}-{partition}/{FIRST}.{kind}");
    (found != path && session.simulation().segment_file(&found).is_some()).then_some(found)
}

/// Sees to it that a partition is there and holds a record.
fn written(session: &mut Session, topic: &str, partition: u32) {
    const SERVER: &str = "--bootstrap-server localhost:9092";
    if topic.starts_with("__") {
        prepare::used(session, topic);
    }
    if session.view().topics.iter().any(|there| there.name.to_string() == topic) {
        return;
    }
    let count = partition.min(99) + 1;
    session.run_line(&format!("kafka-topics --create --topic {topic} --partitions {count} {SERVER}"), None);
    session.run_line(
        &format!("seq {} | kafka-console-producer --topic {topic} --property k=v {SERVER}", count * 4),
        None,
    );
}
