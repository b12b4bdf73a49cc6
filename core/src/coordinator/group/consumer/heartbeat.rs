//! ConsumerGroupHeartbeat: the one request of the new protocol.

use super::super::assignor::Assignors;
use super::super::group_state::Group;
use super::super::shard::{Shard, Step};
use super::super::{GroupConfig, ReplyTo, Topics};
use super::{ConsumerMember, ConsumerRecord, MemberState, Wishes};
use crate::node::{NodeId, Span};
use crate::protocol::{
    ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, ErrorCode, GroupState, Record, Response,
    TopicName, Uuid,
};

/// Why a heartbeat is refused: the error, and Kafka's sentence where it has one of its own.
pub(super) type Refused = (ErrorCode, Option<String>);

pub(super) fn refused(error: ErrorCode, why: impl Into<String>) -> Refused {
    (error, Some(why.into()))
}

/// An answer that carries an error.
#[must_use]
pub fn refusal(error: ErrorCode, message: Option<String>) -> Response {
    Response::ConsumerGroupHeartbeat(ConsumerGroupHeartbeatResponse {
        error,
        message,
        member_id: String::new(),
        member_epoch: 0,
        heartbeat_interval_ms: 0,
        assignment: None,
    })
}

impl Shard {
    pub(in super::super) fn consumer_heartbeat(
        &mut self,
        step: &mut Step<'_>,
        topics: &dyn Topics,
        from: ReplyTo,
        request: &ConsumerGroupHeartbeatRequest,
    ) {
        let done =
            check(request, topics.assignors()).and_then(|()| self.beat(step, topics, from.node, request));
        let response = match done {
            Ok(response) => Response::ConsumerGroupHeartbeat(response),
            Err((error, message)) => refusal(error, message),
        };
        step.reply(from, response);
    }

    fn beat(
        &mut self,
        step: &mut Step<'_>,
        topics: &dyn Topics,
        node: NodeId,
        request: &ConsumerGroupHeartbeatRequest,
    ) -> Result<ConsumerGroupHeartbeatResponse, Refused> {
        let id = &request.group;
        if request.member_epoch == 0 {
            self.group(id).become_consumer_group(step, topics)?;
        }
        let group = self.groups.get_mut(id);
        let group =
            group.ok_or_else(|| refused(ErrorCode::GroupIdNotFound, format!("Group {id} not found.")))?;
        if group.modern.is_none() || group.is_share_group() {
            return Err(refused(ErrorCode::GroupIdNotFound, format!("Group {id} is not a consumer group.")));
        }
        if request.member_epoch < 0 {
            return group.say_goodbye(step, topics, request);
        }
        group.hear(step, topics, node, request)
    }
}

/// What every heartbeat, that of share groups too, must name.
pub(super) fn check_names(group: &str, member_id: &str) -> Result<(), Refused> {
    let invalid = |why: &str| Err(refused(ErrorCode::InvalidRequest, why));
    if group.is_empty() {
        return invalid("GroupId can't be empty.");
    }
    if member_id.is_empty() {
        return invalid("MemberId can't be empty.");
    }
    Ok(())
}

/// What the answer to a member says that is where it shall be; `tells` says whether it hears what it has.
pub(super) fn welcome(
    member: &ConsumerMember,
    interval_ms: i64,
    tells: bool,
) -> ConsumerGroupHeartbeatResponse {
    ConsumerGroupHeartbeatResponse {
        error: ErrorCode::None,
        message: None,
        member_id: member.member_id.clone(),
        member_epoch: member.epoch,
        heartbeat_interval_ms: i32::try_from(interval_ms).unwrap_or(i32::MAX),
        assignment: tells.then(|| member.assigned.keys().copied().collect()),
    }
}

/// The answer to a member that leaves.
pub(super) fn farewell(member_id: &str, member_epoch: i32) -> ConsumerGroupHeartbeatResponse {
    ConsumerGroupHeartbeatResponse {
        error: ErrorCode::None,
        message: None,
        member_id: member_id.to_owned(),
        member_epoch,
        heartbeat_interval_ms: 0,
        assignment: None,
    }
}

