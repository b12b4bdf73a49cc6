use super::*;
use crate::node::DeletionReason;
use crate::protocol::{BatchBuilder, Record};

fn batch(times: &[i64]) -> RecordBatch {
    let records: Vec<_> =
        times.iter().map(|t| Record { timestamp: *t, value: Some(vec![1]), ..Record::default() }).collect();
    BatchBuilder::of(&records)
}

fn log() -> Log {
    let mut log = Log::new(Uuid::ZERO, Arc::default(), 0);
    log.append_as_leader(batch(&[10, 20]), 0, 0);
    log.append_as_leader(batch(&[30, 15, 30]), 0, 0);
    log.begin_epoch(2);
    log.append_as_leader(batch(&[40]), 2, 0);
    log
}

#[test]
fn offsets_follow_each_other_and_reads_return_whole_batches() {
    let log = log();
    assert_eq!((log.log_start(), log.log_end()), (0, 6));
    let read = log.read(3, 6, 1);
    assert_eq!(read.len(), 1, "the batch that holds the offset, though it is larger than asked for");
    assert_eq!(read[0].base_offset, 2);
    assert_eq!(log.read(0, 5, 1_000).len(), 2, "nothing at or above the bound");
    assert!(log.read(6, 6, 1_000).is_empty());
}

#[test]
fn times_find_the_first_record_not_older() {
    let log = log();
    assert_eq!(log.offset_for(OffsetSpec::Timestamp(16), 6), (1, 20, 0));
    assert_eq!(log.offset_for(OffsetSpec::Timestamp(31), 6), (5, 40, 2));
    assert_eq!(log.offset_for(OffsetSpec::Timestamp(41), 6).0, -1);
    assert_eq!(log.offset_for(OffsetSpec::MaxTimestamp, 5).0, 2);
}

#[test]
fn cutting_back_forgets_epochs_and_producers() {
    let mut log = log();
    log.set_high_watermark(6);
    log.truncate_to(5);
    assert_eq!((log.log_end(), log.high_watermark()), (5, 5));
    assert_eq!(log.epochs().latest(), Some((0, 0)));
    log.truncate_to(0);
    assert_eq!(log.log_end(), 0);
    assert_eq!(log.batches().count(), 0);
}

fn keyed(pairs: &[(&str, Option<&str>)]) -> RecordBatch {
    let record = |(key, value): &(&str, Option<&str>)| Record {
        timestamp: 1_000,
        key: Some(key.as_bytes().to_vec()),
        value: value.map(|value| value.as_bytes().to_vec()),
        ..Record::default()
    };
    BatchBuilder::of(&pairs.iter().map(record).collect::<Vec<_>>())
}

/// A log whose segments hold one batch each.
fn one_each(config: LogConfig, batches: Vec<RecordBatch>) -> Log {
    let mut log = Log::new(Uuid::ZERO, Arc::new(LogConfig { segment_bytes: 1, ..config }), 0);
    for batch in batches {
        log.append_as_leader(batch, 0, 5_000);
    }
    log.set_high_watermark(log.log_end());
    log
}

fn deletions(log: &mut Log, now_ms: i64) -> Vec<(DeletionReason, u32, i64)> {
    log.delete_old_segments(now_ms).iter().map(|d| (d.reason, d.segments, d.to)).collect()
}

#[test]
fn old_segments_go_as_wholes_and_never_what_is_not_safe() {
    let config = LogConfig { retention_ms: 100, ..LogConfig::default() };
    let mut log = one_each(config, vec![batch(&[10, 20]), batch(&[900]), batch(&[30])]);
    assert_eq!(deletions(&mut log, 120), [], "its newest record is 100 ms old, not older");
    assert_eq!(deletions(&mut log, 121), [(DeletionReason::Time, 1, 2)]);
    assert_eq!(deletions(&mut log, 500), [], "a segment that stays protects older records behind it");
    log.high_watermark = 3;
    assert_eq!(deletions(&mut log, 1_001), [(DeletionReason::Time, 1, 3)], "offset 3 is not safe");
    log.high_watermark = 4;
    assert_eq!(deletions(&mut log, 1_001), [(DeletionReason::Time, 1, 4)], "the last segment goes too");
    assert_eq!((log.log_start(), log.log_end(), log.segments().len()), (4, 4, 1));
    assert_eq!(log.leaving(60_120).count(), 3);
    assert_eq!(log.leaving(60_121).count(), 2, "60 s after it was deleted the first file is gone");
    assert_eq!(deletions(&mut log, 99_999_999), [], "an empty one stays");
    assert_eq!(log.last_epoch(), 0);
}

