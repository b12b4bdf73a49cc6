//! The copy application: read, work, write. What Kafka Streams does for each task, with three promises to choose from.
//!
//! ```text
//!   at most once   poll ─► commit offsets ─► work ─► write
//!   at least once  poll ─► work ─► write ─► commit offsets
//!   exactly once   poll ─► work ─► begin, write, send offsets, commit: all of it or nothing
//! ```
//!
//! It is one process with a consumer and a producer inside. Each of them believes to be alone on its node: their alarms
//! are told apart by their numbers, and answers find the one that asked.

use crate::client::consumer::Consumer;
use crate::client::network::Signal;
use crate::client::producer::Producer;
use crate::client::{
    ClientCall, ClientEvent, ClientStatus, CommonConfig, ConsumedRecord, ConsumerConfig, CopyConfig,
    CrashPoint, Guarantee, OffsetReset, ProducerConfig, Reads,
};
use crate::node::{Context, Effect, Span, TimerKey};
use crate::protocol::{IsolationLevel, Record};
use serde::Serialize;

/// What is added to the kind of an alarm of the consumer.
const CONSUMER_ALARMS: u16 = 100;
/// The work on a batch is done.
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
pub struct Copy {
    config: CopyConfig,
    consumer: Consumer,
    producer: Producer,
    stage: Stage,
    batch: Vec<ConsumedRecord>,
    unacknowledged: u32,
    failed: bool,
    copied: u64,
    consumer_closed: bool,
    producer_closed: bool,
    closed: bool,
}

impl Copy {
    /// An application that has not started.
    #[must_use]
    pub fn new(config: CopyConfig) -> Copy {
        let common = CommonConfig { client_id: config.name.clone(), ..config.common.clone() };
        let reads = Reads::Subscribe(vec![config.from.clone()]);
        let mut reader = ConsumerConfig::new(common.clone(), Some(config.name.clone()), reads);
        reader.auto_commit = false;
        reader.offset_reset = OffsetReset::Earliest;
        reader.max_poll_records = config.batch_max;
        let mut writer = ProducerConfig::new(common);
        if config.guarantee == Guarantee::ExactlyOnce {
            reader.isolation = IsolationLevel::ReadCommitted;
            writer.transactional_id = Some(config.name.clone());
        }
        Copy {
            config,
            consumer: Consumer::new(reader),
            producer: Producer::new(writer),
            stage: Stage::Polling,
            batch: Vec::new(),
            unacknowledged: 0,
            failed: false,
            copied: 0,
            consumer_closed: false,
            producer_closed: false,
            closed: false,
        }
    }

    /// Starts.
    pub fn start(&mut self, ctx: &mut Context<'_>) {
        self.with_consumer(ctx, Consumer::start);
        self.producer.start(ctx);
        if self.config.guarantee == Guarantee::ExactlyOnce {
            self.stage = Stage::Initializing;
            self.producer.on_call(ctx, ClientCall::InitTransactions);
        } else {
            self.poll(ctx);
        }
    }

    /// The owner asks it to end.
    pub fn on_call(&mut self, ctx: &mut Context<'_>, call: &ClientCall) {
        if *call == ClientCall::Close && self.stage != Stage::Closing {
            self.stage = Stage::Closing;
            self.with_consumer(ctx, |consumer, ctx| consumer.on_call(ctx, ClientCall::Close));
            self.producer.on_call(ctx, ClientCall::Close);
            self.listen(ctx);
        }
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

    /// Records copied and committed by this process.
    #[must_use]
    pub fn copied(&self) -> u64 {
        self.copied
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
                    ClientEvent::PollFailed(_) if self.stage != Stage::Closing => self.stage = Stage::Dead,
                    ClientEvent::Closed => self.consumer_closed = true,
                    _ => {}
                }
            }
            for event in written {
                match event {
                    ClientEvent::Delivered { .. } => self.acknowledged(ctx, true),
                    ClientEvent::NotDelivered { .. } => self.acknowledged(ctx, false),
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
        if self.crashes(ctx, CrashPoint::AfterRead) {
            return;
        }
        if self.config.guarantee == Guarantee::AtMostOnce {
            return self.commit(ctx, Stage::CommittingFirst);
        }
        self.work(ctx);
    }

    fn commit(&mut self, ctx: &mut Context<'_>, stage: Stage) {
        self.stage = stage;
        self.with_consumer(ctx, |consumer, ctx| consumer.on_call(ctx, ClientCall::Commit));
    }

    fn committed(&mut self, ctx: &mut Context<'_>, done: bool) {
        let is_first = self.stage == Stage::CommittingFirst;
        if !is_first && self.stage != Stage::CommittingLast {
            return;
        }
        if is_first && !done {
            // Not its partitions any more: others read what was not committed.
            return self.poll(ctx);
        }
        if !is_first {
            self.count();
        }
        if self.crashes(ctx, CrashPoint::AfterCommit) {
            return;
        }
        if is_first {
            self.work(ctx);
        } else {
            self.poll(ctx);
        }
    }

    fn work(&mut self, ctx: &mut Context<'_>) {
        self.stage = Stage::Working;
        let count = u64::try_from(self.batch.len()).unwrap_or(0);
        ctx.set_timer(Span(self.config.work_per_record.0.saturating_mul(count).max(1)), WORKED);
    }

    /// The work is done: the results are written.
    fn worked(&mut self, ctx: &mut Context<'_>) {
        if self.stage != Stage::Working {
            return;
        }
        self.stage = Stage::Writing;
        self.failed = false;
        if self.config.guarantee == Guarantee::ExactlyOnce {
            self.producer.on_call(ctx, ClientCall::BeginTransaction);
        }
        self.unacknowledged = u32::try_from(self.batch.len()).unwrap_or(0);
        for (tag, consumed) in (0..).zip(self.batch.clone()) {
            let mut value = consumed.record.value;
            if let Some(value) = &mut value {
                value.make_ascii_uppercase();
            }
            let record = Record { timestamp: -1, value, ..consumed.record };
            let topic = self.config.to.clone();
            self.producer.on_call(ctx, ClientCall::Send { tag, topic, partition: None, record });
        }
    }

    fn acknowledged(&mut self, ctx: &mut Context<'_>, done: bool) {
        self.failed |= !done;
        self.unacknowledged = self.unacknowledged.saturating_sub(1);
        if self.stage != Stage::Writing || self.unacknowledged > 0 {
            return;
        }
        if self.failed && self.config.guarantee == Guarantee::ExactlyOnce {
            return self.abort(ctx);
        }
        if self.crashes(ctx, CrashPoint::BeforeCommit) {
            return;
        }
        match self.config.guarantee {
            Guarantee::AtMostOnce => {
                self.count();
                self.poll(ctx);
            }
            Guarantee::AtLeastOnce => self.commit(ctx, Stage::CommittingLast),
            Guarantee::ExactlyOnce => {
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
            (Stage::EndingTransaction, true) => {
                self.count();
                if !self.crashes(ctx, CrashPoint::AfterCommit) {
                    self.poll(ctx);
                }
            }
            (Stage::AbortingTransaction, true) => {
                // As if nothing had been read.
                self.batch.clear();
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

    fn count(&mut self) {
        self.copied = self.copied.saturating_add(u64::try_from(self.batch.len()).unwrap_or(0));
        self.batch.clear();
    }

    /// The process ends here if it was told to.
    fn crashes(&mut self, ctx: &mut Context<'_>, here: CrashPoint) -> bool {
        let ends = self.config.crash == Some(here);
        if ends {
            self.stage = Stage::Dead;
            ctx.effects.push(Effect::Exit);
        }
        ends
    }
}