/// What every request must look like.
fn check(request: &ConsumerGroupHeartbeatRequest, names: Assignors) -> Result<(), Refused> {
    let invalid = |why: &str| Err(refused(ErrorCode::InvalidRequest, why));
    check_names(&request.group, &request.member_id)?;
    if request.member_epoch == 0 {
        if request.rebalance_timeout_ms < 0 {
            return invalid("RebalanceTimeoutMs must be provided in first request.");
        }
        if request.owned.as_ref().is_none_or(|owned| !owned.is_empty()) {
            return invalid("TopicPartitions must be empty when (re-)joining.");
        }
        if request.topics.is_none() && request.regex.is_none() {
            return invalid(
                "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.",
            );
        }
    }
    if request.member_epoch == -2 && request.instance_id.is_none() {
        return invalid("InstanceId can't be null.");
    }
    match &request.server_assignor {
        Some(name) if !names.contains(&name.as_str()) => {
            let known = names.join(", ");
            let why = format!("ServerAssignor {name} is not supported. Supported assignors: {known}.");
            Err(refused(ErrorCode::UnsupportedAssignor, why))
        }
        _ => match request.regex.as_deref().map(whole) {
            Some(None) => {
                let regex = request.regex.as_deref().unwrap_or_default();
                let why = format!("SubscribedTopicRegex `{regex}` is not a valid regular expression.");
                Err(refused(ErrorCode::InvalidRegularExpression, why))
            }
            _ => Ok(()),
        },
    }
}

/// An expression that must match whole names.
pub(super) fn whole(regex: &str) -> Option<regex_lite::Regex> {
    regex_lite::Regex::new(&format!("^(?:{regex})$")).ok()
}

impl Group {
    fn hear(
        &mut self,
        step: &mut Step<'_>,
        topics: &dyn Topics,
        node: NodeId,
        request: &ConsumerGroupHeartbeatRequest,
    ) -> Result<ConsumerGroupHeartbeatResponse, Refused> {
        let joins = request.member_epoch == 0;
        let instance = request.instance_id.as_deref();
        self.admit_consumer(step, &request.member_id, instance, request.member_epoch, &request.owned, false)?;
        let Some(modern) = self.modern.as_deref() else { return Err((ErrorCode::GroupIdNotFound, None)) };
        let before = modern.members.get(&request.member_id).cloned();
        let before = before.unwrap_or_else(|| ConsumerMember::new(&request.member_id));
        let wishes = wishes_after(&before.wishes, request);
        let is_full = request.rebalance_timeout_ms >= 0
            && (request.topics.is_some() || request.regex.is_some())
            && request.owned.is_some();
        let member = self.move_on(step, topics, &before, wishes, request.owned.as_deref());
        let session = setting(step.config, topics, &self.id, "session.timeout.ms");
        let interval = setting(step.config, topics, &self.id, "heartbeat.interval.ms");
        if let Some(known) = self.consumer_member(&request.member_id) {
            known.node = Some(node);
            known.expires = Some(step.now + Span::from_config_ms(session));
            if known.state != MemberState::UnrevokedPartitions {
                known.rebalance_by = None;
            }
        }
        let changed = joins || is_full || !before.assigned.keys().eq(member.assigned.keys());
        Ok(welcome(&member, interval, changed))
    }

    pub(super) fn consumer_member(&mut self, id: &str) -> Option<&mut ConsumerMember> {
        self.modern.as_deref_mut()?.members.get_mut(id)
    }

    /// Whether this member may speak in this epoch. Somebody new is let in by the first record about it; a static
    /// member that comes back takes its old place.
    pub(super) fn admit_consumer(
        &mut self,
        step: &mut Step<'_>,
        member_id: &str,
        instance: Option<&str>,
        epoch: i32,
        owned: &Option<Vec<(Uuid, i32)>>,
        is_classic: bool,
    ) -> Result<(), Refused> {
        let Some(modern) = self.modern.as_deref() else { return Err((ErrorCode::UnknownMemberId, None)) };
        let most = usize::try_from(step.config.consumer_max_size).unwrap_or(usize::MAX);
        let (known, joins) = (modern.members.get(member_id), epoch == 0);
        if known.is_none() && joins && modern.members.len() >= most {
            let why = format!("The consumer group has reached its maximum capacity of {most} members.");
            return Err(refused(ErrorCode::GroupMaxSizeReached, why));
        }
        let Some(instance) = instance else {
            return match known {
                None if joins => Ok(()),
                None => Err(self.no_member(member_id)),
                Some(_) if is_classic => Ok(()),
                Some(member) => check_epoch(member, epoch, owned.as_deref()),
            };
        };
        let Some(old) = modern.static_member(instance).cloned() else {
            if joins {
                return Ok(());
            }
            let why = format!("Instance id {instance} is unknown.");
            return Err(refused(ErrorCode::UnknownMemberId, why));
        };
        if !joins {
            if old.member_id != member_id {
                let why = format!(
                    "Static member {member_id} with instance id {instance} was fenced by member {}.",
                    old.member_id
                );
                return Err(refused(ErrorCode::FencedInstanceId, why));
            }
            return if is_classic { Ok(()) } else { check_epoch(&old, epoch, owned.as_deref()) };
        }
        if !is_classic && old.wishes.classic.is_none() && old.epoch != -2 {
            let why = format!(
                "Static member {member_id} with instance id {instance} cannot join the group because the instance id is owned by {} member.",
                old.member_id
            );
            return Err(refused(ErrorCode::UnreleasedInstanceId, why));
        }
        self.replace_consumer(step, old, member_id);
        Ok(())
    }

