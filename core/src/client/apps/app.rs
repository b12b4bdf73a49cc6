//! An application that reads and has an effect: records in another topic, or rows in a store outside of Kafka.
//!
//! ```text
//!   at most once   poll ─► commit offsets ─► work ─► effect
//!   at least once  poll ─► work ─► effect ─► commit offsets
//!   exactly once   poll ─► work ─► begin, write, send offsets, commit: all of it or nothing (Kafka to Kafka only)
//! ```
//!
//! It is one process with a consumer and a producer inside. Each of them believes to be alone on its node: their alarms
//! are told apart by their numbers, and answers find the one that asked. A copy works on a batch and writes it in one
//! go; a store takes record by record. Whoever writes a copy says in a header which record it comes from, so that the
//! ledger can count effects.

use crate::client::consumer::Consumer;
use crate::client::network::Signal;
use crate::client::producer::Producer;
use crate::client::{
    AppConfig, ClientCall, ClientEvent, ClientStatus, Commits, ConsumedRecord, CrashPoint, ProducerConfig,
    Task,
};
use crate::node::{Context, Effect, EventKind, Span, TimerKey};
use crate::protocol::{IsolationLevel, TopicName};
use serde::Serialize;

/// What is added to the kind of an alarm of the consumer.
const CONSUMER_ALARMS: u16 = 100;
/// The header in which a copy names the record that it was made from.
pub const ORIGIN: &str = "from";
/// The work on a record or on a batch is done.
const WORKED: TimerKey = TimerKey::of(200);
/// How long one poll waits.
const POLL: Span = Span::millis(500);

/// Where in its round it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Stage {
    /// The producer gets its epoch.
    Initializing,
    Polling,
    /// At most once: offsets first.
    CommittingFirst,
    Working,
    /// Written, and not all acknowledged.
    Writing,
    /// At least once: offsets last.
    CommittingLast,
    /// The offset of one record, before the next one's turn.
    CommittingEach,
    /// Exactly once: offsets go into the transaction.
    SendingOffsets,
    EndingTransaction,
    AbortingTransaction,
    Closing,
    /// Fenced, or failed: only the process remains.
    Dead,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct App {
    config: AppConfig,
    consumer: Consumer,
    producer: Producer,
    stage: Stage,
    batch: Vec<ConsumedRecord>,
    /// How many of the batch have had their effect on the store.
    handled: u32,
    /// Polls that brought records.
    round: u32,
    unacknowledged: u32,
    failed: bool,
    done: u64,
    /// It was asked to end, and ends after its round.
    leaving: bool,
    consumer_closed: bool,
    producer_closed: bool,
    closed: bool,
}

impl App {
    /// An application that has not started.
    #[must_use]
    pub fn new(config: AppConfig) -> App {
        let mut reader = config.reader.clone();
        reader.auto_commit = config.commits == Commits::Auto;
        let mut writer = ProducerConfig::new(reader.common.clone());
        if config.commits == Commits::Transaction {
            reader.isolation = IsolationLevel::ReadCommitted;
            writer.transactional_id = Some(config.name.clone());
        }
        App {
            config,
            consumer: Consumer::new(reader),
            producer: Producer::new(writer),
            stage: Stage::Polling,
            batch: Vec::new(),
            handled: 0,
            round: 0,
            unacknowledged: 0,
            failed: false,
            done: 0,
            leaving: false,
            consumer_closed: false,
            producer_closed: false,
            closed: false,
        }
    }

    /// Starts.
    pub fn start(&mut self, ctx: &mut Context<'_>) {
        self.with_consumer(ctx, Consumer::start);
        self.producer.start(ctx);
        if self.config.commits == Commits::Transaction {
            self.stage = Stage::Initializing;
            self.producer.on_call(ctx, ClientCall::InitTransactions);
        } else {
            self.poll(ctx);
        }
    }

    /// The owner asks it to end, or to go on elsewhere.
    pub fn on_call(&mut self, ctx: &mut Context<'_>, call: ClientCall) {
        match call {
            ClientCall::Close => {
                self.leaving = true;
                if matches!(self.stage, Stage::Initializing | Stage::Polling | Stage::Dead) {
                    self.close(ctx);
                }
            }
            call => self.with_consumer(ctx, |consumer, ctx| consumer.on_call(ctx, call)),
        }
        self.listen(ctx);
    }

