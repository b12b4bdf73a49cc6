//! What stands in Kafka's znodes: JSON, with its fields in Kafka's order.

use crate::java::hash_order;
use crate::json::{self, Fault, Reader};
use crate::metadata::{BrokerRegistration, PartitionRegistration, Release};
use crate::node::{BrokerId, Endpoint};
use crate::protocol::{TopicName, TopicPartition, Uuid};
use crate::sorted::SortedMap;

/// How deep values are that are passed over.
const DEPTH: u32 = 8;

/// Settings as they stand in `/config/…`.
pub type Settings = SortedMap<String, String>;

fn ids(ids: &[BrokerId]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    format!("[{}]", ids.join(","))
}

fn read_ids(reader: &mut Reader<'_>) -> Result<Vec<BrokerId>, Fault> {
    let mut ids = Vec::new();
    reader.list(&mut |reader| {
        ids.push(reader.number()?);
        Ok(())
    })?;
    Ok(ids)
}

fn by_partition(lists: &[(usize, &[BrokerId])]) -> String {
    let fields: Vec<String> =
        lists.iter().map(|(number, list)| format!("\"{number}\":{}", ids(list))).collect();
    format!("{{{}}}", fields.join(","))
}

/// `/brokers/topics/T`; who makes a topic over ZooKeeper leaves its id to the controller.
#[must_use]
pub fn topic(id: Option<Uuid>, partitions: &[PartitionRegistration]) -> String {
    let of = |list: fn(&PartitionRegistration) -> &[BrokerId], all: bool| {
        let lists: Vec<(usize, &[BrokerId])> = partitions
            .iter()
            .enumerate()
            .map(|(number, p)| (number, list(p)))
            .filter(|(_, list)| all || !list.is_empty())
            .collect();
        by_partition(&lists)
    };
    format!(
        "{{\"partitions\":{},{}\"adding_replicas\":{},\"removing_replicas\":{},\"version\":3}}",
        of(|p| &p.replicas, true),
        id.map_or_else(String::new, |id| format!("\"topic_id\":\"{id}\",")),
        of(|p| &p.adding, false),
        of(|p| &p.removing, false)
    )
}

/// Reads `/brokers/topics/T`; an id that is missing (made by hand) is `None`.
#[must_use]
pub fn read_topic(text: &str) -> Option<(Option<Uuid>, Vec<PartitionRegistration>)> {
    let mut id = None;
    let mut partitions: Vec<PartitionRegistration> = Vec::new();
    let mut reader = Reader::new(text);
    let read = reader.object(&mut |reader, field| {
        let list: fn(&mut PartitionRegistration) -> &mut Vec<BrokerId> = match field {
            "partitions" => |p| &mut p.replicas,
            "adding_replicas" => |p| &mut p.adding,
            "removing_replicas" => |p| &mut p.removing,
            "topic_id" => {
                id = Uuid::parse(&reader.text()?).ok();
                return Ok(());
            }
            _ => return reader.skip(DEPTH),
        };
        reader.object(&mut |reader, number| {
            let number: usize =
                number.parse().map_err(|_| reader.fault("a partition's number is expected"))?;
            let found = read_ids(reader)?;
            if number >= partitions.len() {
                partitions.resize(number.min(20_000) + 1, PartitionRegistration::default());
            }
            if let Some(partition) = partitions.get_mut(number) {
                *list(partition) = found;
            }
            Ok(())
        })
    });
    read.ok().map(|()| (id, partitions))
}

/// `/admin/reassign_partitions`.
#[must_use]
pub fn moves(moves: &SortedMap<TopicPartition, Vec<BrokerId>>) -> String {
    let one = |(tp, replicas): (&TopicPartition, &Vec<BrokerId>)| {
        let topic = json::quoted(&tp.topic);
        format!("{{\"topic\":{topic},\"partition\":{},\"replicas\":{}}}", tp.partition, ids(replicas))
    };
    let partitions: Vec<String> = moves.iter().map(one).collect();
    format!("{{\"version\":1,\"partitions\":[{}]}}", partitions.join(","))
}

/// Reads `/admin/reassign_partitions`, or `/admin/preferred_replica_election`, which names no replicas. What is no
/// JSON orders nothing.
#[must_use]
pub fn read_moves(text: &str) -> Vec<(TopicPartition, Vec<BrokerId>)> {
    let mut moves = Vec::new();
    let read = Reader::new(text).object(&mut |reader, field| {
        if field != "partitions" {
            return reader.skip(DEPTH);
        }
        reader.list(&mut |reader| {
            let (mut topic, mut partition, mut replicas) = (String::new(), 0, Vec::new());
            reader.object(&mut |reader, field| {
                match field {
                    "topic" => topic = reader.text()?,
                    "partition" => partition = reader.number()?,
                    "replicas" => replicas = read_ids(reader)?,
                    _ => reader.skip(DEPTH)?,
                }
                Ok(())
            })?;
            moves.push((TopicPartition::new(TopicName::from(topic.as_str()), partition), replicas));
            Ok(())
        })
    });
    if read.is_err() {
        moves.clear();
    }
    moves
}

