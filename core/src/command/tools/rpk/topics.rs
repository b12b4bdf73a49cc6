//! `rpk topic` without records, and `rpk cluster info`.

use super::format::{section, slice, table};
use super::{Rpk, told};
use crate::command::process::Io;
use crate::metadata::ConfigResource;
use crate::protocol::{
    AlterConfig, AlterOp, ConfigEntry, CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest,
    ErrorCode, IncrementalAlterConfigsRequest, IsolationLevel, ListOffsetsRequest, ListOffsetsResponse,
    MetadataResponse, NewTopic, OffsetSpec, Request, Response, TopicMetadata, TopicPartition,
};
use crate::sorted::SortedMap;

const STARTS: u64 = 1;
const ENDS: u64 = 2;

impl Rpk {
    pub(super) fn begin_topic(&mut self, io: &mut dyn Io) {
        match self.asked.words {
            "topic create" => self.create(io),
            "topic alter-config" => self.alter(io),
            "topic list" if !self.asked.args.is_empty() && !self.asked.has("regex") => {
                self.ask_metadata(io, Some(&self.asked.args));
            }
            "topic produce" | "topic consume" if !self.asked.has("regex") => {
                self.ask_metadata(io, Some(&self.asked.args));
            }
            "topic trim-prefix" => self.begin_trim(io),
            _ => self.ask_metadata(io, None),
        }
    }

    fn create(&mut self, io: &mut dyn Io) {
        let mut configs = SortedMap::new();
        for pair in self.asked.all("topic-config") {
            let Some((name, value)) = pair.split_once('=') else {
                return self.die(io, &format!("unable to parse configs: {pair} is not in key=value format"));
            };
            configs.insert(name.to_owned(), value.to_owned());
        }
        if self.asked.has("compact") {
            configs.entry("cleanup.policy".to_owned()).or_insert_with(|| "compact".to_owned());
        }
        let partitions = Some(self.asked.number("partitions", -1)).filter(|count| *count != -1);
        let factor = Some(self.asked.number("replicas", -1)).filter(|count| *count != -1);
        let mut topics = Vec::new();
        for name in &self.asked.args {
            topics.push(NewTopic {
                name: name.as_str().into(),
                partitions,
                replication_factor: factor,
                assignment: None,
                configs: configs.clone(),
            });
        }
        let validate_only = self.asked.has("dry");
        self.ask(io, 0, Request::CreateTopics(CreateTopicsRequest { topics, validate_only }));
    }

    fn alter(&mut self, io: &mut dyn Io) {
        let mut changes = Vec::new();
        for pair in self.asked.all("set") {
            let Some((name, value)) = pair.split_once('=') else {
                return self.die(io, &format!("unable to parse --set: {pair} is not in key=value format"));
            };
            changes.push(AlterConfig { name: name.to_owned(), op: AlterOp::Set, value: value.to_owned() });
        }
        for name in self.asked.all("delete") {
            changes.push(AlterConfig { name: name.to_owned(), op: AlterOp::Delete, value: String::new() });
        }
        if changes.is_empty() {
            io.out("No incremental configuration changes were requested!\n");
            return self.leave(io, 0);
        }
        let mut resources = Vec::new();
        for name in &self.asked.args {
            resources.push((ConfigResource::Topic(name.as_str().into()), changes.clone()));
        }
        let validate_only = self.asked.has("dry");
        let request = IncrementalAlterConfigsRequest { resources, validate_only };
        self.ask(io, 0, Request::IncrementalAlterConfigs(request));
    }

    /// A table of topics and what became of each; the exit code is 1 only where rpk says so.
    fn statuses(&mut self, io: &mut dyn Io, rows: &[Vec<String>], fails: bool) {
        io.out(&table(&["TOPIC", "STATUS"], rows));
        let failed = fails && rows.iter().any(|row| row.get(1).is_some_and(|status| status != "OK"));
        self.leave(io, i32::from(failed));
    }

