//! `--list`: the ids of all consumer groups, with their types and states if asked.

use super::super::kit::{self, Column, Thrown};
use super::{Next, Stop, args};
use crate::command::options::Parsed;
use crate::command::process::Io;
use crate::command::release::Release;
use crate::java::{JavaHash, hash_order};
use crate::protocol::{ErrorCode, ListedGroup, Request, Response};

/// Asks, then prints.
pub fn step(io: &mut dyn Io, options: &Parsed, answer: Option<Response>) -> Result<Next, Stop> {
    let states = match options.value("state")? {
        Some(text) => Some(args::states(text, io.release()).map_err(Stop::Usage)?),
        None => None,
    };
    let types = match options.value("type")? {
        Some(text) => Some(args::types(text).map_err(Stop::Usage)?),
        None => None,
    };
    let Some(Response::ListGroups(listed)) = answer else {
        return Ok(Next::Ask("listGroups", Request::ListGroups(())));
    };
    let groups = in_order(listed)?;
    let (with_type, with_state) = (options.has("type"), options.has("state"));
    if !with_type && !with_state {
        for group in groups {
            io.out(&(group.group + "\n"));
        }
        return Ok(Next::Done);
    }
    let mut rows = Vec::new();
    for group in groups {
        let state = group.state.name();
        let kind = group.kind.name();
        let is_wanted = |wanted: &Option<Vec<&str>>, name: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted.contains(&name))
        };
        if is_wanted(&types, kind) && is_wanted(&states, state) {
            rows.push(vec![group.group, kind.to_owned(), state.to_owned()]);
        }
    }
    let is_old = io.release() <= Release::V2;
    let columns = vec![
        if is_old { Column::growing("GROUP", 15, 0) } else { Column::growing("GROUP", 25, 10) },
        Column::fixed("TYPE", 20).only(with_type),
        Column::fixed("STATE", if is_old { 0 } else { 20 }).only(with_state),
    ];
    io.out(&kit::table(columns, &rows));
    Ok(Next::Done)
}

/// The ids of the consumer groups among all groups.
pub fn consumer_groups(listed: Result<Vec<ListedGroup>, ErrorCode>) -> Result<Vec<String>, Stop> {
    let mut ids = Vec::new();
    for group in in_order(listed)? {
        ids.push(group.group);
    }
    Ok(ids)
}

fn in_order(listed: Result<Vec<ListedGroup>, ErrorCode>) -> Result<Vec<ListedGroup>, Stop> {
    let mut groups = match listed {
        Ok(listed) => listed,
        Err(code) => return Err(Thrown::of(code).in_execution().into()),
    };
    groups.retain(|group| matches!(group.protocol_type.as_str(), "consumer" | ""));
    Ok(hash_order(groups))
}

impl JavaHash for ListedGroup {
    fn java_hash(&self) -> i32 {
        self.group.java_hash()
    }
}
