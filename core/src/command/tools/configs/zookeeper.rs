//! What `kafka-configs --zookeeper` does: it reads and writes znodes itself. Up to 2.8 it does so for everything that has
//! settings, in 3.x for passwords, and for brokers that do not run.

use super::super::kit::{Thrown, ZkRead, Znodes, log, znodes};
use super::{Configs, args, quotas};
use crate::client::ClientEvent;
use crate::command::process::Io;
use crate::command::release::Release;
use crate::controller::zookeeper::payload::{self, Settings};
use crate::java::hash_order;
use crate::metadata::check_topic_name;
use crate::metadata::config::{
    CLIENT_QUOTAS, IP_QUOTAS, SCRAM_MECHANISMS, check_dynamic_names, check_quota, validate_topic_configs,
};
use crate::protocol::ZkOp;

const ERRORS: &str = "org.apache.kafka.common.errors.";
const DEFAULT: &str = "<default>";
const BROKERS: &str = "/brokers/ids";
const TOPICS: &str = "/brokers/topics";
/// What may be set while a broker runs, because moves of replicas need it.
const THROTTLES: [&str; 3] = [
    "leader.replication.throttled.rate",
    "follower.replication.throttled.rate",
    "replica.alter.log.dirs.io.max.bytes.per.second",
];

/// A type with a name as znodes have it; none stands for all of that type.
type Part = (String, Option<String>);

impl Configs {
    /// Calls ZooKeeper if `--zookeeper` is given.
    pub(super) fn knock(&mut self, io: &mut dyn Io) -> Result<bool, Thrown> {
        let Some(connect) = self.options.value("zookeeper")? else { return Ok(false) };
        let connect = connect.to_owned();
        io.out(
            "Warning: --zookeeper is deprecated and will be removed in a future version of Kafka.\nUse \
             --bootstrap-server instead to specify a broker to connect to.\n",
        );
        let parts = self.parts();
        let mut reads = vec![ZkRead::Names(BROKERS.to_owned())];
        if parts.iter().all(|(_, name)| name.is_some()) {
            let path = format!("/config/{}", path_of(&parts));
            reads.extend([ZkRead::Names(path.clone()), ZkRead::Data(path)]);
        } else {
            let kind = parts.first().map_or("", |(kind, _)| kind.as_str());
            reads.push(ZkRead::Below(format!("/config/{kind}")));
        }
        if self.entities.first_type() == "topics" && self.options.has("alter") {
            reads.push(ZkRead::Names(TOPICS.to_owned()));
        }
        self.znodes = Some(Znodes::open(io, &connect, reads)?);
        Ok(true)
    }

    /// What the session with ZooKeeper has to tell.
    pub(super) fn on_znodes(&mut self, io: &mut dyn Io, event: ClientEvent) {
        let Some(mut znodes) = self.znodes.take() else { return };
        let mut is_done = znodes.news(io, event);
        while is_done {
            if self.wrote {
                znodes.close(io);
                return io.exit(0);
            }
            let outcome = match self.options.has("alter") {
                true => self.zk_alter(io, &znodes),
                false => self.zk_describe(io, &znodes).map(|()| Vec::new()),
            };
            match outcome {
                Ok(ops) => {
                    self.wrote = true;
                    is_done = znodes.ask(io, Vec::new(), ops);
                }
                Err(thrown) => {
                    znodes.close(io);
                    return self.fail(io, &thrown);
                }
            }
        }
        self.znodes = Some(znodes);
    }

    /// Whose settings are meant; of a user and a client the user comes first.
    fn parts(&self) -> Vec<Part> {
        let (mut types, mut names) = (self.entities.types.clone(), self.entities.names.clone());
        if types.len() == 2 && types.first().is_some_and(|first| first == "clients") {
            types.reverse();
            if names.len() == 2 {
                names.reverse();
            }
        }
        let mut parts = Vec::new();
        for (place, kind) in types.into_iter().enumerate() {
            let name = names.get(place).map(|name| match name.as_str() {
                "" => DEFAULT.to_owned(),
                name if matches!(kind.as_str(), "users" | "clients") => payload::sanitized(name),
                name => name.to_owned(),
            });
            parts.push((kind, name));
        }
        parts
    }

    fn zk_describe(&self, io: &mut dyn Io, znodes: &Znodes) -> Result<(), Thrown> {
        let parts = self.parts();
        let name = parts.first().and_then(|(_, name)| name.as_deref());
        let is_about_brokers = self.entities.first_type() == "brokers";
        if io.release() >= Release::V3 && is_about_brokers {
            let what = "--bootstrap-server option must be specified to describe brokers";
            check_stopped(znodes, name.unwrap_or_default(), what)?;
        }
        let all_users = name.is_none() && parts.len() == 1 && self.entities.first_type() == "users";
        for entity in entities(znodes, &parts) {
            let settings = znodes.data(&format!("/config/{}", path_of(&entity))).map(payload::read_settings);
            let settings = settings.unwrap_or_default();
            if settings.is_empty() && all_users {
                continue;
            }
            let mut pairs = Vec::new();
            for name in hash_order(settings.keys()) {
                pairs.push(format!("{name}={}", settings.get(name).map_or("", String::as_str)));
            }
            io.print(format_args!("Configs for {} are {}\n", shown(&entity), pairs.join(",")));
        }
        Ok(())
    }