    pub(super) fn on_topic_answer(&mut self, io: &mut dyn Io, tag: u64, response: Response) {
        let mut rows = Vec::new();
        match response {
            Response::Metadata(metadata) => self.on_metadata(io, metadata),
            Response::CreateTopics(response) => {
                for (name, result) in response.topics {
                    let status = match result {
                        Ok(_) => "OK".to_owned(),
                        Err(error) => self.not_created(&error),
                    };
                    rows.push(vec![name.to_string(), status]);
                }
                self.statuses(io, &rows, true);
            }
            Response::DeleteTopics(response) | Response::CreatePartitions(response) => {
                let fails = self.asked.words == "topic add-partitions";
                for (name, result) in response.topics {
                    let status = result.map_or_else(|error| told(&error), |()| "OK".to_owned());
                    self.records.rows.push(vec![name.to_string(), status]);
                }
                if self.records.rows.len() >= self.asked.args.len() {
                    let rows = std::mem::take(&mut self.records.rows);
                    self.statuses(io, &rows, fails);
                }
            }
            Response::IncrementalAlterConfigs(outcomes) => {
                for (resource, result) in outcomes {
                    let ConfigResource::Topic(name) = resource else { continue };
                    let status = result.map_or_else(|error| told(&error), |()| "OK".to_owned());
                    rows.push(vec![name.to_string(), status]);
                }
                self.statuses(io, &rows, false);
            }
            Response::DescribeConfigs(described) => {
                for (_, result) in described {
                    match result {
                        Ok(entries) => self.describe(io, &entries),
                        Err(error) => {
                            self.die(io, &format!("config response contained error: {}", told(&error)))
                        }
                    }
                }
            }
            Response::ListOffsets(listed) if self.asked.words == "topic trim-prefix" => {
                self.on_trim_offsets(io, listed);
            }
            Response::ListOffsets(listed) => self.on_topic_offsets(io, tag, listed),
            Response::DeleteRecords(deleted) => self.print_trimmed(io, deleted),
            _ => {}
        }
    }

    fn not_created(&self, error: &(ErrorCode, String)) -> String {
        let (partitions, replicas) = (self.asked.number("partitions", -1), self.asked.number("replicas", -1));
        match error.0 {
            ErrorCode::InvalidPartitions if partitions > 0 => format!(
                "INVALID_PARTITIONS: unable to create topic with {partitions} partitions due to hardware constraints"
            ),
            ErrorCode::InvalidReplicationFactor if replicas == -1 => {
                format!(
                    "{}; check your 'default_topic_replications' cluster configuration property",
                    told(error)
                )
            }
            ErrorCode::InvalidReplicationFactor if replicas % 2 == 0 => {
                "INVALID_REPLICATION_FACTOR: replication factor must be odd".to_owned()
            }
            _ => told(error),
        }
    }

    /// The topics of an answer whose names one of the arguments matches.
    fn matching(&self, metadata: &MetadataResponse) -> Result<Vec<String>, String> {
        let mut patterns = Vec::new();
        for pattern in &self.asked.args {
            match crate::command::tools::kit::pattern(pattern) {
                Ok(pattern) => patterns.push(pattern),
                Err(_) => return Err(format!("unable to compile regex {pattern}")),
            }
        }
        let mut names = Vec::new();
        for topic in &metadata.topics {
            if patterns.iter().any(|pattern| pattern.is_match(&topic.name)) {
                names.push(topic.name.to_string());
            }
        }
        Ok(names)
    }

    fn on_metadata(&mut self, io: &mut dyn Io, mut metadata: MetadataResponse) {
        crate::sorted::sort_by(&mut metadata.topics, |a, b| a.name.cmp(&b.name));
        for topic in &mut metadata.topics {
            crate::sorted::sort_by(&mut topic.partitions, |a, b| a.partition.cmp(&b.partition));
        }
        if self.asked.has("regex") && self.asked.words != "topic list" {
            match self.matching(&metadata) {
                Ok(names) => self.asked.args = names,
                Err(why) => return self.die(io, &why),
            }
        }
        let args = self.asked.args.clone();
        self.metadata = Some(metadata.clone());
        match self.asked.words {
            "topic list" => {
                let internal = self.asked.has("internal");
                if self.asked.has("regex")
                    && let Ok(names) = self.matching(&metadata)
                {
                    metadata.topics.retain(|topic| names.iter().any(|name| **name == *topic.name));
                }
                metadata.topics.retain(|topic| internal || !topic.is_internal);
                io.out(&if self.asked.has("detailed") { detailed(&metadata) } else { summary(&metadata) });
                self.leave(io, 0);
            }
            "cluster info" => {
                if self.asked.has("detailed") || self.asked.has("include-decommissioned") {
                    io.note(
                        "what --detailed adds comes from Redpanda's own admin API, which Kafka does not have",
                    );
                }
                let text = self.cluster_info(&metadata);
                io.out(&text);
                self.leave(io, 0);
            }
            "topic describe" => match args.first() {
                None => {
                    io.out("did not match any topics, exiting.\n");
                    self.leave(io, 0);
                }
                Some(name) => {
                    let resource = ConfigResource::Topic(name.as_str().into());
                    self.ask(io, 0, Request::DescribeConfigs(vec![resource]));
                }
            },
            "topic delete" if args.is_empty() => self.statuses(io, &[], false),
            "topic delete" => {
                let topics = args.iter().map(|name| name.as_str().into()).collect();
                self.ask(io, 0, Request::DeleteTopics(DeleteTopicsRequest { topics }));
            }
            "topic add-partitions" => {
                let more: i32 = self.asked.number("num", 0);
                if more <= 0 {
                    return self.die(io, "--num (-n) should be a positive value, exiting!");
                }
                for name in args {
                    let held = metadata.topics.iter().find(|topic| *topic.name == *name);
                    let held = held.and_then(|topic| i32::try_from(topic.partitions.len()).ok()).unwrap_or(0);
                    let total = held.saturating_add(more);
                    let topic = name.as_str().into();
                    let request = CreatePartitionsRequest { topic, total, assignment: None };
                    self.ask(io, 0, Request::CreatePartitions(request));
                }
            }
            "topic trim-prefix" => self.trim(io, &metadata),
            "topic produce" => self.produce_to(io, &metadata),
            _ => self.consume_from(io, &metadata),
        }
    }