/// `/brokers/topics/T/partitions/P/state`.
#[must_use]
pub fn state(state: &PartitionRegistration, controller_epoch: i32, release: Release) -> String {
    let leader = state.leader.unwrap_or(-1);
    // Since 3.2 (KIP-704).
    let recovering =
        if state.recovering && release >= Release::V3 { "\"leader_recovery_state\":1," } else { "" };
    format!(
        "{{\"controller_epoch\":{controller_epoch},\"leader\":{leader},\"version\":1,{recovering}\"leader_epoch\":{},\
         \"isr\":{}}}",
        state.leader_epoch,
        ids(&state.isr)
    )
}

/// Reads a state into a partition.
pub fn read_state(text: &str, version: i32, into: &mut PartitionRegistration) {
    into.partition_epoch = version;
    into.recovering = false;
    // What cannot be read (somebody wrote it by hand) stays as it was.
    let _ = Reader::new(text).object(&mut |reader, field| {
        match field {
            "leader" => into.leader = Some(reader.number()?).filter(|id| *id >= 0),
            "leader_epoch" => into.leader_epoch = reader.number()?,
            "isr" => into.isr = read_ids(reader)?,
            "leader_recovery_state" => into.recovering = reader.number::<i32>()? == 1,
            _ => reader.skip(DEPTH)?,
        }
        Ok(())
    });
}

/// `/brokers/ids/ID`.
#[must_use]
pub fn broker(endpoint: &Endpoint, rack: Option<&str>, now_ms: i64) -> String {
    let rack = rack.map(|rack| format!("\"rack\":{},", json::quoted(rack))).unwrap_or_default();
    format!(
        "{{\"features\":{{}},\"listener_security_protocol_map\":{{\"PLAINTEXT\":\"PLAINTEXT\"}},\"endpoints\":\
         [\"PLAINTEXT://{endpoint}\"],{rack}\"jmx_port\":-1,\"port\":{},\"host\":\"{}\",\"version\":5,\"timestamp\":\
         \"{now_ms}\"}}",
        endpoint.port, endpoint.host
    )
}

/// Reads `/brokers/ids/ID`; its epoch is the transaction that made it.
#[must_use]
pub fn read_broker(text: &str, epoch: i64) -> Option<BrokerRegistration> {
    let mut endpoint = Endpoint { host: String::new(), port: 0 };
    let mut rack = None;
    let read = Reader::new(text).object(&mut |reader, field| {
        match field {
            "host" => endpoint.host = reader.text()?,
            "port" => endpoint.port = reader.number()?,
            "rack" => rack = Some(reader.text()?),
            _ => reader.skip(DEPTH)?,
        }
        Ok(())
    });
    read.ok()?;
    Some(BrokerRegistration {
        incarnation: Uuid::ZERO,
        epoch,
        endpoint,
        rack,
        fenced: false,
        in_controlled_shutdown: false,
    })
}

/// `/controller`.
#[must_use]
pub fn controller(broker: BrokerId, now_ms: i64, release: Release) -> String {
    if release <= Release::V2 {
        return format!("{{\"version\":1,\"brokerid\":{broker},\"timestamp\":\"{now_ms}\"}}");
    }
    format!("{{\"version\":2,\"brokerid\":{broker},\"timestamp\":\"{now_ms}\",\"kraftControllerEpoch\":-1}}")
}

/// The broker that `/controller` names.
#[must_use]
pub fn read_controller(text: &str) -> Option<BrokerId> {
    read_number(text, "brokerid")
}

/// `/latest_producer_id_block`.
#[must_use]
pub fn producer_ids(broker: BrokerId, start: i64, end: i64) -> String {
    format!("{{\"version\":1,\"broker\":{broker},\"block_start\":\"{start}\",\"block_end\":\"{end}\"}}")
}

/// The last id of `/latest_producer_id_block`.
#[must_use]
pub fn read_producer_ids(text: &str) -> Option<i64> {
    let mut end = None;
    let read = Reader::new(text).object(&mut |reader, field| {
        if field == "block_end" {
            end = reader.text()?.parse().ok();
            return Ok(());
        }
        reader.skip(DEPTH)
    });
    read.ok().and(end)
}

/// `/config/…`, in the order of Java's table.
#[must_use]
pub fn settings(settings: &Settings) -> String {
    let mut fields = Vec::with_capacity(settings.len());
    for name in hash_order(settings.keys()) {
        let value = settings.get(name).map_or("", String::as_str);
        fields.push(format!("{}:{}", json::quoted(name), json::quoted(value)));
    }
    format!("{{\"version\":1,\"config\":{{{}}}}}", fields.join(","))
}

