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
    /// Who owned what when it was last stable.
    pub shares: Shares,
}

/// The shares of a generation.
#[derive(Clone, Debug, PartialEq)]
pub struct Shares {
    /// The generation.
    pub generation: i32,
    /// Who owned what.
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

/// Groups in the order of their columns: who was there keeps its place and its colour, new ones come after.
pub(super) fn ordered<'a>(all: &'a [GroupView], before: Option<&StageModel>) -> Vec<&'a GroupView> {
    let mut ordered: Vec<&GroupView> = Vec::new();
    if let Some(before) = before {
        for name in before.names.iter().chain(&before.other_groups) {
            ordered.extend(all.iter().find(|group| group.group == *name));
        }
    }
    let known = ordered.len();
    for group in all {
        if !ordered.iter().take(known).any(|old| old.group == group.group) {
            ordered.push(group);
        }
    }
    ordered
}

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
    let shares = Shares { generation: group.generation, owners: owners(group), moved: None };
    GroupHead {
        name: group.group.clone(),
        about: format!("{state} · {members} {plural}{idle}"),
        rebalances: state == "rebalancing",
        shares: shares.after(now, matches!(state, "stable" | "empty"), old.map(|old| &old.shares)),
    }
}

impl Shares {
    /// What is known, if that was known before. Amid a rebalance nobody knows yet what will have moved.
    fn after(mut self, now: SimTime, settled: bool, old: Option<&Shares>) -> Shares {
        let Some(old) = old else { return self };
        if !settled {
            return old.clone();
        }
        if old.generation == self.generation {
            self.moved.clone_from(&old.moved);
        } else {
            let what = differences(&old.owners, &self.owners);
            self.moved = Some(Moved { at: now, generation: self.generation, what });
        }
        self
    }
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
        let moved = self.shares.moved.as_ref().filter(|moved| now.since(moved.at).0 < IN_SIGHT.0)?;
        let (_, from, _) = moved.what.iter().find(|(other, _, _)| other == tp)?;
        Some(from.clone().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::Shared;
    use kafkascope_core::protocol::{GroupKind, GroupState};
    use kafkascope_core::sorted::SortedMap;

    fn tp(partition: i32) -> TopicPartition {
        TopicPartition::new("orders", partition)
    }

    fn shares(generation: i32, owners: &[(i32, &str)]) -> Shares {
        let owners = owners.iter().map(|(partition, name)| (tp(*partition), (*name).to_owned())).collect();
        Shares { generation, owners, moved: None }
    }

    #[test]
    fn a_new_group_comes_after_those_that_have_a_place() {
        let group = |name: &str| GroupView {
            group: name.to_owned(),
            state: GroupState::Stable,
            kind: GroupKind::Classic,
            generation: 1,
            target_epoch: None,
            protocol: String::new(),
            leader: None,
            coordinator: None,
            members: Vec::new(),
            committed: SortedMap::new(),
            shared: SortedMap::new(),
        };
        let names = |all: Vec<&GroupView>| all.iter().map(|it| it.group.clone()).collect::<Vec<_>>();
        let first = [group("b"), group("c")];
        assert_eq!(names(ordered(&first, None)), ["b", "c"]);
        let before = StageModel {
            names: Shared::new(vec!["b".to_owned()]),
            other_groups: vec!["c".to_owned()],
            ..StageModel::default()
        };
        assert_eq!(names(ordered(&[group("a"), group("b"), group("c")], Some(&before))), ["b", "c", "a"]);
        assert_eq!(names(ordered(&[group("a"), group("c")], Some(&before))), ["c", "a"], "one is gone");
    }

    #[test]
    fn what_changed_hands_is_known_once_the_group_is_stable_again() {
        let at = SimTime(5_000_000);
        let first = shares(1, &[(0, "a"), (1, "a"), (2, "b")]).after(at, true, None);
        assert_eq!(first.moved, None, "there was nothing before");
        let during = shares(2, &[]).after(at, false, Some(&first));
        assert_eq!(during, first);
        let after = shares(2, &[(1, "b"), (2, "b"), (3, "b")]).after(at, true, Some(&during));
        let moved = after.moved.as_ref().map(|moved| moved.what.clone()).unwrap_or_default();
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(
            moved,
            [(tp(1), name("a"), name("b")), (tp(3), None, name("b")), (tp(0), name("a"), None)]
        );
        let head = GroupHead { name: "g".to_owned(), about: String::new(), rebalances: false, shares: after };
        assert_eq!(head.moved_from(&tp(1), at), name("a"));
        assert_eq!(head.moved_from(&tp(2), at), None, "it stayed");
        assert_eq!(head.moved_from(&tp(1), at + Span::secs(60)), None, "that was long ago");
    }
}
