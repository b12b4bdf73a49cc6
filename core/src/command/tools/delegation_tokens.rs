//! `kafka-delegation-tokens`: a cluster that listens in plain text gives no tokens.

use super::kit::{self, Thrown};
use super::tables::DELEGATION_TOKENS;
use crate::client::{ClientCall, ClientEvent};
use crate::command::options::{Parsed, both_refused};
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::node::ClientId;
use crate::protocol::{MetadataRequest, Request};
use serde::Serialize;

const NAME: &str = "kafka-delegation-tokens";
const ACTIONS: [&str; 4] = ["create", "renew", "expire", "describe"];
/// Which options an action needs, in the order in which they are missed.
const NEEDED: [(&str, &[&str]); 3] = [
    ("create", &["max-life-time-period"]),
    ("renew", &["hmac", "renew-time-period"]),
    ("expire", &["hmac", "expiry-time-period"]),
];
/// Which options an action does not take.
const APART: [(&str, &[&str]); 4] = [
    ("create", &["hmac", "renew-time-period", "expiry-time-period"]),
    ("renew", &["renewer-principal", "max-life-time-period", "expiry-time-period", "owner-principal"]),
    ("expire", &["renewer-principal", "max-life-time-period", "renew-time-period", "owner-principal"]),
    (
        "describe",
        &["renewer-principal", "max-life-time-period", "hmac", "renew-time-period", "expiry-time-period"],
    ),
];

/// What `--describe` did not take up to 3.9.
const DESCRIBED_ALONE: [&str; 4] =
    ["renew-time-period", "max-life-time-period", "hmac", "expiry-time-period"];

/// A running `kafka-delegation-tokens`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DelegationTokens {
    args: Vec<String>,
    options: Parsed,
    client: Option<ClientId>,
}

impl DelegationTokens {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> DelegationTokens {
        DelegationTokens { args: args.to_vec(), options: Parsed::default(), client: None }
    }

    fn action(&self) -> &'static str {
        ACTIONS.into_iter().find(|action| self.options.has(action)).unwrap_or_default()
    }

    /// The first thing that is wrong, as the head of the usage.
    fn misuse(&self) -> Option<String> {
        let has = |name: &str| self.options.has(name);
        if ACTIONS.iter().filter(|action| has(action)).count() != 1 {
            return Some(
                "Command must include exactly one action: --create, --renew, --expire or --describe"
                    .to_owned(),
            );
        }
        let needed = NEEDED.iter().filter(|(action, _)| has(action)).flat_map(|(_, names)| names.iter());
        let missing = ["bootstrap-server", "command-config"].iter().chain(needed).find(|name| !has(name));
        if let Some(name) = missing {
            return Some(format!("Missing required argument \"[{name}]\""));
        }
        if self.options.release <= Release::V2 && has("create") && has("owner-principal") {
            return both_refused(
                &self.options,
                "create",
                &["hmac", "renew-time-period", "expiry-time-period"],
            )
            .or_else(|| both_refused(&self.options, "create", &["owner-principal"]));
        }
        if self.options.release <= Release::V3 && has("describe") {
            return both_refused(&self.options, "describe", &DESCRIBED_ALONE);
        }
        APART.iter().find_map(|(action, others)| both_refused(&self.options, action, others))
    }

    /// Says what is asked for, and asks.
    fn open(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        let client = kit::open_admin(io, &self.options, "adminclient-1")?;
        self.client = Some(client);
        let old = io.release() < Release::V3;
        let period = |name: &str| Ok::<i64, Thrown>(self.options.number(name)?.unwrap_or(0));
        let hmac = self.options.value("hmac")?.unwrap_or_default();
        let name = match self.action() {
            "create" => {
                let renewers = principals(&self.options, "renewer-principal")?;
                let period = period("max-life-time-period")?;
                io.print(format_args!(
                    "Calling create token operation with renewers :{renewers} , max-life-time-period :{period}\n"
                ));
                "createDelegationToken"
            }
            "renew" => {
                let period = period("renew-time-period")?;
                io.print(format_args!(
                    "Calling renew token operation with hmac :{hmac} , renew-time-period :{period}\n"
                ));
                check_base64(hmac)?;
                "renewDelegationToken"
            }
            "expire" => {
                let period = period("expiry-time-period")?;
                let blank = if old { " " } else { "" };
                io.print(format_args!(
                    "Calling expire token operation with hmac :{hmac} , expire-time-period :{blank}{period}\n"
                ));
                check_base64(hmac)?;
                "expireDelegationToken"
            }
            _ => {
                if self.options.has("owner-principal") {
                    let owners = principals(&self.options, "owner-principal")?;
                    let head = if old { " :" } else { ": " };
                    io.print(format_args!("Calling describe token operation for owners{head}{owners}\n"));
                } else {
                    io.out("Calling describe token operation for current user.\n");
                }
                "describeDelegationToken"
            }
        };
        let request = MetadataRequest { topics: Some(Vec::new()), allow_auto_topic_creation: false };
        io.call(client, ClientCall::Admin { tag: 0, name, request: Request::Metadata(request) });
        Ok(())
    }

    fn fail(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        if io.release() < Release::V3 {
            io.print(format_args!("Error while executing delegation token command : {}\n", thrown.message));
            kit::log(io, "ERROR", &thrown.trace(), "kafka.admin.DelegationTokenCommand$");
        } else {
            io.complain(format_args!("{}\n{}\n", thrown.message, thrown.trace()));
        }
        kit::leave(io, self.client.take(), 1);
    }
}

