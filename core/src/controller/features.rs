//! Feature levels on the controller (Kafka: `FeatureControlManager`).

use super::Controller;
use crate::java::hash_order;
use crate::metadata::MetadataRecord;
use crate::metadata::features::{KRAFT_VERSION, METADATA_VERSION, feature, supported};
use crate::node::Context;
use crate::protocol::{ErrorCode, QuotaOutcome, UpdateFeaturesRequest, UpgradeType, Uuid, directory_id};

impl Controller {
    pub(super) fn update_features(
        &mut self,
        ctx: &mut Context<'_>,
        ask: &UpdateFeaturesRequest,
    ) -> QuotaOutcome {
        let mut records = Vec::new();
        for name in hash_order(ask.updates.iter().map(|(name, _)| name.as_str())) {
            let Some((_, level)) = ask.updates.iter().find(|(other, _)| other == name) else { continue };
            if let Err(why) = self.check_feature(name, *level, ask.upgrade_type) {
                let why = format!(
                    "The update failed for all features since the following feature had an error: {why}"
                );
                return Err((ErrorCode::InvalidUpdateVersion, why));
            }
            records.push(MetadataRecord::FeatureLevel { name: name.to_owned(), level: *level });
        }
        if !ask.validate_only {
            // The quorum writes nothing when its own level stays.
            records.retain(|record| match record {
                MetadataRecord::FeatureLevel { name, level } if name == KRAFT_VERSION => {
                    self.feature_level(name) != *level
                }
                _ => true,
            });
            // Its own records stand in a batch of their own, with the voters that are in the log from now on.
            let of_quorum = |record: &MetadataRecord| matches!(record, MetadataRecord::FeatureLevel { name, .. } if name == KRAFT_VERSION);
            if let Some(at) = records.iter().position(of_quorum) {
                let level = records.remove(at);
                let voters = self.quorum.voters().to_vec();
                self.append(ctx, vec![level, MetadataRecord::Voters { voters }]);
            }
            self.append(ctx, records);
        }
        Ok(())
    }

    fn feature_level(&self, name: &str) -> i16 {
        self.image.features.get(name).copied().unwrap_or(0)
    }

    /// Whether a feature may have this level; if not, why.
    fn check_feature(&self, name: &str, level: i16, way: UpgradeType) -> Result<(), String> {
        let invalid = |why: &str| Err(format!("Invalid update version {level} for feature {name}. {why}"));
        let now = self.feature_level(name);
        if level < 0 {
            return invalid("A feature version cannot be less than 0.");
        }
        let (least, most) = supported(name);
        if !(least..=most).contains(&level) {
            let local = format!("Local controller {}", self.id);
            return invalid(&match most {
                0 => format!("{local} does not support this feature."),
                _ => format!("{local} only supports versions {least}-{most}"),
            });
        }
        if level < now && way == UpgradeType::Upgrade {
            let either = "either safe or unsafe downgrade.";
            return invalid(&format!(
                "Can't downgrade the version of this feature without setting the upgrade type to {either}"
            ));
        }
        if level > now && way != UpgradeType::Upgrade {
            return invalid("Can't downgrade to a newer version.");
        }
        if name == METADATA_VERSION {
            // Between the newest format and the one before it lies a change of records.
            return match way {
                _ if level >= now => Ok(()),
                UpgradeType::UnsafeDowngrade => Err(format!(
                    "Unsupported metadata.version downgrade from {now} to {level}. Unsafe metadata downgrade is not \
                     supported in this version."
                )),
                _ => Err(format!(
                    "Unsupported metadata.version downgrade from {now} to {level}. Refusing to perform the requested \
                     downgrade because it might delete metadata information."
                )),
            };
        }
        if feature(name).is_none() {
            return invalid(&format!("Feature {name} not found."));
        }
        if name == KRAFT_VERSION && level < now {
            return invalid("Can't downgrade the version of this feature.");
        }
        Ok(())
    }

    /// Why the voters cannot be changed: while `kraft.version` is 0 they are a setting of every server.
    fn voters_are_settings(&self, verb: &str) -> Option<QuotaOutcome> {
        (self.feature_level(KRAFT_VERSION) == 0).then(|| {
            let why = format!("Cluster doesn't support {verb} voter because the kraft.version feature is 0");
            Err((ErrorCode::UnsupportedVersion, why))
        })
    }

    /// The voters as Kafka prints a set of them.
    fn voter_keys(&self) -> String {
        let keys: Vec<String> =
            self.quorum.voters().iter().map(|id| voter_key(*id, directory_id(*id))).collect();
        keys.join(", ")
    }

    /// A voter is to be added; a controller that runs is one already, another one does not answer.
    pub(super) fn add_voter(&self, id: i32) -> QuotaOutcome {
        if let Some(refused) = self.voters_are_settings("adding") {
            return refused;
        }
        if self.quorum.voters().contains(&id) {
            let why = format!(
                "The voter id for {} is already part of the set of voters [{}].",
                voter_key(id, directory_id(id)),
                self.voter_keys()
            );
            return Err((ErrorCode::DuplicateVoter, why));
        }
        let why = "Aborted add voter operation for since API_VERSIONS returned an error BROKER_NOT_AVAILABLE";
        Err((ErrorCode::RequestTimedOut, why.to_owned()))
    }

    pub(super) fn remove_voter(&self, id: i32, directory: Uuid) -> QuotaOutcome {
        if directory == Uuid::ZERO {
            let why = "Remove voter request didn't include a valid voter";
            return Err((ErrorCode::InvalidRequest, why.to_owned()));
        }
        if let Some(refused) = self.voters_are_settings("removing") {
            return refused;
        }
        let key = voter_key(id, directory);
        if !self.quorum.voters().contains(&id) || directory != directory_id(id) {
            let why = format!("Cannot remove voter {key} from the set of voters [{}]", self.voter_keys());
            return Err((ErrorCode::VoterNotFound, why));
        }
        let why = "The voters of this simulated cluster stay what they are.";
        Err((ErrorCode::PolicyViolation, why.to_owned()))
    }
}

fn voter_key(id: i32, directory: Uuid) -> String {
    format!("ReplicaKey(id={id}, directoryId={directory})")
}
