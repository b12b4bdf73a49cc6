//! `find-hanging`: open transactions of which no coordinator knows, so that nobody would ever end them.
//!
//! Partitions whose oldest open transaction is older than any producer may ask for are candidates; one hangs unless
//! the coordinator of its producer id has the partition in its list.

use super::{Awaits, Transactions, print_table};
use crate::command::process::Io;
use crate::command::tools::kit::argparse::Given;
use crate::protocol::{
    ActiveProducer, DescribeTopicsRequest, DescribedProducers, ListTransactionsRequest, Request, Response,
    TopicPartition,
};
use crate::sorted::SortedMap;
use serde::Serialize;

/// How far a search is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Search {
    broker: Option<i32>,
    max_ms: i64,
    /// How many topics, partitions or producers the question in hand is about.
    asked: usize,
    step: &'static str,
    candidates: Vec<(TopicPartition, ActiveProducer)>,
    ids: SortedMap<i64, String>,
}

impl Search {
    /// What failed, if the answer in hand is an error.
    pub(super) fn trouble(&self) -> String {
        match self.step {
            "partitions" => {
                let broker = self.broker.map_or("Optional.empty".to_owned(), |id| format!("Optional[{id}]"));
                format!("Failed to describe producers for {} partitions on broker {broker}", self.asked)
            }
            "producers" => format!("Failed to list transactions for {} producers", self.asked),
            "transactions" => format!("Failed to describe {} transactions", self.asked),
            _ => format!("Failed to describe {} topics", self.asked),
        }
    }
}

impl Transactions {
    pub(super) fn find_hanging(&mut self, io: &mut dyn Io, given: &Given, broker: Option<i32>) {
        let topic = given.get("--topic");
        if topic.is_none() && broker.is_none() {
            let why = "The `find-hanging` command requires either --topic or --broker-id to limit the scope of the search";
            return self.fail(io, why);
        }
        let partition = given.number("--partition").and_then(|number| i32::try_from(number).ok());
        if topic.is_none() && partition.is_some() {
            return self.fail(io, "The --partition argument requires --topic to be provided");
        }
        let minutes = given.number("--max-transaction-timeout").unwrap_or(15);
        let search = Search {
            broker,
            max_ms: minutes.saturating_mul(60_000),
            asked: 1,
            step: "topics",
            candidates: Vec::new(),
            ids: SortedMap::new(),
        };
        if let (Some(topic), Some(partition)) = (topic, partition) {
            return self.look_into(io, search, vec![TopicPartition::new(topic, partition)]);
        }
        let topics = topic.map(|topic| vec![topic.into()]);
        let request =
            Request::DescribeTopicPartitions(DescribeTopicsRequest { topics, with_settings: false });
        self.ask(io, "describeTopics", request, Awaits::Hanging(search));
    }

    fn look_into(&mut self, io: &mut dyn Io, search: Search, partitions: Vec<TopicPartition>) {
        let search = Search { step: "partitions", asked: partitions.len(), ..search };
        if partitions.is_empty() {
            return self.report(io, &[]);
        }
        self.ask_producers(io, search.broker, partitions, Awaits::Hanging(search));
    }

    pub(super) fn search_on(&mut self, io: &mut dyn Io, search: Search, response: Response) {
        match response {
            Response::DescribeTopicPartitions(answer) => {
                let mut partitions = Vec::new();
                for topic in answer.topics {
                    if !topic.error.is_none() {
                        let error = crate::client::ClientError::of(topic.error, None);
                        return self.fail_because(io, &search.trouble(), &error.message);
                    }
                    for it in topic.partitions {
                        if search.broker.is_none_or(|broker| it.replicas.contains(&broker)) {
                            partitions.push(TopicPartition::new(topic.name.clone(), it.partition));
                        }
                    }
                }
                self.look_into(io, search, partitions);
            }
            Response::DescribeProducers(described) => self.gather(io, search, described),
            Response::ListTransactions(Ok(listed)) => {
                let mut ids = SortedMap::new();
                for (_, transactions) in listed {
                    for it in transactions {
                        ids.insert(it.producer_id, it.transactional_id);
                    }
                }
                if ids.is_empty() {
                    return self.report(io, &search.candidates);
                }
                let names: Vec<String> = ids.values().cloned().collect();
                let search = Search { step: "transactions", asked: names.len(), ids, ..search };
                let request = Request::DescribeTransactions(names);
                self.ask(io, "describeTransactions", request, Awaits::Hanging(search));
            }
            Response::DescribeTransactions(described) => {
                let known = |tp: &TopicPartition, producer: &ActiveProducer| {
                    let id = search.ids.get(&producer.producer_id);
                    described.iter().any(|it| {
                        Some(&it.transactional_id) == id && it.error.is_none() && it.partitions.contains(tp)
                    })
                };
                let mut hanging = search.candidates.clone();
                hanging.retain(|(tp, producer)| !known(tp, producer));
                self.report(io, &hanging);
            }
            _ => {}
        }
    }

    /// Keeps the transactions that are open for too long, and asks whose they are.
    fn gather(&mut self, io: &mut dyn Io, mut search: Search, described: DescribedProducers) {
        let now = io.now().wall_ms();
        for (tp, producers) in described {
            for producer in producers.into_iter().flatten() {
                let open_ms = now.saturating_sub(producer.last_timestamp);
                if producer.txn_start_offset >= 0 && open_ms > search.max_ms {
                    search.candidates.push((tp.clone(), producer));
                }
            }
        }
        if search.candidates.is_empty() {
            return self.report(io, &[]);
        }
        let producer_ids: Vec<i64> = search.candidates.iter().map(|(_, it)| it.producer_id).collect();
        let search = Search { step: "producers", asked: producer_ids.len(), ..search };
        let ask = ListTransactionsRequest { producer_ids, duration_ms: -1, pattern: None };
        self.ask(io, "listTransactions", Request::ListTransactions(ask), Awaits::Hanging(search));
    }

    fn report(&mut self, io: &mut dyn Io, hanging: &[(TopicPartition, ActiveProducer)]) {
        let now = io.now().wall_ms();
        let mut rows = Vec::new();
        for (tp, it) in hanging {
            let minutes = now.saturating_sub(it.last_timestamp) / 60_000;
            rows.push(vec![
                tp.topic.to_string(),
                tp.partition.to_string(),
                it.producer_id.to_string(),
                it.producer_epoch.to_string(),
                it.coordinator_epoch.to_string(),
                it.txn_start_offset.to_string(),
                it.last_timestamp.to_string(),
                minutes.to_string(),
            ]);
        }
        let heads = [
            "Topic",
            "Partition",
            "ProducerId",
            "ProducerEpoch",
            "CoordinatorEpoch",
            "StartOffset",
            "LastTimestamp",
            "Duration(min)",
        ];
        print_table(io, &heads, &rows);
        self.finish(io, 0);
    }
}
