//! `kafka-transactions`: the state of transactions, and the end of those that hang (KIP-664).

mod args;
mod hanging;
#[cfg(test)]
mod tests;

use super::kit::{self, Thrown, argparse::Given};
use crate::client::{ClientCall, ClientError, ClientEvent};
use crate::command::process::{Io, Program, Signal};
use crate::node::ClientId;
use crate::protocol::{
    ActiveProducer, DescribeProducersRequest, DescribedTransaction, ErrorCode, InitProducerIdRequest,
    ListTransactionsRequest, ListedTransactions, Request, Response, TopicPartition, WriteTxnMarkersRequest,
};
use args::Line;
use hanging::Search;
use serde::Serialize;

/// What the answer that is awaited is for.
#[derive(Clone, Debug, PartialEq, Serialize)]
enum Awaits {
    Nothing,
    List,
    Describe(String),
    Producers(TopicPartition, Option<i32>),
    /// The producers of a partition, to abort the transaction that begins at this offset.
    Aborted(TopicPartition, i64),
    /// That a marker is written.
    Marker(String),
    /// That a new epoch fences the producer.
    Fence(String),
    Hanging(Search),
}

/// A running `kafka-transactions`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Transactions {
    args: Vec<String>,
    client: Option<ClientId>,
    awaits: Awaits,
}

