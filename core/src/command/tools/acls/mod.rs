//! `kafka-acls`: reads and checks what it is told, and then hears that this cluster has no authorizer.

mod authorizer;
mod entries;

use super::kit::{self, Thrown};
use super::tables::ACLS;
use crate::client::{ClientCall, ClientEvent};
use crate::command::options::{Parsed, both_refused, in_set_order};
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::node::ClientId;
use crate::protocol::{MetadataRequest, Request};
use authorizer::{Authorizer, Progress};
use entries::{Entries, listed};
use serde::Serialize;

const NAME: &str = "kafka-acls";
/// The class of authorizers up to Kafka 2.8.
const OLD_CLASS: &str = "kafka.security.auth.SimpleAclAuthorizer";

/// A running `kafka-acls`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Acls {
    args: Vec<String>,
    options: Parsed,
    client: Option<ClientId>,
    authorizer: Option<Authorizer>,
    /// Questions that are still to be answered with y.
    questions: Vec<String>,
    /// Over ZooKeeper: the entries that are named, those that are still asked about, and those that were agreed to.
    named: Entries,
    agreed: Entries,
}

/// Why the tool ends before it has begun.
enum Stop {
    Usage(String),
    Thrown(Thrown),
}

impl From<Thrown> for Stop {
    fn from(thrown: Thrown) -> Stop {
        Stop::Thrown(thrown)
    }
}

/// Which options must not be given with which.
const APART: &[(&str, &[&str])] = &[
    ("list", &["producer", "consumer", "allow-host", "allow-principal", "deny-host", "deny-principal"]),
    ("producer", &["operation", "deny-principal", "deny-host"]),
    ("consumer", &["operation", "deny-principal", "deny-host"]),
];

impl Acls {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> Acls {
        Acls {
            args: args.to_vec(),
            options: Parsed::default(),
            client: None,
            authorizer: None,
            questions: Vec::new(),
            named: Entries::new(),
            agreed: Entries::new(),
        }
    }

    /// The first thing that is wrong, as a sentence.
    fn misuse(&self, release: Release) -> Option<String> {
        let has = |name: &str| self.options.has(name);
        let told = |text: &str| Some(text.to_owned());
        let over_authorizer = has("authorizer-properties") || has("authorizer");
        match (release, has("bootstrap-server"), has("bootstrap-controller") || over_authorizer) {
            (Release::V4, true, true) => {
                return told("Only one of --bootstrap-server or --bootstrap-controller must be specified");
            }
            (Release::V4, false, false) => {
                return told("One of --bootstrap-server or --bootstrap-controller must be specified");
            }
            (Release::V4, ..) => {}
            (_, true, _) if has("authorizer") => {
                return told("Only one of --bootstrap-server or --authorizer must be specified");
            }
            (_, true, _) if has("authorizer-properties") => {
                return told("The --authorizer-properties option can only be used with --authorizer option");
            }
            (_, false, false) => return told("Missing required argument \"[authorizer-properties]\""),
            _ => {}
        }
        if release <= Release::V3 {
            // Without a server the authorizer wants its settings, whatever else is given.
            if !has("bootstrap-server") && !has("authorizer-properties") {
                return told("Missing required argument \"[authorizer-properties]\"");
            }
            if has("command-config") && !has("bootstrap-server") {
                return told("The --command-config option can only be used with --bootstrap-server option");
            }
        }
        if ["add", "remove", "list"].iter().filter(|action| has(action)).count() != 1 {
            return told("Command must include exactly one action: --list, --add, --remove. ");
        }
        let apart = APART.iter().find_map(|(used, others)| {
            // A set of Scala has its own order, if it is large enough.
            let ordered = if release <= Release::V2 && others.len() > 4 {
                in_set_order(others)
            } else {
                others.to_vec()
            };
            both_refused(&self.options, used, &ordered)
        });
        if apart.is_some() {
            return apart;
        }
        if has("principal") && !has("list") {
            return told("The --principal option is only available if --list is set");
        }
        if has("producer") && !has("topic") {
            return told("With --producer you must specify a --topic");
        }
        if has("idempotent") && !has("producer") {
            return told("The --idempotent option is only available if --producer is set");
        }
        let whole = has("topic") && has("group");
        if has("consumer") && (!whole || !has("producer") && (has("cluster") || has("transactional-id"))) {
            return told(
                "With --consumer you must specify a --topic and a --group and no --cluster or --transactional-id \
                 option should be specified.",
            );
        }
        None
    }