#[test]
fn a_log_keeps_at_least_retention_bytes() {
    let size = i64::from(batch(&[1]).size());
    let config = LogConfig { retention_bytes: 2 * size, retention_ms: -1, ..LogConfig::default() };
    let mut log = one_each(config, vec![batch(&[1]), batch(&[2]), batch(&[3])]);
    assert_eq!(deletions(&mut log, i64::MAX), [(DeletionReason::Size, 1, 1)]);
    assert_eq!(log.size(), 2 * size.unsigned_abs());
    assert_eq!(deletions(&mut log, i64::MAX), []);
}

#[test]
fn a_start_that_was_moved_takes_whole_segments_along() {
    let mut log = one_each(LogConfig::default(), vec![batch(&[1, 1]), batch(&[2, 2]), batch(&[3])]);
    assert!(!log.advance_start(6), "beyond the high watermark");
    assert!(log.advance_start(3) && !log.advance_start(2));
    assert_eq!((log.log_start(), log.epochs().entries()), (3, &[(0, 3)][..]));
    assert_eq!(deletions(&mut log, 0), [(DeletionReason::LogStart, 1, 3)]);
    assert_eq!(log.segments()[0].base_offset, 2, "the segment that holds the start stays");
    assert_eq!(log.offset_for(OffsetSpec::Timestamp(0), 5).0, 3);
}

fn compact(ratio: i64) -> LogConfig {
    LogConfig { compact: true, delete: false, min_cleanable_ratio: ratio, ..LogConfig::default() }
}

fn contents(log: &Log) -> Vec<(i64, String)> {
    let text = |bytes: Option<Vec<u8>>| bytes.map_or("-".into(), |b| String::from_utf8(b).unwrap());
    let records = log.batches().flat_map(RecordBatch::records);
    records.map(|(offset, r)| (offset, format!("{}={}", text(r.key), text(r.value)))).collect()
}

#[test]
fn of_every_key_the_newest_record_stays_at_its_offset() {
    let batches = vec![
        keyed(&[("a", Some("1")), ("b", Some("1")), ("a", Some("2"))]),
        keyed(&[("b", Some("2")), ("c", None)]),
        keyed(&[("a", Some("3"))]),
    ];
    let mut log = one_each(compact(500_000_000), batches);
    assert_eq!(log.cleanable(3, 9_000).map(|c| c.dirty_bytes), Some(log.segments()[0].size), "3 is not safe");
    let found = log.cleanable(6, 9_000).unwrap();
    let done = log.clean(&found, 9_000);
    assert_eq!((done.records, done.segments, log.clean_end()), ((5, 3), (2, 2), 5));
    let left = [(2, "a=2"), (3, "b=2"), (4, "c=-"), (5, "a=3")].map(|(o, t)| (o, t.to_owned()));
    assert_eq!(contents(&log), left, "the last segment is not looked at, so a=2 stays");
    assert_eq!(log.read(0, 6, 1_000)[0].next_offset(), 3, "the batch covers what it covered");
    assert_eq!(log.cleanable(6, 9_000), None, "nothing is dirty");
    let horizon = log.batches().find_map(RecordBatch::delete_horizon_ms);
    assert_eq!(horizon, Some(9_000 + 86_400_000));
    for (now, tombstones) in [(10_000, 1), (86_410_000, 0)] {
        log.append_as_leader(keyed(&[("z", Some("1"))]), 0, now);
        log.append_as_leader(keyed(&[("z", Some("2"))]), 0, now);
        log.set_high_watermark(log.log_end());
        log.config = Arc::new(LogConfig { segment_bytes: 1, ..compact(0) });
        let found = log.cleanable(log.log_end(), now).unwrap();
        log.clean(&found, now);
        assert_eq!(contents(&log).iter().filter(|(_, text)| text == "c=-").count(), tombstones, "at {now}");
    }
    assert!(!contents(&log).contains(&(2, "a=2".into())), "a=3 is in a closed segment by now");
}

