//! A broker of the ZooKeeper era: its session, its znode, and the race for `/controller` (Kafka up to 3.9).
//!
//! Its ephemeral znode in `/brokers/ids` says that it is alive. What it shall do it is told by the controller, which
//! is one of the brokers. Everything that needs ZooKeeper waits while the ensemble has no majority; serving records
//! needs nothing of it.

mod pushed;
mod settings;

use super::{Broker, Purpose, timer};
use crate::controller::zookeeper::{ControllerEvent, ZkController, is_order, payload};
use crate::metadata::ConfigResource;
use crate::node::{BrokerId, Context, CorrelationId, Effect, EventKind, NodeId, Rng, Span, TimerKey};
use crate::protocol::{
    AlterClientQuotasRequest, AlterUserScramCredentialsRequest, AlteredConfigs, ControlledShutdownRequest,
    ControlledShutdownResponse, ErrorCode, IncrementalAlterConfigsRequest, Request, Response, TopicName,
    WatchEvent, ZkError, ZkOp, ZkOutcome, ZkResponse, ZkValue,
};
use crate::sorted::SortedMap;
use crate::zookeeper::{ZkClient, ZkNews};
use serde::Serialize;

/// Znodes that a broker makes if they are missing.
const TOP_LEVEL: &[&str] = &[
    "/consumers",
    "/brokers",
    "/brokers/ids",
    "/brokers/topics",
    "/config",
    "/config/changes",
    "/config/topics",
    "/config/clients",
    "/config/users",
    "/config/brokers",
    "/config/ips",
    "/admin",
    "/admin/delete_topics",
    "/brokers/seqid",
    "/isr_change_notification",
    "/latest_producer_id_block",
    "/log_dir_event_notification",
    "/cluster",
];
/// `controlled.shutdown.max.retries` and the pause between tries.
const SHUTDOWN_TRIES: u32 = 3;
const SHUTDOWN_BACKOFF: Span = Span::secs(5);

/// What goes on when ZooKeeper has answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
enum Then {
    Nothing,
    Registered,
    /// Who is the controller, and which epoch was the last?
    Office,
    /// The attempt to become it, in this epoch, which its znode then has in this version.
    Elected(i32, i32),
    /// The controller of this epoch asked.
    Controller(i32),
    Changes,
    Changed,
    /// Settings of these.
    Settings(Vec<ConfigResource>),
    /// A description that waited for settings.
    Describe(NodeId, CorrelationId, Request, Vec<TopicName>),
    /// Settings shall be changed; some have their answer already.
    Configs(NodeId, CorrelationId, IncrementalAlterConfigsRequest, AlteredConfigs),
    /// Quotas shall be changed.
    Quotas(NodeId, CorrelationId, AlterClientQuotasRequest),
    /// Passwords before they are changed.
    Credentials(NodeId, CorrelationId, AlterUserScramCredentialsRequest),
    /// What was asked is written.
    Respond(NodeId, CorrelationId, Response),
    /// Who has quotas, at the top or among the clients of these users.
    QuotaNames(Vec<String>),
    /// Quotas at these places.
    QuotaValues(Vec<String>),
}

/// What a broker keeps beside its replicas. See the module.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct ZkSide {
    servers: Vec<i32>,
    client: ZkClient,
    thens: SortedMap<u64, Then>,
    next: u64,
    pub(super) controller: Option<Box<ZkController>>,
    /// The controller, as far as this broker knows.
    known: Option<BrokerId>,
    /// The newest controller epoch that it has heard of.
    controller_epoch: i32,
    last_change: String,
    shutdown_tries: u32,
    rng: Rng,
}

fn client_of(servers: &[i32], timeout_ms: i32, place: u32) -> ZkClient {
    let servers = servers.iter().map(|id| Some(NodeId::ZooKeeper(*id))).collect();
    ZkClient::new(servers, place, timeout_ms, TimerKey::of(timer::ZOOKEEPER), true)
}

