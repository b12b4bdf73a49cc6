//! `inter.broker.protocol.version`: which rules of replication are in force.
//!
//! Kafka 4.3 has no such setting any more; its brokers know the newest rules only. Here it stands for brokers of an
//! older version, so that what a rule is good for can be seen on the same schedule without it.

use serde::Serialize;
use std::str::FromStr;

/// A version like `0.10.2` or `3.6-IV2`, as far as it matters: major and minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ProtocolVersion {
    major: u16,
    minor: u16,
}

impl ProtocolVersion {
    /// The newest.
    pub const CURRENT: ProtocolVersion = ProtocolVersion { major: 4, minor: 3 };

    /// That of Kafka 2.8.
    pub const V2_8: ProtocolVersion = ProtocolVersion { major: 2, minor: 8 };

    /// Followers find by leader epochs where logs part (KIP-101, 0.11); before, they cut at their high watermark.
    #[must_use]
    pub fn has_leader_epochs(self) -> bool {
        self >= ProtocolVersion { major: 0, minor: 11 }
    }

    /// The high watermark stands still while the ISR is smaller than `min.insync.replicas` (KIP-966, 3.7).
    #[must_use]
    pub fn holds_high_watermark(self) -> bool {
        self >= ProtocolVersion { major: 3, minor: 7 }
    }
}

impl FromStr for ProtocolVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<ProtocolVersion, String> {
        let mut numbers = text.trim().split(['.', '-']).map(str::parse::<u16>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => Ok(ProtocolVersion { major, minor }),
            _ => Err(format!("Version {text} is not a valid version.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_come_with_versions() {
        let version = |text: &str| text.parse::<ProtocolVersion>().unwrap();
        assert!(!version("0.10.2").has_leader_epochs() && version("0.11.0-IV2").has_leader_epochs());
        assert!(!version("3.6-IV2").holds_high_watermark() && version("3.7").holds_high_watermark());
        assert!(ProtocolVersion::CURRENT.holds_high_watermark());
        assert!("newest".parse::<ProtocolVersion>().is_err());
    }
}