    /// Leaves the group and says good-bye.
    fn close(&mut self, ctx: &mut Context<'_>) {
        self.stage = Stage::Closing;
        self.with_consumer(ctx, |consumer, ctx| consumer.on_call(ctx, ClientCall::Close));
        self.producer.on_call(ctx, ClientCall::Close);
    }

    /// The network or a clock reports.
    pub fn on_signal(&mut self, ctx: &mut Context<'_>, signal: Signal) {
        match signal {
            Signal::Alarm(WORKED) => self.worked(ctx),
            Signal::Alarm(TimerKey { kind, arg }) if kind >= CONSUMER_ALARMS => {
                let key = TimerKey { kind: kind - CONSUMER_ALARMS, arg };
                self.with_consumer(ctx, |consumer, ctx| consumer.on_signal(ctx, Signal::Alarm(key)));
            }
            Signal::Alarm(key) => self.producer.on_signal(ctx, Signal::Alarm(key)),
            signal => {
                self.with_consumer(ctx, |consumer, ctx| consumer.on_signal(ctx, signal.clone()));
                self.producer.on_signal(ctx, signal);
            }
        }
        self.listen(ctx);
    }

    /// What it has to tell: only that it is closed.
    pub fn take_events(&mut self) -> Vec<ClientEvent> {
        if std::mem::take(&mut self.closed) { vec![ClientEvent::Closed] } else { Vec::new() }
    }

    /// Its counters.
    #[must_use]
    pub fn status(&self) -> ClientStatus {
        let (read, written) = (self.consumer.status(), self.producer.status());
        ClientStatus { consumed: read.consumed, positions: read.positions, ..written }
    }

    /// The consumer inside.
    #[must_use]
    pub fn consumer(&self) -> &Consumer {
        &self.consumer
    }