/// Reads `/config/…`.
#[must_use]
pub fn read_settings(text: &str) -> Settings {
    let mut settings = Settings::new();
    let _ = Reader::new(text).object(&mut |reader, field| {
        if field != "config" {
            return reader.skip(DEPTH);
        }
        reader.object(&mut |reader, name| {
            settings.insert(name.to_owned(), reader.text()?);
            Ok(())
        })
    });
    settings
}

/// `/config/changes/config_change_N`: whose settings changed, as `topics/t`.
#[must_use]
pub fn change(entity: &str) -> String {
    format!("{{\"version\":2,\"entity_path\":{}}}", json::quoted(entity))
}

/// The path of `/config/changes/config_change_N`'s entity, as `topics/t`.
#[must_use]
pub fn read_change(text: &str) -> Option<String> {
    let mut path = None;
    let read = Reader::new(text).object(&mut |reader, field| {
        if field == "entity_path" {
            path = Some(reader.text()?);
            return Ok(());
        }
        reader.skip(DEPTH)
    });
    read.ok().and(path)
}

/// A name of which a znode can be made (Kafka: `Sanitizer`): other bytes than those that stand in addresses anyway
/// become a percent sign and a number.
#[must_use]
pub fn sanitized(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// The name that was made into a znode's.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let number = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match number {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend(part.bytes().skip(2));
            }
            None => bytes.extend(part.bytes()),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A password as it stands beside the quotas of a user. Only the number of iterations is kept; salt and keys are zeros.
#[must_use]
pub fn credential(mechanism: &str, iterations: i32) -> String {
    let (letters, end) = if mechanism == "SCRAM-SHA-512" { (86, "==") } else { (43, "=") };
    let key = "A".repeat(letters) + end;
    let salt = "A".repeat(32);
    format!("salt={salt},stored_key={key},server_key={key},iterations={iterations}")
}

fn read_number(text: &str, name: &str) -> Option<i32> {
    let mut number = None;
    let read = Reader::new(text).object(&mut |reader, field| {
        if field == name {
            number = Some(reader.number()?);
            return Ok(());
        }
        reader.skip(DEPTH)
    });
    read.ok().and(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_reads_as_it_was_written() {
        let mut moving = PartitionRegistration { replicas: vec![101, 103, 102], ..Default::default() };
        (moving.adding, moving.removing) = (vec![103], vec![102]);
        let other = PartitionRegistration { replicas: vec![102], ..Default::default() };
        let id = Uuid([3; 16]);
        let text = topic(Some(id), &[moving.clone(), other.clone()]);
        assert!(
            text.starts_with("{\"partitions\":{\"0\":[101,103,102],\"1\":[102]},\"topic_id\":"),
            "{text}"
        );
        assert!(text.ends_with(
            "\"adding_replicas\":{\"0\":[103]},\"removing_replicas\":{\"0\":[102]},\"version\":3}"
        ));
        assert_eq!(read_topic(&text), Some((Some(id), vec![moving, other])));
        assert_eq!(read_topic("nonsense"), None);
    }

    #[test]
    fn a_state_without_leader_is_minus_one() {
        let mut now = PartitionRegistration { isr: vec![102], leader_epoch: 2, ..Default::default() };
        let text = state(&now, 4, Release::V4);
        assert_eq!(
            text,
            "{\"controller_epoch\":4,\"leader\":-1,\"version\":1,\"leader_epoch\":2,\"isr\":[102]}"
        );
        now.recovering = true;
        now.leader = Some(103);
        let mut read = PartitionRegistration::default();
        read_state(&state(&now, 4, Release::V4), 7, &mut read);
        assert_eq!((read.leader, read.recovering, read.partition_epoch), (Some(103), true, 7));
    }

    #[test]
    fn other_payloads_read_as_they_were_written() {
        let endpoint = Endpoint { host: "127.0.0.1".into(), port: 9094 };
        let text = broker(&endpoint, Some("a"), 5);
        let read = read_broker(&text, 9).expect("a broker");
        assert_eq!((read.endpoint, read.rack.as_deref(), read.epoch), (endpoint, Some("a"), 9));
        assert_eq!(read_controller(&controller(103, 5, Release::V3)), Some(103));
        assert_eq!(read_producer_ids(&producer_ids(101, 1_000, 1_999)), Some(1_999));
        let some = Settings::from([("retention.ms".to_owned(), "100000".to_owned())]);
        assert_eq!(settings(&some), "{\"version\":1,\"config\":{\"retention.ms\":\"100000\"}}");
        assert_eq!(read_settings(&settings(&some)), some);
        assert_eq!(change("topics/zt"), "{\"version\":2,\"entity_path\":\"topics/zt\"}");
        assert_eq!(read_change(&change("topics/zt")).as_deref(), Some("topics/zt"));
        let offsets = ["cleanup.policy", "compression.type", "segment.bytes"];
        let offsets = settings(&offsets.iter().map(|name| ((*name).to_owned(), "1".to_owned())).collect());
        assert!(
            offsets.contains("{\"compression.type\":\"1\",\"cleanup.policy\":\"1\",\"segment"),
            "{offsets}"
        );
    }
}