    fn open(&mut self, io: &mut dyn Io) -> Result<(), Stop> {
        let entries = entries::entries(&self.options, io.release())?;
        if self.over_authorizer() {
            self.named = entries;
            return self.knock(io);
        }
        // The first answer is the last.
        let entries = if self.options.has("add") { entries.into_iter().take(1).collect() } else { entries };
        // 4.3 looks first at what is there, and hears of the authorizer before it says what it adds.
        if io.is_3_9() || !self.options.has("add") {
            self.announce(io, &entries);
        }
        self.client = Some(kit::open_admin(io, &self.options, "adminclient-1")?);
        if self.questions.is_empty() {
            self.ask(io)
        } else {
            self.question(io)
        }
        Ok(())
    }

    /// Says what will be added, or plans the questions about what shall be removed.
    fn announce(&mut self, io: &mut dyn Io, entries: &Entries) {
        let space = if io.is_3_9() { " " } else { "" };
        for (pattern, list) in entries {
            if self.options.has("add") {
                io.print(format_args!(
                    "Adding ACLs for resource `{pattern}`: \n {}{space}\n\n",
                    listed(list)
                ));
            } else if self.options.has("remove") && !self.options.has("force") {
                self.questions.push(match list.is_empty() {
                    true => format!("Are you sure you want to delete all ACLs for resource filter `{pattern}`? (y/n)"),
                    false => format!(
                        "Are you sure you want to remove ACLs: \n {} \n from resource filter `{pattern}`? (y/n)",
                        listed(list)
                    ),
                });
            }
        }
    }

    fn over_authorizer(&self) -> bool {
        !self.options.has("bootstrap-server") && !self.options.has("bootstrap-controller")
    }

    /// Up to 3.9: lists of access were kept in ZooKeeper, whoever looked at them. The tool goes there itself.
    fn knock(&mut self, io: &mut dyn Io) -> Result<(), Stop> {
        if self.options.value("authorizer").is_ok_and(|class| class == Some(OLD_CLASS))
            && io.release() == Release::V3
        {
            return Err(Stop::Thrown(Thrown::new("java.lang.ClassNotFoundException", OLD_CLASS)));
        }
        // Without a package it is looked for among all classes, and not found.
        if let Ok(Some(class)) = self.options.value("authorizer")
            && !class.starts_with("kafka.security.")
        {
            return Err(Stop::Thrown(Thrown::new("java.lang.ClassNotFoundException", class)));
        }
        for pair in self.options.all("authorizer-properties") {
            if pair.split_once('=').is_none_or(|(_, value)| value.is_empty()) {
                let key = pair.trim_end_matches('=');
                let end = if io.release() == Release::V3 { "}" } else { "" };
                return Err(Stop::Thrown(Thrown::illegal(format!("Missing value for key {key}{end}"))));
            }
        }
        let pairs = kit::key_values(self.options.all("authorizer-properties"));
        let Some((_, connect)) = pairs.iter().find(|(name, _)| name == "zookeeper.connect") else {
            let message = "Missing required configuration `zookeeper.connect` which has no default value.";
            return Err(Stop::Thrown(Thrown::config(message)));
        };
        self.authorizer = Some(Authorizer::open(io, connect)?);
        Ok(())
    }

    /// Nobody answers: a tool that has no line to read is done, up to 3.9 with Java's words for it.
    fn unanswered(&mut self, io: &mut dyn Io) {
        if let Some(authorizer) = self.authorizer.take() {
            authorizer.close(io);
        }
        let message = if io.is_3_9() {
            "Cannot invoke \"String.equalsIgnoreCase(String)\" because the return value of \
             \"scala.io.StdIn$.readLine()\" is null"
        } else {
            "Cannot invoke \"java.io.Console.readLine()\" because the return value of \"java.lang.System.console()\" \
             is null"
        };
        self.fail(io, &Thrown::new("java.lang.NullPointerException", message));
    }

