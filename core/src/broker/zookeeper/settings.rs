//! Settings and quotas in `/config`: with ZooKeeper the broker that is asked writes them itself, and leaves a
//! notification in `/config/changes`, by which all brokers learn of it (Kafka: `ZkAdminManager`, `AdminZkClient`,
//! `ZkConfigManager`).

use super::{Broker, Then, settings_path, text_of};
use crate::controller::zookeeper::payload::{self, Settings, plain, sanitized};
use crate::java::Decimal;
use crate::metadata::ConfigResource;
use crate::metadata::config::{
    CLIENT_QUOTAS, ConfigProblem, IP_QUOTAS, Table, altered, validate_topic_configs,
};
use crate::node::{Context, CorrelationId, EventKind, NodeId};
use crate::protocol::{
    AlterClientQuotasRequest, AlterConfig, AlterUserScramCredentialsRequest, AlteredConfigs, ApiError,
    ErrorCode, IncrementalAlterConfigsRequest, QuotaEntity, QuotaKind, Response, ZkOp, ZkOutcome, ZkValue,
};
use crate::sorted::SortedMap;

const DEFAULT: &str = "<default>";
/// Quotas of these stand directly below `/config`.
const QUOTA_FOLDERS: [(&str, QuotaKind); 3] =
    [("users", QuotaKind::User), ("clients", QuotaKind::ClientId), ("ips", QuotaKind::Ip)];

impl Broker {
    /// Changes settings: what stands there is read first.
    pub(in crate::broker) fn zk_alter_configs(
        &mut self,
        ctx: &mut Context<'_>,
        (from, id): (NodeId, CorrelationId),
        ask: IncrementalAlterConfigsRequest,
        answered: AlteredConfigs,
    ) {
        let ops = ask.resources.iter().map(|(resource, _)| ZkOp::Get(settings_path(resource), false));
        self.zk_ask(ctx, ops.collect(), Then::Configs(from, id, ask, answered));
    }

    /// What stood there is known: the new settings are checked and written.
    pub(super) fn zk_write_configs(
        &mut self,
        ctx: &mut Context<'_>,
        (from, id): (NodeId, CorrelationId),
        ask: &IncrementalAlterConfigsRequest,
        mut answered: AlteredConfigs,
        outcomes: &[ZkOutcome],
    ) {
        let mut writes = Vec::new();
        for ((resource, ops), outcome) in ask.resources.iter().zip(outcomes) {
            let old = text_of(Some(outcome)).map(|(text, _)| payload::read_settings(text));
            let after = self.zk_altered(resource, old.as_ref(), ops);
            if let Ok(after) = &after
                && !ask.validate_only
            {
                write(&mut writes, &settings_path(resource), old.is_some(), after);
                for AlterConfig { name, .. } in ops {
                    let (before, value) = (old.as_ref().and_then(|old| old.get(name)), after.get(name));
                    if before != value {
                        ctx.emit(EventKind::ConfigChanged {
                            whose: resource.to_string(),
                            name: name.clone(),
                            value: value.cloned(),
                        });
                    }
                }
            }
            answered.push((resource.clone(), after.map(|_| ())));
        }
        self.zk_written(ctx, (from, id), writes, Response::IncrementalAlterConfigs(answered));
    }

    /// Writes, and answers when that is done.
    fn zk_written(
        &mut self,
        ctx: &mut Context<'_>,
        (from, id): (NodeId, CorrelationId),
        writes: Vec<ZkOp>,
        response: Response,
    ) {
        if writes.is_empty() {
            return ctx.respond(from, id, response);
        }
        self.zk_ask(ctx, writes, Then::Respond(from, id, response));
    }

