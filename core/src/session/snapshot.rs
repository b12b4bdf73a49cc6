//! A sitting as text: its configuration, its inputs and the digest of where they led.

use super::Session;
use super::api::{ClusterConfig, Input, Stream};
use serde::{Deserialize, Serialize};

/// The version of the text.
const FORMAT: u32 = 1;
/// The longest snapshot that is read, in bytes.
const SNAPSHOT_MAX: usize = 16 << 20;
/// The longest time that a replayed sitting may span: a day.
const SPAN_MAX_US: u64 = 24 * 3_600_000_000;

#[derive(Serialize, Deserialize)]
struct Snapshot {
    format: u32,
    config: ClusterConfig,
    inputs: Vec<Input>,
    /// In hexadecimal: JSON's numbers are too short for it.
    digest: String,
}

impl Session {
    /// The whole sitting as JSON: its configuration, inputs and digest.
    #[must_use]
    pub fn snapshot(&self) -> String {
        let snapshot = Snapshot {
            format: FORMAT,
            config: self.config.clone(),
            inputs: self.inputs.clone(),
            digest: format!("{:016x}", self.sim.digest()),
        };
        serde_json::to_string(&snapshot).unwrap_or_default()
    }

    /// Replays a snapshot. The error is a sentence; nothing was changed then.
    pub fn restore(&mut self, json: &str) -> Result<(), String> {
        if json.len() > SNAPSHOT_MAX {
            return Err(format!("a snapshot may have at most {SNAPSHOT_MAX} bytes"));
        }
        let snapshot: Snapshot =
            serde_json::from_str(json).map_err(|why| format!("this is not a snapshot: {why}"))?;
        if snapshot.format != FORMAT {
            return Err(format!("the snapshot has format {}, this version reads {FORMAT}", snapshot.format));
        }
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
