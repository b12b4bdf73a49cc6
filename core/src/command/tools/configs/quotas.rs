//! Quotas of users, clients and addresses, and passwords of users.

use super::super::kit::Thrown;
use super::resources::{Step, api_error};
use super::{Configs, args};
use crate::command::process::Io;
use crate::java::{Decimal, HashOrder, hash_order_in};
use crate::metadata::config::{CLIENT_QUOTAS, IP_QUOTAS, SCRAM_MECHANISMS};
use crate::protocol::{
    AlterClientQuotasRequest, AlterUserScramCredentialsRequest, DescribeClientQuotasRequest,
    DescribedCredentials, DescribedQuotas, QuotaEntity, QuotaKind, Request,
};
use crate::sorted::SortedMap;

const INVALID: &str = "org.apache.kafka.common.errors.InvalidConfigurationException";
/// How often the hash is applied if nobody says it, and at least.
const ITERATIONS: i32 = 4096;

fn kind_of(kind: &str) -> QuotaKind {
    match kind {
        "users" => QuotaKind::User,
        "clients" => QuotaKind::ClientId,
        _ => QuotaKind::Ip,
    }
}

fn is_scram(name: &str) -> bool {
    SCRAM_MECHANISMS.contains(&name)
}

fn is_quota(name: &str) -> bool {
    CLIENT_QUOTAS.contains(&name)
}

impl Configs {
    /// Whether quotas are meant, and not the settings of something.
    pub(super) fn is_about_quotas(&self) -> bool {
        matches!(self.entities.first_type(), "users" | "clients" | "ips")
    }

    fn ask_for_quotas(&mut self, io: &mut dyn Io, step: Step) {
        let mut components = Vec::new();
        for (place, kind) in self.entities.types.iter().enumerate() {
            let name = self.entities.names.get(place);
            let name = name.map(|name| Some(name.clone()).filter(|name| !name.is_empty()));
            components.push((kind_of(kind), name));
        }
        let request = Request::DescribeClientQuotas(DescribeClientQuotasRequest { components });
        self.ask(io, "describeClientQuotas", request, step);
    }

    pub(super) fn describe_quotas(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        if self.entities.names.len() > self.entities.types.len() {
            return Err(Thrown::illegal("More entity names specified than entity types"));
        }
        self.ask_for_quotas(io, Step::Quotas);
        Ok(())
    }

    /// Prints the quotas found; of users, the passwords are asked for next.
    pub(super) fn print_quotas(&mut self, io: &mut dyn Io, found: DescribedQuotas) -> bool {
        let buckets = HashOrder::sized(found.len()).buckets();
        for entity in hash_order_in(buckets, found.iter().map(|(entity, _)| entity.clone())) {
            let Some((_, quotas)) = found.iter().find(|(other, _)| *other == entity) else { continue };
            let mut whom = Vec::new();
            for (kind, name) in &entity.0 {
                let kind = if *kind == QuotaKind::User { "user-principal" } else { kind.name() };
                whom.push(match name {
                    Some(name) => format!("{kind} '{name}'"),
                    None => format!("the default {kind}"),
                });
            }
            let mut values = Vec::new();
            for (key, value) in quotas {
                values.push(format!("{key}={value}"));
            }
            io.print(format_args!("Quota configs for {} are {}\n", whom.join(", "), values.join(", ")));
        }
        let names = &self.entities.names;
        let is_about_users = self.entities.types == ["users"] && !names.iter().any(String::is_empty);
        if is_about_users {
            let request = Request::DescribeUserScramCredentials(names.clone());
            self.ask(io, "describeUserScramCredentials", request, Step::Credentials);
        }
        !is_about_users
    }

    pub(super) fn print_credentials(&self, io: &mut dyn Io, found: DescribedCredentials) {
        for (user, mechanisms) in found {
            let mut shown = Vec::new();
            for (mechanism, iterations) in &mechanisms {
                shown.push(format!("{mechanism}=iterations={iterations}"));
            }
            let shown = shown.join(", ");
            io.print(format_args!("SCRAM credential configs for user-principal '{user}' are {shown}\n"));
        }
    }

    pub(super) fn alter_quotas(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        let added = args::additions(io, &self.options)?;
        let deleted = args::deletions(&self.options);
        let names: Vec<&str> = added.iter().map(|(name, _)| name.as_str()).collect();
        if self.entities.first_type() == "ips" {
            let unknown = |name: &&str| !IP_QUOTAS.contains(name);
            let deleted = deleted.iter().map(String::as_str);
            let unknown: Vec<&str> = names.iter().copied().chain(deleted).filter(unknown).collect();
            if !unknown.is_empty() {
                return Err(Thrown::illegal(format!(
                    "Only connection quota configs can be added for 'ips' using --bootstrap-server. Unexpected config \
                     names: {}",
                    unknown.join(",")
                )));
            }
            self.ask_for_quotas(io, Step::QuotasBefore);
            return Ok(());
        }
        self.check_quota_names(&names, &deleted)?;
        if names.iter().any(|name| is_quota(name)) || deleted.iter().any(|name| is_quota(name)) {
            self.ask_for_quotas(io, Step::QuotasBefore);
            return Ok(());
        }
        let user = self.entities.names.first().cloned().unwrap_or_default();
        let mut ops = Vec::new();
        for name in deleted {
            ops.push((name, None));
        }
        for (mechanism, value) in added {
            let iterations = iterations(&mechanism, &value)?;
            ops.push((mechanism, Some(iterations)));
        }
        let request = AlterUserScramCredentialsRequest { user, ops };
        let request = Request::AlterUserScramCredentials(request);
        self.ask(io, "alterUserScramCredentials", request, Step::Altered);
        Ok(())
    }

