//! The storage of a broker: settings of its logs, retention, the cleaner, flushing.
//!
//! Each is one alarm of the whole broker, whatever the number of its partitions; so a partition on which nothing
//! happens costs no event. Every replica looks after its own log: leader and followers delete and clean
//! independently, and only the log's start is handed on.

use super::{Broker, timer};
use crate::log::{Log, LogConfig};
use crate::metadata::ConfigResource;
use crate::node::{Context, EventKind, Span, TimerKey};
use crate::protocol::{TopicName, TopicPartition};
use crate::sorted::SortedMap;
use std::sync::Arc;

impl Broker {
    /// What the logs of a topic obey.
    pub(super) fn storage_config(&self, topic: &TopicName) -> Arc<LogConfig> {
        let first = TopicPartition { topic: topic.clone(), partition: 0 };
        let known = self.replicas.range(first..).next().filter(|(tp, _)| tp.topic == *topic);
        let Some(own) = self.image.configs_of(&ConfigResource::Topic(topic.clone())) else {
            return Arc::clone(&self.log_defaults);
        };
        let config = self.log_defaults.with(&|name| own.get(name).cloned());
        match known {
            Some((_, replica)) if *replica.log.config() == config => replica.log.shared_config(),
            _ => Arc::new(config),
        }
    }

    /// Settings of a topic changed, or those behind them.
    pub(super) fn configure_logs(&mut self, topic: &TopicName) {
        let config = self.storage_config(topic);
        for (tp, replica) in &mut self.replicas {
            if tp.topic == *topic {
                replica.log.configure(Arc::clone(&config));
            }
        }
    }

    /// The same for all topics, and for those that are still to come.
    pub(super) fn configure_all_logs(&mut self, defaults: LogConfig) {
        self.log_defaults = Arc::new(defaults);
        let mut configs = SortedMap::new();
        for tp in self.replicas.keys() {
            if !configs.contains_key(&tp.topic) {
                configs.insert(tp.topic.clone(), self.storage_config(&tp.topic));
            }
        }
        for (tp, replica) in &mut self.replicas {
            if let Some(config) = configs.get(&tp.topic) {
                replica.log.configure(Arc::clone(config));
            }
        }
    }

    pub(super) fn start_storage(&mut self, ctx: &mut Context<'_>) {
        // Who was idle for too long is not in the snapshots that a broker reads when it starts.
        self.forget_idle_producers(ctx.now.wall_ms());
        let config = &self.config;
        let check = Span::from_config_ms(config.producer_id_check_interval_ms);
        ctx.set_timer(check, TimerKey::of(timer::PRODUCER_IDS));
        let first = Span::from_config_ms(config.log_initial_task_delay_ms);
        ctx.set_timer(first, TimerKey::of(timer::RETENTION));
        ctx.set_timer(first, TimerKey::of(timer::LOG_STARTS));
        if config.log_flush_scheduler_interval_ms < i64::MAX {
            ctx.set_timer(first, TimerKey::of(timer::LOG_FLUSH));
        }
        if config.log_cleaner_enable {
            ctx.set_timer(Span::from_config_ms(config.log_cleaner_backoff_ms), TimerKey::of(timer::CLEANER));
        }
    }

    pub(super) fn storage_alarm(&mut self, ctx: &mut Context<'_>, key: TimerKey) {
        let now_ms = ctx.now.wall_ms();
        let config = &self.config;
        let interval = match key.kind {
            timer::RETENTION => config.log_retention_check_interval_ms,
            timer::CLEANER => config.log_cleaner_backoff_ms,
            timer::LOG_FLUSH => config.log_flush_scheduler_interval_ms,
            timer::PRODUCER_IDS => config.producer_id_check_interval_ms,
            _ => config.log_flush_start_offset_checkpoint_interval_ms,
        };
        match key.kind {
            timer::RETENTION => self.apply_retention(ctx, &|config| !config.compact),
            timer::CLEANER => {
                self.clean_logs(ctx);
                // Logs that are compacted are the cleaner's, their retention too.
                self.apply_retention(ctx, &|config| config.compact);
            }
            timer::LOG_FLUSH => {
                self.replicas.values_mut().for_each(|replica| replica.log.flush_if_due(now_ms));
            }
            timer::PRODUCER_IDS => self.forget_idle_producers(now_ms),
            _ => self.log_start_checkpoint = self.log_starts(),
        }
        ctx.set_timer(Span::from_config_ms(interval).max(Span::millis(1)), key);
    }

    fn forget_idle_producers(&mut self, now_ms: i64) {
        let age = self.config.producer_id_expiration_ms;
        self.replicas.values_mut().for_each(|replica| replica.log.expire_producers(now_ms, age));
    }

    /// Where logs begin, as it is written to `log-start-offset-checkpoint`: what the first file's name does not say.
    pub(super) fn log_starts(&self) -> crate::sorted::SortedMap<TopicPartition, i64> {
        let moved =
            |log: &Log| log.segments().first().is_some_and(|first| first.base_offset < log.log_start());
        let mut starts = crate::sorted::SortedMap::new();
        for (tp, replica) in &self.replicas {
            if moved(&replica.log) {
                starts.insert(tp.clone(), replica.log.log_start());
            }
        }
        starts
    }

    fn apply_retention(&mut self, ctx: &mut Context<'_>, concerned: &dyn Fn(&LogConfig) -> bool) {
        let now_ms = ctx.now.wall_ms();
        let mut moved = Vec::new();
        for (tp, replica) in &mut self.replicas {
            if !concerned(replica.log.config()) {
                continue;
            }
            let start = replica.log.log_start();
            for deletion in replica.log.delete_old_segments(now_ms) {
                ctx.emit(EventKind::SegmentsDeleted {
                    partition: tp.clone(),
                    broker: self.id,
                    leads: replica.leader().is_some(),
                    reason: deletion.reason,
                    segments: deletion.segments,
                    bytes: deletion.bytes,
                    start: deletion.to,
                });
            }
            if replica.log.log_start() > start {
                moved.push(tp.clone());
            }
        }
        for tp in moved {
            self.log_start_moved(ctx, &tp);
        }
    }

    /// Cleans every log that is dirty enough, the dirtiest first.
    fn clean_logs(&mut self, ctx: &mut Context<'_>) {
        let now_ms = ctx.now.wall_ms();
        let mut found = Vec::new();
        for (tp, replica) in &self.replicas {
            if let Some(cleanable) = replica.log.cleanable(replica.log.high_watermark(), now_ms) {
                found.push((tp.clone(), cleanable));
            }
        }
        crate::sorted::sort_by(&mut found, |(_, a), (_, b)| b.ratio().cmp(&a.ratio()));
        for (tp, cleanable) in found {
            let Some(replica) = self.replicas.get_mut(&tp) else { continue };
            let done = replica.log.clean(&cleanable, now_ms);
            if done.records.0 != done.records.1 {
                ctx.emit(EventKind::LogCleaned {
                    leads: replica.leader().is_some(),
                    partition: tp,
                    broker: self.id,
                    records: done.records,
                    bytes: done.bytes,
                    end: done.to,
                });
            }
        }
    }

    /// A log begins later than before: followers are told with the next answer they get anyway, and who waits for
    /// records to be gone may be answered.
    pub(super) fn log_start_moved(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition) {
        let Some(replica) = self.replicas.get(tp) else { return };
        let watchers: Vec<i32> = replica.watchers.iter().copied().collect();
        for session in watchers {
            self.session_has_quiet_news(session, tp);
        }
        self.start_to_report(tp);
        self.complete_deletes(ctx, tp);
    }
}