    fn no_member(&self, member_id: &str) -> Refused {
        let why = format!("Member {member_id} is not a member of group {}.", self.id);
        refused(ErrorCode::UnknownMemberId, why)
    }

    /// A static member is back as another process: nothing changes but its id.
    fn replace_consumer(&mut self, step: &mut Step<'_>, old: ConsumerMember, member_id: &str) {
        let target = self.modern.as_deref().and_then(|modern| modern.targets.get(&old.member_id).cloned());
        self.forget_member(step, &old.member_id);
        let name = old.wishes.client_id.clone();
        let new = ConsumerMember { member_id: member_id.to_owned(), epoch: 0, previous_epoch: 0, ..old };
        let wishes = Some(Box::new(new.wishes.clone()));
        self.note(step, ConsumerRecord::Member(member_id.to_owned(), wishes));
        self.note(step, ConsumerRecord::Target(member_id.to_owned(), target));
        self.note(step, ConsumerRecord::standing(&new));
        self.tell_modern(step, format!("{name} came back under its static name"));
    }

    /// A member's wishes are noted, the group's epoch and targets follow, and the member takes its next step.
    pub(super) fn move_on(
        &mut self,
        step: &mut Step<'_>,
        topics: &dyn Topics,
        before: &ConsumerMember,
        wishes: Wishes,
        owned: Option<&[(Uuid, i32)]>,
    ) -> ConsumerMember {
        let id = before.member_id.clone();
        let is_new = self.consumer_member(&id).is_none();
        let regex_changed = wishes.regex != before.wishes.regex;
        let wants_other = is_new || wishes.topics != before.wishes.topics;
        let why = match (is_new, wants_other || regex_changed) {
            (true, _) => format!("{} joined", wishes.client_id),
            (false, true) => format!("{} changed its subscription", wishes.client_id),
            (false, false) => "its topics changed".to_owned(),
        };
        if is_new || wishes != before.wishes {
            self.note(step, ConsumerRecord::Member(id.clone(), Some(Box::new(wishes.clone()))));
        }
        self.look_at_expressions(step, topics, &wishes, regex_changed);
        let resolved = wishes.regex.as_ref().is_none_or(|regex| {
            self.modern.as_deref().is_some_and(|modern| modern.regexes.contains_key(regex))
        });
        // An expression is looked up later; only then does it count.
        let counts = wants_other && !wishes.topics.is_empty() || regex_changed && resolved;
        self.raise_epoch(step, topics, counts || wants_other && wishes.regex.is_none(), &why);
        self.make_targets(step, topics);
        let Some(modern) = self.modern.as_deref() else { return before.clone() };
        let Some(member) = modern.members.get(&id).cloned() else { return before.clone() };
        let standing = member.clone();
        let target = modern.targets.get(&id).cloned().unwrap_or_default();
        let id_of = |topic: &TopicName| topics.topic_id(topic);
        let changed = (wants_other || regex_changed) && !is_new;
        let next = modern.reconciled(member, &target, &id_of, owned, changed);
        if next.standing() != standing.standing() || is_new {
            self.note(step, ConsumerRecord::standing(&next));
            if next.state == MemberState::UnrevokedPartitions && next.wishes.classic.is_none() {
                let patience = Span::from_config_ms(next.wishes.rebalance_timeout_ms.into());
                if let Some(member) = self.consumer_member(&id) {
                    member.rebalance_by = Some(step.now + patience);
                }
            }
            self.tell_step(step, &standing, &next);
        }
        next
    }

    /// The group's epoch rises if there is a reason, or if topics came, went or grew.
    pub(super) fn raise_epoch(&mut self, step: &mut Step<'_>, topics: &dyn Topics, must: bool, why: &str) {
        let Some(modern) = self.modern.as_deref() else { return };
        if must || modern.is_outdated(topics) {
            let record = modern.next_epoch(topics);
            self.note(step, record);
            self.tell_modern(step, why);
        }
    }