    fn check_quota_names(&self, added: &[&str], deleted: &[String]) -> Result<(), Thrown> {
        let is_of_user = self.entities.types == ["users"];
        let deleted: Vec<&str> = deleted.iter().map(String::as_str).collect();
        for (names, verb, list) in [(added, "added", "Set"), (&deleted[..], "deleted", "ArrayBuffer")] {
            let mut wrong: Vec<&str> = names.iter().copied().filter(|name| !is_quota(name)).collect();
            let what = if is_of_user {
                wrong.retain(|name| !is_scram(name));
                "quota and SCRAM credential configs can be"
            } else {
                // Those that Kafka does not know come first.
                crate::sorted::sort_by_key(&mut wrong, |name| is_scram(name));
                "quota configs can be"
            };
            if !wrong.is_empty() {
                let kind = if is_of_user { "users" } else { "clients" };
                return Err(Thrown::illegal(format!(
                    "Only {what} {verb} for '{kind}' using --bootstrap-server. Unexpected config names: {list}({})",
                    wrong.join(", ")
                )));
            }
        }
        let all = || added.iter().chain(&deleted);
        if all().any(|name| is_scram(name)) {
            if self.entities.names.iter().any(String::is_empty) {
                return Err(Thrown::illegal(
                    "The use of --entity-default or --user-defaults is not allowed with User SCRAM Credentials using \
                     --bootstrap-server.",
                ));
            }
            if all().any(|name| is_quota(name)) {
                return Err(Thrown::illegal(
                    "Cannot alter both quota and SCRAM credential configs simultaneously for 'users' using \
                     --bootstrap-server.",
                ));
            }
        }
        Ok(())
    }

    /// The quotas before a change are known: what is to be taken away has to be there.
    pub(super) fn change_quotas(&mut self, io: &mut dyn Io, before: &DescribedQuotas) -> Result<(), Thrown> {
        let before = before.first().map(|(_, quotas)| quotas);
        let deleted = args::deletions(&self.options);
        let lacks = |name: &&String| before.is_none_or(|quotas| !quotas.contains_key(*name));
        let invalid: Vec<&str> = deleted.iter().filter(lacks).map(String::as_str).collect();
        if !invalid.is_empty() {
            return Err(Thrown::new(INVALID, format!("Invalid config(s): {}", invalid.join(","))));
        }
        let mut ops = Vec::new();
        for (key, value) in args::additions(io, &self.options)? {
            let Some(number) = Decimal::parse(value.trim()) else {
                let why = format!("Cannot parse quota configuration value for {key}: {value}");
                return Err(Thrown::illegal(why));
            };
            ops.push((key, Some(number.to_string())));
        }
        for key in deleted {
            ops.push((key, None));
        }
        let mut entity = SortedMap::new();
        for (kind, name) in self.entities.types.iter().zip(&self.entities.names) {
            entity.insert(kind_of(kind), Some(name.clone()).filter(|name| !name.is_empty()));
        }
        let request = AlterClientQuotasRequest { entity: QuotaEntity(entity), ops };
        self.ask(io, "alterClientQuotas", Request::AlterClientQuotas(request), Step::Altered);
        Ok(())
    }

    pub(super) fn quota_outcome(
        &self,
        io: &mut dyn Io,
        outcome: Result<(), crate::protocol::ApiError>,
    ) -> Result<bool, Thrown> {
        outcome.map_err(api_error)?;
        self.completed(io);
        Ok(true)
    }
}

/// `iterations=8192,password=secret`, of which the first part may be missing.
pub(super) fn iterations(mechanism: &str, value: &str) -> Result<i32, Thrown> {
    let (count, rest) = match value.strip_prefix("iterations=").and_then(|rest| rest.split_once(',')) {
        Some((count, rest)) => (Some(count), rest),
        None => (None, value),
    };
    let count = match count {
        None | Some("-1") => Some(ITERATIONS),
        Some(count) => count.parse().ok(),
    };
    let Some(count) = count.filter(|_| rest.starts_with("password=")) else {
        let constant = mechanism.replace('-', "_");
        return Err(Thrown::illegal(format!("Invalid credential property {constant}={value}")));
    };
    if count < ITERATIONS {
        return Err(Thrown::illegal(format!(
            "Iterations {count} is less than the minimum {ITERATIONS} required for {mechanism}"
        )));
    }
    Ok(count)
}
