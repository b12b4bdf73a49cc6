//! What kcat prints about itself, clusters and offsets.

use super::args::Conf;
use super::broker_error;
use crate::json;
use crate::protocol::{ErrorCode, ListOffsetsResponse, MetadataResponse};

/// `-V`.
pub fn version() -> String {
    "kcat - Apache Kafka producer and consumer tool\nhttps://github.com/edenhill/kcat\nCopyright (c) 2014-2021, Magnus \
     Edenhill\nVersion 1.7.1 (JSON, Avro, Transactions, IncrementalAssign, MockCluster, JSONVerbatim, librdkafka 1.8.2 \
     builtin.features=gzip,snappy,ssl,sasl,regex,lz4,sasl_gssapi,sasl_plain,sasl_scram,plugins,zstd,sasl_oauthbearer)\n\n"
        .to_owned()
}

/// `-h`, in our own words.
pub fn usage() -> String {
    let mut text = String::from("Usage: kcat <options> [file1 file2 .. | topic1 topic2 ..]]\n");
    text.push_str(&version());
    text.push_str(
        "\nMode:\n  -P                 write\n  -C                 read\n  -G <group-id>      read as a member of a \
         group\n  -L                 list brokers and topics\n  -Q                 look up offsets by time\n\nFor most \
         modes:\n  -t <topic>         topic\n  -p <partition>     partition\n  -b <brokers,..>    servers of the cluster, \
         host[:port]\n  -D <delim>         what stands between messages (default: \\n)\n  -K <delim>         what stands \
         between key and message\n  -c <cnt>           end after so many messages\n  -m <seconds>       how long to wait \
         for metadata (default: 5)\n  -F <config-file>   a file of settings\n  -X prop=val        a setting of \
         librdkafka\n  -q                 be quiet\n  -E                 go on after an error\n  -V                 version\n  \
         -h                 this text\n\nWriting:\n  -z <codec>         compression\n  -k <str>           one key for \
         all\n  -H <header=value>  a header\n  -l                 a file holds many messages\n  -T                 also print \
         what is sent\n  -Z                 an empty message is null\n  file1 file2..      each file is one message\n\n\
         Reading:\n  -o <offset>        beginning | end | stored | N | -N | s@<ms> | e@<ms>\n  -e                 end with \
         the last message\n  -f <fmt..>         %s %S %R %k %K %T %h %t %p %o\n  -J                 as JSON\n  -s \
         [key=|value=]<fmt>  how bytes are read: < > b B h H i I q Q c s $, or avro\n  -r <url>           schema \
         registry\n  -Z                 show null as NULL\n  -u                 do not buffer\n",
    );
    text
}

/// `-L`.
pub fn metadata(conf: &Conf, metadata: &MetadataResponse) -> String {
    let server = conf.brokers.as_deref().unwrap_or_default();
    let server = server.split(',').next().unwrap_or_default().trim();
    let port = if server.contains(':') { "" } else { ":9092" };
    let asked = format!("{server}{port}/bootstrap");
    let mut text = String::new();
    if conf.json {
        text.push_str("{\"originating_broker\":{\"id\":-1,\"name\":");
        json::quote(&mut text, &asked);
        text.push_str("},\"query\":{\"topic\":");
        json::quote(&mut text, conf.topic.as_deref().unwrap_or("*"));
        let controller = metadata.controller_id.unwrap_or(-1);
        text.push_str(&format!("}},\"controllerid\":{controller},\"brokers\":["));
        for (at, (id, endpoint)) in metadata.brokers.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            text.push_str(&format!("{comma}{{\"id\":{id},\"name\":\"{endpoint}\"}}"));
        }
        text.push_str("],\"topics\":[");
    } else {
        let what = conf.topic.as_deref().unwrap_or("all topics");
        text.push_str(&format!("Metadata for {what} (from broker -1: {asked}):\n"));
        text.push_str(&format!(" {} brokers:\n", metadata.brokers.len()));
        for (id, endpoint) in &metadata.brokers {
            let mark = if metadata.controller_id == Some(*id) { " (controller)" } else { "" };
            text.push_str(&format!("  broker {id} at {endpoint}{mark}\n"));
        }
        text.push_str(&format!(" {} topics:\n", metadata.topics.len()));
    }
    for (at, topic) in metadata.topics.iter().enumerate() {
        let error = (topic.error != ErrorCode::None).then(|| broker_error(topic.error));
        if conf.json {
            text.push_str(if at > 0 { ",{\"topic\":" } else { "{\"topic\":" });
            json::quote(&mut text, &topic.name);
            if let Some(error) = &error {
                text.push_str(",\"error\":");
                json::quote(&mut text, error);
            }
            text.push_str(",\"partitions\":[");
        } else {
            text.push_str(&format!("  topic \"{}\" with {} partitions:", topic.name, topic.partitions.len()));
            if let Some(error) = &error {
                text.push(' ');
                text.push_str(error);
                if topic.error == ErrorCode::LeaderNotAvailable {
                    text.push_str(" (try again)");
                }
            }
            text.push('\n');
        }
        partitions(&mut text, conf.json, topic);
    }
    if conf.json {
        text.push_str("]}");
    }
    text
}

