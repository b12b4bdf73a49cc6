//! `--list`: the ids of all consumer groups, with their types and states if asked.

use super::super::kit::Thrown;
use super::{Next, Stop, args};
use crate::client::ClientError;
use crate::command::options::Parsed;
use crate::command::process::Io;
use crate::java::hash_order;
use crate::protocol::{ErrorCode, ListedGroup, Request, Response};

/// Asks, then prints.
pub fn step(io: &mut dyn Io, options: &Parsed, answer: Option<Response>) -> Result<Next, Stop> {
    let states = options.value("state")?.map(|text| args::states(&text)).transpose().map_err(Stop::Usage)?;
    let classic =
        options.value("type")?.map(|text| args::wants_classic(&text)).transpose().map_err(Stop::Usage)?;
    let Some(Response::ListGroups(listed)) = answer else {
        return Ok(Next::Ask("listGroups", Request::ListGroups(())));
    };
    let groups = in_order(listed)?;
    let (with_type, with_state) = (options.has("type"), options.has("state"));
    if !with_type && !with_state {
        groups.iter().for_each(|group| io.out(&format!("{}\n", group.group)));
        return Ok(Next::Done);
    }
    let width = groups.iter().map(|group| group.group.chars().count()).max().unwrap_or(0).max(15) + 10;
    let row = |id: &str, kind: &str, state: &str| {
        let mut text = format!("{id:width$}");
        if with_type {
            text.push_str(&format!(" {kind:20}"));
        }
        if with_state {
            text.push_str(&format!(" {state:20}"));
        }
        text + "\n"
    };
    io.out(&row("GROUP", "TYPE", "STATE"));
    for group in groups {
        let state = group.state.name();
        if classic.unwrap_or(true) && states.as_ref().is_none_or(|wanted| wanted.contains(&state)) {
            io.out(&row(&group.group, "Classic", state));
        }
    }
    Ok(Next::Done)
}

/// The ids of the consumer groups among all groups.
pub fn consumer_groups(listed: Result<Vec<ListedGroup>, ErrorCode>) -> Result<Vec<String>, Stop> {
    Ok(in_order(listed)?.into_iter().map(|group| group.group).collect())
}

fn in_order(listed: Result<Vec<ListedGroup>, ErrorCode>) -> Result<Vec<ListedGroup>, Stop> {
    let listed = listed.map_err(|code| Thrown::from(ClientError::of(code, None)).in_execution())?;
    let is_consumer = |group: &&ListedGroup| matches!(group.protocol_type.as_str(), "consumer" | "");
    let groups: Vec<&ListedGroup> = listed.iter().filter(is_consumer).collect();
    let ids = hash_order(groups.iter().map(|group| group.group.as_str()));
    let find = |id: &str| groups.iter().find(|group| group.group == id).map(|group| (*group).clone());
    Ok(ids.into_iter().filter_map(find).collect())
}