/// A table as this tool prints it: every cell as wide as the widest of its column, and a tabulator behind each.
fn print_table(io: &mut dyn Io, heads: &[&str], rows: &[Vec<String>]) {
    let mut widths: Vec<usize> = heads.iter().map(|head| head.len()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    for row in std::iter::once(&heads).chain(rows) {
        for (cell, width) in row.iter().zip(&widths) {
            text.push_str(cell);
            (cell.chars().count()..*width).for_each(|_| text.push(' '));
            text.push('\t');
        }
        text.push('\n');
    }
    io.out(&text);
}

impl Transactions {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> Transactions {
        Transactions { args: args.to_vec(), client: None, awaits: Awaits::Nothing }
    }

    fn ask(&mut self, io: &mut dyn Io, name: &'static str, request: Request, awaits: Awaits) {
        self.awaits = awaits;
        if let Some(client) = self.client {
            io.call(client, ClientCall::Admin { tag: 0, name, request });
        }
    }

    fn open(&mut self, io: &mut dyn Io, top: &Given) -> Result<(), Thrown> {
        let mut settings = kit::Settings::default();
        if let Some(path) = top.get("--command-config") {
            let Some(file) = io.read_file(path) else {
                self.fail_because(io, "Failed to load admin client properties", path);
                return Ok(());
            };
            settings.extend(kit::parse_properties(&file));
        }
        let servers = kit::bootstrap(io, top.get("--bootstrap-server").unwrap_or_default());
        let config = servers.and_then(|servers| kit::common_config(&settings, "adminclient-1", servers));
        let config = config.map_err(|thrown| {
            thrown.inside("org.apache.kafka.common.KafkaException", "Failed to create new KafkaAdminClient")
        })?;
        self.client = Some(io.open_client(crate::client::ClientSpec::Admin(config)));
        Ok(())
    }

    fn run(&mut self, io: &mut dyn Io, command: &str, given: &Given) {
        let text = |name: &str| given.get(name).unwrap_or_default().to_owned();
        let partition = || {
            let number = given.number("--partition").and_then(|number| i32::try_from(number).ok());
            TopicPartition::new(text("--topic"), number.unwrap_or(0))
        };
        let broker = given.number("--broker-id").and_then(|id| i32::try_from(id).ok());
        match command {
            "list" => {
                let ask = ListTransactionsRequest {
                    producer_ids: Vec::new(),
                    duration_ms: given.number("--duration-filter").unwrap_or(-1),
                    pattern: given.get("--transactional-id-pattern").map(str::to_owned),
                };
                self.ask(io, "listTransactions", Request::ListTransactions(ask), Awaits::List);
            }
            "describe" => {
                let id = text("--transactional-id");
                let request = Request::DescribeTransactions(vec![id.clone()]);
                self.ask(io, "describeTransactions", request, Awaits::Describe(id));
            }
            "describe-producers" => {
                let tp = partition();
                self.ask_producers(io, broker, vec![tp.clone()], Awaits::Producers(tp, broker));
            }
            "abort" => self.abort(io, given, partition()),
            "find-hanging" => self.find_hanging(io, given, broker),
            _ => {
                let id = text("--transactionalId");
                // AdminClient fences with the patience that it has for requests.
                let (transactional_id, timeout_ms, current) = (Some(id.clone()), 30_000, None);
                let ask = InitProducerIdRequest { transactional_id, timeout_ms, current };
                self.ask(io, "fenceProducer", Request::InitProducerId(ask), Awaits::Fence(id));
            }
        }
    }

    fn ask_producers(
        &mut self,
        io: &mut dyn Io,
        broker: Option<i32>,
        partitions: Vec<TopicPartition>,
        awaits: Awaits,
    ) {
        let request = Request::DescribeProducers(DescribeProducersRequest { broker, partitions });
        self.ask(io, "describeProducers", request, awaits);
    }

    fn abort(&mut self, io: &mut dyn Io, given: &Given, tp: TopicPartition) {
        if let Some(start) = given.number("--start-offset") {
            return self.ask_producers(io, None, vec![tp.clone()], Awaits::Aborted(tp, start));
        }
        let missing = |name: &str| format!("Missing required argument {name}");
        let small = |name: &str| given.number(name).and_then(|number| i32::try_from(number).ok());
        let Some(producer_id) = given.number("--producer-id") else {
            let why = "The transaction to abort must be identified either with --start-offset (for brokers on 3.0 or \
                       above) or with --producer-id, --producer-epoch, and --coordinator-epoch (for older brokers)";
            return self.fail(io, why);
        };
        let epoch = small("--producer-epoch").and_then(|epoch| i16::try_from(epoch).ok());
        let Some(epoch) = epoch else { return self.fail(io, &missing("--producer-epoch")) };
        let Some(coordinator) = small("--coordinator-epoch") else {
            return self.fail(io, &missing("--coordinator-epoch"));
        };
        self.write_abort(io, tp, producer_id, epoch, coordinator);
    }

    fn write_abort(&mut self, io: &mut dyn Io, tp: TopicPartition, id: i64, epoch: i16, coordinator: i32) {
        let coordinator_epoch = coordinator.max(0);
        let spec = format!(
            "AbortTransactionSpec(topicPartition={tp}, producerId={id}, producerEpoch={epoch}, \
             coordinatorEpoch={coordinator_epoch})"
        );
        let ask = WriteTxnMarkersRequest {
            producer_id: id,
            producer_epoch: epoch,
            committed: false,
            coordinator_epoch,
            partitions: vec![tp],
        };
        self.ask(io, "abortTransaction", Request::WriteTxnMarkers(ask), Awaits::Marker(spec));
    }

    /// A sentence on standard error, and exit code 1.
    fn fail(&mut self, io: &mut dyn Io, message: &str) {
        io.complain(format_args!("{message}\n"));
        self.finish(io, 1);
    }

    fn fail_because(&mut self, io: &mut dyn Io, what: &str, why: &str) {
        self.fail(io, &format!("{what}: {why}. Enable debug logging for additional detail."));
    }

    fn finish(&mut self, io: &mut dyn Io, code: i32) {
        kit::leave(io, self.client.take(), code);
    }

    fn on_error(&mut self, io: &mut dyn Io, error: &ClientError) {
        let what = match &self.awaits {
            Awaits::Nothing => return,
            Awaits::List => "Failed to list transactions".to_owned(),
            Awaits::Describe(id) => {
                format!("Failed to describe transaction state of transactional-id `{id}`")
            }
            Awaits::Producers(tp, broker) => {
                let clause = broker.map_or("leader".to_owned(), |id| format!("broker {id}"));
                format!("Failed to describe producers for partition {tp} on {clause}")
            }
            Awaits::Aborted(tp, _) => format!("Failed to validate producer state for partition {tp}"),
            Awaits::Marker(spec) => format!("Failed to abort transaction {spec}"),
            Awaits::Fence(id) => format!("Failed to force terminate transactionalId `{id}`"),
            Awaits::Hanging(search) => search.trouble(),
        };
        self.fail_because(io, &what, &error.message);
    }

    fn on_answer(&mut self, io: &mut dyn Io, response: Response) {
        match (std::mem::replace(&mut self.awaits, Awaits::Nothing), response) {
            (Awaits::List, Response::ListTransactions(Ok(listed))) => self.print_list(io, listed),
            (Awaits::List, Response::ListTransactions(Err(error))) => {
                self.awaits = Awaits::List;
                self.on_error(io, &ClientError::of(error, None));
            }
            (Awaits::Describe(_), Response::DescribeTransactions(described)) => {
                if let Some(described) = described.into_iter().next() {
                    self.show(io, &described);
                }
            }
            (Awaits::Producers(tp, broker), Response::DescribeProducers(described)) => {
                match described.into_iter().next().map(|(_, producers)| producers) {
                    Some(Ok(producers)) => {
                        print_producers(io, &producers);
                        self.finish(io, 0);
                    }
                    Some(Err(error)) => {
                        self.awaits = Awaits::Producers(tp, broker);
                        self.on_error(io, &ClientError::of(error, None));
                    }
                    None => self.finish(io, 0),
                }
            }
            (Awaits::Aborted(tp, start), Response::DescribeProducers(described)) => {
                let producers = described.into_iter().find_map(|(_, producers)| producers.ok());
                let open = producers.into_iter().flatten().find(|it| it.txn_start_offset == start);
                match open {
                    Some(it) if start >= 0 => {
                        self.write_abort(io, tp, it.producer_id, it.producer_epoch, it.coordinator_epoch);
                    }
                    _ => self.fail(
                        io,
                        &format!("Could not find any open transactions starting at offset {start} on partition {tp}"),
                    ),
                }
            }
            (Awaits::Marker(spec), Response::WriteTxnMarkers(written)) => {
                match written.first().map(|(_, error)| *error).filter(|error| !error.is_none()) {
                    None => self.finish(io, 0),
                    Some(error) => {
                        let error = marker_error(io, &spec, error);
                        self.awaits = Awaits::Marker(spec);
                        self.on_error(io, &error);
                    }
                }
            }
            (Awaits::Fence(id), Response::InitProducerId(outcome)) => match outcome {
                Ok(_) => self.finish(io, 0),
                Err(error) => {
                    self.awaits = Awaits::Fence(id);
                    self.on_error(io, &ClientError::of(error, None));
                }
            },
            (Awaits::Hanging(search), response) => self.search_on(io, search, response),
            _ => {}
        }
    }

    fn print_list(&mut self, io: &mut dyn Io, listed: ListedTransactions) {
        let mut rows = Vec::new();
        for (broker, transactions) in listed {
            for it in transactions {
                let state = it.state.name().to_owned();
                rows.push(vec![it.transactional_id, broker.to_string(), it.producer_id.to_string(), state]);
            }
        }
        print_table(io, &["TransactionalId", "Coordinator", "ProducerId", "TransactionState"], &rows);
        self.finish(io, 0);
    }

    fn show(&mut self, io: &mut dyn Io, it: &DescribedTransaction) {
        if !it.error.is_none() {
            let id = &it.transactional_id;
            let why = match it.error {
                ErrorCode::TransactionalIdNotFound => format!(
                    "DescribeTransactions request for transactionalId `{id}` failed because the ID could not be found"
                ),
                other => other.message().to_owned(),
            };
            let what = format!("Failed to describe transaction state of transactional-id `{id}`");
            return self.fail_because(io, &what, &why);
        }
        let (mut start, mut duration) = ("None".to_owned(), "None".to_owned());
        if it.start_ms >= 0 {
            start = it.start_ms.to_string();
            duration = io.now().wall_ms().saturating_sub(it.start_ms).to_string();
        }
        let row = vec![
            it.coordinator.to_string(),
            it.transactional_id.clone(),
            it.producer_id.to_string(),
            it.producer_epoch.to_string(),
            it.state.name().to_owned(),
            it.timeout_ms.to_string(),
            start,
            duration,
            crate::view::joined(&it.partitions, ","),
        ];
        let heads = [
            "CoordinatorId",
            "TransactionalId",
            "ProducerId",
            "ProducerEpoch",
            "TransactionState",
            "TransactionTimeoutMs",
            "CurrentTransactionStartTimeMs",
            "TransactionDurationMs",
            "TopicPartitions",
        ];
        print_table(io, &heads, &[row]);
        self.finish(io, 0);
    }
}

/// AdminClient's own sentences for the errors of a marker.
fn marker_error(io: &mut dyn Io, spec: &str, error: ErrorCode) -> ClientError {
    let why = match error {
        ErrorCode::InvalidProducerEpoch => {
            let text = format!(
                "[AdminClient clientId=adminclient-1] WriteTxnMarkers request for abort spec {spec} failed due to an \
                 invalid producer epoch"
            );
            kit::log(io, "ERROR", &text, "org.apache.kafka.clients.admin.internals.AbortTransactionHandler");
            Some(format!("WriteTxnMarkers request with {spec} failed due an invalid producer epoch"))
        }
        ErrorCode::TransactionCoordinatorFenced => {
            Some("Attempted to abort a transaction with an older coordinator epoch".to_owned())
        }
        _ => None,
    };
    ClientError::of(error, why)
}

fn print_producers(io: &mut dyn Io, producers: &[ActiveProducer]) {
    let mut rows = Vec::new();
    for it in producers {
        let start = if it.txn_start_offset < 0 { "None".to_owned() } else { it.txn_start_offset.to_string() };
        rows.push(vec![
            it.producer_id.to_string(),
            it.producer_epoch.to_string(),
            it.coordinator_epoch.to_string(),
            it.last_sequence.to_string(),
            it.last_timestamp.to_string(),
            start,
        ]);
    }
    let heads = [
        "ProducerId",
        "ProducerEpoch",
        "LatestCoordinatorEpoch",
        "LastSequence",
        "LastTimestamp",
        "CurrentTransactionStartOffset",
    ];
    print_table(io, &heads, &rows);
}

impl Program for Transactions {
    fn start(&mut self, io: &mut dyn Io) {
        match args::read(&self.args, io.release()) {
            Line::Run(command, top, given) => match self.open(io, &top) {
                Ok(()) if self.client.is_some() => self.run(io, command, &given),
                Ok(()) => {}
                Err(thrown) => {
                    kit::uncaught(io, &thrown);
                    self.finish(io, 1);
                }
            },
            Line::Show(_, true) => kit::version(io),
            Line::Show(text, false) => {
                // For the parser's library help is a mistake.
                io.out(&text);
                io.exit(1);
            }
            Line::Wrong(text) => {
                io.err(&text);
                io.exit(1);
            }
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        let Some(result) = kit::answer(io, self.client, event) else { return };
        match result {
            Ok(response) => self.on_answer(io, response),
            Err(error) => self.on_error(io, &error),
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }
}
