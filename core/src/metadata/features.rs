//! Feature levels: what a release calls its metadata format, and what a cluster of it begins with.

use super::{MetadataRecord, form};

/// The feature that counts the formats of the metadata log.
pub const METADATA_VERSION: &str = "metadata.version";
/// The feature with which the voters of the quorum are in the log.
pub const KRAFT_VERSION: &str = "kraft.version";
/// The first level of `metadata.version` that this release still knows.
const FIRST: i16 = 7;
/// The level of `metadata.version` of this release.
pub const METADATA_LEVEL: i16 = 30;

/// Names of the levels of `metadata.version`, from the first; the last one is not stable yet.
const NAMES: [&str; 25] = [
    "3.3-IV3", "3.4-IV0", "3.5-IV0", "3.5-IV1", "3.5-IV2", "3.6-IV0", "3.6-IV1", "3.6-IV2", "3.7-IV0",
    "3.7-IV1", "3.7-IV2", "3.7-IV3", "3.7-IV4", "3.8-IV0", "3.9-IV0", "4.0-IV0", "4.0-IV1", "4.0-IV2",
    "4.0-IV3", "4.1-IV0", "4.1-IV1", "4.2-IV0", "4.2-IV1", "4.3-IV0", "4.4-IV0",
];

/// A feature beside `metadata.version`.
pub struct Feature {
    /// Its name.
    pub name: &'static str,
    /// Its highest level.
    pub max: i16,
    /// From which `metadata.version` on new clusters have that level; before it they have 0.
    pub since: i16,
    /// The `metadata.version` that its highest level needs.
    pub needs: Option<i16>,
}

/// All of them, in the order of Kafka's list.
pub static FEATURES: [Feature; 6] = [
    Feature { name: KRAFT_VERSION, max: 1, since: 21, needs: None },
    Feature { name: "transaction.version", max: 2, since: 24, needs: None },
    Feature { name: "group.version", max: 1, since: 22, needs: None },
    Feature { name: "eligible.leader.replicas.version", max: 1, since: 26, needs: Some(23) },
    Feature { name: "share.version", max: 1, since: 28, needs: None },
    Feature { name: "streams.version", max: 1, since: 29, needs: None },
];

impl Feature {
    /// The level with which a new cluster of this `metadata.version` begins.
    #[must_use]
    pub fn level_at(&self, metadata: i16) -> i16 {
        if metadata >= self.since { self.max } else { 0 }
    }
}

/// A feature by name.
#[must_use]
pub fn feature(name: &str) -> Option<&'static Feature> {
    FEATURES.iter().find(|feature| feature.name == name)
}

/// The levels of a feature that servers of this release support; 0 to 0 for what they do not know.
#[must_use]
pub fn supported(name: &str) -> (i16, i16) {
    match feature(name) {
        Some(feature) => (0, feature.max),
        None if name == METADATA_VERSION => (FIRST, METADATA_LEVEL),
        None => (0, 0),
    }
}

/// What a level of `metadata.version` is called.
#[must_use]
pub fn metadata_name(level: i16) -> Option<&'static str> {
    NAMES.get(usize::try_from(level.checked_sub(FIRST)?).ok()?).copied()
}

/// The level that a name means: `4.1-IV0` is one, `4.1` the last of that release.
#[must_use]
pub fn metadata_level(name: &str) -> Option<i16> {
    let end = name.match_indices('.').nth(1).map_or(name.len(), |(at, _)| at);
    let name = name.get(..end).unwrap_or_default();
    let is =
        |known: &&str| *known == name || known.split_once("-IV").is_some_and(|(release, _)| release == name);
    let at = NAMES.iter().rposition(is)?;
    FIRST.checked_add(i16::try_from(at).ok()?)
}

/// All names with commas, with or without those that are not stable.
#[must_use]
pub fn metadata_names(with_unstable: bool) -> String {
    let stable = usize::try_from(METADATA_LEVEL - FIRST + 1).unwrap_or(0);
    NAMES.get(..if with_unstable { NAMES.len() } else { stable }).unwrap_or_default().join(", ")
}

/// The feature records of a new cluster: `metadata.version`, then the others by name that are not 0. What the
/// quorum itself keeps is not among them.
#[must_use]
pub fn bootstrap(metadata: i16, given: &dyn Fn(&str) -> Option<i16>) -> Vec<(&'static str, i16)> {
    let mut levels = Vec::new();
    for feature in &FEATURES {
        let level = given(feature.name).unwrap_or_else(|| feature.level_at(metadata));
        if level != 0 && feature.name != KRAFT_VERSION {
            levels.push((feature.name, level));
        }
    }
    crate::sorted::sort(&mut levels);
    levels.insert(0, (METADATA_VERSION, metadata));
    levels
}

/// The bytes of `bootstrap.checkpoint`, with which a formatted directory begins: the levels of features.
#[must_use]
pub fn checkpoint(levels: &[(&'static str, i16)], time_ms: i64) -> Vec<u8> {
    let mut forms = Vec::new();
    for (name, level) in levels {
        forms.push(form::of(&MetadataRecord::FeatureLevel { name: (*name).to_owned(), level: *level }));
    }
    let mut bytes = Vec::new();
    let mut offset = 0;
    for forms in [vec![form::snapshot_header(0)], forms, vec![form::snapshot_footer()]] {
        let (batch, _) = form::batch(offset, 0, time_ms, forms);
        offset = batch.next_offset();
        bytes.append(&mut batch.encode());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_its_last_level() {
        assert_eq!(metadata_level("4.3"), Some(30));
        assert_eq!(metadata_level("4.1"), Some(27));
        assert_eq!(metadata_level("4.3.0"), Some(30));
        assert_eq!(metadata_level("3.3-IV3"), Some(7));
        assert_eq!(metadata_level("9.9"), None);
        assert_eq!(metadata_name(30), Some("4.3-IV0"));
        assert_eq!((metadata_name(6), metadata_name(32)), (None, None));
    }

    #[test]
    fn older_clusters_begin_with_less() {
        assert_eq!(bootstrap(19, &|_| None), [(METADATA_VERSION, 19)]);
        assert_eq!(bootstrap(30, &|_| None).len(), 6);
        assert_eq!(bootstrap(30, &|name| (name == "share.version").then_some(0)).len(), 5);
    }
}
