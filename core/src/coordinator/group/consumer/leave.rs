//! Members that go, are thrown out or stay away; expressions; what is due because time passes.

use super::super::group_state::Group;
use super::super::shard::Step;
use super::super::{GroupConfig, Topics};
use super::heartbeat::{Refused, farewell, refused, setting, whole};
use super::share::share_setting;
use super::{ConsumerRecord, Held, MemberState, Wishes};
use crate::node::{SimTime, Span};
use crate::protocol::{ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, ErrorCode, TopicName};

/// How often topics are matched with expressions again, at most.
const REGEX_PAUSE: Span = Span::secs(10);

impl Group {
    /// The last heartbeat: epoch -1 for good, -2 for a static member that means to come back.
    pub(super) fn say_goodbye(
        &mut self,
        step: &mut Step<'_>,
        topics: &dyn Topics,
        request: &ConsumerGroupHeartbeatRequest,
    ) -> Result<ConsumerGroupHeartbeatResponse, Refused> {
        let Some(modern) = self.modern.as_deref() else { return Err((ErrorCode::GroupIdNotFound, None)) };
        let id = &request.member_id;
        let member = match request.instance_id.as_deref() {
            None => modern.members.get(id),
            Some(instance) => {
                let known = modern.static_member(instance);
                let known = known.ok_or_else(|| {
                    refused(ErrorCode::UnknownMemberId, format!("Instance id {instance} is unknown."))
                })?;
                if known.member_id != *id {
                    return Err((ErrorCode::FencedInstanceId, None));
                }
                Some(known)
            }
        };
        let Some(mut member) = member.cloned() else {
            let why = format!("Member {id} is not a member of group {}.", self.id);
            return Err(refused(ErrorCode::UnknownMemberId, why));
        };
        let name = member.wishes.client_id.clone();
        if request.member_epoch == -2 {
            member.epoch = -2;
            member.revoking = Held::new();
            member.assigned.iter_mut().for_each(|(_, epoch)| *epoch = 0);
            self.note(step, ConsumerRecord::standing(&member));
            self.tell_modern(step, format!("{name} is away, and its static name keeps its partitions"));
        } else {
            self.fence(step, topics, std::slice::from_ref(id), &format!("{name} left"));
        }
        Ok(farewell(id, request.member_epoch))
    }

    /// Records that say that a member is gone.
    pub(super) fn forget_member(&mut self, step: &mut Step<'_>, id: &str) {
        let has_target = self.modern.as_deref().is_some_and(|modern| modern.targets.contains_key(id));
        self.note(step, ConsumerRecord::Current(id.to_owned(), None));
        if has_target {
            self.note(step, ConsumerRecord::Target(id.to_owned(), None));
        }
        self.note(step, ConsumerRecord::Member(id.to_owned(), None));
    }

    /// Members are out: what they owned is free, and a new target is needed. If only members of the classic protocol
    /// are left, the group is a classic one again.
    pub(super) fn fence(&mut self, step: &mut Step<'_>, topics: &dyn Topics, ids: &[String], why: &str) {
        let Some(modern) = self.modern.as_deref() else { return };
        let (mut rest, mut new) = (0, 0);
        for member in modern.members.values().filter(|member| !ids.contains(&member.member_id)) {
            rest += 1;
            new += i32::from(member.wishes.classic.is_none());
        }
        for id in ids {
            self.forget_member(step, id);
        }
        if rest > 0 && new == 0 && step.config.downgrades {
            return self.become_classic_group(step, topics, why);
        }
        let Some(modern) = self.modern.as_deref() else { return };
        let mut unused: Vec<String> = modern.regexes.keys().cloned().collect();
        unused.retain(|regex| modern.members.values().all(|m| m.wishes.regex.as_ref() != Some(regex)));
        for regex in unused {
            self.note(step, ConsumerRecord::Regex(regex, None));
        }
        self.raise_epoch(step, topics, true, why);
    }

    /// Sees whether expressions must be matched with the topics: a new one soon, others now and then.
    pub(super) fn look_at_expressions(
        &mut self,
        step: &mut Step<'_>,
        topics: &dyn Topics,
        wishes: &Wishes,
        changed: bool,
    ) {
        let Some(modern) = self.modern.as_deref_mut() else { return };
        let used = |regex: &String| modern.members.values().any(|m| m.wishes.regex.as_ref() == Some(regex));
        let unused: Vec<String> = modern.regexes.keys().filter(|regex| !used(regex)).cloned().collect();
        let is_new =
            changed && wishes.regex.as_ref().is_some_and(|regex| !modern.regexes.contains_key(regex));
        let any = !modern.regexes.is_empty() || is_new;
        if is_new {
            modern.regex_due = Some(step.now);
        } else if any && modern.regex_due.is_some_and(|at| at <= step.now) {
            self.match_topics(step, topics);
        }
        for regex in unused {
            self.note(step, ConsumerRecord::Regex(regex, None));
        }
    }