    fn zk_altered(
        &self,
        resource: &ConfigResource,
        old: Option<&Settings>,
        ops: &[AlterConfig],
    ) -> Result<Settings, ApiError> {
        let refuse = |why: String| Err((ErrorCode::InvalidRequest, why));
        let topic = match resource {
            ConfigResource::Topic(topic) => topic,
            ConfigResource::Group(_) | ConfigResource::ClientMetrics(_) => {
                let kind =
                    if matches!(resource, ConfigResource::Group(_)) { "GROUP" } else { "CLIENT_METRICS" };
                return refuse(format!(
                    "AlterConfigs is only supported for topics and brokers, but resource type is {kind}"
                ));
            }
            _ => return Ok(altered(old, Table::Broker, ops)),
        };
        if self.image.topic(topic).is_none() {
            let why = format!("The topic '{topic}' does not exist.");
            return Err((ErrorCode::UnknownTopicOrPartition, why));
        }
        let after = altered(old, Table::Topic, ops);
        match validate_topic_configs(&after, self.config.release) {
            Ok(()) => Ok(after),
            Err(ConfigProblem::Invalid(why)) => refuse(format!(
                "Invalid config value for resource ConfigResource(type=TOPIC, name='{topic}'): {why}"
            )),
            Err(problem) => Err((ErrorCode::InvalidConfig, problem.message())),
        }
    }

    pub(in crate::broker) fn zk_alter_quotas(
        &mut self,
        ctx: &mut Context<'_>,
        (from, id): (NodeId, CorrelationId),
        ask: AlterClientQuotasRequest,
    ) {
        let ops = vec![ZkOp::Get(format!("/config/{}", path_of(&ask.entity)), false)];
        self.zk_ask(ctx, ops, Then::Quotas(from, id, ask));
    }

    pub(super) fn zk_write_quotas(
        &mut self,
        ctx: &mut Context<'_>,
        asker: (NodeId, CorrelationId),
        ask: &AlterClientQuotasRequest,
        outcomes: &[ZkOutcome],
    ) {
        let old = text_of(outcomes.first()).map(|(text, _)| payload::read_settings(text));
        let mut writes = Vec::new();
        let outcome = changed_quotas(old.clone().unwrap_or_default(), ask).map(|after| {
            write(&mut writes, &format!("/config/{}", path_of(&ask.entity)), old.is_some(), &after);
        });
        self.zk_written(ctx, asker, writes, Response::AlterClientQuotas(outcome));
    }

    pub(in crate::broker) fn zk_alter_credentials(
        &mut self,
        ctx: &mut Context<'_>,
        (from, id): (NodeId, CorrelationId),
        ask: AlterUserScramCredentialsRequest,
    ) {
        let ops = vec![ZkOp::Get(format!("/config/users/{}", sanitized(&ask.user)), false)];
        self.zk_ask(ctx, ops, Then::Credentials(from, id, ask));
    }

    /// Passwords stand beside quotas. Of each only the number of iterations is kept; salt and keys are zeros.
    pub(super) fn zk_write_credentials(
        &mut self,
        ctx: &mut Context<'_>,
        asker: (NodeId, CorrelationId),
        ask: &AlterUserScramCredentialsRequest,
        outcomes: &[ZkOutcome],
    ) {
        let old = text_of(outcomes.first()).map(|(text, _)| payload::read_settings(text));
        let mut after = old.clone().unwrap_or_default();
        let mut outcome = Ok(());
        for (mechanism, iterations) in &ask.ops {
            match iterations {
                Some(iterations) => {
                    after.insert(mechanism.clone(), payload::credential(mechanism, *iterations));
                }
                None if after.remove(mechanism).is_none() => {
                    let why = "Attempt to delete a user credential that does not exist";
                    outcome = Err((ErrorCode::ResourceNotFound, why.to_owned()));
                }
                None => {}
            }
        }
        let mut writes = Vec::new();
        if outcome.is_ok() {
            write(&mut writes, &format!("/config/users/{}", sanitized(&ask.user)), old.is_some(), &after);
        }
        self.zk_written(ctx, asker, writes, Response::AlterUserScramCredentials(outcome));
    }

    /// Quotas, of whom they are at the start: users have clients of their own.
    pub(super) fn zk_load_quotas(&mut self, ctx: &mut Context<'_>) {
        let ops = QUOTA_FOLDERS.iter().map(|(folder, _)| ZkOp::Children(format!("/config/{folder}"), false));
        self.zk_ask(ctx, ops.collect(), Then::QuotaNames(Vec::new()));
    }