    /// Records that it is through with.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done
    }

    /// Records whose effect is still to come.
    #[must_use]
    pub fn in_hand(&self) -> &[ConsumedRecord] {
        self.batch.get(index(self.handled)..).unwrap_or_default()
    }

    /// Records of which its producer was told that they are written.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.producer.acknowledged()
    }

    fn with_consumer(&mut self, ctx: &mut Context<'_>, f: impl FnOnce(&mut Consumer, &mut Context<'_>)) {
        let before = ctx.effects.len();
        f(&mut self.consumer, ctx);
        for effect in ctx.effects.iter_mut().skip(before) {
            if let Effect::SetTimer { key, .. } | Effect::CancelTimer { key } = effect {
                key.kind += CONSUMER_ALARMS;
            }
        }
    }

    /// Takes in what the two inside have to tell, until they have nothing more.
    fn listen(&mut self, ctx: &mut Context<'_>) {
        loop {
            let (read, written) = (self.consumer.take_events(), self.producer.take_events());
            if read.is_empty() && written.is_empty() {
                return;
            }
            for event in read {
                match event {
                    ClientEvent::Polled(records) => self.polled(ctx, records),
                    ClientEvent::Committed(done) => self.committed(ctx, done),
                    // An exception that nobody catches ends the process.
                    ClientEvent::PollFailed(_) if self.stage != Stage::Closing => {
                        self.stage = Stage::Dead;
                        ctx.effects.push(Effect::Exit);
                    }
                    ClientEvent::Closed => self.consumer_closed = true,
                    _ => {}
                }
            }
            for event in written {
                match event {
                    ClientEvent::Delivered { .. } => self.delivered(ctx, true),
                    ClientEvent::NotDelivered { .. } => self.delivered(ctx, false),
                    ClientEvent::TransactionStep(step) => self.stepped(ctx, step.is_ok()),
                    ClientEvent::Closed => self.producer_closed = true,
                    _ => {}
                }
            }
            if self.consumer_closed && self.producer_closed {
                (self.consumer_closed, self.producer_closed) = (false, false);
                self.closed = true;
            }
        }
    }

    fn poll(&mut self, ctx: &mut Context<'_>) {
        self.batch.clear();
        self.handled = 0;
        if self.leaving {
            return self.close(ctx);
        }
        self.stage = Stage::Polling;
        self.with_consumer(ctx, |consumer, ctx| {
            consumer.on_call(ctx, ClientCall::Poll { timeout: Some(POLL) })
        });
    }

    fn polled(&mut self, ctx: &mut Context<'_>, records: Vec<ConsumedRecord>) {
        if self.stage != Stage::Polling {
            return;
        }
        if records.is_empty() {
            return self.poll(ctx);
        }
        self.batch = records;
        self.round = self.round.saturating_add(1);
        if self.crashes(ctx, CrashPoint::AfterRead) {
            return;
        }
        if self.config.commits == Commits::Before {
            return self.commit(ctx, Stage::CommittingFirst);
        }
        self.work(ctx);
    }

    fn commit(&mut self, ctx: &mut Context<'_>, stage: Stage) {
        self.stage = stage;
        self.with_consumer(ctx, |consumer, ctx| consumer.on_call(ctx, ClientCall::Commit));
    }

    fn committed(&mut self, ctx: &mut Context<'_>, done: bool) {
        let stage = self.stage;
        if stage == Stage::CommittingFirst && !done {
            // Not its partitions any more: others read what was not committed.
            return self.poll(ctx);
        }
        if stage == Stage::CommittingLast {
            return self.finish(ctx);
        }
        let goes_on = matches!(stage, Stage::CommittingFirst | Stage::CommittingEach);
        if !goes_on || self.crashes(ctx, CrashPoint::AfterCommit) {
            return;
        }
        if stage == Stage::CommittingEach && self.in_hand().is_empty() {
            self.finish(ctx);
        } else {
            self.work(ctx);
        }
    }

    /// A round is over.
    fn finish(&mut self, ctx: &mut Context<'_>) {
        self.done = self.done.saturating_add(u64::try_from(self.batch.len()).unwrap_or(0));
        let last = !matches!(self.config.commits, Commits::Before | Commits::Each);
        if !(last && self.crashes(ctx, CrashPoint::AfterCommit)) {
            self.poll(ctx);
        }
    }

    /// Works on the next record, or on the whole batch.
    fn work(&mut self, ctx: &mut Context<'_>) {
        self.stage = Stage::Working;
        let count = match self.config.task {
            Task::Copy(_) => u64::try_from(self.batch.len()).unwrap_or(0),
            Task::Store { .. } => 1,
        };
        ctx.set_timer(Span(self.config.work_per_record.0.saturating_mul(count).max(1)), WORKED);
    }

    /// The work is done: now for its effect.
    fn worked(&mut self, ctx: &mut Context<'_>) {
        match (self.stage, self.config.task.clone()) {
            (Stage::Working, Task::Copy(to)) => self.write(ctx, &to),
            (Stage::Working, Task::Store { remembers }) => self.store(ctx, remembers),
            _ => {}
        }
    }

    /// The store takes a record, or all that are left if they need no work.
    fn store(&mut self, ctx: &mut Context<'_>, remembers: bool) {
        while let Some(record) = self.batch.get(index(self.handled)) {
            ctx.effects.push(Effect::Stored {
                group: self.consumer.config().group.clone().unwrap_or_default(),
                remembers,
                partition: record.partition.clone(),
                offset: record.offset,
            });
            let (partition, offset) = (record.partition.clone(), record.offset.saturating_add(1));
            self.handled += 1;
            if index(self.handled) == half(&self.batch) && self.crashes(ctx, CrashPoint::Halfway) {
                return;
            }
            if self.config.commits == Commits::Each {
                if !self.crashes(ctx, CrashPoint::BeforeCommit) {
                    self.stage = Stage::CommittingEach;
                    self.with_consumer(ctx, |consumer, ctx| consumer.commit_one(ctx, partition, offset));
                }
                return;
            }
            if self.config.work_per_record > Span::ZERO && !self.in_hand().is_empty() {
                return self.work(ctx);
            }
        }
        self.worked_off(ctx);
    }

    fn write(&mut self, ctx: &mut Context<'_>, to: &TopicName) {
        self.stage = Stage::Writing;
        self.failed = false;
        if self.config.commits == Commits::Transaction {
            self.producer.on_call(ctx, ClientCall::BeginTransaction);
        }
        let mut batch = self.batch.clone();
        if self.crashes_at(CrashPoint::Halfway) {
            batch.truncate(half(&batch));
        }
        self.unacknowledged = u32::try_from(batch.len()).unwrap_or(0);
        for (tag, consumed) in (0..).zip(batch) {
            let ConsumedRecord { partition, offset, mut record, .. } = consumed;
            if let Some(value) = &mut record.value {
                value.make_ascii_uppercase();
            }
            record.timestamp = -1;
            let origin = format!("{partition}@{offset}").into_bytes();
            record.headers.push((ORIGIN.to_owned(), Some(origin)));
            let topic = to.clone();
            self.producer.on_call(ctx, ClientCall::Send { tag, topic, partition: None, record });
        }
    }

    fn delivered(&mut self, ctx: &mut Context<'_>, done: bool) {
        self.failed |= !done;
        self.unacknowledged = self.unacknowledged.saturating_sub(1);
        if self.stage != Stage::Writing || self.unacknowledged > 0 || self.crashes(ctx, CrashPoint::Halfway) {
            return;
        }
        if self.failed && self.config.commits == Commits::Transaction {
            return self.abort(ctx);
        }
        self.worked_off(ctx);
    }

    /// All effects of the batch are there.
    fn worked_off(&mut self, ctx: &mut Context<'_>) {
        if self.crashes(ctx, CrashPoint::BeforeCommit) {
            return;
        }
        match self.config.commits {
            Commits::Before | Commits::Auto => self.finish(ctx),
            Commits::After | Commits::Each => self.commit(ctx, Stage::CommittingLast),
            Commits::Async => {
                self.with_consumer(ctx, Consumer::commit_async);
                self.finish(ctx);
            }
            Commits::Transaction => {
                self.stage = Stage::SendingOffsets;
                let (group, offsets) = (self.consumer.membership(), self.consumer.offsets());
                self.producer.on_call(ctx, ClientCall::SendOffsets(group, offsets));
            }
        }
    }

    fn abort(&mut self, ctx: &mut Context<'_>) {
        self.stage = Stage::AbortingTransaction;
        self.producer.on_call(ctx, ClientCall::EndTransaction(false));
    }

    fn stepped(&mut self, ctx: &mut Context<'_>, done: bool) {
        match (self.stage, done) {
            (Stage::Initializing, true) => self.poll(ctx),
            (Stage::SendingOffsets, true) => {
                self.stage = Stage::EndingTransaction;
                self.producer.on_call(ctx, ClientCall::EndTransaction(true));
            }
            (Stage::EndingTransaction, true) => self.finish(ctx),
            (Stage::AbortingTransaction, true) => {
                // As if nothing had been read.
                self.consumer.rewind();
                self.poll(ctx);
            }
            (Stage::Writing | Stage::SendingOffsets | Stage::EndingTransaction, false) => self.abort(ctx),
            (Stage::Closing, _) => {}
            // Another instance has taken its transactional id.
            (_, false) => {
                self.stage = Stage::Dead;
                ctx.effects.push(Effect::Exit);
            }
            _ => {}
        }
    }

    fn crashes_at(&self, here: CrashPoint) -> bool {
        self.config.crash == Some((here, self.round))
    }

    /// The process ends here if it was told to.
    fn crashes(&mut self, ctx: &mut Context<'_>, here: CrashPoint) -> bool {
        let ends = self.crashes_at(here);
        if ends {
            self.stage = Stage::Dead;
            ctx.emit(EventKind::CrashPoint {
                name: self.config.name.clone(),
                group: self.consumer.config().group.clone().unwrap_or_default(),
                point: here.tells(),
                records: u32::try_from(self.batch.len()).unwrap_or(u32::MAX),
            });
            ctx.effects.push(Effect::Exit);
        }
        ends
    }
}

/// Half of a batch, at least one record.
fn half(batch: &[ConsumedRecord]) -> usize {
    (batch.len() / 2).max(1)
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