    fn cluster_info(&self, metadata: &MetadataResponse) -> String {
        let has = |name: &str| self.asked.has(name);
        let mut topics = has("print-topics") || !self.asked.args.is_empty() || has("print-detailed-topics");
        let (mut cluster, mut brokers) = (has("print-cluster"), has("print-brokers"));
        let mut internal = has("print-internal-topics");
        topics |= internal;
        let mut sections = [cluster, brokers, has("print-topics")].iter().filter(|wanted| **wanted).count();
        if sections == 0 {
            (cluster, brokers, topics, internal, sections) = (true, true, true, true, 4);
        }
        let mut text = String::new();
        let mut put = |name: &str, body: String| {
            if sections > 1 {
                text.push_str(&section(name));
            }
            text.push_str(&body);
            if sections > 1 {
                text.push('\n');
            }
        };
        if cluster {
            put("CLUSTER", format!("{}\n", metadata.cluster_id));
        }
        if brokers {
            let mut rows = Vec::new();
            for (id, endpoint) in &metadata.brokers {
                let mark = if metadata.controller_id == Some(*id) { "*" } else { "" };
                rows.push(vec![format!("{id}{mark}"), endpoint.host.clone(), endpoint.port.to_string()]);
            }
            put("BROKERS", table(&["ID", "HOST", "PORT"], &rows));
        }
        let mut shown = metadata.clone();
        shown.topics.retain(|topic| internal || !topic.is_internal);
        if topics && !shown.topics.is_empty() {
            put("TOPICS", if has("print-detailed-topics") { detailed(&shown) } else { summary(&shown) });
        }
        text
    }

    /// The settings are known: `topic describe` goes on to the offsets, or prints.
    fn describe(&mut self, io: &mut dyn Io, entries: &[ConfigEntry]) {
        self.records.entries = entries.to_vec();
        let partitions = self.asked.has("print-partitions") || self.asked.has("print-all");
        if partitions || self.asked.args.len() > 1 {
            return self.ask_all(io, STARTS, OffsetSpec::Earliest);
        }
        self.print_description(io);
    }

    fn ask_all(&self, io: &mut dyn Io, tag: u64, spec: OffsetSpec) {
        let Some(topic) = self.described() else { return };
        let mut partitions = Vec::new();
        for each in &topic.partitions {
            partitions.push((TopicPartition::new(topic.name.clone(), each.partition), -1, spec));
        }
        let isolation = IsolationLevel::ReadUncommitted;
        self.ask(io, tag, Request::ListOffsets(ListOffsetsRequest { isolation, partitions }));
    }

    fn described(&self) -> Option<&TopicMetadata> {
        let name = self.asked.args.first()?;
        self.metadata.as_ref()?.topics.iter().find(|topic| *topic.name == **name)
    }

    fn on_topic_offsets(&mut self, io: &mut dyn Io, tag: u64, listed: ListOffsetsResponse) {
        for each in listed.partitions {
            let place = self.records.offsets.entry(each.partition.partition).or_insert([-1, -1]);
            if let Some(place) = place.get_mut(usize::from(tag == ENDS)) {
                *place = each.offset;
            }
        }
        if tag == STARTS { self.ask_all(io, ENDS, OffsetSpec::Latest) } else { self.print_description(io) }
    }