/// Principals as Java prints a list of them.
fn principals(options: &Parsed, option: &str) -> Result<String, Thrown> {
    let mut names = Vec::new();
    for principal in options.all(option) {
        let principal = principal.trim();
        if principal.split_once(':').is_none_or(|(kind, name)| kind.is_empty() || name.is_empty()) {
            return Err(Thrown::illegal(format!(
                "expected a string in format principalType:principalName but got {principal}"
            )));
        }
        names.push(principal);
    }
    Ok(format!("[{}]", names.join(", ")))
}

/// The first letter that is none of base 64, in the words of Java's decoder.
fn check_base64(text: &str) -> Result<(), Thrown> {
    let stray = text.trim_end_matches('=').bytes().find(|b| !b.is_ascii_alphanumeric() && !b"+/".contains(b));
    match stray {
        Some(byte) => Err(Thrown::illegal(format!("Illegal base64 character {byte:x}"))),
        None => Ok(()),
    }
}

impl Program for DelegationTokens {
    fn start(&mut self, io: &mut dyn Io) {
        match Parsed::parse(DELEGATION_TOKENS, &self.args, io.release()) {
            Ok(options) => self.options = options,
            Err(error) => {
                let thrown = Thrown::from(error);
                kit::tell(io, &thrown, Release::V3);
                return io.exit(1);
            }
        }
        if self.options.is_empty || self.options.has("help") {
            let about = "This tool helps to create, renew, expire, or describe delegation tokens.";
            return kit::refuse(io, NAME, about);
        }
        if self.options.has("version") {
            return kit::version(io);
        }
        if let Some(message) = self.misuse() {
            return kit::refuse(io, NAME, &message);
        }
        // The file is read before anything is caught.
        if let Err(thrown) = kit::load(io, &self.options, "command-config") {
            kit::tell(io, &thrown, Release::V3);
            return io.exit(1);
        }
        if let Err(thrown) = self.open(io) {
            self.fail(io, &thrown);
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        let Some(result) = kit::answer(io, self.client, event) else { return };
        let thrown = match result {
            Ok(_) => Thrown::new(
                "org.apache.kafka.common.errors.UnsupportedByAuthenticationException",
                "Delegation Token requests are not allowed on PLAINTEXT/1-way SSL channels and on delegation \
                 token authenticated channels.",
            ),
            Err(error) => Thrown::from(error),
        };
        self.fail(io, &thrown.in_execution());
        io.note(
            "this cluster has no security: its brokers listen in plain text, and nobody proves who he is",
        );
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Stage, metadata};
    use crate::command::release::Release;

    const LINE: &str = "kafka-delegation-tokens --bootstrap-server localhost:9092 --command-config c";

    #[test]
    fn a_cluster_in_plain_text_gives_no_tokens() {
        for (release, out, err) in [
            (Release::V4, "Calling describe token operation for owners: [User:ann]\n", "org.apache.kafka"),
            (Release::V2, "Calling describe token operation for owners :[User:ann]\nError while", "["),
        ] {
            let mut stage = Stage { release, ..Stage::default() };
            stage.files.insert("c".to_owned(), Vec::new());
            let mut tool = stage.run(&format!("{LINE} --describe --owner-principal User:ann"));
            stage.answer(&mut tool, metadata(&[]));
            assert!(stage.out.starts_with(out) && stage.err.starts_with(err), "{}{}", stage.out, stage.err);
            assert!(stage.err.contains("UnsupportedByAuthenticationException: Delegation Token requests"));
            assert_eq!(stage.exit, Some(1));
        }
    }

    #[test]
    fn what_an_action_needs_is_missed_in_order() {
        for (line, why) in [
            ("", "Command must include exactly one action: --create, --renew, --expire or --describe"),
            (" --create --hmac x", "Missing required argument \"[max-life-time-period]\""),
            (" --renew --hmac x", "Missing required argument \"[renew-time-period]\""),
            (" --describe --hmac x", "Option \"[describe]\" can't be used with option \"[hmac]\""),
        ] {
            let mut stage = Stage::default();
            stage.run(&format!("{LINE}{line}"));
            assert!(stage.complaint().starts_with(why), "{line}: {}", stage.complaint());
        }
        let mut stage = Stage::default();
        stage.files.insert("c".to_owned(), Vec::new());
        stage.run(&format!("{LINE} --renew --renew-time-period -1 --hmac A_CD="));
        assert!(stage.err.starts_with("Illegal base64 character 5f\njava.lang.IllegalArgumentException"));
    }
}