    /// Names below `/config/users` and so on, or below the `clients` of these users.
    pub(super) fn zk_quota_names(&mut self, ctx: &mut Context<'_>, users: &[String], outcomes: &[ZkOutcome]) {
        let (mut paths, mut next) = (Vec::new(), Vec::new());
        for (place, outcome) in outcomes.iter().enumerate() {
            let Ok(ZkValue::Names(names, _)) = outcome else { continue };
            let folder = match (users.get(place), QUOTA_FOLDERS.get(place)) {
                (Some(user), _) => format!("users/{user}/clients"),
                (None, Some((folder, _))) if users.is_empty() => (*folder).to_owned(),
                _ => continue,
            };
            for name in names {
                paths.push(format!("{folder}/{name}"));
                if folder == "users" {
                    next.push(name.clone());
                }
            }
        }
        self.zk_read_quotas(ctx, paths);
        if !next.is_empty() {
            let ops = next.iter().map(|user| ZkOp::Children(format!("/config/users/{user}/clients"), false));
            self.zk_ask(ctx, ops.collect(), Then::QuotaNames(next.clone()));
        }
    }

    /// Reads the quotas that stand at these paths below `/config`.
    pub(super) fn zk_read_quotas(&mut self, ctx: &mut Context<'_>, paths: Vec<String>) {
        if !paths.is_empty() {
            let ops = paths.iter().map(|path| ZkOp::Get(format!("/config/{path}"), false)).collect();
            self.zk_ask(ctx, ops, Then::QuotaValues(paths));
        }
    }

    pub(super) fn zk_take_quotas(&mut self, paths: &[String], outcomes: &[ZkOutcome]) {
        for (path, outcome) in paths.iter().zip(outcomes) {
            let Some(entity) = entity_of(path) else { continue };
            let text = text_of(Some(outcome)).map(|(text, _)| text).unwrap_or_default();
            let mut quotas = Settings::new();
            let mut credentials = SortedMap::new();
            for (name, value) in payload::read_settings(text) {
                if let Some((_, count)) =
                    value.rsplit_once("iterations=").filter(|_| name.starts_with("SCRAM-"))
                    && let Ok(count) = count.parse()
                {
                    credentials.insert(name.clone(), count);
                }
                // Passwords stand there, too. Answers tell a quota as a `double`.
                if let Some(value) = Decimal::parse(&value).filter(|_| is_quota(&entity, &name)) {
                    quotas.insert(name, value.to_string());
                }
            }
            if let (1, Some(Some(user))) = (entity.0.len(), entity.0.get(&QuotaKind::User)) {
                if credentials.is_empty() {
                    self.image.scram_credentials.remove(user);
                } else {
                    self.image.scram_credentials.insert(user.clone(), credentials);
                }
            }
            if quotas.is_empty() {
                self.image.quotas.remove(&entity);
            } else {
                self.image.quotas.insert(entity, quotas);
            }
        }
    }
}

/// Writes a znode below `/config` and its notification.
fn write(ops: &mut Vec<ZkOp>, path: &str, is_there: bool, settings: &Settings) {
    let data = Some(payload::settings(settings));
    if is_there {
        ops.push(ZkOp::Set(path.to_owned(), data, -1));
    } else {
        // A user's clients stand two levels below it.
        for (at, _) in path.match_indices('/').skip(3) {
            ops.extend(path.get(..at).map(|parent| ZkOp::create(parent, None)));
        }
        ops.push(ZkOp::create(path, data));
    }
    ops.push(ZkOp::Create {
        path: "/config/changes/config_change_".to_owned(),
        data: Some(payload::change(path.trim_start_matches("/config/"))),
        ephemeral: false,
        sequential: true,
        acl: Vec::new(),
    });
}

fn is_quota(entity: &QuotaEntity, name: &str) -> bool {
    let known: &[&str] = if entity.0.contains_key(&QuotaKind::Ip) { &IP_QUOTAS } else { &CLIENT_QUOTAS };
    known.contains(&name)
}