impl ZkSide {
    pub(super) fn new(servers: &[i32], timeout_ms: i32, rng: Rng) -> ZkSide {
        ZkSide {
            servers: servers.to_vec(),
            client: client_of(servers, timeout_ms, 0),
            thens: SortedMap::new(),
            next: 1,
            controller: None,
            known: None,
            controller_epoch: 0,
            last_change: String::new(),
            shutdown_tries: 0,
            rng,
        }
    }

    pub(super) fn controller_node(&self) -> Option<NodeId> {
        self.known.map(NodeId::Broker)
    }
}

fn text_of(outcome: Option<&ZkOutcome>) -> Option<(&str, i32)> {
    match outcome {
        Some(Ok(ZkValue::Data(data, stat))) => Some((data.as_deref().unwrap_or_default(), stat.version)),
        _ => None,
    }
}

impl Broker {
    /// The controller in this process, if it holds the office.
    #[must_use]
    pub fn zk_controller(&self) -> Option<&ZkController> {
        self.zk.as_ref()?.controller.as_deref()
    }

    /// Opens a session with the ensemble.
    pub(super) fn zk_start(&mut self, ctx: &mut Context<'_>) {
        let timeout = self.config.zookeeper_session_timeout_ms;
        let Some(zk) = &mut self.zk else { return };
        let place = ctx.rng.below(u32::try_from(zk.servers.len()).unwrap_or(1));
        zk.client = client_of(&zk.servers, timeout, place);
        zk.client.connect(ctx);
        self.zk_news(ctx);
    }

    fn zk_ask(&mut self, ctx: &mut Context<'_>, ops: Vec<ZkOp>, then: Then) {
        let Some(zk) = &mut self.zk else { return };
        let number = zk.next;
        zk.next += 1;
        zk.thens.insert(number, then);
        zk.client.ask(ctx, number, ops);
    }

    /// A server of the ensemble says something.
    pub(super) fn on_zookeeper(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        response: ZkResponse,
    ) {
        if let Some(zk) = &mut self.zk {
            zk.client.on_response(ctx, Some(from), id, response);
        }
        self.zk_news(ctx);
    }

    pub(super) fn zk_disconnected(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        why: crate::node::Disconnect,
    ) {
        if let Some(zk) = &mut self.zk {
            zk.client.on_disconnect(ctx, from, why);
        }
        self.zk_news(ctx);
    }

    pub(super) fn zk_alarm(&mut self, ctx: &mut Context<'_>) {
        if let Some(zk) = &mut self.zk {
            zk.client.on_timer(ctx);
            if let Some(controller) = &mut zk.controller {
                controller.answer_late(ctx);
            }
        }
        self.zk_news(ctx);
    }

    fn zk_news(&mut self, ctx: &mut Context<'_>) {
        while let Some(news) = self.zk.as_mut().and_then(|zk| zk.client.take_news()) {
            match news {
                ZkNews::Connected(true) => self.zk_register(ctx),
                // Brokers say nothing of who they are, so nobody doubts it.
                ZkNews::Connected(false) | ZkNews::Lost(_) | ZkNews::AuthFailed => {}
                ZkNews::Expired => self.zk_expired(ctx),
                ZkNews::Answered(number, outcomes) => {
                    let then = self.zk.as_mut().and_then(|zk| zk.thens.remove(&number));
                    self.zk_answered(ctx, then.unwrap_or(Then::Nothing), outcomes);
                }
                ZkNews::Event(event, path) => self.zk_event(ctx, event, &path),
                ZkNews::Closed => ctx.effects.push(Effect::Exit),
            }
        }
    }

