//! Tools of the KRaft age, asked in a cluster of 3.9 with ZooKeeper: its brokers know no quorum of controllers, no
//! feature levels to raise and no registrations to take back.

use super::kit::{self, Thrown};
use crate::command::process::Io;

const ERRORS: &str = "org.apache.kafka.common.errors.";
const FEATURES_USAGE: &str = "usage: kafka-features (--bootstrap-server BOOTSTRAP_SERVER |\n                      \
                              --bootstrap-controller BOOTSTRAP_CONTROLLER) upgrade\n                      [-h] \
                              [--metadata METADATA] [--feature FEATURE]\n                      [--dry-run]\n";

/// What such a tool prints, and its exit code; `None` if it is no such tool or would be told something else.
pub fn answer(io: &mut dyn Io, name: &str, args: &[String]) -> Option<i32> {
    let has = |word: &str| args.iter().any(|arg| arg == word);
    match name {
        "kafka-metadata-quorum" if has("describe") && has("--bootstrap-controller") => {
            let message = "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type \
                           CONTROLLER";
            let thrown = Thrown::new(&format!("{ERRORS}MismatchedEndpointTypeException"), message);
            kit::log(
                io,
                "WARN",
                "[AdminClient clientId=adminclient-1] Metadata update failed due to mismatched endpoint type error",
                "org.apache.kafka.clients.admin.internals.AdminMetadataManager",
            );
            io.complain(format_args!("{}\n", thrown.head()));
            Some(failed(io, thrown))
        }
        "kafka-metadata-quorum" if has("describe") && has("--bootstrap-server") => {
            let class = format!("{ERRORS}UnsupportedVersionException");
            Some(failed(io, Thrown::new(&class, "The node does not support DESCRIBE_QUORUM")))
        }
        "kafka-features" if has("describe") => Some(0),
        "kafka-features" => {
            let known = ["upgrade", "--bootstrap-server", "--metadata", "--feature", "--dry-run"];
            let wrong = args.iter().find(|arg| arg.starts_with("--") && !known.contains(&arg.as_str()))?;
            io.complain(format_args!(
                "{FEATURES_USAGE}kafka-features: error: unrecognized arguments: '{wrong}'\n"
            ));
            Some(1)
        }
        "kafka-cluster" if has("unregister") && has("--id") => {
            io.out("The target cluster does not support the broker unregistration API.\n");
            Some(0)
        }
        _ => None,
    }
}

/// An exception that came out of a future, as these tools tell it.
fn failed(io: &mut dyn Io, thrown: Thrown) -> i32 {
    let thrown = thrown.in_execution();
    io.complain(format_args!("{}\n{}\n", thrown.message, thrown.trace()));
    1
}
