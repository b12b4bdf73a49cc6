//! A sitting as text: its configuration, its inputs and the digest of where they led.

use super::Session;
use super::api::{Input, Stream};
use super::saved;

/// The longest snapshot that is read, in bytes.
const SNAPSHOT_MAX: usize = 16 << 20;
/// The longest time that a replayed sitting may span: a day.
const SPAN_MAX_US: u64 = 24 * 3_600_000_000;

impl Session {
    /// The whole sitting as JSON: its configuration, inputs and digest.
    #[must_use]
    pub fn snapshot(&self) -> String {
        saved::write(&self.config, &self.inputs, &format!("{:016x}", self.sim.digest()))
    }

    /// Replays a snapshot. The error is a sentence; nothing was changed then.
    pub fn restore(&mut self, json: &str) -> Result<(), String> {
        if json.len() > SNAPSHOT_MAX {
            return Err(format!("a snapshot may have at most {SNAPSHOT_MAX} bytes"));
        }
        let snapshot = saved::read(json)?;
        let passed = snapshot.inputs.iter().fold(0_u64, |sum, input| match input {
            Input::Advance { us } => sum.saturating_add(*us),
            _ => sum,
        });
        if passed > SPAN_MAX_US {
            return Err("a snapshot may span at most one day".to_owned());
        }
        let mut session = Session::new(snapshot.config)?;
        for input in snapshot.inputs {
            session.apply(input);
        }
        let digest = format!("{:016x}", session.sim.digest());
        if digest != snapshot.digest {
            return Err(format!(
                "the snapshot leads to another state ({digest}) than it says ({}): it was changed, or made by another version",
                snapshot.digest
            ));
        }
        session.exports.clear();
        session.cluster = session.cluster.max(self.cluster).saturating_add(1);
        *self = session;
        Ok(())
    }

    /// Writes the snapshots that were asked for while the input was done.
    pub(super) fn write_saves(&mut self) {
        for (terminal, path) in std::mem::take(&mut self.saves) {
            let text = self.snapshot().into_bytes();
            match self.files.put(&path, text.clone()) {
                Ok(()) => {
                    self.say(terminal, &format!("the sitting was saved as {path}"));
                    self.exports.push((path, text));
                }
                Err(why) => self.tell(terminal, Stream::Stderr, &format!("snapshot: {why}\n")),
            }
        }
    }
}
