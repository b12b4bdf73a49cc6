//! Reading answers: which parts must be asked again, and how the rest becomes one answer.

use super::call::{Aim, Call};
use crate::protocol::{
    ErrorCode, ListOffsetsResponse, ListedGroup, OffsetCommitResponse, Request, Response, TopicPartition,
};

/// Gives an answer to the parts it is for. Returns the parts to be asked again, and whether the client's picture of
/// the cluster is stale.
pub fn take(call: &mut Call, parts: &[u32], body: Response) -> (Vec<u32>, bool) {
    if !matches!(body, Response::ListOffsets(_) | Response::DeleteRecords(_)) {
        let error = retriable_error(&body);
        if error.is_some() {
            return (parts.to_vec(), error.is_some_and(ErrorCode::refreshes_metadata));
        }
        for index in parts {
            if let Some(part) = call.part(*index) {
                part.in_flight = false;
                part.answer = Some(body.clone());
            }
        }
        return (Vec::new(), false);
    }
    let (mut again, mut is_stale) = (Vec::new(), false);
    for index in parts {
        let Some(part) = call.part(*index) else { continue };
        let Aim::Leader(wanted) = &part.aim else { continue };
        match of_partition(&body, wanted) {
            Some((error, answer)) if !error.is_retriable() => {
                part.in_flight = false;
                part.answer = Some(answer);
            }
            other => {
                is_stale |= other.is_none_or(|(error, _)| error.refreshes_metadata());
                again.push(*index);
            }
        }
    }
    (again, is_stale)
}

/// What a leader's answer says of one partition: its error, and that part of the answer.
fn of_partition(body: &Response, wanted: &TopicPartition) -> Option<(ErrorCode, Response)> {
    Some(match body {
        Response::ListOffsets(offsets) => {
            let listed = offsets.partitions.iter().find(|listed| listed.partition == *wanted)?;
            let partitions = vec![listed.clone()];
            (listed.error, Response::ListOffsets(ListOffsetsResponse { partitions }))
        }
        Response::DeleteRecords(deleted) => {
            let found = deleted.iter().find(|deleted| deleted.partition == *wanted)?;
            (found.error, Response::DeleteRecords(vec![found.clone()]))
        }
        _ => return None,
    })
}

/// One answer from those of all parts, in their order.
pub fn merge(request: &Request, answers: Vec<Response>) -> Response {
    macro_rules! joined {
        ($api:ident) => {{
            let mut all = Vec::new();
            for answer in answers {
                if let Response::$api(mut some) = answer {
                    all.append(&mut some);
                }
            }
            Response::$api(all)
        }};
    }
    match request {
        Request::ListOffsets(_) => {
            let mut partitions = Vec::new();
            for answer in answers {
                if let Response::ListOffsets(mut offsets) = answer {
                    partitions.append(&mut offsets.partitions);
                }
            }
            Response::ListOffsets(ListOffsetsResponse { partitions })
        }
        Request::DeleteRecords(_) => joined!(DeleteRecords),
        Request::Metadata(_) => match answers.into_iter().next() {
            Some(Response::DescribeCluster(Ok(described))) => Response::Metadata(described.into()),
            Some(other) => other,
            None => Response::Envelope(ErrorCode::UnknownServerError),
        },
        Request::DescribeLogDirs(_) => joined!(DescribeLogDirs),
        Request::DescribeGroups(_) => joined!(DescribeGroups),
        Request::DeleteGroups(_) => joined!(DeleteGroups),
        Request::DescribeConfigs(_) => joined!(DescribeConfigs),
        Request::IncrementalAlterConfigs(_) => joined!(IncrementalAlterConfigs),
        Request::DescribeTransactions(_) => joined!(DescribeTransactions),
        Request::DescribeProducers(_) => joined!(DescribeProducers),
        Request::ListTransactions(_) => {
            let mut all = Vec::new();
            for answer in answers {
                match answer {
                    Response::ListTransactions(Ok(mut listed)) => all.append(&mut listed),
                    other => return other,
                }
            }
            Response::ListTransactions(Ok(all))
        }
        Request::ListGroups(()) => Response::ListGroups(merge_groups(answers)),
        // A call of one part; the last case is a call that was cut into none.
        _ => answers.into_iter().next().unwrap_or(Response::Heartbeat(ErrorCode::UnknownServerError)),
    }
}