#[test]
fn young_and_little_dirt_waits() {
    let batches = || vec![keyed(&[("a", Some("1"))]), keyed(&[("a", Some("2"))]), keyed(&[("a", Some("3"))])];
    let young = one_each(LogConfig { min_compaction_lag_ms: 500, ..compact(0) }, batches());
    assert_eq!(young.cleanable(3, 1_499), None, "records are 499 ms old");
    assert!(young.cleanable(3, 1_500).is_some());
    let all_dirty = one_each(compact(1_000_000_000), batches());
    assert_eq!(all_dirty.cleanable(3, 2_000), None, "the ratio must be above the bound, not at it");
    let late = LogConfig { max_compaction_lag_ms: 500, ..compact(1_000_000_000) };
    let late = one_each(late, batches());
    assert!(late.cleanable(3, 1_500).is_none() && late.cleanable(3, 1_501).is_some());
}

#[test]
fn an_empty_batch_stays_for_the_producer_whose_last_it_is() {
    let mut first = keyed(&[("a", Some("1"))]);
    (first.producer_id, first.producer_epoch, first.base_sequence) = (7, 0, 0);
    let mut log =
        one_each(compact(0), vec![first.clone(), keyed(&[("a", Some("2"))]), keyed(&[("b", None)])]);
    let found = log.cleanable(3, 0).unwrap();
    log.clean(&found, 0);
    let empty = log.batches().next().unwrap();
    assert_eq!((empty.count, empty.base_offset, empty.next_offset()), (0, 0, 1));
    assert_eq!(log.producers().check(&first), SequenceCheck::Duplicate(0));
}

#[test]
fn a_power_failure_takes_what_nobody_wrote_to_the_disk() {
    let mut log = Log::new(Uuid::ZERO, Arc::default(), 0);
    for (second, time) in [(0, 1), (20, 2), (50, 3)] {
        log.append_as_leader(batch(&[time]), 0, second * 1_000);
    }
    let after = |log: &Log, second: i64| {
        let mut log = log.clone();
        log.lose_power(second * 1_000);
        log.log_end()
    };
    assert_eq!([20, 34, 35, 54, 60, 84, 90].map(|second| after(&log, second)), [0, 0, 1, 1, 2, 2, 3]);
    log.flush(51_000);
    assert_eq!(after(&log, 51), 3);
    let mut log = Log::new(Uuid::ZERO, Arc::new(LogConfig { flush_messages: 2, ..LogConfig::default() }), 0);
    for recovery_point in [0, 2, 2, 4] {
        log.append_as_leader(batch(&[1]), 0, 5_000);
        assert_eq!((log.recovery_point(), after(&log, 5)), (recovery_point, recovery_point));
    }
    let log = one_each(LogConfig::default(), vec![batch(&[1]), batch(&[2]), batch(&[3])]);
    assert_eq!((log.recovery_point(), after(&log, 5)), (2, 2), "closed segments are flushed");
}

#[test]
fn a_broker_that_crashed_remembers_the_start_it_wrote_down() {
    let mut log = one_each(LogConfig::default(), vec![batch(&[1]), batch(&[2]), batch(&[3])]);
    log.advance_start(2);
    let started = |checkpoint| {
        let mut log = log.clone();
        log.recover_start(checkpoint, 0);
        (log.log_start(), log.log_end())
    };
    assert_eq!(
        [started(None), started(Some(1)), started(Some(2)), started(Some(9))],
        [(0, 3), (1, 3), (2, 3), (9, 9)]
    );
}