    /// What is to be written, if it may be.
    fn zk_alter(&mut self, io: &mut dyn Io, znodes: &Znodes) -> Result<Vec<ZkOp>, Thrown> {
        let parts = self.parts();
        let kind = self.entities.first_type().to_owned();
        let is_about_users = parts.first().is_some_and(|(kind, _)| kind == "users");
        let mut added = args::additions(io, &self.options)?;
        let deleted = args::deletions(&self.options);
        if matches!(kind.as_str(), "users" | "clients") && parts.iter().any(|(_, name)| name.is_none()) {
            return Err(Thrown::illegal(
                "--entity-name or --entity-default must be specified with each --entity-type for --alter",
            ));
        }
        let name = parts.first().and_then(|(_, name)| name.clone()).unwrap_or_default();
        if io.release() >= Release::V3 {
            self.check_door(io, znodes, &name)?;
        }
        if is_about_users {
            for (name, value) in &mut added {
                if SCRAM_MECHANISMS.contains(&name.as_str()) {
                    let iterations = quotas::iterations(name, value).map_err(|mut thrown| {
                        thrown.reword(name, &name.replace('-', "_"));
                        thrown
                    })?;
                    *value = payload::credential(name, iterations);
                }
            }
        }
        if kind == "brokers" {
            check_broker(io.release(), znodes, &name, &added)?;
        }
        let whose = path_of(&parts);
        let path = format!("/config/{whose}");
        let known = znodes.data(&path);
        let mut settings = known.map(payload::read_settings).unwrap_or_default();
        let lacking: Vec<&str> =
            deleted.iter().filter(|name| !settings.contains_key(*name)).map(String::as_str).collect();
        if !lacking.is_empty() {
            let class = format!("{ERRORS}InvalidConfigurationException");
            return Err(Thrown::new(&class, format!("Invalid config(s): {}", lacking.join(","))));
        }
        settings.extend(added);
        settings.retain(|name, _| !deleted.contains(name));
        check_settings(znodes, &parts, &settings, io.release())?;
        let mut ops = Vec::new();
        // In 3.x the znode of somebody of whom nothing is left is taken away.
        let is_cleared = settings.is_empty() && kind != "brokers" && znodes.names(&path).is_empty();
        if io.release() >= Release::V3 && is_cleared {
            ops.push(ZkOp::Delete(path, -1));
            znodes::notify(&mut ops, &whose);
        } else {
            if io.release() >= Release::V3 {
                let message = "Setting entity configs without any checks on the controller.";
                log(io, "WARN", message, "kafka.zk.KafkaZkClient");
            }
            znodes::write_settings(&mut ops, &whose, known.is_some(), &settings);
        }
        self.note_effects(io);
        io.print(format_args!("Completed updating config for entity: {}.\n", shown(&parts)));
        Ok(ops)
    }

    /// In 3.x only passwords are changed so, and brokers that do not run.
    fn check_door(&self, io: &mut dyn Io, znodes: &Znodes, name: &str) -> Result<(), Thrown> {
        let what = self.wrong_door(io)?;
        if self.entities.first_type() == "brokers" {
            return check_stopped(znodes, name, &what);
        }
        let added = args::additions(io, &self.options)?;
        let deleted = args::deletions(&self.options);
        let mut names = added.iter().map(|(name, _)| name).chain(&deleted);
        if names.all(|name| SCRAM_MECHANISMS.contains(&name.as_str())) {
            return Ok(());
        }
        Err(Thrown::illegal(format!(
            "requirement failed: {what}. User configuration updates using ZooKeeper are only supported for SCRAM \
             credential updates."
        )))
    }

    /// How 3.x begins to say that a change belongs to `--bootstrap-server`.
    fn wrong_door(&self, io: &mut dyn Io) -> Result<String, Thrown> {
        let mut added = Vec::new();
        for (name, value) in args::additions(io, &self.options)? {
            added.push(format!("{name}={value}"));
        }
        let deleted = args::deletions(&self.options);
        let list = if deleted.is_empty() { "List" } else { "ArrayBuffer" };
        Ok(format!(
            "--bootstrap-server option must be specified to update {} configs: {{add: {{{}}}, delete: {list}({})}}",
            self.entities.first_type(),
            added.join(", "),
            deleted.join(", ")
        ))
    }
}

/// `users/ann/clients/app`.
fn path_of(parts: &[Part]) -> String {
    let mut words = Vec::new();
    for (kind, name) in parts {
        words.push(format!("{kind}/{}", name.as_deref().unwrap_or_default()));
    }
    words.join("/")
}