    /// A new session: the znodes that must be there, then its own.
    fn zk_register(&mut self, ctx: &mut Context<'_>) {
        let mut ops: Vec<ZkOp> = TOP_LEVEL.iter().map(|path| ZkOp::create(*path, None)).collect();
        ops.push(ZkOp::create(
            "/cluster/id",
            Some(format!("{{\"version\":\"1\",\"id\":\"{}\"}}", self.cluster_id)),
        ));
        ops.push(ZkOp::create("/feature", Some("{\"features\":{},\"version\":2,\"status\":1}".to_owned())));
        self.zk_ask(ctx, ops, Then::Nothing);
        let path = format!("/brokers/ids/{}", self.id);
        let data = payload::broker(&self.endpoint, self.rack.as_deref(), ctx.now.wall_ms());
        let make = ZkOp::Create {
            path: path.clone(),
            data: None,
            ephemeral: true,
            sequential: false,
            acl: Vec::new(),
        };
        self.zk_ask(ctx, vec![ZkOp::Multi(vec![make, ZkOp::Set(path, Some(data), -1)])], Then::Registered);
        self.zk_ask(ctx, vec![ZkOp::Children("/config/changes".into(), true)], Then::Changes);
        let resources = vec![ConfigResource::BrokerDefault, ConfigResource::Broker(self.id)];
        self.zk_read_settings(ctx, resources);
        self.zk_load_quotas(ctx);
    }

    /// The session ran out while this broker was not heard of: it is a new one from now on.
    fn zk_expired(&mut self, ctx: &mut Context<'_>) {
        if let Some(zk) = &mut self.zk {
            zk.controller = None;
            zk.known = None;
            zk.thens.clear();
        }
        self.lifecycle.registered(-1);
        self.zk_start(ctx);
    }

    fn zk_answered(&mut self, ctx: &mut Context<'_>, then: Then, outcomes: Vec<ZkOutcome>) {
        match then {
            Then::Nothing => {}
            Then::Registered => match outcomes.first() {
                Some(Ok(ZkValue::Stat(stat))) => {
                    self.lifecycle.registered(stat.zxids[0]);
                    self.zk_look_for_office(ctx);
                }
                Some(Err(ZkError::NodeExists)) => {
                    ctx.emit(EventKind::BrokerZnodeTaken { broker: self.id });
                    ctx.effects.push(Effect::Exit);
                }
                _ => {}
            },
            Then::Office => self.zk_stand_for_office(ctx, &outcomes),
            Then::Elected(epoch, version) => match outcomes.last() {
                Some(Ok(_)) => self.zk_take_office(ctx, epoch, version),
                // Somebody else was faster.
                _ => self.zk_look_for_office(ctx),
            },
            Then::Controller(epoch) => {
                let Some(mut controller) = self.zk_controller_out(Some(epoch)) else { return };
                let ops = controller.on_outcomes(ctx, outcomes);
                self.zk_controller_in(ctx, controller, ops);
            }
            Then::Changes => self.zk_changes(ctx, &outcomes),
            Then::Changed => {
                let path = |outcome: &ZkOutcome| payload::read_change(text_of(Some(outcome))?.0);
                let (mut resources, mut quotas) = (Vec::new(), Vec::new());
                for path in outcomes.iter().filter_map(path) {
                    match resource_of(&path) {
                        Some(resource) => resources.push(resource),
                        None => quotas.push(path),
                    }
                }
                self.zk_read_settings(ctx, resources);
                self.zk_read_quotas(ctx, quotas);
            }
            Then::Configs(from, id, ask, answered) => {
                self.zk_write_configs(ctx, (from, id), &ask, answered, &outcomes);
            }
            Then::Credentials(from, id, ask) => self.zk_write_credentials(ctx, (from, id), &ask, &outcomes),
            Then::Quotas(from, id, ask) => self.zk_write_quotas(ctx, (from, id), &ask, &outcomes),
            Then::Respond(from, id, response) => ctx.respond(from, id, response),
            Then::QuotaNames(users) => self.zk_quota_names(ctx, &users, &outcomes),
            Then::QuotaValues(paths) => self.zk_take_quotas(&paths, &outcomes),
            Then::Settings(resources) => {
                for (resource, outcome) in resources.into_iter().zip(&outcomes) {
                    self.zk_settings(ctx, resource, outcome);
                }
            }
            Then::Describe(to, id, request, topics) => {
                for (topic, outcome) in topics.into_iter().zip(&outcomes) {
                    self.zk_settings(ctx, ConfigResource::Topic(topic), outcome);
                }
                if let Some(response) = self.query(&request) {
                    ctx.respond(to, id, response);
                }
            }
        }
    }

