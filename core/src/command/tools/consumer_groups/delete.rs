//! `--delete`: deletes groups that have no members.

use super::{Next, Stop, ask_for_groups, error, meant_groups};
use crate::command::options::Parsed;
use crate::command::process::Io;
use crate::command::release::Release;
use crate::java::hash_order;
use crate::protocol::{ErrorCode, Request, Response};
use serde::Serialize;

/// How far `--delete` has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Delete;

impl Delete {
    /// The next question, or the outcome.
    pub fn step(&self, io: &mut dyn Io, options: &Parsed, answer: Option<Response>) -> Result<Next, Stop> {
        match answer {
            None => {
                if let Some(next) = ask_for_groups(options) {
                    return Ok(next);
                }
            }
            Some(Response::DeleteGroups(outcome)) => {
                report(io, &outcome);
                return Ok(Next::Done);
            }
            Some(_) => {}
        }
        let groups = meant_groups(options, answer)?;
        Ok(Next::Ask("deleteConsumerGroups", Request::DeleteGroups(groups)))
    }
}

fn report(io: &mut dyn Io, outcome: &[(String, ErrorCode)]) {
    let (mut deleted, mut failed) = (String::new(), String::new());
    for group in hash_order(outcome.iter().map(|(group, _)| group.clone())) {
        let Some((_, code)) = outcome.iter().find(|(name, _)| *name == group) else { continue };
        if *code == ErrorCode::None {
            deleted.push_str(if deleted.is_empty() { "'" } else { ", '" });
            deleted.push_str(&group);
            deleted.push('\'');
        } else {
            let (class, message) = (code.java_class(), code.message());
            let head = if io.is_3_9() { "java.util.concurrent.ExecutionException: " } else { "" };
            failed.push_str(&format!(
                "* Group '{group}' could not be deleted due to: {head}{class}: {message}\n"
            ));
        }
    }
    if failed.is_empty() {
        let deleted = if deleted.is_empty() && io.is_3_9() { "''" } else { &deleted };
        io.print(format_args!("Deletion of requested consumer groups ({deleted}) was successful.\n"));
        return;
    }
    if io.release() == Release::V3 && !deleted.is_empty() {
        // What ends each name there ends the list, too.
        deleted.push_str(", '");
    }
    error(io, "Deletion of some consumer groups failed:");
    io.out(&failed);
    if !deleted.is_empty() {
        io.print(format_args!("\nThese consumer groups were deleted successfully: {deleted}\n"));
    }
}