    /// New targets, if the group's epoch is ahead of them.
    pub(super) fn make_targets(&mut self, step: &mut Step<'_>, topics: &dyn Topics) {
        let interval = setting(step.config, topics, &self.id, "assignment.interval.ms");
        let Some(modern) = self.modern.as_deref() else { return };
        let records = modern.new_targets(step, topics, interval);
        let any = !records.is_empty();
        let assignor = modern.assignor(topics.assignors()).to_owned();
        for record in records {
            self.note(step, record);
        }
        if any {
            self.tell_modern(step, format!("the coordinator made new targets by {assignor}"));
        }
    }

    /// Writes a record down and lets it take effect.
    pub(super) fn note(&mut self, step: &mut Step<'_>, record: ConsumerRecord) {
        step.out.records.push(self.written(&record, step.now.wall_ms()));
        if let Some(modern) = self.modern.as_deref_mut() {
            modern.replay(record);
            let state = modern.state();
            self.generation = modern.group_epoch;
            if state != self.state {
                self.enter(step.now, state);
            }
        }
    }

    /// The record as this kind of group writes it.
    pub(in super::super) fn written(&self, record: &ConsumerRecord, timestamp: i64) -> Record {
        if self.is_share_group() {
            return super::share_records::encode(record, &self.id, timestamp);
        }
        record.record(&self.id, timestamp)
    }

    /// Tells people how far the group is.
    pub(super) fn tell_modern(&self, step: &mut Step<'_>, why: impl Into<String>) {
        self.tell(step.out, why);
    }

    /// Tells people of a member's step, where the group as a whole has arrived.
    fn tell_step(&self, step: &mut Step<'_>, before: &ConsumerMember, after: &ConsumerMember) {
        if after.state != MemberState::Stable || before.epoch == after.epoch && before.state == after.state {
            return;
        }
        if self.state == GroupState::Stable {
            self.tell_modern(step, "every member owns what it shall own");
        }
    }
}

fn check_epoch(member: &ConsumerMember, epoch: i32, owned: Option<&[(Uuid, i32)]>) -> Result<(), Refused> {
    let current = member.epoch;
    if epoch > current {
        return Err(refused(
            ErrorCode::FencedMemberEpoch,
            format!(
                "The consumer group member has a greater member epoch ({epoch}) than the one known by the group \
                 coordinator ({current}). The member must abandon all its partitions and rejoin."
            ),
        ));
    }
    let is_within = owned.is_some_and(|owned| owned.iter().all(|it| member.assigned.contains_key(it)));
    // One that did not hear of its new epoch may say the old one again.
    if epoch < current && epoch != 0 && !(epoch == member.previous_epoch && is_within) {
        return Err(refused(
            ErrorCode::FencedMemberEpoch,
            format!(
                "The consumer group member has a smaller member epoch ({epoch}) than the one known by the group \
                 coordinator ({current}). The member must abandon all its partitions and rejoin."
            ),
        ));
    }
    Ok(())
}

/// What a member wants after this request: what it does not say stays.
fn wishes_after(before: &Wishes, request: &ConsumerGroupHeartbeatRequest) -> Wishes {
    let mut topics = request.topics.clone().unwrap_or_else(|| before.topics.clone());
    crate::sorted::sort(&mut topics);
    let regex = match &request.regex {
        Some(regex) => Some(regex.clone()).filter(|regex| !regex.is_empty()),
        None => before.regex.clone(),
    };
    Wishes {
        instance_id: request.instance_id.clone().or_else(|| before.instance_id.clone()),
        rack: request.rack.clone().or_else(|| before.rack.clone()),
        client_id: request.client_id.clone(),
        client_host: request.client_host.clone(),
        topics,
        regex,
        rebalance_timeout_ms: match request.rebalance_timeout_ms {
            0.. => request.rebalance_timeout_ms,
            _ => before.rebalance_timeout_ms,
        },
        server_assignor: request.server_assignor.clone().or_else(|| before.server_assignor.clone()),
        classic: None,
    }
}

/// A setting of the group (`consumer.…`), or what the broker says for all (`group.consumer.…`).
pub(super) fn setting(config: &GroupConfig, topics: &dyn Topics, group: &str, name: &str) -> i64 {
    let general = match name {
        "session.timeout.ms" => config.consumer_session_timeout_ms,
        "heartbeat.interval.ms" => config.consumer_heartbeat_interval_ms,
        _ => config.consumer_assignment_interval_ms,
    };
    topics.group_setting(group, &format!("consumer.{name}")).unwrap_or(general.into())
}