    fn zk_event(&mut self, ctx: &mut Context<'_>, _event: WatchEvent, path: &str) {
        let event = match path {
            "/controller" => return self.zk_look_for_office(ctx),
            "/config/changes" => {
                return self.zk_ask(ctx, vec![ZkOp::Children(path.to_owned(), true)], Then::Changes);
            }
            "/brokers/ids" => ControllerEvent::Brokers,
            "/brokers/topics" => ControllerEvent::Topics,
            "/admin/delete_topics" => ControllerEvent::Deletions,
            path if is_order(path) => ControllerEvent::Orders,
            _ => match path.strip_prefix("/brokers/topics/") {
                Some(name) => ControllerEvent::Topic(TopicName::from(name)),
                None => return,
            },
        };
        self.zk_controller_event(ctx, event);
    }

    /// Reads who is the controller, and watches for the moment when nobody is.
    fn zk_look_for_office(&mut self, ctx: &mut Context<'_>) {
        let ops = vec![
            ZkOp::Exists("/controller".into(), true),
            ZkOp::Get("/controller".into(), false),
            ZkOp::Get("/controller_epoch".into(), false),
        ];
        self.zk_ask(ctx, ops, Then::Office);
    }

    fn zk_stand_for_office(&mut self, ctx: &mut Context<'_>, outcomes: &[ZkOutcome]) {
        let epoch = text_of(outcomes.get(2)).map(|(text, version)| (text.parse().unwrap_or(0), version));
        let found = text_of(outcomes.get(1)).and_then(|(text, _)| payload::read_controller(text));
        let (me, own) = (self.id, self.lifecycle.epoch() >= 0);
        let Some(zk) = &mut self.zk else { return };
        if found.is_some() {
            zk.known = found;
            let in_office = zk.controller.as_ref().map(|controller| controller.epoch());
            if in_office.is_some() && (found != Some(me) || in_office != epoch.map(|(epoch, _)| epoch)) {
                zk.controller = None;
                ctx.cancel_timer(TimerKey::of(timer::BALANCE));
            }
            return self.zk_controller_known(ctx);
        }
        zk.controller = None;
        zk.known = None;
        if !own || self.is_stopping() {
            return;
        }
        let (last, version) = epoch.unwrap_or((0, 0));
        let mut ops = Vec::new();
        if epoch.is_none() {
            ops.push(ZkOp::create("/controller_epoch", Some("0".to_owned())));
        }
        let claim = ZkOp::Create {
            path: "/controller".into(),
            data: Some(payload::controller(self.id, ctx.now.wall_ms(), self.config.release)),
            ephemeral: true,
            sequential: false,
            acl: Vec::new(),
        };
        let raise = ZkOp::Set("/controller_epoch".into(), Some((last + 1).to_string()), version);
        ops.push(ZkOp::Multi(vec![claim, raise]));
        self.zk_ask(ctx, ops, Then::Elected(last + 1, version + 1));
    }

    fn zk_take_office(&mut self, ctx: &mut Context<'_>, epoch: i32, version: i32) {
        let (me, config) = (self.id, self.config.clone());
        let Some(zk) = &mut self.zk else { return };
        ctx.emit(EventKind::ControllerElected { broker: me, epoch });
        zk.known = Some(me);
        zk.controller_epoch = epoch;
        zk.controller = Some(Box::new(ZkController::new(me, config, epoch, version, zk.rng.clone())));
        // Another time in office draws other ids.
        zk.rng.below(2);
        self.zk_schedule_balance(ctx);
        self.zk_controller_event(ctx, ControllerEvent::Load);
        self.zk_controller_known(ctx);
    }

