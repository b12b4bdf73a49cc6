//! What a controller answers to clients that come to it directly (KIP-919): administrators who are told of controllers
//! by `--bootstrap-controller`.

use super::Controller;
use crate::metadata::config::Layers;
use crate::metadata::form::controller_endpoint;
use crate::metadata::{ConfigResource, MetadataBatch, MetadataRecord, Release};
use crate::protocol::{
    AlteredConfigs, ApiError, ConfigEntry, DescribedBroker, DescribedCluster, ErrorCode,
    IncrementalAlterConfigsRequest, Request, Response, mismatched_endpoint,
};

impl Controller {
    /// Answers what any controller can, active or not.
    pub(super) fn answer_client(&self, request: &Request) -> Option<Response> {
        match request {
            Request::DescribeCluster(ask) if ask.controllers => {
                Some(Response::DescribeCluster(Ok(self.described())))
            }
            Request::DescribeCluster(_) => Some(Response::DescribeCluster(Err(mismatched_endpoint(false)))),
            // Not among the requests of controllers.
            Request::Metadata(_) => Some(Response::Envelope(ErrorCode::UnsupportedVersion)),
            Request::ApiVersions(with_features) => {
                let mut features = self.committed.finalized_features();
                features.epoch = self.features_epoch;
                Some(Response::ApiVersions(with_features.then_some(features)))
            }
            Request::DescribeConfigs(resources) => {
                let mut described = Vec::new();
                for resource in resources {
                    described.push((resource.clone(), self.describe_config(resource)));
                }
                Some(Response::DescribeConfigs(described))
            }
            _ => None,
        }
    }

    /// Levels of its own loggers, which any controller changes for itself.
    pub(super) fn set_loggers(&mut self, ask: &IncrementalAlterConfigsRequest) -> Option<AlteredConfigs> {
        let own = ConfigResource::BrokerLogger(self.id);
        if ask.resources.is_empty() || ask.resources.iter().any(|(resource, _)| *resource != own) {
            return None;
        }
        let mut outcomes = Vec::new();
        for (resource, ops) in &ask.resources {
            outcomes.push((resource.clone(), self.loggers.set(Release::V4, ops, ask.validate_only)));
        }
        Some(outcomes)
    }

    fn described(&self) -> DescribedCluster {
        let mut endpoints = Vec::new();
        for id in &self.committed.controllers {
            let endpoint = controller_endpoint(*id);
            endpoints.push(DescribedBroker { id: *id, endpoint, rack: None, is_fenced: false });
        }
        DescribedCluster { cluster_id: self.cluster_id, controller: self.quorum.leader(), endpoints }
    }

    fn describe_config(&self, resource: &ConfigResource) -> Result<Vec<ConfigEntry>, ApiError> {
        let layers = Layers {
            release: self.config.release,
            broker: self.id,
            image: &self.committed,
            properties: &self.config.properties,
        };
        match resource {
            ConfigResource::BrokerDefault => Ok(layers.describe_default()),
            ConfigResource::Broker(id) if *id == self.id => Ok(layers.describe_broker()),
            ConfigResource::BrokerLogger(id) if *id == self.id => {
                // Those of the states that only a leader goes through.
                let leads = self.quorum.leader() == Some(self.id);
                let of_leaders = ["CandidateState", "LeaderState", "ProspectiveState"];
                Ok(self
                    .loggers
                    .describe(Release::V4, &|name| leads || !of_leaders.iter().any(|it| name.ends_with(it))))
            }
            _ => {
                let why = format!("Unexpected broker id, expected {} or empty string", self.id);
                Err((ErrorCode::InvalidRequest, why))
            }
        }
    }

    /// It has loaded a snapshot: what came before is not in its log.
    pub(super) fn load_snapshot(&mut self) {
        let Some(base) = self.quorum.log().base() else { return };
        self.committed = base.image.clone();
        self.features_epoch = base.id.end - 1;
    }

    /// A controller tells which record told it of the features in force.
    pub(super) fn note_features(&mut self, batch: &MetadataBatch) {
        if batch.records.iter().any(|record| matches!(record, MetadataRecord::FeatureLevel { .. })) {
            self.features_epoch = batch.end_offset() - 1;
        }
    }
}