    fn partitions_of(&self, topic: &TopicMetadata) -> String {
        let mut rows = Vec::new();
        for each in &topic.partitions {
            let [start, end] = self.records.offsets.get(&each.partition).copied().unwrap_or([-1, -1]);
            rows.push(vec![
                each.partition.to_string(),
                each.leader.unwrap_or(-1).to_string(),
                each.leader_epoch.to_string(),
                slice(&each.replicas),
                start.to_string(),
                end.to_string(),
            ]);
        }
        table(&["PARTITION", "LEADER", "EPOCH", "REPLICAS", "LOG-START-OFFSET", "HIGH-WATERMARK"], &rows)
    }

    fn print_description(&mut self, io: &mut dyn Io) {
        let has = |name: &str| self.asked.has(name);
        let many = self.asked.args.len() > 1;
        let (mut summary, mut configs) = (has("print-summary"), has("print-configs"));
        let mut partitions = has("print-partitions");
        if !summary && !configs && !partitions {
            (summary, configs) = (true, true);
        }
        if has("print-all") || many {
            (summary, configs, partitions) = (true, true, true);
        }
        let mut parts = Vec::new();
        if summary && let Some(topic) = self.described() {
            let replicas = topic.partitions.first().map_or(0, |each| each.replicas.len());
            let mut rows = vec![vec!["NAME".to_owned(), topic.name.to_string()]];
            if topic.is_internal {
                rows.push(vec!["INTERNAL".to_owned(), "true".to_owned()]);
            }
            rows.push(vec!["PARTITIONS".to_owned(), topic.partitions.len().to_string()]);
            rows.push(vec!["REPLICAS".to_owned(), replicas.to_string()]);
            parts.push(("SUMMARY", table(&[], &rows)));
        }
        if configs {
            let mut rows = Vec::new();
            for entry in &self.records.entries {
                let value = if entry.is_sensitive {
                    "(sensitive)"
                } else {
                    entry.value.as_deref().unwrap_or_default()
                };
                rows.push(vec![entry.name.clone(), value.to_owned(), entry.source.name().to_owned()]);
            }
            crate::sorted::sort(&mut rows);
            parts.push(("CONFIGS", table(&["KEY", "VALUE", "SOURCE"], &rows)));
        }
        if partitions && let Some(topic) = self.described() {
            parts.push(("PARTITIONS", self.partitions_of(topic)));
        }
        let mut text = String::new();
        for (at, (name, body)) in parts.iter().enumerate() {
            if at > 0 {
                text.push('\n');
            }
            if parts.len() > 1 {
                text.push_str(&section(name));
            }
            text.push_str(body);
        }
        io.out(&text);
        self.asked.args.remove(0);
        match self.asked.args.first() {
            None => self.leave(io, 0),
            Some(next) => {
                // Even the last of several topics is described in full.
                self.asked.given.push(("print-all", "true".to_owned()));
                self.records.offsets.clear();
                let resource = ConfigResource::Topic(next.as_str().into());
                self.ask(io, 0, Request::DescribeConfigs(vec![resource]));
            }
        }
    }
}

fn summary(metadata: &MetadataResponse) -> String {
    let mut rows = Vec::new();
    for topic in &metadata.topics {
        let replicas = topic.partitions.first().map_or(0, |each| each.replicas.len());
        rows.push(vec![topic.name.to_string(), topic.partitions.len().to_string(), replicas.to_string()]);
    }
    table(&["NAME", "PARTITIONS", "REPLICAS"], &rows)
}

fn detailed(metadata: &MetadataResponse) -> String {
    let mut text = String::new();
    for (at, topic) in metadata.topics.iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        let mark = if topic.is_internal { " (internal)" } else { "" };
        let replicas = topic.partitions.first().map_or(0, |each| each.replicas.len());
        text.push_str(&format!(
            "{}{mark}, {} partitions, {replicas} replicas\n",
            topic.name,
            topic.partitions.len()
        ));
        let mut rows = Vec::new();
        for each in &topic.partitions {
            rows.push(vec![
                String::new(),
                each.partition.to_string(),
                each.leader.unwrap_or(-1).to_string(),
                each.leader_epoch.to_string(),
                slice(&each.replicas),
            ]);
        }
        text.push_str(&table(&["", "PARTITION", "LEADER", "EPOCH", "REPLICAS"], &rows));
    }
    text
}
