//! What inspectors are told of a partition, a record and a znode, beyond the picture.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use kafkascope_core::protocol::TopicPartition;
use kafkascope_core::session::Session;
use kafkascope_core::session::api::ClusterConfig;
use kafkascope_core::view::{Mark, Thing};

fn session(mode: &str) -> Session {
    let mut config = ClusterConfig::default();
    config.set_mode(mode).unwrap();
    Session::new(config).unwrap()
}

fn run(session: &mut Session, lines: &[&str]) {
    for line in lines {
        let result = session.run_line(line, None);
        assert_eq!(result.exit_code, 0, "{line}: {}", result.stderr);
    }
}

fn orders() -> TopicPartition {
    TopicPartition::new("orders", 0)
}

#[test]
fn who_was_in_sync_is_told_from_the_topic_s_creation_on() {
    let mut session = session("kraft");
    run(
        &mut session,
        &[
            "kafka-topics --bootstrap-server localhost:9092 --create --topic orders --replica-assignment 102:101:103",
            "producer start web --topic orders --rate 5/s",
            "wait 2s",
            "broker crash 102",
            "wait 40s",
            "broker start 102",
            "wait 20s",
        ],
    );
    let detail = session.detail(&Thing::Partition(orders()));
    let told: Vec<_> = detail.in_sync.iter().map(|span| (span.leader, span.isr.clone())).collect();
    assert_eq!(told.first(), Some(&(Some(102), vec![102, 101, 103])), "as it was made");
    assert!(told.contains(&(Some(101), vec![101, 103])), "{told:?}");
    let mut last = told.last().unwrap().1.clone();
    last.sort_unstable();
    assert_eq!(last, [101, 102, 103], "{told:?}");
    assert!(detail.in_sync.windows(2).all(|pair| pair[0].at < pair[1].at), "one state for each moment");
    let epochs: Vec<i32> = detail.epochs.iter().map(|(epoch, _)| *epoch).collect();
    assert_eq!(epochs.first(), Some(&0), "{epochs:?}");
    assert!(epochs.len() > 1, "an epoch begins with the new leader: {epochs:?}");
    assert!(detail.reasons.iter().any(|reason| reason.text.contains("102")), "{:?}", detail.reasons);
    assert_eq!(detail.records.len(), 12);
    assert!(detail.sums.appended > 100 && detail.sums.lost == 0, "{:?}", detail.sums);

    let record = session.detail(&Thing::Record(orders(), 3));
    let life = record.life.expect("the life of a record");
    assert!(life.steps.iter().any(|(_, step)| step.contains("wrote it as leader")), "{life:?}");
    assert!(record.stands.contains("is safe"), "{}", record.stands);
    assert!(session.detail(&Thing::Record(orders(), 99_999)).life.is_none());
    assert!(session.detail(&Thing::Partition(TopicPartition::new("nothing", 0))).in_sync.is_empty());
}

#[test]
fn records_of_transactions_are_marked_by_how_they_ended() {
    let mut session = session("kraft");
    run(
        &mut session,
        &[
            "kafka-topics --bootstrap-server localhost:9092 --create --topic orders --replication-factor 3",
            "producer start pay --topic orders --rate 1/s --transactional-id p --transaction 3s --abort-every 2",
            "wait 14s",
        ],
    );
    let view = session.view();
    let topic = view.topics.iter().find(|topic| &*topic.name == "orders").unwrap();
    let marks = &topic.partitions[0].marks;
    let kinds: Vec<Mark> = marks.iter().map(|(_, _, mark)| *mark).collect();
    let ended = [Mark::Committed, Mark::Commit, Mark::Aborted, Mark::Abort];
    assert!(ended.iter().all(|mark| kinds.contains(mark)), "{marks:?}");
    for pair in marks.windows(2) {
        assert_eq!(pair[0].1, pair[1].0, "one producer writes without gaps: {marks:?}");
        match pair[1].2 {
            Mark::Commit => assert_eq!(pair[0].2, Mark::Committed),
            Mark::Abort => assert_eq!(pair[0].2, Mark::Aborted),
            _ => assert!(pair[0].2.is_control(), "a marker parts two transactions: {marks:?}"),
        }
    }
    let records = session.detail(&Thing::Partition(orders())).records;
    assert!(records.iter().all(|record| record.mark.is_some()), "{records:?}");
    let marker = records.iter().find(|record| record.mark.is_some_and(Mark::is_control)).unwrap();
    assert_eq!(marker.value, None, "the bytes of a marker are not for people");
}

#[test]
fn the_tree_of_zookeeper_can_be_walked() {
    let mut session = session("zookeeper");
    run(
        &mut session,
        &["kafka-topics --bootstrap-server localhost:9092 --create --topic orders --replication-factor 3"],
    );
    let (root, sessions) = session.ensemble("/").unwrap();
    assert!(root.children.iter().any(|(name, below)| name == "brokers" && *below > 3), "{root:?}");
    let (controller, _) = session.ensemble("/controller").unwrap();
    assert!(controller.owner != 0 && controller.data.unwrap().contains("brokerid"));
    let holder = sessions.iter().find(|open| open.id == controller.owner).expect("its session is open");
    assert!(holder.ephemerals.iter().any(|path| path == "/controller"), "{holder:?}");
    assert!(session.ensemble("/brokers/topics/orders").unwrap().0.data.is_some());
    assert!(session.ensemble("/nothing").is_none());
}
