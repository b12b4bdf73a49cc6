//! Quotas and passwords on the controller (Kafka: `ClientQuotaControlManager`, `ScramControlManager`). They are kept
//! and described; nobody is slowed down or turned away here.

use super::Controller;
use crate::java::Decimal;
use crate::metadata::MetadataRecord;
use crate::metadata::config::{CLIENT_QUOTAS, IP_QUOTAS};
use crate::node::Context;
use crate::protocol::{
    AlterClientQuotasRequest, AlterUserScramCredentialsRequest, ErrorCode, QuotaEntity, QuotaKind,
    QuotaOutcome,
};

fn refuse(message: String) -> QuotaOutcome {
    Err((ErrorCode::InvalidRequest, message))
}

/// More rounds of a password's hash than these are refused.
pub const MOST_ITERATIONS: i32 = 16_384;

impl Controller {
    pub(super) fn alter_client_quotas(
        &mut self,
        ctx: &mut Context<'_>,
        ask: &AlterClientQuotasRequest,
    ) -> QuotaOutcome {
        let before = self.image.quotas.get(&ask.entity);
        let mut records = Vec::new();
        for (key, value) in &ask.ops {
            check_quota(&ask.entity, key, value.as_deref())?;
            if before.and_then(|before| before.get(key)) != value.as_ref() {
                let (entity, key, value) = (ask.entity.clone(), key.clone(), value.clone());
                records.push(MetadataRecord::ClientQuota { entity, key, value });
            }
        }
        self.append(ctx, records);
        Ok(())
    }

    pub(super) fn alter_scram_credentials(
        &mut self,
        ctx: &mut Context<'_>,
        ask: &AlterUserScramCredentialsRequest,
    ) -> QuotaOutcome {
        // Also with two mechanisms; over ZooKeeper it is once for each.
        if ask.ops.len() > 1 {
            let why = "A user credential cannot be altered twice in the same request";
            return Err((ErrorCode::DuplicateResource, why.to_owned()));
        }
        let before = self.image.scram_credentials.get(&ask.user);
        let mut records = Vec::new();
        for (mechanism, iterations) in &ask.ops {
            if iterations.is_none() && before.is_none_or(|before| !before.contains_key(mechanism)) {
                let why = "Attempt to delete a user credential that does not exist";
                return Err((ErrorCode::ResourceNotFound, why.to_owned()));
            }
            if iterations.is_some_and(|count| count > MOST_ITERATIONS) {
                return Err((ErrorCode::UnacceptableCredential, "Too many iterations".to_owned()));
            }
            let (user, mechanism, iterations) = (ask.user.clone(), mechanism.clone(), *iterations);
            records.push(MetadataRecord::UserScramCredential { user, mechanism, iterations });
        }
        self.append(ctx, records);
        Ok(())
    }
}

/// Kafka's checks of a quota: known for this kind, more than nothing, whole where it counts things.
fn check_quota(entity: &QuotaEntity, key: &str, value: Option<&str>) -> QuotaOutcome {
    let is_of_ip = entity.0.contains_key(&QuotaKind::Ip);
    let known: &[&str] = if is_of_ip { &IP_QUOTAS } else { &CLIENT_QUOTAS };
    if entity.0.is_empty() {
        return refuse("Invalid empty client quota entity".to_owned());
    }
    if is_of_ip && entity.0.len() > 1 {
        return refuse(
            "Invalid quota entity combination, IP entity should not be used with other entities".to_owned(),
        );
    }
    if !known.contains(&key) {
        return refuse(format!("Invalid configuration key {key}"));
    }
    let Some(number) = value.and_then(Decimal::parse) else { return Ok(()) };
    let (below, above) = number.between();
    if above <= 0 {
        return refuse(format!("Quota {key} must be greater than 0"));
    }
    let may_be_part = matches!(key, "request_percentage" | "controller_mutation_rate");
    if !may_be_part && below != above {
        return refuse(format!("{key} cannot be a fractional value."));
    }
    Ok(())
}