    /// Matches topics with expressions; the group's epoch rises if another set of topics came out.
    fn match_topics(&mut self, step: &mut Step<'_>, topics: &dyn Topics) {
        let Some(modern) = self.modern.as_deref_mut() else { return };
        modern.regex_due = Some(step.now + REGEX_PAUSE);
        let mut records = Vec::new();
        let names = topics.names();
        for regex in modern.members.values().filter_map(|member| member.wishes.regex.as_ref()) {
            let Some(pattern) = whole(regex) else { continue };
            let mut found: Vec<TopicName> = names.clone();
            found.retain(|name| pattern.is_match(name));
            let is_known =
                |record: &ConsumerRecord| matches!(record, ConsumerRecord::Regex(other, _) if other == regex);
            if modern.regexes.get(regex) != Some(&found) && !records.iter().any(is_known) {
                records.push(ConsumerRecord::Regex(regex.clone(), Some((found, step.now.wall_ms()))));
            }
        }
        if records.is_empty() {
            return;
        }
        for record in records {
            self.note(step, record);
        }
        self.raise_epoch(step, topics, true, "other topics match what members ask for");
    }

    /// The log was replayed by a new coordinator: every member gets a whole session to be heard of.
    pub(in super::super) fn modern_loaded(
        &mut self,
        now: SimTime,
        config: &GroupConfig,
        topics: &dyn Topics,
    ) {
        let is_share = self.is_share_group();
        let setting = if is_share { share_setting } else { setting };
        let session = setting(config, topics, &self.id, "session.timeout.ms");
        let Some(modern) = self.modern.as_deref_mut() else { return };
        for member in modern.members.values_mut() {
            let classic = member.wishes.classic.as_ref().map(|(session, _)| i64::from(*session));
            let patience = Span::from_config_ms(classic.unwrap_or(session));
            member.expires = Some(now + patience);
            if member.state == MemberState::UnrevokedPartitions {
                let patience = Span::from_config_ms(member.wishes.rebalance_timeout_ms.into());
                member.rebalance_by = Some(now + patience);
            }
        }
    }

    /// When something is due that no member will bring about.
    pub(in super::super) fn modern_deadline(&self) -> Option<SimTime> {
        let modern = self.modern.as_deref()?;
        let members = modern.members.values().flat_map(|member| [member.expires, member.rebalance_by]);
        // Expressions that are known already are looked at when a member is heard of.
        let new = modern.members.values().filter_map(|member| member.wishes.regex.as_ref());
        let mut new = new.filter(|regex| !modern.regexes.contains_key(*regex));
        let regex = modern.regex_due.filter(|_| new.next().is_some());
        members.flatten().chain(regex).min()
    }

    pub(in super::super) fn modern_due(&mut self, step: &mut Step<'_>, topics: &dyn Topics) {
        let Some(modern) = self.modern.as_deref() else { return };
        let is_due = |at: Option<SimTime>| at.is_some_and(|at| at <= step.now);
        let (mut silent, mut late) = (None, None);
        for member in modern.members.values() {
            let gone = (member.member_id.clone(), member.wishes.client_id.clone());
            if is_due(member.expires) {
                silent = Some((gone, member.wishes.classic.as_ref().map(|(session, _)| *session)));
            } else if is_due(member.rebalance_by) {
                late = Some((gone, member.wishes.classic.is_some(), member.wishes.rebalance_timeout_ms));
            }
        }
        let regexes_due = is_due(modern.regex_due);
        if let Some(((id, name), classic)) = silent {
            let (what, patience) = match classic {
                Some(session) => ("session.timeout.ms", session.into()),
                None if self.is_share_group() => {
                    let own = topics.group_setting(&self.id, "share.session.timeout.ms").is_some();
                    let what =
                        if own { "share.session.timeout.ms" } else { "group.share.session.timeout.ms" };
                    (what, share_setting(step.config, topics, &self.id, "session.timeout.ms"))
                }
                None if topics.group_setting(&self.id, "consumer.session.timeout.ms").is_some() => (
                    "consumer.session.timeout.ms",
                    setting(step.config, topics, &self.id, "session.timeout.ms"),
                ),
                None => ("group.consumer.session.timeout.ms", step.config.consumer_session_timeout_ms.into()),
            };
            step.out.setting = Some(format!("{what}={patience}"));
            self.fence(step, topics, &[id], &format!("{name} was not heard of for {} s", patience / 1_000));
            return self.modern_due(step, topics);
        }
        if let Some(((id, name), is_classic, timeout)) = late {
            let what = if is_classic { "join again" } else { "give up its partitions" };
            step.out.setting = Some(format!("max.poll.interval.ms={timeout}"));
            self.fence(step, topics, &[id], &format!("{name} did not {what} in {} s", timeout / 1_000));
            return self.modern_due(step, topics);
        }
        let new = modern_has_new_regex(self);
        if regexes_due && new {
            self.match_topics(step, topics);
        }
    }
}

fn modern_has_new_regex(group: &Group) -> bool {
    let Some(modern) = group.modern.as_deref() else { return false };
    let mut asked = modern.members.values().filter_map(|member| member.wishes.regex.as_ref());
    asked.any(|regex| !modern.regexes.contains_key(regex))
}
