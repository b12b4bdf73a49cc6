//! Small steps on a session that several tests take.

use kafkascope_core::session::Session;
use kafkascope_core::session::api::{ClusterConfig, Input};

/// A fresh cluster of three brokers whose tools start at once.
///
/// # Panics
/// If the default configuration is refused, which is a failure of the test.
#[must_use]
pub fn fresh() -> Session {
    let config = ClusterConfig { tool_startup_us: 0, ..ClusterConfig::default() };
    Session::new(config).expect("the default configuration is accepted")
}

/// The digest of the world, as a snapshot tells it.
///
/// # Panics
/// If the snapshot has none.
#[must_use]
pub fn digest(session: &Session) -> String {
    let snapshot: serde_json::Value = serde_json::from_str(&session.snapshot()).expect("a snapshot is JSON");
    snapshot.get("digest").and_then(serde_json::Value::as_str).expect("a snapshot has a digest").to_owned()
}

/// Types a line in terminal 1 and lets `us` microseconds pass.
pub fn type_line(session: &mut Session, text: &str, us: u64) {
    session.apply(Input::Line { terminal: 1, text: text.to_owned() });
    session.apply(Input::Advance { us });
}

/// Everything that terminal 1 shows, as one text.
#[must_use]
pub fn shown(session: &Session) -> String {
    session
        .output(1, 0)
        .iter()
        .map(|chunk| format!("{} {:?} {}", chunk.at, chunk.stream, chunk.text))
        .collect()
}

/// Chance for tests that try many inputs: a fixed, portable sequence for each seed (xorshift64*).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The sequence of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Chance {
        Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number from 0 to `bound` - 1.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let draw = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(draw).unwrap_or(0) % bound.max(1)
    }

    /// One of a list.
    pub fn one_of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}
