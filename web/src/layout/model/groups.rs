//! Groups: the head of each column, and what changed hands in the last rebalance.

use super::StageModel;
use kafkascope_core::node::{SimTime, Span};
use kafkascope_core::protocol::TopicPartition;
use kafkascope_core::view::GroupView;

/// Head of a group's column.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupHead {
    /// Its name.
    pub name: String,
    /// Its state and members, as `stable · 3 members`.
    pub about: String,
    /// Whether a rebalance is under way.
    pub rebalances: bool,
    /// Its generation when it was last stable.
    pub generation: i32,
    /// Who owned what then.
    pub owners: Vec<(TopicPartition, String)>,
    /// What changed hands in the last rebalance.
    pub moved: Option<Moved>,
}

/// What a rebalance moved.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// When it was seen.
    pub at: SimTime,
    /// Into which generation.
    pub generation: i32,
    /// Partition, its owner before, and its owner now.
    pub what: Vec<(TopicPartition, Option<String>, Option<String>)>,
}

/// How long it stays in sight what a rebalance moved.
const IN_SIGHT: Span = Span::secs(8);

/// The heads of groups; what changed hands is found by comparing with the heads before.
pub(super) fn heads(now: SimTime, groups: &[&GroupView], before: Option<&StageModel>) -> Vec<GroupHead> {
    let mut heads = Vec::new();
    for group in groups {
        let old = before.and_then(|before| before.groups.iter().find(|head| head.name == group.group));
        heads.push(head(now, group, old));
    }
    heads
}

fn head(now: SimTime, group: &GroupView, old: Option<&GroupHead>) -> GroupHead {
    let members = group.members.len();
    let state = match group.state.name() {
        _ if group.coordinator.is_none() => "no coordinator",
        "Stable" => "stable",
        "Empty" => "empty",
        "Dead" => "gone",
        _ => "rebalancing",
    };
    let plural = if members == 1 { "member" } else { "members" };
    let idle = group.members.iter().filter(|member| member.assignment.is_empty()).count();
    let idle = if state == "stable" && idle > 0 { format!(", {idle} idle") } else { String::new() };
    let mut head = GroupHead {
        name: group.group.clone(),
        about: format!("{state} · {members} {plural}{idle}"),
        rebalances: state == "rebalancing",
        generation: group.generation,
        owners: Vec::new(),
        moved: None,
    };
    match old {
        // Amid a rebalance nobody knows yet what will have moved.
        Some(old) if state != "stable" && state != "empty" || old.generation == group.generation => {
            head.generation = old.generation;
            head.owners.clone_from(&old.owners);
            head.moved.clone_from(&old.moved);
            if old.generation == group.generation && state == "stable" {
                head.owners = owners(group);
            }
        }
        Some(old) => {
            head.owners = owners(group);
            let what = differences(&old.owners, &head.owners);
            head.moved = Some(Moved { at: now, generation: group.generation, what });
        }
        None => head.owners = owners(group),
    }
    head
}

/// What all members own, by partition.
fn owners(group: &GroupView) -> Vec<(TopicPartition, String)> {
    let mut all = Vec::new();
    for member in &group.members {
        for tp in &member.assignment {
            all.push((tp.clone(), member.client_id.clone()));
        }
    }
    kafkascope_core::sorted::sort(&mut all);
    all
}

fn differences(
    before: &[(TopicPartition, String)],
    now: &[(TopicPartition, String)],
) -> Vec<(TopicPartition, Option<String>, Option<String>)> {
    let owner = |all: &[(TopicPartition, String)], tp: &TopicPartition| {
        all.iter().find(|(other, _)| other == tp).map(|(_, name)| name.clone())
    };
    let mut what = Vec::new();
    for (tp, name) in now {
        let from = owner(before, tp);
        if from.as_ref() != Some(name) {
            what.push((tp.clone(), from, Some(name.clone())));
        }
    }
    for (tp, name) in before {
        if owner(now, tp).is_none() {
            what.push((tp.clone(), Some(name.clone()), None));
        }
    }
    what
}

impl GroupHead {
    /// Who owned a partition before the rebalance that has just ended, if it changed hands; an empty name for nobody.
    #[must_use]
    pub fn moved_from(&self, tp: &TopicPartition, now: SimTime) -> Option<String> {
        let moved = self.moved.as_ref().filter(|moved| now.since(moved.at).0 < IN_SIGHT.0)?;
        let (_, from, _) = moved.what.iter().find(|(other, _, _)| other == tp)?;
        Some(from.clone().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kafkascope_core::protocol::GroupState;
    use kafkascope_core::sorted::SortedMap;
    use kafkascope_core::view::MemberView;

    fn tp(partition: i32) -> TopicPartition {
        TopicPartition::new("orders", partition)
    }

    fn group(state: GroupState, generation: i32, shares: &[(&str, &[i32])]) -> GroupView {
        let member = |(name, share): &(&str, &[i32])| MemberView {
            member_id: (*name).to_owned(),
            client_id: (*name).to_owned(),
            client: None,
            assignment: share.iter().map(|n| tp(*n)).collect(),
        };
        GroupView {
            group: "g".to_owned(),
            state,
            generation,
            protocol: String::new(),
            coordinator: Some(101),
            members: shares.iter().map(member).collect(),
            committed: SortedMap::new(),
        }
    }

    #[test]
    fn what_changed_hands_is_known_once_the_group_is_stable_again() {
        let at = SimTime(5_000_000);
        let first = head(at, &group(GroupState::Stable, 1, &[("a", &[0, 1]), ("b", &[2])]), None);
        assert_eq!(first.moved, None, "there was nothing before");
        let during =
            head(at, &group(GroupState::PreparingRebalance, 1, &[("a", &[]), ("b", &[])]), Some(&first));
        assert_eq!((during.owners.len(), during.moved), (3, None));
        let after = head(at, &group(GroupState::Stable, 2, &[("b", &[1, 2, 3])]), Some(&first));
        let moved = after.moved.as_ref().map(|moved| moved.what.clone()).unwrap_or_default();
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(
            moved,
            [(tp(1), name("a"), name("b")), (tp(3), None, name("b")), (tp(0), name("a"), None)]
        );
        assert_eq!(after.moved_from(&tp(1), at), name("a"));
        assert_eq!(after.moved_from(&tp(2), at), None, "it stayed");
        assert_eq!(after.moved_from(&tp(1), at + Span::secs(60)), None, "that was long ago");
    }
}
