//! Voters that change while the quorum stands (KIP-853), once `kraft.version` is 1: one at a time, by a record of which
//! the new set counts from the moment it is written.

use super::Controller;
use crate::metadata::MetadataRecord;
use crate::metadata::features::KRAFT_VERSION;
use crate::node::{Context, Span};
use crate::protocol::{ErrorCode, QuotaOutcome, Uuid, directory_id};

/// A controller that has not fetched for so long does not answer.
const SILENCE: Span = Span::secs(4);

impl Controller {
    /// Why the voters cannot be changed: while `kraft.version` is 0 they are a setting of every server.
    fn refuse_change(&self, verb: &str) -> Option<QuotaOutcome> {
        if self.feature_level(KRAFT_VERSION) == 0 {
            let why = format!("Cluster doesn't support {verb} voter because the kraft.version feature is 0");
            return Some(Err((ErrorCode::UnsupportedVersion, why)));
        }
        self.quorum.changes_voters().then(|| {
            let why = "Request timed out waiting for leader to handle previous voter change request.";
            Err((ErrorCode::RequestTimedOut, why.to_owned()))
        })
    }

    /// The voters as Kafka prints a set of them.
    fn voter_keys(&self) -> String {
        let keys: Vec<String> =
            self.quorum.voters().iter().map(|id| voter_key(*id, directory_id(*id))).collect();
        keys.join(", ")
    }

    /// Adds a controller that follows the log already.
    pub(super) fn add_voter(&mut self, ctx: &mut Context<'_>, id: i32) -> QuotaOutcome {
        if let Some(refused) = self.refuse_change("adding") {
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
        let known =
            self.quorum.replica(id).copied().filter(|state| ctx.now.since(state.last_fetch) < SILENCE);
        let Some(state) = known else {
            let why =
                "Aborted add voter operation for since API_VERSIONS returned an error BROKER_NOT_AVAILABLE";
            return Err((ErrorCode::RequestTimedOut, why.to_owned()));
        };
        if state.last_caught_up.is_none() {
            let key = voter_key(id, directory_id(id));
            let why = format!("Aborted add voter operation for {key} since it is lagging behind");
            return Err((ErrorCode::RequestTimedOut, why));
        }
        let mut voters = self.quorum.voters().to_vec();
        voters.push(id);
        voters.sort_unstable();
        self.append(ctx, vec![MetadataRecord::Voters { voters }]);
        // It was alone perhaps, and had nobody to look after.
        self.quorum.schedule_leader(ctx);
        Ok(())
    }

    /// Removes a voter; the last one stays.
    pub(super) fn remove_voter(&mut self, ctx: &mut Context<'_>, id: i32, directory: Uuid) -> QuotaOutcome {
        if directory == Uuid::ZERO {
            let why = "Remove voter request didn't include a valid voter";
            return Err((ErrorCode::InvalidRequest, why.to_owned()));
        }
        if let Some(refused) = self.refuse_change("removing") {
            return refused;
        }
        let mut voters = self.quorum.voters().to_vec();
        voters.retain(|voter| *voter != id || directory != directory_id(id));
        if voters.len() == self.quorum.voters().len() || voters.is_empty() {
            let key = voter_key(id, directory);
            let why = format!("Cannot remove voter {key} from the set of voters [{}]", self.voter_keys());
            return Err((ErrorCode::VoterNotFound, why));
        }
        self.append(ctx, vec![MetadataRecord::Voters { voters }]);
        Ok(())
    }

    /// A controller that is new registers once it follows.
    pub(super) fn register_controllers(&mut self, ctx: &mut Context<'_>) {
        let Some(leading) = self.quorum.role().leading() else { return };
        let mut records = Vec::new();
        for node in leading.replicas.keys() {
            if let crate::node::NodeId::Controller(id) = node
                && !self.image.controllers.contains(id)
                && self.quorum.replica(*id).is_some_and(|state| state.last_caught_up.is_some())
            {
                let incarnation = directory_id(-*id);
                records.push(MetadataRecord::RegisterController { id: *id, incarnation });
            }
        }
        self.append(ctx, records);
    }
}

fn voter_key(id: i32, directory: Uuid) -> String {
    format!("ReplicaKey(id={id}, directoryId={directory})")
}
