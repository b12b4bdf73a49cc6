//! The values of these records. All are of version 0 and flexible: lengths are packed numbers, one more than they
//! count, and what was added later stands at the end under numbers of its own.

use super::super::assignor::Partitions;
use super::super::consumer_protocol::{decode_subscription, encode_subscription};
use super::super::wire::{Reader, Writer};
use super::records::{ConsumerRecord, Standing};
use super::{Held, MemberState, Wishes};
use crate::protocol::{TopicName, Uuid};

/// Appends the one field that was added later.
fn tagged(out: &mut Writer, field: &[u8]) {
    out.unsigned(1);
    out.unsigned(0);
    out.unsigned(field.len());
    out.0.extend_from_slice(field);
}

pub(super) fn write_partitions(out: &mut Writer, partitions: &Partitions) {
    out.length(partitions.len());
    for (topic, numbers) in partitions {
        out.0.extend_from_slice(&topic.0);
        out.length(numbers.len());
        numbers.iter().for_each(|number| out.i32(*number));
        out.unsigned(0);
    }
}

fn by_topic(held: &Held) -> Vec<(Uuid, Vec<(i32, i32)>)> {
    let mut topics: Vec<(Uuid, Vec<(i32, i32)>)> = Vec::new();
    for ((topic, number), epoch) in held {
        match topics.last_mut().filter(|(last, _)| last == topic) {
            Some((_, numbers)) => numbers.push((*number, *epoch)),
            None => topics.push((*topic, vec![(*number, *epoch)])),
        }
    }
    topics
}

fn write_held(out: &mut Writer, held: &Held) {
    let topics = by_topic(held);
    out.length(topics.len());
    for (topic, numbers) in topics {
        out.0.extend_from_slice(&topic.0);
        let mut epochs = Writer::default();
        out.length(numbers.len());
        epochs.length(numbers.len());
        for (number, epoch) in numbers {
            out.i32(number);
            epochs.i32(epoch);
        }
        tagged(out, &epochs.0);
    }
}

fn write_wishes(out: &mut Writer, wishes: &Wishes) {
    out.compact(wishes.instance_id.as_deref());
    out.compact(wishes.rack.as_deref());
    out.compact(Some(&wishes.client_id));
    out.compact(Some(&wishes.client_host));
    out.length(wishes.topics.len());
    wishes.topics.iter().for_each(|topic| out.compact(Some(topic)));
    out.compact(Some(wishes.regex.as_deref().unwrap_or_default()));
    out.i32(wishes.rebalance_timeout_ms);
    out.compact(wishes.server_assignor.as_deref());
    // The one thing whose absence is written down too.
    let Some((session, protocols)) = &wishes.classic else { return tagged(out, &[0xff]) };
    let mut field = Writer(vec![1]);
    field.i32(*session);
    field.length(protocols.len());
    for (name, subscription) in protocols {
        field.compact(Some(name));
        let bytes = encode_subscription(subscription);
        field.length(bytes.len());
        field.0.extend_from_slice(&bytes);
        field.unsigned(0);
    }
    field.unsigned(0);
    tagged(out, &field.0);
}

/// The bytes of a value, if there is one.
pub(super) fn write_value(record: &ConsumerRecord) -> Option<Vec<u8>> {
    let mut out = Writer::default();
    out.i16(0);
    match record {
        ConsumerRecord::Group(value) | ConsumerRecord::TargetEpoch(value) => {
            let (epoch, number) = (*value)?;
            out.i32(epoch);
            match number {
                0 => out.unsigned(0),
                _ => tagged(&mut out, &number.to_be_bytes()),
            }
        }
        ConsumerRecord::Member(_, value) => write_wishes(&mut out, value.as_deref()?),
        ConsumerRecord::Target(_, value) => {
            write_partitions(&mut out, value.as_ref()?);
            out.unsigned(0);
        }
        ConsumerRecord::Current(_, value) => {
            let it = value.as_deref()?;
            out.i32(it.epoch);
            out.i32(it.previous_epoch);
            out.0.push(it.state.number().cast_unsigned());
            write_held(&mut out, &it.assigned);
            write_held(&mut out, &it.revoking);
            out.unsigned(0);
        }
        ConsumerRecord::ShareTopics(_) => return None,
        ConsumerRecord::Regex(_, value) => {
            let (topics, timestamp) = value.as_ref()?;
            out.length(topics.len());
            topics.iter().for_each(|topic| out.compact(Some(topic)));
            out.i64(*timestamp);
            out.i64(*timestamp);
            out.unsigned(0);
        }
    }
    Some(out.0)
}