    fn question(&mut self, io: &mut dyn Io) {
        if let Some(question) = self.questions.first() {
            io.print(format_args!("{question}\n"));
        }
    }

    /// Asks the cluster. It has no lists of access, so any answer will do.
    fn ask(&mut self, io: &mut dyn Io) {
        let name = if self.options.has("add") && io.is_3_9() {
            "createAcls"
        } else if self.options.has("remove") {
            "deleteAcls"
        } else {
            "describeAcls"
        };
        if let Some(client) = self.client {
            let request = MetadataRequest { topics: Some(Vec::new()), allow_auto_topic_creation: false };
            io.call(client, ClientCall::Admin { tag: 0, name, request: Request::Metadata(request) });
        }
    }

    fn fail(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        io.print(format_args!("Error while executing ACL command: {}\n{}\n", thrown.message, thrown.trace()));
        kit::leave(io, self.client.take(), 1);
    }

    /// ZooKeeper's lists are read: they are changed, or shown.
    fn entered(&mut self, io: &mut dyn Io) {
        let named = std::mem::take(&mut self.named);
        self.announce(io, &named);
        if self.questions.is_empty() {
            self.change(io, named);
        } else {
            self.named = named;
            self.question(io);
            // The answer may have been typed before the question was there.
            self.on_input(io);
        }
    }

    /// Adds or removes these entries.
    fn change(&mut self, io: &mut dyn Io, named: Entries) {
        let Some(authorizer) = &mut self.authorizer else { return };
        if self.options.has("add") {
            authorizer.add(io.release(), named);
        } else if self.options.has("remove") {
            authorizer.remove(io.release(), named);
        }
        if authorizer.go_on(io).is_some() {
            self.written(io);
        }
    }

    /// Everything is written.
    fn written(&mut self, io: &mut dyn Io) {
        let Some(authorizer) = self.authorizer.take() else { return };
        authorizer.close(io);
        // 3.9 asks before its own change comes back to it, and finds nothing.
        if self.options.has("list") || io.release() < Release::V3 {
            let filters = entries::filters(&self.options);
            let principals = self.options.all("principal");
            if principals.is_empty() {
                authorizer.show(io, &filters, None);
            }
            for principal in principals {
                io.print(format_args!("ACLs for principal `{principal}`\n"));
                authorizer.show(io, &filters, Some(principal));
            }
        }
        if !self.options.has("list") {
            io.note("the lists are in ZooKeeper; no broker here has an authorizer that reads them, so nobody is refused");
        }
        io.exit(0);
    }
}

impl Program for Acls {
    fn start(&mut self, io: &mut dyn Io) {
        match Parsed::parse(ACLS, &self.args, io.release()) {
            Ok(options) => self.options = options,
            Err(error) if io.release() == Release::V4 => return kit::refuse(io, NAME, &error.message()),
            Err(error) => {
                let thrown = Thrown::from(error);
                kit::uncaught(io, &thrown);
                kit::trouble_note(io, &thrown.message);
                return io.exit(1);
            }
        }
        if self.options.is_empty || self.options.has("help") {
            return kit::refuse(io, NAME, "This tool helps to manage acls on kafka.");
        }
        if self.options.has("version") {
            return kit::version(io);
        }
        let over_authorizer = self.over_authorizer() && self.options.has("authorizer-properties");
        if io.release() == Release::V3 && over_authorizer {
            io.err(
                "Warning: support for ACL configuration directly through the authorizer is deprecated and will be \
                 removed in a future release. Please use --bootstrap-server instead to set ACLs through the admin \
                 client.\n",
            );
        }
        if let Some(message) = self.misuse(io.release()) {
            return kit::refuse(io, NAME, &message);
        }
        match self.open(io) {
            Ok(()) => {}
            Err(Stop::Usage(message)) => kit::refuse(io, NAME, &message),
            Err(Stop::Thrown(thrown)) => self.fail(io, &thrown),
        }
    }

