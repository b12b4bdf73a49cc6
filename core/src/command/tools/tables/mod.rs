//! The option tables of the tools, and one sentence about each tool.
//!
//! Names, arguments and defaults are Kafka's; what is said about them is said in our own words.

mod acls;
mod all_groups;
mod configs;
mod consumer;
mod consumer_perf;
mod delegation_tokens;
mod e2e_latency;
mod get_offsets;
mod groups;
mod leader_election;
mod logs;
mod others;
mod producer;
mod reassign;
mod seldom;
mod share;
mod topics;

pub use acls::ACLS;
pub use all_groups::ALL_GROUPS;
pub use configs::CONFIGS;
pub use consumer::CONSUMER;
pub use consumer_perf::CONSUMER_PERF;
pub use delegation_tokens::DELEGATION_TOKENS;
pub use e2e_latency::E2E_LATENCY;
pub use get_offsets::GET_OFFSETS;
pub use groups::GROUPS;
pub use leader_election::{LEADER_ELECTION, PREFERRED_ELECTION};
pub use logs::{DELETE_RECORDS, DUMP_LOG, LOG_DIRS};
pub use others::{
    API_VERSIONS, CLUSTER, FEATURES, METADATA_QUORUM, METADATA_SHELL, OLD_FEATURES, OTHERS, PRODUCER_PERF,
    STORAGE, TRANSACTIONS, VERIFIABLE_CONSUMER, VERIFIABLE_PRODUCER, VERIFIABLE_SHARE,
};
pub use producer::PRODUCER;
pub use reassign::REASSIGN;
pub use seldom::{
    CLIENT_METRICS, JMX, MIRROR_MAKER, REPLICA_VERIFICATION, SHARE_PERF, STREAMS_GROUPS, STREAMS_RESET,
};
pub use share::{SHARE_CONSUMER, SHARE_GROUPS};
pub use topics::TOPICS;

use crate::command::options::OptionSpec;

const HELP: OptionSpec = OptionSpec::flag("help", "Show this table.");
const VERSION: OptionSpec = OptionSpec::flag("version", "Show Kafka's version.");
