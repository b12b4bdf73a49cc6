//! Which Kafka's tools are spoken: what an option is called, what is printed and what is the default follows from it.

use serde::Serialize;

/// A release of Kafka that can be spoken, oldest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Release {
    /// 1.1.1, the last whose console consumer read over ZooKeeper: its options on a cluster of 2.8.2, whose words its
    /// tools have otherwise.
    V1,
    /// 2.8.2, the last whose tools talk to ZooKeeper.
    V2,
    /// 3.9.1, the last whose clusters may have ZooKeeper.
    V3,
    /// 4.3.0.
    #[default]
    V4,
}

impl Release {
    /// All of them, the newest first.
    pub const ALL: [Release; 4] = [Release::V4, Release::V3, Release::V2, Release::V1];

    /// Its number.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Release::V1 => "1.1.1",
            Release::V2 => "2.8.2",
            Release::V3 => "3.9.1",
            Release::V4 => "4.3.0",
        }
    }

    /// The release of this number; the last part may be left out.
    #[must_use]
    pub fn of(text: &str) -> Option<Release> {
        Release::ALL.into_iter().find(|release| {
            let name = release.name();
            name == text || name.get(..3) == Some(text)
        })
    }

    /// Whether its clusters have ZooKeeper here.
    #[must_use]
    pub fn has_zookeeper(self) -> bool {
        self < Release::V4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_of_a_number_may_be_left_out() {
        assert_eq!(Release::of("1.1"), Some(Release::V1));
        assert_eq!(Release::of("2.8"), Some(Release::V2));
        assert_eq!(Release::of("3.9.1"), Some(Release::V3));
        assert_eq!(Release::of("4.3"), Some(Release::V4));
        for other in ["", "2", "2.8.1", "2.8.", "4.30", "5.0"] {
            assert_eq!(Release::of(other), None, "{other}");
        }
    }
}