/// Everybody who is meant, with names.
fn entities(znodes: &Znodes, parts: &[Part]) -> Vec<Vec<Part>> {
    let mut found: Vec<Vec<Part>> = vec![Vec::new()];
    for (kind, name) in parts {
        let mut next = Vec::new();
        for above in found {
            let names = match name {
                Some(name) => vec![name.clone()],
                None => {
                    let folder =
                        if above.is_empty() { kind.clone() } else { format!("{}/{kind}", path_of(&above)) };
                    znodes.in_order(&format!("/config/{folder}"))
                }
            };
            for name in names {
                let mut entity = above.clone();
                entity.push((kind.clone(), Some(name)));
                next.push(entity);
            }
        }
        found = next;
    }
    found
}

/// `topic 't'`, `user-principal 'ann', default client-id`.
fn shown(parts: &[Part]) -> String {
    let mut whom = Vec::new();
    for (kind, name) in parts {
        let called = match kind.as_str() {
            "users" => "user-principal",
            "clients" => "client-id",
            "topics" => "topic",
            other => other,
        };
        whom.push(match name.as_deref() {
            Some(DEFAULT) => format!("default {called}"),
            Some(name) if called.contains('-') => format!("{called} '{}'", payload::plain(name)),
            Some(name) => format!("{called} '{name}'"),
            None => kind.clone(),
        });
    }
    whom.join(", ")
}

/// Whether a broker, or all of them, do not run, as 3.x wants it.
fn check_stopped(znodes: &Znodes, name: &str, what: &str) -> Result<(), Thrown> {
    let alive = znodes.names(BROKERS);
    let who = if name == DEFAULT {
        if alive.is_empty() {
            return Ok(());
        }
        format!("{} brokers are running", alive.len())
    } else {
        check_number(name)?;
        if !alive.iter().any(|id| id == name) {
            return Ok(());
        }
        format!("broker {name} is running")
    };
    Err(Thrown::illegal(format!(
        "requirement failed: {what} - {who}. Broker configuration operations using ZooKeeper are only supported if the \
         affected broker(s) are not running."
    )))
}

fn check_number(name: &str) -> Result<(), Thrown> {
    if name.parse::<i32>().is_ok() {
        return Ok(());
    }
    Err(Thrown::illegal(format!(
        "Error parsing broker {name}. The broker's Entity Name must be a single integer value"
    )))
}

/// Whether these settings of a broker, or of all, may be written while it does or does not run.
fn check_broker(
    release: Release,
    znodes: &Znodes,
    name: &str,
    added: &[(String, String)],
) -> Result<(), Thrown> {
    let mut names = Vec::new();
    for (name, _) in added {
        if release >= Release::V3 || !THROTTLES.contains(&name.as_str()) {
            names.push(name.as_str());
        }
    }
    if names.is_empty() {
        return Ok(());
    }
    let alive = znodes.names(BROKERS);
    let is_default = name == DEFAULT;
    if release < Release::V3 {
        if !is_default {
            check_number(name)?;
        }
        if if is_default { !alive.is_empty() } else { alive.iter().any(|id| id == name) } {
            let when = match is_default {
                true => "for default cluster if any broker is running".to_owned(),
                false => format!("when broker {name} is running"),
            };
            return Err(Thrown::illegal(format!(
                "requirement failed: --bootstrap-server option must be specified to update broker configs Set({}). \
                 {when}. Broker configuration updates using ZooKeeper are supported for bootstrapping before brokers \
                 are started to enable encrypted password configs to be stored in ZooKeeper.",
                names.join(", ")
            )));
        }
    }
    let settings: Settings = added.iter().cloned().collect();
    check_dynamic_names(&settings, !is_default, release).map_err(Thrown::config)
}

/// Whether somebody may have these settings.
fn check_settings(
    znodes: &Znodes,
    parts: &[Part],
    settings: &Settings,
    release: Release,
) -> Result<(), Thrown> {
    let Some((kind, Some(name))) = parts.first() else { return Ok(()) };
    let known: &[&str] = match kind.as_str() {
        "topics" => {
            check_topic_name(name)
                .map_err(|why| Thrown::new(&format!("{ERRORS}InvalidTopicException"), why))?;
            if !znodes.names(TOPICS).contains(name) {
                let class = format!("{ERRORS}UnknownTopicOrPartitionException");
                return Err(Thrown::new(&class, format!("Topic '{name}' does not exist.")));
            }
            return Ok(validate_topic_configs(settings, release)?);
        }
        "brokers" => return Ok(()),
        "ips" => &IP_QUOTAS,
        _ => &CLIENT_QUOTAS,
    };
    let has_passwords = kind == "users" && parts.len() == 1 && name != DEFAULT;
    let mut unknown = Vec::new();
    for name in hash_order(settings.keys()) {
        if !(known.contains(&name.as_str()) || has_passwords && SCRAM_MECHANISMS.contains(&name.as_str())) {
            unknown.push(name.as_str());
        }
    }
    if !unknown.is_empty() {
        return Err(Thrown::illegal(format!(
            "requirement failed: Unknown Dynamic Configuration: {}({}).",
            if kind == "ips" { "Set" } else { "HashSet" },
            unknown.join(", ")
        )));
    }
    for (name, value) in settings {
        check_quota(name, value).map_err(Thrown::config)?;
    }
    Ok(())
}