    fn on_input(&mut self, io: &mut dyn Io) {
        while !self.questions.is_empty() {
            let Some(line) = io.read_line() else {
                if io.end_of_input() {
                    self.unanswered(io);
                }
                return;
            };
            let yes = line.eq_ignore_ascii_case(b"y");
            self.questions.remove(0);
            if self.authorizer.is_some() {
                let about = (!self.named.is_empty()).then(|| self.named.remove(0));
                self.agreed.extend(about.filter(|_| yes));
                if self.questions.is_empty() {
                    let agreed = std::mem::take(&mut self.agreed);
                    self.change(io, agreed);
                } else {
                    self.question(io);
                }
                continue;
            }
            match (yes, self.questions.is_empty()) {
                (true, _) => {
                    self.questions.clear();
                    self.ask(io);
                }
                (false, true) => return kit::leave(io, self.client.take(), 0),
                (false, false) => self.question(io),
            }
        }
    }

    fn on_wake(&mut self, io: &mut dyn Io) {
        if let Some(authorizer) = self.authorizer.take_if(|authorizer| !authorizer.is_connected()) {
            let thrown = authorizer.servers.too_late(io);
            self.fail(io, &thrown);
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        if let Some(authorizer) = &mut self.authorizer {
            match authorizer.news(io, event) {
                Some(Progress::Loaded) => self.entered(io),
                Some(Progress::Written) => self.written(io),
                None => {}
            }
            return;
        }
        let Some(result) = kit::answer(io, self.client, event) else { return };
        let thrown = match result {
            Ok(_) => {
                // Brokers and controllers say it differently.
                let lists = self.options.has("list") || self.options.has("add") && !io.is_3_9();
                let end = match io.release() {
                    _ if lists => " on the broker",
                    Release::V1 | Release::V2 => " on the broker.",
                    Release::V3 | Release::V4 => ".",
                };
                let class = "org.apache.kafka.common.errors.SecurityDisabledException";
                Thrown::new(class, format!("No Authorizer is configured{end}"))
            }
            Err(error) => Thrown::from(error),
        };
        self.fail(io, &thrown.in_execution());
        io.note("this cluster has no security: no authorizer, no passwords; every client may do everything");
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }

    fn reads_input(&self) -> bool {
        let will_ask = self.authorizer.is_some() && self.options.has("remove") && !self.options.has("force");
        !self.questions.is_empty() || will_ask
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Stage, metadata};
    use crate::command::release::Release;

    #[test]
    fn a_cluster_without_authorizer_refuses_lists_of_access() {
        let mut stage = Stage { release: Release::V3, ..Stage::default() };
        let line = "kafka-acls --bootstrap-server localhost:9092 --add --allow-principal User:ann --operation Read \
                    --operation Describe --topic t";
        let mut tool = stage.run(line);
        stage.answer(&mut tool, metadata(&[]));
        assert!(stage.out.starts_with(
            "Adding ACLs for resource `ResourcePattern(resourceType=TOPIC, name=t, patternType=LITERAL)`: \n \
             \t(principal=User:ann, host=*, operation=READ, permissionType=ALLOW)\n\t(principal=User:ann, host=*, \
             operation=DESCRIBE, permissionType=ALLOW) \n\nError while executing ACL command: \
             org.apache.kafka.common.errors.SecurityDisabledException: No Authorizer is configured.\n"
        ));
        assert_eq!(stage.exit, Some(1));
    }

    #[test]
    fn what_does_not_fit_is_refused_before_anybody_is_asked() {
        const SERVER: &str = "kafka-acls --bootstrap-server localhost:9092";
        for (line, why) in [
            (" --list --add", "Command must include exactly one action: --list, --add, --remove. "),
            (" --add --producer --allow-principal User:a", "With --producer you must specify a --topic"),
            (
                " --add --topic t --operation Read",
                "You must specify one of: --allow-principal, --deny-principal when trying to add ACLs.",
            ),
            (
                " --add --allow-principal User:a --operation Create --group g",
                "ResourceType GROUP only supports operations [",
            ),
        ] {
            let mut stage = Stage::default();
            stage.run(&format!("{SERVER}{line}"));
            assert!(stage.complaint().starts_with(why), "{line}: {}", stage.complaint());
            assert_eq!(stage.exit, Some(1), "{line}");
        }
        let mut stage = Stage::default();
        stage.run(&format!("{SERVER} --add --allow-principal ann --operation Read --topic t"));
        assert!(stage.out.starts_with(
            "Error while executing ACL command: expected a string in format principalType:principalName but got ann\n"
        ));
    }
}