    fn zk_schedule_balance(&self, ctx: &mut Context<'_>) {
        let interval = u64::try_from(self.config.leader_imbalance_check_interval_s).unwrap_or(0);
        if self.config.auto_leader_rebalance && interval > 0 {
            ctx.set_timer(Span::secs(interval), TimerKey::of(timer::BALANCE));
        }
    }

    pub(super) fn zk_balance(&mut self, ctx: &mut Context<'_>) {
        self.zk_controller_event(ctx, ControllerEvent::Balance);
        self.zk_schedule_balance(ctx);
    }

    /// Whatever waits for a controller is asked now.
    fn zk_controller_known(&mut self, ctx: &mut Context<'_>) {
        self.send_alter_partition(ctx);
        self.forward_all_again(ctx);
    }

    fn zk_controller_out(&mut self, epoch: Option<i32>) -> Option<Box<ZkController>> {
        let zk = self.zk.as_mut()?;
        zk.controller.take_if(|controller| epoch.is_none_or(|epoch| controller.epoch() == epoch))
    }

    fn zk_controller_in(&mut self, ctx: &mut Context<'_>, controller: Box<ZkController>, ops: Vec<ZkOp>) {
        let epoch = controller.epoch();
        if let Some(zk) = &mut self.zk {
            zk.controller = Some(controller);
        }
        if !ops.is_empty() {
            self.zk_ask(ctx, ops, Then::Controller(epoch));
        }
    }

    fn zk_controller_event(&mut self, ctx: &mut Context<'_>, event: ControllerEvent) {
        if let Some(mut controller) = self.zk_controller_out(None) {
            let ops = controller.on_event(ctx, event);
            self.zk_controller_in(ctx, controller, ops);
        }
    }

    /// A request that only the controller answers.
    pub(super) fn zk_controller_request(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        request: Request,
    ) {
        if self.zk_controller().is_some() {
            return self.zk_controller_event(ctx, ControllerEvent::Request(from, id, request));
        }
        let response = match request {
            Request::ControlledShutdown(_) => {
                let error = ErrorCode::NotController;
                Response::ControlledShutdown(ControlledShutdownResponse { error, remaining: Vec::new() })
            }
            other => crate::controller::not_controller(other.api()),
        };
        ctx.respond(from, id, response);
    }

    pub(super) fn zk_replicas_stopped(&mut self, ctx: &mut Context<'_>, from: NodeId) {
        if let Some(broker) = from.broker() {
            self.zk_controller_event(ctx, ControllerEvent::Stopped(broker));
        }
    }

    /// SIGTERM: the controller takes its leaderships first, then the session is closed.
    pub(super) fn zk_begin_shutdown(&mut self, ctx: &mut Context<'_>) {
        let ask = ControlledShutdownRequest { broker_id: self.id, broker_epoch: self.lifecycle.epoch() };
        let Some(zk) = &mut self.zk else { return };
        zk.shutdown_tries += 1;
        let controller = zk.controller_node().filter(|_| zk.shutdown_tries <= SHUTDOWN_TRIES);
        match controller {
            Some(node) => {
                self.ask(ctx, node, Purpose::Shutdown, Request::ControlledShutdown(ask));
                ctx.set_timer(SHUTDOWN_BACKOFF, TimerKey::of(timer::SHUTDOWN));
            }
            None => self.zk_leave(ctx),
        }
    }

    pub(super) fn zk_on_shutdown_answer(
        &mut self,
        ctx: &mut Context<'_>,
        answer: &ControlledShutdownResponse,
    ) {
        if answer.error.is_none() && answer.remaining.is_empty() {
            self.zk_leave(ctx);
        }
    }

    fn zk_leave(&mut self, ctx: &mut Context<'_>) {
        ctx.cancel_timer(TimerKey::of(timer::SHUTDOWN));
        if let Some(zk) = &mut self.zk {
            zk.controller = None;
            zk.client.close(ctx);
        }
        self.zk_news(ctx);
    }