/// The groups of every broker, brokers by id and groups by name.
fn merge_groups(answers: Vec<Response>) -> Result<Vec<ListedGroup>, ErrorCode> {
    let mut all = Vec::new();
    for answer in answers {
        if let Response::ListGroups(groups) = answer {
            let mut groups = groups?;
            crate::sorted::sort_by(&mut groups, |a, b| a.group.cmp(&b.group));
            all.append(&mut groups);
        }
    }
    Ok(all)
}

/// The error in an answer for which the same question is worth asking again.
fn retriable_error(body: &Response) -> Option<ErrorCode> {
    let error = match body {
        Response::Envelope(error) => return Some(*error),
        Response::DescribeShareGroupOffsets(answer)
        | Response::AlterShareGroupOffsets(answer)
        | Response::DeleteShareGroupOffsets(answer) => answer.error.as_ref()?.0,
        Response::DescribeGroups(groups) => groups.first()?.error,
        Response::DeleteGroups(groups) => groups.first()?.1,
        Response::ListGroups(Err(error)) | Response::InitProducerId(Err(error)) => *error,
        Response::ListTransactions(Err(error)) => *error,
        Response::DescribeTransactions(described) => described.first()?.error,
        Response::DescribeProducers(described) => *described.first()?.1.as_ref().err()?,
        Response::WriteTxnMarkers(written) => written.first()?.1,
        Response::OffsetFetch(answer) => answer.error,
        Response::OffsetDelete(answer) => answer.error,
        Response::OffsetCommit(OffsetCommitResponse { partitions }) => partitions.first()?.1,
        Response::AlterClientQuotas(Err(error))
        | Response::AlterUserScramCredentials(Err(error))
        | Response::UpdateFeatures(Err(error))
        | Response::UnregisterBroker(Err(error))
        | Response::AddRaftVoter(Err(error))
        | Response::RemoveRaftVoter(Err(error)) => error.0,
        Response::IncrementalAlterConfigs(results) => results.first()?.1.as_ref().err()?.0,
        Response::CreateTopics(answer) => answer.topics.first()?.1.as_ref().err()?.0,
        Response::DeleteTopics(answer) | Response::CreatePartitions(answer) => {
            answer.topics.first()?.1.as_ref().err()?.0
        }
        _ => return None,
    };
    match body {
        // Only a wrong controller is worth another attempt; everything else is the answer.
        Response::AddRaftVoter(_)
        | Response::CreateTopics(_)
        | Response::DeleteTopics(_)
        | Response::CreatePartitions(_)
        | Response::IncrementalAlterConfigs(_) => (error == ErrorCode::NotController).then_some(error),
        // A topic unknown to the coordinator stays unknown.
        Response::OffsetCommit(_) if error == ErrorCode::UnknownTopicOrPartition => None,
        _ => error.is_retriable().then_some(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{GroupKind, GroupState};

    fn group(name: &str) -> ListedGroup {
        let (kind, state) = (GroupKind::Classic, GroupState::Empty);
        ListedGroup { group: name.into(), kind, protocol_type: String::new(), state }
    }

    #[test]
    fn groups_are_listed_broker_by_broker() {
        let answers = [vec![group("b"), group("a")], vec![group("A")]];
        let answers = answers.map(|groups| Response::ListGroups(Ok(groups)));
        let merged = merge(&Request::ListGroups(()), answers.to_vec());
        assert_eq!(merged, Response::ListGroups(Ok(vec![group("a"), group("b"), group("A")])));
    }

    #[test]
    fn only_errors_that_pass_are_asked_about_again() {
        let loading = Response::ListGroups(Err(ErrorCode::CoordinatorLoadInProgress));
        assert_eq!(retriable_error(&loading), Some(ErrorCode::CoordinatorLoadInProgress));
        assert_eq!(
            retriable_error(&Response::DeleteGroups(vec![("g".into(), ErrorCode::NonEmptyGroup)])),
            None
        );
    }
}