/// The field that was added later, if it is there.
fn read_tagged<'a>(input: &mut Reader<'a>) -> Option<Option<Reader<'a>>> {
    let mut found = None;
    for _ in 0..input.unsigned()? {
        let (tag, size) = (input.unsigned()?, input.unsigned()?);
        let field = Reader(input.take(size)?);
        if tag == 0 {
            found = Some(field);
        }
    }
    Some(found)
}

fn read_numbers(input: &mut Reader<'_>) -> Option<Vec<i32>> {
    let mut numbers = Vec::new();
    for _ in 0..input.length()? {
        numbers.push(input.i32()?);
    }
    Some(numbers)
}

fn read_topics(input: &mut Reader<'_>) -> Option<Vec<TopicName>> {
    let mut topics = Vec::new();
    for _ in 0..input.length()? {
        topics.push(input.compact()??.into());
    }
    Some(topics)
}

/// Topics, their partitions and what stands beside these.
fn read_held(input: &mut Reader<'_>) -> Option<Held> {
    let mut held = Held::new();
    for _ in 0..input.length()? {
        let topic = Uuid(input.take(16)?.try_into().ok()?);
        let numbers = read_numbers(input)?;
        let epochs = match read_tagged(input)? {
            Some(mut field) => read_numbers(&mut field)?,
            None => Vec::new(),
        };
        for (at, number) in numbers.into_iter().enumerate() {
            held.insert((topic, number), epochs.get(at).copied().unwrap_or(0));
        }
    }
    Some(held)
}

fn read_wishes(input: &mut Reader<'_>) -> Option<Wishes> {
    let mut wishes = Wishes {
        instance_id: input.compact()?,
        rack: input.compact()?,
        client_id: input.compact()??,
        client_host: input.compact()??,
        topics: read_topics(input)?,
        regex: input.compact()?.filter(|regex| !regex.is_empty()),
        rebalance_timeout_ms: input.i32()?,
        server_assignor: input.compact()?,
        classic: None,
    };
    let classic = read_tagged(input)?;
    if let Some(mut field) = classic.filter(|field| field.0.first() == Some(&1)) {
        field.take(1)?;
        let (session, mut protocols) = (field.i32()?, Vec::new());
        for _ in 0..field.length()? {
            let name = field.compact()??;
            let size = field.length()?;
            protocols.push((name, decode_subscription(field.take(size)?)?));
            read_tagged(&mut field)?;
        }
        wishes.classic = Some((session, protocols));
    }
    Some(wishes)
}

/// Reads the value of a record of this kind, which is about this member or expression.
pub(super) fn read_value(kind: i16, about: String, value: Option<&[u8]>) -> Option<ConsumerRecord> {
    let mut input = value.map(Reader);
    if let Some(input) = &mut input {
        input.i16()?;
    }
    let numbers = |input: &mut Reader<'_>| {
        let epoch = input.i32()?;
        let number = match read_tagged(input)? {
            Some(mut field) => field.i64()?,
            None => 0,
        };
        Some((epoch, number))
    };
    Some(match (kind, &mut input) {
        (3, None) => ConsumerRecord::Group(None),
        (3, Some(input)) => ConsumerRecord::Group(Some(numbers(input)?)),
        (5, None) => ConsumerRecord::Member(about, None),
        (5, Some(input)) => ConsumerRecord::Member(about, Some(Box::new(read_wishes(input)?))),
        (6, None) => ConsumerRecord::TargetEpoch(None),
        (6, Some(input)) => ConsumerRecord::TargetEpoch(Some(numbers(input)?)),
        (7, None) => ConsumerRecord::Target(about, None),
        (7, Some(input)) => {
            let mut target = Partitions::new();
            for ((topic, number), _) in read_held(input)? {
                target.entry(topic).or_default().push(number);
            }
            ConsumerRecord::Target(about, Some(target))
        }
        (8, None) => ConsumerRecord::Current(about, None),
        (8, Some(input)) => {
            let standing = Standing {
                epoch: input.i32()?,
                previous_epoch: input.i32()?,
                state: MemberState::of_number(input.take(1)?.first()?.cast_signed())?,
                assigned: read_held(input)?,
                revoking: read_held(input)?,
            };
            ConsumerRecord::Current(about, Some(Box::new(standing)))
        }
        (16, None) => ConsumerRecord::Regex(about, None),
        (16, Some(input)) => ConsumerRecord::Regex(about, Some((read_topics(input)?, input.i64()?))),
        _ => return None,
    })
}