fn changed_quotas(mut quotas: Settings, ask: &AlterClientQuotasRequest) -> Result<Settings, ApiError> {
    let refuse = |why: String| Err((ErrorCode::InvalidRequest, why));
    if ask.entity.0.is_empty() {
        return refuse("Invalid empty client quota entity".to_owned());
    }
    for (name, value) in &ask.ops {
        let Some(value) = value else {
            quotas.remove(name);
            continue;
        };
        if !is_quota(&ask.entity, name) {
            return refuse(format!("Invalid configuration key {name}"));
        }
        let may_be_part = matches!(name.as_str(), "request_percentage" | "controller_mutation_rate");
        let value = match Decimal::parse(value) {
            Some(number) if !may_be_part => {
                // A little is added before the part is cut off, so no number below 0 is whole.
                let (below, above) = number.between();
                let (kind, most) = match ask.entity.0.contains_key(&QuotaKind::Ip) {
                    true => ("INT", i64::from(i32::MAX)),
                    false => ("LONG", i64::MAX),
                };
                if below != above || below < 0 || below > most {
                    return refuse(format!("Configuration {name} must be a {kind} value"));
                }
                below.to_string()
            }
            _ => value.clone(),
        };
        quotas.insert(name.clone(), value);
    }
    Ok(quotas)
}

/// Where the quotas of somebody stand below `/config`.
fn path_of(entity: &QuotaEntity) -> String {
    let parts = QUOTA_FOLDERS.iter().filter_map(|(folder, kind)| {
        let name = entity.0.get(kind)?.as_deref();
        Some(match name {
            Some(name) if *kind != QuotaKind::Ip => format!("{folder}/{}", sanitized(name)),
            name => format!("{folder}/{}", name.unwrap_or(DEFAULT)),
        })
    });
    parts.collect::<Vec<String>>().join("/")
}

/// Whose quotas stand there.
pub(super) fn entity_of(path: &str) -> Option<QuotaEntity> {
    let mut entity = SortedMap::new();
    let mut words = path.split('/');
    while let Some(folder) = words.next() {
        let (_, kind) = QUOTA_FOLDERS.iter().find(|(known, _)| *known == folder)?;
        let name = words.next()?;
        entity.insert(*kind, (name != DEFAULT).then(|| plain(name)));
    }
    Some(QuotaEntity(entity))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_quotas_they_are_is_read_as_it_was_written() {
        let of = |pairs: &[(QuotaKind, Option<&str>)]| {
            QuotaEntity(pairs.iter().map(|(kind, name)| (*kind, name.map(str::to_owned))).collect())
        };
        for (entity, path) in [
            (of(&[(QuotaKind::User, Some("ann b"))]), "users/ann%20b"),
            (of(&[(QuotaKind::ClientId, None)]), "clients/<default>"),
            (
                of(&[(QuotaKind::ClientId, Some("a*c")), (QuotaKind::User, None)]),
                "users/<default>/clients/a%2Ac",
            ),
            (of(&[(QuotaKind::Ip, Some("10.0.0.1"))]), "ips/10.0.0.1"),
        ] {
            assert_eq!(path_of(&entity), path);
            assert_eq!(entity_of(path), Some(entity));
        }
        assert_eq!(entity_of("topics/t"), None);
    }

    #[test]
    fn quotas_that_count_bytes_are_whole() {
        let ask = |name: &str, value: Option<&str>| AlterClientQuotasRequest {
            entity: entity_of("clients/app").expect("a client"),
            ops: vec![(name.to_owned(), value.map(str::to_owned))],
        };
        let set = changed_quotas(Settings::new(), &ask("producer_byte_rate", Some("1024.0"))).expect("whole");
        assert_eq!(set.get("producer_byte_rate").map(String::as_str), Some("1024"));
        assert!(changed_quotas(Settings::new(), &ask("producer_byte_rate", Some("0.5"))).is_err());
        assert!(changed_quotas(Settings::new(), &ask("nonsense", Some("1.0"))).is_err());
        assert_eq!(changed_quotas(set, &ask("producer_byte_rate", None)), Ok(Settings::new()));
    }
}
