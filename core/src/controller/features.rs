//! Feature levels on the controller (Kafka: `FeatureControlManager`).

use super::Controller;
use crate::java::hash_order;
use crate::metadata::MetadataRecord;
use crate::metadata::features::{KRAFT_VERSION, METADATA_VERSION, feature, supported};
use crate::node::Context;
use crate::protocol::{ErrorCode, QuotaOutcome, UpdateFeaturesRequest, UpgradeType};

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

    pub(super) fn feature_level(&self, name: &str) -> i16 {
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
}