fn partitions(text: &mut String, as_json: bool, topic: &crate::protocol::TopicMetadata) {
    for (at, partition) in topic.partitions.iter().enumerate() {
        let leader = partition.leader.unwrap_or(-1);
        let error = match partition.error {
            ErrorCode::None => String::new(),
            code => broker_error(code),
        };
        if as_json {
            let comma = if at > 0 { "," } else { "" };
            text.push_str(&format!("{comma}{{\"partition\":{}", partition.partition));
            if !error.is_empty() {
                text.push_str(",\"error\":");
                json::quote(text, &error);
            }
            text.push_str(&format!(",\"leader\":{leader}"));
            for (name, ids) in [("replicas", &partition.replicas), ("isrs", &partition.isr)] {
                text.push_str(&format!(",\"{name}\":["));
                json::list(text, ids, |text, id| text.push_str(&format!("{{\"id\":{id}}}")));
                text.push(']');
            }
            text.push('}');
        } else {
            let ids = |list: &[i32]| crate::view::joined(list, ",");
            let (replicas, isr) = (ids(&partition.replicas), ids(&partition.isr));
            text.push_str(&format!(
                "    partition {}, leader {leader}, replicas: {replicas}, isrs: {isr}",
                partition.partition
            ));
            if !error.is_empty() {
                text.push_str(", ");
                text.push_str(&error);
            }
            text.push('\n');
        }
    }
    if as_json {
        text.push_str("]}");
    }
}

/// `-Q`.
pub fn offsets(conf: &Conf, mut listed: ListOffsetsResponse) -> String {
    crate::sorted::sort_by(&mut listed.partitions, |a, b| a.partition.cmp(&b.partition));
    let mut text = String::new();
    let mut last = "";
    for each in &listed.partitions {
        let (topic, partition) = (&*each.partition.topic, each.partition.partition);
        let error = match each.error {
            ErrorCode::None => String::new(),
            code => broker_error(code),
        };
        if !conf.json {
            text.push_str(&format!("{topic} [{partition}] offset {}", each.offset));
            if !error.is_empty() {
                text.push_str(": ");
                text.push_str(&error);
            }
            text.push('\n');
            continue;
        }
        if last != topic {
            text.push_str(if last.is_empty() { "{" } else { "}," });
            json::quote(&mut text, topic);
            text.push_str(":{\"topic\":");
            json::quote(&mut text, topic);
            last = topic;
        }
        let offset = each.offset;
        text.push_str(&format!(",\"{partition}\":{{\"partition\":{partition},\"offset\":{offset}"));
        if !error.is_empty() {
            text.push_str(",\"error\":");
            json::quote(&mut text, &error);
        }
        text.push('}');
    }
    if conf.json {
        text.push_str("}}");
    }
    text
}