    /// New notifications of changed settings; those that were there when it started are none.
    fn zk_changes(&mut self, ctx: &mut Context<'_>, outcomes: &[ZkOutcome]) {
        let Some(Ok(ZkValue::Names(names, _))) = outcomes.first() else { return };
        let Some(zk) = &mut self.zk else { return };
        let fresh: Vec<ZkOp> = names
            .iter()
            .filter(|name| **name > zk.last_change)
            .map(|name| ZkOp::Get(format!("/config/changes/{name}"), false))
            .collect();
        if let Some(last) = names.last() {
            zk.last_change.clone_from(last);
        }
        if !fresh.is_empty() {
            self.zk_ask(ctx, fresh, Then::Changed);
        }
    }

    pub(super) fn zk_read_settings(&mut self, ctx: &mut Context<'_>, resources: Vec<ConfigResource>) {
        if !resources.is_empty() {
            let ops = resources.iter().map(|resource| ZkOp::Get(settings_path(resource), false)).collect();
            self.zk_ask(ctx, ops, Then::Settings(resources));
        }
    }

    fn zk_settings(&mut self, ctx: &mut Context<'_>, resource: ConfigResource, outcome: &ZkOutcome) {
        let settings =
            text_of(Some(outcome)).map(|(text, _)| payload::read_settings(text)).unwrap_or_default();
        if self.image.configs.get(&resource).cloned().unwrap_or_default() == settings {
            return;
        }
        self.image.configs.insert(resource.clone(), settings.clone());
        if let ConfigResource::Topic(name) = resource {
            self.topic_config_changed(&name);
            self.zk_controller_event(ctx, ControllerEvent::Settings(name, settings));
        } else {
            self.reconfigure();
        }
    }

    /// Descriptions need settings, which stand in ZooKeeper: without a quorum there is no answer.
    pub(super) fn zk_describe(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        request: Request,
    ) {
        let mut topics: Vec<TopicName> = match &request {
            Request::DescribeTopicPartitions(ask) => match &ask.topics {
                Some(names) => names.clone(),
                None => self.image.topics().map(|topic| topic.name.clone()).collect(),
            },
            Request::DescribeConfigs(resources) => {
                let name = |resource: &ConfigResource| match resource {
                    ConfigResource::Topic(name) => Some(name.clone()),
                    _ => None,
                };
                resources.iter().filter_map(name).collect()
            }
            _ => Vec::new(),
        };
        topics.retain(|name| self.image.topic(name).is_some());
        if topics.is_empty() {
            if let Some(response) = self.query(&request) {
                ctx.respond(from, id, response);
            }
            return;
        }
        let path = |name: &TopicName| settings_path(&ConfigResource::Topic(name.clone()));
        let ops = topics.iter().map(|name| ZkOp::Get(path(name), false)).collect();
        self.zk_ask(ctx, ops, Then::Describe(from, id, request, topics));
    }
}

fn settings_path(resource: &ConfigResource) -> String {
    match resource {
        ConfigResource::Topic(name) => format!("/config/topics/{name}"),
        // Levels of loggers are kept by processes and stand nowhere.
        ConfigResource::Broker(id) | ConfigResource::BrokerLogger(id) => format!("/config/brokers/{id}"),
        ConfigResource::Group(name) => format!("/config/groups/{name}"),
        ConfigResource::ClientMetrics(name) => format!("/config/client-metrics/{name}"),
        ConfigResource::BrokerDefault => "/config/brokers/<default>".to_owned(),
    }
}

fn resource_of(path: &str) -> Option<ConfigResource> {
    match path.split_once('/')? {
        ("topics", name) => Some(ConfigResource::Topic(TopicName::from(name))),
        ("brokers", "<default>") => Some(ConfigResource::BrokerDefault),
        ("brokers", id) => Some(ConfigResource::Broker(id.parse().ok()?)),
        _ => None,
    }
}
